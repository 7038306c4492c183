"""What was changed of the clock, and how far the duties that hang on it have been reckoned anew."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Model, pk
from ems.core.people import User
from ems.core.sets import DATA

PROGRESS: dict[str, Any] = {"unlogged": True}  # the log tells the change and its end, not each batch between


class Recount(Model):
    """A change of a rule or of a year, with its reason, and the recount it set off: under way until `finished_at`."""

    __table_args__ = (Index("ix_recount_about", "about", "id"),)

    id: Mapped[pk]
    about: Mapped[str] = mapped_column(String(60), info=PROGRESS)  # "rule:PET_CLOSE", "calendar:2027"
    said: Mapped[dict[str, Any]] = mapped_column(DATA, info=PROGRESS)  # what → [from, to]
    reason: Mapped[str] = mapped_column(String(200), default="", info=PROGRESS)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), info=PROGRESS)
    at: Mapped[datetime] = mapped_column(info=PROGRESS)
    left: Mapped[list[str]] = mapped_column(DATA, info=PROGRESS)  # tables still to be gone through, the first under way
    last: Mapped[int] = mapped_column(default=0, info=PROGRESS)  # id of its row that was done last
    total: Mapped[int] = mapped_column(default=0, info=PROGRESS)
    done: Mapped[int] = mapped_column(default=0, info=PROGRESS)
    moved: Mapped[int] = mapped_column(default=0, info=PROGRESS)  # duties that have another day now, came or went
    finished_at: Mapped[datetime | None] = mapped_column(info=PROGRESS)
    error: Mapped[str] = mapped_column(String(200), default="", info=PROGRESS)

    by: Mapped[User | None] = relationship(lazy="joined")
