from collections.abc import Iterable
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from sqlalchemy.exc import IntegrityError

from ems.core.db import db
from ems.core.duties import Duty
from ems.core.errors import Refused
from ems.core.policy import Act, acts, allows, roles_at
from ems.core.settings import setting
from ems.core.workflow import Move, Workflow, step
from ems.tasks import work
from ems.tasks.forms import MOVE_FORMS, NoteForm, TaskForm
from ems.tasks.matter_forms import MATTER_FORMS, MORE_FORMS, ProgressForm
from ems.tasks.models import Task, TaskPart, TaskStage
from ems.tasks.moves import ASKED, PARTS, STAGES, WORKFLOW
from ems.tasks.rules import REGISTER
from ems.tasks.urging import urge, urge_told
from ems.web import listing, pdf, record
from ems.web.session import fetch, me, needs, subject

bp = Blueprint("tasks", __name__, url_prefix="/tasks")
for asked in (urge, urge_told):
    bp.add_app_template_global(asked, asked.__name__)


@bp.get("/")
@needs("tasks", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "tasks/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("tasks", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("tasks", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    task = fetch(Task, id)
    more: dict[str, Any] = {
        "may": acts(me, task),
        "note": NoteForm(),
        "about": work.about(task, me),
        "duty": work.now(task),
    }
    more |= {"origin": work.origin(task, me), "progress": ProgressForm(), "reports": kept_up(task)}
    more |= {"stage_ways": ways(STAGES, task.stages), "part_ways": ways(PARTS, task.parts)}
    return render_template("tasks/detail.html", **record.context(task, WORKFLOW), **more)


def ways(flow: Workflow, rows: Iterable[TaskStage | TaskPart]) -> dict[int, list[Move]]:
    """What the reader may do now with each of a matter's stages or parts."""
    return {row.id: [way.move for way in flow.open_to(me, row) if not way.objection] for row in rows if row.asked_on}


def kept_up(task: Task) -> bool:
    """Whether a note of progress is the reader's to write: of a matter under way, not by who asked for it."""
    return task.of_its_own and task.state in ASKED and Act.HANDLE in acts(me, task) and me.id != task.issued_by_id


@bp.route("/new", methods=["GET", "POST"])
@needs("tasks", Act.ADD)
def new() -> ResponseReturnValue:
    """The slip for one late duty. Where there is one already, the way to it."""
    duty = late_one()
    if first := work.standing(duty):
        return already(first)
    form = TaskForm(**work.suggested(duty, me))
    return issued(form, duty) if form.sent() else edited(form, duty)


def late_one() -> Duty:
    """The duty the address names, if you see its record and are over its unit. Raises `Refused`."""
    duty: Duty = db.one_or_404(work.found(request.args))
    subject(duty.subject_type, duty.subject_id)
    if not allows(roles_at(me, duty.unit_id), "tasks", Act.ADD):
        abort(403)
    for no in work.objections(duty, me):
        raise Refused(no)
    return duty


def issued(form: TaskForm, duty: Duty) -> ResponseReturnValue:
    task = Task()
    form.populate_obj(task)
    try:
        work.issue(task, duty, me)
        db.session.commit()
    except IntegrityError as error:  # somebody else pressed in the same moment
        db.session.rollback()
        raise Refused(_("这件事项刚刚由别人下达了督办单，请刷新后查看。")) from error
    return redirect(url_for(".detail", id=task.id), 303)


def already(first: Task) -> ResponseReturnValue:
    return render_template("tasks/already.html", first=first), 409


def edited(form: TaskForm, duty: Duty) -> ResponseReturnValue:
    page = render_template("tasks/new.html", form=form, duty=duty, known=work.ground(duty))
    return page, 422 if form.errors else 200


@bp.get("/<int:id>/slip")
@needs("tasks", Act.VIEW)
def slip(id: int) -> ResponseReturnValue:
    """督办单, as it is handed over on paper."""
    return render_template("tasks/slip.html", **paper(fetch(Task, id)))


@bp.get("/<int:id>/slip.pdf")
@needs("tasks", Act.VIEW)
def slip_pdf(id: int) -> ResponseReturnValue:
    task = fetch(Task, id)
    with force_locale("zh_CN"):
        html = render_template("tasks/paper.html", **paper(task))
        name = _("督办单 %(no)s.pdf", no=task.no)
    return send_file(BytesIO(pdf.printed(html)), "application/pdf", download_name=name)


def paper(task: Task) -> dict[str, Any]:
    """Paper lies on many desks: a confidential record is its number there."""
    about = work.about(task, me)
    return {"task": task, "about": None if about is None or about.confidential else about, "bureau": setting("bureau")}


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("tasks", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    task = fetch(Task, id)
    forms = MOVE_FORMS | MORE_FORMS | (MATTER_FORMS if task.of_its_own else {})
    return record.advance(task, WORKFLOW, move, forms, ".detail")


@bp.post("/<int:id>/notes")
@needs("tasks", Act.VIEW)
def note(id: int) -> ResponseReturnValue:
    task = fetch(Task, id)
    if acts(me, task).isdisjoint({Act.HANDLE, Act.APPROVE}):
        raise Refused(_("您只能查看这份督办单。"))
    if (form := NoteForm()).sent():
        db.session.add(step(task, me, form.remark.data or ""))
        db.session.commit()
    return redirect(url_for(".detail", id=id), 303)
