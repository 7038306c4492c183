"""Cases with one duty each: an instruction to be answered by the day that stands in it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from ems.complaints.models import Channel
from ems.core import dates
from ems.core.db import db
from ems.core.rules import Rule
from ems.reminders.models import Message
from tests import factories
from tests.conftest import TODAY
from tests.postgres import server  # noqa: F401  fixture


@pytest.fixture
def case(units, cast):
    def made(left, handler="officer", unit="bureau", **known):
        """Due in `left` days."""
        due = {"channel": Channel.INSTRUCTION, "document_due_on": TODAY + timedelta(days=left)}
        who = {"handler_id": cast[handler].id if handler else None, "unit_id": units[unit].id}
        return factories.complaint(units, cast, **due, **who, **known)

    return made


@pytest.fixture
def rule(app):
    return db.session.scalars(select(Rule).where(Rule.code == "DOC_DUE")).one()


@pytest.fixture
def inbox(app):
    def of(user):
        mine = select(Message).where(Message.person_id == user.id).order_by(Message.id)
        return db.session.scalars(mine.execution_options(populate_existing=True)).all()

    return of


def day(n, hour=8):
    """The clock stands at that hour `n` days on."""
    moment = datetime.combine(TODAY + timedelta(days=n), datetime.min.time(), dates.HERE)
    return dates.stopped(moment.replace(hour=hour))


@pytest.fixture
def database(request, tmp_path):
    """In memory; "file": one that several threads or processes open; "postgresql"."""
    kind = getattr(request, "param", "memory")
    if kind == "postgresql":
        return request.getfixturevalue("server")
    return f"sqlite:///{tmp_path / 'ems.db'}" if kind == "file" else "sqlite://"
