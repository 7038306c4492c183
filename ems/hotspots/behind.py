"""The rows behind a hot-spot, as far as the reader may see them; of a confidential one the number alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import literal, select

from ems.core import module
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import reach


@dataclass(frozen=True)
class Behind:
    """`endpoint` is empty where the reader may not open it."""

    kind: str
    no: str
    title: str
    endpoint: str
    id: int


def behind(subjects: Iterable[str], user: User) -> list[Behind]:
    """One statement a table, in the order given. What is no more is left out."""
    asked = list(subjects)
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for subject in asked:
        type, _colon, id = subject.partition(":")
        ids[type].append(int(id))
    found = {f"{type}:{one.id}": one for type, some in ids.items() for one in of_table(type, some, user)}
    return [found[subject] for subject in asked if subject in found]


def of_table(type: str, ids: list[int], user: User) -> list[Behind]:
    kind = next((subject for subject in module.subjects() if subject.type == type), None)
    if kind is None:
        return []
    model: Any = kind.model
    hidden = literal(False) if kind.confidential is None else kind.confidential
    mine = model.unit_id.in_(reach(user, model.area))
    rows = select(model.id, kind.no, kind.title, hidden, mine).where(model.id.in_(ids)).order_by(model.id)
    return [
        Behind(
            str(kind.name),
            no or f"{id}",
            _("（要求保密）") if secret else title or "" if seen else _("（不在您的查看范围）"),
            kind.endpoint if seen else "",
            id,
        )
        for id, no, title, secret, seen in db.session.execute(rows)
    ]
