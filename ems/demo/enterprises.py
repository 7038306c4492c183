"""Three hundred enterprises: the seven of the source document with their facts, and plainly invented ones."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from ems.core import numbers
from ems.core.people import User
from ems.demo.codes import code, spoilt
from ems.demo.world import World
from ems.enterprises import moves
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState
from ems.enterprises.moves import WORKFLOW

COUNT = 300
STREETS = ("guixi", "shiyang", "xiaojiahe", "fangcao", "zhonghe")
OFFICERS = ("wanghaiyan", "chengang", "tanghui", "limin")
MOVES = {"stopped": "stop", "closed": "close", "converted": "convert", "relocated": "relocate"}
AIR = ("颗粒物、二氧化硫、氮氧化物、非甲烷总烃", "大气污染物综合排放标准 GB 16297-1996")
FUME = ("油烟", "饮食业油烟排放标准 GB 18483-2001")
WATER = ("化学需氧量、氨氮、总磷、悬浮物、pH", "污水综合排放标准 GB 8978-1996")
OWN: dict[str, tuple[str, str]] = {
    "plating": ("总铬、六价铬、总镍、化学需氧量、pH", "电镀污染物排放标准 GB 21900-2008"),
    "dyeing": ("化学需氧量、氨氮、色度、总磷、悬浮物", "纺织染整工业水污染物排放标准 GB 4287-2012"),
    "paper": ("化学需氧量、氨氮、总氮、悬浮物", "制浆造纸工业水污染物排放标准 GB 3544-2008"),
    "electronics": ("化学需氧量、氨氮、氟化物、总铜", "电子工业水污染物排放标准 GB 39731-2020"),
    "hospital": ("粪大肠菌群、化学需氧量、总余氯", "医疗机构水污染物排放标准 GB 18466-2005"),
}


@dataclass
class Made:
    """An enterprise with what the other parts of the demo ask of it."""

    row: Enterprise
    trade: dict[str, Any]
    unit: str  # the code of the one that looks after it
    street: str
    officer: User

    def stood(self, day: date) -> bool:
        """Whether it was at work here on `day`."""
        row, out = self.row, self.row.state is not EnterpriseState.OPERATING
        gone = out and row.state is not EnterpriseState.CONVERTED and row.state_on is not None and row.state_on <= day
        return row.registered_on is not None and row.registered_on <= day and not gone


def build(world: World) -> list[Made]:
    dice = world.dice()
    made = list(named(world, dice))
    made += invented(world, dice, COUNT - len(made))
    made.sort(key=lambda one: (one.row.registered_on, one.row.name))
    number(world, made)
    for one in made:
        world.story.begin(one.row, one.officer, one.row.registered_on or world.today)
    turn(world, dice, made)
    world.story.keep()
    return made


def named(world: World, dice: Random) -> Iterator[Made]:
    trades = {trade["code"]: trade for trade in world.material["trades"]}
    for known in world.material["enterprises"]:
        one = begun(world, dice, known["name"], trades[known["trade"]], known["street"], key=known["key"])
        one.row.registered_on = world.work(0, date(world.year - 3, 2 + dice.randrange(8), 1 + dice.randrange(28)))
        one.row.note = known["fact"] + "。"
        yield one


def invented(world: World, dice: Random, count: int) -> list[Made]:
    names, trades = world.material, world.material["trades"]
    wanted = [t for t in trades for _ in range(round(t["share"] * count / 100))]
    wanted = (wanted + trades)[:count]
    parts: dict[str, Iterator[str]] = {t["code"]: endless(dice, names["parts"]) for t in trades}
    made, taken = [], set[str]()
    for trade in wanted:
        name = ""
        while not name or name in taken:
            place, form = dice.choice(names["places"]), dice.choice(forms(names, trade))
            name = f"{place}{next(parts[trade['code']])}{dice.choice(trade['words'])}{form}{names['mark']}"
        taken.add(name)
        key = trade["key"] and dice.random() < 0.4
        made.append(begun(world, dice, name, trade, dice.choice(STREETS), key=key))
    ages = [0] * 18 + [1] * 24 + [2] * 30 + [3] * (count - 72)
    dice.shuffle(ages)
    for one, age in zip(made, ages, strict=True):
        one.row.registered_on = world.part(world.year - age, dice.random())
    return made


def forms(names: Mapping[str, Any], trade: dict[str, Any]) -> list[str]:
    """What it may be: a sole trader's shop (经营部) holds no permit that is reviewed."""
    known: list[str] = trade.get("forms", names["forms"])
    return [form for form in known if form != "经营部" or trade["permit"] not in {"key", "simple"}]


