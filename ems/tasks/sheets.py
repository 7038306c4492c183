"""A meeting's list of matters as a sheet: one row, one matter."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from ems.core.db import db
from ems.core.policy import Act
from ems.core.workflow import step
from ems.tasks import matters
from ems.tasks.forms import LONGEST, MUST, not_of, not_past, others
from ems.tasks.matter_forms import text
from ems.tasks.models import SourceKind, Task, Urgency
from ems.tasks.moves import DRAFT, OPEN
from ems.tasks.rules import REGISTER
from ems.web.forms import ChoiceField, DateField, Form, RowField, units
from ems.web.kinds import Doubt, Given, ImportKind, Intake, Row, mean

KINDS = (
    mean(SourceKind.LEADER, "批示 领导批示 领导交办 交办")
    | mean(SourceKind.MEETING, "会议 会议纪要 办公会 专题会 会议议定 议定")
    | mean(SourceKind.SUPERIOR, "上级 来文 上级来文 上级文件 文件")
    | mean(SourceKind.PROPOSAL, "人大建议 政协提案 建议 提案 代表建议")
    | mean(SourceKind.OFFICE, "转办 部门转办 其他部门转办")
)
HASTE = (
    mean(Urgency.URGENT, "紧急 急 加急 急件")
    | mean(Urgency.CRITICAL, "特急 特提")
    | mean(Urgency.ROUTINE, "一般 普通 平")
)


class MatterRowForm(Form):
    """A meeting's table rarely says where its matters come from, nor more of a matter than one sentence."""

    title = text(_l("督办事项"), 200, InputRequired(MUST))
    demand = TextAreaField(_l("督办要求"), [Length(max=LONGEST)])
    unit_id = RowField(_l("承办单位"), units("tasks", Act.LOAD))
    owner_id = RowField(_l("承办人"), others, blank="")
    due_on = DateField(_l("期限"), [InputRequired(MUST)])
    urgency = ChoiceField(_l("缓急"), Urgency, blank="")
    source_kind = ChoiceField(_l("来源"), SourceKind, blank="")
    source = text(_l("来文或批示"), 200)
    source_no = text(_l("文号"), 80)
    source_on = DateField(_l("来文日期"), [Optional()])
    source_from = text(_l("交办人"), 120)

    def validate_owner_id(self, field: RowField) -> None:
        not_of(self.unit_id.data, field.data)

    def validate_due_on(self, field: DateField) -> None:
        not_past(field)


def judge(rows: Sequence[Row], _given: Given) -> Iterator[Doubt]:
    """A matter the unit is asked for already may be asked again, but is more often the same list sent twice."""
    titles = {row.data["title"] for row in rows if row.data["title"]}
    open_now = select(Task.title, Task.unit_id, Task.no).where(Task.title.in_(titles), Task.state.in_([*OPEN, DRAFT]))
    known = {(title, unit_id): no for title, unit_id, no in db.session.execute(open_now.order_by(Task.id))}
    for row in rows:
        if no := known.get((row.data["title"], row.data["unit_id"])):
            yield Doubt(
                row, "title", _("这个单位已有同名事项 %(no)s", no=no), _("重复的请删去这一行；确为新事项的照此存入")
            )


def store(rows: Sequence[Row], given: Given) -> int:
    """Drafts of who may only draw up; whoever may issue has issued them with the sheet, but none to themselves."""
    for row in rows:
        task = Task(**row.data)
        task.demand = task.demand or task.title
        task.source_kind, task.urgency = task.source_kind or SourceKind.MEETING, task.urgency or Urgency.ROUTINE
        task.source = task.source or given.file.rsplit(".", 1)[0][:200]
        matters.draw_up(task, given.user)
        db.session.add(step(task, given.user, _("由表格导入：%(file)s 第 %(n)s 行。", file=given.file, n=row.number)))
        if matters.may_issue(task, given.user) and task.owner_id != given.user.id:
            matters.issue(task, given.user)
    return len(rows)


KIND = ImportKind(
    name="task",
    title=_l("督办事项"),
    form=MatterRowForm,
    columns=REGISTER.columns,
    store=store,
    needs=("title", "unit_id", "due_on"),
    blank=frozenset({"source", "source_no", "source_from"}),
    words={"source_kind": KINDS, "urgency": HASTE},
    judge=judge,
)
INTAKE = Intake("tasks", _l("督办事项"), "tasks", "tasks.index", (KIND,))
