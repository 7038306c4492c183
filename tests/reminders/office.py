"""A post office to send to, and what was written held against what stands in a file."""

import os
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from sqlalchemy import select

from ems.core.db import db
from ems.reminders.models import Outbox

GOLDEN = Path(__file__).parent / "golden"


class Office:
    """A post office: keeps what it takes, and refuses what `answers` says, in this order."""

    def __init__(self):
        self.letters, self.answers = [], []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  the library's name
        if self.answers and self.answers[0].startswith("rcpt "):
            return self.answers.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


class Desk(Controller):
    """On whatever port is free."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def opened(office, **asked):
    desk = Desk(office, hostname="127.0.0.1", port=0, **asked)
    desk.start()
    try:
        yield desk.port
    finally:
        desk.stop()


def letters():
    return db.session.scalars(select(Outbox).order_by(Outbox.id).execution_options(populate_existing=True)).all()


def golden(name, said):
    """What leaves the house is compared letter by letter; EMS_GOLDEN=write takes it as it is now."""
    file = GOLDEN / name
    if os.environ.get("EMS_GOLDEN") == "write":
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text(encoding="utf-8")
