"""Duties with their days, figures equal to their lists, checks."""

from datetime import date

import pytest
from sqlalchemy import select

from ems.core import dates, module
from ems.core.db import db
from ems.core.duties import Duty, mine
from ems.core.errors import Refused
from ems.core.rules import Bearer, Rule
from ems.core.settle import rebuild
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState
from ems.enterprises.moves import WORKFLOW as ENTERPRISE
from ems.permits.models import Origin, Permit, PermitClass, PermitReview, PermitState, ReviewResult, ReviewState
from ems.permits.moves import WORKFLOW
from ems.permits.registers import REGISTER, REVIEWS
from ems.permits.rules import CHECKS, FIGURES
from tests.conftest import TODAY
from tests.factories import enterprise, permit

THIS, LAST = dates.so_far(2026), dates.year(2025)


def duties(row):
    asked = select(Duty).where(Duty.subject_type == "permit", Duty.subject_id == row.id).order_by(Duty.due_on, Duty.id)
    found = db.session.scalars(asked.execution_options(populate_existing=True))
    return {d.rule: (d.due_on, d.met_on, d.bearer) for d in found}


def test_the_enterprise_applies_sixty_days_before_the_end_and_we_ask_the_day_after(units, cast):
    """2027-02-15 − 60 days = 2026-12-17, a Thursday; whether it did is ours to ask on the 18th."""
    assert duties(permit(units, cast)) == {
        "PERMIT_RENEW": (date(2026, 12, 17), None, Bearer.ENTERPRISE),
        "PERMIT_RENEW_CHASE": (date(2026, 12, 18), None, Bearer.OWN),
    }


def test_a_day_to_apply_that_falls_on_a_day_off_is_the_working_day_before(units, cast):
    """2027-02-18 − 60 days = Sunday 2026-12-20, so Friday the 18th; our asking waits for Monday the 21st."""
    found = duties(permit(units, cast, valid_to=date(2027, 2, 18)))
    assert [found[rule][0] for rule in ("PERMIT_RENEW", "PERMIT_RENEW_CHASE")] == [
        date(2026, 12, 18),
        date(2026, 12, 21),
    ]


def test_the_page_says_why(as_, cast, units):
    page = as_(cast["officer"]).get(f"/permits/{permit(units, cast).id}").text
    assert "许可证有效期届满日 2027-02-15 − 60 日 = 2026-12-17，依据《排污许可管理条例》第14条" in page


@pytest.mark.parametrize(
    "known",
    [{"valid_to": None}, {"permit_class": PermitClass.REGISTERED}, {"state": PermitState.VOID},
     {"state": PermitState.REVOKED}, {"state": PermitState.EXPIRED}],
)  # fmt: skip
def test_what_asks_for_no_renewal(units, cast, known):
    assert duties(permit(units, cast, **known)) == {}


def test_a_stop_of_the_enterprise_withdraws_the_duty_and_its_return_brings_it_back(units, cast):
    row = permit(units, cast)
    before = duties(row)
    ENTERPRISE.fire("stop", cast["officer"], row.enterprise, "停产检修")
    db.session.commit()
    assert duties(row) == {}
    assert not db.session.scalars(mine(cast["officer"]).where(Duty.subject_type == "permit")).all()
    ENTERPRISE.fire("resume", cast["officer"], row.enterprise)
    db.session.commit()
    assert duties(row) == before
    assert rebuild(db.session(), Permit, check=True) == []


@pytest.mark.parametrize("move", ["close", "convert", "relocate"])
def test_so_does_every_other_end_of_its_work(units, cast, move):
    row, other = permit(units, cast), permit(units, cast)
    ENTERPRISE.fire(move, cast["officer"], row.enterprise)
    db.session.commit()
    assert duties(row) == {}
    assert len(duties(other)) == 2


