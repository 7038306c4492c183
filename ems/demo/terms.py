"""What the bureau made of its time limits: a call-back told of a day sooner, and a clock that stands still."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time

from sqlalchemy import select

from ems.complaints.models import Complaint
from ems.core import dates, pauses
from ems.core.duties import Duty
from ems.core.pauses import Ask
from ems.core.rules import PauseKind
from ems.demo.world import World
from ems.settings import work

ADMIN, CHIEF, LIAISON = "sysadmin", "zhoujianguo", "sunxiaomei"
REASON = "回访常在期限当天才办，提前两天提醒"
WHY = "诉求属于城市管理部门职责，已在平台提出异议并退回，等待答复"


def build(world: World) -> None:
    world.session.flush()
    with dates.stopped(datetime.combine(world.work(-20), time(10))), acting(world, ADMIN):
        work.change("PET_REVISIT", {"offset": None, "unit": None, "leads": [2, 1, 0, -1, -3], "ladder": None}, REASON)
    stand_still(world)


@contextmanager
def acting(world: World, username: str) -> Iterator[None]:
    """The log and the change itself name who made it."""
    who, info = world.people[username], world.session.info
    info |= {"actor_id": who.id, "actor": who.name}
    yield
    del info["actor_id"], info["actor"]


def stand_still(world: World) -> None:
    """An order of the platform that is another's to do, since yesterday: the last one that somebody works on."""
    chief, busy = world.people[CHIEF], [world.people[name].id for name in (CHIEF, LIAISON)]
    yesterday = world.before(world.yesterday)
    rows = select(Duty).where(Duty.rule == "HOT_12345", Duty.met_on.is_(None), Duty.owner_id.not_in(busy))
    rows = rows.where(Duty.start_on < yesterday, Duty.due_on > world.today).order_by(Duty.due_on.desc(), Duty.id.desc())
    if duty := world.session.scalars(rows.limit(1)).first():
        case = world.session.get_one(Complaint, duty.subject_id)
        with dates.stopped(datetime.combine(yesterday, time(16, 40))):
            pauses.pause(case, duty, Ask(PauseKind.OBJECTION, yesterday, WHY), chief)
