"""How a task moves: the unit answers, and who asked says whether that will do; stages and parts have their own ways."""

from datetime import date

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, or_

from ems.core import dates
from ems.core.people import Role, User
from ems.core.policy import Act, everywhere, may, roles_at
from ems.core.workflow import Move, Workflow
from ems.tasks.models import PartState, StageState, Task, TaskPart, TaskStage, TaskState, Urgency

DRAFT, ISSUED, REPORTED, RETURNED, CLOSED, VOID = TaskState
OPEN = frozenset({ISSUED, REPORTED, RETURNED})
WHOLE = 100  # per cent
ASKED = frozenset({ISSUED, RETURNED})  # an answer is waited for


def not_to_oneself(task: Task, user: User) -> str | None:
    return _("您是承办人，不能由您本人下达，请由其他负责人或局领导下达。") if user.id == task.owner_id else None


def not_theirs(task: Task, user: User) -> str | None:
    """What somebody drew up who issues it themselves is not rewritten or issued by the head of the unit it asks."""
    drafter = task.drafted_by
    if drafter is None or drafter.id == user.id or everywhere(user, Task.area, Act.ADD):
        return None
    if may(drafter, Act.ADD, task) and Role.LEADER not in roles_at(user, task.unit_id):
        return _("这件事项由 %(name)s 拟办，请由拟办人或局领导修改、下达。", name=drafter.name)
    return None


def not_to_issue(task: Task, user: User) -> str | None:
    return not_to_oneself(task, user) or not_theirs(task, user)


def asked_it(task: Task, user: User) -> str | None:
    """The answer is the unit's: whoever asks for it does not give it."""
    return _("您是下达人，请由承办单位反馈。") if user.id == task.issued_by_id else None


def not_all_done(task: Task, user: User) -> str | None:
    """A matter is answered when its stages are done or called off."""
    if said := asked_it(task, user):
        return said
    left = [stage for stage in task.stages if stage.state is StageState.OPEN]
    if left:
        return _("还有 %(n)s 个阶段没有完成：%(title)s。请先完成或取消阶段。", n=len(left), title=left[0].title)
    return None


def not_asked_by(task: Task, user: User) -> str | None:
    """Who asked judges the answer, or a leader; nobody judges their own."""
    if user.id == task.reported_by_id:
        return _("办理情况是您反馈的，请由下达人或局领导审核。")
    return not_above(task, user)


def not_above(task: Task, user: User) -> str | None:
    if user.id == task.owner_id:
        return _("您是承办人，请由下达人或局领导办理。")
    if user.id != task.issued_by_id and Role.LEADER not in roles_at(user, task.unit_id):
        name = task.issued_by.name if task.issued_by else ""
        return _("由下达人 %(name)s 或局领导办理。", name=name)
    return None


def no_second_wish(task: Task, user: User) -> str | None:
    if task.extension_to:
        return _("已经申请延期到 %(day)s，等待批准。", day=task.extension_to)
    return asked_it(task, user)


def no_wish(task: Task, user: User) -> str | None:
    """An extension is decided by who asked for the matter, never by who wants it."""
    if task.extension_to is None:
        return _("没有待批准的延期申请。")
    if user.id == task.extension_by_id:
        return _("延期是您申请的，请由下达人或局领导决定。")
    return not_above(task, user)


def issue(task: Task, user: User) -> None:
    """From now on it is asked for, and so are its stages and the other units' parts."""
    task.issued_on, task.issued_by_id, task.asked_by_on = dates.today(), user.id, task.due_on
    watch(task)
    for stage in task.stages:
        stage.asked_on, stage.unit_id, stage.owner_id = task.issued_on, task.unit_id, task.owner_id
    for part in task.parts:
        part.asked_on = task.issued_on


def watch(task: Task) -> None:
    """Of what is urgent a note of progress is asked, counted from today."""
    task.watched_on = None if task.urgency is Urgency.ROUTINE else dates.today()


def report(task: Task, user: User) -> None:
    task.reported_on, task.reported_by_id = dates.today(), user.id
    task.replied_on = task.replied_on or task.reported_on
    forget_wish(task, user)


def close(task: Task, user: User) -> None:
    task.closed_on, task.closed_by_id = dates.today(), user.id
    task.percent = WHOLE if task.of_its_own else None
    call_off(task)


def send_back(task: Task, _user: User) -> None:
    """A new day to answer by. What was answered stays on the slip until there is better; the diary keeps the reason."""
    task.reported_on = task.reported_by_id = None
    task.round += 1
    watch(task)


def void(task: Task, _user: User) -> None:
    call_off(task)


def call_off(task: Task) -> None:
    """What others still owe to it is asked no more."""
    for stage in task.stages:
        if stage.state is StageState.OPEN:
            stage.state = StageState.DROPPED
    for part in task.parts:
        if part.state is PartState.ASKED:
            part.state = PartState.DROPPED


def hand_on(task: Task, _user: User) -> None:
    """The form has put the new unit and person; what is open of its stages goes with it."""
    for stage in task.stages:
        if stage.state is StageState.OPEN:
            stage.unit_id, stage.owner_id = task.unit_id, task.owner_id


def wish(task: Task, user: User) -> None:
    task.extension_by_id = user.id


