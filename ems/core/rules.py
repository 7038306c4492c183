"""Rules: how long the law, or a promise of ours, leaves for a thing. A rule is data, with the day it holds from."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

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

    Of a rule in hours leads and ladder are hours, and it is told on any day.

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
    ladder: Mapped[list[list[object]]] = mapped_column(DATA, default=list)  # who hears next, and when: [["head", -1]]
    any_day: Mapped[bool] = mapped_column(default=False)  # told on days off too
    pauses: Mapped[list[str]] = mapped_column(DATA, default=list)  # what the law does not count: `Pause` codes
    or_unit: Mapped[Span | None]  # counted so by many offices: an administrator may choose it
    law: Mapped[str] = mapped_column(String(120), default="")
    article: Mapped[str] = mapped_column(String(60), default="")
    also_law: Mapped[str] = mapped_column(String(120), default="")
    also_article: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[str] = mapped_column(String(20), default="local")  # how sure we are of it: checked, not_verified, …
    source: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    enabled: Mapped[bool] = mapped_column(default=True)


class LocalRule(Model):
    """What the bureau made of a rule, from a day on: a shorter promise, another way to count, other leads.

    A value that is None is as the law has it. What is open counts by the last of these; what was met, by the one that
    held before that day: a change moves nothing that is over.
    """

    __tablename__ = "rule_local"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    offset: Mapped[int | None]
    unit: Mapped[Span | None]
    leads: Mapped[list[int] | None] = mapped_column(DATA)
    ladder: Mapped[list[list[object]] | None] = mapped_column(DATA)
    reason: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