def endless(dice: Random, words: list[str]) -> Iterator[str]:
    while True:
        yield from dice.sample(words, len(words))


def begun(world: World, dice: Random, name: str, trade: dict[str, Any], street: str, *, key: bool) -> Made:
    road = world.material["roads"][street]
    unit, officer = looked_after(world, dice, trade, street, key=key)
    discharger = "water" in trade["media"] and trade["permit"] in {"key", "simple"} and dice.random() < 0.4
    row = Enterprise(
        name=name, state=EnterpriseState.OPERATING, key=key, catering=trade["code"] == "catering",
        discharger=discharger, kind=kind(trade, key=key, discharger=discharger), industry=trade["name"], city="成都",
        unit_id=world.units[unit], street_id=world.units[street], officer_id=officer.id,
        address=f"{dice.choice(road['names'])}{dice.choice(world.material['numbers'])}号",
        longitude=round(road["centre"][0] + dice.uniform(-0.011, 0.011), 5),
        latitude=round(road["centre"][1] + dice.uniform(-0.009, 0.009), 5),
        legal_person=somebody(world, dice), contact=somebody(world, dice), phone=f"1380000{dice.randrange(10**4):04d}",
        relapsed=False, **discharges(trade),
    )  # fmt: skip
    return Made(row, trade, unit, street, officer)


def looked_after(world: World, dice: Random, trade: dict[str, Any], street: str, *, key: bool) -> tuple[str, User]:
    """Works by the brigade, small ones by the bureau, what has no permit by its street; an officer for each."""
    if trade["code"] in {"hospital", "food"} and not key:
        return "keji", world.people["limin"]
    if key or trade["permit"] in {"key", "simple"}:
        return "jiancha", world.people[dice.choice(OFFICERS[:3])]
    if trade["permit"] == "registration":
        return "keji", world.people["limin"]
    return street, world.people[OFFICERS[STREETS.index(street) % len(OFFICERS)]]


def kind(trade: dict[str, Any], *, key: bool, discharger: bool) -> EnterpriseClass:
    if key:
        return EnterpriseClass.KEY
    if trade["code"] == "catering":
        return EnterpriseClass.CATERING
    return EnterpriseClass.DISCHARGER if discharger else EnterpriseClass.OTHER


def discharges(trade: dict[str, Any]) -> dict[str, str]:
    media = set(trade["media"])
    air = FUME if trade["code"] == "catering" else AIR if media & {"air", "odour"} else ("", "")
    water = OWN.get(trade["code"], WATER) if "water" in media else ("", "")
    return {
        "air_pollutants": air[0], "air_standards": air[1], "water_pollutants": water[0], "water_standards": water[1],
    }  # fmt: skip


def somebody(world: World, dice: Random) -> str:
    """A surname and two characters that are no name."""
    return f"{dice.choice(world.material['complainants']['surnames'])}{dice.choice(world.material['parts'])[:2]}"


