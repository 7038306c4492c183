"""The compliance score, reckoned from the rows of all modules: through the registry, for this floor knows none of them.

One statement scores any number of enterprises; the rows behind a deduction are those the statement counted.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Enum,
    Float,
    Integer,
    Select,
    Subquery,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    select,
    type_coerce,
    union_all,
)  # fmt: skip

from ems.core import dates, module, seeds
from ems.core.db import InUnit, db, stored
from ems.core.duties import Duty
from ems.core.figures import Period
from ems.core.reckon import add_months
from ems.core.sets import insert
from ems.core.settings import setting
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.enterprises.score_models import (
    FIRST,
    FULL,
    Grade,
    ScoreRule,
    ScoreSnapshot,
    ScoreSource,
    ScoreWaiver,
    WaiverState,
)

NAME = "score"  # of the joined table: its columns are asked by name, for it is made anew for every question
LOST: ColumnElement[int] = func.coalesce(literal_column(f"{NAME}.lost"), 0)
LEFT: ColumnElement[int] = case((LOST > FULL, 0), else_=FULL - LOST)


def seed() -> None:
    """Add the rules that are missing; what the bureau made of one is a later version, and stays."""
    known = set(db.session.scalars(select(ScoreRule.code)))
    for row in seeds.read("scoring.yaml"):
        if row["code"] not in known:
            db.session.add(ScoreRule(**row | {"source": ScoreSource(row["source"]), "since": FIRST}))


def versions() -> dict[str, list[ScoreRule]]:
    """Each rule's versions, oldest first."""
    found: dict[str, list[ScoreRule]] = {}
    for rule in db.session.scalars(select(ScoreRule).order_by(ScoreRule.code, ScoreRule.since)):
        found.setdefault(rule.code, []).append(rule)
    return found


def in_force(day: date) -> list[ScoreRule]:
    """The rules of that day, what costs most first."""
    last = [
        max((r for r in rows if r.since <= day), key=lambda r: r.since, default=rows[0]) for rows in versions().values()
    ]
    return sorted((rule for rule in last if rule.enabled and rule.tenths), key=lambda r: (-r.tenths, r.code))


def looked_back(rule: ScoreRule, day: date) -> Period:
    return add_months(day, -rule.months) + timedelta(days=1), day


class Cases(NamedTuple):
    """Rows of one table that a rule takes points off for, and the enterprise of each."""

    model: type[InUnit]
    rows: Select[Any]
    link: Any


def cases(rule: ScoreRule, day: date) -> Iterator[Cases]:
    """Of figures not in this house, or of tables that know no enterprise, there are none."""
    period = looked_back(rule, day)
    for code in rule.codes:
        model, rows = missed(code, period) if rule.source is ScoreSource.DUTY else counted(code, period)
        link = Enterprise.id if model is Enterprise else getattr(model, "enterprise_id", None)
        if rows is not None and link is not None:
            yield Cases(model, rows.where(link.isnot(None), ~waived(rule.code, model)).order_by(None), link)


def counted(code: str, period: Period) -> tuple[Any, Any]:
    figure = module.figures().get(code)
    return (figure.model, figure.rows(period)) if figure else (None, None)


def missed(code: str, period: Period) -> tuple[Any, Any]:
    """Rows whose duty was due in the period and not met in time, or not yet."""
    model = next((clock.model for clock in module.clocks() if clock.rule == code), None)
    if model is None:
        return None, None
    first, last = period[0], min(period[1], dates.today() - timedelta(days=1))
    late = Duty.met_on.is_(None) | (Duty.met_on > Duty.due_on)
    about = (Duty.subject_type == model.__tablename__, Duty.subject_id == model.id, Duty.rule == code)
    return model, select(model).where(exists().where(*about, Duty.due_on.between(first, last), late))


def waived(code: str, model: type[InUnit]) -> ColumnElement[bool]:
    about = (ScoreWaiver.subject_type == model.__tablename__, ScoreWaiver.subject_id == model.id)
    return exists().where(ScoreWaiver.rule == code, *about, ScoreWaiver.state == WaiverState.GRANTED)


