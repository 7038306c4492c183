"""What is asked again and again while one request is answered, and answered once: what I am where, a setting."""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
KNOWN: ContextVar[dict[Hashable, Any] | None] = ContextVar("known", default=None)


def begin() -> None:
    KNOWN.set({})


def end() -> None:
    """From now on nothing is kept: a command or a job may run for days."""
    KNOWN.set(None)


def forget() -> None:
    """Something was written: it may have been what was asked."""
    if KNOWN.get() is not None:
        KNOWN.set({})


def once(key: Hashable, ask: Callable[[], T]) -> T:
    known = KNOWN.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    found: T = known[key]
    return found
