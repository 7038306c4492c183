"""At which stage a case that is open stands, on the board and in the register alike."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, case, exists, or_

from ems.complaints.models import Complaint, ComplaintState
from ems.complaints.moves import (
    ACCEPTED,
    ANSWERED,
    ASSIGNED,
    HANDLED,
    INVESTIGATING,
    MERGED,
    OPEN,
    RECHECKING,
    REGISTERED,
    RETURNED,
    REVIEWING,
    REVISITED,
)
from ems.core import dates
from ems.core.db import Choice
from ems.core.duties import Duty

C = Complaint


class Stage(Choice):
    INTAKE = "intake", _l("待受理")
    DISPATCH = "dispatch", _l("待交办")
    WORK = "work", _l("承办中")
    ANSWER = "answer", _l("待答复")
    CALL = "call", _l("待回访")
    HELD = "held", _l("延期、停表")


STATES: dict[Stage, frozenset[ComplaintState]] = {
    Stage.INTAKE: frozenset({REGISTERED}),
    Stage.DISPATCH: frozenset({ACCEPTED, RETURNED}),
    Stage.WORK: frozenset({ASSIGNED, INVESTIGATING}),
    Stage.ANSWER: frozenset({HANDLED}),
    Stage.CALL: frozenset({ANSWERED, REVISITED}),
    Stage.HELD: frozenset({REVIEWING, RECHECKING, MERGED}),
}


def held() -> ColumnElement[bool]:
    """It waits for somebody else: for an extension, a clock that was stopped, a review, its main case."""
    about = (Duty.subject_type == "complaint", Duty.subject_id == C.id, Duty.met_on.is_(None))
    stopped = exists().where(*about, Duty.due_on == dates.NEVER)
    return or_(C.extension_asked.isnot(None), C.state.in_(sorted(STATES[Stage.HELD])), stopped)


def of() -> ColumnElement[Any]:
    """The stage of a row, as SQL."""
    by_state = [(C.state.in_(sorted(states)), stage.value) for stage, states in STATES.items() if stage != Stage.HELD]
    return case((held(), Stage.HELD.value), *by_state)


def live() -> ColumnElement[bool]:
    """Not over, and not a row of an old table."""
    return and_(C.state.in_(sorted(OPEN)), C.historical.is_(False))


def at(value: str) -> ColumnElement[bool]:
    """Rows at this stage; raises ValueError for a stage there is not."""
    stage = Stage(value)
    if stage is Stage.HELD:
        return and_(live(), held())
    return and_(live(), C.state.in_(sorted(STATES[stage])), ~held())
