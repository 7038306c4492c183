"""When a duty is spoken of: which rule speaks at which lead, and on which days.

One law holds for all of it: *what falls due before the next working morning is told now; all else waits for one.* So
days off are quiet, what they kept back is told on the working morning after them at the closest lead, and nothing falls
due unseen over a holiday: on the last working morning before it, everything that ends within it is told as if it ended
that day. Of a rule for any day each morning is a working one. A rule in hours waits for no morning at all.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.rules import LocalRule, Rule, Span, locals_in_force
from ems.reminders.models import Rung

MORNING, OPEN = time(8), time(8, 5)  # the morning scan comes first, and has some minutes to itself
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG_AGO = date(1900, 1, 1)

#: code, since, rung, lead, and the span it is told in: after the one end, up to the other, both as text
Step: TypeAlias = tuple[str, str, str, int, str, str]
Works: TypeAlias = Callable[[date], bool]


class Spoken(NamedTuple):
    """What a version of a rule says today about telling; leads and ladder as the bureau has changed them."""

    code: str
    since: date
    hours: bool
    any_day: bool
    leads: list[int]
    ladder: list[Any]  # [rung, lead]


def spoken(session: Session) -> list[Spoken]:
    local = locals_in_force(session)
    asked = (Rule.code, Rule.since, Rule.unit, Rule.any_day, Rule.leads, Rule.ladder)
    rows = session.execute(select(*asked).where(Rule.enabled).order_by(Rule.code, Rule.since)).all()
    return [
        Spoken(code, since, unit is Span.HOUR, any_day, *changed(local.get(code), leads, ladder))
        for code, since, unit, any_day, leads, ladder in rows
    ]


def changed(local: LocalRule | None, leads: list[int], ladder: list[Any]) -> tuple[list[int], list[Any]]:
    """None is as the law has it; an empty list is a change too."""
    if local is None:
        return leads, ladder
    return leads if local.leads is None else local.leads, ladder if local.ladder is None else local.ladder


def eve(now: datetime, works: Works, opens: time = MORNING) -> date:
    """The last day before the next working morning; `now` as the bureau's clock shows it."""
    day = now.date() if now.time() < opens else now.date() + DAY
    while not works(day):
        day += DAY
    return day - DAY


def in_days(session: Session, rules: Iterable[Spoken], *, morning: bool) -> list[Step]:
    """The steps of this moment: all of them on a working morning, else those of what cannot wait for one."""
    now, works = dates.local(dates.now()), calendar(session, dates.today()).works
    found: list[Step] = []
    for rule in rules:
        if not rule.hours:
            here = every_day if rule.any_day else works
            whole = morning and here(now.date())
            last = eve(now, here, MORNING if morning else OPEN)
            found += day_steps(rule, now.date(), last, whole=whole)
    return found


def every_day(_day: date) -> bool:
    return True


def day_steps(rule: Spoken, today: date, last: date, *, whole: bool) -> Iterator[Step]:
    """`last` is the eve of the next working morning: what ends by then counts as ending today."""

    def reach(lead: int) -> date:
        return max(today + lead * DAY, last) if lead >= 0 else today + lead * DAY

    for rung, lead, until in spans(rule):
        after, upto = LONG_AGO if until is None else reach(until), reach(lead)
        if not whole:
            after, upto = max(after, today - DAY), min(upto, last)
        if after < upto:
            yield rule.code, f"{rule.since}", rung, lead, f"{after}", f"{upto}"


def in_hours(rules: Iterable[Spoken]) -> list[Step]:
    """Of the rules in hours, on any day and at any hour."""
    now = dates.now()
    return [
        (rule.code, f"{rule.since}", rung, lead, since(now, until), moment(now + lead * HOUR))
        for rule in rules
        if rule.hours
        for rung, lead, until in spans(rule)
    ]


def spans(rule: Spoken) -> Iterator[tuple[str, int, int | None]]:
    """Rung, the lead at which it hears, and the next lead, at which it hears again. Those above hear once."""
    for lead, until in pairwise([*sorted(set(rule.leads), reverse=True), None]):
        yield Rung.PERSON.value, int(lead or 0), until
    for rung, lead in rule.ladder:
        yield rung, lead, None


def since(now: datetime, until: int | None) -> str:
    return moment(dates.at_noon(LONG_AGO) if until is None else now + until * HOUR)


def moment(at: datetime) -> str:
    """As SQLite keeps it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def read(text: str, *, hours: bool) -> date | datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if hours else date.fromisoformat(text)
