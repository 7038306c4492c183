"""Who stands at the door: the one account a name and a password open, or nobody and a sentence.

A name there is not is answered word for word like one there is, after as much work: an answer must not tell who works
here. So its failures count too, from the log.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import case, func, select, update

from ems.core import audit, dates
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.people import User
from ems.people import passwords

TRIES = 5
LOCK = timedelta(minutes=15)
FAILED, LOCKED, REFUSED, ENTERED, LEFT = "login failed", "locked out", "login refused", "logged in", "logged out"


class Standing(NamedTuple):
    failures: int
    until: datetime | None


def knock(username: str, password: str) -> tuple[User | None, str]:
    """The person, or nobody and why not. To be committed in either case: a failure is kept."""
    name = username.strip().lower()[:40]
    user = db.session.scalar(select(User).where(func.lower(User.username) == name))
    right = passwords.fits(user.password_hash if user else "", password)
    found = standing(user, name)
    if found.until and found.until > dates.now():
        told(REFUSED, user, name, why="locked")
        return None, locked(found.until)
    if user is None or not right:
        return None, failed(user, name)
    if not user.is_active:
        told(REFUSED, user, name, why="inactive")
        return None, _("这个账号已停用或锁定，请联系安全管理员。")
    if passwords.dated(user.password_hash):
        user.password_hash = passwords.hashed(password)
    user.failures, user.failed_at, user.locked_until, user.seen_at = 0, None, None, dates.now()
    db.session.info["actor_id"], db.session.info["actor"] = user.id, user.name
    told(ENTERED, user, name)
    return user, ""


def standing(user: User | None, name: str) -> Standing:
    if user is None:
        return after(failures_of(name), dates.now())
    recent = user.failed_at is not None and dates.now() - user.failed_at < LOCK
    return Standing(user.failures if recent else 0, user.locked_until)


def failures_of(name: str) -> list[datetime]:
    """When somebody last tried a name there is not."""
    nobody = (LogEntry.subject_type == "user", LogEntry.subject_id.is_(None), LogEntry.act == FAILED)
    recent = LogEntry.at > dates.now() - TRIES * LOCK
    rows = db.session.execute(select(LogEntry.at, LogEntry.changes).where(*nobody, recent).order_by(LogEntry.id))
    return [at for at, changes in rows if changes["username"][1] == name]


def after(times: Iterable[datetime], now: datetime) -> Standing:
    """Where these failures leave an account at `now`: what `User.failures` and `User.locked_until` would say."""
    failures, before, until = 0, None, None
    for at in times:
        failures = failures + 1 if before and at - before < LOCK else 1
        before = at
        if failures == TRIES:
            failures, until = 0, at + LOCK
    return Standing(failures if before and now - before < LOCK else 0, until)


def failed(user: User | None, name: str) -> str:
    told(FAILED, user, name)
    failures = counted(user) if user else standing(None, name).failures + 1
    if failures < TRIES:
        return _("账号或密码不对。还可再试 %(n)s 次，之后锁定 15 分钟。", n=TRIES - failures)
    until = dates.now() + LOCK
    if user:
        user.failures, user.locked_until = 0, until
    told(LOCKED, user, name)
    return locked(until)


def counted(user: User) -> int:
    """One failure more. Counted in the database: two tries at once are two."""
    now = dates.now()
    more = case((User.failed_at > now - LOCK, User.failures + 1), else_=1)
    done = update(User).where(User.id == user.id).values(failures=more, failed_at=now)
    db.session.execute(done.execution_options(synchronize_session=False))
    db.session.refresh(user)
    return user.failures


def locked(until: datetime) -> str:
    return _("连续 5 次账号或密码不对，已锁定，%(time)s 之后可再试。", time=f"{dates.local(until):%H:%M}")


def told(act: str, user: User | None, name: str, **more: str) -> None:
    known = {} if user else {"username": name}
    audit.note(db.session(), act, "user", user.id if user else None, **known, **more)
