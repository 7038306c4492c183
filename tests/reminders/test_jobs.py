"""What the clock does, when, and by whom: each turn once, however many processes keep it."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select

from ems.cli import clock
from ems.core import dates
from ems.core.db import db
from ems.reminders import jobs, slots
from ems.reminders.backup import KEPT, backup
from ems.reminders.claim import claim
from ems.reminders.models import Message, Outbox, Slot
from ems.reminders.work import tell_all
from tests.conftest import NOON, TODAY
from tests.reminders.conftest import day

ROOT = Path(__file__).parents[2]
EIGHT = datetime.combine(TODAY, time(8))
SATURDAY = 4  # days from TODAY, a Tuesday
several = pytest.mark.parametrize("database", ["file", "postgresql"], indirect=True)


def four(app, work):
    """Four threads do it at once, each with a session of its own."""

    def run(_n):
        with app.app_context(), dates.stopped(NOON):
            return work()

    with ThreadPoolExecutor(4) as machines:
        return list(machines.map(run, range(4)))


@several
def test_of_four_that_want_a_turn_one_gets_it(app):
    ids = four(app, lambda: slots.take("morning", EIGHT))
    assert len([id for id in ids if id]) == 1
    assert db.session.scalar(select(func.count()).select_from(Slot)) == 1


@several
def test_four_machines_tell_each_person_once(app, cast, case):
    for n in range(24):
        case(1, handler=("officer", "chief", "head")[n % 3])

    def work():
        claim()
        return tell_all()

    assert sum(four(app, work)) == 3
    told = select(Message.person_id, func.count()).group_by(Message.person_id).order_by(Message.person_id)
    assert [n for _id, n in db.session.execute(told)] == [8, 8, 8]


@several
def test_processes_of_their_own_do_a_turn_once(app, database, cast, case, tmp_path):
    """Three commands at the same moment on one database: one of them does the morning."""
    case(1)
    around = os.environ | {"EMS_DATABASE_URL": database, "EMS_DATA": str(tmp_path), "EMS_BACKUPS": str(tmp_path / "b")}
    command = [sys.executable, "-m", "flask", "--app", "app", "clock", "--once", "--at", "2026-11-24T08:00"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=around, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _n in range(3)
    ]
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    assert sum("晨间扫描：提醒" in out for out, _err in said) == 1, said
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Message.person_id == cast["officer"].id)) == 1


def does(name):
    return next(job for job in jobs.JOBS if job.name == name)


def ran(name):
    return jobs.run(does(name)) is not None


def test_the_morning_comes_at_eight_once_a_day(app):
    with day(0, 7):
        assert not ran("morning")
    with day(0, 8):
        assert (ran("morning"), ran("morning")) == (True, False)
    with day(SATURDAY):
        assert ran("morning")


def test_a_machine_that_was_off_at_eight_makes_up_for_it(app):
    with day(0, 15):
        assert ran("morning")


def test_what_it_said_is_kept(app):
    with day(0):
        jobs.run(does("morning"))
    assert slots.last("morning").said == "提醒 0 人"
    assert slots.last("backup") is None


def test_the_morning_tells_of_duties_nobody_hears_of(cast, case):
    for user in cast.values():
        user.active = False
    db.session.commit()
    case(1)
    with day(0):
        assert jobs.run(does("morning")) == "提醒 0 人；1 件无人可通知"


def test_news_that_was_left_over_goes_within_the_day(cast, case, inbox):
    case(1)
    claim()
    assert jobs.run(does("at_once")) == "提醒 1 人"
    assert len(inbox(cast["officer"])) == 1


def test_what_was_done_is_ticked_off_in_the_inbox(cast, case, inbox):
    row = case(1)
    with day(0):
        jobs.run(does("morning"))
    assert inbox(cast["officer"])[0].acted_at is None
    row.answered_on = TODAY
    db.session.commit()
    assert jobs.run(does("outbox")) == "消息办结 1 条"
    assert inbox(cast["officer"])[0].acted_at is not None


def test_turns_of_long_ago_are_forgotten(app):
    slots.take("outbox", EIGHT)
    with dates.stopped(NOON + timedelta(days=31)):
        slots.take("outbox", EIGHT + timedelta(days=31))
        slots.tidy()
        assert db.session.scalars(select(Slot.slot)).all() == ["2026-12-25T08:00"]


@pytest.mark.parametrize("database", ["file"], indirect=True)
def test_a_backup_is_whole_and_opens_by_itself(app, case):
    row = case(1)
    made = backup()
    assert made.name == "ems-20261124-1200.db"
    assert made.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("SELECT no FROM complaint").fetchall() == [(row.no,)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(file.name for file in made.parent.iterdir()) == [made.name]


@pytest.mark.parametrize("database", ["file"], indirect=True)
def test_the_last_fourteen_backups_are_kept(app):
    for n in range(KEPT + 2):
        with day(n, 2):
            made = backup()
    kept = sorted(file.name for file in made.parent.iterdir())
    assert len(kept) == KEPT == 14
    assert kept[0] == "ems-20261126-0200.db"


@pytest.mark.parametrize("database", ["memory", "postgresql"], indirect=True)
def test_a_database_that_is_no_file_of_ours_is_not_copied(app):
    assert backup() is None


def test_the_command_does_what_is_due_and_says_so(app, cast, case):
    case(1)
    invoke = app.test_cli_runner().invoke
    said = invoke(args=["clock", "--once", "--at", "2026-11-24T08:00"]).output
    moment, *lines = said.splitlines()
    assert moment == "2026-11-24 08:00"
    assert [line.split("：")[0] for line in lines] == [str(job.title) for job in jobs.JOBS]
    assert {
        "夜间备份：数据库由服务器备份",
        "晨间扫描：提醒 3 人",  # the officer of the case, and two liaison officers of their self-checks
        "即时提醒：提醒 0 人",
        "发件：没有待办",
    } <= set(lines)
    again = invoke(args=["clock", "--once", "--at", "2026-11-24T08:00"]).output
    assert again.count("没有到时间，或已经做过") == len(jobs.JOBS)


def test_a_moment_without_once_is_refused(app):
    answer = app.test_cli_runner().invoke(args=["clock", "--at", "2026-11-24T08:00"])
    assert answer.exit_code == 2


def test_the_scheduler_asks_every_job_every_minute(app, monkeypatch):
    scheduler, asked = BackgroundScheduler(), []
    clock.keep(scheduler)
    scheduler.start(paused=True)
    try:
        monkeypatch.setattr(jobs, "run", lambda job: asked.append(job.name))
        for held in scheduler.get_jobs():
            assert (held.max_instances, held.coalesce) == (1, True)
            now = datetime(2026, 11, 24, 8, 0, 30, tzinfo=dates.HERE)
            assert held.trigger.get_next_fire_time(None, now) == now.replace(minute=1, second=0)
            held.func()
    finally:
        scheduler.shutdown()
    assert sorted(asked) == sorted(job.name for job in jobs.JOBS)


def test_no_job_is_done_by_merely_asking_early(app):
    with day(0, 0):
        asked = {job.name for job in jobs.JOBS if jobs.run(job) is not None}
    assert asked == {job.name for job in jobs.JOBS if job.slot is jobs.every_minute}
    assert db.session.scalar(select(func.count()).select_from(Outbox)) == 0
