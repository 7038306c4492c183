from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import select

from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.orders.models import Order
from ems.orders.moves import OPEN, WORKFLOW
from ems.orders.rules import CHECKS, CLOCKS, FIGURES, REGISTER
from ems.orders.views import bp

SHOWN = (Order.id, Order.no, Order.title, Order.state, Order.ends_on)


def of_enterprise(enterprise: Any) -> Any:
    mine = select(*SHOWN).where(Order.enterprise_id == enterprise.id)
    return mine.order_by(Order.issued_on.desc(), Order.id.desc())


def of_inspection(inspection: Any) -> Any:
    """Those it led to, and the one it looked at again."""
    mine = select(*SHOWN).where((Order.source == f"inspection:{inspection.id}") | (Order.id == inspection.order_id))
    return mine.order_by(Order.id.desc())


ORDERS = Module(
    "orders",
    _l("整改通知"),
    bp,
    line=_l("监督管理"),
    area="orders",
    subjects=(
        Subject(Order, pgettext("record", "整改通知"), Order.no, Order.title, "orders.detail", REGISTER, WORKFLOW),
    ),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    panels=(
        Panel(
            "enterprise", _l("整改通知"), "orders", of_enterprise, "orders.detail", all=("orders.index", "enterprise")
        ),
        Panel("inspection", _l("整改通知"), "orders", of_inspection, "orders.detail"),
    ),
    handed_over=(Order.officer_id, Order.checker_id),
    count=lambda me: select(Order.id).where(Order.officer_id == me.id, Order.state.in_(sorted(OPEN))),
)

FOUND: dict[type[InUnit], tuple[str, ...]] = {Order: ("no", "title", "party", "demand")}
