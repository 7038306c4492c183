"""Rules: how long the law, or a promise of ours, leaves for a thing. A rule is data, with the day it holds from."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, make_transient, mapped_column

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


class PauseKind(Choice):
    """What takes time that the law does not count."""

    HEARING = "hearing", _l("听证")
    EXPERT = "expert", _l("专家评审")
    MONITORING = "monitoring", _l("检验检测鉴定")
    NOTICE = "notice", _l("公告")
    SERVICE = "service", _l("送达")
    THIRD_PARTY = "third_party", _l("征求第三方意见")
    OBJECTION = "objection", _l("异议退回待答复")


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


CHANGED = ("offset", "unit", "leads", "ladder")


def reading(rule: Rule, local: LocalRule | None) -> Rule:
    """The rule as the bureau reads it: a copy that is in no session, or the rule itself where nothing was changed."""
    if local is None or all(getattr(local, name) is None for name in CHANGED):
        return rule
    made = Rule(**{column.key: getattr(rule, column.key) for column in Rule.__mapper__.column_attrs})
    for name in CHANGED:
        if (value := getattr(local, name)) is not None:
            setattr(made, name, value)
    make_transient(made)
    return made


def local_rules(session: Session, codes: Collection[str] | None = None) -> dict[str, list[LocalRule]]:
    """What was changed of each rule, the oldest change first."""
    found: defaultdict[str, list[LocalRule]] = defaultdict(list)
    asked = select(LocalRule).order_by(LocalRule.code, LocalRule.from_on)
    if codes is not None:
        asked = asked.where(LocalRule.code.in_(sorted(codes)))
    with session.no_autoflush:
        for local in session.scalars(asked):
            found[local.code].append(local)
    return found


def locals_in_force(session: Session) -> dict[str, LocalRule]:
    """The last change of each rule: what is open counts by it."""
    return {code: changes[-1] for code, changes in local_rules(session).items()}


def versions(session: Session, codes: Collection[str]) -> dict[str, list[Rule]]:
    """Each rule's versions, oldest first."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    asked = select(Rule).where(Rule.code.in_(sorted(codes))).order_by(Rule.code, Rule.since)
    with session.no_autoflush:
        for rule in session.scalars(asked):
            found[rule.code].append(rule)
    return found
