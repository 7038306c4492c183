"""Numbers of records: TS-2026-0001, without gaps that a roll-back would leave, whoever asks at the same time."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from ems.core.db import Model
from ems.core.sets import insert


class Sequence(Model):
    prefix: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


def take(session: Session, prefix: str, year: int, n: int = 1) -> list[str]:
    """The next `n` numbers. The row stays locked until the transaction ends, so none is given twice or lost."""
    put = insert(session.get_bind().dialect.name, Sequence).values(prefix=prefix, year=year, last=n)
    bump = {"last": Sequence.last + n}
    put = put.on_conflict_do_update(index_elements=["prefix", "year"], set_=bump).returning(Sequence.last)
    last: int = session.connection().execute(put).scalar_one()
    return [f"{prefix}-{year}-{number:04d}" for number in range(last - n + 1, last + 1)]