def number(world: World, made: list[Made]) -> None:
    """Numbers by the year each came on the register, and a code for each, a dozen of them doubtful."""
    years = Counter(one.row.registered_on.year for one in made if one.row.registered_on)
    given = {year: iter(numbers.take(world.session, "QY", year, n)) for year, n in sorted(years.items())}
    wrong = spoilt()
    every = len(made) // len(wrong)
    for n, one in enumerate(made):
        one.row.no = next(given[one.row.registered_on.year])  # type: ignore[union-attr]  # all have one
        right = code(n, person=one.row.name.removesuffix(world.material["mark"]).endswith("经营部"))
        one.row.take_code(wrong.pop()(right) if wrong and n % every == every // 2 else right)


@dataclass(frozen=True)
class Turn:
    state: str
    ago: int  # years
    share: float  # of what is over of that year
    next_in: int | None = None  # working days from today to the re-check that is planned; none: as the months run
    relapsed: bool = False  # the first re-check finds it running
    resumed: tuple[int, float] | None = None  # years ago, share


NAMED = {
    "成都南星热电厂": Turn("closed", 0, 0.22), "成都水泵厂": Turn("closed", 0, 0.35),
    "新光电镀厂": Turn("closed", 0, 0.51, 3), "欧阳雨辉成都号俱乐部": Turn("closed", 0, 0.64),
    "成都恒通铝业有限公司": Turn("relocated", 0, 0.45), "晨龙纸业有限公司": Turn("relocated", 0, 0.58),
}  # fmt: skip
OTHERS = (
    Turn("closed", 1, 0.3, relapsed=True), Turn("closed", 1, 0.6), Turn("closed", 2, 0.5), Turn("stopped", 0, 0.8, 0),
    Turn("stopped", 0, 0.55), Turn("stopped", 0, 0.3), Turn("stopped", 1, 0.7), Turn("converted", 0, 0.4),
    Turn("converted", 0, 0.7), Turn("converted", 1, 0.5), Turn("relocated", 1, 0.4), Turn("relocated", 1, 0.8),
    Turn("stopped", 2, 0.4, resumed=(1, 0.2)), Turn("closed", 2, 0.8),
)  # fmt: skip


def turn(world: World, dice: Random, made: list[Made]) -> None:
    """Some closed, moved, stopped or changed what they make; each is looked at again every few months."""
    old = [one for one in made if one.row.name not in NAMED and one.row.registered_on.year <= world.year - 3]  # type: ignore[union-attr]
    works = [one for one in old if one.trade["permit"] in {"simple", "registration"} and not one.row.key]
    turns = [(one, NAMED[one.row.name]) for one in made if one.row.name in NAMED]
    turns += zip(dice.sample(works, len(OTHERS)), OTHERS, strict=True)
    for one, what in turns:
        happened(world, one, what)
        back = world.part(world.year - what.resumed[0], what.resumed[1]) if what.resumed else None
        follow(world, one, what, back or world.today)
        if back:
            world.story.fire(one.row, WORKFLOW, "resume", one.officer, back, "整改完成，恢复生产。", state_on=back)


def happened(world: World, one: Made, what: Turn) -> None:
    day = world.part(world.year - what.ago, what.share)
    asked = {"state_on": day, "recheck_on": world.work(0, day + timedelta(days=90)), "rechecked_on": None}
    said = {"stopped": "订单减少，自行停产。", "closed": "依法关闭，设备已拆除。", "converted": "转为仓储经营。"}
    remark = said.get(what.state, "搬迁至区外园区。")
    world.story.fire(one.row, WORKFLOW, MOVES[what.state], one.officer, day, remark, **asked)


def follow(world: World, one: Made, what: Turn, until: date) -> None:
    """Re-checks as they were planned, until the next one lies ahead."""
    row = one.row
    while row.recheck_on and row.recheck_on < until:
        day, found = row.recheck_on, what.relapsed and row.relapsed_on is None
        ahead = world.work(0, day + timedelta(days=30 if found else 120))
        moves.recheck(row, day, relapsed=found, next_on=ahead)
        said = "夜间发现一条生产线通电，已拆除供电。" if found else "设备未恢复，无生产迹象。"
        world.story.fire(row, WORKFLOW, "recheck", one.officer, day, said)
    if what.next_in is not None:
        moves.plan_recheck(row, world.work(what.next_in))
