"""What duties the rows of a model should have, said once: the flush, the rebuild and the check all read it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from ems.core.duties import KEY, Clock, Duty
from ems.core.sets import given, insert

REST = ("since", "due_on", "why", "met_on", "bearer", "unit_id", "owner_id")
FIELDS = (*KEY, *REST)


@dataclass(frozen=True)
class Plan:
    """Statements over all rows, or those in the parameter `ids`.

    `answers` are the due days that `asked` calls for; `off` are the rules that are switched off.
    """

    asked: sa.CompoundSelect[Any]
    stale: sa.Select[Any]  # duties whose row is gone, or starts that clock no more, or on another day
    clear: sa.Delete
    wrong: sa.Select[Any]  # duties as they should be, where they are not
    put: Any


@cache  # composing them takes longer than running them for one row
def plan(clocks: tuple[Clock, ...], dialect: str, *, whole: bool) -> Plan:
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
        runs = [start.isnot(None)] if clock.when is None else [start.isnot(None), clock.when(rows.c)]
        asked.append(sa.select(sa.literal(clock.rule), start, extra).where(*runs).distinct())
        known = (r.since, r.due_on, r.why, met, r.bearer, rows.c.unit_id, owner)
        fields = (kind, rows.c.id, r.rule, r.start_on, *known)
        named = [value.label(name) for name, value in zip(FIELDS, fields, strict=True)]
        wanted.append(sa.select(*named).where(r.rule == clock.rule, r.start_on == start, r.extra == extra, *runs))
        here = sa.exists().where(rows.c.id == Duty.subject_id, start == Duty.start_on, *runs[1:])
        alive.append(sa.and_(Duty.rule == clock.rule, here))
    dead = sa.or_(~sa.or_(*alive), Duty.rule.in_(off))
    gone = [Duty.subject_type == kind, dead, *([] if whole else [Duty.subject_id.in_(ids)])]
    stale = sa.select(*(getattr(Duty, name) for name in FIELDS)).where(*gone)
    wrong = differing(sa.union_all(*wanted).subquery("wanted"))
    put = insert(dialect, Duty).from_select(FIELDS, wrong)
    put = put.on_conflict_do_update(index_elements=KEY, set_={name: put.excluded[name] for name in REST})
    return Plan(sa.union_all(*asked), stale, sa.delete(Duty).where(*gone), wrong, put)


def differing(wanted: sa.Subquery) -> sa.Select[Any]:
    """Only these are put: PostgreSQL locks and dirties whatever ON CONFLICT meets, changed or not."""
    same = sa.and_(*(getattr(Duty, name) == wanted.c[name] for name in KEY))
    moved = (getattr(Duty, name).is_distinct_from(wanted.c[name]) for name in REST)
    return sa.select(wanted).outerjoin(Duty, same).where(sa.or_(Duty.id.is_(None), *moved))


def columns(clock: Clock, rows: Any) -> tuple[Any, Any, Any, Any]:
    extra = sa.literal(0) if clock.extra is None else sa.func.coalesce(rows.c[clock.extra.key], 0)
    owner = sa.cast(sa.null(), sa.Integer) if clock.owner is None else rows.c[clock.owner.key]
    return rows.c[clock.start.key], rows.c[clock.met.key], extra, owner


def reckoned(dialect: str) -> sa.CTE:
    """The answers as a table: rule, start_on, extra, due_on, why, since, bearer."""
    table, answer = given(dialect, "answers")
    start, due, since = (sa.func.date(answer[n].as_string(), type_=sa.Date) for n in (1, 3, 5))
    texts = (answer[0].as_string(), start, answer[2].as_integer(), due, answer[4].as_json(), since)
    bearer = sa.type_coerce(answer[6].as_string(), Duty.bearer.type)
    named = zip(("rule", "start_on", "extra", "due_on", "why", "since", "bearer"), (*texts, bearer), strict=True)
    return sa.select(*(value.label(name) for name, value in named)).select_from(table).cte("reckoned")
