"""Keeps `duty` true: in the flush that changes a row, and for a whole model at once when a rule or a year changes."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Row, event, inspect, select, text
from sqlalchemy.orm import ORMExecuteState, Session, scoped_session

from ems.core.calendar import calendar
from ems.core.db import InUnit, Model
from ems.core.duties import Also, Clock
from ems.core.plan import Plan, plan
from ems.core.reckon import in_force, reckon
from ems.core.rules import Rule

CLOCKS: dict[type[InUnit], tuple[Clock, ...]] = {}
ALSO: dict[type[Any], tuple[Also, ...]] = {}
MOST = 10_000  # SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535


def watch(session: scoped_session[Any], clocks: Collection[Clock]) -> None:
    for model in {clock.model for clock in clocks}:
        CLOCKS[model] = tuple(clock for clock in clocks if clock.model is model)
    also = {also for clock in clocks for also in clock.also}
    for other in {a.changed.parent.class_ for a in also}:
        ALSO[other] = tuple(a for a in also if a.changed.parent.class_ is other)
    if not event.contains(session, "after_flush", keep):
        event.listen(session, "after_flush", keep)
        event.listen(session, "do_orm_execute", refuse_bulk)


def keep(session: Session, _context: object) -> None:
    changed: defaultdict[type[InUnit], set[int]] = defaultdict(set)
    for row in [*session.new, *session.dirty, *session.deleted]:
        if type(row) in CLOCKS and (row in session.deleted or touched(row)):
            changed[type(row)].add(row.id)
        for also in moved(row):
            model = also.link.parent.class_
            changed[model] |= set(session.connection().scalars(select(model.id).where(also.link == row.id)))
    for model, ids in changed.items():
        for at in range(0, len(ids), MOST):
            settle(session, model, sorted(ids)[at : at + MOST])


def touched(row: InUnit) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[key].history.has_changes() for clock in CLOCKS[type(row)] for key in clock.columns)


def moved(row: Model) -> Iterator[Also]:
    attributes = inspect(row).attrs
    yield from (also for also in ALSO.get(type(row), ()) if attributes[also.changed.key].history.has_changes())


def refuse_bulk(state: ORMExecuteState) -> None:
    """An UPDATE that goes past the flush would leave old duties standing, and nothing would say so."""
    mapper = state.bind_mapper
    if mapper and mapper.class_ in CLOCKS and (state.is_insert or state.is_update or state.is_delete):
        raise TypeError(f"Change {mapper.class_.__name__} row by row: its duties are kept in the flush.")


def settle(session: Session, model: type[InUnit], ids: Collection[int] | None = None) -> None:
    """Make the duties of these rows, or of all, what they should be: five statements for any number."""
    todo, given = prepared(session, model, ids)
    session.connection().execute(todo.clear, given)
    session.connection().execute(todo.put, given)


def rebuild(session: Session, model: type[InUnit], *, check: bool = False) -> list[Row[Any]]:
    """Settle every row of `model`, unless only to `check`. Returns the duties that were stale, and those to be put."""
    if session.get_bind().dialect.name == "postgresql":  # on stale statistics it can take ten times as long
        session.connection().execute(text(f'ANALYZE duty, "{model.__tablename__}"'))
    todo, given = prepared(session, model, None)
    differing = [row for rows in (todo.stale, todo.wrong) for row in session.connection().execute(rows, given)]
    if differing and not check:
        settle(session, model)
    return differing


def prepared(session: Session, model: type[InUnit], ids: Collection[int] | None) -> tuple[Plan, dict[str, Any]]:
    """A due day hangs on rule, start and extra alone: a million rows ask for a few thousand, each reckoned once."""
    clocks = CLOCKS[model]
    todo = plan(clocks, session.get_bind().dialect.name, whole=ids is None)
    rules = versions(session, {clock.rule for clock in clocks})
    off = [code for code, rows in rules.items() if not rows[-1].enabled]
    given: dict[str, Any] = {"off": off} if ids is None else {"ids": list(ids), "off": off}
    triples = session.connection().execute(todo.asked, given).all()
    days = calendar(session, before(min((start for _code, start, _extra in triples), default=date.max)))
    answers = [
        [code, f"{start}", extra, f"{due}", why, f"{rule.since}", rule.bearer.value]
        for code, start, extra in triples
        if code not in off
        for rule in [in_force(rules[code], start)]
        for due, why in [reckon(rule, start, extra, days)]
    ]
    return todo, given | {"answers": answers}


def before(start: date) -> date:
    """Two years earlier: as far back as a rule counts."""
    return start.replace(year=max(1, start.year - 2), month=1, day=1)


def versions(session: Session, codes: Collection[str]) -> dict[str, list[Rule]]:
    """Each rule's versions, oldest first."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    asked = select(Rule).where(Rule.code.in_(sorted(codes))).order_by(Rule.code, Rule.since)
    with session.no_autoflush:
        for rule in session.scalars(asked):
            found[rule.code].append(rule)
    return found
