"""Sheets people sent to be taken in, and what became of each. Its bytes lie with the files, under their digest."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.attachments import place
from ems.core.db import Model, by_user, pk
from ems.core.people import User
from ems.core.sets import DATA


class SheetUpload(Model):
    """One sheet, as its sender means it; `stored_at` once its rows are here."""

    __table_args__ = (Index("ix_sheet_upload_digest", "digest", "intake"), Index("ix_sheet_upload_by", "by_id", "id"))

    id: Mapped[pk]
    intake: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[by_user]
    at: Mapped[datetime]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # of rows that name none
    historical: Mapped[bool | None]  # none: each row by the day it came in
    mapping: Mapped[dict[str, str] | None] = mapped_column(DATA)  # column → field, where the sender put it right
    stored_at: Mapped[datetime | None]
    rows: Mapped[int | None]
    findings: Mapped[list[Any] | None] = mapped_column(DATA, info={"unlogged": True})  # what was doubtful, once stored

    by: Mapped[User] = relationship(lazy="joined")

    @property
    def content(self) -> bytes:
        return place(self.digest).read_bytes()
