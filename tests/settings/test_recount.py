"""A recount beside a flush that changes the same row: on PostgreSQL, where both run at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from threading import Event

import pytest
from sqlalchemy import text

from ems.complaints.models import Complaint
from ems.core import dates, settle
from ems.core.db import db
from ems.settings import recount, work
from ems.settings.models import Recount
from tests.conftest import NOON
from tests.settings.test_rules import nothing_differs, petition

EARLIER = date(2026, 11, 10)
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
def database(server):
    return server


@contextmanager
def changed_elsewhere(app, id, *, until):
    """Another process has changed the day the case was taken up, its duties with it; `until` says when it commits."""
    flushed = Event()

    def process():
        with app.app_context(), dates.stopped(NOON):
            row = db.session.get(Complaint, id)
            row.accepted_on = EARLIER
            db.session.flush()
            flushed.set()
            until()
            db.session.commit()
            db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(process)
        assert flushed.wait(30)
        yield
        done.result(30)


def somebody_waits(app):
    """Until a statement waits for a lock of ours."""
    with app.app_context(), db.engine.connect() as connection:
        while not connection.scalar(WAITING):
            connection.rollback()


def shorter():
    return work.change("PET_CLOSE", {"offset": 30, "unit": None, "leads": None, "ladder": None}, "试")


def test_a_recount_waits_for_the_flush_and_does_not_write_the_older_day(app, units, cast):
    case = petition(units, cast)
    with changed_elsewhere(app, case.id, until=lambda: somebody_waits(app)):
        made = shorter()
        assert made.finished_at
        db.session.commit()
    db.session.expire_all()
    assert nothing_differs()
    assert db.session.get(Complaint, case.id).accepted_on == EARLIER


def test_it_gives_up_soon_rather_than_turn_a_person_away_and_the_clock_finishes_it(app, units, cast):
    case, leave = petition(units, cast), Event()
    with changed_elsewhere(app, case.id, until=lambda: leave.wait(30)):
        made = shorter()
        db.session.commit()
        assert made.finished_at is None
        assert "lock timeout" in made.error
        assert recount.turn() == 0
        leave.set()
    assert recount.turn() == 1
    db.session.expire_all()
    found = db.session.get(Recount, made.id)
    assert (found.done, found.error, found.finished_at) == (1, "", dates.now())
    assert nothing_differs()


def test_two_clocks_at_one_recount_go_through_each_row_once(app, units, cast, monkeypatch):
    monkeypatch.setattr(recount, "AT_ONCE", 0)
    monkeypatch.setattr(settle, "MOST", 2)
    for _n in range(9):
        petition(units, cast)
    shorter()
    db.session.commit()

    def clock(_n):
        with app.app_context(), dates.stopped(NOON):
            done = sum(iter(recount.turn, 0))
            db.session.remove()
            return done

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(clock, range(3)))
    done.append(sum(iter(recount.turn, 0)))  # what a clock left that found the batch taken
    db.session.expire_all()
    found = db.session.query(Recount).one()
    assert (sum(done), found.done, found.moved, found.finished_at) == (9, 9, 9, dates.now())
    assert nothing_differs()
