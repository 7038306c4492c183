"""The pages of plans: the list, one plan with what it would make or has made, its form, its moves."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import dates, numbers
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.workflow import hold, step
from ems.enterprises.models import EnterpriseClass
from ems.inspections import plans
from ems.inspections.models import Inspection
from ems.inspections.plan_forms import PlanForm, said
from ems.inspections.plan_models import Draw, InspectionPlan, PlanState
from ems.inspections.plan_moves import PLAN_WORKFLOW
from ems.inspections.plan_rules import PLANS
from ems.inspections.views import bp
from ems.web import listing, record
from ems.web.session import fetch, me, needs

SHOWN = 60  # rows of a preview and of a plan's inspections; the list has them all


@bp.get("/plans/")
@needs("plans", Act.VIEW)
def plan_index() -> ResponseReturnValue:
    return listing.index(PLANS, "inspections/plans.html")


@bp.get("/plans/export.<any(xlsx, csv):kind>")
@needs("plans", Act.VIEW)
def export_plans(kind: str) -> ResponseReturnValue:
    return listing.export(PLANS, kind)


@bp.get("/plans/<int:id>")
@needs("plans", Act.VIEW)
def plan(id: int) -> ResponseReturnValue:
    row = fetch(InspectionPlan, id)
    known = ahead(row) if row.state is PlanState.DRAFT else made(row)
    shown = record.context(row, PLAN_WORKFLOW)
    return render_template("inspections/plan.html", **shown, **known, may=acts(me, row), draws=drawn_for(row))


def ahead(row: InspectionPlan) -> dict[str, Any]:
    """What it would make if it were approved now."""
    chosen = plans.targets(row)
    found = plans.visits(row, chosen)
    skipped = sum(one.times for one in chosen) - len(found)
    cover = plans.coverage(row, [one.risk.id for one in chosen])
    unknown = calendar(db.session()).provisional(row.from_on, row.until_on)
    shown = {"unknown": unknown, "alone": sum(not one.pair for one in found), "skipped": skipped, "coverage": cover}
    return {"targets": chosen, "total": len(found), "visits": found[:SHOWN], **shown}


def made(row: InspectionPlan) -> dict[str, Any]:
    asked = select(Inspection).where(Inspection.plan_id == row.id, Inspection.withdrawn.is_(False))
    rows = asked.order_by(Inspection.planned_on, Inspection.id).limit(SHOWN)
    return {"rows": db.session.scalars(rows).all(), "so_far": plans.progress(row), "coverage": plans.coverage(row)}


def drawn_for(row: InspectionPlan) -> Any:
    return db.session.scalars(select(Draw).where(Draw.plan_id == row.id).order_by(Draw.id.desc())).all()


@bp.route("/plans/new", methods=["GET", "POST"])
@needs("plans", Act.ADD)
def new_plan() -> ResponseReturnValue:
    form = PlanForm()
    if not form.sent():
        return edited(form, None)
    row = InspectionPlan(author_id=me.id)
    form.populate_obj(row)
    row.no = numbers.take(db.session(), "JH", dates.today().year)[0]
    db.session.add(row)
    db.session.flush()
    db.session.add(step(row, me, move="draft", after=row.state))
    db.session.commit()
    return redirect(url_for(".plan", id=row.id), 303)


@bp.route("/plans/<int:id>/edit", methods=["GET", "POST"])
@needs("plans", Act.EDIT)
def edit_plan(id: int) -> ResponseReturnValue:
    row = fetch(InspectionPlan, id, Act.EDIT)
    if request.method == "POST":
        hold(row)  # somebody may approve it in the same moment
    if row.state is not PlanState.DRAFT:
        raise Refused(_("计划已经批准，内容不能更改；要改的请作废后另拟。"))
    form = PlanForm(obj=row, **said(row))
    if form.sent():
        form.populate_obj(row)
        db.session.commit()
        return redirect(url_for(".plan", id=id), 303)
    return edited(form, row)


def edited(form: PlanForm, row: InspectionPlan | None) -> ResponseReturnValue:
    page = render_template("inspections/edit_plan.html", form=form, row=row, classes=list(EnterpriseClass))
    return page, 422 if form.errors else 200


@bp.route("/plans/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("plans", Act.VIEW)
def advance_plan(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(InspectionPlan, id), PLAN_WORKFLOW, move, {}, ".plan")
