"""Outlets of the works and of some kitchens: most with their signs, the big ones measured on line."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from ems.demo.enterprises import Made
from ems.demo.world import World
from ems.enterprises.models import EnterpriseState, Outlet, OutletMedium, OutletState
from ems.enterprises.moves import OUTLET_WORKFLOW

GAS = ("工艺废气排放口", "锅炉烟囱", "喷漆废气排放口")


def build(world: World, made: list[Made]) -> list[Outlet]:
    dice = world.dice()
    found = [outlet for one in made for outlet in of(world, dice, one)]
    world.session.add_all(found)
    world.session.flush()
    by_id = {one.row.id: one for one in made}
    out = [o for o in found if by_id[o.enterprise_id].row.state in (EnterpriseState.CLOSED, EnterpriseState.RELOCATED)]
    for outlet in out[1:]:  # the first was forgotten: a check finds it
        owner = by_id[outlet.enterprise_id]
        day = max(owner.row.state_on or world.today, outlet.registered_on or world.today)
        world.story.fire(outlet, OUTLET_WORKFLOW, "idle", owner.officer, day, "企业已关停，排放口停用。")
    world.story.keep()
    return found


def of(world: World, dice: Random, one: Made) -> Iterator[Outlet]:
    media, works = set(one.trade["media"]), one.trade["permit"] != "none"
    if works and media & {"air", "odour"}:
        for n in range(1 + (dice.random() < 0.4) + one.row.key):
            yield made(world, dice, one, OutletMedium.GAS, n=n + 1, name=GAS[n])
    if one.row.catering and dice.random() < 0.3:
        yield made(world, dice, one, OutletMedium.GAS, n=1, name="油烟排放口")
    if works and "water" in media:
        yield made(world, dice, one, OutletMedium.WATER, n=1, name="废水总排口")
    if one.row.key and "noise" in media:
        yield made(world, dice, one, OutletMedium.NOISE, n=1, name="东侧厂界噪声源")


PREFIX = {OutletMedium.GAS: "DA", OutletMedium.WATER: "DW", OutletMedium.NOISE: "DN"}


def made(world: World, dice: Random, one: Made, medium: OutletMedium, *, n: int, name: str) -> Outlet:
    row, known = one.row, one.row.registered_on or world.yesterday
    signed = dice.random() < (0.94 if row.key else 0.74)
    online = medium is not OutletMedium.NOISE and n == 1 and dice.random() < (0.6 if row.key else 0.05)
    placed = medium is not OutletMedium.NOISE  # a boundary is no point: a check lists them
    pollutants = {OutletMedium.GAS: row.air_pollutants, OutletMedium.WATER: row.water_pollutants}
    return Outlet(
        enterprise_id=row.id, unit_id=row.unit_id, code=f"{PREFIX[medium]}{n:03d}", name=name, medium=medium,
        longitude=row.longitude if placed else None, latitude=row.latitude if placed else None,
        registered_on=known, state=OutletState.IN_USE,
        signed=signed, signed_on=between(world, dice, known) if signed else None,
        online=online, online_on=between(world, dice, known) if online else None,
        pollutants=pollutants.get(medium, ""),
    )  # fmt: skip


def between(world: World, dice: Random, first: date) -> date:
    """A working day after `first`; work on the signs has gained speed, so rather late than early."""
    last = world.before(world.yesterday)
    day = first + timedelta(days=int((last - first).days * dice.random() ** 0.6))
    return min(world.work(0, day), max(last, first))
