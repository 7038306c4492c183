"""What the register of orders shows, which clocks run on one, and what is counted and checked."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ems.core import dates
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Clock, late
from ems.core.figures import Figure, Period
from ems.core.people import Post, Unit, User
from ems.core.policy import ALLOWED, Act
from ems.core.register import Column, Filter, Register, View
from ems.core.workflow import Step
from ems.enterprises.models import Enterprise, EnterpriseClass
from ems.enterprises.registers import numbered
from ems.orders.models import Order, OrderKind, OrderState
from ems.orders.moves import CLOSED, CORRECTED, DRAFT, FAILED, ISSUED, OPEN, VOID

O = Order  # noqa: E741  as in the tables below
OFFICER = aliased(User)
CHOSEN = (EnterpriseClass.KEY, EnterpriseClass.CATERING, EnterpriseClass.DISCHARGER)
STALE = 5  # days that a report of correction may wait for somebody to look


def named(rows: Select[Any]) -> Select[Any]:
    return rows.join(Unit, Unit.id == O.unit_id).outerjoin(OFFICER, OFFICER.id == O.officer_id)


def of_class(link: InstrumentedAttribute[Any], value: str) -> ColumnElement[bool]:
    """Rows whose enterprise is looked after as this: one may be key and catering at once."""
    kind = EnterpriseClass(value)
    asked = Enterprise.kind == kind if kind not in CHOSEN else getattr(Enterprise, kind.value).is_(True)
    return link.in_(select(Enterprise.id).where(asked))


def staff(area: str, act: Act) -> list[tuple[int, str]]:
    """Whoever may do so somewhere, for a filter."""
    roles = sorted(ALLOWED[area][act])
    able = select(Post.user_id).where(Post.role.in_(roles))
    asked = select(User.id, User.name).where(User.id.in_(able)).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def overdue(day: date) -> ColumnElement[bool]:
    """On `day` past its term and not reported as corrected."""
    return and_(O.ends_on < day, or_(O.corrected_on.is_(None), O.corrected_on > day))


def in_state(value: str) -> ColumnElement[bool]:
    return O.state.in_(sorted(OPEN)) if value == "open" else O.state == OrderState(value)


REGISTER = Register(
    name=_l("整改通知"),
    model=Order,
    columns=(
        Column("no", _l("编号"), O.no, sort=True),
        Column("title", _l("事项"), O.title, listed=False, width=36),
        Column("party", _l("整改单位"), O.party, width=28),
        Column("kind", _l("类别"), O.kind, choice=OrderKind, listed=False),
        Column("state", _l("状态"), O.state, choice=OrderState, kind="state"),
        Column("officer", _l("经办人"), OFFICER.name),
        Column("issued_on", _l("下达"), O.issued_on, kind="date", sort=True),
        Column("ends_on", _l("整改期限"), O.ends_on, kind="date", sort=True),
        Column("extended_days", _l("延期天数"), O.extended_days, kind="number", listed=False),
        Column("corrected_on", _l("报整改完成"), O.corrected_on, kind="date", listed=False),
        Column("rechecked_on", _l("复查"), O.rechecked_on, kind="date", listed=False),
        Column("closed_on", _l("销号"), O.closed_on, kind="date", listed=False),
        Column("unit", _l("承办单位"), Unit.name, listed=False, width=20),
    ),
    filters=(
        Filter("state", _l("状态"), in_state, lambda: [("open", _l("未销号")), *OrderState.choices()]),
        Filter("class", _l("企业类别"), lambda v: of_class(O.enterprise_id, v), EnterpriseClass.choices),
        Filter("scope", _l("整改类别"), lambda v: O.kind == OrderKind(v), OrderKind.choices),
        numbered(O.enterprise_id),
        Filter("officer", _l("经办人"), lambda v: O.officer_id == int(v), lambda: staff("orders", Act.HANDLE)),
        Filter("since", _l("下达不早于"), lambda v: O.issued_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("下达不晚于"), lambda v: O.issued_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我经办"), lambda me: (O.officer_id == me.id) & O.state.in_(sorted(OPEN))),
        View("overdue", _l("逾期未整改"), lambda _me: (O.state == ISSUED) & overdue(dates.today())),
        View("recheck", _l("期满待复查"), lambda _me: expired()),
        View("late", _l("复查逾期"), lambda _me: late(Order)),
        View("reported", _l("已报整改"), lambda _me: O.state == CORRECTED),
        View("failed", _l("复查不合格"), lambda _me: O.state == FAILED),
    ),
    order="-issued_on",
    join=named,
)  # fmt: skip


def expired() -> ColumnElement[bool]:
    """The term is over, or what was asked is reported done, and nobody has looked yet."""
    over = or_(O.ends_on < dates.today(), O.state == CORRECTED)
    return and_(O.state.in_([ISSUED, CORRECTED]), over, O.rechecked_on.is_(None))


def outside(c: Any) -> ColumnElement[bool]:
    return and_(c.state.not_in([DRAFT, VOID]), c.kind == OrderKind.SUPERVISION)


def inside(c: Any) -> ColumnElement[bool]:
    return and_(c.state.not_in([DRAFT, VOID]), c.kind == OrderKind.INTERNAL)


CLOCKS = (
    Clock("ORDER_CORRECT", start=O.due_on, met=O.corrected_on, extra=O.extended_days, owner=O.officer_id, when=outside),
    Clock("RECT_NC", start=O.due_on, met=O.corrected_on, extra=O.extended_days, owner=O.officer_id, when=inside),
    Clock("ORDER_RECHECK", start=O.ends_on, met=O.rechecked_on, owner=O.checker_id,
          when=lambda c: c.state.not_in([DRAFT, VOID])),
    Clock("ORDER_REISSUE", start=O.rechecked_on, met=O.closed_on, owner=O.officer_id, when=lambda c: c.state == FAILED),
)  # fmt: skip


def ordered(*asked: ColumnElement[bool]) -> Select[Order]:
    """Those to whom the bureau is a supervisor; what units order themselves is not counted with them."""
    return select(Order).where(O.kind == OrderKind.SUPERVISION, O.state.not_in([DRAFT, VOID]), *asked)


def standing(period: Period, *asked: ColumnElement[bool]) -> Select[Order]:
    """Not ended at the period's end."""
    day = period[1]
    return ordered(O.issued_on <= day, or_(O.closed_on.is_(None), O.closed_on > day), *asked)


