"""The pages of matters: drawing one up, its progress, its stages, and the parts of other units."""

from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.settings import setting
from ems.core.workflow import hold
from ems.tasks import matters
from ems.tasks.matter_forms import PART_FORMS, STAGE_FORMS, MatterForm, ProgressForm, sent
from ems.tasks.models import Task, TaskPart, TaskStage
from ems.tasks.moves import DRAFT, PARTS, STAGES, not_theirs
from ems.tasks.rules import ASKED_FOR
from ems.tasks.views import bp, kept_up
from ems.web import listing, record
from ems.web.session import fetch, me, needs


@bp.route("/matters/new", methods=["GET", "POST"])
@needs("tasks", Act.EDIT)
def draw_up() -> ResponseReturnValue:
    form = MatterForm()
    if not form.sent():
        return drawn(form, None)
    task = Task()
    form.populate_obj(task)
    try:
        matters.draw_up(task, me, form.steps(), form.partners.data or ())
        return settled(task, form)
    except Refused as error:
        db.session.rollback()
        return drawn(form, None, str(error))


@bp.route("/matters/<int:id>/edit", methods=["GET", "POST"])
@needs("tasks", Act.EDIT)
def redraw(id: int) -> ResponseReturnValue:
    """A draft is changed as long as nobody was asked."""
    task = fetch(Task, id, Act.EDIT)
    if request.method == "POST":
        hold(task)  # somebody may issue it in the same moment
    if task.state is not DRAFT:
        raise Refused(_("已经下达，内容不能再改。需要变动的，请用延期、转办或者作废。"))
    if said := not_theirs(task, me):
        raise Refused(said)
    form = MatterForm(obj=task)
    if not form.sent():
        return drawn(form, task)
    form.populate_obj(task)
    task.asked_by_on = task.due_on
    matters.compose(task, form.steps(), form.partners.data or ())
    return settled(task, form)


def settled(task: Task, form: MatterForm) -> ResponseReturnValue:
    """The draft with its files, and, as pressed, issued at once."""
    matters.keep(task, me, sent(form.files), _("来文或批示"))
    if request.form.get("go") == "issue":
        matters.issue(task, me)
    db.session.commit()
    return redirect(url_for(".detail", id=task.id), 303)


def drawn(form: MatterForm, task: Task | None, refused: str = "") -> ResponseReturnValue:
    page = render_template("tasks/matter.html", form=form, task=task, refused=refused)
    return page, 422 if form.errors or refused else 200


@bp.post("/<int:id>/progress")
@needs("tasks", Act.HANDLE)
def progress(id: int) -> ResponseReturnValue:
    task = fetch(Task, id, Act.HANDLE)
    if not kept_up(task):
        raise Refused(_("这件事项现在不由您报告进展。"))
    form = ProgressForm()
    if not form.sent():
        raise Refused(_("没有记下：%(why)s", why=_("、").join(str(e) for f in form for e in f.errors)))
    matters.progress(task, me, form.text.data or "", form.percent.data)
    matters.keep(task, me, sent(form.files), _("进展材料"))
    db.session.commit()
    return redirect(url_for(".detail", id=id, _anchor="progress"), 303)


@bp.get("/stages/<int:id>")
@needs("tasks", Act.VIEW)
def stage(id: int) -> ResponseReturnValue:
    """A stage stands on the page of its matter."""
    return redirect(url_for(".detail", id=fetch(TaskStage, id).task_id, _anchor="stages"))


@bp.route("/stages/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("tasks", Act.VIEW)
def advance_stage(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(TaskStage, id), STAGES, move, STAGE_FORMS, ".stage")


@bp.get("/parts/")
@needs("tasks", Act.VIEW)
def parts() -> ResponseReturnValue:
    return listing.index(ASKED_FOR, "tasks/parts.html")


@bp.get("/parts/export.<any(xlsx, csv):kind>")
@needs("tasks", Act.VIEW)
def export_parts(kind: str) -> ResponseReturnValue:
    return listing.export(ASKED_FOR, kind)


@bp.get("/parts/<int:id>")
@needs("tasks", Act.VIEW)
def part(id: int) -> ResponseReturnValue:
    """What the co-operating unit sees: what is asked of it, and by whom; not the others' work."""
    row = asked_part(id)
    whole = db.session.scalar(matters.seen(row.task_id, me))
    more: dict[str, Any] = {"may": acts(me, row), "whole": whole, "bureau": setting("bureau")}
    return render_template("tasks/part.html", **record.context(row, PARTS), **more)


def asked_part(id: int) -> TaskPart:
    """Of a draft nobody is asked yet."""
    row = fetch(TaskPart, id)
    return row if row.asked_on else abort(404)


@bp.route("/parts/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("tasks", Act.VIEW)
def advance_part(id: int, move: str) -> ResponseReturnValue:
    return record.advance(asked_part(id), PARTS, move, PART_FORMS, ".part")
