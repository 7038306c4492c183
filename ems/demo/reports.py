"""Last year's report, signed and sealed in January, and this year's, which is being written."""

from datetime import date, datetime, time

from ems.core import dates
from ems.core.people import User
from ems.core.workflow import step
from ems.demo.world import World
from ems.reports import sealing, work
from ems.reports.models import Report
from ems.reports.rules import WORKFLOW

WRITER, CHIEF, LEADER = "limin", "zhoujianguo", "zhenglixin"
READY = frozenset({"lead", "enforcement", "outlets"})  # of the one that is being written


def build(world: World) -> list[Report]:
    world.session.flush()
    found = []
    january = world.work(0, date(world.year, 1, 6))
    if world.work(9, january) < world.today:
        found.append(sealed(world, january))
    begun = max(world.part(world.year, 0.94), world.work(0, date(world.year, 1, 2)))
    if begun < world.today:
        found.append(draft(world, begun))
    return found


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 20))


def sealed(world: World, day: date) -> Report:
    """Written, sent round, approved by the chief and sealed by the leader, each some days after the other."""
    writer, chief, leader = (world.people[name] for name in (WRITER, CHIEF, LEADER))
    with dates.stopped(at(day, 10)):
        report = work.begin(world.session, world.year - 1, writer)
        written(world, report, writer, {section.code for section in report.sections})
    for n, name, user, remark in (
        (2, "circulate", writer, ""), (5, "approve", chief, "数据已与台账核对，同意报审。"),
    ):  # fmt: skip
        with dates.stopped(at(world.work(n, day), 15)):
            WORKFLOW.fire(name, user, report, remark)
            world.session.flush()
    with dates.stopped(at(world.work(8, day), 16)):
        held, paper = sealing.sealable(report)
        sealing.seal(report, held, paper, leader)
        world.session.flush()
    return report


def draft(world: World, day: date) -> Report:
    writer = world.people[WRITER]
    with dates.stopped(at(day, 9)):
        report = work.begin(world.session, world.year, writer)
        written(world, report, writer, READY)
    return report


def written(world: World, report: Report, writer: User, codes: frozenset[str] | set[str]) -> None:
    """These sections are done with."""
    for section in report.sections:
        if section.code in codes:
            section.ready, section.edited_by_id, section.edited_at = True, writer.id, dates.now()
    world.session.add(step(report, writer, "已对照台账核对各项数据。"))
    world.session.flush()
