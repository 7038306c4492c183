"""Taking a call: the form, what it shows while one types, and what is read out at the end."""

import secrets
from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError

from ems.complaints import firms, places, platform
from ems.complaints.alike import Traits, alike
from ems.complaints.forms import FORMS, tidy
from ems.complaints.models import Channel, Complaint
from ems.complaints.moves import WORKFLOW
from ems.complaints.places import Point
from ems.complaints.promise import promised, sentence, spaced, terms
from ems.complaints.views import bp
from ems.core import audit, dates, numbers, sheets
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Unit
from ems.core.policy import Act
from ems.core.secrets import fingerprint
from ems.core.settings import setting
from ems.core.workflow import Step, hold, step
from ems.web.listing import XLSX
from ems.web.security import limiter
from ems.web.session import can, fetch, me, needs

AGAIN = timedelta(seconds=30)  # a second press; later it is another caller with the same words


@bp.route("/new", methods=["GET", "POST"])
@needs("complaints", Act.ADD)
def new() -> ResponseReturnValue:
    desk = db.session.scalar(select(Unit.id).where(Unit.code == setting("complaints.desk")))
    case, form = Complaint(taken_by_id=me.id, query_code=f"{secrets.randbelow(10**6):06d}"), FORMS[None](unit_id=desk)
    if form.sent() and (id := entered(form, case)):
        return redirect(url_for(".taken", id=id), 303)
    return edited(form, case)


def entered(form: Any, case: Complaint) -> int | None:
    """Keeps it, and says which it is. What one clerk sends twice is kept once: the number's row makes the second wait.

    Two clerks may type one order at the same moment: the later one is told, as if it were an hour ago.
    """
    try:
        form.populate_obj(case)
        case.no = numbers.take(db.session(), "TS", case.received_on.year)[0]
        if first := sent_before(case):
            db.session.rollback()
            return first
        db.session.add(case)
        db.session.flush()
        db.session.add(step(case, me, move="register", after=case.state))
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        form.validate()
        return None
    return case.id


def sent_before(case: Complaint) -> int | None:
    """The very same case, if it came from the same hands a moment ago."""
    told = ("channel", "received_on", "taken_by_id", "place", "text")  # found by place and day
    same = [getattr(Complaint, name) == getattr(case, name) for name in told]
    left_out = ("phone_key", "external_no")  # within coalesce: an index that has them by the thousand is no way in
    same += [func.coalesce(getattr(Complaint, name), "") == (getattr(case, name) or "") for name in left_out]
    entry = (Step.subject_type == "complaint", Step.subject_id == Complaint.id, Step.move == "register")
    asked = select(Complaint.id).join(Step, and_(*entry)).where(*same, Step.at > dates.now() - AGAIN)
    return db.session.scalars(asked.order_by(Complaint.id)).first()


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("complaints", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    case = fetch(Complaint, id, Act.EDIT)
    if request.method == "POST":
        hold(case)
    if case.state not in FORMS:
        raise Refused(_("办理到这一步，内容已不能更改；需要更正的，请写备注。"))
    form = FORMS[case.state](obj=case)
    if form.sent():
        form.populate_obj(case)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, case)


def edited(form: Any, case: Complaint) -> ResponseReturnValue:
    """The page; the first field that matters is ready to be typed in: where a fault is, else where the talk begins."""
    typed = [field for field in form if field.type not in {"CSRFTokenField", "RadioField"}]
    first = next((field for field in typed if field.errors), typed[0])
    first.render_kw = (first.render_kw or {}) | {"autofocus": True}
    page = {"form": form, "case": case, "terms": terms(), "chosen": form.channel.data if "channel" in form else ""}
    return render_template("complaints/edit.html", **page), 422 if form.errors else 200


@bp.get("/platforms/<any('12345', '12369'):kind>.xlsx")
@needs("complaints", Act.VIEW)
def platform_sheet(kind: str) -> ResponseReturnValue:
    """What the register shows of a platform's cases, in the platform's own columns."""
    one = platform.platforms()[Channel(kind)]
    name = f"{one.sheet}_{dates.today():%Y%m%d}.xlsx"
    audit.note(db.session(), "exported", "complaint", None, file=name, asked=request.query_string.decode())
    body = sheets.book(one.sheet, one.columns, platform.rows(one, me, request.args))
    db.session.commit()
    return send_file(body, XLSX, as_attachment=True, download_name=name)


@bp.get("/<int:id>/taken")
@needs("complaints", Act.ADD)
def taken(id: int) -> ResponseReturnValue:
    """Number and code, to be read out; what happens until when; what to do next."""
    case = fetch(Complaint, id, Act.ADD)
    told = promised(case)
    shown = {"row": case, "told": told, "said": sentence(case, told), "spaced": spaced(case.query_code)}
    shown |= {"ways": WORKFLOW.open_to(me, case), "twins": alike(me, Traits.of(case))}
    return render_template("complaints/taken.html", **shown)


@bp.post("/hints")
@needs("complaints", Act.ADD)
@limiter.limit("120 per minute", key_func=lambda: f"{me.get_id()}")  # a whole desk has one address
def hints() -> ResponseReturnValue:
    """A fragment for the form's side. By POST: what is asked holds a number, which stands in no address and no log."""
    said = {name: tidy(request.form.get(name)) for name in ("place", "enterprise_name", "phone", "external_no")}
    point, trouble = pointed(request.form.get("coordinates", ""))
    firm = firms.named(said["enterprise_name"])
    about = Traits(
        dates.today(), said["place"], firm, said["enterprise_name"], fingerprint(said["phone"]), point, number("id")
    )
    shown = {"twins": alike(me, about), "point": point, "trouble": trouble, "order": ordered(said["external_no"])}
    known = firms.known(me, firm, permits=can("permits"), orders=can("orders")) if firm else None
    offered = [] if firm else firms.offered(me, said["enterprise_name"])
    return render_template("complaints/_hints.html", **shown, firm=known, offered=offered, said=said)


def pointed(said: str) -> tuple[Point | None, str]:
    """The point that is typed, or what is wrong with it."""
    try:
        return (places.read(said), "") if said.strip() else (None, "")
    except ValueError as error:
        return None, str(error)


def number(name: str) -> int:
    said = request.form.get(name, "")
    return int(said) if said.isdecimal() and len(said) <= 9 else 0  # noqa: PLR2004  digits of an id


def ordered(no: str) -> Complaint | None:
    """The case that has this number of its platform already."""
    channel = next((c for c in Channel if c == request.form.get("channel")), None)
    if not no or channel is None:
        return None
    asked = select(Complaint).where(Complaint.channel == channel, Complaint.external_no == no)
    return db.session.scalars(asked.where(Complaint.id != number("id"))).first()
