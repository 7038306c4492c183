"""What has not arrived, and who could not be written to: for an administrator, so never what was written."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Unit, UnitKind, User
from ems.core.rules import Bearer
from ems.reminders import hearers
from ems.reminders.models import Outbox, OutboxState

MOST = 200  # lines
LONGEST = 9  # digits of an id
SHARED: dict[str, Any] = {"to": Outbox.to, "error": Outbox.error}
DAY = timedelta(days=1)
#: the first word of a letter's key → what it is
KINDS = {
    "digest": _l("每日提醒"), "urgent": _l("即办提醒"), "robot": _l("群提醒"),
    "weekly": _l("周报"), "monthly": _l("月报"),
}  # fmt: skip


def letters() -> Sequence[Any]:
    """Those given up first, then those that wait, by the time of their next try. No subject, no text."""
    o = Outbox
    shown = select(o.id, o.key, o.channel, o.to, o.state, o.tries, o.error, o.made_at, o.tried_at, o.next_try_at)
    rows = shown.where(o.state != OutboxState.SENT).order_by(o.state, o.next_try_at, o.id)
    return db.session.execute(rows.limit(MOST)).all()


def kind(key: str) -> Any:
    return KINDS.get(key.partition(":")[0], key.partition(":")[0])


def counts() -> dict[str, int]:
    """Waiting, given up, and sent within a day."""
    states = select(Outbox.state, func.count()).where(Outbox.state != OutboxState.SENT).group_by(Outbox.state)
    found = {state.value: n for state, n in db.session.execute(states)}
    sent = select(func.count()).select_from(Outbox).where(Outbox.sent_at > dates.now() - DAY)
    return {"waiting": 0, "dead": 0} | found | {"sent": db.session.scalar(sent) or 0}


def dead_by(column: Any) -> Sequence[Any]:
    """How many of those given up share a recipient, or an error; the most first."""
    dead = select(column, func.count().label("n")).where(Outbox.state == OutboxState.DEAD).group_by(column)
    return db.session.execute(dead.order_by(func.count().desc(), column).limit(MOST)).all()


def chosen(form: Mapping[str, str]) -> dict[str, ColumnElement[bool]]:
    """Which of those given up are meant: one, all of a recipient, all of an error. None, where nothing is asked."""
    found = {name: column == form[name] for name, column in SHARED.items() if form.get(name)}
    if (id := form.get("id", "")).isdecimal() and len(id) <= LONGEST:
        found["id"] = Outbox.id == int(id)
    return found


def unwritable(email: Any) -> ColumnElement[bool]:
    """No address, or what cannot be one."""
    like = and_(email.like("%_@_%._%"), not_(or_(email.like("% %"), email.like("%@%@%"))))
    return not_(like)


def mailing() -> bool:
    return bool(current_app.config["MAIL_HOST"])


def unwritten() -> Select[Duty]:
    """Our own open duties whose owner no mail could reach, where mails are sent at all."""
    rows = select(Duty).join(User, User.id == Duty.owner_id).where(Duty.met_on.is_(None), Duty.bearer == Bearer.OWN)
    return rows.where(User.active, unwritable(User.email) if mailing() else false())


def unposted() -> Select[Duty]:
    """Open duties whose owner holds no post any more by which they could see the record."""
    return select(Duty).where(
        Duty.met_on.is_(None), Duty.owner_id.isnot(None), ~hearers.reaches(Duty.owner_id, dates.today())
    )


def without_address() -> Sequence[Any]:
    """These owners, with their addresses as they are, and how many duties each has."""
    rows = unwritten().with_only_columns(User.name, User.username, User.email, func.count().label("n"))
    rows = rows.group_by(User.id, User.name, User.username, User.email)
    return db.session.execute(rows.order_by(func.count().desc(), User.username).limit(MOST)).all()


def headless() -> Sequence[str]:
    """Units over which nobody stands who could be told of what has no owner."""
    headed = hearers.has_chief(hearers.silent(db.session()))
    rows = select(Unit.name).where(Unit.active, Unit.kind != UnitKind.GROUP, ~headed)
    return db.session.scalars(rows.order_by(Unit.path).limit(MOST)).all()
