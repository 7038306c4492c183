"""Pages of the parts: one corrective action, and one unit's look whether the same is wrong there."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core import workflow
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts, visible
from ems.core.workflow import step
from ems.nonconformities import work
from ems.nonconformities.models import CorrectiveAction, Nonconformity, SimilarCheck
from ems.nonconformities.move_forms import ACTION_FORMS, SIMILAR_FORMS, ActionForm, TellForm
from ems.nonconformities.moves import STANDING, WORKED_ON
from ems.nonconformities.part_moves import ACTIONS, SIMILAR
from ems.nonconformities.views import bp
from ems.web import record
from ems.web.session import fetch, me, needs


@bp.route("/<int:id>/actions/new", methods=["GET", "POST"])
@needs("nonconformities", Act.HANDLE)
def new_action(id: int) -> ResponseReturnValue:
    row = fetch(Nonconformity, id, Act.HANDLE)
    if request.method == "POST":
        workflow.hold(row)  # of two who add one at once the second takes the next number
    if row.state not in WORKED_ON:
        raise Refused(_("不符合 %(no)s 现在是“%(state)s”，不能再加纠正措施。", no=row.no, state=row.state.label))
    form = ActionForm(row)
    if form.sent():
        form.populate_obj(action := CorrectiveAction())
        work.add_action(row, action, me)
        db.session.commit()
        return redirect(url_for(".detail", id=id, _anchor="actions"), 303)
    page = render_template("nonconformities/part.html", form=form, of=row, title=_("新增纠正措施"), button=_("保存"))
    return page, 422 if form.errors else 200


@bp.get("/actions/<int:id>")
@needs("nonconformities", Act.VIEW)
def action(id: int) -> ResponseReturnValue:
    row = fetch(CorrectiveAction, id)
    more = {"may": acts(me, row), "of": row.nonconformity}
    return render_template("nonconformities/action.html", **record.context(row, ACTIONS), **more)


@bp.route("/actions/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("nonconformities", Act.VIEW)
def advance_action(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(CorrectiveAction, id), ACTIONS, move, ACTION_FORMS, ".action")


@bp.route("/<int:id>/tell", methods=["GET", "POST"])
@needs("nonconformities", Act.APPROVE)
def tell(id: int) -> ResponseReturnValue:
    """举一反三: other units are asked to look whether the same is wrong there."""
    row = fetch(Nonconformity, id, Act.APPROVE)
    if request.method == "POST":
        workflow.hold(row)
    form = TellForm(row, text=row.text)
    if said := nobody_to_tell(row, form):
        raise Refused(said)
    if form.sent():
        made = work.tell(row, form.unit_ids.data or [], form.text.data or "", me)
        names = _("、").join(one.unit.name for one in made)
        db.session.add(step(row, me, _("通知自查同类问题：%(names)s。", names=names)))
        db.session.commit()
        return redirect(url_for(".detail", id=id, _anchor="told"), 303)
    page = render_template(
        "nonconformities/part.html", form=form, of=row, title=_("通知其他单位自查"), button=_("通知")
    )
    return page, 422 if form.errors else 200


def nobody_to_tell(row: Nonconformity, form: TellForm) -> str | None:
    if row.state not in STANDING:
        return _("不符合 %(no)s 现在是“%(state)s”，不再通知自查。", no=row.no, state=row.state.label)
    if not form.unit_ids.choices:
        return _("您负责的范围里没有其他单位可以通知，请管委会一级的负责人或内审员办理。")
    return None


@bp.get("/similar/<int:id>")
@needs("nonconformities", Act.VIEW)
def similar(id: int) -> ResponseReturnValue:
    row = fetch(SimilarCheck, id)
    seen = visible(Nonconformity, me).where(Nonconformity.id == row.nonconformity_id)
    more = {"may": acts(me, row), "of": db.session.scalars(seen).first()}
    return render_template("nonconformities/similar.html", **record.context(row, SIMILAR), **more)


@bp.route("/similar/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("nonconformities", Act.VIEW)
def advance_similar(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(SimilarCheck, id), SIMILAR, move, SIMILAR_FORMS, ".similar")
