"""What complaints tell the hot-spots: where, about what, and on which day. Who complained is none of it."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from ems.complaints.models import Complaint, ComplaintState, Identity, Medium
from ems.core.figures import Period
from ems.core.signals import Signal
from ems.enterprises.models import Enterprise

C = Complaint
NOT_OURS = (ComplaintState.VOID, ComplaintState.REFUSED)


def seen(period: Period) -> Select[Any]:
    """The street as the case has it, else its enterprise's."""
    street = func.coalesce(C.street_id, Enterprise.street_id).label("street_id")
    hidden = (C.identity == Identity.CONFIDENTIAL).label("hidden")
    rows: Any = select(
        C.id, C.id.label("occasion"), C.enterprise_id, C.place, street, C.longitude, C.latitude, C.medium,
        C.received_on.label("day"), hidden,
    )  # fmt: skip
    rows = rows.outerjoin(Enterprise, Enterprise.id == C.enterprise_id)
    found: Select[Any] = rows.where(C.received_on.between(*period), C.state.notin_(NOT_OURS)).order_by(
        C.received_on, C.id
    )
    return found


SIGNALS = (Signal("complaints", _l("投诉"), C.__tablename__, seen, weight=2, media=Medium),)
