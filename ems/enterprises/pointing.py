"""All that points at a row, read off the tables themselves, and made to point at another.

Every foreign key, every (subject_type, subject_id), and every source like "enterprise:12": a table made tomorrow is
found too, unless it stands in `STAYS` with its reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import Column, Enum, String, Text, UniqueConstraint, inspect, select

from ems.core.db import Base, db
from ems.settings.logged import kinds

#: tables with a subject that keep it, and why
STAYS: dict[str, str] = {
    "log_entry": "each entry is chained to the one before: what was, was of that file",
    "step": "the diary of the merged file stays with it, to be read there",
    "search_text": "each file is found by its own words",
    "duty": "reckoned from the rows: a void file has none",
    "message": "whom the house told of what, and when",
    "notice": "whom the house told of what, and when",
    "reminder": "whom the house told of what, and when",
    "pause": "ends with the duty it held up",
}
SOURCES = frozenset({"source", "about"})  # columns that may hold "enterprise:12"


class Moved(NamedTuple):
    row: Any
    left: bool = False  # the kept file has such a row already


def moved(kind: str, old: int, new: int) -> Iterator[Moved]:
    """Point all at `new` that pointed at `old`: row by row, for the log and the duties follow a flush alone."""
    for column in links(kind):
        model, key = placed(column)
        for row in db.session.scalars(
            select(model).where(column == old).order_by(*inspect(model).primary_key)
        ).unique():
            left = collides(column, row, new)
            if not left:
                setattr(row, key, new)
            yield Moved(row, left)
    for model in with_subject():
        about: Any = model
        rows = select(model).where(about.subject_type == kind, about.subject_id == old)
        for row in db.session.scalars(rows.order_by(*inspect(model).primary_key)).unique():
            left = collides(model.__table__.c.subject_id, row, new)
            if not left:
                setattr(row, "subject_id", new)  # noqa: B010  the type does not say that it has one
            yield Moved(row, left)
    for column in sources():
        model, key = placed(column)
        for row in db.session.scalars(select(model).where(column == f"{kind}:{old}")).unique():
            setattr(row, key, f"{kind}:{new}")
            yield Moved(row)


def links(kind: str) -> list[Column[Any]]:
    """Every column that points at this table by its id. A merged file's own pointer follows too."""
    tables = db.metadata.sorted_tables
    return [fk.parent for table in tables for fk in table.foreign_keys if fk.column.table.name == kind]


def with_subject() -> list[type[Base]]:
    mapped = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__tablename__)
    return [
        m for m in mapped if hasattr(m, "subject_type") and hasattr(m, "subject_id") and m.__tablename__ not in STAYS
    ]


def sources() -> list[Column[Any]]:
    columns = (column for table in db.metadata.sorted_tables for column in table.columns if column.name in SOURCES)
    return [c for c in columns if isinstance(c.type, String) and not isinstance(c.type, Enum | Text)]


def placed(column: Column[Any]) -> tuple[type[Any], str]:
    mapper = next(m for m in Base.registry.mappers if m.local_table is column.table)
    return mapper.class_, mapper.get_property_by_column(column).key


def collides(column: Any, row: Any, new: int) -> bool:
    """Whether the kept file has a row that may be there once only."""
    unique = (index for index in column.table.indexes if index.unique)
    whole = (index for index in unique if index.dialect_options["sqlite"]["where"] is None)
    rules: list[Any] = [*(c for c in column.table.constraints if isinstance(c, UniqueConstraint)), *whole]
    for rule in rules:
        if column.name in rule.columns:
            model = type(row)
            others = [c == getattr(row, placed(c)[1]) for c in rule.columns if c is not column]
            if db.session.scalar(select(model).where(column == new, *others).limit(1)) is not None:
                return True
    return False


def summed(rows: Iterable[Moved]) -> list[str]:
    """By kind of row, its numbers: what a person needs to undo it."""
    by: dict[tuple[str, bool], list[str]] = {}
    for row, left in rows:
        by.setdefault((row.__tablename__, left), []).append(
            str(getattr(row, "no", None) or f"#{getattr(row, 'id', '')}")
        )
    named: Mapping[str, Any] = kinds()
    found = []
    for (kind, left), numbers in by.items():
        words = _(
            "%(kind)s %(n)s：%(numbers)s", kind=named.get(kind, kind), n=len(numbers), numbers=_("、").join(numbers)
        )
        found.append(_("%(words)s（已有相同的，未移）", words=words) if left else words)
    return found
