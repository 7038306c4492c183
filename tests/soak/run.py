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
BY_POST = time.max  # no time: whoever posts the first letter of the morning dies
LATER = time(23)  # when whatever lease a dead process held is over
SAME = ("person_id", "kind", "subject_type", "subject_id", "rule", "due_on", "lead", "absent_id")


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
    cut: int = 0  # of them, at work
    posting: int = 0  # between posting a letter and noting that it went
    left: int = 0  # turns they left open: another takes them up, or they are over with their minute

    @property
    def sound(self) -> bool:
        faults = (self.missed, self.wrong, self.doubled, self.doubled_inbox, self.lost_mails)
        once = max(self.repeated.values(), default=0) <= 1 and sum(self.repeated.values()) <= self.kills
        return not any(faults) and once and self.told > 0


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
            year = Year(life, Machines(machines, around, home), office, Random(seed), Verdict(days, cases))
            found = year.play(first, kills)
            judge(found, life, office)
            db.session.remove()
            db.drop_all()
            db.engine.dispose()
            return found
    finally:
        desk.stop()


@dataclass
class Year:
    """The days one after the other. Its dice say who dies and when; they move nothing else."""

    life: Life
    machines: Machines
    office: Office
    dice: Random
    found: Verdict

    def play(self, first: date, kills: int) -> Verdict:
        deadly = set(self.dice.sample(range(self.found.days), kills))
        try:
            for n in range(self.found.days):
                self.day(first + n * DAY, self.arising(n), deadly=n in deadly)
        finally:
            self.machines.stop()
        return self.found

    def arising(self, n: int) -> int:
        """The cases of day `n`: spread evenly, all of them by the last."""
        days, cases = self.found.days, self.found.cases
        return cases * (n + 1) // days - cases * n // days

    def day(self, today: date, arising: int, *, deadly: bool) -> None:
        at = self.death(today) if deadly else None
        self.office.deadly = at is BY_POST
        for moment in MORNINGS:
            self.turn(today, moment, deadly=moment == at)
        self.office.deadly = False
        self.life.world.turn(today, morning=True)
        self.life.day(today, arising)
        for moment in AFTERNOONS:
            self.turn(today, moment, deadly=moment == at)
        self.life.world.turn(today, morning=False)
        self.turn(today, LATER)

    def death(self, today: date) -> time:
        """In which turn somebody dies, at any moment of it; or by post, as often."""
        if self.life.world.works(today) and self.found.posting * 2 <= self.found.kills:
            return BY_POST
        return self.dice.choice((MORNINGS[0], MORNINGS[0], AFTERNOONS[0]))

    def turn(self, today: date, at: time, *, deadly: bool = False) -> None:
        moment = datetime.combine(today, at, dates.HERE)
        cut = self.machines.ask(moment, self.dice if deadly else None)
        self.found.cut += cut
        self.found.posting += 0 if deadly else cut
        self.found.kills += 1 if deadly else cut
        if cut:
            open_ = (Slot.done_at.is_(None), Slot.claimed_at == dates.aware(moment))
            self.found.left += count(select(Slot.id).where(*open_))
            db.session.rollback()


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


def doubled(model: Any, names: tuple[str, ...]) -> int:
    """Rows that say the same once more."""
    columns = [getattr(model, name) for name in names]
    same = select(func.count().label("n")).select_from(model).group_by(*columns).having(func.count() > 1).subquery()
    return db.session.scalar(select(func.coalesce(func.sum(same.c.n - 1), 0))) or 0


def count(rows: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
