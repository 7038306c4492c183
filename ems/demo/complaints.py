"""Three years of complaints: six hundred in the year under way, as far as it has gone, and two years all closed."""

from datetime import date, timedelta
from random import Random

from ems.complaints.models import Channel, Complaint
from ems.core import numbers
from ems.demo import desk
from ems.demo.cases import NEVER, Plan
from ems.demo.enterprises import Made
from ems.demo.matters import Source
from ems.demo.world import World

COUNT, A_DAY, EARLIER = 600, 10, 250
CHANNELS = (
    [Channel.H12345] * 46 + [Channel.H12369] * 20 + [Channel.WEB] * 9 + [Channel.SUPERIOR] * 8
    + [Channel.LETTER] * 5 + [Channel.VISIT] * 5 + [Channel.OTHER] * 4 + [Channel.INSTRUCTION] * 3
)  # fmt: skip
MONTHS = (7, 6, 9, 10, 12, 14, 14, 13, 10, 11, 10, 8)  # how busy
OFFICE = {Channel.LETTER, Channel.VISIT, Channel.SUPERIOR, Channel.INSTRUCTION}  # come on working days
#: how many of a hundred go which other way; in the years before only what ends closed
TWISTS = {"refuse": 2.4, "transfer": 2.6, "return": 2.8, "extend": 3, "more": 1.6, "supplement": 1, "reassign": 0.8,
          "reopen": 0.8}  # fmt: skip
LATE = 0.03


def build(world: World, enterprises: list[Made]) -> list[Complaint]:
    dice = world.dice()
    source = Source(world, dice, enterprises)
    on_the_desk = desk.plans(world)
    have = sum(errand.plan.received.year == world.year for errand in on_the_desk)
    count = min(COUNT, A_DAY * world.today.timetuple().tm_yday) - have
    plans = [plan for ago in (2, 1) for plan in year(world, dice, world.year - ago, EARLIER, closed=True)]
    plans += year(world, dice, world.year, max(0, count))
    errands = [desk.Errand(plan) for plan in plans] + on_the_desk
    errands.sort(key=lambda errand: errand.plan.received)
    given = {y: iter(numbers.take(world.session, "TS", y, n)) for y, n in sorted(tally(errands).items())}
    cases = [desk.tell(world, dice, source, one, next(given[one.plan.received.year])) for one in errands]
    world.story.keep()
    return cases


def tally(errands: list[desk.Errand]) -> dict[int, int]:
    years: dict[int, int] = {}
    for errand in errands:
        years[errand.plan.received.year] = years.get(errand.plan.received.year, 0) + 1
    return years


def year(world: World, dice: Random, number: int, count: int, *, closed: bool = False) -> list[Plan]:
    first, last = world.days(number)
    last = min(last, world.today - timedelta(days=90)) if closed else last
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    weights = [MONTHS[day.month - 1] * (3 if world.calendar.works(day) else 1) for day in days]
    ways = [twist for twist, n in TWISTS.items() for _ in range(round(count * n / 100))]
    ways = [way for way in ways if not (closed and way in {"refuse", "transfer"})][:count]
    ways += [""] * (count - len(ways))
    dice.shuffle(ways)
    return [plan(world, dice, day, way) for day, way in zip(dice.choices(days, weights, k=count), ways, strict=True)]


def plan(world: World, dice: Random, received: date, twist: str) -> Plan:
    """The days of a case in time; now and then it was late, but only where that is over."""
    channel = dice.choice(CHANNELS)
    if channel in OFFICE:
        received = min(world.work(0, received), max(received, world.before(world.yesterday)))
    made = Plan(channel, received, twist=twist)
    days(world, dice, made, late=dice.random() < LATE and not twist)
    if made.over >= world.today and made.answered < NEVER:
        days(world, dice, made, late=False)
    return made


def days(world: World, dice: Random, made: Plan, *, late: bool) -> None:
    soon = made.channel is Channel.H12345
    made.decided = world.work(dice.choice([0, 0, 1]) if soon else dice.choice([0, 1, 1, 2, 3]), made.received)
    made.assigned = made.decided if dice.random() < 0.7 else world.work(1, made.decided)
    longer = 5 if made.twist == "extend" else 0
    if soon:
        n = dice.randint(6, 9) if late else dice.choice([2, 3, 3, 4, 4, 5]) + longer
        made.answered = world.work(n, made.received)
    elif made.channel in {Channel.SUPERIOR, Channel.INSTRUCTION}:
        term = dice.randint(20, 30) if made.channel is Channel.SUPERIOR else dice.randint(12, 20)
        made.document_due = made.received + timedelta(days=term)
        early = world.before(made.document_due - timedelta(days=dice.randint(0, 5)))
        made.answered = world.work(dice.randint(1, 5), made.document_due) if late else max(early, made.assigned)
    else:
        last = world.work(0, made.decided + timedelta(days=dice.randint(62, 75)))
        made.answered = last if late else world.work(dice.randint(4, 24), made.assigned)
    between(world, dice, made)
    made.revisited = world.work(dice.randint(1, 4), made.answered)
    made.closed = world.work(dice.choice([0, 0, 1]), made.revisited)
    made.more = further(world, made)


def between(world: World, dice: Random, made: Plan) -> None:
    """When it was looked into and dealt with, on the way from assignment to answer."""
    span, day = [made.assigned], made.assigned
    while day < made.answered:
        day = world.work(1, day)
        span.append(day)
    last = len(span) - 1
    made.investigated = span[round(last * dice.uniform(0.1, 0.4))]
    made.handled = span[round(last * dice.uniform(0.6, 0.95))]


def further(world: World, made: Plan) -> dict[str, date]:
    """The days of what went another way."""
    match made.twist:
        case "extend":
            asked = world.work(0, made.investigated)
            return {"ask_extension": asked, "grant_extension": min(world.work(1, asked), made.handled)}
        case "supplement":
            return {"supplement": world.work(3, made.closed)}
        case "reopen":
            return again(world, world.work(4, made.closed))
    return {}


def again(world: World, day: date) -> dict[str, date]:
    """Reopened on `day`, and through within a week: the promise is fifteen days."""
    names = ("reopen", "investigate", "handle", "answer", "revisit", "close")
    return {name: world.work(n, day) for n, name in enumerate(names)}
