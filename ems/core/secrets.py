"""What must not be read off a stolen disk: identities, encrypted at rest, equal ones found through a keyed hash."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from sqlalchemy import Text, TypeDecorator


@lru_cache(maxsize=4)
def _keys(secret: str) -> tuple[Fernet, bytes]:
    def derived(purpose: str) -> bytes:
        return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()

    return Fernet(urlsafe_b64encode(derived("identity"))), derived("equality")


def keys() -> tuple[Fernet, bytes]:
    return _keys(current_app.config["IDENTITY_KEY"])


class Encrypted(TypeDecorator[str]):
    """Text, encrypted with the key of the configuration. It cannot be searched; see `fingerprint`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return keys()[0].encrypt(value.encode()).decode() if value else value

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        if not value:
            return value
        try:
            return keys()[0].decrypt(value.encode()).decode()
        except InvalidToken:
            return None  # written under another key: lost to us, and not to be shown as gibberish


def fingerprint(value: str | None) -> str | None:
    """Equal for equal numbers, whatever blanks or dashes stand in them; nothing can be read back from it."""
    digits = "".join(c for c in value or "" if c.isalnum())
    return hmac.new(keys()[1], digits.encode(), hashlib.sha256).hexdigest()[:32] if digits else None


def masked(value: str | None) -> str:
    """138****0162, 张**: enough to know it by, too little to find it by."""
    if not value:
        return ""
    if len(value) > 7 and value.replace("-", "").isdecimal():  # noqa: PLR2004
        return f"{value[:3]}****{value[-4:]}"
    return value[0] + "*" * min(2, max(1, len(value) - 1))
