"""The pages that ask for no log-in: looking up one's own case by number and code, and filing one."""

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import update

from ems.complaints import attempts, filing
from ems.complaints.models import Complaint
from ems.complaints.public_forms import FilingForm, LookForm, OpinionForm, ticket
from ems.complaints.told import number, told
from ems.core import dates
from ems.core.db import db
from ems.core.secrets import without
from ems.core.settings import setting
from ems.core.workflow import hold, step
from ems.web.security import limiter
from ems.web.session import public

OPEN = timedelta(minutes=15)  # how long a look lasts: a phone is handed on, a hall has one computer for all
bp = Blueprint("public", __name__, url_prefix="/public")


@bp.before_request
def unnamed() -> None:
    """What is done here the log puts down to nobody, from nowhere: an address may be a name."""
    db.session.info.update(actor_id=None, actor=_("公众（网上）"), address="")


@bp.route("/", methods=["GET", "POST"])
@public
@limiter.limit("30 per minute", methods=["POST"])
def look() -> ResponseReturnValue:
    form = LookForm()
    if not form.sent():
        return asked(form, 422 if form.errors else 200)
    found = attempts.look(number(form.no.data or ""), form.code.data or "", request.remote_addr or "")
    if found.id:
        first = update(Complaint).where(Complaint.id == found.id, Complaint.looked_up_on.is_(None))
        db.session.connection().execute(first.values(looked_up_on=dates.today()))
        session["public_case"] = [found.id, (dates.now() + OPEN).timestamp()]
    db.session.commit()  # a wrong try is kept too
    return redirect(url_for(".case"), 303) if found.id else asked(form, found.status, found.said)


def asked(form: LookForm, status: int, said: str = "") -> ResponseReturnValue:
    page = {"form": form, "said": said, "filing": setting("complaints.public_filing")}
    return render_template("public/look.html", **page), status


def opened() -> Complaint | None:
    """The case this browser opened a little while ago."""
    id, until = session.get("public_case") or (0, 0)
    return db.session.get(Complaint, id) if until > dates.now().timestamp() else None


@bp.get("/case")
@public
def case() -> ResponseReturnValue:
    row = opened()
    return shown(row, OpinionForm()) if row else redirect(url_for(".look"), 303)


def shown(row: Complaint, form: OpinionForm) -> ResponseReturnValue:
    page = render_template("public/case.html", told=told(row), form=form)
    return page, 422 if form.errors else 200


@bp.post("/case/opinion")
@public
@limiter.limit("10 per minute")
def opinion() -> ResponseReturnValue:
    """What the caller thinks of the answer, once: whoever calls back reads it in the diary."""
    row, form = opened(), OpinionForm()
    if row is None:
        return redirect(url_for(".look"), 303)
    if not form.sent():
        return shown(row, form)
    hold(row)
    if told(row).asks:
        row.online_satisfaction = form.satisfaction.data
        remark = without(form.remark.data or "", row.complainant, row.phone)
        said = _("反映人网上评价：%(word)s。%(remark)s", word=form.satisfaction.data.label, remark=remark)
        db.session.add(step(row, None, said))
    db.session.commit()
    return redirect(url_for(".case"), 303)


@bp.post("/leave")
@public
def leave() -> ResponseReturnValue:
    session.pop("public_case", None)
    return redirect(url_for(".look"), 303)


@bp.route("/filing", methods=["GET", "POST"])
@public
@limiter.limit("20 per hour", methods=["POST"])
def file() -> ResponseReturnValue:
    if not setting("complaints.public_filing"):
        abort(404)
    form = FilingForm(ticket=ticket())
    if not form.sent():
        return render_template("public/filing.html", form=form, said=""), 422 if form.errors else 200
    row, said = filing.kept(form, request.remote_addr or "")
    if row is None:
        db.session.rollback()
        return render_template("public/filing.html", form=form, said=said), 429
    db.session.commit()
    return render_template("public/filed.html", told=told(row), code=row.query_code)
