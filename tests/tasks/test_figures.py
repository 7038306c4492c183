from datetime import date, timedelta

import pytest

from ems.core import module
from ems.core.dates import so_far
from ems.core.db import db
from ems.core.figures import share
from ems.tasks.models import TaskState
from tests.conftest import TODAY
from tests.factories import task

YESTERDAY = TODAY - timedelta(days=1)


def answered(units, cast, day, *, asked, **known):
    by = {"reported_by_id": cast["liaison"].id, "reported_on": day, "replied_on": day}
    return task(units, cast, **{"state": TaskState.REPORTED, "asked_by_on": asked, "due_on": asked, **by, **known})


@pytest.fixture
def some(app, units, cast):
    """Standing, late, answered in time and not, closed, of last year, void."""
    task(units, cast)
    task(units, cast, asked_by_on=YESTERDAY, due_on=YESTERDAY, owner_id=None)
    answered(units, cast, YESTERDAY, asked=TODAY)
    answered(units, cast, TODAY, asked=YESTERDAY)
    done = {"state": TaskState.CLOSED, "closed_by_id": cast["head"].id}
    answered(units, cast, YESTERDAY, asked=YESTERDAY, **done, closed_on=TODAY)
    old = date(2025, 6, 3)
    answered(units, cast, old, asked=old, **done, closed_on=old, issued_on=date(2025, 6, 1))
    task(units, cast, state=TaskState.VOID)


def value(code, user, year=2026):
    return module.figures()[code].of(user, so_far(year))


@pytest.mark.parametrize(
    ("code", "this", "last"),
    [("issued", 5, 1), ("closed", 1, 1), ("replied", 3, 1), ("in_time", 2, 1), ("late", 1, 0)],
)
def test_the_figures_count_what_they_say(some, cast, code, this, last):
    assert (value(f"tasks.{code}", None), value(f"tasks.{code}", None, 2025)) == (this, last)


def test_the_rate_is_of_those_answered(some):
    rate = module.figures()["tasks.in_time"]
    assert (rate.whole, f"{share(2, 3)}") == ("tasks.replied", "66.7")


def test_a_slip_sent_back_does_not_better_the_rate(app, units, cast):
    late = answered(units, cast, TODAY, asked=YESTERDAY)
    late.state, late.due_on, late.reported_on = TaskState.RETURNED, TODAY + timedelta(days=3), None
    db.session.commit()
    assert value("tasks.in_time", None) == 0


def test_another_unit_counts_none_of_them(some, cast):
    assert value("tasks.issued", cast["outsider"]) == 0


def test_the_checks_find_what_is_unowned_and_what_is_late(some, cast):
    found = {check.code: len(db.session.scalars(check.found(cast["head"])).all()) for check in module.checks()}
    assert (found["tasks.unowned"], found["tasks.overdue"]) == (1, 1)
    assert not any(db.session.scalars(c.found(cast["outsider"])).all() for c in module.checks() if "tasks." in c.code)
