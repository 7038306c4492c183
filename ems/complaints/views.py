import secrets
from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select

from ems.complaints.forms import FORMS, MOVE_FORMS, NoteForm, UnmaskForm
from ems.complaints.models import Channel, Complaint
from ems.complaints.moves import VOID, WORKFLOW
from ems.complaints.rules import REGISTER, TERMS
from ems.core import audit, numbers
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Unit
from ems.core.policy import Act, acts, within
from ems.core.settings import setting
from ems.core.terms import readings
from ems.core.why import told
from ems.core.workflow import step
from ems.enterprises.models import Enterprise
from ems.web import listing, record
from ems.web.session import fetch, me, needs

WORK = frozenset({Act.EDIT, Act.HANDLE, Act.ANSWER})
bp = Blueprint("complaints", __name__, url_prefix="/complaints")


@bp.get("/")
@needs("complaints", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "complaints/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("complaints", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("complaints", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    return shown(fetch(Complaint, id))


def shown(case: Complaint, *, unmasked: bool = False) -> str:
    allowed = acts(me, case)
    more = {"similar": similar(case), "unmasked": unmasked, "may": allowed, "works": not allowed.isdisjoint(WORK)}
    more |= {"note": NoteForm(), "unmask": UnmaskForm()}
    editable = case.state in FORMS and Act.EDIT in allowed
    return render_template("complaints/detail.html", **record.context(case, WORKFLOW), **more, editable=editable)


def similar(case: Complaint) -> list[Complaint]:
    """Others of the same place, enterprise or caller, within the days the settings name: likely the same matter."""
    near = timedelta(days=setting("complaints.duplicate_days"))
    same = [Complaint.place == case.place] if case.place else []
    same += [Complaint.enterprise_id == case.enterprise_id] if case.enterprise_id else []
    same += [Complaint.phone_key == case.phone_key] if case.phone_key else []
    if not same:
        return []
    days = Complaint.received_on.between(case.received_on - near, case.received_on + near)
    rows = within(select(Complaint), me).where(or_(*same), days, Complaint.id != case.id, Complaint.state != VOID)
    return list(db.session.scalars(rows.order_by(Complaint.received_on.desc(), Complaint.id.desc()).limit(8)))


@bp.route("/new", methods=["GET", "POST"])
@needs("complaints", Act.ADD)
def new() -> ResponseReturnValue:
    desk = db.session.scalar(select(Unit.id).where(Unit.code == setting("complaints.desk")))
    case = Complaint(taken_by_id=me.id, query_code=f"{secrets.randbelow(10**6):06d}")
    form = FORMS[None](unit_id=desk)
    if form.sent():
        form.populate_obj(case)
        case.no = numbers.take(db.session(), "TS", case.received_on.year)[0]
        db.session.add(case)
        db.session.flush()
        db.session.add(step(case, me, move="register", after=case.state))
        db.session.commit()
        return redirect(url_for(".detail", id=case.id), 303)
    return edited(form, case)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("complaints", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    case = fetch(Complaint, id, Act.EDIT)
    if case.state not in FORMS:
        raise Refused(_("办理到这一步，内容已不能更改。"))
    form = FORMS[case.state](obj=case)
    if form.sent():
        form.populate_obj(case)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, case)


def edited(form: object, case: Complaint) -> ResponseReturnValue:
    names = db.session.scalars(select(Enterprise.name).order_by(Enterprise.name, Enterprise.id).limit(500)).all()
    page = {"form": form, "case": case, "names": names, "terms": terms()}
    return render_template("complaints/edit.html", **page), 422 if getattr(form, "errors", None) else 200


def terms() -> list[tuple[Channel, list[tuple[str, str]]]]:
    """What each channel asks of us, for the clerk to tell the caller: the rules in force today."""
    today = readings({code for codes in TERMS.values() for code in codes})
    asked = {c: (told(r, "title"), f"{r.offset} {r.unit.counted(r.offset or 0)}") for c, r in today.items()}
    return [(channel, [asked[c] for c in codes if today[c].enabled]) for channel, codes in TERMS.items()]


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("complaints", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Complaint, id), WORKFLOW, move, MOVE_FORMS, ".detail")


@bp.post("/<int:id>/notes")
@needs("complaints", Act.VIEW)
def note(id: int) -> ResponseReturnValue:
    case = fetch(Complaint, id)
    if acts(me, case).isdisjoint(WORK):
        raise Refused(_("您只能查看这件投诉。"))
    if (form := NoteForm()).sent():
        db.session.add(step(case, me, form.remark.data or ""))
        db.session.commit()
    return redirect(url_for(".detail", id=id), 303)


@bp.post("/<int:id>/identity")
@needs("complaints", Act.UNMASK)
def unmask(id: int) -> ResponseReturnValue:
    """Shows, this once, who complained. Who looked, when and why stands in the diary and in the log."""
    case = fetch(Complaint, id, Act.UNMASK)
    form = UnmaskForm()
    if not form.sent():
        raise Refused(_("请写明查看身份的事由。"))
    db.session.add(step(case, me, _("查看身份。事由：%(reason)s", reason=form.remark.data), alarm=True))
    audit.note(db.session(), "unmasked", "complaint", case.id, reason=form.remark.data)
    db.session.commit()
    return shown(case, unmasked=True)
