"""The board: open cases by stage, the most urgent first, as many to a column as can be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from ems.complaints import stages
from ems.complaints.models import Channel, Complaint, ComplaintState
from ems.complaints.moves import WORKFLOW
from ems.complaints.rules import REGISTER, units
from ems.complaints.stages import Stage
from ems.complaints.views import bp
from ems.core import dates, duties
from ems.core.db import db
from ems.core.duties import Duty, Next
from ems.core.people import User
from ems.core.policy import Act, reach, reached
from ems.core.workflow import Move
from ems.web.session import me, needs

ROWS = 30  # to a column
NARROWS = ("q", "channel", "unit", "view")
#: the usual next move of each state
NEXT: dict[ComplaintState, str] = {
    ComplaintState.REGISTERED: "accept", ComplaintState.ACCEPTED: "assign", ComplaintState.RETURNED: "assign",
    ComplaintState.ASSIGNED: "investigate", ComplaintState.INVESTIGATING: "handle", ComplaintState.HANDLED: "answer",
    ComplaintState.ANSWERED: "revisit", ComplaintState.REVISITED: "close",
}  # fmt: skip
MOVES = {move.name: move for move in WORKFLOW.moves}


@dataclass(frozen=True)
class Card:
    case: Complaint
    due: Next | None
    move: Move | None  # what I may do next


@dataclass(frozen=True)
class Lane:
    stage: Stage
    total: int
    cards: list[Card]

    @property
    def more(self) -> int:
        return self.total - len(self.cards)

    @property
    def late(self) -> int:
        return sum(1 for card in self.cards if card.due and card.due.late)


@bp.get("/board")
@needs("complaints", Act.VIEW)
def board() -> ResponseReturnValue:
    asked = {name: request.args[name] for name in NARROWS if request.args.get(name)}
    page = {"lanes": lanes(me, asked), "asked_for": asked, "channels": Channel.choices(), "units": units()}
    return render_template("complaints/board.html", **page)


def lanes(user: User, asked: Mapping[str, str]) -> list[Lane]:
    """Five statements, however many cases there are."""
    where = [stages.live(), *reached(user, Complaint), *REGISTER.narrowed(user, asked)]
    ranked = placed(where)
    counted = db.session.execute(select(ranked.c.stage, func.count()).group_by(ranked.c.stage))
    totals = {stage: n for stage, n in counted}  # noqa: C416  a row is no pair to the type checker
    first = select(ranked.c.id, ranked.c.stage).where(ranked.c.place <= ROWS).order_by(ranked.c.place)
    at = {id: Stage(stage) for id, stage in db.session.execute(first)}
    cards: dict[Stage, list[Card]] = {stage: [] for stage in Stage}
    for card in drawn(user, list(at)):
        cards[at[card.case.id]].append(card)
    return [Lane(stage, totals.get(stage.value, 0), cards[stage]) for stage in Stage]


def placed(where: list[ColumnElement[bool]]) -> Any:
    """Each case with its stage and its place in it: by the day of its next duty, without one last.

    The day comes of one pass over the open duties: asked for case by case it would cost a look-up each.
    """
    next_due = (
        select(Duty.subject_id, func.min(Duty.due_on).label("due_on"))
        .where(Duty.subject_type == "complaint", Duty.met_on.is_(None))
        .group_by(Duty.subject_id)
        .subquery()
    )
    rows = (
        select(Complaint.id, stages.of().label("stage"), func.coalesce(next_due.c.due_on, dates.NEVER).label("due_on"))
        .outerjoin(next_due, next_due.c.subject_id == Complaint.id)
        .where(*where)
        .subquery()
    )
    rank = func.row_number().over(partition_by=rows.c.stage, order_by=(rows.c.due_on, rows.c.id)).label("place")
    return select(rows.c.id, rows.c.stage, rank).subquery()


def drawn(user: User, ids: list[int]) -> list[Card]:
    loaded = (joinedload(Complaint.unit), joinedload(Complaint.handler))
    cases = {c.id: c for c in db.session.scalars(select(Complaint).where(Complaint.id.in_(ids)).options(*loaded))}
    nexts, mine = duties.nexts(Complaint, ids), rights(user)
    return [Card(cases[id], nexts.get(id), following(cases[id], mine)) for id in ids]


def rights(user: User) -> dict[Act, frozenset[int]]:
    """The units in which I may do what the board's buttons ask: asked once, and not of each card."""
    asked = {MOVES[name].act for name in NEXT.values()}
    return {act: frozenset(db.session.scalars(reach(user, "complaints", act))) for act in sorted(asked)}


def following(case: Complaint, mine: Mapping[Act, frozenset[int]]) -> Move | None:
    name = NEXT.get(case.state)
    if name is None or (name == "answer" and not case.handler_id):
        return None
    if name == "revisit" and not case.phone_key:
        name = "close"
    return MOVES[name] if case.unit_id in mine[MOVES[name].act] else None
