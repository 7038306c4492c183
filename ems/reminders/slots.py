"""A job's turn, taken once however many processes keep the clock: whoever inserts (job, slot) has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import DBAPIError

from ems.core import dates
from ems.core.db import db
from ems.core.sets import insert
from ems.reminders.models import Slot

STALE = timedelta(minutes=3)  # a turn not heard of for so long is taken again: its process died, or it failed
BEAT, BEATS = 30, 240  # every so many seconds a slow job says that it lives; after two hours it hangs, and says no more
KEPT = timedelta(days=30)


def take(job: str, moment: datetime) -> int | None:
    """The id of the turn, if it is ours. `moment` is when it was due, as the bureau's clock shows it."""
    slot, now = f"{moment:%Y-%m-%dT%H:%M}", dates.now()
    done = select(Slot.id).where(Slot.job == job, Slot.slot == slot, Slot.done_at.isnot(None))
    if db.session.scalar(done):  # the usual answer, and no write for it
        return None
    put = insert(db.engine.dialect.name, Slot).values(job=job, slot=slot, claimed_at=now, said="")
    dead = Slot.done_at.is_(None) & (Slot.claimed_at < now - STALE)
    put = put.on_conflict_do_update(index_elements=["job", "slot"], set_={"claimed_at": now}, where=dead)
    id: int | None = db.session.connection().scalar(put.returning(Slot.id))
    db.session.commit()
    return id


@contextmanager
def alive(id: int) -> Iterator[None]:
    """Within, the turn is not taken by another, however long it lasts."""
    over, around = Event(), copy_context()  # of the clock, if it is stopped
    beating = Thread(target=around.run, args=(beat, db.engine, id, over), daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def beat(engine: Engine, id: int, over: Event) -> None:
    """On a connection of its own: what the job does is not committed by it. A beat that is missed is no harm."""
    table: Any = Slot.__table__
    for _n in range(BEATS):
        if over.wait(BEAT):
            return
        try:
            with engine.begin() as connection:
                connection.execute(update(table).where(table.c.id == id).values(claimed_at=dates.now()))
        except DBAPIError:
            continue


def end(id: int, said: str) -> None:
    turn = db.session.get_one(Slot, id, populate_existing=True)
    turn.done_at, turn.said = dates.now(), said
    db.session.commit()


def last(job: str) -> Slot | None:
    """The last turn of this job that ended well."""
    done = select(Slot).where(Slot.job == job, Slot.done_at.isnot(None)).order_by(Slot.slot.desc(), Slot.id.desc())
    return db.session.scalars(done.limit(1)).first()


def tidy() -> None:
    """Forget the turns of long ago: a job of every minute leaves half a million a year."""
    db.session.execute(delete(Slot).where(Slot.claimed_at < dates.now() - KEPT))
    db.session.commit()
