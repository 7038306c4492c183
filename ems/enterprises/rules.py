"""The re-check's clock, and what is counted and checked of enterprises and outlets."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ems.core import dates
from ems.core.checks import Check
from ems.core.duties import Clock
from ems.core.figures import Figure, Period
from ems.core.reckon import add_months
from ems.enterprises.credit_code import CodeDoubt
from ems.enterprises.models import Enterprise, Outlet
from ems.enterprises.moves import CLOSED, IDLE, IN_USE, OUT, RELOCATED, STOPPED, VOID
from ems.enterprises.registers import in_doubt, unsigned

E = Enterprise
O = Outlet  # noqa: E741  as in the tables below

CLOCKS = (
    Clock("ENT_RECHECK", start=E.recheck_on, met=E.rechecked_on, owner=E.officer_id,
          when=lambda c: c.state.in_(sorted(OUT))),
)  # fmt: skip


def stands(column: InstrumentedAttribute[Any], day: date) -> ColumnElement[bool]:
    """By `day` it had turned so, and had not resumed since."""
    since = or_(E.resumed_on.is_(None), E.resumed_on < column, E.resumed_on > day)
    return and_(column.isnot(None), column <= day, since)


def gone(day: date) -> ColumnElement[bool]:
    """Closed or moved away by `day`; one of which the day is not known always was."""
    unknown = and_(E.state.in_([CLOSED, RELOCATED]), E.state_on.is_(None))
    return or_(stands(E.closed_on, day), stands(E.relocated_on, day), unknown)


def registered(period: Period, *asked: ColumnElement[bool]) -> Select[Enterprise]:
    """On the register at the period's end."""
    day = period[1]
    known = or_(E.registered_on.is_(None), E.registered_on <= day)
    return select(Enterprise).where(E.state != VOID, known, ~gone(day), *asked)


#: the turns, each one outdoing those before it when they fall on one day
TURNS = (E.stopped_on, E.converted_on, E.relocated_on, E.closed_on, E.resumed_on)


def turned(column: InstrumentedAttribute[Any], period: Period) -> Select[Enterprise]:
    """Turned so in the period, and nothing else has become of it by its end: no enterprise is counted twice."""
    day, rank = period[1], TURNS.index(column)
    still = [
        or_(other.is_(None), other > day, other < column if n > rank else other <= column)
        for n, other in enumerate(TURNS)
        if other is not column
    ]
    return select(Enterprise).where(E.state != VOID, column.between(*period), *still)


def outlets(period: Period, *asked: ColumnElement[bool]) -> Select[Outlet]:
    """In use or idle at the period's end."""
    known = or_(O.registered_on.is_(None), O.registered_on <= period[1])
    return select(Outlet).where(O.state.in_([IN_USE, IDLE]), known, *asked)


def done(flag: InstrumentedAttribute[bool], on: InstrumentedAttribute[Any], period: Period) -> Select[Outlet]:
    return outlets(period, flag.is_(True), or_(on.is_(None), on <= period[1]))


HOUSE, PLACE = _l("家"), _l("个")
FIGURES = (
    Figure("enterprises.registered", _l("在册监管企业"), HOUSE, registered, state=True),
    Figure("enterprises.key", pgettext("figure", "重点工业企业"), HOUSE, lambda p: registered(p, E.key.is_(True)),
           state=True),
    Figure("enterprises.closed", _l("关闭企业"), HOUSE, lambda p: turned(E.closed_on, p)),
    Figure("enterprises.relocated", _l("搬迁企业"), HOUSE, lambda p: turned(E.relocated_on, p)),
    Figure("enterprises.converted", _l("转产企业"), HOUSE, lambda p: turned(E.converted_on, p)),
    Figure("enterprises.stopped", _l("停产企业"), HOUSE, lambda p: turned(E.stopped_on, p)),
    Figure("enterprises.relapsed", _l("死灰复燃企业"), HOUSE,
           lambda p: select(Enterprise).where(E.state != VOID, E.relapsed_on.between(*p))),
    Figure("outlets.total", _l("在册排放口"), PLACE, outlets, state=True),
    Figure("outlets.signed", _l("规范设置标志牌的排放口"), PLACE, lambda p: done(O.signed, O.signed_on, p), state=True),
    Figure("outlets.online", _l("在线监测并联网的排放口"), PLACE, lambda p: done(O.online, O.online_on, p), state=True),
)  # fmt: skip


