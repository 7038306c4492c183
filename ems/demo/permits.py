"""Permits at every point of their five years: some near their end, some late to renew; reviews done, due and late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from ems.core import dates
from ems.core.reckon import add_months
from ems.demo import copies
from ems.demo.codes import code
from ems.demo.enterprises import Made
from ems.demo.world import World
from ems.enterprises.models import EnterpriseState, Outlet, OutletMedium
from ems.permits import work
from ems.permits.models import (
    Authority,
    Direction,
    Origin,
    Permit,
    PermitClass,
    PermitLimit,
    PermitReview,
    ReviewResult,
    ReviewState,
)
from ems.permits.moves import OURS, REVIEW_WORKFLOW, WORKFLOW

TERM = 60  # months
CLASSES = {"key": PermitClass.KEY, "simple": PermitClass.SIMPLIFIED, "registration": PermitClass.REGISTERED}
LETTERS = {PermitClass.KEY: "P", PermitClass.SIMPLIFIED: "Q", PermitClass.REGISTERED: "X"}
CHIEF = "zhoujianguo"
RESULTS = [ReviewResult.PASSED] * 18 + [ReviewResult.RECTIFY] * 2


@dataclass(frozen=True)
class Point:
    """Where a permit stands this morning. Days are counted from today: when it ends, what was asked and applied for."""

    ends: int
    applied: int | None = None
    chased: int | None = None
    reviewed: bool = True  # the review of the period that has just ended, or ends soon


#: whose, and where: the renewal is due sixty days before the end, our question a day later
SOON = (
    ("wanghaiyan", Point(59)),  # to be asked today
    ("wanghaiyan", Point(66)), ("wanghaiyan", Point(12, applied=-52, chased=-52)), ("wanghaiyan", Point(97)),
    ("chengang", Point(38, chased=-20)), ("chengang", Point(75)), ("tanghui", Point(51, chased=-6)),
    ("tanghui", Point(27, applied=-40, chased=-40)), ("tanghui", Point(88)), ("limin", Point(61)),
    ("limin", Point(55, applied=-12, chased=-12)),
    ("limin", Point(118)), ("chengang", Point(140)), ("wanghaiyan", Point(163)), ("tanghui", Point(176)),
    ("limin", Point(-35)), ("chengang", Point(-80)),
)  # fmt: skip
#: whose review falls on which day: working days from today
REVIEWS = (("limin", -4), ("limin", 0), ("wanghaiyan", 3), ("wanghaiyan", 8), ("chengang", 2), ("tanghui", 5))


def build(world: World, made: list[Made], outlets: list[Outlet]) -> list[Permit]:
    dice, places = world.dice(), {one.row.id: [o for o in outlets if o.enterprise_id == one.row.id] for one in made}
    able = [one for one in made if one.trade["permit"] != "none"]
    dice.shuffle(able)
    found: list[Permit] = []
    taken: set[str] = set()
    for who, point in SOON:
        one = next(free(world, able, taken, who))
        found += told(world, dice, one, world.today + timedelta(days=point.ends), point)
    for who, n in REVIEWS:
        one, day = next(free(world, able, taken, who)), world.work(n)
        found += told(
            world, dice, one, add_months(day, 12 * dice.randint(1, 3)) - timedelta(days=1), Point(0, reviewed=False)
        )
    for one in able:
        if one.row.no not in taken:
            ends = (one.row.state_on if gone(one) and one.row.state_on else world.today) + timedelta(
                days=dice.randint(190, 1815)
            )
            renewed = dice.random() < 0.22 and one.trade["permit"] != "registration" and old(world, one)
            found += renewal(world, dice, one) if renewed and one.stood(world.today) else told(world, dice, one, ends)
    oddities(world, found)
    world.story.keep(*(limit for permit in found for limit in limits(dice, permit, places[permit.enterprise_id])))
    copies.build(world, found, outlets)
    return found


def old(world: World, one: Made) -> bool:
    """On the register long enough for a permit's past to be told."""
    return one.row.registered_on is not None and one.row.registered_on.year < world.year - 2


def free(world: World, able: list[Made], taken: set[str], who: str) -> Iterator[Made]:
    """Those of this officer that are at work and hold a permit proper."""
    for one in able:
        works = one.row.state is EnterpriseState.OPERATING and one.trade["permit"] in {"key", "simple"}
        works = works and old(world, one)
        if one.row.no not in taken and works and one.officer.username == who:
            taken.add(one.row.no)
            yield one


