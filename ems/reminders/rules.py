"""What the ledger shows, counts and finds wanting."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from ems.core import dates, module
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import KEY, Duty
from ems.core.figures import Figure, Period
from ems.core.people import Unit, User
from ems.core.register import Column, Filter, Register, View
from ems.core.rules import Rule
from ems.core.why import told
from ems.reminders import ledger, stuck, work
from ems.reminders.models import Channel, Robot, Rung
from ems.reminders.notices import Notice, NoticeState

N = Notice
UNREAD, DAY = timedelta(days=3), timedelta(days=1)
FIRST, LAST = date.min + DAY, date.max - DAY  # of which the midnights can be told in any time zone


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Unit, Unit.id == N.unit_id).outerjoin(User, User.id == N.person_id)
    return rows.outerjoin(Robot, Robot.id == N.robot_id)


def midnight(day: date) -> datetime:
    return datetime.combine(max(day, FIRST), time(), dates.HERE)


def end(day: date) -> datetime:
    return midnight(min(day, LAST) + DAY)


def raised(first: date, last: date) -> ColumnElement[bool]:
    """Told on these days, both counted, as the bureau's calendar shows them."""
    return and_(N.raised_at >= midnight(first), N.raised_at < end(last))


def in_unit(value: str) -> ColumnElement[bool]:
    """The unit and all below it."""
    path = select(Unit.path).where(Unit.id == int(value)).scalar_subquery()
    return N.unit_id.in_(select(Unit.id).where(Unit.path.startswith(path)))


def units() -> list[tuple[int, str]]:
    rows = select(Unit.id, Unit.name).where(Unit.active).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(rows)]


def people() -> list[tuple[int, str]]:
    rows = select(User.id, User.name).where(User.active).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(rows)]


def clocked() -> list[tuple[str, str]]:
    """The rules by which anything is told."""
    codes = {clock.rule for clock in module.clocks()}
    rows = db.session.scalars(select(Rule).where(Rule.code.in_(codes)).order_by(Rule.code, Rule.since))
    return list({rule.code: told(rule, "title") for rule in rows}.items())


def unread() -> ColumnElement[bool]:
    """Arrived some days ago at a person who neither opened it nor acted on the matter."""
    long_ago = N.sent_at < dates.now() - UNREAD
    return and_(long_ago, N.person_id.isnot(None), N.opened_at.is_(None), *ledger.OPEN)


REGISTER = Register(
    name=_l("提醒台账"),
    model=Notice,
    columns=(
        Column("no", _l("编号"), N.no),
        Column("asked", _l("期限事项"), N.asked, width=28),
        Column("due_on", _l("期限"), N.due_on, kind="date", sort=True),
        Column("lead", _l("提前量"), N.lead, kind="number"),
        Column("unit", _l("单位"), Unit.name, width=20),
        Column("reader", _l("通知对象"), func.coalesce(User.name, Robot.name)),
        Column("rung", _l("身份"), N.rung, choice=Rung, listed=False),
        Column("deputy", _l("代收"), N.deputy, kind="flag", listed=False),
        Column("channel", _l("渠道"), N.channel, choice=Channel),
        Column("raised_at", _l("提醒"), N.raised_at, kind="date", sort=True, width=18),
        Column("state", _l("结果"), N.state, choice=NoticeState, kind="state"),
        Column("sent_at", _l("送达"), N.sent_at, kind="date", listed=False, width=18),
        Column("failed_at", _l("放弃"), N.failed_at, kind="date", listed=False, width=18),
        Column("error", _l("未送达原因"), N.error, listed=False, width=36),
        Column("opened_at", _l("打开"), N.opened_at, kind="date", listed=False, width=18),
        Column("acted_at", _l("办理"), N.acted_at, kind="date", listed=False, width=18),
        Column("withdrawn_at", _l("撤销"), N.withdrawn_at, kind="date", listed=False, width=18),
        Column("rule", _l("规则"), N.rule, listed=False),
        Column("start_on", _l("起算"), N.start_on, kind="date", listed=False),
    ),
    filters=(
        Filter("unit", _l("单位（含下级）"), in_unit, units),
        Filter("person", _l("人员"), lambda v: N.person_id == int(v), people),
        Filter("rule", _l("规则"), lambda v: N.rule == v, clocked),
        Filter("channel", _l("渠道"), lambda v: N.channel == Channel(v), Channel.choices),
        Filter("state", _l("结果"), lambda v: N.state == NoticeState(v), NoticeState.choices),
        Filter("since", _l("提醒不早于"), lambda v: N.raised_at >= midnight(date.fromisoformat(v)), kind="date"),
        Filter("until", _l("提醒不晚于"), lambda v: N.raised_at < end(date.fromisoformat(v)), kind="date"),
    ),
    views=(
        View("failed", _l("未送达"), lambda _me: N.failed_at.isnot(None)),
        View("unread", _l("三日未读"), lambda _me: unread()),
        View("late", _l("逾期提醒"), lambda _me: N.lead < 0),
        View("alarm", _l("无人可通知"), lambda _me: N.channel == Channel.ALARM),
    ),
    order="-raised_at",
    join=named,
    searched=False,
)  # fmt: skip


