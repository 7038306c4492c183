"""A job's turn: once, while its process lives; again, in minutes, when it does not."""

import os
import signal
import subprocess
import sys
from datetime import datetime, time, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from ems.core import dates
from ems.core.db import db
from ems.reminders import jobs, slots
from ems.reminders.models import Message, Slot
from tests.conftest import NOON, TODAY

ROOT = Path(__file__).parents[2]
EIGHT = datetime.combine(TODAY, time(8))
SECOND = timedelta(seconds=1)
several = pytest.mark.parametrize("database", ["file", "postgresql"], indirect=True)


def daily(work):
    return jobs.Job("trying", "x", jobs.daily(time(8)), work)


def test_a_job_that_failed_is_taken_again_some_minutes_later_and_not_before(app, caplog):
    asked = []

    def halting():
        asked.append(dates.now())
        if len(asked) == 1:
            raise ConnectionRefusedError
        return "done"

    job = daily(halting)
    assert jobs.run(job) == "失败，稍后再试"
    assert "job trying" in caplog.text
    assert jobs.run(job) is None
    with dates.stopped(NOON + slots.STALE + SECOND):
        assert jobs.run(job) == "done"
        assert jobs.run(job) is None


def test_a_turn_whose_process_died_is_taken_again_in_minutes(app):
    assert slots.take("morning", EIGHT)  # and not another word of it
    assert slots.take("morning", EIGHT) is None
    with dates.stopped(NOON + slots.STALE + SECOND):
        assert slots.take("morning", EIGHT)
    assert timedelta(minutes=5) > slots.STALE


@several
def test_a_slow_job_is_not_run_twice_at_once(app, monkeypatch):
    """It says that it lives: long after the lease of its first word the turn is still its own."""
    monkeypatch.setattr(slots, "BEAT", 0.05)
    went, go, said = Event(), Event(), []

    def slow():
        went.set()
        assert go.wait(30)
        return "slow"

    def elsewhere():
        with app.app_context():
            dates.stop_everywhere(NOON)
            said.append(jobs.run(daily(slow)))

    machine = Thread(target=elsewhere)
    try:
        machine.start()
        assert went.wait(30)
        later = NOON + 10 * slots.STALE
        dates.stop_everywhere(later)
        assert heard_of(later)
        with dates.stopped(later + SECOND):
            assert jobs.run(daily(lambda: "twice")) is None
    finally:
        go.set()
        machine.join()
        dates.stop_everywhere(None)
    assert said == ["slow"]
    assert slots.last("trying").said == "slow"


def heard_of(moment):
    """Until the turn has been heard of at `moment`, for half a minute."""
    pause = Event()
    for _n in range(600):
        db.session.rollback()
        if db.session.scalar(select(Slot.claimed_at).where(Slot.job == "trying")) == moment:
            return True
        pause.wait(0.05)
    return False


def test_a_job_that_hangs_is_alive_for_two_hours_and_no_longer():
    assert slots.BEAT * slots.BEATS == 2 * 60 * 60


@several
def test_the_morning_of_a_process_that_was_killed_is_done_by_another(app, database, cast, case, tmp_path):
    """Killed while it tells the second of two people: each of them is told once."""
    case(1)
    case(1, handler="chief")
    around = os.environ | {"EMS_DATABASE_URL": database, "EMS_DATA": str(tmp_path), "EMS_BACKUPS": str(tmp_path / "b")}
    script = """
import os, signal
from ems import create_app
from ems.config import Config
from ems.core import dates
from ems.reminders import jobs, work
tell, told = work.tell, []
def dying(person, rows):
    tell(person, rows)
    told.append(person)
    if len(told) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
work.tell = dying
with create_app(Config.from_env()).app_context(), dates.stopped(dates.datetime(2026, 11, 24, 8)):
    list(jobs.run_all())
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=around, timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    command = [sys.executable, "-m", "flask", "--app", "app", "clock", "--once", "--at", "2026-11-24T08:04"]
    said = subprocess.run(command, cwd=ROOT, env=around, capture_output=True, text=True, timeout=120, check=True)
    assert "晨间扫描：提醒 3 人" in said.stdout  # the one who was being told, and two of their units' self-checks
    db.session.rollback()
    told = dict(db.session.execute(select(Message.person_id, func.count()).group_by(Message.person_id)).all())
    assert told == {cast[name].id: 1 for name in ("officer", "chief", "liaison", "outsider")}
