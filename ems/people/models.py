"""What is kept of people beside `core.people`: the passwords they had, and what they handed over."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import InUnit, Model, by_user, pk, title
from ems.core.people import Unit, User
from ems.core.sets import DATA


class PasswordHistory(Model):
    """A password somebody had before the present one, as its hash: the last ones may not come back."""

    __table_args__ = (Index("ix_password_history_user", "user_id", "id"),)

    id: Mapped[pk] = mapped_column(info={"unlogged": True})  # the account's own entry says that it changed
    user_id: Mapped[by_user] = mapped_column(info={"unlogged": True})
    at: Mapped[datetime] = mapped_column(info={"unlogged": True})
    hash: Mapped[str] = mapped_column(String(200), info={"unlogged": True})


class Handover(InUnit):
    """交接单: all that one person had in hand went to another, in one step.

    `items` is what it was on that day: a list of {type, id, no, title, due_on}. Titles of cases stand in it, so the log
    notes it and does not spell it out.
    """

    area = "people"
    __table_args__ = (CheckConstraint("from_id <> to_id", "is_somebody_else"),)

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    from_id: Mapped[by_user] = mapped_column(index=True)
    to_id: Mapped[by_user] = mapped_column(index=True)
    by_id: Mapped[by_user] = mapped_column()
    at: Mapped[datetime]
    remark: Mapped[str] = mapped_column(Text, default="")
    duties: Mapped[int]  # how many open ones went with it
    items: Mapped[list[dict[str, Any]]] = mapped_column(DATA, info={"secret": True})

    unit: Mapped[Unit] = relationship()
    leaver: Mapped[User] = relationship(foreign_keys=[from_id])
    successor: Mapped[User] = relationship(foreign_keys=[to_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @property
    def counted(self) -> str:
        return _("%(n)s 项记录，%(m)s 项期限", n=len(self.items), m=self.duties)
