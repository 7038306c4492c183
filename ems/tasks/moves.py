"""How a task moves: the unit answers, and who asked says whether that will do."""

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import and_, or_

from ems.core import dates
from ems.core.people import Role, User
from ems.core.policy import Act, roles_at
from ems.core.workflow import Move, Workflow
from ems.tasks.models import Task, TaskState

ISSUED, REPORTED, RETURNED, CLOSED, VOID = TaskState
OPEN = frozenset({ISSUED, REPORTED, RETURNED})


def asked_it(task: Task, user: User) -> str | None:
    """The answer is the unit's: whoever asks for it does not give it."""
    return _("您是下达人，请由承办单位反馈。") if user.id == task.issued_by_id else None


def not_asked_by(task: Task, user: User) -> str | None:
    """Who asked judges the answer, or a leader; nobody judges their own."""
    if user.id == task.reported_by_id:
        return _("办理情况是您反馈的，请由下达人或局领导审核。")
    return not_above(task, user)


def not_above(task: Task, user: User) -> str | None:
    if user.id == task.owner_id:
        return _("您是承办人，请由下达人或局领导办理。")
    if user.id != task.issued_by_id and Role.LEADER not in roles_at(user, task.unit_id):
        return _("由下达人 %(name)s 或局领导办理。", name=task.issued_by.name)
    return None


def report(task: Task, user: User) -> None:
    task.reported_on, task.reported_by_id = dates.today(), user.id
    task.replied_on = task.replied_on or task.reported_on


def close(task: Task, user: User) -> None:
    task.closed_on, task.closed_by_id = dates.today(), user.id


def send_back(task: Task, _user: User) -> None:
    """A new day to answer by. What was answered stays on the slip until there is better; the diary keeps the reason."""
    task.reported_on = task.reported_by_id = None
    task.round += 1


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("report", _l("反馈办理情况"), F({ISSUED, RETURNED}), REPORTED, Act.HANDLE, asked_it, report, form=True),
        Move("close", _l("同意办结"), F({REPORTED}), CLOSED, Act.APPROVE, not_asked_by, close, form=True,
             waits=lambda me: and_(Task.issued_by_id == me.id, Task.reported_by_id != me.id,
                                   or_(Task.owner_id.is_(None), Task.owner_id != me.id))),
        Move("send_back", _l("退回重办"), F({REPORTED}), RETURNED, Act.APPROVE, not_asked_by, send_back, form=True),
        Move("reassign", _l("变更承办人"), F({ISSUED, RETURNED}), None, Act.APPROVE, form=True),
        Move("void", _l("作废"), OPEN, VOID, Act.APPROVE, not_above, risk=True),
    ),
    path=(ISSUED, REPORTED, CLOSED),
)  # fmt: skip
