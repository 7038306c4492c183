"""Which enterprise of the register a caller means, and what the clerk should know of it while they talk."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, case, or_, select

from ems.complaints.models import Complaint
from ems.complaints.moves import OPEN, VOID
from ems.core import search
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import reached, within
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.orders.models import Order, OrderState
from ems.permits.models import Permit, PermitState

OFFERED, SHOWN = 6, 5  # names under the field; rows of each kind beside it
PERMITTED = (PermitState.VALID, PermitState.RENEWING, PermitState.EXPIRED, PermitState.REVOKED)
DEMANDED = (OrderState.ISSUED, OrderState.CORRECTED, OrderState.FAILED)
ALIVE = Enterprise.state != EnterpriseState.VOID


def named(name: str | None) -> int | None:
    """The enterprise of just this name in the register, or of this former name; else it stays as it was said."""
    said = " ".join((name or "").split())
    if not said:
        return None
    alike = select(Enterprise.id).where(Enterprise.name == said, ALIVE).order_by(Enterprise.id)
    now = db.session.scalars(alike.limit(1)).first()
    return now or next((row.id for row in once(said) if said in formerly(row.former_names)), None)


def once(said: str) -> Sequence[Any]:
    """Enterprises whose former names hold these words."""
    held = (search.matches(Enterprise, said), Enterprise.former_names.contains(said, autoescape=True))
    rows = select(Enterprise.id, Enterprise.former_names).where(*held, ALIVE)
    found: Sequence[Any] = db.session.execute(rows.order_by(Enterprise.id).limit(OFFERED)).all()
    return found


def formerly(names: str) -> list[str]:
    return [" ".join(name.split()) for name in re.split(r"[、，,；;/\n]", names)]


def offered(me: User, said: str) -> list[Enterprise]:
    """Those whose name, or former name, holds what is typed so far; the shortest name says it best."""
    if len(said) < search.PAIR:
        return []
    holds = or_(*(column.contains(said, autoescape=True) for column in (Enterprise.name, Enterprise.former_names)))
    rows = within(select(Enterprise), me).where(search.matches(Enterprise, said), holds, ALIVE)
    first = case((Enterprise.name.startswith(said, autoescape=True), 0), else_=1)
    return list(db.session.scalars(rows.order_by(first, Enterprise.name, Enterprise.id).limit(OFFERED)))


@dataclass(frozen=True)
class Known:
    """What there is of one enterprise, as far as the reader may see it."""

    enterprise: Enterprise
    cases: Sequence[Row[Any]]
    permits: Sequence[Permit]
    orders: Sequence[Order]


def known(me: User, id: int, *, permits: bool, orders: bool) -> Known | None:
    """`permits`, `orders`: whether the reader may see any."""
    enterprise = db.session.scalars(within(select(Enterprise), me).where(Enterprise.id == id)).first()
    if enterprise is None:
        return None
    held = select(Permit).where(Permit.enterprise_id == id, Permit.state.in_(PERMITTED))
    asked = select(Order).where(Order.enterprise_id == id, Order.state.in_(DEMANDED))
    return Known(
        enterprise,
        db.session.execute(cases(me, id)).all(),
        list(db.session.scalars(within(held, me).order_by(Permit.id.desc()).limit(SHOWN))) if permits else [],
        list(db.session.scalars(within(asked, me).order_by(Order.ends_on, Order.id).limit(SHOWN))) if orders else [],
    )


def cases(me: User, id: int) -> Any:
    """Its cases, the open ones first, then the newest."""
    columns = (Complaint.id, Complaint.no, Complaint.title, Complaint.state, Complaint.received_on)
    mine = select(*columns).where(Complaint.enterprise_id == id, Complaint.state != VOID, *reached(me, Complaint))
    still = case((Complaint.state.in_(OPEN), 0), else_=1)
    return mine.order_by(still, Complaint.received_on.desc(), Complaint.id.desc()).limit(SHOWN)
