from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from sqlalchemy.exc import IntegrityError

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.settings import setting
from ems.core.workflow import step
from ems.nonconformities import work
from ems.nonconformities.clauses import CLAUSES
from ems.nonconformities.forms import FORMS, NonconformityForm, NoteForm
from ems.nonconformities.models import Nonconformity
from ems.nonconformities.move_forms import MOVE_FORMS
from ems.nonconformities.moves import WORKED_ON, WORKFLOW, effect_from, theirs_to_drop
from ems.nonconformities.prefill import Given, given
from ems.nonconformities.rules import REGISTER
from ems.web import listing, pdf, record
from ems.web.session import fetch, me, needs

bp = Blueprint("nonconformities", __name__, url_prefix="/nonconformities")


@bp.get("/")
@needs("nonconformities", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "nonconformities/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("nonconformities", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("nonconformities", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    row = fetch(Nonconformity, id)
    allowed = acts(me, row)
    more: dict[str, Any] = {"may": allowed, "note": NoteForm(), "about": work.about(row.source, me)}
    more["seen"] = work.about(row.looked_at, me)
    more |= {"editable": correctable(row) is None and Act.EDIT in allowed, "clause": CLAUSES.get(row.clause, "")}
    more |= {"addable": row.state in WORKED_ON and Act.HANDLE in allowed, "effect_from": effect_from(row)}
    more["tellable"] = row.state not in {"closed", "void"} and Act.APPROVE in allowed
    return render_template("nonconformities/detail.html", **record.context(row, WORKFLOW), **more)


def correctable(row: Nonconformity) -> str | None:
    """Why what was found may not be corrected by the reader: whom it concerns does not rewrite it."""
    if row.state not in FORMS:
        return _("整改已经开始，发现的内容不能更改；有误的可以作废后重新登记。")
    if me.id in {row.found_by_id, row.verifier_id} or (Act.APPROVE in acts(me, row) and theirs_to_drop(row, me)):
        return _("您是责任人，发现的内容由他人更正。") if me.id == row.owner_id != row.found_by_id else None
    return _("由发现人、验证人或负责人更正。")


@bp.route("/new", methods=["GET", "POST"])
@needs("nonconformities", Act.ADD)
def new() -> ResponseReturnValue:
    known = given(request.args)
    if known.source_key and (first := work.raised(known.source_key)):
        return redirect(url_for(".detail", id=fetch(Nonconformity, first.id).id), 303)
    form: NonconformityForm = NonconformityForm(**known.fields())
    return stored(form, known) if form.sent() else edited(form, None, known)


def stored(form: NonconformityForm, known: Given) -> ResponseReturnValue:
    row = Nonconformity(source=known.source, source_key=known.source_key, found_by_id=me.id)
    form.populate_obj(row)
    try:
        work.enter(row, me)
        db.session.commit()
    except IntegrityError as error:  # somebody else pressed in the same moment
        db.session.rollback()
        raise Refused(_("这个问题刚刚由别人登记了不符合，请刷新后查看。")) from error
    return redirect(url_for(".detail", id=row.id), 303)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("nonconformities", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    row = fetch(Nonconformity, id, Act.EDIT)
    if said := correctable(row):
        raise Refused(said)
    form = NonconformityForm(obj=row)
    if form.sent():
        form.populate_obj(row)
        row.repeats_id = work.last_time(row)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, row, Given())


def edited(form: NonconformityForm, row: Nonconformity | None, known: Given) -> ResponseReturnValue:
    page = {"form": form, "row": row, "about": work.about(known.source, me)}
    return render_template("nonconformities/edit.html", **page), 422 if form.errors else 200


@bp.get("/<int:id>/paper.pdf")
@needs("nonconformities", Act.VIEW)
def paper_pdf(id: int) -> ResponseReturnValue:
    """不符合报告与纠正措施表, as it is signed and filed."""
    row = fetch(Nonconformity, id)
    with force_locale("zh_CN"):
        html = render_template("nonconformities/paper.html", **on_paper(row))
        name = _("不符合报告与纠正措施表 %(no)s.pdf", no=row.no)
    return send_file(BytesIO(pdf.printed(html)), "application/pdf", download_name=name)


def on_paper(row: Nonconformity) -> dict[str, Any]:
    about = {"about": work.about(row.source, me), "seen": work.about(row.looked_at, me)}
    return {"row": row, "clause": CLAUSES.get(row.clause, ""), "bureau": setting("bureau"), **about}


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("nonconformities", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Nonconformity, id), WORKFLOW, move, MOVE_FORMS, ".detail")


@bp.post("/<int:id>/notes")
@needs("nonconformities", Act.VIEW)
def note(id: int) -> ResponseReturnValue:
    row = fetch(Nonconformity, id)
    if acts(me, row).isdisjoint({Act.HANDLE, Act.APPROVE}):
        raise Refused(_("您只能查看这项不符合。"))
    if (form := NoteForm()).sent():
        db.session.add(step(row, me, form.remark.data or ""))
        db.session.commit()
    return redirect(url_for(".detail", id=id), 303)
