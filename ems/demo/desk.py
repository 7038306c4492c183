"""What lies on the desks this morning: cases that are late, due today or soon, and one in each rarer state."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from ems.complaints.models import Channel, Complaint
from ems.demo.cases import NEVER, Plan, Route, Tale
from ems.demo.matters import Source
from ems.demo.world import World

STAGES = ("received", "decided", "assigned", "investigated", "handled", "answered", "revisited", "closed")
H12369, H12345, LETTER, VISIT, WEB, SUPERIOR, INSTRUCTION, _OTHER = Channel


@dataclass(frozen=True)
class Errand:
    """A case to be told; what is not said the dice decide."""

    plan: Plan
    unit: str = ""
    handler: str = ""
    clerk: str = ""
    phone: bool | None = None


#: channel, unit, handler, and the stages in working days from today; those that are missing are still to come
OPEN: tuple[tuple[Channel, str, str, tuple[int, ...]], ...] = (
    (H12345, "jiancha", "wanghaiyan", (-7, -7, -7, -6)),  # two days late
    (H12345, "jiancha", "wanghaiyan", (-5, -5, -5, -4, -1)),  # due today
    (H12345, "jiancha", "wanghaiyan", (-4, -4, -3, -2)),
    (H12345, "jiancha", "wanghaiyan", (-2, -2, -1)),  # due in three days
    (H12345, "jiancha", "chengang", (-3, -3, -2, -1)),
    (H12345, "jiancha", "tanghui", (-5, -4, -4, -3)),
    (H12345, "keji", "limin", (-3, -3, -3, -1)),
    (H12369, "keji", "limin", (-12, -10, -10, -6)),
    (H12345, "guixi", "sunxiaomei", (-5, -5, -4, -3)),  # due today
    (H12345, "guixi", "sunxiaomei", (-2, -2, -1)),
    (WEB, "guixi", "sunxiaomei", (-6, -4, -4, -2)),
    (H12345, "shiyang", "lizhiyong", (-3, -3, -2, -2, -1)),
    (H12345, "xiaojiahe", "houxiaoyan", (-4, -4, -4, -3)),
    (VISIT, "fangcao", "shaoxuelian", (-9, -8, -8, -5, -2)),
    (H12369, "keji", "", (-3, -1)),  # to be assigned today
    (LETTER, "keji", "", (-4,)),
    (H12345, "keji", "", (-1,)),  # to be taken up today
    (H12345, "keji", "", (0,)),
    (H12345, "guixi", "", (0,)),
    (H12369, "jiancha", "", (0,)),
)
#: the same for those that only wait for a call: answered five days ago is due today, six is late
CALLS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("zhonghe", "maojianhua", (-9, -9, -9, -8, -7, -6)),
    ("xiaojiahe", "houxiaoyan", (-8, -8, -8, -7, -6, -5)),
    ("jiancha", "wanghaiyan", (-6, -6, -6, -5, -4, -2)),
    ("guixi", "sunxiaomei", (-6, -5, -5, -4, -3, -1)),
    ("keji", "limin", (-7, -7, -7, -6, -5, -4, -1)),
)


def plans(world: World) -> list[Errand]:
    found = [Errand(plan(world, channel, at), unit, who, "liuqian") for channel, unit, who, at in OPEN]
    found += [Errand(plan(world, H12345, at), unit, who, "liuqian", phone=True) for unit, who, at in CALLS]
    return [*found, *documents(world), *endings(world), *reviews(world)]


def plan(world: World, channel: Channel, at: tuple[int, ...], twist: str = "") -> Plan:
    made = Plan(channel, world.today, twist=twist)
    for stage, n in zip(STAGES, at, strict=False):
        setattr(made, stage, world.work(n) if n else world.today)
    return made


def documents(world: World) -> Iterator[Errand]:
    """Passed on from above, with the day in the document: one late, the others soon."""
    for channel, unit, who, at, due in (
        (SUPERIOR, "guixi", "sunxiaomei", (-16, -14, -14, -12), -1),
        (INSTRUCTION, "keji", "zhoujianguo", (-7, -7, -7, -3), 0),
        (INSTRUCTION, "keji", "zhoujianguo", (-4, -4, -4, -2), 3),
        (SUPERIOR, "jiancha", "wanghaiyan", (-11, -10, -10, -8), 6),
        (SUPERIOR, "keji", "", (-3,), 15),
    ):
        yield Errand(replace(plan(world, channel, at), document_due=world.work(due)), unit, who, "liuqian")


def endings(world: World) -> Iterator[Errand]:
    """One in each rarer state."""
    for channel, at, twist in (
        (H12345, (-3, -2), "void"), (WEB, (-10, -8), "refuse"), (H12369, (-12, -11), "transfer"),
        (H12345, (-1, -1), "return"), (H12369, (-2, -1), "return"),
    ):  # fmt: skip
        yield Errand(plan(world, channel, at, twist), "shiyang", "lizhiyong", "liuqian")
    objected = replace(plan(world, SUPERIOR, (-12, -9), "object"), document_due=world.work(3))
    yield Errand(objected, "jiancha", "chengang", "heyu")
    waits = plan(world, H12369, (-22, -20, -20, -15), "extend")
    waits.more = {"ask_extension": world.work(-2), "grant_extension": world.today}
    yield Errand(waits, "jiancha", "wanghaiyan", "liuqian")
    opened = plan(world, H12345, (-14, -14, -13, -12, -11, -10, -8, -7), "reopen")
    opened.more = {
        "reopen": world.work(-2),
        **dict.fromkeys(("investigate", "handle", "answer", "revisit", "close"), NEVER),
    }
    yield Errand(opened, "jiancha", "tanghui", "heyu")


def reviews(world: World) -> Iterator[Errand]:
    """One under review, one decided and asked to be checked again, one at rest."""
    asked = plan(world, VISIT, (-40, -38, -38, -34, -22, -18, -16, -15))
    asked.more = {"ask_review": world.work(-8)}
    again = plan(world, LETTER, (-70, -68, -67, -60, -48, -44, -42, -41))
    again.more = {"ask_review": world.work(-34), "decide_review": world.work(-18), "ask_recheck": world.work(-6)}
    rest = plan(world, H12369, (-110, -108, -108, -100, -90, -88, -86, -85))
    rest.more = {"ask_review": world.work(-78), "decide_review": world.work(-64)}
    for made, who in ((asked, "wanghaiyan"), (again, "chengang"), (rest, "tanghui")):
        yield Errand(made, "jiancha", who, "heyu" if made is rest else "liuqian")


def tell(world: World, dice: Random, source: Source, errand: Errand, no: str) -> Complaint:
    plan = errand.plan
    clerk = world.people[errand.clerk or dice.choice(["liuqian", "liuqian", "heyu"])]
    case, route = source.case(plan, clerk, errand.unit, phone=errand.phone)
    case.no = no
    if errand.handler:
        route = Route(errand.unit, world.people[errand.handler])
    world.story.begin(case, clerk, plan.received)
    Tale(world, dice, case, clerk, route).tell(plan)
    return case
