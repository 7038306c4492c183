"""What one person is told on one day: an entry in the inbox for each duty, and one mail for all of them.

Each is entered in the ledger in the same transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import Row, select

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Unit, User
from ems.reminders import ledger, letters
from ems.reminders.headlines import Headline, Ref, headlines, of_all
from ems.reminders.models import Message, MessageKind, Reminder, Rung


@dataclass(frozen=True)
class Item:
    """One duty as it is told. Without a headline the person may not see the row: then only what is asked, and when."""

    reminder: Reminder
    duty: Duty
    headline: Headline | None
    unit: str
    owner: str
    absent: str

    @property
    def kind(self) -> MessageKind:
        if self.reminder.rung is Rung.ALARM:
            return MessageKind.ALARM
        if self.reminder.rung is not Rung.PERSON:
            return MessageKind.ESCALATED
        return MessageKind.LATE if self.duty.overdue else MessageKind.DUE

    @property
    def urgent(self) -> bool:
        """Not to wait for the next morning's digest."""
        return self.duty.due_at is not None or self.kind is MessageKind.ALARM

    @property
    def title(self) -> str:
        return self.said(self.headline.whole if self.headline else "")

    @property
    def outside(self) -> str:
        """The title as it may stand in a mail."""
        return self.said(self.headline.outside if self.headline else "")

    def said(self, whole: str) -> str:
        return " · ".join(filter(None, (whole, self.duty.title)))

    @property
    def who(self) -> str:
        """Whose it is, where it is not the reader's own."""
        if self.kind is MessageKind.ALARM:
            return _("%(unit)s 没有人能收到提醒，请指定经办人", unit=self.unit)
        if self.kind is MessageKind.ESCALATED:
            return _("责任：%(unit)s %(owner)s", unit=self.unit, owner=self.owner or _("（未定经办人）"))
        return _("代 %(name)s 收到", name=self.absent) if self.absent else ""


def tell(person: User, rows: Sequence[Row[Reminder, Duty]]) -> None:
    """Adds to the session; whoever calls commits, so that mark, inbox and mail stand or fall together."""
    with force_locale(person.language):
        items = told(person, rows)
        entries = [message(person, item) for item in items]
        db.session.add_all(entries)
        db.session.flush()
        ledger.told(person, items, entries, letters.write(person, items))


def told(person: User, rows: Sequence[Row[Reminder, Duty]]) -> list[Item]:
    lines = unseen(rows) | headlines(person, [(row.Duty.subject_type, row.Duty.subject_id) for row in rows])
    units = names(Unit, (row.Duty.unit_id for row in rows))
    people = names(User, (id for row in rows for id in (row.Duty.owner_id, row.Reminder.absent_id)))
    return [
        Item(
            row.Reminder,
            row.Duty,
            lines.get((row.Duty.subject_type, row.Duty.subject_id)),
            units[row.Duty.unit_id],
            people.get(row.Duty.owner_id, ""),
            people.get(row.Reminder.absent_id, ""),
        )
        for row in rows
    ]


def unseen(rows: Sequence[Row[Reminder, Duty]]) -> dict[Ref, Headline]:
    """What an alarm is about is named to whom it goes, though it lies out of their reach: as it may leave the house."""
    alarms = [row.Duty for row in rows if row.Reminder.rung is Rung.ALARM]
    lines = of_all((duty.subject_type, duty.subject_id) for duty in alarms)
    return {ref: line._replace(title="") if line.confidential else line for ref, line in lines.items()}


def names(model: type[Unit | User], ids: Iterable[int | None]) -> dict[Any, str]:
    rows = select(model.id, model.name).where(model.id.in_({id for id in ids if id is not None}))
    return {row.id: row.name for row in db.session.execute(rows)}


def message(person: User, item: Item) -> Message:
    duty = item.duty
    return Message(
        person_id=person.id, at=dates.now(), kind=item.kind, subject_type=duty.subject_type, subject_id=duty.subject_id,
        rule=duty.rule, start_on=duty.start_on, due_on=duty.due_on, lead=item.reminder.lead, title=item.title[:400],
        text="\n".join(filter(None, (item.who, duty.sentence))), absent_id=item.reminder.absent_id,
    )  # fmt: skip
