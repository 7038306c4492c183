from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.core import module
from ems.core.dates import so_far
from ems.core.db import db
from ems.orders.models import Order, OrderKind, OrderState
from ems.orders.rules import REGISTER
from tests.conftest import TODAY
from tests.factories import order

YESTERDAY = TODAY - timedelta(days=1)


def closed(units, cast, day=TODAY, **known):
    done = {"rechecked_on": day, "passed": True, "verified_by_id": cast["head"].id, "corrected_on": day}
    return order(units, cast, state=OrderState.CLOSED, closed_on=day, **done | known)


@pytest.fixture
def some(app, units, cast):
    """Open, late, late but reported, closed, of last year, a draft, a void one, a unit's own."""
    order(units, cast)
    order(units, cast, due_on=YESTERDAY, issued_on=date(2026, 11, 1))
    order(units, cast, due_on=YESTERDAY, state=OrderState.CORRECTED, corrected_on=YESTERDAY)
    closed(units, cast)
    closed(units, cast, date(2025, 6, 1), issued_on=date(2025, 5, 1), due_on=date(2025, 5, 20))
    order(units, cast, state=OrderState.DRAFT)
    order(units, cast, state=OrderState.VOID)
    order(units, cast, kind=OrderKind.INTERNAL, due_on=YESTERDAY)


def value(code, user, year=2026):
    return module.figures()[code].of(user, so_far(year))


@pytest.mark.parametrize(
    ("code", "this", "last"),
    [("orders.issued", 4, 1), ("orders.met", 1, 1), ("orders.open", 3, 0), ("orders.late", 1, 0)],
)
def test_the_figures_count_what_they_say_and_no_other_year(some, cast, code, this, last):
    assert (value(code, cast["head"]), value(code, cast["head"], 2025)) == (this, last)


@pytest.mark.parametrize("code", ["orders.issued", "orders.met", "orders.open", "orders.late"])
def test_each_figure_is_as_long_as_its_list(some, as_, cast, code):
    behind = REGISTER.count(cast["head"], {"figure": code, "year": "2026"})
    assert behind == value(code, cast["head"])
    assert as_(cast["head"]).get(f"/orders/?figure={code}&year=2026").status_code == 200


def test_a_year_gone_by_stands_as_it_stood_at_its_end(app, units, cast):
    """Issued in 2025 for a day in 2025, closed in 2026: then it was open and late."""
    closed(units, cast, date(2026, 2, 1), issued_on=date(2025, 11, 1), due_on=date(2025, 12, 1))
    assert (value("orders.open", cast["head"], 2025), value("orders.late", cast["head"], 2025)) == (1, 1)
    assert (value("orders.open", cast["head"]), value("orders.late", cast["head"])) == (0, 0)


def found(code):
    check = next(c for c in module.checks() if c.code == code)
    return [row.id for row in db.session.scalars(check.rows())]


def test_checks_find_what_is_wrong_and_nothing_else(app, units, cast):
    sound = [order(units, cast).id, closed(units, cast).id]
    unchecked = closed(units, cast, rechecked_on=None, passed=None).id
    own = closed(units, cast, verified_by_id=None).id
    waiting = order(units, cast, due_on=YESTERDAY, issued_on=date(2026, 11, 1)).id
    planned = order(units, cast, due_on=YESTERDAY, recheck_planned_on=TODAY).id
    reported = order(units, cast, state=OrderState.CORRECTED, corrected_on=date(2026, 11, 10)).id
    failed = order(units, cast, state=OrderState.FAILED, rechecked_on=TODAY, passed=False).id
    unowned = order(units, cast, officer_id=None).id
    unlinked = order(units, cast, enterprise_id=None).id
    empty = order(units, cast)
    empty.items = []
    db.session.commit()
    wrong = {
        "orders.closed_unchecked": unchecked, "orders.closed_by_own": own, "orders.recheck_unplanned": waiting,
        "orders.report_waits": reported, "orders.failed_idle": failed, "orders.unowned": unowned,
        "orders.unlinked": unlinked, "orders.empty": empty.id,
    }  # fmt: skip
    for code, id in wrong.items():
        assert found(code) == [id], code
    assert not {*sound, planned} & {id for code in wrong for id in found(code)}


def test_the_register_finds_by_number_and_party(as_, cast, units):
    row = order(units, cast)
    other = order(units, cast)
    page = as_(cast["head"]).get(f"/orders/?q={row.no}").text
    assert (row.no in page, other.no in page) == (True, False)
    assert db.session.scalars(select(Order.id).where(Order.party == row.party)).all() == [row.id]
