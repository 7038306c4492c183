"""A due day is a function of (rule, start, extra, pauses) and the calendar, and of nothing else about a row."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from ems.core import dates
from ems.core.calendar import Calendar
from ems.core.rules import PauseKind, Roll, Rule, Span


class Held(Protocol):
    """A time that is not counted: the days after `from_on` up to `until_on`, or for as long as nobody knows."""

    kind: Any
    from_on: Any
    until_on: Any


class Due(NamedTuple):
    """The day, all it came from, and of a rule in hours the moment."""

    on: date
    why: dict[str, Any]
    at: datetime | None = None


class Stop(NamedTuple):
    """A pause as it counted: so many of the rule's days."""

    kind: PauseKind
    from_on: date
    until_on: date | None
    days: int


def add_months(day: date, n: int) -> date:
    """The same day `n` months on; if that month has no such day, its last (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def yearly(day: date, on: str) -> date:
    """The first `on` ("MM-DD") from `day` on."""
    this = in_year(day.year, on)
    return this if this >= day else in_year(day.year + 1, on)


def in_year(year: int, on: str) -> date:
    """A 29 February is the 28th where there is none."""
    month = int(on[:2])
    return date(year, month, min(int(on[3:]), monthrange(year, month)[1]))


def ends(rule: Rule, start: date, extra: int, calendar: Calendar) -> date:
    """The last day of the period, before it rolls. `extra` counts in the rule's unit, of months and years in days."""
    offset = rule.offset or 0
    match rule.unit:
        case Span.WORKING_DAY:
            return calendar.shift(start, offset + extra)
        case Span.MONTH | Span.YEAR:
            return add_months(start, offset * (12 if rule.unit is Span.YEAR else 1)) + timedelta(days=extra)
        case Span.FIXED:
            return yearly(start, rule.day) + timedelta(days=extra)
        case _:
            return start + timedelta(days=offset + extra)


def rolled(rule: Rule, end: date, calendar: Calendar) -> date:
    """To the next working day (民法典 203), or, of what must be done before a day, to the last one before."""
    return end if rule.roll is Roll.NONE else calendar.roll(end, 1 if rule.roll is Roll.NEXT else -1)


def due(rule: Rule, start: date, calendar: Calendar, extra: int = 0) -> date:
    return rolled(rule, ends(rule, start, extra, calendar), calendar)


def reckon(
    rule: Rule, start: date, extra: int, calendar: Calendar, pauses: Iterable[Held] = (), *, legal: Rule | None = None
) -> Due:
    """The due day, and all it came from: the sentence must still read true when rule and law have changed.

    Of a rule in hours `start` is a moment. While a pause lasts the day is `dates.NEVER`. `legal` is the rule as the law
    has it, where the bureau reads it otherwise.
    """
    if isinstance(start, datetime):
        return in_hours(rule, start, extra, legal)
    stops = counted(rule, start, extra, calendar, pauses)
    lasting = any(stop.until_on is None for stop in stops)
    end = ends(rule, start, extra + sum(stop.days for stop in stops), calendar)
    due = dates.NEVER if lasting else rolled(rule, end, calendar)
    why = {**said(rule, extra, legal), "start": f"{start}", "end": f"{end}", "due": f"{due}"}
    if stops:
        why["stops"] = [[s.kind.value, f"{s.from_on}", s.until_on and f"{s.until_on}", s.days] for s in stops]
    if rule.unit is Span.WORKING_DAY:
        met = calendar.between(start, end)
        why |= {"on": [f"{day}" for day, works in met if works], "off": [f"{day}" for day, works in met if not works]}
    by_calendar = [start] * (rule.unit is Span.WORKING_DAY) + [end] * (rule.roll is not Roll.NONE)
    why["provisional"] = not lasting and bool(by_calendar) and calendar.provisional(*by_calendar, due)
    return Due(due, kept(why))


def in_hours(rule: Rule, start: datetime, extra: int, legal: Rule | None) -> Due:
    """Hours are counted one after the other, night and holiday too (突发环境事件信息报告办法)."""
    at = start + timedelta(hours=(rule.offset or 0) + extra)
    end = f"{dates.local(at):%Y-%m-%d %H:%M}"
    why = {**said(rule, extra, legal), "start": f"{dates.local(start):%Y-%m-%d %H:%M}", "end": end, "due": end}
    return Due(dates.local(at).date(), kept(why), at)


def counted(rule: Rule, start: date, extra: int, calendar: Calendar, pauses: Iterable[Held]) -> Sequence[Stop]:
    """The pauses that count, in order: one that begins when the time is up comes too late, and no day counts twice."""
    found: list[Stop] = []
    total, after = 0, start
    for pause in pauses:
        first = max(pause.from_on, after)
        if first >= rolled(rule, ends(rule, start, extra + total, calendar), calendar):
            break
        if pause.until_on is None:
            found.append(Stop(pause.kind, first, None, 0))
            break
        if pause.until_on > first:
            days = between(rule, first, pause.until_on, calendar)
            found.append(Stop(pause.kind, first, pause.until_on, days))
            total, after = total + days, pause.until_on
    return found


def between(rule: Rule, first: date, last: date, calendar: Calendar) -> int:
    """The days after `first` up to `last`, of the kind the rule counts."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(map(calendar.works, days)) if rule.unit is Span.WORKING_DAY else (last - first).days


def said(rule: Rule, extra: int, legal: Rule | None) -> dict[str, Any]:
    """What a rule says of itself."""
    changed = legal is not None and (legal.offset, legal.unit) != (rule.offset, rule.unit)
    return {
        "title": rule.title, "title_en": rule.title_en, "trigger": rule.trigger, "trigger_en": rule.trigger_en,
        "offset": rule.offset or 0, "unit": rule.unit.value, "day": rule.day or "", "extra": extra,
        "law": rule.law, "article": rule.article, "also_law": rule.also_law, "also_article": rule.also_article,
        "source": "" if rule.law else rule.source,
        "pauses": rule.pauses,
        "legal": [legal.offset or 0, legal.unit.value] if legal and changed else None,
    }  # fmt: skip


def kept(why: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in why.items() if value or key == "offset"}


def in_force(versions: list[Rule], day: date) -> Rule:
    """Of the versions of one rule, oldest first, the one that holds on `day`; before all of them, the oldest."""
    return next((rule for rule in reversed(versions) if rule.since <= day), versions[0])
