"""What a duty or a message points at, in words: one select a kind of row, and only rows in the reader's reach."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from flask import current_app
from sqlalchemy import ColumnElement, false, null, select, true

from ems.core import module
from ems.core.db import InUnit, db
from ems.core.people import User
from ems.core.policy import reach

Ref: TypeAlias = tuple[str, int]  # table and id


class Headline(NamedTuple):
    """`name` is what people call such a row: 投诉."""

    name: Any
    no: str
    title: str
    path: str
    confidential: bool = False
    state: Any = None

    @property
    def whole(self) -> str:
        return " ".join(filter(None, (str(self.name), self.no, self.title)))

    @property
    def outside(self) -> str:
        """As it may leave the house."""
        return f"{self.name} {self.no}" if self.confidential else self.whole


def headlines(user: User, refs: Iterable[Ref]) -> dict[Ref, Headline]:
    """Rows that `user` may not see are missing."""
    return found(refs, lambda model: model.unit_id.in_(reach(user, model.area)))


def of_all(refs: Iterable[Ref]) -> dict[Ref, Headline]:
    """Without asking who reads. For groups: say `outside` of these, and nothing else."""
    return found(refs, lambda _model: true())


def found(refs: Iterable[Ref], seen: Callable[[type[InUnit]], ColumnElement[bool]]) -> dict[Ref, Headline]:
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for type, id in refs:
        wanted[type].add(id)
    known = {subject.type: subject for subject in module.subjects()}
    lines = {}
    for type in sorted(wanted.keys() & known.keys()):
        subject, model = known[type], known[type].model
        hidden = false() if subject.confidential is None else subject.confidential
        state = model.state if hasattr(model, "state") else null()
        rows = select(model.id, subject.no, subject.title, hidden, state).where(model.id.in_(wanted[type]), seen(model))
        for id, no, title, confidential, stands in db.session.execute(rows):
            path = address(subject.endpoint, id)
            lines[type, id] = Headline(subject.name, no or "", title or "", path, bool(confidential), stands)
    return lines


def address(endpoint: str, id: int) -> str:
    """The path of a record's page; mails are written where there is no request."""
    return current_app.url_map.bind("localhost").build(endpoint, {"id": id})