def tellings(period: Period, *asked: ColumnElement[bool]) -> Select[Notice]:
    return select(Notice).where(raised(*period), N.channel != Channel.ALARM, *asked)


def falling_due(period: Period, *asked: ColumnElement[bool]) -> Select[Notice]:
    """The first telling of each duty that fell due in the period."""
    first = select(func.min(N.id)).where(N.due_on.between(*period), N.channel != Channel.ALARM)
    first = first.group_by(N.subject_type, N.subject_id, N.rule, N.start_on, N.due_on)
    return select(Notice).where(N.id.in_(first), *asked)


TIMES, PIECE, PER_CENT = _l("次"), _l("件"), "%"
FIGURES = (
    Figure("reminders.raised", _l("发出提醒"), TIMES, tellings),
    Figure("reminders.delivered", _l("提醒送达率"), PER_CENT, lambda p: tellings(p, N.sent_at.isnot(None)),
           whole="reminders.raised"),
    Figure("reminders.opened", _l("提醒打开率"), PER_CENT,
           lambda p: tellings(p, or_(N.opened_at.isnot(None), N.acted_at.isnot(None))), whole="reminders.raised"),
    Figure("reminders.due", _l("到期事项中提醒过的"), PIECE, falling_due),
    Figure("reminders.in_time", _l("到期前提醒率"), PER_CENT, lambda p: falling_due(p, N.lead >= 0),
           whole="reminders.due"),
)  # fmt: skip


def unheard() -> Select[Notice]:
    """Alarms that still stand."""
    same = [getattr(Duty, name) == getattr(N, name) for name in (*KEY, "due_on")]
    standing = work.unheard().with_only_columns(Duty.id).order_by(None).where(*same)
    return select(Notice).where(N.channel == Channel.ALARM, standing.correlate(Notice).exists())


CHECKS: tuple[Check[Any], ...] = (
    Check("reminders.undelivered", _l("提醒没有送达，事项未办"), mend="ledger.detail",
          rows=lambda: select(Notice).where(N.failed_at.isnot(None), *ledger.OPEN)),
    Check("reminders.unheard", _l("事项无人可通知"), mend="ledger.detail", rows=unheard),
    Check("reminders.robots", _l("群机器人最近一次没有送达"), mend="channels.edit",
          rows=lambda: select(Robot).where(Robot.enabled, Robot.error != "")),
    Check("reminders.addresses", _l("事项的经办人没有有效邮箱"), mend="home.duties", rows=stuck.unwritten),
    Check("reminders.unposted", _l("经办人已无岗位的事项"), mend="home.duties", rows=stuck.unposted),
)  # fmt: skip
