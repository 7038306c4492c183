from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ems.core.db import InUnit
from ems.core.module import Module, Subject
from ems.tasks.models import Task
from ems.tasks.moves import OPEN, WORKFLOW
from ems.tasks.rules import CHECKS, CLOCKS, FIGURES, REGISTER
from ems.tasks.views import bp

TASKS = Module(
    "tasks",
    _l("督办"),
    bp,
    line=_l("日常"),
    area="tasks",
    subjects=(Subject(Task, _l("督办单"), Task.no, Task.title, "tasks.detail", REGISTER, WORKFLOW),),
    clocks=CLOCKS,
    figures=FIGURES,
    checks=CHECKS,
    handed_over=(Task.owner_id,),
    count=lambda me: select(Task.id).where(Task.owner_id == me.id, Task.state.in_(sorted(OPEN))),
)

FOUND: dict[type[InUnit], tuple[str, ...]] = {Task: ("no", "title", "matter", "source", "demand")}
