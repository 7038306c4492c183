"""What must not be read off a stolen disk: identities, encrypted at rest, equal ones found through a keyed hash."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any, Self

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Text, TypeDecorator

SHORTEST = 7  # digits of a telephone number
ANYBODY = frozenset("先生 女士 居民 业主 市民 群众 村民 住户 商户 租户 网友 家长 热心市民 小区居民 附近居民".split())  # noqa: SIM905
WIDER = 0xFEE0  # from a digit to its full-width twin


@lru_cache(maxsize=4)
def _keys(secret: str) -> tuple[Fernet, bytes]:
    def derived(purpose: str) -> bytes:
        return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()

    return Fernet(urlsafe_b64encode(derived("identity"))), derived("equality")


def keys() -> tuple[Fernet, bytes]:
    return _keys(current_app.config["IDENTITY_KEY"])


class Unreadable(str):
    """In the place of what was written under another key: says so, and keeps what is stored from being written over."""

    __slots__ = ("kept",)
    kept: str

    def __new__(cls, kept: str) -> Self:
        said = super().__new__(cls, _("（密钥不符，无法读出）"))
        said.kept = kept
        return said


class Encrypted(TypeDecorator[str]):
    """Text, encrypted with the key of the configuration. It cannot be searched; see `fingerprint`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        if isinstance(value, Unreadable):
            return value.kept
        return keys()[0].encrypt(value.encode()).decode() if value else value

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        if not value:
            return value
        try:
            return keys()[0].decrypt(value.encode()).decode()
        except InvalidToken:
            return Unreadable(value)


def fingerprint(value: str | None) -> str | None:
    """Equal for equal numbers, whatever blanks or dashes stand in them; nothing can be read back from it."""
    digits = "".join(c for c in value or "" if c.isalnum())
    return hmac.new(keys()[1], digits.encode(), hashlib.sha256).hexdigest()[:32] if digits else None


def pseudonym(kind: str, value: str) -> str:
    """Equal for equal values of one kind; without the key nobody finds the value, however few there are."""
    return hmac.new(keys()[1], f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:32]


def spellings(*known: str | None) -> re.Pattern[str] | None:
    """Where a name or number stands in a text, whatever blanks, dashes or full-width digits it is written with."""
    found = []
    for word in known:
        if not word or isinstance(word, Unreadable) or "*" in word or word in ANYBODY:
            continue
        digits = [c for c in word if c.isdecimal()]
        if len(digits) >= SHORTEST:
            found.append(r"[\s—()（）\uff0d-]*".join(f"[{d}{chr(ord(d) + WIDER)}]" for d in digits))
        elif len(word) > 1:
            found.append(re.escape(word))
    return re.compile("|".join(found)) if found else None


def without(text: str, *known: str | None) -> str:
    """The text with these names and numbers masked wherever they stand."""
    where = spellings(*known)
    return where.sub(lambda hit: masked("".join(c for c in hit[0] if c.isalnum())), text) if where else text


def masked(value: str | None) -> str:
    """138****0162, 张**: enough to know it by, too little to find it by."""
    if not value:
        return ""
    if isinstance(value, Unreadable):
        return value
    if len(value) > 7 and value.replace("-", "").isdecimal():  # noqa: PLR2004
        return f"{value[:3]}****{value[-4:]}"
    return value[0] + "*" * min(2, max(1, len(value) - 1))
