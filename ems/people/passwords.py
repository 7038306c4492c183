"""Passwords: argon2, and what makes one too weak (GB/T 22239 身份鉴别; the numbers are the practice of its audits)."""

import secrets
import string
from functools import cache

from argon2 import Parameters, PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import dates
from ems.core.db import db
from ems.core.people import ADMINISTRATORS, Role, User
from ems.people.models import PasswordHistory

PROFILES: dict[str, Parameters] = {"strong": profiles.RFC_9106_LOW_MEMORY, "cheap": profiles.CHEAPEST}
SHORTEST, SHORTEST_ADMIN, LONGEST = 8, 10, 128  # characters
CLASSES = 3  # of lower case, upper case, digits, others
REMEMBERED = 5  # the present one and the four before it
DEMO_PASSWORD = "Gaoxin-2026"  # noqa: S105  shown on the log-in page of a demo, and only there


@cache
def hasher(profile: str) -> PasswordHasher:
    return PasswordHasher.from_parameters(PROFILES[profile])


def ours() -> PasswordHasher:
    return hasher(current_app.config["ARGON2"])


@cache
def nobodys(profile: str) -> str:
    """A hash nothing fits: checking an account that is not there takes as long as one that is."""
    return hasher(profile).hash(secrets.token_hex())


def hashed(password: str) -> str:
    return ours().hash(password)


def fits(kept: str, password: str) -> bool:
    """Whether `password` is the one whose hash is `kept`. Costs one hash, whatever is `kept`."""
    try:
        ours().verify(kept or nobodys(current_app.config["ARGON2"]), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


def dated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return ours().check_needs_rehash(kept)


def weakness(password: str, user: User, held: frozenset[Role]) -> str | None:
    """Why `user`, who holds these roles, cannot take this password; None if they can."""
    least = SHORTEST_ADMIN if held & ADMINISTRATORS else SHORTEST
    kinds = {kind(character) for character in password}
    if len(password) < least:
        return _("太短，至少 %(n)s 个字符。", n=least)
    if len(kinds) < CLASSES:
        return _("太简单，大写字母、小写字母、数字、其他符号四类中至少要有三类。")
    if user.username.lower() in password.lower():
        return _("不能含有账号名。")
    if any(fits(kept, password) for kept in last(user)):
        return _("最近用过，请换一个（最近 %(n)s 个密码不能重复）。", n=REMEMBERED)
    return None


def kind(character: str) -> str:
    of = {"lower": string.ascii_lowercase, "upper": string.ascii_uppercase, "digit": string.digits}
    return next((name for name, letters in of.items() if character in letters), "other")


def last(user: User) -> list[str]:
    before = select(PasswordHistory.hash).where(PasswordHistory.user_id == user.id)
    before = before.order_by(PasswordHistory.id.desc()).limit(REMEMBERED - 1)
    return [kept for kept in (user.password_hash, *db.session.scalars(before)) if kept]


def give(user: User, password: str, *, own: bool) -> None:
    """Set the password. One that is not their own has to be changed at the next log-in."""
    if user.password_hash:
        db.session.add(PasswordHistory(user_id=user.id, at=dates.now(), hash=user.password_hash))
    user.password_hash, user.must_change = hashed(password), not own
    user.failures, user.failed_at, user.locked_until = 0, None, None


def one_time() -> str:
    """A password to be read out once: no letter that looks like a digit."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    words = (letters, letters.upper(), "23456789")
    mixed = [secrets.choice(of) for of in words] + [secrets.choice("".join(words)) for _n in range(9)]
    secrets.SystemRandom().shuffle(mixed)
    return "-".join("".join(mixed[at : at + 4]) for at in (0, 4, 8))
