"""What came back to a person (回到我手上): rows they answer for, whose last move was another's, and went back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select, tuple_

from ems.core import dates, module
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import User
from ems.core.workflow import Step, Workflow
from ems.home.work import answered_by
from ems.reminders.headlines import Headline, headlines

RECENT = timedelta(days=60)
MOST = 100
DENIED = ("deny_", "reject_")  # moves that say no and leave the state where it was


@dataclass(frozen=True)
class Return:
    step: Step
    headline: Headline


def returns(user: User) -> list[Return]:
    steps = [step for step in db.session.scalars(lately(user)).unique() if went_back(step)]
    known = headlines(user, [(step.subject_type, step.subject_id) for step in steps])
    found = [(step, known.get((step.subject_type, step.subject_id))) for step in steps]
    return [Return(step, line) for step, line in found if line]


def lately(user: User) -> Select[Step]:
    """The last move of each row that has an open duty of theirs, if somebody else made it."""
    subject = (Step.subject_type, Step.subject_id)
    mine = select(Duty.subject_type, Duty.subject_id).where(Duty.met_on.is_(None), answered_by(user))
    last = select(func.max(Step.id)).where(tuple_(*subject).in_(mine), Step.move != "").group_by(*subject)
    made = (Step.by_id.is_distinct_from(user.id), Step.at >= dates.now() - RECENT)
    return select(Step).where(Step.id.in_(last), *made).order_by(Step.id.desc()).limit(MOST)


def went_back(step: Step) -> bool:
    """From or to a state whose tone says so, against the usual way, or a no to what was asked."""
    flow = module.subject(step.subject_type).workflow
    if flow is None:
        return False
    states = known_states(flow)
    before, after = states.get(step.before), states.get(step.after)
    if step.before == step.after:
        return step.move.startswith(DENIED)
    if "back" in {tone(before), tone(after)}:
        return True
    way = flow.path
    return before in way and after in way and way.index(after) < way.index(before)


def known_states(flow: Workflow) -> dict[str, Any]:
    return {state.value: state for move in flow.moves for state in (*move.before, move.after) if state is not None}


def tone(state: Any) -> str:
    return str(getattr(type(state), "TONE", {}).get(state.value, "")) if state is not None else ""