def test_an_application_meets_both_and_stays_met_when_the_enterprise_stops(units, cast):
    row = permit(units, cast)
    WORKFLOW.fire("apply_renewal", cast["officer"], row)
    db.session.commit()
    met = {"PERMIT_RENEW": (date(2026, 12, 17), TODAY, Bearer.ENTERPRISE),
           "PERMIT_RENEW_CHASE": (date(2026, 12, 18), TODAY, Bearer.OWN)}  # fmt: skip
    assert duties(row) == met
    ENTERPRISE.fire("stop", cast["officer"], row.enterprise)
    db.session.commit()
    assert duties(row) == met


def test_asking_meets_our_own_duty_alone(units, cast):
    row = permit(units, cast)
    WORKFLOW.fire("chase", cast["officer"], row, "电话告知")
    db.session.commit()
    assert [duties(row)[rule][1] for rule in ("PERMIT_RENEW", "PERMIT_RENEW_CHASE")] == [None, TODAY]
    assert row.state is PermitState.VALID


def test_the_annual_review_can_be_switched_off(units, cast):
    permit(units, cast)
    db.session.get_one(Rule, ("PERMIT_REVIEW", date(1900, 1, 1))).enabled = False
    db.session.flush()
    rebuild(db.session(), PermitReview)
    db.session.commit()
    assert not db.session.scalars(select(Duty).where(Duty.rule == "PERMIT_REVIEW")).all()


@pytest.mark.parametrize(
    ("move", "known", "sentence"),
    [
        ("apply_renewal", {"valid_to": None}, "有效期不明，请先补录有效期"),
        ("chase", {"valid_to": None}, "有效期不明，请先补录有效期"),
        ("apply_renewal", {"permit_class": PermitClass.REGISTERED}, "登记管理不办理延续申请"),
        ("expire", {}, "有效期至 2027-02-15，尚未届满"),
        ("expire", {"valid_to": None}, "有效期不明"),
        ("renew", {}, "不能“办理延续”"),
    ],
)
def test_what_stands_against_a_move(units, cast, move, known, sentence):
    with pytest.raises(Refused, match=sentence):
        WORKFLOW.fire(move, cast["officer"], permit(units, cast, **known))


def test_who_applied_in_time_does_not_lose_the_permit_by_our_silence(units, cast):
    """行政许可法 50: not decided in time counts as renewed."""
    known = {"valid_to": date(2026, 11, 20), "renewal_applied_on": date(2026, 9, 10), "state": PermitState.RENEWING}
    row = permit(units, cast, **known)
    with pytest.raises(Refused, match="视为准予延续"):
        WORKFLOW.fire("expire", cast["officer"], row)
    WORKFLOW.fire("expire", cast["head"], row, "不予延续")
    assert (row.state, row.ended_on) == (PermitState.EXPIRED, date(2026, 11, 20))


@pytest.mark.parametrize("move", ["revoke", "void"])
def test_an_officer_neither_revokes_nor_voids(units, cast, move):
    row = permit(units, cast)
    with pytest.raises(Refused, match="现在是“有效”，您不能"):
        WORKFLOW.fire(move, cast["officer"], row)
    WORKFLOW.fire(move, cast["head"], row)
    assert row.ended_on == (TODAY if move == "revoke" else None)


def value(code, period=THIS, who=None):
    return module.figures()[code].of(who, period)


def test_valid_are_those_that_held_on_the_last_day(units, cast):
    permit(units, cast)
    permit(units, cast, valid_to=None)  # nobody knows until when
    permit(units, cast, valid_from=None, issued_on=None)  # nor since when
    permit(units, cast, valid_from=date(2026, 2, 1), issued_on=date(2026, 1, 20))
    permit(units, cast, valid_to=date(2026, 6, 30))  # run out
    permit(units, cast, valid_to=date(2026, 11, 1), renewal_applied_on=date(2026, 8, 1), state=PermitState.RENEWING)
    permit(units, cast, valid_from=date(2027, 1, 1), valid_to=date(2031, 12, 31))  # not yet
    permit(units, cast, state=PermitState.VOID)
    permit(units, cast, permit_class=PermitClass.REGISTERED)  # no permit
    permit(units, cast, state=PermitState.REVOKED, ended_on=date(2026, 3, 1))
    assert (value("permits.valid"), value("permits.valid", LAST)) == (5, 6)