def alive(*asked: ColumnElement[bool]) -> Select[Enterprise]:
    return select(Enterprise).where(E.state != VOID, *asked)


def twin(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Another one on the register says the same."""
    other = aliased(Enterprise)
    same = getattr(other, column.key)
    shared = select(same).where(other.state != VOID, same.isnot(None)).group_by(same).having(func.count() > 1)
    return column.in_(shared)


def unwatched() -> ColumnElement[bool]:
    """Stopped or closed, no re-check planned, and none done within the last twelve months."""
    planned = and_(E.recheck_on.isnot(None), E.rechecked_on.is_(None))
    lately = and_(E.last_rechecked_on.isnot(None), E.last_rechecked_on >= add_months(dates.today(), -12))
    return and_(E.state.in_([STOPPED, CLOSED]), ~planned, ~lately)


def misplaced() -> ColumnElement[bool]:
    """Outside of China, so likely longitude and latitude stand in each other's place."""
    inside = and_(E.longitude.between(73, 136), E.latitude.between(3, 54))
    return and_(E.longitude.isnot(None), E.latitude.isnot(None), ~inside)


def ownerless() -> ColumnElement[bool]:
    """In use, while its enterprise is closed or has moved away."""
    away = exists().where(E.id == O.enterprise_id, E.state.in_([CLOSED, RELOCATED]))
    return and_(O.state == IN_USE, away)


CHECKS = (
    Check("enterprises.code_missing", _l("没有统一社会信用代码"), mend="enterprises.edit",
          rows=lambda: alive(or_(E.code_doubt == CodeDoubt.MISSING, E.credit_code.is_(None)))),
    Check("enterprises.code_doubtful", _l("统一社会信用代码存疑，尚未核对"), mend="enterprises.edit",
          rows=lambda: alive(in_doubt())),
    Check("enterprises.name_cut", _l("企业名称不完整（原表截断）"), mend="enterprises.edit",
          rows=lambda: alive(E.name_cut.is_(True))),
    Check("enterprises.same_name", _l("企业名称重复"), mend="enterprises.detail", rows=lambda: alive(twin(E.name))),
    Check("enterprises.same_code", _l("统一社会信用代码重复"), mend="enterprises.detail",
          rows=lambda: alive(twin(E.credit_code))),
    Check("enterprises.unwatched", _l("停产、关闭企业没有安排复查"), mend="enterprises.detail",
          rows=lambda: alive(unwatched())),
    Check("enterprises.no_date", _l("停产、关闭、转产、迁出日期不明"), mend="enterprises.detail",
          rows=lambda: alive(E.state.in_(sorted(OUT)), E.state_on.is_(None))),
    Check("enterprises.misplaced", _l("经纬度不在境内"), mend="enterprises.edit", rows=lambda: alive(misplaced())),
    Check("enterprises.key_unowned", _l("重点工业企业没有包联专干"), mend="enterprises.edit",
          rows=lambda: alive(E.key.is_(True), E.officer_id.is_(None), E.state.not_in([CLOSED, RELOCATED]))),
    Check("outlets.unsigned", _l("排放口没有标志牌"), mend="enterprises.edit_outlet",
          rows=lambda: select(Outlet).where(unsigned())),
    Check("outlets.no_code", _l("排放口没有编号"), mend="enterprises.edit_outlet",
          rows=lambda: select(Outlet).where(O.state == IN_USE, O.code.is_(None))),
    Check("outlets.ownerless", _l("企业已关闭、迁出，排放口仍为在用"), mend="enterprises.outlet",
          rows=lambda: select(Outlet).where(ownerless())),
)  # fmt: skip
