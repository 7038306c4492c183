"""The duties of a copy as they truly were: when each began and was met, and on which day it was due at which time.

What the rows do not say is taken so: what began, was met or was paused on a day, was so at noon. A day that stands in a
document, or is counted back from one, is known from the start; an extension and a change of owner count from the start
too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from ems.core import dates, pauses
from ems.core.calendar import Calendar, calendar
from ems.core.db import Utc, db
from ems.core.duties import KEY, Duty
from ems.core.pauses import Pause
from ems.core.reckon import reckon
from ems.core.rules import Rule, Span, locals_in_force, reading
from ems.core.sets import insert

EVER, BEFORE = datetime(1900, 1, 1, tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
NOON, MIDNIGHT = " 04:00:00.000000", " 16:00:00.000000"  # of a day here, in UTC, as SQLite writes it

OWN = sa.MetaData()  # tables of the copy alone
DUTY: Any = Duty.__table__
NAMES = [column.name for column in DUTY.columns]
#: the duties as they are today
TRUTH = sa.Table(
    "truth",
    OWN,
    *(sa.Column(column.name, column.type, primary_key=column.primary_key) for column in DUTY.columns),
    sa.Column("begins_at", Utc),
    sa.Column("ends_at", Utc, index=True),  # met
    sa.Index("ix_truth_key", *KEY),
)
#: the day each was due on, from when until when: one row, but where a clock was stopped
STOOD = sa.Table(
    "stood",
    OWN,
    sa.Column("duty_id", sa.Integer, index=True),
    sa.Column("from_at", Utc, index=True),
    sa.Column("until_at", Utc),
    sa.Column("due_on", sa.Date),
)


def lay_aside(rule: str | None = None) -> None:
    """All duties, or those of one rule: in the table itself there are none now."""
    OWN.create_all(db.engine)
    run = db.session.connection()
    on_the_day = Duty.why["unit"].as_string() == Span.EVENT.value
    begins = sa.case(
        (Duty.start_at <= Duty.due_at, Duty.start_at),
        (sa.or_(Duty.start_on < Duty.due_on, on_the_day), moment(Duty.start_on, NOON)),
        else_=EVER,
    )
    rows = sa.select(*DUTY.columns, begins, sa.func.coalesce(Duty.met_at, moment(Duty.met_on, NOON)))
    rows = rows if rule is None else rows.where(Duty.rule == rule)
    run.execute(sa.insert(TRUTH).from_select([*NAMES, "begins_at", "ends_at"], rows))
    whole = sa.select(TRUTH.c.id, TRUTH.c.begins_at, TRUTH.c.ends_at, TRUTH.c.due_on)
    run.execute(sa.insert(STOOD).from_select(["duty_id", "from_at", "until_at", "due_on"], whole))
    if held := list(stopped()):
        run.execute(sa.delete(STOOD).where(STOOD.c.duty_id.in_({row["duty_id"] for row in held})))
        run.execute(sa.insert(STOOD), held)
    run.execute(sa.delete(DUTY))
    db.session.commit()


def moment(day: Any, at: str) -> Any:
    return sa.type_coerce(sa.cast(day, sa.String) + at, Utc())


def readings() -> dict[tuple[str, date], Rule]:
    """Each version of each rule, as the bureau reads it now."""
    local = locals_in_force(db.session())
    return {
        (rule.code, rule.since): reading(rule, local.get(rule.code)) for rule in db.session.scalars(sa.select(Rule))
    }


def stopped() -> Iterator[Mapping[str, Any]]:
    """Rows of `STOOD` for the duties whose clock was ever stopped."""
    session = db.session()
    rules, days = readings(), calendar(session)
    firsts = sa.select(sa.func.min(Pause.id)).group_by(Pause.subject_type, Pause.subject_id, Pause.rule)
    for held in pauses.grouped(session, session.scalars(firsts).all()).values():
        same = (TRUTH.c[name] == getattr(held[0], name) for name in ("subject_type", "subject_id", "rule"))
        for row in session.execute(sa.select(TRUTH).where(*same, TRUTH.c.due_at.is_(None))).all():
            yield from spans(row, dict(stands(row, rules[row.rule, row.since], days, held)))


def stands(row: Any, rule: Rule, days: Calendar, held: Sequence[Pause]) -> Iterator[tuple[datetime, date]]:
    """From when it was due on which day, reckoned with the pauses that were known then."""
    edges = sorted({day for pause in held for day in (pause.from_on, pause.until_on) if day})
    for at, known in ((EVER, []), *((dates.at_noon(edge), as_of(edge, held)) for edge in edges)):
        yield max(at, row.begins_at), reckon(rule, row.start_on, row.why.get("extra", 0), days, known).on


def as_of(day: date, held: Iterable[Pause]) -> list[Pause]:
    """None ends before it did."""
    return [
        Pause(
            kind=pause.kind, from_on=pause.from_on, until_on=pause.until_on if (pause.until_on or day) <= day else None
        )
        for pause in held
        if pause.from_on <= day
    ]


def spans(row: Any, due: Mapping[datetime, date]) -> Iterator[Mapping[str, Any]]:
    """The last is the day as it stands: of a rule changed since, the others may be as it is read today."""
    for since, until in pairwise([*due, None]):
        on = row.due_on if until is None else due[since]  # type: ignore[index]
        last = min((at for at in (until, row.ends_at) if at), default=None)
        yield {"duty_id": row.id, "from_at": since, "until_at": last, "due_on": on}


BEGUN = (
    sa.select(*({"due_on": STOOD.c.due_on, "met_on": sa.null(), "met_at": sa.null()}.get(n, TRUTH.c[n]) for n in NAMES))
    .join(STOOD, STOOD.c.duty_id == TRUTH.c.id)
    .where(STOOD.c.from_at > sa.bindparam("before"), STOOD.c.from_at <= sa.bindparam("now"))
    .where(sa.or_(STOOD.c.until_at.is_(None), STOOD.c.until_at > sa.bindparam("now")))
)
PUT = insert("sqlite", Duty).from_select(NAMES, BEGUN)
PUT = PUT.on_conflict_do_update(index_elements=["id"], set_={"due_on": PUT.excluded.due_on})
MET = (
    sa.update(DUTY)
    .values(met_on=TRUTH.c.met_on, met_at=TRUTH.c.met_at)
    .where(DUTY.c.id == TRUTH.c.id, TRUTH.c.ends_at > sa.bindparam("before"), TRUTH.c.ends_at <= sa.bindparam("now"))
)


def follow(before: datetime, now: datetime) -> None:
    """Let the duties stand as they did at this moment; at `before` they did already."""
    for statement in (PUT, MET):
        db.session.connection().execute(statement, {"before": before, "now": now})
    db.session.commit()