def test_of_a_chain_one_version_holds_at_a_time(units, cast):
    row = permit(units, cast, state=PermitState.RENEWED, ended_on=date(2027, 2, 15))
    known = {"no": row.no, "enterprise": row.enterprise, "origin": Origin.RENEWAL, "previous_id": row.id}
    permit(units, cast, **known, issued_on=TODAY, valid_from=date(2027, 2, 16), valid_to=date(2032, 2, 15))
    assert (value("permits.valid"), value("permits.valid", dates.year(2027)), value("permits.valid", LAST)) == (1, 1, 1)
    changed = permit(units, cast, state=PermitState.CHANGED, ended_on=date(2026, 5, 31))
    known |= {"no": changed.no, "enterprise": changed.enterprise, "origin": Origin.CHANGE, "previous_id": changed.id}
    permit(units, cast, **known, issued_on=date(2026, 6, 1))
    assert (value("permits.valid"), value("permits.valid", LAST)) == (2, 2)


def test_issued_renewed_and_run_out_are_counted_by_their_day(units, cast):
    permit(units, cast, issued_on=date(2026, 1, 1))
    permit(units, cast, issued_on=date(2026, 2, 1), origin=Origin.REAPPLIED)
    permit(units, cast, issued_on=date(2026, 3, 1), origin=Origin.RENEWAL)
    permit(units, cast, issued_on=date(2026, 4, 1), origin=Origin.CHANGE)
    permit(units, cast, issued_on=date(2025, 4, 1))
    permit(units, cast, issued_on=date(2026, 5, 1), state=PermitState.VOID)
    permit(units, cast, issued_on=date(2020, 5, 1), valid_from=None, valid_to=date(2026, 4, 30))
    codes = ("permits.issued", "permits.renewed", "permits.expired")
    assert [value(code) for code in codes] == [2, 1, 1]
    assert [value(code, LAST) for code in codes] == [1, 0, 0]


def review(row, day, result=ReviewResult.PASSED):
    row.state, row.reviewed_on, row.result = ReviewState.DONE, day, result


def test_of_the_reviews_due_those_done_are_the_rate(units, cast):
    due = [permit(units, cast).reviews for _n in range(3)]  # of each the fourth is due on 2026-02-16
    review(due[0][3], date(2026, 2, 1))
    review(due[1][3], date(2026, 5, 1), ReviewResult.RECTIFY)  # late
    review(due[1][2], date(2025, 2, 1))
    review(due[2][4], date(2026, 11, 1))  # early: due in 2027
    db.session.commit()
    assert (value("permits.review_due"), value("permits.reviewed")) == (4, 3)
    assert (value("permits.review_due", LAST), value("permits.reviewed", LAST)) == (3, 1)
    rate = module.figures()["permits.reviewed_rate"]
    assert (rate.of(None, THIS), rate.whole) == (3, "permits.review_due")


def test_every_figure_is_as_long_as_the_list_it_opens(units, cast):
    row = permit(units, cast, issued_on=date(2026, 1, 1))
    permit(units, cast, issued_on=date(2026, 3, 1), origin=Origin.RENEWAL)
    permit(units, cast, valid_to=date(2026, 6, 30))
    review(row.reviews[3], TODAY)
    db.session.commit()
    for figure in FIGURES:
        register = REGISTER if figure.model is Permit else REVIEWS
        behind = register.count(cast["head"], {"figure": figure.code, "year": "2026"})
        assert behind == figure.counted(cast["head"], THIS) > 0, figure.code
        assert figure.counted(cast["outsider"], THIS) == 0


