"""The clock. Call it as `dates.today()`, `dates.now()`: tests and simulations stop it.

`stopped` holds for this thread alone. `stop_everywhere` holds for the whole process, for a server with threads of its
own; where a thread has stopped its clock itself, that counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Asia/Shanghai")
NEVER = date.max  # due, while a clock stands still
_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)
_everywhere: list[datetime] = []  # none, or one


def now() -> datetime:
    """The moment, aware, in UTC."""
    return _stopped.get() or (_everywhere[0] if _everywhere else datetime.now(UTC))


def today() -> date:
    """The date where the bureau is."""
    return now().astimezone(HERE).date()


def local(moment: datetime) -> datetime:
    """`moment` as the clock on the bureau's wall shows it."""
    return moment.astimezone(HERE)


@contextmanager
def stopped(moment: datetime) -> Iterator[None]:
    """Within, it is `moment` (a naive one is the bureau's own time)."""
    token = _stopped.set(aware(moment))
    try:
        yield
    finally:
        _stopped.reset(token)


def stop_everywhere(moment: datetime | None) -> None:
    """From now on it is `moment` in every thread; with None the clock goes on."""
    _everywhere[:] = [aware(moment)] if moment else []


def aware(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=HERE)).astimezone(UTC)


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=HERE).astimezone(UTC)


def year(number: int) -> tuple[date, date]:
    """First and last day of a calendar year."""
    return date(number, 1, 1), date(number, 12, 31)


def so_far(number: int) -> tuple[date, date]:
    """The year; of the one under way what is over of it. Both a number and the list behind it take this one."""
    first, last = year(number)
    return first, min(last, today()) if first <= today() else last
