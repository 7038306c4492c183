"""What a plan makes: whom it takes, on which working day, by which two officers. Made twice, nothing is there twice."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, TypeAlias

from flask_babel import force_locale, gettext as _
from sqlalchemy import func, select

from ems.core import dates, numbers
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.workflow import step
from ems.enterprises.models import Enterprise, EnterpriseClass
from ems.inspections.crew import Days, Officer, conflicts, officers
from ems.inspections.models import Inspection, InspectionState
from ems.inspections.plan_models import InspectionPlan, PlanKind
from ems.inspections.risk import Risk, ranked
from ems.inspections.work import headline

PLANNED, OPEN, DONE, VOID = InspectionState
PAIR = 2  # officers (行政处罚法 42)
Pair: TypeAlias = tuple[Officer, ...]  # two, or none


@dataclass(frozen=True)
class Target:
    """An enterprise the plan takes, and how often."""

    risk: Risk
    times: int


@dataclass(frozen=True)
class Visit:
    """One inspection the plan asks for. Without `pair` nobody can go on any day of its part of the period."""

    key: str
    risk: Risk
    round: int
    day: date
    pair: Pair


def period(plan: InspectionPlan) -> Days:
    return plan.from_on, plan.until_on


def targets(plan: InspectionPlan, known: Sequence[Risk] | None = None) -> list[Target]:
    """Whom the plan takes, the riskiest first."""
    everybody = ranked(plan.scope_id) if known is None else known
    if plan.kind is PlanKind.CLASSES:
        return by_class(plan, everybody)
    if plan.kind is PlanKind.CAMPAIGN:
        named = {one.enterprise_id for one in plan.named}
        return [Target(risk, plan.times) for risk in everybody if risk.id in named]
    if plan.kind is PlanKind.RISK:
        return [Target(risk, plan.times) for risk in everybody[: plan.houses]]
    return []  # a draw says whom


def by_class(plan: InspectionPlan, everybody: Sequence[Risk]) -> list[Target]:
    """An enterprise of two classes is inspected as often as the stricter of them asks."""
    times: Counter[int] = Counter()
    for quota in plan.quotas:
        for risk in [risk for risk in everybody if quota.kind in risk.kinds][: quota.houses]:
            times[risk.id] = max(times[risk.id], quota.times)
    return [Target(risk, times[risk.id]) for risk in everybody if times[risk.id]]


def working_days(first: date, last: date) -> list[date]:
    days = calendar(db.session())
    found = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in found if days.works(day)]


def part(days: Sequence[date], number: int, of: int) -> Sequence[date]:
    """The `number`-th of `of` parts, as equal as they come."""
    return days[len(days) * number // of : len(days) * (number + 1) // of]


def visits(plan: InspectionPlan, chosen: Iterable[Target]) -> list[Visit]:
    """Each round in its part of the period, spread evenly over its working days that are still to come.

    A round whose part is over is not asked for any more.
    """
    days, today = working_days(*period(plan)), dates.today()
    asked: list[tuple[date, Risk, int, list[date]]] = []
    for times, group in groupby(sorted(chosen, key=lambda one: one.times), key=lambda one: one.times):
        some = [one.risk for one in group]
        for number in range(times):
            left = [day for day in part(days, number, times) if day >= today]
            asked += [(left[len(left) * n // len(some)], risk, number + 1, left) for n, risk in enumerate(some) if left]
    asked.sort(key=lambda one: (one[0], one[1].no, one[1].id, one[2]))
    return crewed(plan, asked)


def crewed(plan: InspectionPlan, asked: Sequence[tuple[date, Risk, int, list[date]]]) -> list[Visit]:
    """Two officers for each, the least loaded first; where none are there that day, the next day on which they are."""
    crew, load, met = officers(plan.unit_id, period(plan)), Counter[int](), Counter[tuple[int, int]]()
    barred = conflicts([risk.id for _day, risk, _n, _left in asked], period(plan))
    found = []
    for day, risk, number, left in asked:
        able = [one for one in crew if (risk.id, one.id) not in barred]
        in_turn = [d for d in left if d >= day] + [d for d in left if d < day]
        when = next((d for d in in_turn if sum(one.here(d) for one in able) >= PAIR), None)
        pair = pair_of([one for one in able if when and one.here(when)], load, met)
        found.append(Visit(f"plan:{plan.id}:{risk.id}:{number}", risk, number, when or day, pair))
    return found


def pair_of(able: Sequence[Officer], load: Counter[int], met: Counter[tuple[int, int]]) -> Pair:
    """The least loaded, and with them whom of the least loaded they went with least often."""
    if len(able) < PAIR:
        return ()
    lead = min(able, key=lambda one: (load[one.id], one.id))
    others = [one for one in able if one is not lead]
    second = min(others, key=lambda one: (load[one.id], met[lead.id, one.id], one.id))
    load.update((lead.id, second.id))
    met.update(((lead.id, second.id), (second.id, lead.id)))
    return lead, second


def missing(plan: InspectionPlan) -> list[Visit]:
    """What the plan asks for and is not there yet."""
    rows = select(Inspection.plan_key, Inspection.enterprise_id).where(Inspection.plan_id == plan.id)
    there = set()
    for key, enterprise in db.session.execute(rows.order_by(Inspection.id)):
        number = (key or "").rpartition(":")[2]
        there |= {key, f"plan:{plan.id}:{enterprise}:{number}"}  # of a merged file the one it became part of has it
    return [visit for visit in visits(plan, targets(plan)) if visit.key not in there]


def make(plan: InspectionPlan, user: User) -> int:
    """Plan the inspections that are missing, and say how many they were. Raises `Refused`. Not committed."""
    asked = missing(plan)
    if alone := [visit.risk.name for visit in asked if not visit.pair]:
        raise Refused(_("没有两名可派的持证人员，或均须回避：%(names)s。", names=_("、").join(alone[:5])))
    rows = [Inspection(**about(plan, visit)) for visit in asked]
    added = enter(rows, user)
    if plan.kind is not PlanKind.DRAW:
        db.session.add(step(plan, user, _("安排检查 %(n)s 次。", n=added)))
    return added


def about(plan: InspectionPlan, visit: Visit) -> dict[str, Any]:
    lead, second = visit.pair
    known = {"type": plan.type, "unit_id": plan.unit_id, "plan_id": plan.id, "plan_key": visit.key}
    return known | {
        "enterprise_id": visit.risk.id, "planned_on": visit.day, "lead_id": lead.id, "second_id": second.id,
    }  # fmt: skip


def enter(rows: list[Inspection], user: User) -> int:
    """Give each its party, place, headline and number. Not committed."""
    ids = [row.enterprise_id for row in rows]
    asked = select(Enterprise.id, Enterprise.name, Enterprise.address).order_by(Enterprise.id)
    known = {id: (name, address) for id, name, address in db.session.execute(asked) if id in set(ids)}
    for year, some in groupby(sorted(rows, key=lambda row: row.planned_on), key=lambda row: row.planned_on.year):
        group = list(some)
        for row, no in zip(group, numbers.take(db.session(), "JC", year, len(group)), strict=True):
            row.no, (row.party, row.place) = no, known[row.enterprise_id or 0]
            row.title = headline(row)
    db.session.add_all(rows)
    db.session.flush()
    db.session.add_all(step(row, user, move="plan", after=PLANNED) for row in rows)
    return len(rows)


def withdraw(rows: Iterable[Inspection], user: User, why: str) -> int:
    """Those nobody has begun are void: nothing asks for them any more. Not committed."""
    left = [row for row in rows if row.state is PLANNED]
    for row in left:
        row.state, row.withdrawn = VOID, True
        db.session.add(step(row, user, why, move="void", before=PLANNED, after=VOID))
    return len(left)


def of(plan: InspectionPlan) -> list[Inspection]:
    return list(db.session.scalars(select(Inspection).where(Inspection.plan_id == plan.id).order_by(Inspection.id)))


def give_up(plan: InspectionPlan, user: User) -> None:
    with force_locale("zh_CN"):
        withdraw(of(plan), user, _("检查计划 %(no)s 作废，未开始的检查一并撤回。", no=plan.no))


@dataclass(frozen=True)
class Progress:
    """How far a plan is. `late`: planned for a day that is over."""

    done: int
    under_way: int
    waiting: int
    late: int

    @property
    def all(self) -> int:
        return self.done + self.under_way + self.waiting + self.late

    @property
    def percent(self) -> float:
        return round(100 * self.done / self.all, 1) if self.all else 0.0


def progress(plan: InspectionPlan) -> Progress:
    late = (Inspection.planned_on < dates.today()).label("late")
    rows = select(Inspection.state, late, func.count()).where(Inspection.plan_id == plan.id, Inspection.state != VOID)
    found = {(state, bool(past)): n for state, past, n in db.session.execute(rows.group_by(Inspection.state, late))}
    done, begun = (sum(found.get((state, past), 0) for past in (True, False)) for state in (DONE, OPEN))
    return Progress(done, begun, found.get((PLANNED, False), 0), found.get((PLANNED, True), 0))


@dataclass(frozen=True)
class Coverage:
    """Of one class in scope: how many houses there are, how many the plan takes, how many were inspected for it."""

    kind: EnterpriseClass
    all: int
    taken: int
    done: int

    @property
    def percent(self) -> float:
        return round(100 * self.done / self.all, 1) if self.all else 0.0


def coverage(plan: InspectionPlan, taken: Iterable[int] = ()) -> list[Coverage]:
    """`taken`: enterprises that it would take; of a plan that was made, its inspections say so."""
    rows = select(Inspection.enterprise_id, Inspection.state).where(Inspection.plan_id == plan.id)
    known = db.session.execute(rows.where(Inspection.state != VOID).order_by(Inspection.id)).all()
    there = {id for id, _state in known} | set(taken)
    done = {id for id, state in known if state is DONE}
    everybody = ranked(plan.scope_id)
    found = []
    for kind in EnterpriseClass:
        ids = {risk.id for risk in everybody if kind in risk.kinds}
        if ids & there:
            found.append(Coverage(kind, len(ids), len(ids & there), len(ids & done)))
    return found
