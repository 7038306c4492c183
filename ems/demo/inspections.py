"""Three years of inspections, the units' own checks, and what is on the officers' plan from today on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from ems.complaints.models import Complaint
from ems.core.people import User
from ems.core.reckon import add_months
from ems.demo import nonconformities
from ems.demo.agenda import Deed
from ems.demo.enterprises import Made
from ems.demo.officers import BRIGADE, Officers, T
from ems.demo.orders import drafts
from ems.demo.world import World
from ems.enterprises.moves import CLOSED, STOPPED
from ems.inspections import self_checks
from ems.inspections.models import OWN
from ems.inspections.moves import WORKFLOW

#: type → how many in the year under way, last year, the year before
A_YEAR = {
    T.KEY_INDUSTRY: (76, 54, 26), T.CATERING: (42, 30, 14), T.PROJECT: (16, 12, 6), T.STRAW: (10, 8, 6),
    T.SMOKE_ZONE: (6, 6, 3), T.OUTLET: (14, 8, 4), T.CLOSED_RECHECK: (10, 6, 3), T.SPECIAL: (12, 8, 4),
    T.SYSTEM_CHECK: (8, 6, 3),
}  # fmt: skip
FIELDS = ("和顺里路以南地块", "中和渡路东侧农田", "绕城两侧退耕地", "锦江沿线菜地")
#: what waits for the officers: type, who, with whom, working days from today
PLANNED = (
    (T.KEY_INDUSTRY, "wanghaiyan", "chengang", 0), (T.CATERING, "wanghaiyan", "tanghui", 3),
    (T.KEY_INDUSTRY, "wanghaiyan", "chengang", 6), (T.KEY_INDUSTRY, "chengang", "tanghui", 1),
    (T.SPECIAL, "tanghui", "wanghaiyan", 2), (T.OUTLET, "limin", "tanghui", 4), (T.KEY_INDUSTRY, "tanghui", "limin", 9),
    (T.CLOSED_RECHECK, "chengang", "wanghaiyan", 5),
)  # fmt: skip
FORGETS = "xiqu"  # left out last month's check of its own
PATIENT = frozenset({"guixi", "zhonghe", "fuhua", "mudu", "keji", "yulinzx"})  # leave this month's to its last day
#: orders given some working days ago, the end of their term, and how they stand
STANDING = (
    ("chengang", -18, -7, "reported"),  # should have been looked at two days ago
    ("wanghaiyan", -16, -5, "reported"),  # to be looked at today
    ("wanghaiyan", -12, -2, "silent"),
    ("tanghui", -10, 2, "reported"),
    ("wanghaiyan", -9, 4, "asks"),
    ("limin", -20, -6, "failed"),  # its new term is to be set today
)


def build(world: World, enterprises: list[Made], cases: list[Complaint]) -> None:
    dice = world.dice()
    officers = Officers(world, dice, enterprises)
    for type, counts in A_YEAR.items():
        for ago, count in enumerate(counts):
            for n in range(count):
                day = season(world, type, ago, (n + dice.random()) / count)
                officers.agenda.put(day, visit(officers, type))
    own_checks(officers)
    nonconformities.raised(officers)
    asked_by_complaints(officers, cases)
    waiting(officers)
    officers.agenda.run(world.today)
    drafts(world)
    ahead(officers)


def season(world: World, type: T, ago: int, share: float) -> date:
    if type is T.STRAW:  # after the harvests
        first, last = world.days(world.year - ago)
        month, span = (5, 40) if share < 0.5 else (9, 45)
        day = date(world.year - ago, month, 10) + timedelta(days=int(span * (share * 2 % 1)))
        return world.before(day) if first <= day <= last else world.part(world.year - ago, share)
    return world.part(world.year - ago, share)


def visit(officers: Officers, type: T) -> Deed:
    def done(day: date) -> None:
        lead, second = officers.pair()
        made = officers.plan(type, day, lead, None if type in OWN else second, **target(officers, type, day))
        officers.world.story.begin(made, lead, day, "plan")
        for order in officers.go(made, day, faults=0.12 if type in {T.CLOSED_RECHECK, T.STRAW} else 0.36):
            officers.follow.issued(order)
        if type in OWN:
            code = next(code for code, id in officers.world.units.items() if id == made.unit_id)
            nonconformities.found(officers, made, code)

    return done


#: type → the enterprises it is for
FITS: dict[T, Callable[[Made], bool]] = {
    T.KEY_INDUSTRY: lambda one: one.row.key,
    T.CATERING: lambda one: one.row.catering,
    T.PROJECT: lambda one: one.trade["code"] == "construction",
    T.OUTLET: lambda one: one.row.discharger,
    T.SMOKE_ZONE: lambda one: "air" in one.trade["media"],
    T.SPECIAL: lambda one: one.trade["permit"] != "none",
    T.CLOSED_RECHECK: lambda one: one.row.state in {CLOSED, STOPPED},
}


def target(officers: Officers, type: T, day: date) -> dict[str, Any]:
    """Whom or what an inspection of this type looks at."""
    world, dice = officers.world, officers.dice
    if type is T.STRAW:
        return {"place": dice.choice(FIELDS)}
    if type is T.SYSTEM_CHECK:
        code = dice.choice([p["unit"] for p in world.material["people"] if p["role"] == "liaison"])
        return {"unit_id": world.units[code], "party": world.names[code]}
    able = [one for one in officers.enterprises if FITS[type](one) and (type is T.CLOSED_RECHECK or one.stood(day))]
    if type is T.CLOSED_RECHECK:
        able = [one for one in able if one.row.state_on and one.row.state_on < day]
    if not able:
        return {"place": dice.choice(FIELDS)}
    row = dice.choice(able).row
    return {"enterprise_id": row.id, "enterprise": row, "party": row.name, "place": row.address}


def own_checks(officers: Officers) -> None:
    """Each unit's check of itself, month by month since December."""
    world = officers.world
    month = date(world.year - 1, 12, 1)
    while month <= world.today:
        officers.agenda.put(world.work(0, month), round_of(officers, self_checks.last_working_day(month)))
        month = add_months(month, 1)


