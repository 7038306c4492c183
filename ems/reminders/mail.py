"""Mails, by SMTP."""

import hashlib
import smtplib
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial

from flask import current_app
from flask_babel import gettext as _

from ems.reminders.models import Outbox
from ems.reminders.outcome import WENT, Outcome

SECONDS = 20  # for a server to answer
FOR_GOOD = 500  # SMTP: from here on a refusal is for good


def carrier(letter: Outbox) -> Callable[[], Outcome]:
    return partial(send, message(letter))


def message(letter: Outbox) -> EmailMessage:
    """The mail as it goes over the wire. Sent twice, it has the same Message-ID, and a mailbox shows it once."""
    sender: str = current_app.config["MAIL_FROM"]
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(_("高新区环境管理"), addr_spec=sender)
    made["To"] = letter.to
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(letter.made_at)
    made["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"  # Exchange and Outlook: no absence notes back to us
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


def send(made: EmailMessage) -> Outcome:
    try:
        with connected() as smtp:
            smtp.send_message(made)
    except smtplib.SMTPRecipientsRefused as refused:
        answers = refused.recipients.values()
        hopeless = all(code >= FOR_GOOD for code, _said in answers)
        return Outcome(_("；").join(words(*answer) for answer in answers), hopeless=hopeless)
    except smtplib.SMTPDataError as refused:
        return Outcome(words(*refused.args))
    except smtplib.SMTPResponseException as refused:  # no log-in, no encryption: so for all the others
        return Outcome(f"{type(refused).__name__}: {words(*refused.args)}", away=True)
    except OSError as trouble:  # no answer; smtplib's other faults are of this kind too
        return Outcome(f"{type(trouble).__name__}: {trouble}", away=True)
    return WENT


def words(code: int, said: bytes | str) -> str:
    """550 5.1.1 User unknown: the same for all whom a server refuses so."""
    return f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"


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