def gone(one: Made) -> bool:
    return one.row.state in {EnterpriseState.CLOSED, EnterpriseState.RELOCATED}


def held(world: World, dice: Random, one: Made, ends: date) -> Permit:
    """A permit that runs until `ends`, on the register since it began, or since its enterprise is."""
    row, kind = one.row, CLASSES[one.trade["permit"]]
    begins = add_months(ends + timedelta(days=1), -TERM)
    known = row.credit_code if row.code_doubt is None and row.credit_code else code(900 + row.id)
    authority = Authority.CITY if kind is PermitClass.KEY else Authority.OWN
    return Permit(
        no=f"{known}001{LETTERS[kind]}", title=row.name, enterprise_id=row.id, unit_id=row.unit_id, permit_class=kind,
        authority=Authority.ENTRUSTED if dice.random() < 0.1 else authority, origin=Origin.FIRST,
        issued_on=world.before(begins), valid_from=begins, valid_to=ends, officer_id=one.officer.id,
        entered_on=world.work(0, max(begins, row.registered_on or begins, date(world.year - 3, 1, 4))),
    )  # fmt: skip


def told(world: World, dice: Random, one: Made, ends: date, point: Point | None = None) -> list[Permit]:
    permit = entered(world, one, held(world, dice, one, ends))
    until = min((gone(one) and one.row.state_on) or ends, world.today)
    reviews(world, dice, one, permit, until, reviewed=point is None or point.reviewed)
    story, today = world.story, world.today
    if point and point.applied is not None:
        day = world.before(today + timedelta(days=point.applied))
        story.fire(permit, WORKFLOW, "apply_renewal", one.officer, day, "企业提交延续申请。", renewal_applied_on=day)
        accept(world, one, permit, world.work(2, day))
    elif point and point.chased is not None:
        day = world.before(today + timedelta(days=point.chased))
        story.fire(permit, WORKFLOW, "chase", one.officer, day, "已电话提醒，企业称正在准备材料。", chased_on=day)
    elif gone(one):
        day = min(world.work(10, until), world.before(world.yesterday))
        if day >= until:
            reason = "企业已关停、迁出，注销许可证。"
            story.fire(permit, WORKFLOW, "revoke", world.people[CHIEF], day, reason, ended_on=day)
    elif ends < today:
        chased = world.before(ends - timedelta(days=60))
        story.fire(permit, WORKFLOW, "chase", one.officer, chased, "企业表示不再生产该产品。", chased_on=chased)
        story.fire(permit, WORKFLOW, "expire", one.officer, world.work(3, ends), "期满未申请延续。")
    return [permit]


def accept(world: World, one: Made, permit: Permit, day: date) -> None:
    """Where the decision is ours: some applications of weeks ago still wait for what is missing in them."""
    if permit.authority in OURS and day <= world.yesterday and day > world.work(-12):
        world.story.fire(permit, WORKFLOW, "accept_renewal", one.officer, day, "材料齐全。", renewal_accepted_on=day)


def entered(world: World, one: Made, permit: Permit) -> Permit:
    day = min(permit.entered_on or world.today, world.before(world.yesterday))
    with dates.stopped(dates.at_noon(day)), world.session.no_autoflush:
        work.enter(permit)
    world.story.begin(permit, one.officer, day)
    return permit


def reviews(world: World, dice: Random, one: Made, permit: Permit, until: date, *, reviewed: bool) -> None:
    """Each year's review some weeks before its day, until `until`; the last may have been left undone."""
    with world.session.no_autoflush, dates.stopped(dates.at_noon(until)):
        work.materialise(permit)
    for review in sorted(permit.reviews, key=lambda review: review.from_on):
        ends = add_months(review.from_on, 12)
        day = world.before(ends - timedelta(days=dice.randint(8, 75)))
        early = world.work(dice.randint(0, 3), permit.entered_on or permit.issued_on)
        if not reviewed and abs((ends - world.today).days) < 30:
            continue
        if (day := max(day, early)) < until:
            review_done(world, dice, one, review, day)