def found(code, who):
    return db.session.scalars(next(c for c in CHECKS if c.code == code).found(who)).all()


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("permits.no_validity", {"valid_to": None}),
        ("permits.expired_valid", {"valid_to": date(2026, 11, 23), "renewal_applied_on": date(2026, 10, 1)}),
        ("permits.renewal_missed", {"valid_to": date(2027, 1, 10)}),
        ("permits.odd_number", {"no": "91510100000000001h001p"}),
        ("permits.odd_number", {"no": "川环许A成0001"}),
        ("permits.other_code", {"no": "91510100000000001H001P"}),
        ("permits.no_class", {"permit_class": None}),
        ("permits.no_officer", {"officer_id": None}),
    ],
)
def test_a_check_finds_what_is_wrong_and_only_that(units, cast, code, wrong):
    permit(units, cast, entered_on=TODAY)
    row = permit(units, cast, entered_on=TODAY, **wrong)
    assert found(code, cast["head"]) == [row]
    assert found(code, cast["outsider"]) == []
    WORKFLOW.fire("void", cast["head"], row)
    db.session.commit()
    assert found(code, cast["head"]) == []


def test_a_late_review_is_found_until_it_is_done(units, cast):
    row = permit(units, cast, entered_on=date(2025, 12, 1))
    late = row.reviews[0]
    assert found("permits.review_overdue", cast["head"]) == [late]
    review(late, TODAY)
    db.session.commit()
    assert found("permits.review_overdue", cast["head"]) == []


def test_a_key_enterprise_at_work_must_hold_a_permit(units, cast):
    bare = enterprise(units, cast)
    enterprise(units, cast, kind=EnterpriseClass.CATERING)
    enterprise(units, cast, state=EnterpriseState.STOPPED)
    row = permit(units, cast)
    assert found("permits.key_unpermitted", cast["head"]) == [bare]
    WORKFLOW.fire("revoke", cast["head"], row)
    db.session.commit()
    assert found("permits.key_unpermitted", cast["head"]) == [bare, db.session.get(Enterprise, row.enterprise_id)]


def test_a_permit_of_one_that_is_gone_is_found(units, cast):
    row = permit(units, cast)
    ENTERPRISE.fire("relocate", cast["officer"], row.enterprise)
    db.session.commit()
    assert found("permits.enterprise_gone", cast["head"]) == [row]


def test_lists_are_narrowed_and_a_filter_nobody_has_is_refused(units, cast):
    row = permit(units, cast)
    other = permit(units, cast, permit_class=PermitClass.SIMPLIFIED, valid_to=None, authority=None)
    asked = {"permit_class": ("simplified", [other.id]), "before": ("2027-12-31", [row.id]),
             "view": ("unknown", [other.id]), "authority": ("city", [row.id]), "q": (row.no, [row.id])}  # fmt: skip
    for name, (said, ids) in asked.items():
        assert [r.id for r in db.session.execute(REGISTER.rows(cast["head"], {name: said}))] == ids, name
    with dates.stopped(dates.at_noon(date(2026, 12, 18))):
        assert REGISTER.count(cast["head"], {"view": "chase"}) == 1
    assert REGISTER.count(cast["head"], {"view": "expiring"}) == 1
    assert REGISTER.count(cast["head"], {"view": "chase"}) == 0
    assert REVIEWS.count(cast["head"], {"of": "2027"}) == 2
    for name in ("permit_class", "state", "authority", "before"):
        with pytest.raises(Refused, match="没有这样的筛选条件"):
            REGISTER.count(cast["head"], {name: "没有的"})


def test_a_tab_and_a_check_may_be_asked_at_once(units, cast):
    row = permit(units, cast, valid_to=date(2027, 1, 10))
    asked = {"view": "late", "check": "permits.renewal_missed"}
    assert [r.id for r in db.session.execute(REGISTER.rows(cast["head"], asked))] == [row.id]
