"""Rules: how long the law, or a promise of ours, leaves for a thing. A rule is data, with the day it holds from."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ems.core.calendar import Calendar
from ems.core.db import Choice, Model
from ems.core.sets import DATA


class Span(Choice):
    CALENDAR_DAY = "calendar_day", _l("日")
    WORKING_DAY = "working_day", _l("个工作日")
    MONTH = "month", _l("个月")
    YEAR = "year", _l("年")
    HOUR = "hour", _l("小时")
    EVENT = "event", _l("当日")
    DOCUMENT = "document", _l("按文件载明")
    FIXED = "fixed", _l("每年固定日")

    def counted(self, n: int) -> str:
        """1 day, 2 days. Chinese does not mind."""
        return str(self.label).removesuffix("s") if n == 1 else str(self.label)


class Roll(Choice):
    """Where a day goes that ends on a day off (民法典 203: to the next; before an expiry, be early)."""

    NONE = "none", _l("不顺延")
    NEXT = "next", _l("顺延")
    PREVIOUS = "previous", _l("提前")


class Kind(Choice):
    DEADLINE = "deadline", _l("期限")
    RECURRING = "recurring", _l("周期事项")
    PRACTICE = "practice", _l("惯例")
    DOCUMENT = "document", _l("文件载明")
    VALIDITY = "validity", _l("有效期")
    MIN_PERIOD = "min_period", _l("最短期间")
    LIMITATION = "limitation", _l("时效")
    RETENTION = "retention", _l("保存期")
    RULE = "rule", _l("规则")


class Bearer(Choice):
    """Who must act: only what we bear ourselves counts as our lateness."""

    OWN = "own", _l("本单位")
    ENTERPRISE = "enterprise", _l("企业")
    PARTY = "party", _l("当事人")
    AUTHORITY = "authority", _l("上级机关")


class Rule(Model):
    """`offset` units after (before, if negative) the `trigger`; told at each of `leads`, in days left.

    One code has a row for each day `since` which it reads differently; the one in force on the start day counts, so a
    new law moves no day that began under the old.
    """

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(default=Kind.DEADLINE)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    bearer: Mapped[Bearer] = mapped_column(default=Bearer.OWN)
    trigger: Mapped[str] = mapped_column(String(80))
    trigger_en: Mapped[str] = mapped_column(String(120), default="")
    offset: Mapped[int | None]
    unit: Mapped[Span] = mapped_column(default=Span.CALENDAR_DAY)
    day: Mapped[str] = mapped_column(String(5), default="")  # "MM-DD", for a fixed day of the year
    roll: Mapped[Roll] = mapped_column(default=Roll.NONE)
    leads: Mapped[list[int]] = mapped_column(DATA)
    law: Mapped[str] = mapped_column(String(120), default="")
    article: Mapped[str] = mapped_column(String(60), default="")
    also_law: Mapped[str] = mapped_column(String(120), default="")
    also_article: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[str] = mapped_column(String(20), default="local")  # how sure we are of it: checked, not_verified, …
    source: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)


def add_months(day: date, n: int) -> date:
    """The same day `n` months on; if that month has no such day, its last (民法典 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def ends(rule: Rule, start: date, extra: int, calendar: Calendar) -> date:
    offset = rule.offset or 0
    match rule.unit:
        case Span.WORKING_DAY:
            return calendar.shift(start, offset + extra)
        case Span.MONTH | Span.YEAR:
            return add_months(start, offset * (12 if rule.unit is Span.YEAR else 1)) + timedelta(days=extra)
        case _:
            return start + timedelta(days=offset + extra)


def reckon(rule: Rule, start: date, extra: int, calendar: Calendar) -> tuple[date, dict[str, Any]]:
    """The due day, and all it came from: the sentence must still read true when rule and law have changed."""
    end = due = ends(rule, start, extra, calendar)
    if rule.roll is not Roll.NONE:
        due = calendar.roll(end, 1 if rule.roll is Roll.NEXT else -1)
    why: dict[str, Any] = {
        "title": rule.title, "title_en": rule.title_en, "trigger": rule.trigger, "trigger_en": rule.trigger_en,
        "start": f"{start}", "offset": rule.offset or 0, "unit": rule.unit.value, "extra": extra,
        "end": f"{end}", "due": f"{due}", "law": rule.law, "article": rule.article,
        "also_law": rule.also_law, "also_article": rule.also_article, "source": "" if rule.law else rule.source,
    }  # fmt: skip
    if rule.unit is Span.WORKING_DAY:
        met = calendar.between(start, end)
        why |= {"on": [f"{day}" for day, works in met if works], "off": [f"{day}" for day, works in met if not works]}
    counted = [start] * (rule.unit is Span.WORKING_DAY) + [end, due] * (rule.roll is not Roll.NONE)
    why["provisional"] = bool(counted) and calendar.provisional(*counted, due)
    return due, {key: value for key, value in why.items() if value or key == "offset"}


def in_force(versions: list[Rule], day: date) -> Rule:
    """Of the versions of one rule, oldest first, the one that holds on `day`; before all of them, the oldest."""
    return next((rule for rule in reversed(versions) if rule.since <= day), versions[0])
