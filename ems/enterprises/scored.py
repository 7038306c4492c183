"""One enterprise's score with its reasons: each deduction, and the rows behind it that the reader may open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import literal, select, union_all

from ems.core import dates, module
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import reached
from ems.core.reckon import add_months
from ems.enterprises import scoring
from ems.enterprises.models import Enterprise
from ems.enterprises.score_models import FULL, Grade, ScoreRule, ScoreSnapshot

SHOWN = 20  # rows of one deduction on a page


class Line(NamedTuple):
    """One row behind a deduction; without its words where the reader may not see it."""

    type: str
    id: int
    no: str
    title: str
    url: tuple[str, int] | None


@dataclass(frozen=True)
class Deduction:
    rule: ScoreRule
    n: int
    lost: int  # tenths, capped
    lines: list[Line]

    @property
    def title(self) -> str:
        return self.rule.words

    @property
    def hidden(self) -> int:
        """Cases the reader may not see, or that the page has no room for."""
        return self.n - len(self.lines)

    @property
    def capped(self) -> bool:
        return self.n * self.rule.tenths > self.lost


@dataclass(frozen=True)
class Score:
    day: date
    deductions: list[Deduction]

    @property
    def tenths(self) -> int:
        return max(0, FULL - sum(d.lost for d in self.deductions))

    @property
    def points(self) -> float:
        return self.tenths / 10

    @property
    def grade(self) -> Grade:
        return scoring.grade_of(self.tenths)


def reasons(enterprise: Enterprise, user: User, day: date | None = None, *, lines: bool = True) -> Score:
    """With each deduction and, of its rows, those that `user` may see: a statement for each kind of them."""
    day = day or dates.today()
    rules = {rule.code: rule for rule in scoring.in_force(day)}
    found = db.session.execute(union_all(*(scoring.tallies(day, [enterprise.id]) or [scoring.nothing()]))).all()
    deductions = [
        Deduction(rules[code], n, lost, list(behind(rules[code], enterprise, user, day)) if lines else [])
        for code, _id, n, lost in found
    ]
    return Score(day, sorted(deductions, key=lambda d: (-d.lost, d.rule.code)))


def behind(rule: ScoreRule, enterprise: Enterprise, user: User, day: date) -> Iterator[Line]:
    for c in scoring.cases(rule, day):
        kind = next((s for s in module.subjects() if s.model is c.model), None)
        if kind is None:
            continue
        secret = literal(value=False) if kind.confidential is None else kind.confidential
        rows = c.rows.with_only_columns(c.model.id, kind.no, kind.title, secret, maintain_column_froms=True)
        rows = rows.where(c.link == enterprise.id, *reached(user, c.model)).order_by(c.model.id.desc()).limit(SHOWN)
        for id, no, title, hidden in db.session.execute(rows):
            yield Line(kind.type, id, no or "", "" if hidden else title or "", (kind.endpoint, id))


def line(enterprise: Enterprise, day: date) -> list[float | None]:
    """Points at the end of each of the last twelve months, the oldest first; None where nobody kept them."""
    first = add_months(day.replace(day=1), -11)
    kept = select(ScoreSnapshot.month, ScoreSnapshot.tenths).where(ScoreSnapshot.enterprise_id == enterprise.id)
    rows = db.session.execute(kept.where(ScoreSnapshot.month >= first).order_by(ScoreSnapshot.month))
    known = {row.month: row.tenths for row in rows}
    months = [add_months(first, n) for n in range(12)]
    return [known[m] / 10 if m in known else None for m in months]
