"""What inspections tell the hot-spots: the faults found, all those of one visit as one occasion."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, false, null, select

from ems.core.figures import Period
from ems.core.signals import Signal
from ems.enterprises.models import Enterprise
from ems.inspections.models import LAW, Finding, Inspection

I = Inspection  # noqa: E741  as in the select below


def seen(period: Period) -> Select[Any]:
    rows: Any = select(
        Finding.id, Finding.inspection_id.label("occasion"), Finding.enterprise_id, I.place, Enterprise.street_id,
        null().label("longitude"), null().label("latitude"), null().label("medium"), Finding.found_on.label("day"),
        false().label("hidden"),
    )  # fmt: skip
    rows = rows.join(Inspection, I.id == Finding.inspection_id)
    rows = rows.outerjoin(Enterprise, Enterprise.id == Finding.enterprise_id)
    asked = (Finding.found_on.between(*period), I.type.in_(sorted(LAW)))
    found: Select[Any] = rows.where(*asked).order_by(Finding.found_on, Finding.id)
    return found


SIGNALS = (Signal("findings", _l("检查发现的问题"), Finding.__tablename__, seen),)
