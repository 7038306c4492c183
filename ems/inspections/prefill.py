"""What is known of an inspection before anybody types: from the enterprise, the complaint or the order it starts at."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import InUnit, db
from ems.core.errors import Refused
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.inspections.forms import home
from ems.inspections.models import Inspection, InspectionType
from ems.inspections.moves import OPEN, PLANNED
from ems.orders.models import Order
from ems.orders.moves import CORRECTED, ISSUED
from ems.web.session import me


@dataclass(frozen=True)
class Given:
    type: InspectionType
    unit_id: int | None
    lead_id: int | None
    second_id: int | None = None
    party: str = ""
    place: str = ""
    planned_on: date | None = None
    source: str = ""
    order_id: int | None = None

    def fields(self) -> dict[str, Any]:
        """Those of the form."""
        apart = {"source", "order_id"}
        return {name: value for name, value in asdict(self).items() if name not in apart and value is not None}


def of_enterprise(enterprise: Enterprise) -> Given:
    return Given(usual(enterprise), home(), me.id, party=enterprise.name, place=enterprise.address)


def usual(enterprise: Enterprise) -> InspectionType:
    if enterprise.state in {EnterpriseState.STOPPED, EnterpriseState.CLOSED}:
        return InspectionType.CLOSED_RECHECK
    if enterprise.key:
        return InspectionType.KEY_INDUSTRY
    return InspectionType.CATERING if enterprise.catering else InspectionType.SPECIAL


def of_complaint(case: InUnit) -> Given:
    """Complaints lie on a higher floor: what one knows is asked of it by name."""
    enterprise = db.session.get(Enterprise, getattr(case, "enterprise_id", None) or 0)
    type = usual(enterprise) if enterprise else InspectionType.SPECIAL
    party, place = getattr(case, "enterprise_name", ""), getattr(case, "place", "")
    return Given(type, home(), me.id, party=party, place=place, source=f"{case.__tablename__}:{case.id}")


def of_order(order: Order) -> Given:
    """A re-check: after the term, by whoever follows the order up. Raises `Refused` where there is nothing to check."""
    if order.internal:
        raise Refused(_("单位内部的整改由单位负责人核实确认，不另作复查。"))
    if order.state not in {ISSUED, CORRECTED}:
        raise Refused(_("整改通知现在是“%(state)s”，不能安排复查。", state=order.state.label))
    if no := db.session.scalar(under_way(order)):
        raise Refused(_("已经安排了复查 %(no)s，请完成后再看。", no=no))
    return Given(
        InspectionType.ORDER_RECHECK, order.unit_id, order.officer_id or me.id, planned_on=first_day(order),
        party=order.party, place=order.enterprise.address if order.enterprise else "", order_id=order.id,
    )  # fmt: skip


def under_way(order: Order) -> Any:
    waiting = Inspection.state.in_([PLANNED, OPEN])
    return select(Inspection.no).where(Inspection.order_id == order.id, waiting).order_by(Inspection.id)


def first_day(order: Order) -> date:
    """Today if the correction is reported or the term is over, else the first working day after it."""
    if order.state is CORRECTED or order.ends_on is None or order.ends_on < dates.today():
        return dates.today()
    return calendar(db.session()).roll(order.ends_on + timedelta(days=1), 1)
