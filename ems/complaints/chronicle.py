"""The diary of a case with what happened to the rows that came of it: inspections, orders, tasks, papers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select

from ems.complaints.models import Complaint
from ems.complaints.papers import open_of
from ems.core import module
from ems.core.attachments import Attachment
from ems.core.db import InUnit, db
from ems.core.module import Panel, Subject
from ems.core.policy import reach
from ems.core.workflow import Step
from ems.web.session import can, me

MOST = 8  # rows of one kind
DEEP = 2  # an inspection of the case, and the order that came of that


@dataclass(frozen=True)
class Entry:
    """One entry. `of`: the row it happened to, where that is not the case itself. `file`: the one that was added."""

    step: Step
    subject: Subject
    of: Any = None
    file: Attachment | None = None


def entries(case: Complaint, shown: Mapping[str, Any]) -> list[Entry]:
    """Of the case and of what came of it, as far as the reader may see that, the newest first.

    `shown`: what the record page shows already, its steps, its files and the rows of its panels.
    """
    own, files = module.subject("complaint"), {file.name: file for file in shown["attached"]}
    found = [Entry(s, own, file=added(s, files)) for s in shown["entries"]]
    rows = {(row.__tablename__, row.id): row for row in offspring(case, shown["sides"])}
    found += [Entry(s, module.subject(s.subject_type), rows[s.subject_type, s.subject_id]) for s in steps(list(rows))]
    return sorted(found, key=lambda entry: (entry.step.at, entry.step.id), reverse=True)


def added(step: Step, files: dict[str, Attachment]) -> Attachment | None:
    """The file whose adding this entry tells: its words end with the name."""
    if step.move or not step.remark:
        return None
    return next((file for name, file in files.items() if step.remark.endswith(name)), None)


def steps(keys: Sequence[tuple[str, int]]) -> Iterator[Step]:
    """The moves of these rows; their notes are for their own page."""
    for type, of_type in groupby(sorted(keys), key=lambda key: key[0]):
        ids = [id for _type, id in of_type]
        rows = select(Step).where(Step.subject_type == type, Step.subject_id.in_(ids), Step.move != "")
        yield from db.session.scalars(rows.order_by(Step.id)).unique()


def offspring(case: Complaint, sides: Sequence[tuple[Panel, Sequence[Any]]]) -> list[InUnit]:
    """Papers, the rows in the panels of the case's page, and the rows in the panels of those."""
    found: list[InUnit] = [*open_of(case)]
    last = [row for panel, listed in sides for row in rows_of(panel.rows(case), [row[0] for row in listed])]
    for _depth in range(DEEP):
        found += last
        last = [row for parent in last for row in panelled(parent)]
    return found


def panelled(parent: InUnit) -> Iterator[InUnit]:
    for panel in module.panels(parent.__tablename__):
        if can(panel.area):
            rows = panel.rows(parent)
            model = rows.column_descriptions[0]["entity"]
            mine = rows.where(model.unit_id.in_(reach(me, panel.area))).limit(MOST)
            yield from rows_of(rows, [row[0] for row in db.session.execute(mine)])


def rows_of(rows: Select[Any], ids: Sequence[int]) -> Iterator[InUnit]:
    """The rows of these ids, if their kind has a page."""
    model = rows.column_descriptions[0]["entity"]
    if ids and model.__tablename__ in {s.type for s in module.subjects()}:
        yield from db.session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id))
