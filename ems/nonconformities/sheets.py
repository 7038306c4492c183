"""A register of nonconformities as it was kept in a table: what is open goes on here, what was closed is history."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from ems.core import dates, numbers
from ems.core.db import db
from ems.core.policy import Act
from ems.core.register import Column
from ems.core.workflow import step
from ems.nonconformities import work
from ems.nonconformities.clauses import CLAUSES
from ems.nonconformities.forms import MUST, long, not_to_come, stripped
from ems.nonconformities.models import (
    ActionState,
    CorrectiveAction,
    Effect,
    Grade,
    NcState,
    Nonconformity,
    Origin,
)
from ems.nonconformities.rules import REGISTER, staff
from ems.web.forms import ChoiceField, DateField, Form, RowField, units
from ems.web.kinds import Doubt, Given, ImportKind, Intake, Row, homes, mean

N = Nonconformity
AT_ONCE = 500  # values in one question to the database
MEASURES = Column("measures", _l("纠正措施"), None, "measures", ("整改措施", "措施", "纠正和预防措施"))
ORIGINS = (
    mean(Origin.AUDIT, "内审 外审 内部审核 监督审核 管理评审 认证审核 再认证")
    | mean(Origin.INSPECTION, "检查 监督检查 专项检查")
    | mean(Origin.SELF_CHECK, "自查 单位自查")
    | mean(Origin.SYSTEM_CHECK, "体系检查 运行检查")
    | mean(Origin.COMPLAINT, "信访 投诉举报")
    | mean(Origin.EXCEEDANCE, "超标 监测")
    | mean(Origin.TARGET, "目标 目标指标")
    | mean(Origin.COMPLIANCE, "合规评价")
    | mean(Origin.INCIDENT, "事故 事件 应急")
)
GRADES = (
    mean(Grade.MAJOR, "严重 严重不合格 主要不符合")
    | mean(Grade.MINOR, "一般 轻微 一般不合格 次要不符合")
    | mean(Grade.OBSERVATION, "观察 观察项 建议项 改进机会")
)
STATES = (
    mean(NcState.CLOSED, "关闭 是 已完成 已整改 完成 已办结 合格")
    | mean(NcState.OPEN, "未关闭 否 未完成 整改中 办理中")
    | mean(NcState.VOID, "取消 撤销")
)
EFFECTS = mean(Effect.EFFECTIVE, "是 有效果 合格 已验证有效") | mean(Effect.INEFFECTIVE, "否 没有效果 不合格")


class NonconformityRowForm(Form):
    title = StringField(_l("不符合事项"), [InputRequired(MUST), Length(max=200)], filters=[stripped])
    text = long(_l("事实描述"))
    origin = ChoiceField(_l("来源"), Origin, default=Origin.OTHER)
    grade = ChoiceField(_l("程度"), Grade, default=Grade.MINOR)
    clause = StringField(_l("标准条款"), [Length(max=20)], filters=[stripped])
    law = StringField(_l("依据"), [Length(max=240)], filters=[stripped])
    unit_id = RowField(_l("责任单位"), units("nonconformities", Act.LOAD), blank="")
    owner_id = RowField(_l("责任人"), lambda: staff(Act.HANDLE), blank="")
    state = ChoiceField(_l("状态"), NcState, default=NcState.OPEN, shown=(NcState.OPEN, NcState.CLOSED, NcState.VOID))
    found_on = DateField(_l("发现日期"), [InputRequired(MUST)])
    due_on = DateField(_l("整改期限"))
    correction = long(_l("纠正"))
    cause = long(_l("原因分析"))
    measures = StringField(_l("纠正措施"), [Length(max=500)], filters=[stripped])
    done_on = DateField(_l("整改完成"))
    verified_on = DateField(_l("验证"))
    effect = ChoiceField(_l("有效性"), Effect, blank="")
    closed_on = DateField(pgettext("day", "关闭"))

    def validate_found_on(self, field: DateField) -> None:
        not_to_come(field)

    def validate_closed_on(self, field: DateField) -> None:
        not_to_come(field)


def judge(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    yield from ended(rows)
    yield from strangers(rows, given)
    yield from known(rows, given)


def ended(rows: Sequence[Row]) -> Iterator[Doubt]:
    """What the days of a row say against each other, and what a closed one lacks."""
    for row in rows:
        data = row.data
        if data["clause"] and data["clause"] not in CLAUSES:
            yield Doubt(row, "clause", _("不是标准条款号，照原样存入"), _("例如 8.1、9.1.2、10.2"))
        if data["due_on"] and data["found_on"] and data["due_on"] < data["found_on"]:
            yield Doubt(row, "due_on", _("早于发现日期"), _("请核对这两个日期"), fault=True)
        if closed(row):
            if last_day(row) is None:
                yield Doubt(row, "closed_on", _("已关闭而没有日期"), _("补填关闭日期"), fault=True)
            elif data["found_on"] and (last_day(row) or dates.today()) < data["found_on"]:
                yield Doubt(row, "closed_on", _("早于发现日期"), _("请核对这两个日期"), fault=True)
            if data["effect"] is not Effect.EFFECTIVE:
                yield Doubt(row, "effect", _("关闭时没有评价有效性，体系体检会列出"), _("有记录的补填“有效”"))
        elif data["due_on"] is None:
            yield Doubt(row, "due_on", _("没有整改期限，按程度取默认天数"), _("有期限的请补填"))


def closed(row: Row) -> bool:
    return row.data["state"] is NcState.CLOSED


def last_day(row: Row) -> date | None:
    found: date | None = row.data["closed_on"] or row.data["verified_on"] or row.data["done_on"]
    return found


def unit_of(row: Row, given: Given, mine: dict[int, str]) -> Any:
    wanted = row.data["unit_id"]
    return wanted if wanted in mine else given.unit_id


def strangers(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    """Who is named must answer for that unit."""
    mine, able = dict(homes(given.user, "nonconformities")), dict[Any, set[int]]()
    for row in rows:
        if owner := row.data["owner_id"]:
            unit_id = unit_of(row, given, mine)
            if unit_id not in able:
                able[unit_id] = work.able(unit_id, Act.HANDLE)
            if owner not in able[unit_id] and not closed(row):
                yield Doubt(row, "owner_id", _("这个人不负责这个单位"), _("改填该单位的联络员，或留空"), fault=True)


def known(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    """The same matter of one unit and day is here already: the register sent back, or a sheet sent twice."""
    mine = dict(homes(given.user, "nonconformities"))
    wanted = {(row.data["title"], unit_of(row, given, mine), row.data["found_on"]): row for row in rows}
    titles = sorted({title for title, _unit, _day in wanted if title})
    for at in range(0, len(titles), AT_ONCE):
        asked = select(N.no, N.title, N.unit_id, N.found_on).where(N.title.in_(titles[at : at + AT_ONCE]))
        for no, title, unit_id, found_on in db.session.execute(asked.where(N.state != NcState.VOID).order_by(N.id)):
            if row := wanted.pop((title, unit_id, found_on), None):
                yield Doubt(row, "title", _("已经登记为 %(no)s", no=no), _("删去这一行"), fault=True)


KEPT = ("title", "text", "clause", "law", "found_on", "owner_id", "correction", "cause")


def store(rows: Sequence[Row], given: Given) -> int:
    mine = dict(homes(given.user, "nonconformities"))
    free = iter(numbers.take(db.session(), work.PREFIX, dates.today().year, len(rows)))
    made = [(row, nonconformity(row, unit_of(row, given, mine), next(free))) for row in rows]
    db.session.add_all(one for _row, one in made)
    db.session.flush()
    for row, one in made:
        one.repeats_id = work.last_time(one)
        said = _("由表格导入：%(file)s 第 %(n)s 行。", file=given.file, n=row.number)
        db.session.add(step(one, given.user, said, move="raise", after=one.state))
        measure(row, one)
    db.session.flush()
    return len(made)


def nonconformity(row: Row, unit_id: int, no: str) -> Nonconformity:
    data = row.data
    one = Nonconformity(**{name: data[name] or None for name in KEPT}, no=no, unit_id=unit_id, raised_on=dates.today())
    for name in ("text", "clause", "law", "correction", "cause"):
        setattr(one, name, data[name] or "")
    one.origin, one.grade = data["origin"] or Origin.OTHER, data["grade"] or Grade.MINOR
    one.state = data["state"] or NcState.OPEN
    if one.state is NcState.OPEN:
        one.owner_id = one.owner_id or work.liaison(unit_id)
        one.due_on = data["due_on"] or work.usual_day(one.grade)
        return one
    one.historical, one.closed_on = True, last_day(row) if closed(row) else None
    one.due_on = data["due_on"] or one.closed_on or one.found_on
    one.done_on, one.verified_on = data["done_on"], data["verified_on"]
    one.effect, one.judged_on = data["effect"], one.closed_on if data["effect"] else None
    return one


def measure(row: Row, one: Nonconformity) -> None:
    """The measures of the sheet's cell are one action: of what is closed it is done."""
    if not (said := row.data["measures"]):
        return
    done = one.state is NcState.CLOSED
    state = ActionState.DONE if done else ActionState.DROPPED if one.historical else ActionState.OPEN
    db.session.add(
        CorrectiveAction(
            no=f"{one.no}-01", number=1, nonconformity_id=one.id, unit_id=one.unit_id, text=said, due_on=one.ends_on,
            owner_id=one.owner_id, state=state, done_on=(one.done_on or one.closed_on) if done else None,
        )
    )  # fmt: skip


NONCONFORMITIES = ImportKind(
    name="nonconformity",
    title=pgettext("register", "不符合"),
    form=NonconformityRowForm,
    columns=(*REGISTER.columns, MEASURES),
    store=store,
    needs=("title", "found_on"),
    codes=frozenset({"clause"}),
    blank=frozenset({"text", "law", "correction", "cause", "measures"}),
    words={"origin": ORIGINS, "grade": GRADES, "state": STATES, "effect": EFFECTS},
    judge=judge,
)
INTAKE = Intake(
    "nonconformities", pgettext("register", "不符合"), "nonconformities", "nonconformities.index", (NONCONFORMITIES,)
)
