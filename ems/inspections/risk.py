"""How much of a risk an enterprise is: a plain sum of points for what is known of it, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, func, or_, select

from ems.core import dates, module, seeds
from ems.core.db import db
from ems.core.people import Unit
from ems.core.reckon import add_months
from ems.core.why import english
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState
from ems.inspections.models import Finding, Inspection, InspectionState, Severity
from ems.orders.models import Order
from ems.orders.moves import OPEN
from ems.orders.rules import overdue

E = Enterprise
MONTHS = 12
#: there is something to inspect: those that closed or moved away are looked after by re-checks
THERE = (EnterpriseState.OPERATING, EnterpriseState.STOPPED, EnterpriseState.CONVERTED)


@dataclass(frozen=True)
class Factor:
    """One fact that makes a risk: `points` for each, `most` however many."""

    code: str
    title: str
    title_en: str
    points: int
    most: int


@cache
def factors() -> tuple[Factor, ...]:
    return tuple(Factor(**row) for row in seeds.read("risk.yaml"))


@dataclass(frozen=True)
class Risk:
    """An enterprise with its score, and how many of each fact there are."""

    id: int
    no: str
    name: str
    unit_id: int
    officer_id: int | None
    state: EnterpriseState
    kinds: tuple[EnterpriseClass, ...]
    score: int
    counts: Mapping[str, int]

    @property
    def kind(self) -> EnterpriseClass:
        """The first of its classes, as the list of classes has them."""
        return self.kinds[0]

    @property
    def reasons(self) -> list[str]:
        """整改逾期 2 件 30 分, the weightiest first."""
        found = [(min(n * f.points, f.most), f, n) for f in factors() if (n := self.counts[f.code])]
        return [reason(f, n, got) for got, f, n in sorted(found, key=lambda one: -one[0])]


def reason(factor: Factor, n: int, got: int) -> str:
    said = {"what": factor.title_en if english() else factor.title, "n": n, "points": got}
    return _("%(what)s %(n)s 项，%(points)s 分", **said) if n > 1 else _("%(what)s，%(points)s 分", **said)


def in_scope(unit_id: int) -> ColumnElement[bool]:
    """Enterprises that this unit and those below it look after, or that stand in their streets."""
    path = db.session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    below = select(Unit.id).where(Unit.path.startswith(path))
    return and_(E.state.in_(THERE), or_(E.unit_id.in_(below), E.street_id.in_(below)))


def a_year_before(day: date) -> date:
    return add_months(day, -MONTHS)


def tallied(link: Any, *asked: ColumnElement[bool]) -> Any:
    """Enterprise → how many rows: one pass over the table, not one look for each enterprise."""
    rows = select(link.label("id"), func.count().label("n")).where(link.isnot(None), *asked)
    return rows.group_by(link).subquery()


def complained(day: date) -> Any:
    """Complaints lie on a higher floor: what counts as one is asked of its figure by code."""
    figure = module.figures().get("complaints.received")
    if figure is None:
        return None
    link: Any = figure.model.enterprise_id
    rows = figure.rows((a_year_before(day), day)).with_only_columns(link.label("id"), func.count().label("n"))
    return rows.where(link.isnot(None)).order_by(None).group_by(link).subquery()


def facts(day: date) -> dict[str, tuple[Any, Any]]:
    """Of each factor that is counted: the table it is counted in, and its number."""
    year = Finding.found_on >= a_year_before(day)
    found = {
        "order_late": tallied(Order.enterprise_id, Order.state.in_(sorted(OPEN)), overdue(day)),
        "order_open": tallied(Order.enterprise_id, Order.state.in_(sorted(OPEN))),
        "serious": tallied(Finding.enterprise_id, year, Finding.severity == Severity.SERIOUS),
        "normal": tallied(Finding.enterprise_id, year, Finding.severity == Severity.NORMAL),
        "complaints": complained(day),
    }
    return {code: (table, func.coalesce(table.c.n, 0)) for code, table in found.items() if table is not None}


def numbers_of(day: date, counted: Mapping[str, tuple[Any, Any]], seen: Any) -> dict[str, Any]:
    flags = {
        "relapsed": cast(E.relapsed, Integer),
        "key": cast(E.key, Integer),
        "unseen": case((seen.c.id.is_(None), 1), else_=0),
    }
    return flags | {code: number for code, (_table, number) in counted.items()}


def scored(unit_id: int, day: date) -> Select[Any]:
    """Each enterprise in scope with its score and what it is made of, the riskiest first. One statement."""
    counted = facts(day)
    seen = tallied(
        Inspection.enterprise_id,
        Inspection.state == InspectionState.DONE,
        Inspection.done_on >= a_year_before(day),
    )
    known = numbers_of(day, counted, seen)
    used = [factor for factor in factors() if factor.code in known]
    score = sum((capped(known[f.code] * f.points, f.most) for f in used), start=cast(0, Integer)).label("score")
    flags = (E.key, E.catering, E.discharger)
    columns = (E.id, E.no, E.name, E.unit_id, E.officer_id, E.state, *flags, score)
    rows = select(*columns, *(known[f.code].label(f"n_{f.code}") for f in used))
    for table, _number in counted.values():
        rows = rows.outerjoin(table, table.c.id == E.id)
    return rows.outerjoin(seen, seen.c.id == E.id).where(in_scope(unit_id)).order_by(score.desc(), E.no, E.id)


def capped(value: Any, most: int) -> Any:
    return case((value > most, most), else_=value)


def ranked(unit_id: int, day: date | None = None) -> Sequence[Risk]:
    """The enterprises in scope, the riskiest first."""
    return [read(row) for row in db.session.execute(scored(unit_id, day or dates.today())).mappings()]


def read(row: Mapping[Any, Any]) -> Risk:
    kinds = tuple(kind for kind in EnterpriseClass if row.get(kind.value)) or (EnterpriseClass.OTHER,)
    counts = {f.code: int(row.get(f"n_{f.code}", 0)) for f in factors()}
    known = {name: row[name] for name in ("id", "no", "name", "unit_id", "officer_id", "state")}
    return Risk(**known, kinds=kinds, score=int(row["score"]), counts=counts)


def of(enterprise: Enterprise, day: date | None = None) -> Risk | None:
    """That of one; none where it has closed or gone."""
    rows = scored(enterprise.unit_id, day or dates.today()).where(E.id == enterprise.id)
    row = db.session.execute(rows).mappings().first()
    return read(row) if row else None