def round_of(officers: Officers, day: date) -> Deed:
    world = officers.world

    def planned(opened: date) -> None:
        for known in world.material["people"]:
            if known["role"] == "liaison":
                one_check(officers, known, opened, day)

    return planned


def one_check(officers: Officers, known: dict[str, Any], opened: date, day: date) -> None:
    world, liaison, code = officers.world, officers.user(known["username"]), known["unit"]
    made = officers.plan(T.SELF_CHECK, day, liaison, None, unit_id=world.units[code], party=world.names[code])
    world.story.begin(made, liaison, opened, "plan")
    last = day < world.today <= add_months(day, 1)
    waits = day >= world.today and code in PATIENT
    if waits or (last and code == FORGETS):
        return

    def done(when: date) -> None:
        officers.go(made, when, faults=0.16)
        nonconformities.found(officers, made, code)

    officers.agenda.put(world.work(-officers.dice.choice([0, 1, 1, 2, 3, 4, 6, 8]), day), done)


def asked_by_complaints(officers: Officers, cases: list[Complaint]) -> None:
    """Some complaints about works were looked into on the spot."""
    world = officers.world
    team = {officers.user(name).id: officers.user(name) for name in BRIGADE}
    able = [c for c in cases if c.enterprise and c.handler_id in team and c.investigated_on and c.closed_on]
    for case in officers.dice.sample(able, min(len(able), 48)):
        officers.agenda.put(
            case.investigated_on or world.today, of_complaint(officers, case, team[case.handler_id or 0])
        )


def of_complaint(officers: Officers, case: Complaint, lead: User) -> Deed:
    def done(day: date) -> None:
        others = [officers.user(name) for name in BRIGADE if name != lead.username]
        row = case.enterprise
        known = {"enterprise_id": row.id, "enterprise": row, "party": row.name, "place": row.address} if row else {}
        type = T.CATERING if row and row.catering else T.SPECIAL
        source = f"complaint:{case.id}"
        made = officers.plan(type, day, lead, officers.dice.choice(others), source=source, **known)
        officers.world.story.begin(made, lead, day, "plan")
        for order in officers.go(made, day, faults=0.6):
            officers.follow.issued(order)

    return done


def waiting(officers: Officers) -> None:
    """Orders that stand this morning as the demo wants them: one late to be looked at again, others soon."""
    for who, found, ends, then in STANDING:
        officers.agenda.put(officers.world.work(found), standing(officers, officers.user(who), ends, then))


def standing(officers: Officers, lead: User, ends: int, then: str) -> Deed:
    world = officers.world

    def done(day: date) -> None:
        second = officers.user(next(name for name in BRIGADE[::-1] if name != lead.username))
        made = officers.plan(T.KEY_INDUSTRY, day, lead, second, **target(officers, T.KEY_INDUSTRY, day))
        world.story.begin(made, lead, day, "plan")
        for order in officers.go(made, day, faults=1, due_on=world.work(ends)):
            officers.follow.stand(order, then)

    return done


def ahead(officers: Officers) -> None:
    """What is on the plan, and one that has begun before breakfast."""
    world = officers.world
    for type, who, with_, n in PLANNED:
        lead, day = officers.user(who), world.work(n)
        made = officers.plan(type, day, lead, officers.user(with_), **target(officers, type, world.yesterday))
        world.story.begin(made, lead, world.before(world.yesterday), "plan")
    lead = officers.user("chengang")
    early = officers.plan(T.SMOKE_ZONE, world.today, lead, officers.user("limin"), place=FIELDS[2])
    world.story.begin(early, lead, world.before(world.yesterday), "plan")
    world.story.fire(early, WORKFLOW, "open", lead, world.today)
    void = officers.plan(T.SPECIAL, world.work(-8), lead, officers.user("tanghui"), place=FIELDS[0])
    world.story.begin(void, lead, world.work(-12), "plan")
    world.story.fire(void, WORKFLOW, "void", world.at("keji", "chief"), world.work(-9), "并入专项行动统一检查。")
    world.story.keep()
    self_checks.materialise(world.today)
