"""Scores of twelve months, objections to two of them, labels on the works, and a file that was there twice."""

from sqlalchemy import select

from ems.core import dates, numbers
from ems.core.reckon import add_months
from ems.core.workflow import step
from ems.demo.enterprises import Made
from ems.demo.world import World
from ems.enterprises import merging, score_work, scored, scoring
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet, OutletState

REASONS = {"RELAPSED": "复查当晚通电的是消防水泵，并未生产，有现场照片。"}
REASON = "记录与实际不符，企业已交来证明材料。"
ANSWER = "经核对企业交来的证明材料，情况属实，同意免扣。"


def build(world: World, made: list[Made]) -> int:
    """Returns how many objections were raised."""
    labels(world, made)
    twice(world, made)
    for n in range(12):
        scoring.snapshot(add_months(world.today.replace(day=1), -n))
    return objections(world, made)


def labels(world: World, made: list[Made]) -> None:
    """Those of key works hang already: printed last month."""
    dice, key = world.dice(), [one.row.id for one in made if one.row.key]
    rows = select(Outlet).where(Outlet.enterprise_id.in_(key), Outlet.state == OutletState.IN_USE)
    for outlet in world.session.scalars(rows.order_by(Outlet.id)):
        outlet.token, outlet.labelled_on = f"{dice.getrandbits(96):024x}", world.work(-20)


def twice(world: World, made: list[Made]) -> None:
    """The brigade entered one of the bureau's anew, under a name written otherwise."""
    head = world.at("keji", "chief")
    mark = world.material["mark"]  # none of the source's own enterprises is said to be there twice
    mine = (one.row for one in made if one.row.unit_id == world.units["keji"] and one.row.name.endswith(mark))
    kept = next(row for row in mine if row.state == EnterpriseState.OPERATING)
    day = world.work(-60)
    no = numbers.take(world.session, "QY", day.year)[0]
    other = Enterprise(
        no=no, name=f"{kept.name.removesuffix(mark)}二号门市{mark}", state=EnterpriseState.OPERATING,
        unit_id=kept.unit_id, street_id=kept.street_id, address=kept.address, registered_on=day,
        industry=kept.industry, city=kept.city, phone=kept.phone,
    )  # fmt: skip
    other.take_code(kept.credit_code)
    world.session.add(other)
    world.session.flush()
    with dates.stopped(dates.at_noon(world.work(-40))):
        world.session.add(step(other, kept.officer, move="register", after=other.state))
        merging.merge(kept, other, merging.Choice("同一家企业，两次建档，代码相同。"), head)
    world.session.flush()


def objections(world: World, made: list[Made]) -> int:
    """Of the poorest two of the bureau, each against the first row of its first deduction."""
    head, asked = world.at("keji", "chief"), 0
    mine = {one.row.id: one.row for one in made if one.row.unit_id == world.units["keji"]}
    poorest = sorted(scoring.left(mine).items(), key=lambda known: (known[1], known[0]))
    for id, _left in poorest[:2]:
        deductions = scored.reasons(mine[id], head).deductions
        line = next((line for d in deductions for line in d.lines[:1]), None)
        rule = next((d.rule.code for d in deductions for line in d.lines[:1]), "")
        officer = mine[id].officer
        if line is None or officer is None:
            continue
        with dates.stopped(dates.at_noon(world.work(-8 + asked))):
            waiver = score_work.ask(mine[id], rule, (line.type, line.id), officer, REASONS.get(rule, REASON))
            world.session.flush()
        if not asked:
            with dates.stopped(dates.at_noon(world.work(-3))):
                score_work.decide(waiver, head, granted=True, answer=ANSWER)
        asked += 1
    world.session.flush()
    return asked
