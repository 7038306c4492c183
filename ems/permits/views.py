from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import module
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts, may, within
from ems.core.workflow import hold, step
from ems.enterprises.models import Enterprise, Outlet
from ems.permits import page, work
from ems.permits.forms import FORMS, LimitForm
from ems.permits.models import Permit, PermitLimit, PermitReview
from ems.permits.move_forms import MOVE_FORMS, NEXT_FORMS, REVIEW_FORMS
from ems.permits.moves import REVIEW_WORKFLOW, WORKFLOW
from ems.permits.registers import LIMITS, REGISTER, REVIEWS
from ems.web import listing, record
from ems.web.forms import ReasonForm
from ems.web.session import fetch, me, needs

bp = Blueprint("permits", __name__, url_prefix="/permits")


@bp.get("/")
@needs("permits", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "permits/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("permits", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("permits", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    permit = fetch(Permit, id)
    more = {"may": acts(me, permit), "editable": permit.state in FORMS, "chain": chain(permit)}
    return render_template("permits/detail.html", **record.context(permit, WORKFLOW), **page.shown(permit), **more)


def chain(permit: Permit) -> list[Permit]:
    """All versions, the newest first."""
    newest = permit
    while newest.next:
        newest = newest.next
    found = [newest]
    while found[-1].previous:
        found.append(found[-1].previous)
    return found


@bp.route("/new", methods=["GET", "POST"])
@needs("permits", Act.ADD)
def new() -> ResponseReturnValue:
    permit, owner = Permit(), asked_for()
    form = FORMS[None](holder=owner.no if owner else "")
    if form.sent():
        form.populate_obj(permit)
        work.enter(permit)
        db.session.flush()
        db.session.add(step(permit, me, move="register", after=permit.state))
        db.session.commit()
        return redirect(url_for(".detail", id=permit.id), 303)
    return edited(form, permit, owner=owner)


def asked_for() -> Enterprise | None:
    """The enterprise from whose page this was opened."""
    id = request.args.get("enterprise", "")
    return fetch(Enterprise, int(id)) if id.isdecimal() else None


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("permits", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    permit = fetch(Permit, id, Act.EDIT)
    if permit.state not in FORMS:
        raise Refused(_("许可证已终止，内容不能更改。"))
    form = FORMS[permit.state](obj=permit)
    form.owner = permit.enterprise
    if form.sent():
        form.populate_obj(permit)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, permit)


def edited(form: Any, permit: Permit, **more: Any) -> ResponseReturnValue:
    rows = within(select(Enterprise), me).order_by(Enterprise.name, Enterprise.id).limit(500)
    names = [] if permit.id else list(db.session.scalars(rows.with_only_columns(Enterprise.name)))
    shown = {"form": form, "row": permit, "names": names, **more}
    return render_template("permits/edit.html", **shown), 422 if form.errors else 200


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("permits", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Permit, id), WORKFLOW, move, MOVE_FORMS, ".detail")


@bp.route("/<int:id>/moves/renew", methods=["GET", "POST"], defaults={"move": "renew"})
@bp.route("/<int:id>/moves/change", methods=["GET", "POST"], defaults={"move": "change"})
@needs("permits", Act.HANDLE)
def follow(id: int, move: str) -> ResponseReturnValue:
    """The moves that end this version and make the next."""
    permit = fetch(Permit, id)
    if request.method == "POST":
        hold(permit)
    found, (origin, asks) = WORKFLOW.find(move, me, permit), NEXT_FORMS[move]
    form = asks(obj=None, valid_from=permit.valid_to and permit.valid_to + timedelta(days=1))
    form.row = permit
    if not form.sent():
        known = {"row": permit, "move": found, "form": form, "subject": module.subject("permit")}
        return render_template("move.html", back=url_for(".detail", id=id), **known), 422 if form.errors else 200
    WORKFLOW.fire(move, me, permit, form.remark.data or "")
    after = work.succeed(permit, origin, **form.known)
    db.session.flush()
    db.session.add(step(after, me, form.remark.data or "", move=move, after=after.state))
    db.session.commit()
    return redirect(url_for(".detail", id=after.id), 303)


