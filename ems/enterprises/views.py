from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select

from ems.core import module
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts, within
from ems.core.workflow import step
from ems.enterprises import scoring, timeline, work
from ems.enterprises.forms import FORMS, MOVE_FORMS, OutletForm
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet, OutletState
from ems.enterprises.moves import OUTLET_WORKFLOW, TURNED, WORKFLOW
from ems.enterprises.registers import OUTLETS, REGISTER
from ems.web import listing, record
from ems.web.session import can, fetch, me, needs

bp = Blueprint("enterprises", __name__, url_prefix="/enterprises")


@bp.get("/")
@needs("enterprises", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "enterprises/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("enterprises", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("enterprises", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    enterprise = fetch(Enterprise, id)
    if enterprise.merged_into_id and not request.args.get("own"):
        flash(_("%(no)s 已并入本档案。", no=enterprise.no), "good")
        return redirect(url_for(".detail", id=enterprise.merged_into_id), 303)
    shown = record.context(enterprise, WORKFLOW)
    more = {"may": acts(me, enterprise), "editable": enterprise.state in FORMS, "twins": twins(enterprise)}
    tenths = scoring.left([id])[id]
    more |= {"points": tenths / 10, "grade": scoring.grade_of(tenths), "ordering": ordering(enterprise)}
    more |= {"pending": timeline.open_duties(enterprise)}
    return render_template("enterprises/detail.html", **shown, **more, events=events(enterprise, shown["sides"]))


FOLLOW_UP = frozenset({"inspections", "nonconformities", "orders"})


class Way(NamedTuple):
    """What may be done next, with the words of whoever does it."""

    words: str
    url: str


def ordering(enterprise: Enterprise) -> list[Way]:
    """After a relapse: what the modules that follow it up begin for an enterprise, as far as I may."""
    if not enterprise.relapsed:
        return []
    ways = [p for p in module.panels("enterprise") if p.add and p.area in FOLLOW_UP and can(p.area, Act.ADD)]
    return [Way(_("新增%(title)s", title=p.title), beginning(p, enterprise.id)) for p in ways]


def beginning(panel: module.Panel, id: int) -> str:
    endpoint, name = panel.add or ("", "")
    known: dict[str, Any] = {name: id}
    return url_for(endpoint, **known)


def twins(enterprise: Enterprise) -> list[Enterprise]:
    """Others on the register with the same name or code."""
    same = [Enterprise.name == enterprise.name]
    same += [Enterprise.credit_code == enterprise.credit_code] if enterprise.credit_code else []
    rows = within(select(Enterprise), me).where(or_(*same), Enterprise.id != enterprise.id)
    return list(db.session.scalars(rows.where(Enterprise.state != EnterpriseState.VOID).order_by(Enterprise.id)))


class Event(NamedTuple):
    """One line of the enterprise's time line."""

    day: date
    title: str
    url: str | None = None


LONGEST_LINE = 8


def events(enterprise: Enterprise, sides: list[Any]) -> list[Event]:
    """What is known to have happened, the newest first: its turns, its outlets, and the rows of other modules."""
    turns = [(getattr(enterprise, column), str(state.label)) for state, column in TURNED.items()]
    turns += [(enterprise.registered_on, _("建立档案")), (enterprise.relapsed_on, _("复查发现反弹"))]
    turns += [(enterprise.last_rechecked_on, _("复查"))]
    found = [Event(day, said) for day, said in turns if day]
    for outlet in enterprise.outlets:
        url = url_for("enterprises.outlet", id=outlet.id)
        done = ((outlet.signed_on, _("立标")), (outlet.online_on, _("在线监测联网")))
        found += [Event(day, f"{outlet.code or outlet.name} {said}", url) for day, said in done if day]
    for panel, rows in sides:
        found += [Event(r[4], f"{panel.title} {r[1]} {r[2]}", url_for(panel.endpoint, id=r[0])) for r in rows if r[4]]
    return sorted(found, key=lambda event: event.day, reverse=True)[:LONGEST_LINE]


@bp.route("/new", methods=["GET", "POST"])
@needs("enterprises", Act.ADD)
def new() -> ResponseReturnValue:
    enterprise, form = Enterprise(), FORMS[None]()
    if form.sent():
        form.populate_obj(enterprise)
        work.enter(enterprise)
        db.session.flush()
        db.session.add(step(enterprise, me, move="register", after=enterprise.state))
        if others := twins(enterprise):
            flash(_("已有同名或同代码的企业：%(no)s，请核对是否重复建档。", no=others[0].no), "warn")
        db.session.commit()
        return redirect(url_for(".detail", id=enterprise.id), 303)
    return edited(form, enterprise)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("enterprises", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    enterprise = fetch(Enterprise, id, Act.EDIT)
    if enterprise.state not in FORMS:
        raise Refused(_("档案已作废，内容不能更改。"))
    form = FORMS[enterprise.state](obj=enterprise)
    if form.sent():
        form.populate_obj(enterprise)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, enterprise)


def edited(form: Any, enterprise: Enterprise) -> ResponseReturnValue:
    return render_template("enterprises/edit.html", form=form, row=enterprise), 422 if form.errors else 200


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("enterprises", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Enterprise, id), WORKFLOW, move, MOVE_FORMS, ".detail")


