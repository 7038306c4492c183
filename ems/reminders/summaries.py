"""How the units below a head stood in a week, below a leader in a month: one mail a person and period."""

import logging
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from flask import current_app, render_template
from flask_babel import force_locale, gettext as _

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.people import Role, User
from ems.reminders import post
from ems.reminders.heads import holders
from ems.reminders.models import Channel
from ems.reminders.standings import DAY, WEEK, Line, lines, longest, monday, owed, rate, undelivered

log = logging.getLogger(__name__)
SUMS = ("late", "coming", "met", "on_time")


def first_of(begin: Callable[[date], date], at: time) -> Callable[[datetime], datetime | None]:
    """A job's slot: on the first working day of the week or month from that time on; the next ones make up for it."""

    def slot(now: datetime) -> datetime | None:
        day = now.date()
        days = calendar(db.session(), begin(day))
        first = days.roll(begin(day), 1)
        return datetime.combine(first, at) if first <= day and now.time() >= at and days.works(day) else None

    return slot


def first(day: date) -> date:
    return day.replace(day=1)


def weekly() -> str:
    return _("周报 %(n)s 人", n=write_all(Role.CHIEF, week))


def monthly() -> str:
    return _("月报 %(n)s 人", n=write_all(Role.LEADER, month))


def write_all(role: Role, write: Callable[[User], bool]) -> int:
    """One that fails does not keep the others."""
    if not current_app.config["MAIL_HOST"]:
        return 0
    people = holders(role)
    db.session.commit()
    return sum(attempt(id, write) for id in people)


def attempt(id: int, write: Callable[[User], bool]) -> bool:
    person = db.session.get_one(User, id)
    try:
        with force_locale(person.language):
            written = write(person)
        db.session.commit()
    except Exception:
        db.session.rollback()
        log.exception("summary for person %s", id)
        return False
    return written


def week(person: User) -> bool:
    """Of the week that is over, and the one that begins."""
    begins = monday(dates.today())
    period = (begins - WEEK, begins - DAY)
    found = [line for line in lines(person, Role.CHIEF, period) if not line.quiet]
    if not found:
        return False
    year, n, _day = begins.isocalendar()
    sums = summed(found)
    words = _("第 %(week)s 周：逾期 %(late)s 件，本周到期 %(coming)s 件，上周按期率 %(rate)s", week=n, **sums)
    shown = {"lines": found, "late": longest(person, Role.CHIEF), "period": period, "headed": words}
    return put(person, f"weekly:{person.id}:{year}-W{n:02d}", "weekly", shown)


def month(person: User) -> bool:
    """Of the month that is over."""
    last = first(dates.today()) - DAY
    period = (first(last), last)
    found = lines(person, Role.LEADER, period)
    if not found:
        return False
    sums, others = summed(found), owed(person)
    lights = {colour: sum(line.colour == colour for line in found) for colour in ("red", "yellow", "green")}
    words = _("%(month)s月：按期率 %(rate)s，逾期 %(late)s 件，企业逾期 %(owed)s 件", month=last.month, **sums,
              owed=sum(row.n for row in others))  # fmt: skip
    shown: dict[str, Any] = {"lines": [line for line in found if not line.quiet], "lights": lights, "period": period}
    shown |= {"late": longest(person, Role.LEADER), "owed": others, "undelivered": undelivered(person, period)}
    return put(person, f"monthly:{person.id}:{last:%Y-%m}", "monthly", shown | {"headed": words})


def summed(found: list[Line]) -> dict[str, Any]:
    sums: dict[str, Any] = {name: sum(getattr(line, name) for line in found) for name in SUMS}
    return sums | {"rate": rate(sums["on_time"], sums["met"])}


def put(person: User, key: str, name: str, shown: dict[str, Any]) -> bool:
    """Into the outbox, unless it has been written before."""
    shown |= {"person": person, "base": current_app.config["BASE_URL"]}
    said = {part: render_template(f"mail/{name}.{part}", **shown) for part in ("html", "txt")}
    told = {"subject": shown["headed"], "html": said["html"], "text": said["txt"] + "\n"}
    return post.put(key, Channel.MAIL, person.email, person_id=person.id, **told) is not None
