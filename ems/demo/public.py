"""What callers did themselves: cases they filed on the public page, and looked up by number and code."""

from datetime import timedelta

from sqlalchemy import update

from ems.complaints.models import Channel, Complaint, ComplaintState, Satisfaction
from ems.core.settings import Setting
from ems.core.workflow import Step
from ems.demo.world import World

FILED, LOOKED, SAID = 3, 4, 6  # one in so many


def build(world: World, cases: list[Complaint]) -> int:
    """The page for filing is open; how many cases came over it."""
    world.session.add(Setting(key="complaints.public_filing", value=True))
    mine = [case for case in cases if case.received_on.year == world.year]
    filed = [case for case in mine if case.channel is Channel.WEB][::FILED]
    for case in filed:
        case.filed_online = True
        if case.state is ComplaintState.REGISTERED:
            case.taken_by_id = None
    of = (Step.subject_type == "complaint", Step.subject_id.in_([case.id for case in filed]), Step.move == "register")
    world.session.execute(update(Step).where(*of).values(by_id=None, remark="反映人在网上填写。"))
    for n, case in enumerate(mine[::LOOKED]):
        if (day := case.received_on + timedelta(days=3 + n % 9)) < world.today:
            case.looked_up_on = day
    answered = [case for case in mine if case.looked_up_on and case.state is ComplaintState.ANSWERED]
    for case in answered[::SAID]:
        case.online_satisfaction = Satisfaction.SATISFIED
    world.session.flush()
    return len(filed)
