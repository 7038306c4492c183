"""Plays the days, kills processes, and judges: what was told against what should have been."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from ems import create_app
from ems.config import Config
from ems.core import dates
from ems.core.db import db
from ems.reminders.models import Channel, Message, Outbox, OutboxState, Slot
from ems.reminders.notices import Notice
from tests.soak.life import Life
from tests.soak.machines import Desk, Machines, Office
from tests.soak.truth import DAY, Told

#: the turns of a day: the morning, and the one that takes up what a dead process left; then people work
MORNINGS, AFTERNOONS = (time(8), time(8, 4)), (time(14), time(14, 4))
LATER = time(23)  # when whatever lease a dead process held is over
SAME = ("person_id", "kind", "subject_type", "subject_id", "rule", "due_on", "lead", "absent_id")
WITHIN = 0.25  # seconds into a turn, in which a process is killed


@dataclass
class Verdict:
    days: int = 0
    cases: int = 0
    told: int = 0
    rungs: dict[str, int] = field(default_factory=dict)
    deputies: int = 0
    missed: list[Told] = field(default_factory=list)  # not told, or not on the day it had to be
    wrong: list[Told] = field(default_factory=list)  # told, and should not have been
    doubled: int = 0  # in the ledger
    doubled_inbox: int = 0
    mails: int = 0
    lost_mails: int = 0
    repeated: dict[str, int] = field(default_factory=dict)  # Message-ID → how often again
    kills: int = 0
    cut: int = 0  # processes that were killed at work
    left: int = 0  # turns a dead process left open, taken up by another or over with their minute

    @property
    def sound(self) -> bool:
        faults = (self.missed, self.wrong, self.doubled, self.doubled_inbox, self.lost_mails)
        return not any(faults) and sum(self.repeated.values()) <= self.kills and self.told > 0


def soak(
    url: str, home: Path, first: date, days: int, cases: int, kills: int, *, machines: int = 4, seed: int = 14001
) -> Verdict:
    """Over an empty database at `url`."""
    office, dice = Office(), Random(seed)
    desk = Desk(office, hostname="127.0.0.1", port=0)
    desk.start()
    around = {
        "EMS_DATABASE_URL": url, "EMS_DATA": str(home), "EMS_BACKUPS": str(home / "backups"),
        "EMS_MAIL_HOST": "127.0.0.1", "EMS_MAIL_PORT": str(desk.port), "EMS_MAIL_FROM": "ems@example.org",
    }  # fmt: skip
    app = create_app(
        Config(SECRET_KEY="soak", IDENTITY_KEY="soak", SQLALCHEMY_DATABASE_URI=url, FILES=str(home), BACKUPS=str(home))
    )
    try:
        with app.app_context():
            db.create_all()
            life = Life(dice, first)
            found = play(life, Machines(machines, around, home / "log"), first, days, cases, kills)
            judge(found, life, office)
            db.session.remove()
            db.drop_all()
            db.engine.dispose()
            return found
    finally:
        desk.stop()


def play(life: Life, machines: Machines, first: date, days: int, cases: int, kills: int) -> Verdict:
    found, killing = Verdict(days=days, cases=cases, kills=kills), set(life.dice.sample(range(days), kills))
    dice = Random(life.dice.random())  # the hour of a kill moves nothing else
    try:
        for n in range(days):
            today = first + n * DAY
            at = dice.choice((*MORNINGS[:1], *AFTERNOONS[:1])) if n in killing else None
            found.cut += turns(machines, today, MORNINGS, dice, at)
            life.world.turn(today, morning=True)
            life.day(today, cases * (n + 1) // days - cases * n // days)
            found.cut += turns(machines, today, AFTERNOONS, dice, at)
            life.world.turn(today, morning=False)
            machines.ask(datetime.combine(today, LATER, dates.HERE))
    finally:
        machines.stop()
    return found


def turns(machines: Machines, today: date, times: tuple[time, ...], dice: Random, killed_at: time | None) -> int:
    moments = [datetime.combine(today, at, dates.HERE) for at in times]
    return sum(machines.ask(at, (dice, WITHIN) if at.time() == killed_at else None) for at in moments)


def judge(found: Verdict, life: Life, office: Office) -> None:
    expected, told, ledger = life.world.expected, Counter[Told](), {}
    about = (Notice.subject_id, Notice.due_on, Notice.lead, Notice.rung, Notice.person_id)
    rows = select(*about, Notice.sent_at).where(Notice.channel == Channel.INBOX, Notice.rule == "DOC_DUE")
    for *key, sent in db.session.execute(rows):
        told[tuple(key)] += 1
        ledger[tuple(key)] = dates.local(sent).date()
    found.told = len(told)
    found.rungs = dict(Counter(str(rung) for _case, _due, _lead, rung, _person in told))
    found.missed = sorted(key for key, day in expected.items() if ledger.get(key) != day)
    found.wrong = sorted(key for key in told if key not in expected)
    found.doubled = sum(n - 1 for n in told.values())
    found.doubled_inbox = doubled(
        Message, ("person_id", "kind", "subject_type", "subject_id", "rule", "due_on", "lead", "absent_id")
    )
    found.deputies = count(select(Notice.id).where(Notice.deputy, Notice.channel == Channel.INBOX))
    letters = count(select(Outbox.id))
    found.mails, found.lost_mails = letters, letters - len(office.taken)
    found.lost_mails += count(select(Outbox.id).where(Outbox.state != OutboxState.SENT))
    found.repeated = {id: n - 1 for id, n in office.taken.items() if n > 1}
    found.left = count(select(Slot.id).where(Slot.done_at.is_(None)))


def doubled(model: Any, names: tuple[str, ...]) -> int:
    """Rows that say the same once more."""
    columns = [getattr(model, name) for name in names]
    same = select(func.count().label("n")).select_from(model).group_by(*columns).having(func.count() > 1).subquery()
    return db.session.scalar(select(func.coalesce(func.sum(same.c.n - 1), 0))) or 0


def count(rows: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
