from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ems.core.db import InUnit
from ems.core.module import Module, Subject
from ems.tasks import matter_views, review_views  # noqa: F401  their pages join the blueprint
from ems.tasks.figures import CHECKS, FIGURES
from ems.tasks.models import Task, TaskPart, TaskStage
from ems.tasks.moves import OPEN, PARTS, STAGES, WORKFLOW
from ems.tasks.rules import ASKED_FOR, CLOCKS, REGISTER
from ems.tasks.views import bp

TASKS = Module(
    "tasks",
    _l("督办"),
    bp,
    line=_l("日常"),
    area="tasks",
    subjects=(
        Subject(Task, _l("督办单"), Task.no, Task.title, "tasks.detail", REGISTER, WORKFLOW),
        Subject(TaskStage, _l("督办阶段"), TaskStage.no, TaskStage.title, "tasks.stage", None, STAGES,
                list="tasks.index"),
        Subject(TaskPart, _l("协办事项"), TaskPart.no, TaskPart.title, "tasks.part", ASKED_FOR, PARTS,
                list="tasks.parts"),
    ),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    handed_over=(Task.owner_id, TaskStage.owner_id),
    count=lambda me: select(Task.id).where(Task.owner_id == me.id, Task.state.in_(sorted(OPEN))),
)  # fmt: skip

FOUND: dict[type[InUnit], tuple[str, ...]] = {
    Task: ("no", "title", "matter", "source", "source_no", "source_from", "demand"),
}