@bp.get("/outlets/")
@needs("enterprises", Act.VIEW)
def outlets() -> ResponseReturnValue:
    return listing.index(OUTLETS, "enterprises/outlets.html")


@bp.get("/outlets/export.<any(xlsx, csv):kind>")
@needs("enterprises", Act.VIEW)
def export_outlets(kind: str) -> ResponseReturnValue:
    return listing.export(OUTLETS, kind)


@bp.get("/outlets/<int:id>")
@needs("enterprises", Act.VIEW)
def outlet(id: int) -> ResponseReturnValue:
    found = fetch(Outlet, id)
    shown = record.context(found, OUTLET_WORKFLOW)
    return render_template("enterprises/outlet.html", **shown, may=acts(me, found), beginning=inspecting())


def inspecting() -> list[module.Panel]:
    """Where an inspection of an enterprise is begun, if I may."""
    ways = (panel for panel in module.panels("enterprise") if panel.add and panel.area == "inspections")
    return [panel for panel in ways if can(panel.area, Act.ADD)]


@bp.route("/<int:id>/outlets/new", methods=["GET", "POST"])
@needs("enterprises", Act.EDIT)
def new_outlet(id: int) -> ResponseReturnValue:
    enterprise, made = fetch(Enterprise, id, Act.EDIT), Outlet()
    form = OutletForm()
    form.owner = enterprise
    if form.sent():
        form.populate_obj(made)
        db.session.add(made)
        db.session.commit()
        return redirect(url_for(".outlet", id=made.id), 303)
    return edited_outlet(form, enterprise, url_for(".detail", id=id))


@bp.route("/outlets/<int:id>/edit", methods=["GET", "POST"])
@needs("enterprises", Act.EDIT)
def edit_outlet(id: int) -> ResponseReturnValue:
    found = fetch(Outlet, id, Act.EDIT)
    if found.state is OutletState.VOID:
        raise Refused(_("排放口已作废，内容不能更改。"))
    form = OutletForm(obj=found)
    form.owner = found.enterprise
    if form.sent():
        form.populate_obj(found)
        db.session.commit()
        return redirect(url_for(".outlet", id=id), 303)
    return edited_outlet(form, found.enterprise, url_for(".outlet", id=id))


def edited_outlet(form: OutletForm, enterprise: Enterprise, back: str) -> ResponseReturnValue:
    shown = {"form": form, "enterprise": enterprise, "back": back}
    return render_template("enterprises/edit_outlet.html", **shown), 422 if form.errors else 200


@bp.route("/outlets/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("enterprises", Act.EDIT)
def advance_outlet(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Outlet, id), OUTLET_WORKFLOW, move, {}, ".outlet")
