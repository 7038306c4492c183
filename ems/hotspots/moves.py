"""How a hot-spot is decided: by a chief or a leader, once; what nobody decided goes over into the next week's."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.core.policy import Act
from ems.core.workflow import Move, Workflow
from ems.hotspots.models import Hotspot, SpotState

PROPOSED, ACCEPTED, DECLINED, LAPSED = SpotState
ACT_DAYS = 14  # in which what was accepted should be done


def accept(spot: Hotspot, user: User) -> None:
    decide(spot, user)
    spot.act_by_on = dates.today() + timedelta(days=ACT_DAYS)


def decide(spot: Hotspot, user: User) -> None:
    spot.decided_on, spot.decided_by_id = dates.today(), user.id


F = frozenset({PROPOSED})
WORKFLOW = Workflow(
    moves=(
        Move("accept", _l("采纳"), F, ACCEPTED, Act.APPROVE, then=accept, form=True,
             waits=lambda me: Hotspot.state == PROPOSED),
        Move("decline", _l("不采纳"), F, DECLINED, Act.APPROVE, then=decide, form=True),
        Move("lapse", _l("并入后一周"), F, LAPSED, Act.SEAL),  # by the weekly job alone: nobody holds that act here
    ),
    path=(PROPOSED, ACCEPTED),
)  # fmt: skip
LAPSE = WORKFLOW.moves[-1]
