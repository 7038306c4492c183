"""A figure in a report: the rows of one select, and one measure of them. The number and its list cannot differ."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, func

from ems.core.db import InUnit, db
from ems.core.people import User
from ems.core.policy import everywhere, reach

T = TypeVar("T", bound=InUnit)
Period: TypeAlias = tuple[date, date]  # first and last day, both counted


def count() -> ColumnElement[Any]:
    return func.count()


@dataclass(frozen=True)
class Figure(Generic[T]):
    """`rows` in a period, measured. A ratio names the code of the figure it is a share of: its value is per cent."""

    code: str
    title: Any
    unit: Any
    rows: Callable[[Period], Select[T]]
    measure: Callable[[], ColumnElement[Any]] = count
    whole: str | None = None
    state: bool = False  # what stands at the period's end, not what happened in it: compare, do not add up
    monthly: bool = True  # False: each month would be reckoned anew from a year of rows, so no line is drawn

    @cached_property
    def model(self) -> type[T]:
        found: type[T] = self.rows((date(2000, 1, 1), date(2000, 12, 31))).column_descriptions[0]["entity"]
        return found

    def listed(self, user: User | None, period: Period) -> Select[T]:
        """The rows behind it: of the whole zone, or those in `user`'s reach."""
        return self.rows(period).where(*self.mine(user))

    def mine(self, user: User | None) -> list[ColumnElement[bool]]:
        """What keeps `user` within their reach: asked once for many periods.

        The unit as an expression: else SQLite walks the index of all the units and not that of the period's days.
        """
        model = self.model
        if user is None or everywhere(user, model.area):
            return []
        return [(model.unit_id + 0).in_(reach(user, model.area))]

    def ids(self, period: Period) -> Any:
        """Materialized, for a list's own order to be walked only over these."""
        rows = self.rows(period).with_only_columns(self.model.id, maintain_column_froms=True).order_by(None)
        found = rows.cte(f"figure_{self.code.replace('.', '_')}").prefix_with("MATERIALIZED")
        return self.model.id.in_(found.select())

    def counted(self, user: User | None, period: Period) -> int:
        """How many rows are behind it."""
        return int(self._scalar(self.listed(user, period), count()) or 0)

    def of(self, user: User | None, period: Period) -> Any:
        """The measure, before it is set against the whole: a number, or None where there is nothing to measure."""
        return self._scalar(self.listed(user, period), self.measure())

    @staticmethod
    def _scalar(rows: Select[Any], measure: ColumnElement[Any]) -> Any:
        return db.session.scalar(rows.with_only_columns(measure, maintain_column_froms=True).order_by(None))


def share(part: Any, whole: Any) -> Decimal | None:
    """Per cent, one decimal; None where there is no whole to take it of."""
    return (Decimal(part or 0) * 100 / Decimal(whole)).quantize(Decimal("0.1")) if whole else None
