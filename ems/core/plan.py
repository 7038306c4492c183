"""What duties the rows of a model should have, said once: the flush, the rebuild and the check all read it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from ems.core.db import Utc
from ems.core.duties import KEY, Clock, Duty
from ems.core.pauses import Pause
from ems.core.rules import LocalRule
from ems.core.sets import as_moment, given, insert, local_day

REST = ("since", "due_on", "start_at", "due_at", "why", "met_on", "met_at", "bearer", "unit_id", "owner_id")
FIELDS = (*KEY, *REST)


@dataclass(frozen=True)
class Variety:
    """The rules a due day hangs on more of: those the bureau changed, and those of which time may not count."""

    changed: frozenset[str] = frozenset()
    pausable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """Statements over all rows, or those in the parameter `ids`.

    `answers` are the due days that `asked` calls for; `off` are the rules that are switched off.
    """

    asked: sa.CompoundSelect[Any]  # rule, start as text, extra, first pause, day of the change that counts
    stale: sa.Select[Any]  # duties whose row is gone, or starts that clock no more, or on another day
    clear: sa.Delete
    wrong: sa.Select[Any]  # duties as they should be, where they are not
    put: Any


@cache  # composing them takes longer than running them for one row
def plan(clocks: tuple[Clock, ...], dialect: str, variety: Variety, *, whole: bool) -> Plan:
    model = clocks[0].model
    ids: Any = sa.bindparam("ids", expanding=True)
    off: Any = sa.bindparam("off", expanding=True)
    rows: Any = model.__table__
    if not whole:  # Materialized: else the planner may find one row by the index of a day that thousands share
        rows = sa.select(rows).where(model.id.in_(ids)).cte("changed").prefix_with("MATERIALIZED")
    r, kind = reckoned(dialect).c, sa.literal(model.__tablename__)
    asked, wanted, alive = [], [], []
    for clock in clocks:
        start, met, extra, owner = columns(clock, rows)
        began = sa.cast(start, sa.String)
        runs = [start.isnot(None)] if clock.when is None else [start.isnot(None), clock.when(rows.c)]
        day, moment = (local_day(dialect, met), met) if clock.in_hours else (met, NO_MOMENT)
        held, edition = pause_of(clock, rows, variety), change_of(clock, day, variety)
        asked.append(sa.select(sa.literal(clock.rule), began, extra, held, edition).where(*runs).distinct())
        known = (r.since, r.due_on, r.start_at, r.due_at, r.why, day, moment, r.bearer, rows.c.unit_id, owner)
        fields = (kind, rows.c.id, r.rule, r.start_on, *known)
        named = [value.label(name) for name, value in zip(FIELDS, fields, strict=True)]
        same = [r.rule == clock.rule, r.extra == extra]
        same += [r.began == began if clock.in_hours else r.start_on == start]
        same += [r.held == held] * (clock.rule in variety.pausable)
        same += [r.edition == edition] * (clock.rule in variety.changed)
        wanted.append(sa.select(*named).where(*same, *runs))
        begun = start == (Duty.start_at if clock.in_hours else Duty.start_on)
        alive.append(
            sa.and_(Duty.rule == clock.rule, sa.exists().where(rows.c.id == Duty.subject_id, begun, *runs[1:]))
        )
    over = sa.and_(Duty.rule.in_(off), Duty.met_on.is_(None))  # what was met under the rule stays on record
    dead = sa.or_(~sa.or_(*alive), over)
    gone = [Duty.subject_type == kind, dead, *([] if whole else [Duty.subject_id.in_(ids)])]
    stale = sa.select(*(getattr(Duty, name) for name in FIELDS)).where(*gone)
    wrong = differing(sa.union_all(*wanted).subquery("wanted"))
    put = insert(dialect, Duty).from_select(FIELDS, wrong)
    put = put.on_conflict_do_update(index_elements=KEY, set_={name: put.excluded[name] for name in REST})
    return Plan(sa.union_all(*asked), stale, sa.delete(Duty).where(*gone), wrong, put)


NO_MOMENT: Any = sa.cast(sa.null(), Utc())
NEITHER = sa.literal(0), sa.literal("")


def differing(wanted: sa.Subquery) -> sa.Select[Any]:
    """Only these are put: PostgreSQL locks and dirties whatever ON CONFLICT meets, changed or not."""
    same = sa.and_(*(getattr(Duty, name) == wanted.c[name] for name in KEY))
    moved = (getattr(Duty, name).is_distinct_from(wanted.c[name]) for name in REST)
    return sa.select(wanted).outerjoin(Duty, same).where(sa.or_(Duty.id.is_(None), *moved))


def columns(clock: Clock, rows: Any) -> tuple[Any, Any, Any, Any]:
    extra = sa.literal(0) if clock.extra is None else sa.func.coalesce(rows.c[clock.extra.key], 0)
    owner = sa.cast(sa.null(), sa.Integer) if clock.owner is None else rows.c[clock.owner.key]
    return rows.c[clock.start.key], rows.c[clock.met.key], extra, owner


def pause_of(clock: Clock, rows: Any, variety: Variety) -> Any:
    """The id of the first pause of this clock of the row, which stands for all of them; 0 where there is none."""
    if clock.rule not in variety.pausable:
        return NEITHER[0]
    mine = (Pause.subject_type == clock.model.__tablename__, Pause.subject_id == rows.c.id, Pause.rule == clock.rule)
    return sa.func.coalesce(sa.select(sa.func.min(Pause.id)).where(*mine).scalar_subquery(), 0)


def change_of(clock: Clock, met: Any, variety: Variety) -> Any:
    """The day of the change of the rule that counts, as text: the last one, or of what was met the last before that."""
    if clock.rule not in variety.changed:
        return NEITHER[1]
    over = met.is_(None) | (LocalRule.from_on < met)
    last = sa.select(sa.func.max(LocalRule.from_on)).where(LocalRule.code == clock.rule, over).scalar_subquery()
    return sa.func.coalesce(sa.cast(last, sa.String), "")


def reckoned(dialect: str) -> sa.CTE:
    """The answers as a table, its columns named as in `ANSWER`."""
    table, answer = given(dialect, "answers")
    text = {name: answer[n].as_string() for n, name in enumerate(ANSWER)}
    values = {
        **text,
        **{name: answer[ANSWER.index(name)].as_integer() for name in ("extra", "held")},
        **{name: sa.func.date(text[name], type_=sa.Date) for name in ("start_on", "due_on", "since")},
        **{name: as_moment(dialect, text[name]) for name in ("start_at", "due_at")},
        "why": answer[ANSWER.index("why")].as_json(),
        "bearer": sa.type_coerce(text["bearer"], Duty.bearer.type),
    }
    return sa.select(*(value.label(name) for name, value in values.items())).select_from(table).cte("reckoned")


ANSWER = (
    "rule", "began", "extra", "held", "edition", "start_on", "due_on", "why", "since", "bearer", "start_at", "due_at",
)  # fmt: skip
