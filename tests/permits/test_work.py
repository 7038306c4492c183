"""Annual reviews as rows, and the version that follows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ems.core import dates, settle
from ems.core.db import db
from ems.core.duties import Duty
from ems.permits import work
from ems.permits.models import (
    Direction,
    Origin,
    Permit,
    PermitClass,
    PermitLimit,
    PermitReview,
    PermitState,
    ReviewResult,
    ReviewState,
)
from ems.permits.moves import REVIEW_WORKFLOW, WORKFLOW
from tests.conftest import TODAY
from tests.factories import outlet, permit


def of(row, *states):
    return [(r.year, r.from_on) for r in row.reviews if not states or r.state in states]


def due(row):
    asked = select(Duty).where(Duty.subject_type == "permit_review", Duty.subject_id == row.id)
    return [(d.rule, d.due_on, d.met_on, d.owner_id) for d in db.session.scalars(asked)]


def test_a_permit_is_reviewed_each_year_of_its_life_up_to_next_year(units, cast):
    row = permit(units, cast)
    assert of(row) == [(2023 + n, date(2022 + n, 2, 16)) for n in range(5)]
    assert {(r.no, r.title, r.unit_id, r.reviewer_id, r.state) for r in row.reviews} == {
        (row.no, row.title, row.unit_id, cast["officer"].id, ReviewState.OPEN)
    }


def test_all_years_of_a_young_permit_are_rows_from_the_first_day(units, cast):
    row = permit(units, cast, valid_from=date(2026, 3, 1), valid_to=date(2031, 2, 28))
    assert of(row) == [(2027 + n, date(2026 + n, 3, 1)) for n in range(5)]
    with dates.stopped(dates.at_noon(date(2027, 1, 1))):
        assert work.materialise(row) == 0


def test_asked_again_and_again_it_makes_no_second_row(units, cast):
    permit(units, cast)
    permit(units, cast)
    db.session.execute(select(Permit)).all()
    before = db.session.scalar(select(func.count()).select_from(PermitReview))
    assert [work.materialise_all() for _n in range(3)] == [0, 0, 0]
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(PermitReview)) == before == 10


def test_the_new_year_brings_one_review_for_a_permit_whose_end_nobody_knows(units, cast):
    permit(units, cast, valid_to=None)
    permit(units, cast, valid_to=date(2030, 2, 15))
    permit(units, cast, valid_to=None, state=PermitState.VOID)
    with dates.stopped(dates.at_noon(date(2027, 1, 1))):
        assert work.materialise_all() == 1
        db.session.commit()
        assert work.materialise_all() == 0


def test_of_a_permit_entered_late_the_old_periods_are_not_asked_for(units, cast):
    row = permit(units, cast, entered_on=TODAY)
    assert of(row) == [(2027, date(2026, 2, 16))]


@pytest.mark.parametrize("known", [{"permit_class": PermitClass.REGISTERED}, {"valid_from": None, "issued_on": None}])
def test_a_registration_and_one_of_unknown_beginning_are_not_reviewed(units, cast, known):
    assert permit(units, cast, **known).reviews == []


def test_without_a_first_day_of_validity_the_day_of_issue_counts(units, cast):
    assert of(permit(units, cast, valid_from=None))[0] == (2023, date(2022, 2, 10))


def test_a_leap_day_comes_back_on_the_last_of_february(units, cast):
    row = permit(units, cast, valid_from=date(2024, 2, 29), valid_to=date(2029, 2, 27))
    assert of(row) == [
        (2025, date(2024, 2, 29)), (2026, date(2025, 2, 28)), (2027, date(2026, 2, 28)), (2028, date(2027, 2, 28)),
        (2029, date(2028, 2, 29)),
    ]  # fmt: skip


def test_a_review_is_due_a_year_after_its_period_began_on_a_working_day(units, cast):
    row = permit(units, cast)
    last = row.reviews[-1]
    assert due(last) == [("PERMIT_REVIEW", date(2027, 2, 16), None, cast["officer"].id)]
    held = permit(units, cast, valid_from=date(2025, 11, 29), valid_to=date(2030, 11, 28)).reviews[0]
    assert due(held)[0][1] == date(2026, 11, 27)  # the 29th is a Sunday: before it, not after


def test_what_was_reviewed_is_met_and_stays_when_the_permit_ends(units, cast):
    row = permit(units, cast)
    first = row.reviews[0]
    first.reviewed_on, first.result = date(2023, 2, 1), ReviewResult.PASSED
    REVIEW_WORKFLOW.fire("review", cast["officer"], first)
    WORKFLOW.fire("revoke", cast["head"], row, "企业申请注销")
    db.session.commit()
    assert due(first) == [("PERMIT_REVIEW", date(2023, 2, 16), date(2023, 2, 1), cast["officer"].id)]
    assert of(row, ReviewState.OPEN) == []
    assert len(of(row, ReviewState.WITHDRAWN)) == 4
    assert [due(review) for review in row.reviews[1:]] == [[]] * 4


def test_a_review_a_head_has_excused_is_not_asked_for_again(units, cast):
    row = permit(units, cast)
    REVIEW_WORKFLOW.fire("withdraw", cast["head"], row.reviews[-1], "停产检修")
    db.session.commit()
    work.materialise_all()
    db.session.commit()
    assert row.reviews[-1].state is ReviewState.WITHDRAWN
    assert due(row.reviews[-1]) == []


def renewed(row, cast, **known):
    row.renewal_applied_on = known.pop("applied_on", date(2026, 11, 20))
    WORKFLOW.fire("apply_renewal", cast["officer"], row)
    WORKFLOW.fire("renew", cast["officer"], row)
    about = {"issued_on": TODAY, "valid_from": date(2027, 2, 16), "valid_to": date(2032, 2, 15)}
    after = work.succeed(row, Origin.RENEWAL, **about | known)
    db.session.commit()
    return after


def test_a_renewal_makes_the_next_version_with_the_same_number(units, cast):
    row = permit(units, cast)
    after = renewed(row, cast)
    assert (row.state, row.ended_on) == (PermitState.RENEWED, date(2027, 2, 15))
    assert (after.state, after.origin, after.previous, row.next) == (PermitState.VALID, Origin.RENEWAL, row, after)
    assert (after.no, after.title, after.enterprise_id, after.officer_id) == (
        row.no, row.title, row.enterprise_id, row.officer_id,
    )  # fmt: skip
    assert after.renewal_applied_on is None
    assert of(row, ReviewState.OPEN) == []
    assert of(after) == [(2028 + n, date(2027 + n, 2, 16)) for n in range(5)]


def test_a_change_takes_the_reviews_along(units, cast):
    row = permit(units, cast)
    row.reviews[0].reviewed_on, row.reviews[0].result = date(2023, 2, 1), ReviewResult.PASSED
    REVIEW_WORKFLOW.fire("review", cast["officer"], row.reviews[0])
    before = of(row)
    WORKFLOW.fire("change", cast["officer"], row, "法定代表人变更")
    known = {"valid_from": row.valid_from, "valid_to": row.valid_to}
    after = work.succeed(row, Origin.CHANGE, issued_on=date(2026, 11, 10), **known)
    db.session.commit()
    db.session.expire_all()
    assert (row.state, row.ended_on, row.reviews) == (PermitState.CHANGED, date(2026, 11, 9), [])
    assert of(after) == before
    assert len(of(after, ReviewState.OPEN)) == 4


def test_limits_go_along_but_for_void_ones(units, cast):
    row = permit(units, cast)
    where = outlet(units, cast, enterprise=row.enterprise)
    about = {"enterprise_id": row.enterprise_id, "unit_id": row.unit_id, "permit": row}
    known = {"pollutant": "化学需氧量", "value": "50.0", "unit_of": "mg/L", "outlet": "DW001", "outlet_id": where.id}
    db.session.add_all([PermitLimit(**about, **known), PermitLimit(**about, pollutant="氨氮", value="5", void=True)])
    db.session.commit()
    after = renewed(row, cast)
    assert [(x.pollutant, x.value, x.unit_of, x.outlet_id) for x in after.limits] == [
        ("化学需氧量", "50.0", "mg/L", where.id)
    ]


@pytest.mark.parametrize("origin", ["renew", "change"])
def test_a_version_made_by_mistake_is_voided_and_the_one_before_holds_again(units, cast, origin):
    row = permit(units, cast)
    before = of(row, ReviewState.OPEN)
    if origin == "renew":
        after = renewed(row, cast)
    else:
        WORKFLOW.fire("change", cast["officer"], row)
        known = {"valid_from": row.valid_from, "valid_to": row.valid_to}
        after = work.succeed(row, Origin.CHANGE, issued_on=TODAY, **known)
        db.session.commit()
    WORKFLOW.fire("void", cast["head"], after, "登记错误")
    db.session.commit()
    db.session.expire_all()
    assert row.state is (PermitState.RENEWING if origin == "renew" else PermitState.VALID)
    assert (row.ended_on, row.next, after.previous_id) == (None, None, None)
    assert of(row, ReviewState.OPEN) == before
    assert not [r for r in after.reviews if r.state is ReviewState.OPEN]
    again = renewed(row, cast) if origin == "change" else None
    assert again is None or again.previous is row


def test_one_number_is_in_force_once(units, cast):
    row = permit(units, cast)
    permit(units, cast, no=row.no, valid_to=date(2020, 1, 1), valid_from=date(2015, 1, 2))  # of old, run out
    with pytest.raises(IntegrityError):
        permit(units, cast, no=row.no)
    db.session.rollback()


def test_one_that_had_run_out_when_it_came_in_is_expired(units, cast):
    old = permit(units, cast, valid_to=date(2026, 11, 23))
    assert (old.state, old.ended_on) == (PermitState.EXPIRED, date(2026, 11, 23))
    assert of(old) == []
    asked = permit(units, cast, valid_to=date(2026, 11, 23), renewal_applied_on=date(2026, 9, 1))
    assert asked.state is PermitState.VALID
    assert permit(units, cast, valid_to=TODAY).state is PermitState.VALID


def test_another_officer_takes_the_open_reviews_over(units, cast):
    row = permit(units, cast)
    row.reviews[0].reviewer_id = cast["chief"].id
    work.pass_on(row, cast["head"].id)
    db.session.commit()
    assert [r.reviewer_id for r in row.reviews] == [cast["chief"].id, *[cast["head"].id] * 4]


@pytest.mark.parametrize(
    ("unit", "direction", "medium"),
    [
        ("℃/2S", "min", "gas"),
        ("mg/L", "max", "water"),
        ("mg/m3", "max", "gas"),
        ("mg/m³", "max", "gas"),
        ("", "max", None),
    ],
)
def test_the_unit_of_a_limit_tells_its_direction_and_its_medium(unit, direction, medium):
    assert work.direction_of(unit) is Direction(direction)
    assert work.medium_of(unit) == medium


def test_the_table_of_duties_is_true_after_all_this(units, cast):
    renewed(permit(units, cast), cast)
    WORKFLOW.fire("revoke", cast["head"], permit(units, cast))
    permit(units, cast, valid_to=TODAY + timedelta(days=30))
    db.session.commit()
    assert settle.rebuild(db.session(), Permit, check=True) == []
    assert settle.rebuild(db.session(), PermitReview, check=True) == []
