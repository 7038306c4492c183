"""Thousands of new rows at once. What a flush keeps for each of them is kept here too: log, search index, duties."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ems.core import audit, search, settle
from ems.core.db import InUnit
from ems.core.sets import insert


@contextmanager
def uncollected() -> Iterator[None]:
    """Within, no garbage is looked for.

    With a sheet of 10,000 rows in hand the collector goes through all of it again and again, finds nothing, and takes
    a fifth of the time.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Written:
    """A row that is not loaded, for whoever asks it for its columns by name."""

    def __init__(self, model: type[Any], values: Mapping[str, Any]) -> None:
        self.__dict__.update(values, __tablename__=model.__tablename__)

    def __getattr__(self, name: str) -> None:
        """A column that was not named."""


def add(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert `rows`, which all name the same columns. Returns their ids in the same order. Not committed.

    A flush of as many objects takes ten times as long. Rows of other models whose duties hang on these (`Also`) are
    not looked at: nothing can point at a row before it is there.
    """
    if not rows:
        return []
    session.flush()
    dialect = session.get_bind().dialect.name
    ids = FREE[dialect](session, model.__table__, len(rows))
    numbered = [{**row, "id": id} for id, row in zip(ids, rows, strict=True)]
    session.connection().execute(sa.insert(model.__table__), numbered)
    if model.__tablename__ not in audit.UNLOGGED:
        session.info.setdefault("log", []).extend(logged(session, model, numbered))
    if names := search.FOUND.get(model):
        found: list[Any] = [Written(model, row) for row in numbered]
        session.connection().execute(insert(dialect, search.SearchText), [search.entry(row, names) for row in found])
    if issubclass(model, InUnit) and model in settle.CLOCKS:
        for at in range(0, len(ids), settle.MOST):
            settle.settle(session, model, ids[at : at + settle.MOST])
    return ids


def logged(session: Session, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """An entry for each, with all that it says."""
    columns = {column.key: column.info for column in model.__table__.columns}
    said = [name for name in rows[0] if not columns[name].get("unlogged")]
    secret = {name for name in said if columns[name].get("secret")}
    shared: dict[
        Any, list[str | None]
    ] = {}  # a day or a state comes a thousand times: said once, it costs nothing more
    for row in rows:
        changes = {}
        for name in said:
            value = row[name]
            if value is None or value == "":
                continue
            if name in secret:
                changes[name] = [None, audit.HIDDEN]
            elif type(value) is str:  # not one of our words, which are strings too
                changes[name] = [None, value]
            else:
                key = (type(value), value)
                changes[name] = shared.get(key) or shared.setdefault(key, [None, str(value)])
        about = {"subject_type": model.__tablename__, "subject_id": row["id"], "unit_id": row.get("unit_id")}
        yield audit.made(session, "added", **about, changes=changes)


def after_the_last(session: Session, table: sa.Table, n: int) -> list[int]:
    """SQLite: the lock to write is taken first, by a change of nothing; else two could count from the same last."""
    session.connection().execute(sa.update(table).where(sa.false()).values(id=table.c.id))
    last: int = session.connection().scalar(sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))) or 0
    return list(range(last + 1, last + n + 1))


def of_the_sequence(session: Session, table: sa.Table, n: int) -> list[int]:
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    taken = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, n))
    return list(session.connection().scalars(taken))


FREE: dict[str, Callable[[Session, sa.Table, int], list[int]]] = {
    "sqlite": after_the_last,
    "postgresql": of_the_sequence,
}
