"""What an inspection does to orders: it issues them, and its re-check ends them or sends them on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale, gettext as _

from ems.core import dates, numbers
from ems.core.db import db
from ems.core.people import User
from ems.core.workflow import step
from ems.enterprises.models import Enterprise
from ems.orders.models import Order, OrderItem, OrderKind, OrderState
from ems.orders.moves import WORKFLOW, follow


@dataclass(frozen=True)
class Point:
    """One thing to put right."""

    text: str
    code: str = ""
    law: str = ""
    source: str | None = None


@dataclass(frozen=True)
class Recheck:
    """What a re-inspection found. `officers` were there; `good` are the ids of the items found in order."""

    on: date
    officers: Sequence[int | None]
    good: frozenset[int]
    passed: bool
    remark: str


def headline(kind: OrderKind, party: str) -> str:
    """In Chinese whoever writes it: it stands on the paper."""
    with force_locale("zh_CN"):
        what = _("内部整改") if kind is OrderKind.INTERNAL else _("责令限期整改")
    return f"{what} · {party}"[:200]


def enter(order: Order, points: Sequence[Point]) -> Order:
    """Give the order its number and its points. Not committed."""
    order.no = numbers.take(db.session(), "ZG", dates.today().year)[0]
    order.title = order.title or headline(order.kind, order.party)
    write(order, points)
    db.session.add(order)
    db.session.flush()
    return order


def write(order: Order, points: Sequence[Point]) -> None:
    order.items = [
        OrderItem(
            unit_id=order.unit_id, number=n, text=p.text, code=p.code, law=p.law, source=p.source, due_on=order.due_on
        )
        for n, p in enumerate(points, start=1)
    ]


def issue(
    by: User,
    points: Sequence[Point],
    due_on: date,
    *,
    unit_id: int,
    party: str,
    source: str,
    enterprise: Enterprise | None = None,
    kind: OrderKind = OrderKind.SUPERVISION,
) -> Order:
    """An order from the spot: written and handed over at once. Not committed."""
    known = {"unit_id": unit_id, "due_on": due_on, "source": source, "party": party, "kind": kind}
    order = Order(**known, enterprise_id=enterprise.id if enterprise else None)
    order.state, order.issued_on = OrderState.ISSUED, dates.today()
    order.issued_by_id = order.officer_id = by.id
    follow(order, by)
    enter(order, points)
    db.session.add(step(order, by, move="issue", after=order.state))
    return order


def recheck(order: Order, by: User, found: Recheck) -> None:
    """Write down what the re-check found; it closes the order or fails it.

    Raises `Refused` where nobody but its issuer looked.
    """
    order.rechecked_on, order.passed = found.on, found.passed
    order.verified_by_id = verifier(order, found.officers)
    for item in order.items:
        if item.id in found.good:
            item.verified_on = found.on
    WORKFLOW.fire("close" if found.passed else "fail", by, order, found.remark)


def verifier(order: Order, officers: Sequence[int | None]) -> int | None:
    """Who of those present did not issue it."""
    return next((id for id in officers if id and id != order.issued_by_id), None)
