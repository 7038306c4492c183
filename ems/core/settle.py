"""Keeps `duty` true: in the flush that changes a row, and for a whole model at once when a rule or a year changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, event, inspect, select, text
from sqlalchemy.orm import ORMExecuteState, Session, scoped_session

from ems.core import dates, pauses
from ems.core.calendar import calendar
from ems.core.db import InUnit, Model
from ems.core.duties import Also, Clock
from ems.core.pauses import Pause
from ems.core.plan import ANSWER, Plan, Variety, plan
from ems.core.reckon import Due, in_force, reckon
from ems.core.rules import LocalRule, Rule, local_rules, reading, versions

CLOCKS: dict[type[InUnit], tuple[Clock, ...]] = {}
ALSO: dict[type[Any], tuple[Also, ...]] = {}
PAUSE = ANSWER.index("held")
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
        if isinstance(row, Pause):
            changed[of_type(row.subject_type)].add(row.subject_id)
    for model in sorted(changed, key=lambda one: one.__tablename__):  # what is dirty comes in no order; two lock alike
        ids = sorted(changed[model])
        for at in range(0, len(ids), MOST):
            settle(session, model, ids[at : at + MOST])


def of_type(name: str) -> type[InUnit]:
    return next(model for model in CLOCKS if model.__tablename__ == name)


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
    if any(answer[PAUSE] for answer in given["answers"]) and pauses.end_with_duties(session, model, ids):
        settle(session, model, ids)


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
    """A due day hangs on few things: a million rows ask for a few thousand, each reckoned once."""
    clocks = CLOCKS[model]
    codes = {clock.rule for clock in clocks}
    rules, local = versions(session, codes), local_rules(session, codes)
    pausable = frozenset(code for code, rows in rules.items() if any(rule.pauses for rule in rows))
    todo = plan(clocks, session.get_bind().dialect.name, Variety(frozenset(local), pausable), whole=ids is None)
    off = [code for code, rows in rules.items() if not rows[-1].enabled]
    given: dict[str, Any] = {"off": off} if ids is None else {"ids": list(ids), "off": off}
    asked = [question for question in session.connection().execute(todo.asked, given) if question[0] not in off]
    starts = {question[1]: began(question[1]) for question in asked}
    days = calendar(session, before(min(map(day_of, starts.values()), default=date.max)))
    held = pauses.grouped(session, {question[3] for question in asked if question[3]})
    answers = []
    for code, start, extra, pause, edition in asked:
        rule = in_force(rules[code], day_of(starts[start]))
        read = reading(rule, changed(local.get(code, ()), edition))
        due = reckon(read, starts[start], extra, days, held.get(pause, ()), legal=rule)
        answers.append([code, start, extra, pause, edition, *answered(starts[start], rule, due)])
    return todo, given | {"answers": answers}


def answered(start: date | datetime, rule: Rule, due: Due) -> list[Any]:
    """The rest of an answer: start_on, due_on, why, since, bearer, start_at, due_at."""
    moments = (start if isinstance(start, datetime) else None, due.at)
    known = [f"{day_of(start)}", f"{due.on}", due.why, f"{rule.since}", rule.bearer.value]
    return [*known, *(moment and f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" for moment in moments)]


def began(text: str) -> date | datetime:
    """A start as the database writes it, a day or a moment in UTC."""
    if len(text) == len("2026-11-24"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(start: date | datetime) -> date:
    return dates.local(start).date() if isinstance(start, datetime) else start


def changed(local: Iterable[LocalRule], edition: str) -> LocalRule | None:
    return next((change for change in local if f"{change.from_on}" == edition), None)


def before(start: date) -> date:
    """Two years earlier: as far back as a rule counts."""
    return start.replace(year=max(1, start.year - 2), month=1, day=1)
