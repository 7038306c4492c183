"""What the register of nonconformities shows, which clocks run, and what is counted and checked."""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Clock, late
from ems.core.figures import Figure, Period
from ems.core.people import Post, Unit, User
from ems.core.policy import ALLOWED, Act, reach
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.models import Enterprise
from ems.nonconformities.clauses import choices
from ems.nonconformities.models import (
    ActionState,
    CorrectiveAction,
    Effect,
    Elsewhere,
    Grade,
    NcState,
    Nonconformity,
    Origin,
    SimilarCheck,
    SimilarState,
)
from ems.nonconformities.moves import CLOSED, DONE, STANDING, VERIFIED, VOID, WORKED_ON, mine_to_judge, mine_to_look_at
from ems.web.session import me as reader

N, A = Nonconformity, CorrectiveAction
OWNER, VERIFIER = aliased(User), aliased(User)
CAUSE_DAYS = 10  # days after which somebody should know why
OWN_CHECKS = (Origin.SELF_CHECK, Origin.SYSTEM_CHECK, Origin.CHECK)


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Unit, Unit.id == N.unit_id).outerjoin(OWNER, OWNER.id == N.owner_id)
    rows = rows.outerjoin(VERIFIER, VERIFIER.id == N.verifier_id)
    return rows.outerjoin(Enterprise, Enterprise.id == N.enterprise_id)


def staff(act: Act) -> list[tuple[int, str]]:
    """Whoever may do so somewhere."""
    able = select(Post.user_id).where(Post.role.in_(sorted(ALLOWED["nonconformities"][act])))
    asked = select(User.id, User.name).where(User.id.in_(able), User.active).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def units_in_reach() -> list[tuple[int, str]]:
    asked = select(Unit.id, Unit.name).where(Unit.id.in_(reach(reader, "nonconformities")), Unit.active)
    return [(id, name) for id, name in db.session.execute(asked.order_by(Unit.path, Unit.id))]


def in_state(value: str) -> ColumnElement[bool]:
    return N.state.in_(sorted(STANDING)) if value == "open" else N.state == NcState(value)


def overdue(day: date) -> ColumnElement[bool]:
    """At the end of `day` past its term and not put right."""
    return and_(N.ends_on < day, or_(N.done_on.is_(None), N.done_on > day))


def my_work(me: User) -> ColumnElement[bool]:
    """Mine, or with an action that is mine to do."""
    acting = N.actions.any(and_(A.owner_id == me.id, A.state == ActionState.OPEN))
    return and_(N.state.in_(sorted(WORKED_ON)), or_(N.owner_id == me.id, acting))


