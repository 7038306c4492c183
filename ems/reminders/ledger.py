"""What is written into the ledger (提醒台账), and what becomes of it: sent, failed, opened, acted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, insert, literal, select, update
from sqlalchemy.orm import joinedload

from ems.core import dates
from ems.core.db import InUnit, db
from ems.core.duties import KEY, Duty
from ems.core.people import User
from ems.reminders.models import Channel, Message, Outbox, OutboxState, Reminder, Rung
from ems.reminders.notices import Notice

if TYPE_CHECKING:
    from ems.reminders.tell import Item

NOTICE: Any = Notice.__table__
MOST = 200  # lines on a record's page


def told(person: User, items: Sequence["Item"], entries: Sequence[Message], mails: Mapping[int, int]) -> None:
    """Each item stands in the inbox; those whose reminder is in `mails` (reminder → letter) are on their way too."""
    now = dates.now()
    add([
        of_item(person, item) | {"channel": Channel.INBOX, "message_id": entry.id, "sent_at": now}
        for item, entry in zip(items, entries, strict=True)
    ])  # fmt: skip
    add([
        of_item(person, item) | {"channel": Channel.MAIL, "outbox_id": mails[item.reminder.id]}
        for item in items
        if item.reminder.id in mails
    ])  # fmt: skip


def of_item(person: User, item: "Item") -> dict[str, Any]:
    reminder = item.reminder
    known = {"lead": reminder.lead, "rung": reminder.rung, "deputy": reminder.deputy, "person_id": person.id}
    known |= {"raised_at": reminder.raised_at, "no": item.headline.no[:60] if item.headline else ""}
    return of_duty(item.duty) | known


def of_duty(duty: Duty) -> dict[str, Any]:
    """What it was about."""
    return {
        "unit_id": duty.unit_id, "subject_type": duty.subject_type, "subject_id": duty.subject_id, "rule": duty.rule,
        "asked": str(duty.why["title"])[:200], "start_on": duty.start_on, "due_on": duty.due_on, "error": "",
    }  # fmt: skip


def add(rows: Sequence[Mapping[str, Any]]) -> None:
    """All of one shape."""
    if rows:
        db.session.connection().execute(insert(NOTICE), rows)


def settle(letter: Outbox) -> None:
    """As the letter, so all that stands in it."""
    dead = letter.state is OutboxState.DEAD
    now = {"sent_at": letter.sent_at, "failed_at": dates.now() if dead else None, "error": letter.error[:200]}
    mark(Notice.outbox_id == letter.id, **now)


def reopen(letters: Sequence[int]) -> None:
    mark(Notice.outbox_id.in_(letters), failed_at=None)


def opened(*asked: ColumnElement[bool]) -> None:
    """The first time counts."""
    mark(*asked, Notice.opened_at.is_(None), opened_at=dates.now())


def opened_in(message: Message) -> None:
    opened(Notice.message_id == message.id)


def opened_in_mail(letter: Outbox, subject_type: str, subject_id: int) -> None:
    opened(Notice.outbox_id == letter.id, Notice.subject_type == subject_type, Notice.subject_id == subject_id)


def all_opened(person: User) -> None:
    """Before the entries themselves are marked."""
    unread = select(Message.id).where(Message.person_id == person.id, Message.read_at.is_(None))
    opened(Notice.person_id == person.id, Notice.message_id.in_(unread))


def acted_on(message: Message) -> None:
    """The reader says that it is done: so it is, by whichever channel they heard."""
    same = (Notice.rule == message.rule, Notice.start_on == message.start_on, Notice.due_on == message.due_on)
    mark(Notice.person_id == message.person_id, of_subject(message), *same, Notice.acted_at.is_(None),
         acted_at=dates.now())  # fmt: skip


def of_subject(row: Message | Notice) -> ColumnElement[bool]:
    return and_(Notice.subject_type == row.subject_type, Notice.subject_id == row.subject_id)


def mark(*asked: ColumnElement[bool], **now: Any) -> int:
    done = update(NOTICE).where(*asked).values(**now)
    return int(db.session.connection().execute(done).rowcount)


def minute() -> str:
    """Alarms are entered, what has been met counts as acted on, and what nobody asks any more as withdrawn."""
    entered, met, gone = alarms(), acted(), withdrawn()
    db.session.commit()
    counts = ((entered, _("告警入账 %(n)s 条", n=entered)), (met, _("办结入账 %(n)s 条", n=met)),
              (gone, _("撤销入账 %(n)s 条", n=gone)))  # fmt: skip
    return _("、").join(words for n, words in counts if n) or _("没有待办")


def acted() -> int:
    return mark(*OPEN, exists().where(same_duty(Notice), Duty.met_on.isnot(None)), acted_at=dates.now())


def withdrawn() -> int:
    """Entries whose duty is gone. Should it come back, it is told anew."""
    return mark(*OPEN, ~exists().where(same_duty(Notice)), withdrawn_at=dates.now())


OPEN = (Notice.acted_at.is_(None), Notice.withdrawn_at.is_(None))


def same_duty(told: type[Message] | type[Notice]) -> ColumnElement[bool]:
    return and_(*(getattr(Duty, name) == getattr(told, name) for name in KEY))


def alarms() -> int:
    """Duties nobody can be told of stand on the administrators' page: once for each day they are due."""
    fields = {
        "channel": literal(Channel.ALARM, Notice.channel.type), "unit_id": Duty.unit_id, "no": literal(""),
        "subject_type": Duty.subject_type, "subject_id": Duty.subject_id, "rule": Duty.rule,
        "asked": Duty.why["title"].as_string(), "start_on": Duty.start_on, "due_on": Duty.due_on,
        "lead": Reminder.lead, "rung": Reminder.rung, "deputy": Reminder.deputy, "error": literal(""),
        "raised_at": Reminder.raised_at, "sent_at": literal(dates.now(), Notice.sent_at.type),
    }  # fmt: skip
    same = [NOTICE.c[name] == getattr(Duty, name) for name in (*KEY, "due_on")]
    known = exists().where(NOTICE.c.channel == Channel.ALARM, *same)
    sounded = select(func.min(Reminder.id)).where(Reminder.rung == Rung.ALARM)
    sounded = sounded.group_by(Reminder.duty_id, Reminder.due_on)
    rows = select(*fields.values()).join(Duty, Duty.id == Reminder.duty_id)
    rows = rows.where(Reminder.id.in_(sounded), Reminder.due_on == Duty.due_on, Duty.met_on.is_(None), ~known)
    put = insert(NOTICE).from_select(list(fields), rows)
    return int(db.session.connection().execute(put, execution_options={"preserve_rowcount": True}).rowcount)


def of(row: InUnit) -> list[Notice]:
    """All that was told of a record, the last first."""
    return read(Notice.subject_type == row.__tablename__, Notice.subject_id == row.id)


def same(row: Notice) -> list[Notice]:
    """All that was told of the same duty."""
    return read(of_subject(row), Notice.rule == row.rule, Notice.start_on == row.start_on)


def read(*asked: ColumnElement[bool]) -> list[Notice]:
    rows = select(Notice).where(*asked).order_by(Notice.id.desc()).limit(MOST)
    return list(db.session.scalars(rows.options(joinedload(Notice.person), joinedload(Notice.robot))))
