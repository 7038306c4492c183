"""Mails: one digest per person and day, written once, sent until it arrives or is given up with an alarm.

Nothing of a case's text or of who complained leaves the house: number and headline, of a confidential one the number.
"""

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import select, update

from ems.core import dates
from ems.core.db import db
from ems.core.people import User
from ems.core.sets import insert
from ems.reminders.models import MessageKind, Outbox, OutboxState
from ems.web.filters import words

if TYPE_CHECKING:
    from ems.reminders.tell import Item

BACKOFF = (2, 10, 60, 360)  # minutes after each failure; after the last it is given up
LEASE = timedelta(minutes=10)  # whoever took a mail and died gives it back after this
SECONDS = 20  # for a server to answer
MOST = 500  # mails in one turn


def put_digest(person: User, items: Sequence["Item"]) -> None:
    """Into the outbox, unless this person had a mail today, or has no address, or no mail leaves the house."""
    if not (person.email and current_app.config["MAIL_HOST"]):
        return
    made = {"key": f"digest:{person.id}:{dates.today()}", "to": person.email, **digest(person, items)}
    times = {"made_at": dates.now(), "next_try_at": dates.now()}
    put = insert(db.engine.dialect.name, Outbox).values(**made, **times, state=OutboxState.WAITING, tries=0, error="")
    db.session.connection().execute(put.on_conflict_do_nothing(index_elements=["key"]))


def digest(person: User, items: Sequence["Item"]) -> dict[str, str]:
    """Subject, HTML and text, in the language that is set."""
    groups = grouped(items)
    base = current_app.config["BASE_URL"]
    shown = {"person": person, "groups": groups, "day": dates.today(), "base": base, "words": words}
    return {
        "subject": headed(groups),
        "html": render_template("mail/digest.html", **shown),
        "text": render_template("mail/digest.txt", **shown) + "\n",
    }


def grouped(items: Sequence["Item"]) -> dict[str, list["Item"]]:
    """By urgency, our own first: late, today, soon; then what others are late with."""
    found: dict[str, list[Item]] = {"late": [], "today": [], "soon": [], "escalated": []}
    for item in items:
        if item.kind is MessageKind.ESCALATED:
            found["escalated"].append(item)
        else:
            found["late" if item.duty.left < 0 else "soon" if item.duty.left else "today"].append(item)
    return found


def headed(groups: dict[str, list["Item"]]) -> str:
    """11月24日：1 件逾期、3 件今日到期"""
    late, today, soon, others = (len(groups[name]) for name in ("late", "today", "soon", "escalated"))
    parts = [_("%(n)s 件逾期", n=late)] * bool(late) + [_("%(n)s 件今日到期", n=today)] * bool(today)
    parts += [_("%(n)s 件将到期", n=soon)] * bool(soon) + [_("%(n)s 件逾期上报", n=others)] * bool(others)
    day = _("%(month)s月%(day)s日", month=dates.today().month, day=dates.today().day)
    return _("%(day)s：%(counts)s", day=day, counts=_("、").join(parts))


def message(mail: Outbox) -> EmailMessage:
    """The mail as it goes over the wire. Sent twice, it has the same Message-ID, and a mailbox shows it once."""
    sender: str = current_app.config["MAIL_FROM"]
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(_("高新区环境管理"), addr_spec=sender)
    made["To"] = mail.to
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(mail.made_at)
    made["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


def post() -> tuple[int, int]:
    """Send what is due, one after the other. How many went, how many failed."""
    went = failed = 0
    while went + failed < MOST and (id := take()):
        done, go_on = send(id)
        went, failed = went + done, failed + (not done)
        if not go_on:  # the server is away: the others need not wait for it twenty seconds each
            break
    return went, failed


def take() -> int | None:
    """The next mail, out of the others' reach as long as the lease lasts."""
    table: Any = Outbox.__table__
    due = (table.c.state == OutboxState.WAITING, table.c.next_try_at <= dates.now())
    first = select(table.c.id).where(*due).order_by(table.c.next_try_at, table.c.id).limit(1)
    claimed = update(table).where(table.c.id == first.with_for_update(skip_locked=True).scalar_subquery(), *due)
    now = {"tries": table.c.tries + 1, "next_try_at": dates.now() + LEASE}
    id: int | None = db.session.connection().scalar(claimed.values(now).returning(table.c.id))
    db.session.commit()
    return id


def send(id: int) -> tuple[bool, bool]:
    """Whether it went, and whether there is sense in trying the next."""
    made = message(db.session.get_one(Outbox, id, populate_existing=True))
    db.session.rollback()  # no transaction stays open while a server takes its time
    error, hopeless, server_there = "", False, True
    try:
        with connected() as smtp:
            smtp.send_message(made)
    except smtplib.SMTPRecipientsRefused as refused:
        error = str(refused)
        hopeless = all(code >= 500 for code, _said in refused.recipients.values())  # noqa: PLR2004  SMTP: for good
    except smtplib.SMTPDataError as refused:
        error = str(refused)
    except OSError as trouble:  # no answer, no encryption, no log-in: smtplib's other faults are of this kind too
        error, server_there = f"{type(trouble).__name__}: {trouble}", False
    settle(db.session.get_one(Outbox, id), error[:500], hopeless=hopeless)
    db.session.commit()
    return not error, server_there


def settle(mail: Outbox, error: str, *, hopeless: bool) -> None:
    mail.error = error
    if not error:
        mail.state, mail.sent_at = OutboxState.SENT, dates.now()
    elif hopeless or mail.tries > len(BACKOFF):
        mail.state = OutboxState.DEAD
    else:
        mail.next_try_at = dates.now() + timedelta(minutes=BACKOFF[mail.tries - 1])


def connected() -> AbstractContextManager[smtplib.SMTP]:
    config = current_app.config
    smtp = smtplib.SMTP(config["MAIL_HOST"], config["MAIL_PORT"], timeout=SECONDS)
    try:
        if config["MAIL_STARTTLS"]:
            smtp.starttls(context=ssl.create_default_context())
        if config["MAIL_USER"]:
            smtp.login(config["MAIL_USER"], config["MAIL_PASSWORD"])
    except BaseException:
        smtp.close()
        raise
    return smtp
