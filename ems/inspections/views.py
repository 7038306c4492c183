from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.workflow import hold, step
from ems.enterprises.models import Enterprise
from ems.inspections import field as spot, forms, work
from ems.inspections.forms import FORMS, NoteForm, OrderNowForm, PlanForm
from ems.inspections.models import Finding, Inspection, Remedy
from ems.inspections.moves import OPEN, WORKFLOW, not_among_them
from ems.inspections.prefill import Given, of_complaint, of_enterprise, of_order
from ems.inspections.rules import FINDINGS, REGISTER
from ems.orders.models import Order
from ems.web import listing, record
from ems.web.session import fetch, me, needs, subject

bp = Blueprint("inspections", __name__, url_prefix="/inspections")


@bp.get("/")
@needs("inspections", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "inspections/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("inspections", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/findings")
@needs("inspections", Act.VIEW)
def findings() -> ResponseReturnValue:
    return listing.index(FINDINGS, "inspections/findings.html")


@bp.get("/findings/export.<any(xlsx, csv):kind>")
@needs("inspections", Act.VIEW)
def export_findings(kind: str) -> ResponseReturnValue:
    return listing.export(FINDINGS, kind)


@bp.get("/findings/<int:id>")
@needs("inspections", Act.VIEW)
def finding(id: int) -> ResponseReturnValue:
    """A finding has no page of its own: it stands on that of its inspection."""
    return redirect(url_for(".detail", id=fetch(Finding, id).inspection_id, _anchor=f"finding-{id}"))


@bp.post("/findings/<int:id>/order")
@needs("inspections", Act.HANDLE)
def order_now(id: int) -> ResponseReturnValue:
    found = fetch(Finding, id, Act.HANDLE)
    hold(found)  # of two who press at once the second finds the order of the first
    if found.order_id or found.nonconformity_id or found.remedy is not Remedy.NOTED:
        raise Refused(_("这个问题已经有了处理，不用再下达整改。"))
    if said := not_among_them(found.inspection, me):
        raise Refused(said)
    form = OrderNowForm()
    if not form.sent() or form.due_on.data is None:
        raise Refused(_("请选择整改期限，不能早于今天。"))
    work.order_after_all(found, me, form.due_on.data)
    db.session.commit()
    return redirect(led_to(found), 303)


def led_to(found: Finding) -> str:
    """What was made of it: a unit's own fault is a nonconformity."""
    if found.nonconformity_id:
        return url_for("nonconformities.detail", id=found.nonconformity_id)
    return url_for("orders.detail", id=found.order_id)


@bp.get("/<int:id>")
@needs("inspections", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    row = fetch(Inspection, id)
    allowed, shown = acts(me, row), record.context(row, WORKFLOW)
    mine = not_among_them(row, me) is None
    shown["ways"] = [way for way in shown["ways"] if way.move.name != "finish"]  # its button is on the form
    photos, signed = spot.pictures(row)
    more = {"may": allowed, "mine": mine, "photos": photos, "signed": signed, "note": NoteForm(), "later": OrderNowForm}
    more["officers"] = spot.signatures(row)
    editable = row.state in FORMS and Act.EDIT in allowed
    return render_template("inspections/detail.html", **shown, **more, editable=editable, origin=origin(row))


def origin(row: Inspection) -> Any:
    """The row it came of, for a link, if the reader may know of it."""
    type, _sep, id = row.source.partition(":")
    return {"type": type, "id": int(id)} if id else None


@bp.route("/new", methods=["GET", "POST"])
@needs("inspections", Act.ADD)
def new() -> ResponseReturnValue:
    known = given()
    form = PlanForm(fixed=known.type if known.order_id else None, **known.fields())
    if form.sent():
        if stored := kept(form.client_key.data):
            return redirect(url_for(".detail", id=stored), 303)
        try:
            return planned(form, known)
        except Refused as error:
            db.session.rollback()
            return edited(form, None, [str(error)])
    return edited(form, None)


def given() -> Given:
    """What the page it was called from knows: an enterprise, a complaint, an order."""
    asked = {name: int(value) for name, value in request.args.items() if value.isdecimal()}
    if "order" in asked:
        return of_order(fetch(Order, asked["order"]))
    if "complaint" in asked:
        return of_complaint(subject("complaint", asked["complaint"]))
    if "enterprise" in asked:
        return of_enterprise(fetch(Enterprise, asked["enterprise"]))
    return Given(type=forms.types()[0], unit_id=forms.home(), lead_id=me.id)


def kept(key: str | None) -> int | None:
    """The inspection that this very form made, if it was sent before."""
    return db.session.scalar(select(Inspection.id).where(Inspection.client_key == key)) if key else None


def planned(form: PlanForm, known: Given) -> ResponseReturnValue:
    row = Inspection(source=known.source, order_id=known.order_id, client_key=form.client_key.data or None)
    form.populate_obj(row)
    try:
        work.enter(row)
        db.session.add(step(row, me, move="plan", after=row.state))
        if begin := request.form.get("go") == "start":
            WORKFLOW.fire("open", me, row)
        db.session.commit()
    except IntegrityError:  # sent twice at the same moment: the other one is stored
        db.session.rollback()
        if stored := kept(form.client_key.data):
            return redirect(url_for(".detail", id=stored), 303)
        raise
    return redirect(url_for(".field" if begin else ".detail", id=row.id), 303)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("inspections", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    row = fetch(Inspection, id, Act.EDIT)
    if row.state not in FORMS:
        raise Refused(_("检查已经结束，内容不能更改。"))
    form = PlanForm(obj=row, fixed=row.type if row.state is OPEN or row.order_id or row.month or row.plan_key else None)
    if form.sent():
        form.populate_obj(row)
        work.rename(row)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, row)


def edited(form: PlanForm, row: Inspection | None, faults: list[str] | None = None) -> ResponseReturnValue:
    page = render_template("inspections/edit.html", form=form, row=row, faults=faults or [])
    return page, 422 if faults or form.errors else 200


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("inspections", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    row = fetch(Inspection, id)
    return record.advance(row, WORKFLOW, move, {}, ".field" if move == "open" else ".detail")


@bp.post("/<int:id>/notes")
@needs("inspections", Act.VIEW)
def note(id: int) -> ResponseReturnValue:
    row = fetch(Inspection, id)
    if acts(me, row).isdisjoint({Act.EDIT, Act.HANDLE}):
        raise Refused(_("您只能查看这次检查。"))
    if (form := NoteForm()).sent():
        db.session.add(step(row, me, form.remark.data or ""))
        db.session.commit()
    return redirect(url_for(".detail", id=id), 303)
