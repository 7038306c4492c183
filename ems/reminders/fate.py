"""What became of each duty of a year that was lived through on a copy, and what was said for nothing."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from ems.core import dates
from ems.core.db import Utc, db
from ems.core.duties import KEY
from ems.core.sets import local_day
from ems.reminders.models import Message, MessageKind, Reminder, Rung
from ems.reminders.truth import MIDNIGHT, NOON, OWN, STOOD, TRUTH, moment

LADDER = (Rung.PERSON, Rung.HEAD, Rung.LEADER)
T = TRUTH.c

#: what became of each duty that was due in the year
FATE = sa.Table(
    "fate",
    OWN,
    sa.Column("duty_id", sa.Integer, primary_key=True),
    sa.Column("rule", sa.String, index=True),
    sa.Column("since", sa.Date),
    sa.Column("untold", sa.Boolean),  # there was something to tell of, somebody to hear it, and nobody heard in time
    sa.Column("late", sa.Boolean),
    sa.Column("rung", sa.Integer),  # the highest that heard, counted from 1
    sa.Column("ahead", sa.Float),  # days left when it was first told, of a rule in hours hours
)


def settle(period: tuple[date, date], known_to: date) -> None:
    """Fills `FATE`."""
    until = sa.func.coalesce(T.due_at, moment(T.due_on, MIDNIGHT))
    over = sa.or_(T.ends_at > until, sa.and_(T.ends_at.is_(None), T.due_on < known_to))
    first, ladder = heard(), climbed(known_to)
    told, alarmed = (sa.func.coalesce(at <= until, sa.false()) for at in (first.c.at, ladder.c.alarm))
    fields = {
        "duty_id": T.id, "rule": T.rule, "since": T.since, "untold": sa.and_(stood_open(), ~told, ~alarmed),
        "late": sa.func.coalesce(over, sa.false()), "rung": sa.func.coalesce(ladder.c.rung, 0),
        "ahead": sa.case((told, sa.func.coalesce(hours(T.due_at, first.c.at), days(T.due_on, first.c.at)))),
    }  # fmt: skip
    same = sa.and_(*(first.c[name] == T[name] for name in KEY))
    joined = TRUTH.outerjoin(first, same).outerjoin(ladder, ladder.c.duty_id == T.id)
    rows = sa.select(*fields.values()).select_from(joined).where(T.due_on.between(*period))
    db.session.execute(sa.insert(FATE).from_select(list(fields), rows))
    db.session.commit()


def stood_open() -> sa.ColumnElement[bool]:
    """On its due day, for somebody to be told of: what was met that day was, what was met before was not."""
    ripe = sa.func.coalesce(T.due_at, moment(T.due_on, NOON))
    met_then = sa.and_(T.ends_at >= ripe, T.ends_at > T.begins_at)
    return sa.or_(T.ends_at.is_(None), met_then)


def days(due: Any, at: Any) -> Any:
    return sa.func.julianday(due) - sa.func.julianday(local_day("sqlite", at))


def hours(due: Any, at: Any) -> Any:
    return sa.func.round((sa.func.julianday(due) - sa.func.julianday(at)) * 24, 2)


def heard() -> sa.Subquery:
    """When somebody first found each duty in the inbox, as one to answer for or to see to."""
    key = [getattr(Message, name) for name in KEY]
    rows = sa.select(*key, sa.func.min(Message.at).label("at")).where(Message.kind != MessageKind.ALARM)
    return rows.group_by(*key).subquery("heard")


def climbed(known_to: date) -> sa.Subquery:
    """The highest rung that was told of each duty by then, and when the first alarm was raised."""
    rung = sa.case({one: n for n, one in enumerate(LADDER, start=1)}, value=Reminder.rung)
    told = sa.func.max(sa.case((local_day("sqlite", Reminder.told_at) <= known_to, rung)))
    alarm = sa.func.min(sa.case((Reminder.rung == Rung.ALARM, Reminder.raised_at)))
    rows = sa.select(Reminder.duty_id, told.label("rung"), sa.type_coerce(alarm, Utc()).label("alarm"))
    return rows.group_by(Reminder.duty_id).subquery("climbed")


def within(period: tuple[date, date], at: Any) -> sa.ColumnElement[bool]:
    return local_day("sqlite", at).between(*period)


def false_alarms(period: tuple[date, date]) -> sa.Select[Any]:
    """What was said in the year of a duty that did not stand open then, or not for that day."""
    same = (T[name] == getattr(Message, name) for name in KEY)
    then = (STOOD.c.from_at <= Message.at, sa.or_(STOOD.c.until_at.is_(None), STOOD.c.until_at > Message.at))
    right = sa.select(STOOD.c.duty_id).join(TRUTH, T.id == STOOD.c.duty_id).where(*same, *then)
    right = right.where(STOOD.c.due_on == Message.due_on, STOOD.c.due_on != dates.NEVER)
    return sa.select(Message).where(within(period, Message.at), ~right.exists())
