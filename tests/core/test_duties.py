from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, event, select, update

from ems.complaints.models import Channel, Complaint, ComplaintState
from ems.core import duties
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.rules import Bearer
from tests.conftest import TODAY
from tests.core.rows import case, duty


def of(row):
    return [(d.rule, d.due_on) for d in duties.of(Complaint, [row.id])[row.id]]


def test_each_clock_that_runs_is_a_row(units, cast):
    row = case(units, cast)
    assert of(row) == [("PET_NOTICE", date(2026, 12, 9))]
    row.accepted_on = row.notified_on = row.assigned_on = TODAY
    db.session.commit()
    assert (duty("PET_NOTICE").met_on, duty("PET_CLOSE").due_on) == (TODAY, date(2027, 1, 25))
    assert duty("PET_NOTICE").owner_id == cast["hotline"].id


@pytest.mark.parametrize(
    ("channel", "codes"),
    [
        (Channel.LETTER, ["PET_NOTICE"]),
        (Channel.OTHER, ["PET_NOTICE"]),
        (Channel.H12369, ["HOT_NOTICE"]),
        (Channel.H12345, ["HOT_12345_ACCEPT", "HOT_12345"]),
        (Channel.SUPERIOR, ["PET_OBJECT", "PET_NOTICE_FWD"]),
        (Channel.INSTRUCTION, []),
    ],
)
def test_the_channel_sets_the_clocks(units, cast, channel, codes):
    assert [code for code, _day in of(case(units, cast, channel=channel))] == codes


def test_a_change_of_channel_changes_the_clocks(units, cast):
    row = case(units, cast)
    row.channel = Channel.H12345
    db.session.commit()
    assert [code for code, _day in of(row)] == ["HOT_12345_ACCEPT", "HOT_12345"]


def test_a_day_in_the_document_is_the_due_day(units, cast):
    row = case(units, cast, channel=Channel.INSTRUCTION, document_due_on=date(2026, 12, 1))
    assert of(row) == [("DOC_DUE", date(2026, 12, 1))]


def test_an_extension_moves_the_day_and_keeps_the_row(units, cast):
    row = case(units, cast, accepted_on=date(2026, 9, 18), assigned_on=TODAY)
    before = duty("PET_CLOSE").id
    row.extended_days = 30
    db.session.commit()
    assert (duty("PET_CLOSE").id, duty("PET_CLOSE").due_on) == (before, date(2026, 12, 17))
    assert "延长 30 日" in duty("PET_CLOSE").sentence


def test_what_never_started_is_not_due(units, cast):
    row = case(units, cast, accepted_on=TODAY)
    row.accepted_on = None
    db.session.commit()
    assert duty("PET_CLOSE") is None


def test_a_void_case_owes_nothing(units, cast):
    row = case(units, cast)
    row.state = ComplaintState.VOID
    db.session.commit()
    assert of(row) == []


def test_of_an_old_table_only_what_was_met_is_known(units, cast):
    row = case(units, cast, channel=Channel.H12345, historical=True, received_on=date(2019, 8, 5))
    assert of(row) == []
    row.answered_on = date(2019, 8, 9)
    db.session.commit()
    assert [(d.rule, d.met_on) for d in duties.of(Complaint, [row.id])[row.id]] == [("HOT_12345", date(2019, 8, 9))]


def test_the_higher_authoritys_days_are_not_ours(units, cast):
    case(units, cast, review_asked_on=TODAY)
    assert duty("PET_REVIEW").bearer is Bearer.AUTHORITY
    assert not duty("PET_REVIEW").ours


def test_gone_with_its_row(units, cast):
    db.session.delete(case(units, cast))
    db.session.commit()
    assert not db.session.scalars(select(Duty)).all()


def test_rolled_back_with_its_row(units, cast):
    row = case(units, cast)
    row.received_on = TODAY - timedelta(days=1)
    db.session.flush()
    db.session.rollback()
    assert duty("PET_NOTICE").start_on == TODAY


def test_a_change_of_other_things_costs_nothing(units, cast):
    row = case(units, cast)
    with statements() as seen:
        row.text = "噪声"
        db.session.commit()
    assert not [s for s in seen if "duty" in s]


def test_many_cost_no_more_statements_than_one(units, cast):
    def put(n):
        rows = [case(units, cast) for _ in range(n)]
        with statements() as seen:
            with db.session.no_autoflush:
                for row in rows:
                    row.accepted_on = TODAY
            db.session.commit()
        return len([s for s in seen if "duty" in s])

    assert put(1) == put(30) == 2


@pytest.mark.parametrize("change", [update(Complaint).values(accepted_on=TODAY), delete(Complaint)])
def test_nobody_goes_past_the_flush(app, change):
    with pytest.raises(TypeError, match="row by row"):
        db.session.execute(change)


def test_only_our_own_lateness_is_late(units, cast):
    ours = case(units, cast, received_on=date(2026, 10, 1))
    theirs = case(units, cast, review_asked_on=date(2026, 10, 1), notified_on=TODAY)
    late = db.session.scalars(select(Complaint.id).where(duties.late(Complaint))).all()
    assert (ours.id in late, theirs.id in late) == (True, False)


@contextmanager
def statements():
    seen = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *a: seen.append(a[2]))
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
