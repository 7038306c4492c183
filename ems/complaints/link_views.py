"""Linking a case with another, and undoing it. A merge is a move of the case, and is asked for there."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.complaints import links
from ems.complaints.link_forms import LinkForm, UndoForm
from ems.complaints.models import Complaint
from ems.complaints.paper_models import CaseLink, LinkKind
from ems.complaints.views import bp
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.core.workflow import hold
from ems.web.session import fetch, me, needs


@bp.route("/<int:id>/links/new", methods=["GET", "POST"])
@needs("complaints", Act.DISPATCH)
def link(id: int) -> ResponseReturnValue:
    case = fetch(Complaint, id, Act.DISPATCH)
    if request.method == "POST":
        hold(case)  # pressed twice, it is linked once
    form = LinkForm(obj=case)
    if form.sent() and (other := form.other()):
        links.link(case, other, form.kind, me, form.remark.data or "")
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return render_template("complaints/link.html", case=case, form=form), 422 if form.errors else 200


@bp.route("/links/<int:id>/undo", methods=["GET", "POST"])
@needs("complaints", Act.DISPATCH)
def unlink(id: int) -> ResponseReturnValue:
    made = db.session.get(CaseLink, id) or abort(404)
    case = fetch(Complaint, made.from_id, Act.DISPATCH)
    if request.method == "POST":
        hold(case)
        db.session.refresh(made)
    if made.undone_on or made.kind is LinkKind.MERGED:
        raise Refused(_("并案请在并入的那一件上点“撤销并案”；已经撤销的不用再撤销。"))
    form = UndoForm()
    if form.sent():
        links.undo(made, me, form.remark.data or "")
        db.session.commit()
        return redirect(url_for(".detail", id=case.id), 303)
    return render_template("complaints/link.html", case=case, form=form, made=made), 422 if form.errors else 200
