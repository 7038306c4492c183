"""A random draw as a record: the pool it is drawn from, the draw, its witness, and the inspections that come of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import select

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, User
from ems.core.policy import ALLOWED, Act
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState
from ems.inspections import draw as dice, plans
from ems.inspections.crew import Officer, conflicts, officers
from ems.inspections.draw import Pick
from ems.inspections.models import Inspection
from ems.inspections.plan_models import Draw, DrawPick
from ems.inspections.risk import Risk, ranked

POINTS = 10  # of risk that weigh as much as one


@dataclass(frozen=True)
class Pool:
    """What is drawn from, and whom the rules leave out."""

    enterprises: list[dict[str, Any]]
    officers: list[Officer]
    avoid: list[list[int]]
    left_out: dict[str, int]  # reason → enterprises

    @property
    def frozen(self) -> dict[str, Any]:
        """As it is kept: plain data, in order."""
        people = [{"id": one.id, "name": one.name, "badge": one.badge} for one in self.officers]
        return {"enterprises": self.enterprises, "officers": people, "avoid": self.avoid}


def pool_of(draw: Draw) -> Pool:
    """What this draw would be drawn from now."""
    period = draw.from_on, draw.until_on
    asked = officers(draw.unit_id, (min(dates.today(), draw.from_on), draw.until_on))
    crew = [one for one in asked if one.here(dates.today()) and ever_here(one, *period)]
    known = ranked(draw.scope_id)
    barred = conflicts([risk.id for risk in known], period)
    if draw.avoid_own:
        barred |= {(risk.id, risk.officer_id) for risk in known if risk.officer_id}
    rested, kept, out = inspected_lately(draw), list[Risk](), defaultdict[str, int](int)
    for risk in known:
        why = unfit(draw, risk, rested, sum((risk.id, one.id) not in barred for one in crew))
        if why:
            out[why] += 1
        else:
            kept.append(risk)
    kept.sort(key=lambda risk: (risk.no, risk.id))
    ids, here = {risk.id for risk in kept}, {one.id for one in crew}
    avoid = sorted([enterprise, person] for enterprise, person in barred if enterprise in ids and person in here)
    return Pool([entry(draw, risk) for risk in kept], crew, avoid, dict(out))


def ever_here(officer: Officer, first: date, last: date) -> bool:
    return any(officer.here(first + timedelta(days=n)) for n in range((last - first).days + 1))


def unfit(draw: Draw, risk: Risk, rested: set[int], able: int) -> str | None:
    """Why an enterprise is not in the pool."""
    if risk.state is EnterpriseState.STOPPED:
        return _("停产")
    if not weight(draw, risk):
        return _("所属类别权重为 0")
    if risk.id in rested:
        return _("近 %(n)s 天已检查", n=draw.rested_days)
    return _("须回避的人员多，可派的不足两名") if able < plans.PAIR else None


def weight(draw: Draw, risk: Risk) -> int:
    """That of its class, the highest of several; every ten points of risk add one."""
    own = max(draw.weights.get(kind.value, 0) for kind in risk.kinds)
    return own + risk.score // POINTS if own and draw.by_risk else own


def entry(draw: Draw, risk: Risk) -> dict[str, Any]:
    return {"id": risk.id, "no": risk.no, "name": risk.name, "kind": risk.kind.value, "weight": weight(draw, risk)}


def inspected_lately(draw: Draw) -> set[int]:
    if not draw.rested_days:
        return set()
    since = dates.today() - timedelta(days=draw.rested_days)
    rows = select(Inspection.enterprise_id).where(Inspection.enterprise_id.isnot(None), Inspection.done_on >= since)
    return {id for id in db.session.scalars(rows.distinct().order_by(Inspection.enterprise_id)) if id}


def seed(draw: Draw) -> str:
    return dice.seed_of(draw.public_number, f"{dates.local(draw.announced_at):%Y-%m-%d %H:%M:%S}")


def hold(draw: Draw, user: User) -> None:
    """Freeze the pool and draw. Raises `Refused` where there is too little to draw from. Not committed."""
    with db.session.no_autoflush:  # the state is set, the pool is not yet: only both together are a row
        pool = pool_of(draw)
    if said := too_small(draw, pool):
        raise Refused(said)
    draw.pool, draw.drawn_at, draw.drawn_by_id = pool.frozen, dates.now(), user.id
    draw.digest = dice.digest(draw.pool, seed(draw), draw.houses)
    for number, pick in enumerate(replay(draw), start=1):
        ids = {"enterprise_id": pick.enterprise, "lead_id": pick.lead, "second_id": pick.second}
        draw.picks.append(DrawPick(number=number, **ids))


def too_small(draw: Draw, pool: Pool) -> str | None:
    if len(pool.officers) < plans.PAIR:
        return _("可派的持证人员只有 %(n)s 名，不能抽取：请登记执法证号，或调整时间。", n=len(pool.officers))
    if len(pool.enterprises) < draw.houses:
        return _(
            "名录中只有 %(n)s 家企业，不足 %(all)s 家：请减少抽取家数，或放宽条件。",
            n=len(pool.enterprises), all=draw.houses,
        )  # fmt: skip
    return None


def replay(draw: Draw) -> list[Pick]:
    """The result once more, from the frozen pool and the seed."""
    return dice.drawn(draw.pool or {}, seed(draw), draw.houses)


def faults(draw: Draw) -> list[str]:
    """What does not agree when it is drawn again: nothing, unless somebody changed the record."""
    if draw.pool is None:
        return []
    found = []
    if dice.digest(draw.pool, seed(draw), draw.houses) != draw.digest:
        found.append(_("名录、种子或者家数与抽取时的校验码不符。"))
    if list(map(now_called, replay(draw))) != [
        now_called(Pick(one.enterprise_id, one.lead_id, one.second_id)) for one in draw.picks
    ]:
        found.append(_("按冻结的名录和种子重算，结果与记录不符。"))
    return found


def now_called(pick: Pick) -> Pick:
    """With the file that a merged one became part of: its picks went there, the frozen pool did not."""
    file = db.session.get(Enterprise, pick.enterprise)
    while file is not None and file.merged_into_id:
        file = db.session.get(Enterprise, file.merged_into_id)
    return Pick(file.id if file else pick.enterprise, pick.lead, pick.second)


def arrange(draw: Draw, user: User) -> None:
    """The witness confirmed it: each pick becomes a planned inspection, spread over the working days. Not committed."""
    days = [day for day in plans.working_days(draw.from_on, draw.until_on) if day >= dates.today()]
    if not days:
        raise Refused(_("检查时间已经过去，不能安排检查。请作废后重新抽取。"))
    crew = {one.id: one for one in officers(draw.unit_id, (draw.from_on, draw.until_on))}
    rows = [Inspection(**about(draw, pick, day_for(n, draw, days, crew))) for n, pick in enumerate(draw.picks)]
    plans.enter(rows, user)
    for pick, row in zip(draw.picks, rows, strict=True):
        pick.inspection_id = row.id


def day_for(number: int, draw: Draw, days: Sequence[date], crew: dict[int, Officer]) -> date:
    """Its day of those left; where one of the two is away, the next on which both are here."""
    at, pick = len(days) * number // len(draw.picks), draw.picks[number]
    pair = [crew[id] for id in (pick.lead_id, pick.second_id) if id in crew]
    return next((day for day in (*days[at:], *days[:at]) if all(one.here(day) for one in pair)), days[at])


def about(draw: Draw, pick: DrawPick, day: date) -> dict[str, Any]:
    known = {"type": draw.type, "unit_id": draw.unit_id, "plan_id": draw.plan_id, "planned_on": day}
    officers = {"lead_id": pick.lead_id, "second_id": pick.second_id}
    return known | officers | {"plan_key": f"draw:{draw.id}:{pick.number}", "enterprise_id": pick.enterprise_id}


def give_up(draw: Draw, user: User) -> None:
    made = [pick.inspection for pick in draw.picks if pick.inspection]
    with force_locale("zh_CN"):
        plans.withdraw(made, user, _("双随机抽查 %(no)s 作废，未开始的检查一并撤回。", no=draw.no))


def usual_weights() -> dict[EnterpriseClass, int]:
    """Key enterprises are met more often than others."""
    key, catering, discharger, other = EnterpriseClass
    return {key: 5, catering: 2, discharger: 3, other: 1}


def home_of(person: int | None) -> int:
    """The unit of an officer's first post that lets them inspect: where what they declare is looked up."""
    roles = sorted(ALLOWED["plans"][Act.HANDLE])
    rows = select(Post.unit_id).where(Post.user_id == person, Post.role.in_(roles)).order_by(Post.id)
    return db.session.scalars(rows.limit(1)).one()
