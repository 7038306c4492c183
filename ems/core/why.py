"""A due day in one sentence: 受理日 2026-09-18 + 5 个工作日（9月20日调休上班）= 2026-09-24，依据《…》第…条."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from flask_babel import get_locale, gettext as _

from ems.core.calendar import SATURDAY, Calendar
from ems.core.dates import NEVER
from ems.core.rules import PauseKind, Rule, Span

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
    held = stops(why)
    yield f"{named(why, 'trigger')} {why['start']}"
    yield from period(why)
    yield from (not_counted(why["unit"], *stop) for stop in held if stop[2] is not None)
    if held and held[-1][2] is None:
        kind = PauseKind(held[-1][0]).label
        yield _("；自 %(day)s 起因%(kind)s停止计算，恢复后再定期限", day=held[-1][1], kind=kind)
    else:
        yield from end(why)


def period(why: Mapping[str, Any]) -> Iterator[str]:
    """What the rule gives, and what was granted beside it."""
    offset, extra = why["offset"], why.get("extra", 0)
    if offset:
        yield f" {'+' if offset > 0 else '−'} {length(offset, why['unit'])}"
    if why["unit"] == Span.FIXED:
        yield _("，每年 %(day)s 为限", day=why["day"])
    if "legal" in why:
        yield _("（本局另定，法定 %(length)s）", length=length(*why["legal"]))
    if extra:
        yield " + " + _("延长 %(length)s", length=length(extra, day_of(why["unit"])))


def end(why: Mapping[str, Any]) -> Iterator[str]:
    """Where the days end, and where that rolls to."""
    notes = list(swaps(why))
    if notes:
        yield _("（%(notes)s）", notes=_("，").join(notes))
    if why["end"] != why["start"] or why["offset"] or stops(why):
        yield f"{'' if notes and not english() else ' '}= {why['end']}"
    if why["due"] > why["end"]:
        yield _("，遇休息日顺延至 %(day)s", day=why["due"])
    if why["due"] < why["end"]:
        yield _("，遇休息日提前至 %(day)s", day=why["due"])
    if why.get("provisional"):
        yield _("（暂定：放假安排尚未公布）")


def length(n: int, unit: str) -> str:
    """60 日"""
    return f"{abs(n)} {Span(unit).counted(abs(n))}"


def day_of(unit: str) -> Span:
    """What an extension, or a time that is not counted, is counted in."""
    return Span(unit) if unit in {Span.WORKING_DAY, Span.HOUR} else Span.CALENDAR_DAY


def not_counted(unit: str, kind: str, first: str, until: str, n: int) -> str:
    what = {"kind": PauseKind(kind).label, "first": first, "last": until, "length": length(n, day_of(unit))}
    return " + " + _("不计入 %(length)s（%(kind)s %(first)s 至 %(last)s）", **what)


def swaps(why: Mapping[str, Any]) -> Iterator[str]:
    if on := days(why.get("on", [])):
        yield _("%(days)s调休上班", days=on)
    if off := days(why.get("off", [])):
        yield _("%(days)s放假", days=off)


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
    swapped: bool  # a weekend that is worked, a weekday off
    is_start: bool
    is_due: bool
    is_today: bool
    is_held: bool  # not counted: the clock stood still


def strip(why: Mapping[str, Any], today: date, calendar: Calendar) -> list[Cell]:
    """Two weeks, Monday to Sunday twice, that show the due day and as much of the way to it as fits.

    While the clock stands still there is no due day: today and the day it stopped stand there.
    """
    start, due = (date.fromisoformat(why[name][:10]) for name in ("start", "due"))
    held = [(date.fromisoformat(first), until and date.fromisoformat(until)) for _k, first, until, _n in stops(why)]
    shown = due if due != NEVER else today
    monday = shown - timedelta(days=shown.weekday())
    first = monday - WEEK if start < monday or today < monday else monday
    square = (first + timedelta(days=n) for n in range(14))
    return [
        Cell(
            day, works, works and day.weekday() >= SATURDAY, day == start, day == due, day == today,
            any(since < day and (until is None or day <= until) for since, until in held),
        )
        for day in square
        for works in [calendar.works(day)]
    ]  # fmt: skip


def stops(why: Mapping[str, Any]) -> list[Any]:
    return why.get("stops") or []
