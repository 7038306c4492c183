from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.complaints import answer_forms, chronicle, link_forms, links, papers
from ems.complaints.alike import Traits, Twin, alike
from ems.complaints.forms import FORMS, MOVE_FORMS, NoteForm, UnmaskForm
from ems.complaints.models import Complaint, Identity
from ems.complaints.moves import WORKFLOW
from ems.complaints.named import not_named
from ems.complaints.paper_moves import offered, speaks
from ems.complaints.rules import REGISTER, untold
from ems.core import audit
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.workflow import step
from ems.web import listing, record
from ems.web.session import fetch, me, needs

WORK = frozenset({Act.EDIT, Act.HANDLE, Act.ANSWER})
ASKED = MOVE_FORMS | link_forms.FORMS | answer_forms.FORMS
bp = Blueprint("complaints", __name__, url_prefix="/complaints")


@bp.get("/")
@needs("complaints", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "complaints/index.html", untold=untold)


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
    more |= {"note": NoteForm(), "unmask": UnmaskForm(), "strange": stranger(case, allowed)}
    page = record.context(case, WORKFLOW)
    more |= {"chronicle": chronicle.entries(case, page), "linked": links.around(case, me), **written(case, allowed)}
    editable = case.state in FORMS and Act.EDIT in allowed
    return render_template("complaints/detail.html", **page, **more, editable=editable)


def stranger(case: Complaint, allowed: frozenset[Act]) -> str | None:
    """Why I am not told who complained, though my role may be; where nobody asked for silence, none."""
    asks = Act.UNMASK in allowed and case.identity is not Identity.OPEN
    return not_named(case, me) if asks else None


def written(case: Complaint, allowed: frozenset[Act]) -> dict[str, Any]:
    """The case's papers, and those I could write now."""
    return {"papers": papers.open_of(case), "writable": [k for k in offered(case) if speaks(k) in allowed]}


def similar(case: Complaint) -> list[Twin]:
    """Others that are likely the same matter."""
    return alike(me, Traits.of(case))


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("complaints", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Complaint, id), WORKFLOW, move, ASKED, ".detail")


@bp.post("/<int:id>/notes")
@needs("complaints", Act.VIEW)
def note(id: int) -> ResponseReturnValue:
    case = fetch(Complaint, id)
    if acts(me, case).isdisjoint(WORK):
        raise Refused(_("您只能查看这件投诉；有需要补充的，请告诉经办人。"))
    if (form := NoteForm()).sent():
        db.session.add(step(case, me, form.remark.data or ""))
        db.session.commit()
    return redirect(url_for(".detail", id=id), 303)


@bp.post("/<int:id>/identity")
@needs("complaints", Act.UNMASK)
def unmask(id: int) -> ResponseReturnValue:
    """Shows, this once, who complained. Who looked, when and why stands in the diary and in the log."""
    case = fetch(Complaint, id, Act.UNMASK)
    if said := not_named(case, me):
        raise Refused(said)
    form = UnmaskForm()
    if not form.sent():
        raise Refused(_("请写明查看身份的事由。"))
    db.session.add(step(case, me, _("查看身份。事由：%(reason)s", reason=form.remark.data), alarm=True))
    audit.note(db.session(), "unmasked", "complaint", case.id, reason=case.veil(form.remark.data or ""))
    db.session.commit()
    return shown(case, unmasked=True)
