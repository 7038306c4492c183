from io import BytesIO

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _

from ems.complaints import papers
from ems.complaints.models import Complaint, Identity
from ems.complaints.named import not_named
from ems.complaints.paper_forms import MOVE_FORMS, PaperForm
from ems.complaints.paper_models import CasePaper, PaperKind, ReplyTemplate
from ems.complaints.paper_moves import WORKFLOW, not_yet, speaks, standing
from ems.complaints.paper_rules import REGISTER
from ems.core import audit
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.workflow import hold, step
from ems.web import listing, record
from ems.web.session import fetch, me, needs

bp = Blueprint("papers", __name__, url_prefix="/papers")


@bp.get("/")
@needs("complaints", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "complaints/papers.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("complaints", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("complaints", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    paper = fetch(CasePaper, id)
    more = {"may": acts(me, paper), "whole": papers.whole(paper), "withheld": withheld(paper)}
    return render_template("complaints/paper.html", **record.context(paper, WORKFLOW), **more)


def withheld(paper: CasePaper) -> bool:
    """Whether the sheet names a caller whom I may not know; one may have asked for silence only after it was given."""
    if not paper.caller:
        return False
    silent = paper.case.identity is not Identity.OPEN
    return Act.UNMASK not in acts(me, paper) or bool(silent and not_named(paper.case, me))


@bp.get("/<int:id>/paper.pdf")
@needs("complaints", Act.VIEW)
def pdf(id: int) -> ResponseReturnValue:
    """The sheet. Of those that name the caller each opening is noted."""
    paper = fetch(CasePaper, id)
    if withheld(paper):
        abort(403)
    content = papers.kept(paper)
    if paper.caller:
        audit.note(db.session(), "unmasked", "complaint", paper.complaint_id, paper=paper.no)
    with force_locale("zh_CN"):
        name = f"{paper.kind.label}_{paper.no or _('拟稿')}.pdf"
    db.session.commit()
    return send_file(BytesIO(content), "application/pdf", download_name=name)


@bp.route("/new", methods=["GET", "POST"])
@needs("complaints", Act.ANSWER)
def new() -> ResponseReturnValue:
    """A draft of the case and of the kind the address names."""
    case, kind = asked()
    if request.method == "POST":
        hold(case)  # sent twice, it is drafted once
    if (first := standing(case, kind)) is not None:
        return redirect(url_for(".detail", id=first.id), 303)
    choice = papers.templates_for(kind)
    template = next((t for t in choice if str(t.id) == request.args.get("template")), choice[0] if choice else None)
    form = PaperForm(kind, **papers.suggested(case, kind, template))
    if form.sent():
        return drafted(form, papers.draft(case, kind, template, me))
    return edited(form, case, kind, choice=choice, template=template)


def asked() -> tuple[Complaint, PaperKind]:
    """Raises `Refused` where the case is not so far, or it is not mine to say."""
    id = request.args.get("complaint", type=int) or abort(404)
    kind = next((k for k in PaperKind if k.value == request.args.get("kind")), None) or abort(404)
    case = fetch(Complaint, id)
    if speaks(kind) not in acts(me, case):
        abort(403)
    if no := not_yet(case, kind):
        raise Refused(no)
    return case, kind


def drafted(form: PaperForm, paper: CasePaper) -> ResponseReturnValue:
    form.populate_obj(paper)
    db.session.add(paper)
    db.session.flush()
    db.session.add(step(paper, me, move="draft", after=paper.state))
    db.session.commit()
    return redirect(url_for(".detail", id=paper.id), 303)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("complaints", Act.ANSWER)
def edit(id: int) -> ResponseReturnValue:
    paper = fetch(CasePaper, id, Act.ANSWER)
    if request.method == "POST":
        hold(paper)  # issued at this moment, it changes no more
    if not paper.draft:
        raise Refused(_("文书已经出具，不能更改；有错的请作废后另出一份。"))
    form = PaperForm(paper.kind, obj=paper)
    if form.sent():
        form.populate_obj(paper)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, paper.case, paper.kind, paper=paper)


def edited(
    form: PaperForm, case: Complaint, kind: PaperKind, *, paper: CasePaper | None = None,
    choice: list[ReplyTemplate] | None = None, template: ReplyTemplate | None = None,
) -> ResponseReturnValue:  # fmt: skip
    page = {"form": form, "case": case, "kind": kind, "paper": paper, "choice": choice or [], "template": template}
    return render_template("complaints/paper_edit.html", **page), 422 if form.errors else 200


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("complaints", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(CasePaper, id), WORKFLOW, move, MOVE_FORMS, ".detail")
