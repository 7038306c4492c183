from collections.abc import Sequence

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.workflow import step
from ems.enterprises.models import Outlet
from ems.permits import reporting
from ems.permits.models import Permit
from ems.permits.report_forms import MONITORING_FORMS, REPORT_FORMS, PlanForm, TermsForm
from ems.permits.report_models import MonitoringPlan, PermitReport, SelfMonitoring
from ems.permits.report_moves import MONITORING_WORKFLOW, WORKFLOW
from ems.permits.report_registers import MONITORING, REPORTS
from ems.permits.views import bp
from ems.web import listing, record
from ems.web.forms import ReasonForm
from ems.web.session import fetch, me, needs


@bp.get("/reports/")
@needs("permits", Act.VIEW)
def reports() -> ResponseReturnValue:
    return listing.index(REPORTS, "permits/reports.html")


@bp.get("/reports/export.<any(xlsx, csv):kind>")
@needs("permits", Act.VIEW)
def export_reports(kind: str) -> ResponseReturnValue:
    return listing.export(REPORTS, kind)


@bp.get("/reports/<int:id>")
@needs("permits", Act.VIEW)
def report(id: int) -> ResponseReturnValue:
    found = fetch(PermitReport, id)
    more = {"may": acts(me, found), "missed": reporting.overdue(found)}
    return render_template("permits/report.html", **record.context(found, WORKFLOW), **more)


@bp.route("/reports/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("permits", Act.HANDLE)
def advance_report(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(PermitReport, id), WORKFLOW, move, REPORT_FORMS, ".report")


@bp.route("/<int:id>/terms", methods=["GET", "POST"])
@needs("permits", Act.EDIT)
def terms(id: int) -> ResponseReturnValue:
    """Which reports the permit's copy asks for, and by when."""
    permit = in_force(id)
    known, form = reporting.terms_of([id])[id], TermsForm()
    if form.sent():
        form.keep(permit, known)
        reporting.materialise([id])
        db.session.add(step(permit, me, _("执行报告要求已更改。")))
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    if not form.is_submitted():
        form.fill(known)
    return render_template("permits/terms.html", row=permit, form=form), 422 if form.errors else 200


def in_force(id: int) -> Permit:
    permit = fetch(Permit, id, Act.EDIT)
    if not permit.in_force or permit.registration:
        raise Refused(_("许可证已终止，或者是登记管理，没有执行报告和自行监测。"))
    return permit


@bp.route("/<int:id>/plans/new", methods=["GET", "POST"])
@needs("permits", Act.EDIT)
def new_plan(id: int) -> ResponseReturnValue:
    permit, form = in_force(id), PlanForm()
    form.permit, form.owner = permit, permit.enterprise
    if form.sent():
        plan = MonitoringPlan(permit_id=id, unit_id=permit.unit_id)
        form.populate_obj(plan)
        db.session.add(plan)
        reporting.materialise([id])
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return render_template("permits/plan.html", row=permit, form=form, outlets=outlets(permit)), (
        422 if form.errors else 200
    )


def outlets(permit: Permit) -> Sequence[Outlet]:
    mine = select(Outlet).where(Outlet.enterprise_id == permit.enterprise_id, Outlet.state != "void")
    return db.session.scalars(mine.order_by(Outlet.id)).all()


@bp.route("/plans/<int:id>/end", methods=["GET", "POST"])
@needs("permits", Act.EDIT)
def end_plan(id: int) -> ResponseReturnValue:
    """What was measured stays; nothing more is asked for."""
    plan, form = fetch(MonitoringPlan, id, Act.EDIT), ReasonForm()
    if form.sent():
        plan.void = True
        reporting.materialise([plan.permit_id])
        what = _("不再要求自行监测：%(name)s。%(why)s", name=f"{plan.outlet} {plan.pollutant}", why=form.remark.data)
        db.session.add(step(plan.permit, me, what, alarm=True))
        db.session.commit()
        return redirect(url_for(".detail", id=plan.permit_id), 303)
    return render_template("permits/end_plan.html", plan=plan, row=plan.permit, form=form), 422 if form.errors else 200


@bp.get("/monitoring/")
@needs("permits", Act.VIEW)
def monitoring() -> ResponseReturnValue:
    return listing.index(MONITORING, "permits/monitoring.html")


@bp.get("/monitoring/export.<any(xlsx, csv):kind>")
@needs("permits", Act.VIEW)
def export_monitoring(kind: str) -> ResponseReturnValue:
    return listing.export(MONITORING, kind)


@bp.get("/monitoring/<int:id>")
@needs("permits", Act.VIEW)
def run(id: int) -> ResponseReturnValue:
    found = fetch(SelfMonitoring, id)
    return render_template("permits/run.html", **record.context(found, MONITORING_WORKFLOW), may=acts(me, found))


@bp.route("/monitoring/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("permits", Act.HANDLE)
def advance_run(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(SelfMonitoring, id), MONITORING_WORKFLOW, move, MONITORING_FORMS, ".run")
