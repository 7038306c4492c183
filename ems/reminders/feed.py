"""A person's open duties as a calendar (iCalendar, RFC 5545), for whatever calendar they keep.

It is read by machines that log in nowhere, and lies on others' servers afterwards: number and headline as they may
leave the house. The same duties make the same bytes, so that a calendar that has them already is told so.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale, gettext as _
from icalendar import Alarm, Calendar, Event
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.core.policy import posts, roles
from ems.core.rules import Bearer
from ems.reminders.headlines import Headline, headlines
from ems.reminders.hearers import reaches
from ems.reminders.models import Feed

MOST = 1000  # events
AFRESH = timedelta(hours=4)  # how often a calendar should ask
DAY, BEFORE_HOURS = timedelta(days=1), timedelta(hours=2)
NINE = timedelta(hours=-15)  # nine o'clock of the day before, from midnight
LENGTH = timedelta(minutes=30)  # of what ends at a minute


def renew(person: User) -> str:
    """A new address, shown this once; the one before leads nowhere from now on."""
    token = secrets.token_urlsafe(32)
    feed = of(person) or Feed(person_id=person.id)
    feed.hash, feed.made_at, feed.read_at, feed.events = hashed(token), dates.now(), None, {}
    db.session.add(feed)
    return f"{current_app.config['BASE_URL']}/feed/{token}.ics"


def revoke(person: User) -> None:
    if feed := of(person):
        db.session.delete(feed)


def of(person: User) -> Feed | None:
    return db.session.scalars(select(Feed).where(Feed.person_id == person.id)).first()


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def known(token: str) -> tuple[Feed, User] | None:
    """Whose address it is. Of somebody who has left, is locked out or holds no post, nothing is told."""
    rows = select(Feed, User).join(User, User.id == Feed.person_id).where(Feed.hash == hashed(token))
    found = db.session.execute(rows).first()
    if found is None or not hmac.compare_digest(found.Feed.hash, hashed(token)) or not found.User.is_active:
        return None
    return (found.Feed, found.User) if roles(found.User) else None


def answered_by(person: User) -> Select[Duty]:
    """Our own open duties that are the person's, or of those they stand in for; as head, those of nobody too.

    None of a record that they may not open any more.
    """
    day = dates.today()
    away = select(Deputy.absent_id).where(Deputy.deputy_id == person.id, Deputy.since <= day, Deputy.until >= day)
    top = aliased(Unit)
    headed = select(Unit.id).join(top, Unit.path.startswith(top.path)).join(Post, Post.unit_id == top.id)
    headed = headed.where(posts(person), Post.role == Role.CHIEF)
    mine = or_(
        Duty.owner_id == person.id, Duty.owner_id.in_(away), and_(Duty.owner_id.is_(None), Duty.unit_id.in_(headed))
    )
    rows = select(Duty).where(Duty.met_on.is_(None), Duty.bearer == Bearer.OWN, Duty.due_on < dates.NEVER, mine)
    rows = rows.where(reaches(person.id, day))
    return rows.order_by(Duty.due_on, Duty.id).limit(MOST)


def written(feed: Feed, person: User) -> bytes:
    """The calendar; what has changed since it was read last counts one change more."""
    with force_locale(person.language):
        duties = db.session.scalars(answered_by(person)).all()
        lines = headlines(person, [(duty.subject_type, duty.subject_id) for duty in duties])
        said = {uid(duty): event(duty, lines.get((duty.subject_type, duty.subject_id))) for duty in duties}
        feed.events = {id: numbered(made, feed.events.get(id)) for id, made in said.items()}
        return calendar(person, said, feed.events)


def uid(duty: Duty) -> str:
    """The same for the same duty for ever, though its row may be made anew."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    return f"{duty.subject_type}-{duty.subject_id}-{duty.rule}-{duty.start_on}@{host}"


def event(duty: Duty, line: Headline | None) -> Event:
    """All day on the day it is due; of a rule in hours, the half hour before."""
    made = Event()
    summary = " · ".join(filter(None, (line.outside if line else "", duty.title)))
    made.add("summary", summary)
    made.add("description", duty.sentence)
    if line:
        made.add("url", current_app.config["BASE_URL"] + line.path)
    if duty.due_at:
        made.add("dtstart", duty.due_at - LENGTH)
        made.add("dtend", duty.due_at)
    else:
        made.add("dtstart", duty.due_on)
        made.add("dtend", duty.due_on + DAY)
    made.add("transp", "TRANSPARENT")  # a day something is due on is not a day one is away
    made.add("class", "PRIVATE")
    made.add_component(alarm(summary, -BEFORE_HOURS if duty.due_at else NINE))
    return made


def alarm(summary: str, trigger: timedelta) -> Alarm:
    made = Alarm()
    made.add("action", "DISPLAY")
    made.add("description", summary)
    made.add("trigger", trigger)
    return made


def numbered(made: Event, last: Any) -> list[Any]:
    """What it says, in short; how often that has changed; when it last did."""
    digest = hashlib.sha256(made.to_ical()).hexdigest()[:16]
    if last and last[0] == digest:
        return list(last)
    return [digest, last[1] + 1 if last else 0, dates.now().replace(microsecond=0).isoformat()]


def calendar(person: User, said: Mapping[str, Event], changes: Mapping[str, Any]) -> bytes:
    made = Calendar()
    made.add("prodid", "-//EMS//Duties//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("期限 · %(name)s", name=person.name))
    made.add("x-wr-timezone", "Asia/Shanghai")
    made.add("refresh-interval", AFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT4H")
    for id, one in said.items():
        _digest, sequence, moment = changes[id]
        changed = datetime.fromisoformat(moment)
        for name, value in (("uid", id), ("dtstamp", changed), ("last-modified", changed), ("sequence", sequence)):
            one.add(name, value)
        made.add_component(one)
    return bytes(made.to_ical())
