"""The outbox: a letter is written once, and sent until it arrives or is given up with an alarm."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from ems.core import dates
from ems.core.db import db
from ems.core.sets import insert
from ems.reminders import ledger, mail, webhook
from ems.reminders.models import Channel, Outbox, OutboxState, Robot
from ems.reminders.outcome import Outcome

BACKOFF = (2, 10, 60, 360)  # minutes after each failure; after the last it is given up
LEASE = timedelta(minutes=10)  # whoever took a letter and died gives it back after this
MOST = 500  # letters in one turn

#: given a letter: what sends it, and needs no database while the other side takes its time
CARRIERS: dict[Channel, Callable[[Outbox], Callable[[], Outcome]]] = {
    Channel.MAIL: mail.carrier, Channel.WECOM: webhook.carrier, Channel.DINGTALK: webhook.carrier,
}  # fmt: skip


def put(key: str, channel: Channel, to: str, **said: Any) -> int | None:
    """Its id; None if a letter of this key has been written before."""
    now, table = dates.now(), Outbox.__table__
    made = {"key": key, "channel": channel, "to": to, "html": "", **said, "made_at": now, "next_try_at": now}
    put = insert(db.engine.dialect.name, Outbox).values(**made, state=OutboxState.WAITING, tries=0, error="")
    put = put.on_conflict_do_nothing(index_elements=["key"]).returning(table.c.id)
    id: int | None = db.session.connection().scalar(put)
    return id


def written(key: str) -> bool:
    return db.session.scalar(select(Outbox.id).where(Outbox.key == key)) is not None


def deliver() -> tuple[int, int]:
    """Send what is due, one after the other. How many went, how many failed."""
    went = failed = 0
    away: set[Channel] = set()
    while went + failed < MOST and (id := take(away)):
        channel, outcome = send(id)
        went, failed = went + (not outcome.error), failed + bool(outcome.error)
        if outcome.away:  # the others need not wait for it twenty seconds each
            away.add(channel)
    return went, failed


def take(away: Collection[Channel] = ()) -> int | None:
    """The next letter, out of the others' reach as long as the lease lasts."""
    table: Any = Outbox.__table__
    due = [table.c.state == OutboxState.WAITING, table.c.next_try_at <= dates.now()]
    due += [table.c.channel.not_in(sorted(away))] if away else []
    first = select(table.c.id).where(*due).order_by(table.c.next_try_at, table.c.id).limit(1)
    claimed = update(table).where(table.c.id == first.with_for_update(skip_locked=True).scalar_subquery(), *due)
    now = {"tries": table.c.tries + 1, "tried_at": dates.now(), "next_try_at": dates.now() + LEASE}
    id: int | None = db.session.connection().scalar(claimed.values(now).returning(table.c.id))
    db.session.commit()
    return id


def send(id: int) -> tuple[Channel, Outcome]:
    letter = db.session.get_one(Outbox, id, populate_existing=True)
    channel, carry = letter.channel, CARRIERS[letter.channel](letter)
    db.session.rollback()  # no transaction stays open while the other side takes its time
    outcome = carry()
    settle(db.session.get_one(Outbox, id), outcome)
    db.session.commit()
    return channel, outcome


def settle(letter: Outbox, outcome: Outcome) -> None:
    """Writes down what came of it, in the outbox, in the ledger, and with the robot that said it."""
    now, letter.error = dates.now(), outcome.error[:500]
    if outcome.postponed:
        letter.tries, letter.tried_at, letter.next_try_at = letter.tries - 1, None, now + outcome.wait
        return
    if not outcome.error:
        letter.state, letter.sent_at = OutboxState.SENT, now
    elif outcome.hopeless or letter.tries > len(BACKOFF):
        letter.state = OutboxState.DEAD
    else:
        letter.next_try_at = now + max(outcome.wait, timedelta(minutes=BACKOFF[letter.tries - 1]))
    ledger.settle(letter)
    if letter.robot_id:
        robot = db.session.get_one(Robot, letter.robot_id)
        robot.used_at, robot.error = now, letter.error[:200]


def again(*asked: ColumnElement[bool]) -> int:
    """Those given up, of which `asked` is true, are tried anew from now on. How many."""
    table: Any = Outbox.__table__
    fresh = {"state": OutboxState.WAITING, "tries": 0, "next_try_at": dates.now()}
    dead = update(table).where(table.c.state == OutboxState.DEAD, *asked).values(fresh).returning(table.c.id)
    ids = db.session.connection().scalars(dead).all()
    ledger.reopen(ids)
    return len(ids)
