"""What waits for a signature (等您签批): the moves that say of themselves which rows wait for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ems.core import module
from ems.core.db import db
from ems.core.module import Subject
from ems.core.people import User
from ems.core.policy import reach
from ems.core.workflow import Move
from ems.web.session import can

MOST = 20  # rows of a kind


@dataclass(frozen=True)
class Waiting:
    subject: Subject
    move: Move
    row: Any


def waiting(user: User) -> list[Waiting]:
    """One statement a move. What else stands against it, the record's own page says."""
    return [Waiting(subject, move, row) for subject, move in signatures() for row in asking(subject, move, user)]


def asking(subject: Subject, move: Move, user: User) -> Sequence[Any]:
    if not can(subject.model.area, move.act):
        return ()
    model: Any = subject.model
    asked = [model.state.in_(move.before), *([move.waits(user)] if move.waits else [])]
    rows = select(model).where(*asked, model.unit_id.in_(reach(user, model.area, move.act)))
    return db.session.scalars(rows.order_by(model.id).limit(MOST)).unique().all()


def signatures() -> Iterator[tuple[Subject, Move]]:
    for subject in module.subjects():
        for move in subject.workflow.moves if subject.workflow else ():
            if move.waits:
                yield subject, move
