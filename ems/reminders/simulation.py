"""A year lived through on a copy: each day the duties as they stood then, and the clock that tells of them.

Rules, leads, posts and accounts are today's, and what is open today stays open. What came of it says `verdict`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date, datetime, time, timedelta
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from flask import Flask, current_app

from ems.config import Config
from ems.core import dates
from ems.core.db import db
from ems.core.rules import Span
from ems.core.secrets import Encrypted
from ems.reminders import jobs
from ems.reminders.truth import BEFORE, TRUTH, follow, readings

TELLING = {"morning", "at_once"}  # the jobs that tell
RUNS = (time(8), time(17))  # before and after the day's work; a rule in hours has minutes of its own
#: what a year begins without, and what nobody is told by
LEFT_OUT = {"reminder", "message", "outbox", "notice", "slot", "feed", "robot", "log_entry", "log_head", "search_text"}
SLICE = 1000
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@contextmanager
def copied(make: Callable[[Config], Flask]) -> Iterator[None]:
    """Within, the application is another one, over a copy of the database: nothing leaves it, nothing stays of it."""
    held = Config(**{field.name: current_app.config[field.name] for field in fields(Config)})
    source = db.engine
    with TemporaryDirectory(prefix="ems-") as home:
        here = replace(held, SQLALCHEMY_DATABASE_URI=f"sqlite:///{home}/ems.db", FILES=f"{home}/files", BACKUPS=home)
        with make(replace(here, MAIL_HOST="", ROBOT_HOSTS=())).app_context():
            try:
                db.create_all()
                carry(source, db.engine)
                yield
            finally:
                db.session.remove()
                db.engine.dispose()


def carry(source: sa.Engine, copy: sa.Engine) -> None:
    """All rows, in slices. What lies encrypted stays where it is."""
    snapshot = {"isolation_level": "REPEATABLE READ"} if source.dialect.name == "postgresql" else {}
    with source.connect() as there, copy.connect() as here:
        here.exec_driver_sql("PRAGMA foreign_keys = OFF")  # tables come in any order
        for (name,) in here.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            here.exec_driver_sql(f"DROP TRIGGER {name}")  # they guard what is sealed, and fill the search
        rows = there.execution_options(yield_per=SLICE, **snapshot)
        for table in db.metadata.tables.values():
            if table.name not in LEFT_OUT:
                open_ = [column for column in table.columns if not isinstance(column.type, Encrypted)]
                for lot in rows.execute(sa.select(*open_)).mappings().partitions():
                    here.execute(sa.insert(table), [dict(row) for row in lot])
        here.commit()
    copy.dispose()  # the next connection keeps its foreign keys


def days(year: int) -> list[date]:
    """Those of the year, and before them as many as the longest lead has: so it begins as a year does in life."""
    first, last = dates.year(year)
    known = {(row.rule, row.since) for row in db.session.execute(sa.select(TRUTH.c.rule, TRUTH.c.since).distinct())}
    by_day = (rule for key, rule in readings().items() if key in known and rule.unit is not Span.HOUR)
    first -= max((lead for rule in by_day for lead in rule.leads), default=0) * DAY
    return [first + n * DAY for n in range((last - first).days + 1)]


def replay(through: Iterable[date]) -> Iterator[date]:
    """Live through these days, one by one."""
    before, hours, taken = BEFORE, by_the_hour(), set[tuple[str, datetime]]()
    for day in through:
        for at in sorted({datetime.combine(day, run, dates.HERE) for run in RUNS} | hours[day]):
            with dates.stopped(at):
                follow(before, dates.now())
                turn(taken)
                before = dates.now()
        yield day


def by_the_hour() -> Mapping[date, set[datetime]]:
    """The minutes in which the clock has something to say of rules in hours: when one begins, and at each lead."""
    rules, found = readings(), defaultdict[date, set[datetime]](set)
    for row in db.session.execute(sa.select(TRUTH).where(TRUTH.c.due_at.isnot(None))):
        rule = rules.get((row.rule, row.since))
        leads = [] if rule is None else [*rule.leads, *(int(str(lead)) for _rung, lead in rule.ladder)]
        for at in (row.begins_at, *(row.due_at - lead * HOUR for lead in leads)):
            if row.begins_at <= at and (row.ends_at is None or at < row.ends_at):
                minute = dates.local(at + MINUTE - timedelta.resolution).replace(second=0, microsecond=0)
                found[minute.date()].add(minute)
    return found


def turn(taken: set[tuple[str, datetime]]) -> None:
    """What the clock would do now. A job that fails ends the replay."""
    for job in jobs.JOBS:
        slot = job.slot(dates.local(dates.now())) if job.name in TELLING else None
        if slot and (job.name, slot) not in taken:
            taken.add((job.name, slot))
            job.work()
