"""A due day in one sentence: 受理日 2026-09-18 + 5 个工作日（9月20日调休上班）= 2026-09-24，依据《…》第…条."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from flask_babel import get_locale, gettext as _

from ems.core.calendar import SATURDAY, Calendar
from ems.core.rules import Rule, Span

WEEK = timedelta(days=7)


def english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"


def named(why: Mapping[str, Any], name: str) -> str:
    """A word of the rule, as stored with the day, in the reader's language."""
    return str((english() and why.get(f"{name}_en")) or why.get(name, ""))


def told(rule: Rule, name: str) -> str:
    """The same, of a rule itself."""
    return str((english() and getattr(rule, f"{name}_en")) or getattr(rule, name))


def explain(why: Mapping[str, Any]) -> str:
    """The whole sentence, as plain text."""
    return "".join(reckoning(why)) + basis(why)


def reckoning(why: Mapping[str, Any]) -> Iterator[str]:
    """How the day was counted."""
    offset, extra = why["offset"], why.get("extra", 0)
    yield f"{named(why, 'trigger')} {why['start']}"
    if offset:
        yield f" {'+' if offset > 0 else '−'} {abs(offset)} {Span(why['unit']).counted(abs(offset))}"
    if extra:
        unit = Span.WORKING_DAY if why["unit"] == Span.WORKING_DAY else Span.CALENDAR_DAY
        yield " + " + _("延长 %(n)s %(unit)s", n=extra, unit=unit.counted(extra))
    on, off = days(why.get("on", [])), days(why.get("off", []))
    notes = [_("%(days)s调休上班", days=on)] * bool(on) + [_("%(days)s放假", days=off)] * bool(off)
    if notes:
        yield _("（%(notes)s）", notes=_("，").join(notes))
    if offset or extra:
        yield f"{'' if notes and not english() else ' '}= {why['end']}"
    if why["due"] > why["end"]:
        yield _("，遇休息日顺延至 %(day)s", day=why["due"])
    if why["due"] < why["end"]:
        yield _("，遇休息日提前至 %(day)s", day=why["due"])
    if why.get("provisional"):
        yield _("（暂定：放假安排尚未公布）")


def basis(why: Mapping[str, Any]) -> str:
    cited = [
        _("《%(law)s》第%(article)s条", law=why[law], article=why[article])
        if why.get(article, "-") != "-"
        else _("《%(law)s》", law=why[law])
        for law, article in (("law", "article"), ("also_law", "also_article"))
        if why.get(law) and why[law] not in LOCAL
    ]
    if cited:
        return _("，依据%(laws)s", laws=_("、").join(cited))
    local = why.get("law") or why.get("source")
    return _("，依据%(laws)s", laws=local) if local else ""


LOCAL = frozenset({"本局工作制度", "本局承诺"})


def days(days: list[str]) -> str:
    """9月20日、10月10日: the month is said once."""
    if english():
        return ", ".join(days) and ", ".join(days) + " "
    months = groupby(map(date.fromisoformat, days), key=lambda day: day.month)
    return "、".join(f"{month}月" + "、".join(f"{day.day}日" for day in group) for month, group in months)


class Cell(NamedTuple):
    """One square of the calendar strip."""

    day: date
    works: bool
    swapped: bool  # a weekend that is worked
    is_start: bool
    is_due: bool
    is_today: bool


def strip(start: date, due: date, today: date, calendar: Calendar) -> list[Cell]:
    """Two weeks, Monday to Sunday twice, that show the due day and as much of the way to it as fits."""
    monday = due - timedelta(days=due.weekday())
    first = monday - WEEK if start < monday or today < monday else monday
    square = (first + timedelta(days=n) for n in range(14))
    return [
        Cell(day, works, works and day.weekday() >= SATURDAY, day == start, day == due, day == today)
        for day in square
        for works in [calendar.works(day)]
    ]
