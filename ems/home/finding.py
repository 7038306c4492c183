"""One search for all kinds of rows: the exact number first, then the newest, as far as the reader sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, null, select

from ems.core import module, search
from ems.core.db import db
from ems.core.module import Subject
from ems.core.people import User
from ems.core.policy import reach
from ems.web.session import can

SHOWN = 8  # of a kind; the register shows the rest
LONGEST = 100


@dataclass(frozen=True)
class Group:
    subject: Subject
    rows: Sequence[Any]  # id, no, title, state
    more: bool


def find(user: User, words: str) -> list[Group]:
    """One statement a kind. A kind with the exact number stands before the others."""
    words = words[:LONGEST].strip()
    if not words:
        return []
    known = [subject for subject in module.subjects() if subject.model in search.FOUND and can(subject.model.area)]
    groups = [group(user, subject, words) for subject in known]
    return sorted((g for g in groups if g.rows), key=lambda g: not exact(g, words))


def group(user: User, subject: Subject, words: str) -> Group:
    model: Any = subject.model
    state = model.state if hasattr(model, "state") else null()
    same = func.lower(subject.no) == words.lower()
    rows = select(model.id, subject.no, subject.title, state)
    rows = rows.where(search.matches(model, words), model.unit_id.in_(reach(user, model.area)))
    found = db.session.execute(rows.order_by(same.desc(), model.id.desc()).limit(SHOWN + 1)).all()
    return Group(subject, found[:SHOWN], len(found) > SHOWN)


def exact(group: Group, words: str) -> bool:
    return any((row[1] or "").lower() == words.lower() for row in group.rows)