@bp.get("/reviews/")
@needs("permits", Act.VIEW)
def reviews() -> ResponseReturnValue:
    return listing.index(REVIEWS, "permits/reviews.html")


@bp.get("/reviews/export.<any(xlsx, csv):kind>")
@needs("permits", Act.VIEW)
def export_reviews(kind: str) -> ResponseReturnValue:
    return listing.export(REVIEWS, kind)


@bp.get("/reviews/<int:id>")
@needs("permits", Act.VIEW)
def review(id: int) -> ResponseReturnValue:
    found = fetch(PermitReview, id)
    return render_template("permits/review.html", **record.context(found, REVIEW_WORKFLOW), may=acts(me, found))


@bp.route("/reviews/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("permits", Act.HANDLE)
def advance_review(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(PermitReview, id), REVIEW_WORKFLOW, move, REVIEW_FORMS, ".review")


@bp.get("/limits/")
@needs("permits", Act.VIEW)
def limits() -> ResponseReturnValue:
    return listing.index(LIMITS, "permits/limits.html")


@bp.get("/limits/export.<any(xlsx, csv):kind>")
@needs("permits", Act.VIEW)
def export_limits(kind: str) -> ResponseReturnValue:
    return listing.export(LIMITS, kind)


@bp.get("/limits/<int:id>")
@needs("permits", Act.VIEW)
def limit(id: int) -> ResponseReturnValue:
    """Who may mend it gets its form; others see it where it stands."""
    found = fetch(PermitLimit, id)
    if not found.void and may(me, Act.EDIT, found):
        return redirect(url_for(".edit_limit", id=id))
    if found.permit_id:
        return redirect(url_for(".detail", id=found.permit_id))
    return redirect(url_for("enterprises.detail", id=found.enterprise_id))


@bp.route("/<int:id>/limits/new", methods=["GET", "POST"])
@needs("permits", Act.EDIT)
def new_limit(id: int) -> ResponseReturnValue:
    permit = fetch(Permit, id, Act.EDIT)
    if not permit.in_force:
        raise Refused(_("许可证已终止，内容不能更改。"))
    made, form = PermitLimit(permit_id=id, unit_id=permit.unit_id), LimitForm()
    form.owner = permit.enterprise
    if form.sent():
        form.populate_obj(made)
        db.session.add(made)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited_limit(form, made, permit.enterprise)


@bp.route("/limits/<int:id>/edit", methods=["GET", "POST"])
@needs("permits", Act.EDIT)
def edit_limit(id: int) -> ResponseReturnValue:
    found = fetch(PermitLimit, id, Act.EDIT)
    if found.void:
        raise Refused(_("限值已作废，不能更改。"))
    form = LimitForm(obj=found)
    form.owner = found.enterprise
    if form.sent():
        form.populate_obj(found)
        db.session.commit()
        return redirect(back_of(found), 303)
    return edited_limit(form, found, found.enterprise)


@bp.post("/limits/<int:id>/void")
@needs("permits", Act.EDIT)
def void_limit(id: int) -> ResponseReturnValue:
    found = fetch(PermitLimit, id, Act.EDIT)
    form = ReasonForm()
    if not form.sent():
        raise Refused(_("请写明作废这项限值的理由。"))
    found.void = True
    if found.permit:
        said = _("限值作废：%(name)s。%(reason)s", name=f"{found.outlet} {found.pollutant}", reason=form.remark.data)
        db.session.add(step(found.permit, me, said, alarm=True))
    db.session.commit()
    return redirect(back_of(found), 303)


def back_of(limit: PermitLimit) -> str:
    if limit.permit_id:
        return url_for("permits.detail", id=limit.permit_id)
    return url_for("enterprises.detail", id=limit.enterprise_id)


def edited_limit(form: LimitForm, limit: PermitLimit, enterprise: Enterprise) -> ResponseReturnValue:
    outlets = select(Outlet).where(Outlet.enterprise_id == enterprise.id, Outlet.state != "void").order_by(Outlet.id)
    shown = {"form": form, "row": limit, "enterprise": enterprise, "outlets": db.session.scalars(outlets).all()}
    more = {"back": back_of(limit) if limit.permit_id or limit.id else "", "reason": ReasonForm()}
    return render_template("permits/edit_limit.html", **shown, **more), 422 if form.errors else 200