def failed(period: Period) -> Select[Order]:
    """Those of which a re-check in the period found that they were not met, whatever came of them later."""
    first, last = dates.aware(datetime.combine(period[0], time())), dates.aware(datetime.combine(period[1], time.max))
    about = (Step.subject_type == Order.__tablename__, Step.subject_id == O.id, Step.move == "fail")
    return ordered(exists().where(*about, Step.at.between(first, last)))


COPY = _l("份")
FIGURES = (
    Figure("orders.issued", _l("下达限期整改通知"), COPY, lambda p: ordered(O.issued_on.between(*p))),
    Figure("orders.met", _l("完成整改并销号"), COPY, lambda p: ordered(O.closed_on.between(*p), O.state == CLOSED)),
    Figure("orders.open", _l("正在整改"), COPY, standing, state=True),
    Figure("orders.late", _l("逾期未完成整改"), COPY, lambda p: standing(p, overdue(p[1])), state=True),
    Figure("orders.failed", _l("整改复查不合格的通知"), COPY, failed),
)  # fmt: skip


def some_time_ago() -> date:
    return dates.today() - timedelta(days=STALE)


CHECKS = (
    Check("orders.closed_unchecked", _l("已销号而没有复查"), mend="orders.detail",
          rows=lambda: select(Order).where(O.state == CLOSED, or_(O.rechecked_on.is_(None), O.passed.isnot(True)))),
    Check("orders.closed_by_own", _l("已销号而没有他人核实"), mend="orders.detail",
          rows=lambda: select(Order).where(O.state == CLOSED, O.verified_by_id.is_(None))),
    Check("orders.recheck_unplanned", _l("整改期满而没有安排复查"), mend="orders.detail",
          rows=lambda: select(Order).where(O.state == ISSUED, O.ends_on < dates.today(),
                                           O.recheck_planned_on.is_(None))),
    Check("orders.report_waits", _l("已报整改超过 5 日仍未核实"), mend="orders.detail",
          rows=lambda: select(Order).where(O.state == CORRECTED, O.corrected_on < some_time_ago())),
    Check("orders.failed_idle", _l("复查不合格而没有重新下达期限"), mend="orders.detail",
          rows=lambda: select(Order).where(O.state == FAILED)),
    Check("orders.unowned", _l("整改没有经办人"), mend="orders.detail",
          rows=lambda: select(Order).where(O.state.in_(sorted(OPEN)), O.officer_id.is_(None))),
    Check("orders.empty", _l("整改通知没有写明问题"), mend="orders.edit",
          rows=lambda: select(Order).where(O.state.in_(sorted(OPEN | {DRAFT})), ~O.items.any())),
    Check("orders.unlinked", _l("整改单位没有对应到企业档案"), mend="orders.edit",
          rows=lambda: select(Order).where(O.kind == OrderKind.SUPERVISION, O.state.in_(sorted(OPEN)),
                                           O.enterprise_id.is_(None))),
)  # fmt: skip
