"""Each night every duty is held against its row."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from ems.complaints.models import Complaint
from ems.core import dates, settle
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.duties import Duty
from ems.reminders import jobs, nightly
from tests.conftest import TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both
from tests.reminders.conftest import day


def days():
    asked = select(Duty.due_on).where(Duty.rule == "DOC_DUE").order_by(Duty.subject_id)
    return db.session.scalars(asked.execution_options(populate_existing=True)).all()


def notes():
    return db.session.scalars(select(LogEntry).where(LogEntry.act == "duties recounted")).all()


def spoilt(change):
    db.session.execute(text(change), {"day": TODAY + timedelta(days=99)})
    db.session.commit()


def test_at_half_past_one_a_day_that_differs_is_put_right_and_the_log_says_so(case):
    for left in (1, 2, 3):
        case(left)
    right = days()
    spoilt("UPDATE duty SET due_on = :day WHERE subject_id = (SELECT min(id) FROM complaint) AND rule = 'DOC_DUE'")
    assert days() != right
    task = next(job for job in jobs.JOBS if job.name == "nightly")
    with day(1, 1):
        assert jobs.run(task) is None
    with dates.stopped(dates.at_noon(TODAY)):
        assert jobs.run(task) == "改正 1 条"
    assert days() == right
    [note] = notes()
    assert (note.subject_type, note.changes["moved"]) == ("complaint", [None, 1])


def test_where_all_is_right_nothing_is_written(case):
    case(1)
    assert nightly.job() == "改正 0 条"
    assert notes() == []


def test_a_duty_that_is_missing_comes_back_in_whichever_batch_it_lies(case, monkeypatch):
    for left in (1, 2, 3, 4, 5):
        case(left)
    right = days()
    spoilt("DELETE FROM duty WHERE due_on < :day AND rule = 'DOC_DUE'")
    monkeypatch.setattr(settle, "MOST", 2)
    assert nightly.job() == "改正 5 条"
    assert days() == right


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_row_that_somebody_holds_is_left_for_the_next_night(app, case):
    held = case(1)
    with db.engine.connect() as other:
        other.execute(select(Complaint.id).where(Complaint.id == held.id).with_for_update())
        assert nightly.job() == "改正 0 条；1 批正有人办理，次日再核"
    assert nightly.job() == "改正 0 条"
