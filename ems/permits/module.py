from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import literal, null, select

from ems.core import dates
from ems.core.db import InUnit
from ems.core.module import Module, Panel, Subject
from ems.permits import report_moves, report_rules, report_views  # noqa: F401  its pages join the blueprint
from ems.permits.models import Permit, PermitLimit, PermitReview, PermitState
from ems.permits.moves import REVIEW_WORKFLOW, WORKFLOW
from ems.permits.registers import REGISTER, REVIEWS
from ems.permits.report_models import MonitoringPlan, MonitoringState, PermitReport, ReportState, SelfMonitoring
from ems.permits.report_registers import MONITORING, REPORTS
from ems.permits.rules import CHECKS, CLOCKS, FIGURES
from ems.permits.views import bp


def of_enterprise(enterprise: Any) -> Any:
    columns = (Permit.id, Permit.no, literal(""), Permit.state, Permit.issued_on)
    mine = select(*columns).where(Permit.enterprise_id == enterprise.id, Permit.state != PermitState.VOID)
    return mine.order_by(Permit.id.desc())


def of_outlet(outlet: Any) -> Any:
    said = PermitLimit.value + " " + PermitLimit.unit_of
    columns = (PermitLimit.id, PermitLimit.pollutant, said, PermitLimit.direction, null())
    mine = select(*columns).where(PermitLimit.outlet_id == outlet.id, PermitLimit.void.is_(False))
    return mine.order_by(PermitLimit.pollutant, PermitLimit.id)


def told_anybody(outlet: Any) -> Any:
    """The limits that permits in force state: they are public with the permit (排污许可管理条例 23)."""
    said = PermitLimit.value + " " + PermitLimit.unit_of
    mine = select(PermitLimit.pollutant, said).join(Permit, Permit.id == PermitLimit.permit_id)
    mine = mine.where(PermitLimit.outlet_id == outlet.id, PermitLimit.void.is_(False))
    return mine.where(Permit.state == PermitState.VALID).order_by(PermitLimit.pollutant, PermitLimit.id)


def reports_of(enterprise: Any) -> Any:
    """Those whose period is over, and those that were dealt with."""
    columns = (PermitReport.id, PermitReport.period, literal(""), PermitReport.state, PermitReport.last_on)
    mine = select(*columns).where(PermitReport.enterprise_id == enterprise.id, PermitReport.last_on < dates.today())
    return mine.where(PermitReport.state != ReportState.WITHDRAWN).order_by(
        PermitReport.last_on.desc(), PermitReport.id
    )


def measured_at(outlet: Any) -> Any:
    columns = (SelfMonitoring.id, SelfMonitoring.pollutant, SelfMonitoring.period)
    mine = select(*columns, SelfMonitoring.state, SelfMonitoring.last_on).join(SelfMonitoring.plan)
    mine = mine.where(MonitoringPlan.outlet_id == outlet.id, SelfMonitoring.first_on <= dates.today())
    return mine.order_by(SelfMonitoring.last_on.desc(), SelfMonitoring.id)


PERMITS = Module(
    "permits",
    _l("排污许可"),
    bp,
    line=_l("监督管理"),
    area="permits",
    subjects=(
        Subject(Permit, pgettext("record", "排污许可证"), Permit.no, Permit.title, "permits.detail", REGISTER,
                WORKFLOW),
        Subject(PermitReview, pgettext("record", "许可证年审"), PermitReview.no, PermitReview.title, "permits.review",
                REVIEWS, REVIEW_WORKFLOW, list="permits.reviews"),
        Subject(PermitReport, pgettext("record", "执行报告"), PermitReport.no, PermitReport.title, "permits.report",
                REPORTS, report_moves.WORKFLOW, list="permits.reports"),
        Subject(SelfMonitoring, pgettext("record", "自行监测"), SelfMonitoring.no, SelfMonitoring.title, "permits.run",
                MONITORING, report_moves.MONITORING_WORKFLOW, list="permits.monitoring"),
    ),
    clocks=(*CLOCKS, *report_rules.CLOCKS),
    figures=(*FIGURES, *report_rules.FIGURES),
    checks=(*CHECKS, *report_rules.CHECKS),
    panels=(
        Panel("enterprise", _l("排污许可证"), "permits", of_enterprise, "permits.detail", PermitState,
              ("permits.new", "enterprise")),
        Panel("enterprise", _l("执行报告"), "permits", reports_of, "permits.report", ReportState,
              all=("permits.reports", "enterprise")),
        Panel("outlet", _l("许可限值"), "permits", of_outlet, "permits.limit",
              public=told_anybody),
        Panel("outlet", _l("自行监测"), "permits", measured_at, "permits.run", MonitoringState),
    ),
    handed_over=(Permit.officer_id, PermitReview.reviewer_id, PermitReport.officer_id, SelfMonitoring.officer_id),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {Permit: ("no", "title", "note")}
