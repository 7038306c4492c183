"""What the register of hot-spots shows, the clock of the decision, and what is counted and checked."""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, literal, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.checks import Check
from ems.core.db import db
from ems.core.duties import Clock, late
from ems.core.figures import Figure, Period
from ems.core.people import Unit, UnitKind, User
from ems.core.register import Column, Filter, Register, View
from ems.hotspots.models import Decline, Hotspot, Proposal, SpotKind, SpotState
from ems.hotspots.moves import ACCEPTED, LAPSED, PROPOSED
from ems.inspections.models import Inspection, InspectionState
from ems.tasks.models import Task, TaskState

H = Hotspot
STREET, DECIDER = aliased(Unit), aliased(User)
DECIDE_DAYS = 5  # working days
FADED = timedelta(days=28)  # proposed in a week as long ago, and in none since


def named(rows: Select[Any]) -> Select[Any]:
    return rows.outerjoin(STREET, STREET.id == H.street_id).outerjoin(DECIDER, DECIDER.id == H.decided_by_id)


def streets() -> list[tuple[int, str]]:
    asked = select(Unit.id, Unit.name).where(Unit.kind == UnitKind.STREET, Unit.active).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def in_state(value: str) -> ColumnElement[bool]:
    return H.state == SpotState(value)


REGISTER = Register(
    name=_l("热点"),
    model=Hotspot,
    columns=(
        Column("no", _l("编号"), H.no, sort=True, width=18),
        Column("title", _l("热点"), H.title, width=36),
        Column("kind", _l("依据"), H.kind, choice=SpotKind),
        Column("street", _l("街道"), STREET.name, width=20),
        Column("cases", _l("件数"), H.cases, kind="number", sort=True),
        Column("score", _l("分值"), H.score, kind="number", sort=True),
        Column("run", _l("连续周数"), H.run, kind="number"),
        Column("proposal", _l("建议"), H.proposal, choice=Proposal, width=20),
        Column("state", _l("状态"), H.state, choice=SpotState, kind="state"),
        Column("week_on", _l("周（周一）"), H.week_on, kind="date", sort=True),
        Column("place", _l("地点"), H.place, listed=False, width=28),
        Column("proposed_on", _l("提出"), H.proposed_on, kind="date", listed=False),
        Column("decided_on", _l("决定"), H.decided_on, kind="date", listed=False),
        Column("decided_by", _l("决定人"), DECIDER.name, listed=False),
        Column("decline", _l("不采纳的原因"), H.decline, choice=Decline, listed=False, width=20),
        Column("reason", _l("决定理由"), H.reason, listed=False, width=36),
    ),
    filters=(
        Filter("state", _l("状态"), in_state, SpotState.choices),
        Filter("street", _l("街道"), lambda v: H.street_id == int(v), streets),
        Filter("basis", _l("依据"), lambda v: H.kind == SpotKind(v), SpotKind.choices),
        Filter("since", _l("周不早于"), lambda v: H.week_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("周不晚于"), lambda v: H.week_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("proposed", _l("待决定"), lambda _me: H.state == PROPOSED),
        View("accepted", _l("已采纳"), lambda _me: H.state == ACCEPTED),
        View("lasting", _l("连续三周以上"), lambda _me: and_(H.run >= 3, H.state != LAPSED)),  # noqa: PLR2004
        View("late", _l("逾期未决定"), lambda _me: late(Hotspot)),
    ),
    order="-week_on",
    join=named,
)  # fmt: skip

CLOCKS = (
    Clock("HOTSPOT_DECIDE", start=H.proposed_on, met=H.decided_on, owner=H.owner_id, when=lambda c: c.state != LAPSED),
)  # fmt: skip


def found(*asked: ColumnElement[bool]) -> Select[Hotspot]:
    """Each once: what was carried into the next week counts there."""
    return select(Hotspot).where(H.state != LAPSED, *asked)


def source() -> ColumnElement[str]:
    return literal("hotspot:") + cast(H.id, String)


def acted_on() -> ColumnElement[bool]:
    """Inspected, or the matter answered, within fourteen days after it was accepted."""
    visit = exists().where(Inspection.source == source(), Inspection.done_on <= H.act_by_on)
    answer = exists().where(Task.origin == source(), Task.replied_on <= H.act_by_on)
    return or_(visit, answer)


def accepted(period: Period, *asked: ColumnElement[bool]) -> Select[Hotspot]:
    return found(H.state == ACCEPTED, H.decided_on.between(*period), *asked)


PLACE = _l("处")
FIGURES = (
    Figure("hotspots.found", _l("发现热点"), PLACE, lambda p: found(H.proposed_on.between(*p))),
    Figure("hotspots.decided", _l("热点已决定"), PLACE, lambda p: found(H.decided_on.between(*p))),
    Figure("hotspots.accepted", _l("采纳热点建议"), PLACE, accepted),
    Figure("hotspots.accepted_rate", _l("热点建议采纳率"), "%", accepted, whole="hotspots.decided"),
    Figure("hotspots.acted", _l("十四日内处置的热点"), PLACE, lambda p: accepted(p, acted_on())),
    Figure("hotspots.acted_rate", _l("热点十四日内处置率"), "%", lambda p: accepted(p, acted_on()),
           whole="hotspots.accepted"),
)  # fmt: skip


def undecided() -> Select[Hotspot]:
    day = calendar(db.session()).shift(dates.today(), -DECIDE_DAYS)
    return select(Hotspot).where(H.state == PROPOSED, H.proposed_on < day)


def neglected() -> Select[Hotspot]:
    """Accepted, and neither was anything inspected nor any matter answered: the day is past, or all of it is void."""
    visited = exists().where(Inspection.source == source(), Inspection.state == InspectionState.DONE)
    answered = exists().where(Task.origin == source(), Task.state != TaskState.VOID, Task.replied_on.isnot(None))
    planned = exists().where(Inspection.source == source(), Inspection.state != InspectionState.VOID)
    asked = exists().where(Task.origin == source(), Task.state != TaskState.VOID)
    over = or_(H.act_by_on < dates.today(), and_(~planned, ~asked))
    return select(Hotspot).where(H.state == ACCEPTED, over, ~visited, ~answered)


CHECKS = (
    Check("hotspots.undecided", _l("热点提出五个工作日没有决定"), undecided, "hotspots.detail"),
    Check("hotspots.neglected", _l("热点已采纳而没有检查或评价"), neglected, "hotspots.detail"),
    Check("hotspots.faded", _l("热点未决定而相关记录已经很久没有增加"), mend="hotspots.detail",
          rows=lambda: select(Hotspot).where(H.state == PROPOSED, H.week_on < dates.today() - FADED)),
)  # fmt: skip
