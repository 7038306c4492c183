"""The hot-spots of the last weeks, reckoned each Monday in office hours, and decided until this week's."""

from datetime import datetime, time, timedelta
from itertools import cycle

from sqlalchemy import select

from ems.core import dates
from ems.demo.world import World
from ems.hotspots import acting, work
from ems.hotspots.models import Decline, Hotspot, SpotState
from ems.hotspots.moves import WORKFLOW

CHIEF = "zhoujianguo"
WEEKS = 4  # before this one
SAID = (
    (Decline.UNDER_WAY, "相关投诉已立案办理，整改期限未到，不重复安排。"),
    (Decline.FADED, "近一周没有新的投诉，继续观察。"),
    (Decline.ONE_CALLER, "多件为同一人反映，已当面答复。"),
)


def build(world: World) -> list[Hotspot]:
    world.session.flush()
    this, said = work.monday(world.today), cycle(SAID)
    for ago in range(WEEKS, -1, -1):
        begin = this - timedelta(days=7 * ago)
        with dates.stopped(datetime.combine(begin, time(7, 30) if begin == world.today else time(9, 5))):
            work.reckon()
            world.session.flush()
        if ago:
            decided(world, datetime.combine(world.work(2, begin), time(16, 10)), said, last=ago == 1)
    return list(world.session.scalars(select(Hotspot).order_by(Hotspot.id)))


def decided(world: World, moment: datetime, said: "cycle[tuple[Decline, str]]", *, last: bool) -> None:
    """Of each week the heaviest is accepted, of last week's for an inspection that is still ahead."""
    chief = world.people[CHIEF]
    rows = select(Hotspot).where(Hotspot.state == SpotState.PROPOSED).order_by(Hotspot.score.desc(), Hotspot.id)
    for n, spot in enumerate(world.session.scalars(rows).all()):
        with dates.stopped(moment):
            if n:
                spot.decline, spot.reason = next(said)
                WORKFLOW.fire("decline", chief, spot, spot.reason)
            else:
                accepted(world, spot, last=last)
                WORKFLOW.fire("accept", chief, spot, "集中核查，尽快处置。")
            world.session.flush()


def accepted(world: World, spot: Hotspot, *, last: bool) -> None:
    chief = world.people[CHIEF]
    if last:
        lead, second = world.people["wanghaiyan"].id, world.people["tanghui"].id
        acting.inspect(spot, acting.Visit(world.work(4), lead, second), chief)
    else:
        unit = world.units["jiancha"]
        acting.ask_for_review(spot, acting.Review(unit, world.people["luoyi"].id, world.work(6)), chief)
