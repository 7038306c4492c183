"""A signal: rows of a module that say that something is wrong somewhere, for hot-spots to weigh together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from ems.core.db import Choice
from ems.core.figures import Period

#: what a signal's select names its columns; what a module does not know is null
SEEN = (
    "id", "occasion", "enterprise_id", "place", "street_id", "longitude", "latitude", "medium", "day", "hidden",
)  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """`rows` of the period have the columns of `SEEN`.

    Rows of one `occasion` (five findings of one visit) count once. `hidden`: only the row's number may be shown.
    """

    code: str
    title: Any
    subject: str  # the table of the rows
    rows: Callable[[Period], Select[Any]]
    weight: int = 1
    media: type[Choice] | None = None  # the words of its media