def review_done(world: World, dice: Random, one: Made, review: PermitReview, day: date) -> None:
    result = dice.choice(RESULTS)
    note = "执行报告、台账和监测记录齐全。" if result is ReviewResult.PASSED else "自行监测频次不足，限期补测。"
    done: dict[str, Any] = {"reviewed_on": day, "result": result, "note": note, "reviewer_id": one.officer.id}
    world.story.fire(review, REVIEW_WORKFLOW, "review", one.officer, day, **done)


def renewal(world: World, dice: Random, one: Made) -> list[Permit]:
    """One that was renewed this year, last year or the year before."""
    ago = dice.choice([0, 0, 0, 1, 1, 2])
    decided = world.part(world.year - ago, dice.random())
    ends = decided + timedelta(days=dice.randint(3, 35))
    permit = held(world, dice, one, ends)
    permit.entered_on = min(permit.entered_on or decided, world.work(-70, decided))
    entered(world, one, permit)
    asked = world.work(-dice.randint(32, 45), decided)
    reviews(world, dice, one, permit, min(asked, world.today), reviewed=True)
    fire = world.story.fire
    fire(permit, WORKFLOW, "apply_renewal", one.officer, asked, "企业提交延续申请。", renewal_applied_on=asked)
    accept(world, one, permit, world.work(-9, decided))
    if decided >= world.today:
        return [permit]
    fire(permit, WORKFLOW, "renew", one.officer, decided, "材料齐全，准予延续。")
    begins = ends + timedelta(days=1)
    term = {"issued_on": decided, "valid_from": begins, "valid_to": add_months(begins, TERM) - timedelta(days=1)}
    after = work.succeed(permit, Origin.RENEWAL, **term)
    world.story.begin(after, one.officer, decided, "renew")
    reviews(world, dice, one, after, world.today, reviewed=True)
    return [permit, after]


def oddities(world: World, found: list[Permit]) -> None:
    """What the checks are there for: a validity nobody knows, a change, an excused review, one that was a mistake."""
    plain = [p for p in found if p.in_force and not p.registration and p.previous is None and not p.renewal_applied_on]
    far = [p for p in plain if p.valid_to and (p.valid_to - world.today).days > 400]
    officers = {user.id: user for user in world.people.values()}
    unknown, changed, excused = far[0], far[1], far[2]
    unknown.valid_to = None
    day, officer = world.part(world.year, 0.6), officers[changed.officer_id or 0]
    if day > max(changed.entered_on or day, *(r.reviewed_on for r in changed.reviews if r.reviewed_on), date.min):
        kept = {name: getattr(changed, name) for name in ("valid_from", "valid_to", "chased_on")}
        world.story.fire(changed, WORKFLOW, "change", officer, day, "法定代表人变更。")
        after = work.succeed(changed, Origin.CHANGE, issued_on=day, **kept)
        world.story.begin(after, officer, day, "change")
    review = next((r for r in excused.reviews if r.state is ReviewState.OPEN), None)
    if review:
        chief, last = world.people[CHIEF], world.before(world.yesterday)
        world.story.fire(review, REVIEW_WORKFLOW, "withdraw", chief, last, "停产检修满一年，本期免审。")


WATER = (("化学需氧量", "100", "12.6"), ("氨氮", "15", "1.9"), ("总磷", "1.0", ""))
GAS = (("颗粒物", "20", "3.2"), ("非甲烷总烃", "60", "2.4"), ("氮氧化物", "150", "6.8"))
NOISE = (("厂界噪声（昼间）", "65", ""), ("厂界噪声（夜间）", "55", ""))
LIMITS: dict[OutletMedium, tuple[tuple[tuple[str, str, str], ...], str]] = {
    OutletMedium.WATER: (WATER, "mg/L"), OutletMedium.NOISE: (NOISE, "dB(A)"),
}  # fmt: skip


def limits(dice: Random, permit: Permit, places: list[Outlet]) -> Iterator[PermitLimit]:
    if permit.registration:
        return
    for outlet in places:
        table, unit = LIMITS.get(outlet.medium, (GAS, "mg/m³")) if outlet.medium else (GAS, "mg/m³")
        for pollutant, value, annual in table:
            yield PermitLimit(
                unit_id=permit.unit_id, enterprise_id=permit.enterprise_id, permit=permit, outlet_id=outlet.id,
                outlet=outlet.code or "", pollutant=pollutant, value=value, unit_of=unit, direction=Direction.MAX,
                annual=annual if permit.permit_class is PermitClass.KEY else "",
            )  # fmt: skip
