"""What an administrator's start page shows: the state of the house, and nothing of any case (三员分立)."""

from typing import Any

from sqlalchemy import func, select

from ems.core.audit import LogHead
from ems.core.db import db
from ems.core.people import Role
from ems.core.why import named
from ems.reminders import slots
from ems.reminders.models import Outbox, OutboxState
from ems.reminders.work import unheard
from ems.settings import announced

MOST = 50


def state(held: frozenset[Role]) -> dict[str, Any]:
    """Keys are missing for the roles they are not for."""
    found: dict[str, Any] = {"roles": held}
    if Role.SYSADMIN in held:
        alarms = db.session.execute(unheard().limit(MOST)).all()
        mails = select(Outbox.state, func.count()).group_by(Outbox.state)
        found |= {
            "alarms": [(named(row.why, "title"), row.name, row.due_on) for row in alarms],
            "mails": {state.value: n for state, n in db.session.execute(mails)},
            "dead": OutboxState.DEAD.value,
            "waiting": OutboxState.WAITING.value,
            "backup": slots.last("backup"),
            "morning": slots.last("morning"),
            "lacking": announced.lacking(),
            "pressing": announced.pressing(),
        }
    if Role.LOGADMIN in held:
        found["chain"] = db.session.get(LogHead, 1)
    return found
