"""What was asked for in writing: slips for what is late this morning, and matters that came from elsewhere."""

from datetime import date, datetime, time

from sqlalchemy import select

from ems.core import dates
from ems.core.duties import Duty, overdue
from ems.core.people import User
from ems.core.rules import Bearer
from ems.demo import assigned as matters
from ems.demo.world import World
from ems.tasks import work
from ems.tasks.models import Task
from ems.tasks.moves import WORKFLOW

LEADER, CHIEF = "zhenglixin", "zhoujianguo"
SAID = "现场已处理，因当事人多次不在场，未能按期完成；已约定本周内办结。"
#: how far each came, the longest late first
WAYS = (("report", "close"), ("report", "send_back"), ("report",), ())


def build(world: World) -> list[Task]:
    world.session.flush()
    rows = select(Duty).where(Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, overdue())
    late = world.session.scalars(rows.order_by(Duty.due_on, Duty.subject_type, Duty.subject_id, Duty.rule)).all()
    held = [duty for duty in late if world.work(1, duty.due_on) < world.today]
    slips = [played(world, duty, way, n) for n, (duty, way) in enumerate(zip(held, WAYS, strict=False))]
    return slips + matters.build(world)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 20))


def played(world: World, duty: Duty, way: tuple[str, ...], n: int) -> Task:
    """Asked as late as still leaves a day for each step, by the leader and the chief in turn."""
    day = max(world.work(1, duty.due_on), world.work(-1 - len(way)))
    by = world.people[LEADER if n % 2 else CHIEF]
    if duty.owner_id == by.id:
        by = world.people[LEADER]
    with dates.stopped(at(day, 9)):
        task = Task()
        for name, value in work.suggested(duty, by).items():
            setattr(task, name, value)
        work.issue(task, duty, by)
    for name in way:
        day = world.work(1, day)
        if day <= world.today:
            move(world, task, name, day)
    return task


def move(world: World, task: Task, name: str, day: date) -> None:
    early = day == world.today  # of which only the first hour is over
    with dates.stopped(at(day, 7 if early else 11 if name == "report" else 15)):
        if name == "report":
            task.report = SAID
            WORKFLOW.fire(name, answering(world, task), task)
        elif name == "send_back":
            task.due_on = work.reply_by()
            WORKFLOW.fire(name, issuer(world, task), task, "没有写明今后的措施，请补充后重新反馈。")
        else:
            WORKFLOW.fire(name, issuer(world, task), task, "情况属实，同意按约定办结，继续跟踪。")
        world.session.flush()


def answering(world: World, task: Task) -> User:
    """The owner, else the officer who answers for the whole bureau."""
    return next((user for user in world.people.values() if user.id == task.owner_id), world.people["limin"])


def issuer(world: World, task: Task) -> User:
    return next(user for user in world.people.values() if user.id == task.issued_by_id)
