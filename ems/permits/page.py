"""What a permit's page shows of its reports and of what is to be measured."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import case, func, select

from ems.core import dates
from ems.core.db import db
from ems.permits import reporting
from ems.permits.models import Permit
from ems.permits.report_models import MonitoringPlan, MonitoringState, PermitReport, SelfMonitoring

SHOWN = 10  # reports
AHEAD = timedelta(days=100)  # so that the next of each kind but the annual one is among them


class Measured(NamedTuple):
    """A plan, and how far it was kept this year: times measured, and times asked for whose period has begun."""

    plan: MonitoringPlan
    done: int
    due: int


def reports(permit: Permit) -> Sequence[PermitReport]:
    """The next ones first, then the last ones."""
    mine = select(PermitReport).where(PermitReport.permit_id == permit.id)
    near = mine.where(PermitReport.last_on <= dates.today() + AHEAD, PermitReport.state != "withdrawn")
    return db.session.scalars(near.order_by(PermitReport.last_on.desc(), PermitReport.id.desc()).limit(SHOWN)).all()


def plans(permit: Permit) -> list[Measured]:
    S = SelfMonitoring  # noqa: N806  as in the tables
    first, _last = dates.year(dates.today().year)
    asked = S.state.in_([MonitoringState.DUE, MonitoringState.DONE])
    done = func.count(case((S.state == MonitoringState.DONE, 1)))
    here = S.last_on.between(first, dates.today()) | S.done_on.between(first, dates.today())
    counts = select(S.plan_id, done, func.count()).where(asked, here).group_by(S.plan_id).subquery()
    rows = select(MonitoringPlan, counts).outerjoin(counts, counts.c.plan_id == MonitoringPlan.id)
    rows = rows.where(MonitoringPlan.permit_id == permit.id, MonitoringPlan.void.is_(False))
    found = db.session.execute(rows.order_by(MonitoringPlan.outlet, MonitoringPlan.id))
    return [Measured(row[0], row[2] or 0, row[3] or 0) for row in found]


def shown(permit: Permit) -> dict[str, Any]:
    terms = reporting.terms_of([permit.id])[permit.id]
    return {"terms": terms, "reports": reports(permit), "plans": plans(permit)}