def tallies(day: date, ids: Iterable[int] | None = None) -> list[Select[Any]]:
    """For each rule a select of (code, enterprise, cases, tenths lost)."""
    among = None if ids is None else sorted(ids)
    found = []
    for rule in in_force(day):
        parts = [
            c.rows.with_only_columns(c.link.label("enterprise_id"), c.model.id.label("id"), maintain_column_froms=True)
            .where(*([] if among is None else [c.link.in_(among)]))
            for c in cases(rule, day)
        ]  # fmt: skip
        if not parts:
            continue
        each = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery()
        n = func.count()
        lost = case((n * rule.tenths > rule.cap, rule.cap), else_=n * rule.tenths)
        tally = select(literal(rule.code).label("code"), each.c.enterprise_id, n.label("n"), lost.label("lost"))
        found.append(tally.group_by(each.c.enterprise_id))
    return found


def nothing() -> Any:
    none = literal(0)
    named = (literal("").label("code"), none.label("enterprise_id"), none.label("n"), none.label("lost"))
    return select(*named).where(false())


def together(day: date, ids: Iterable[int] | None = None) -> Subquery:
    """All of it by enterprise, as the table `score`: join it, and ask `LEFT` of it."""
    each = union_all(*(tallies(day, ids) or [nothing()])).subquery()
    summed = select(each.c.enterprise_id, func.sum(each.c.lost).label("lost")).group_by(each.c.enterprise_id)
    return summed.subquery(NAME)


def joined(rows: Select[Any], day: date | None = None) -> Select[Any]:
    score = together(day or dates.today())
    return rows.outerjoin(score, score.c.enterprise_id == Enterprise.id)


def at_most(tenths: int, day: date | None = None) -> ColumnElement[bool]:
    """Enterprises with less than this left."""
    score = together(day or dates.today())
    return Enterprise.id.in_(select(score.c.enterprise_id).where(FULL - score.c.lost < tenths))


POINTS = case((Enterprise.state == EnterpriseState.VOID, None), else_=cast(LEFT, Float) / 10)


def grade_of(tenths: int) -> Grade:
    limits = zip((Grade.A, Grade.B, Grade.C), thresholds(), strict=True)
    return next((grade for grade, least in limits if tenths >= least), Grade.D)


def thresholds() -> tuple[int, int, int]:
    """Tenths that A, B and C take at least."""
    return (setting("scores.a") * 10, setting("scores.b") * 10, setting("scores.c") * 10)


def limit(n: int) -> Any:
    """Asked when the statement runs: the columns of a register are put together long before."""
    return bindparam(f"grade_{n}", callable_=lambda: thresholds()[n], type_=Integer, unique=True)


#: of a row joined with its score
GRADE = type_coerce(
    case(
        (Enterprise.state == EnterpriseState.VOID, None),
        (limit(0) <= LEFT, "a"),
        (limit(1) <= LEFT, "b"),
        (limit(2) <= LEFT, "c"),
        else_="d",
    ),
    Enum(Grade, native_enum=False, length=20, values_callable=stored),
)


def left(ids: Iterable[int], day: date | None = None) -> dict[int, int]:
    """Tenths left to each of these: one statement for a page of them."""
    ids = list(ids)
    score = together(day or dates.today(), ids)
    rows = db.session.execute(select(score.c.enterprise_id, score.c.lost))
    lost = {row.enterprise_id: row.lost for row in rows}
    return {id: max(0, FULL - int(lost.get(id, 0))) for id in ids}


def snapshot(month: date) -> None:
    """Keep every enterprise's score as of the month's end, or of today while it lasts. One statement; not committed."""
    first = month.replace(day=1)
    day = min(add_months(first, 1) - timedelta(days=1), dates.today())
    wanted: Any = select(Enterprise.id, literal(first), LEFT)
    rows = joined(wanted.select_from(Enterprise), day).where(Enterprise.state != EnterpriseState.VOID)
    put = insert(db.engine.dialect.name, ScoreSnapshot).from_select(["enterprise_id", "month", "tenths"], rows)
    again = {"tenths": put.excluded.tenths}
    db.session.connection().execute(put.on_conflict_do_update(index_elements=["enterprise_id", "month"], set_=again))