def grant(task: Task, user: User) -> None:
    """The day moves, and what counts as in time with it, as long as nothing was answered."""
    day: date = task.extension_to or task.due_on
    stage = next((one for one in task.stages if one.number == task.extension_stage), None)
    if stage is not None:
        stage.due_on = day
    if stage is None or day > task.due_on:
        task.due_on = day
        task.asked_by_on = task.asked_by_on if task.replied_on else day
    task.extensions += 1
    forget_wish(task, user)


def forget_wish(task: Task, _user: User) -> None:
    task.extension_to = task.extension_stage = task.extension_by_id = None


def of_others(me: User) -> ColumnElement[bool]:
    return and_(Task.issued_by_id == me.id, or_(Task.owner_id.is_(None), Task.owner_id != me.id))


F = frozenset
WORKFLOW = Workflow(
    moves=(
        Move("issue", _l("下达"), F({DRAFT}), ISSUED, Act.ADD, not_to_issue, issue,
             waits=lambda me: Task.drafted_by_id.is_distinct_from(me.id)),
        Move("report", _l("反馈办理情况"), ASKED, REPORTED, Act.HANDLE, not_all_done, report, form=True),
        Move("close", _l("同意办结"), F({REPORTED}), CLOSED, Act.APPROVE, not_asked_by, close, form=True,
             waits=lambda me: and_(of_others(me), Task.reported_by_id != me.id)),
        Move("send_back", _l("退回重办"), F({REPORTED}), RETURNED, Act.APPROVE, not_asked_by, send_back, form=True),
        Move("grant", _l("同意延期"), ASKED, None, Act.APPROVE, no_wish, grant, form=True,
             waits=lambda me: and_(of_others(me), Task.extension_to.isnot(None))),
        Move("refuse", _l("不同意延期"), ASKED, None, Act.APPROVE, no_wish, forget_wish, form=True),
        Move("wish", _l("申请延期"), ASKED, None, Act.HANDLE, no_second_wish, wish, form=True),
        Move("transfer", _l("转办"), ASKED, None, Act.APPROVE, not_above, hand_on, form=True),
        Move("reassign", _l("变更承办人"), ASKED, None, Act.APPROVE, then=hand_on, form=True),
        Move("void", _l("作废"), OPEN, VOID, Act.APPROVE, not_above, void, risk=True),
        Move("drop", _l("撤销拟办"), F({DRAFT}), VOID, Act.EDIT, not_theirs, void, risk=True),
    ),
    path=(ISSUED, REPORTED, CLOSED),
)  # fmt: skip


def not_running(stage: TaskStage, user: User) -> str | None:
    if stage.task.state not in ASKED:
        return _("事项现在是“%(state)s”，阶段不再变动。", state=stage.task.state.label)
    return None


def by_the_unit(stage: TaskStage, user: User) -> str | None:
    return not_running(stage, user) or asked_it(stage.task, user)


def by_who_asked(stage: TaskStage, user: User) -> str | None:
    return not_running(stage, user) or not_above(stage.task, user)


def finish(stage: TaskStage, user: User) -> None:
    stage.done_on, stage.done_by_id = dates.today(), user.id


def unfinish(stage: TaskStage, _user: User) -> None:
    stage.done_on = stage.done_by_id = None


S = StageState
STAGES = Workflow(
    moves=(
        Move("finish", _l("完成阶段"), F({S.OPEN}), S.DONE, Act.HANDLE, by_the_unit, finish, form=True),
        Move("reopen", _l("退回阶段"), F({S.DONE}), S.OPEN, Act.APPROVE, by_who_asked, unfinish, form=True),
        Move("drop", _l("取消阶段"), F({S.OPEN}), S.DROPPED, Act.APPROVE, by_who_asked, risk=True),
    ),
    path=(S.OPEN, S.DONE),
)  # fmt: skip


def not_asked_any_more(part: TaskPart, user: User) -> str | None:
    return over_with(part) or asked_it(part.task, user)


def over_with(part: TaskPart) -> str | None:
    """A part is owed until the matter is closed: its answer may wait for it."""
    if part.task.state not in OPEN:
        return _("事项现在是“%(state)s”，不再需要协办反馈。", state=part.task.state.label)
    return None


def not_the_askers(part: TaskPart, user: User) -> str | None:
    if said := over_with(part):
        return said
    if user.id == part.given_by_id:
        return _("协办情况是您反馈的，请由下达人或局领导退回。")
    return not_above(part.task, user)


def give(part: TaskPart, user: User) -> None:
    part.given_on, part.given_by_id = dates.today(), user.id


def ask_again(part: TaskPart, _user: User) -> None:
    part.given_on = part.given_by_id = None


P = PartState
PARTS = Workflow(
    moves=(
        Move("give", _l("反馈协办情况"), F({P.ASKED}), P.GIVEN, Act.HANDLE, not_asked_any_more, give, form=True),
        Move("ask_again", _l("退回补充"), F({P.GIVEN}), P.ASKED, Act.APPROVE, not_the_askers, ask_again, form=True),
        Move("drop", _l("取消协办"), F({P.ASKED}), P.DROPPED, Act.APPROVE, not_the_askers, risk=True),
    ),
    path=(P.ASKED, P.GIVEN),
)  # fmt: skip