REGISTER = Register(
    name=pgettext("register", "不符合"),
    model=Nonconformity,
    columns=(
        Column("no", _l("编号"), N.no, sort=True),
        Column("title", _l("不符合事项"), N.title, "title", ("标题", "不符合", "问题", "不符合项", "不符合描述"),
               width=36),
        Column("origin", _l("来源"), N.origin, "origin", ("问题来源", "发现途径"), choice=Origin),
        Column("grade", _l("程度"), N.grade, "grade", ("性质", "不符合性质", "类型", "严重程度"), choice=Grade),
        Column("clause", _l("标准条款"), N.clause, "clause", ("条款", "条款号", "不符合条款"), listed=False),
        Column("unit", _l("责任单位"), Unit.name, "unit_id", ("单位", "受审核部门", "责任部门"), width=20),
        Column("owner", _l("责任人"), OWNER.name, "owner_id", ("负责人", "整改责任人")),
        Column("state", _l("状态"), N.state, "state", ("办理状态", "是否关闭"), choice=NcState, kind="state"),
        Column("found_on", _l("发现"), N.found_on, "found_on", ("发现日期", "日期", "开具日期"), kind="date",
               sort=True),
        Column("ends_on", _l("整改期限"), N.ends_on, "due_on", ("完成期限", "要求完成日期", "期限"), kind="date",
               sort=True),
        Column("text", _l("事实描述"), N.text, "text", ("描述", "不符合事实", "问题描述"), listed=False, width=48),
        Column("law", _l("依据"), N.law, "law", ("法规依据", "不符合依据"), listed=False, width=28),
        Column("enterprise", _l("相关企业"), Enterprise.name, listed=False, width=28),
        Column("verifier", _l("验证人"), VERIFIER.name, listed=False),
        Column("correction", _l("纠正"), N.correction, "correction", ("纠正情况",), listed=False, width=36),
        Column("cause", _l("原因分析"), N.cause, "cause", ("原因",), listed=False, width=36),
        Column("done_on", _l("整改完成"), N.done_on, "done_on", ("完成日期", "整改完成日期"), kind="date",
               listed=False),
        Column("verified_on", _l("验证"), N.verified_on, "verified_on", ("验证日期",), kind="date", listed=False),
        Column("effect", _l("有效性"), N.effect, "effect", ("措施有效性", "效果"), choice=Effect, listed=False),
        Column("closed_on", pgettext("day", "关闭"), N.closed_on, "closed_on", ("关闭日期",), kind="date",
               listed=False),
    ),
    filters=(
        Filter("state", _l("状态"), in_state, lambda: [("open", _l("未关闭")), *NcState.choices()]),
        Filter("origin", _l("来源"), lambda v: N.origin == Origin(v), Origin.choices),
        Filter("unit", _l("责任单位"), lambda v: N.unit_id == int(v), units_in_reach),
        Filter("grade", _l("程度"), lambda v: N.grade == Grade(v), Grade.choices),
        Filter("clause", _l("标准条款"), lambda v: N.clause == v, choices),
        Filter("since", _l("发现不早于"), lambda v: N.found_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("发现不晚于"), lambda v: N.found_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我的整改"), my_work),
        View("late", _l("逾期"), lambda _me: and_(N.state.in_(sorted(WORKED_ON)), overdue(dates.today()))),
        View("verify", _l("待我验证"), lambda me: and_(N.state == DONE, mine_to_look_at(me))),
        View("effect", _l("待我评价效果"), lambda me: and_(N.state == VERIFIED, mine_to_judge(me))),
        View("overdue", _l("验证评价逾期"), lambda _me: and_(N.state.in_([DONE, VERIFIED]), late(Nonconformity))),
        View("again", _l("重复发生"), lambda _me: and_(N.repeats_id.isnot(None), N.state != VOID)),
    ),
    order="-found_on",
    join=named,
)  # fmt: skip


def alive(c: Any) -> ColumnElement[bool]:
    return and_(c.state != VOID, ~c.historical)


CLOCKS = (
    Clock("RECT_NC", start=N.due_on, met=N.done_on, extra=N.extended_days, owner=N.owner_id, when=alive),
    Clock("NC_VERIFY", start=N.done_on, met=N.verified_on, owner=N.verifier_id, when=alive),
    Clock("NC_EFFECT", start=N.verified_on, met=N.judged_on, owner=N.verifier_id, when=alive),
    Clock("NC_ACTION", start=A.due_on, met=A.done_on, owner=A.owner_id, when=lambda c: c.state != ActionState.DROPPED),
    Clock("NC_SIMILAR", start=SimilarCheck.asked_on, met=SimilarCheck.answered_on, owner=SimilarCheck.owner_id,
          when=lambda c: c.state != SimilarState.VOID),
)  # fmt: skip


def known(*asked: ColumnElement[bool]) -> Select[Nonconformity]:
    return select(Nonconformity).where(N.state != VOID, *asked)


def found(period: Period, *asked: ColumnElement[bool]) -> Select[Nonconformity]:
    return known(N.found_on.between(*period), *asked)


def standing(period: Period, *asked: ColumnElement[bool]) -> Select[Nonconformity]:
    """Not closed at the period's end."""
    day = period[1]
    return known(N.found_on <= day, or_(N.closed_on.is_(None), N.closed_on > day), *asked)


ITEM = _l("项")
FIGURES = (
    Figure("nonconformities.raised", _l("发现不符合"), ITEM, found),
    Figure("nonconformities.major", _l("其中严重不符合"), ITEM, lambda p: found(p, N.grade == Grade.MAJOR)),
    Figure("nonconformities.audit", _l("审核发现的不符合"), ITEM, lambda p: found(p, N.origin == Origin.AUDIT)),
    Figure("nonconformities.self", _l("自查和体系检查发现的不符合"), ITEM,
           lambda p: found(p, N.origin.in_(OWN_CHECKS))),
    Figure("nonconformities.repeated", _l("十二个月内重复发生的不符合"), ITEM,
           lambda p: found(p, N.repeats_id.isnot(None))),
    Figure("nonconformities.closed", _l("关闭不符合"), ITEM, lambda p: known(N.closed_on.between(*p))),
    Figure("nonconformities.done", _l("完成整改的不符合"), ITEM,
           lambda p: known(N.first_done_on.between(*p), N.in_time.isnot(None))),
    Figure("nonconformities.in_time", _l("不符合按期整改率"), "%",
           lambda p: known(N.first_done_on.between(*p), N.in_time.is_(True)), whole="nonconformities.done"),
    Figure("nonconformities.judged", _l("评价了有效性的不符合"), ITEM, lambda p: known(N.first_judged_on.between(*p))),
    Figure("nonconformities.effective", _l("纠正措施一次有效率"), "%",
           lambda p: known(N.first_judged_on.between(*p), N.first_effect == Effect.EFFECTIVE),
           whole="nonconformities.judged"),
    Figure("nonconformities.open", _l("未关闭的不符合"), ITEM, standing, state=True),
    Figure("nonconformities.late", _l("逾期未完成整改的不符合"), ITEM, lambda p: standing(p, overdue(p[1])),
           state=True),
)  # fmt: skip


def by_own_hand() -> ColumnElement[bool]:
    """Verified by somebody who had a part in it."""
    who = N.verified_by_id
    acted = N.actions.any(and_(A.state != ActionState.DROPPED, or_(A.owner_id == who, A.done_by_id == who)))
    hands = (N.owner_id, N.corrected_by_id, N.analysed_by_id, N.done_by_id)
    return or_(*(hand == who for hand in hands), acted)


def some_time_ago() -> date:
    return dates.today() - timedelta(days=CAUSE_DAYS)


def behind() -> ColumnElement[bool]:
    """An action past its day, and nobody has asked for more time."""
    open_ = N.actions.any(and_(A.state == ActionState.OPEN, A.due_on < dates.today()))
    return and_(open_, N.extension_asked.is_(None), N.extended_days == 0)


PAGE = "nonconformities.detail"
CHECKS = (
    Check("nonconformities.unjudged", _l("不符合已关闭而没有评价有效"), mend=PAGE,
          rows=lambda: known(N.state == CLOSED, or_(N.effect.is_(None), N.effect != Effect.EFFECTIVE))),
    Check("nonconformities.unowned", _l("不符合没有责任人"), mend=PAGE,
          rows=lambda: known(N.state.in_(sorted(STANDING)), N.owner_id.is_(None))),
    Check("nonconformities.verified_by_own", _l("不符合由参与整改的人验证"), mend=PAGE,
          rows=lambda: known(N.verified_by_id.isnot(None), by_own_hand())),
    Check("nonconformities.action_late", _l("纠正措施逾期而没有申请延期"), mend=PAGE,
          rows=lambda: known(N.state.in_(sorted(WORKED_ON)), behind())),
    Check("nonconformities.no_cause", _l("不符合发出 10 日仍没有原因分析"), mend=PAGE,
          rows=lambda: known(N.state.in_(sorted(WORKED_ON)), N.cause == "", N.raised_on < some_time_ago())),
    Check("nonconformities.overdue", _l("不符合逾期未完成整改"), mend=PAGE,
          rows=lambda: known(N.state.in_(sorted(WORKED_ON)), overdue(dates.today()))),
    Check("nonconformities.told_nobody", _l("需要举一反三而没有通知其他单位"), mend=PAGE,
          rows=lambda: known(N.state.in_(sorted(STANDING)), N.elsewhere == Elsewhere.TOLD, ~N.told.any())),
)  # fmt: skip
