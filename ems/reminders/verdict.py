"""What came of a year that was lived through on a copy: who was told in time, who was not, who was told for nothing."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from operator import itemgetter
from statistics import median
from typing import Any, TypeAlias

import sqlalchemy as sa

from ems.core import dates
from ems.core.db import db
from ems.core.duties import KEY
from ems.core.rules import Rule, Span
from ems.core.why import told
from ems.reminders.fate import FATE, LADDER, T, false_alarms, settle, within
from ems.reminders.models import Message, Reminder, Rung
from ems.reminders.truth import TRUTH, readings

Version: TypeAlias = tuple[str, date]  # of a rule: code, since
LISTED = 200  # misses and false alarms that are named one by one


@dataclass(frozen=True)
class Case:
    rule: str
    subject: str  # complaint:12
    due_on: str
    at: str  # of a false alarm, when it was said: 2026-11-24 08:00
    why: str  # of a false alarm: withdrawn, not_begun, met, other_day (it had another, or stood still)


@dataclass(frozen=True)
class Line:
    """One rule's year. `leads`: rung → lead → reminders; `climbed`: the highest rung that heard of what was late."""

    code: str
    title: str
    bearer: str
    unit: str  # of `ahead` and of the leads: day, hour
    due: int
    reminders: int
    leads: Mapping[str, Mapping[str, int]]
    misses: int
    false_alarms: int
    ahead: float | None  # the median, of those told in time
    late: int
    climbed: Mapping[str, int]
    alarms: int  # duties nobody could be told of
    silent: int  # duties of a rule that says nothing before they are late


@dataclass(frozen=True)
class Verdict:
    """`known_to`: of the days after it nobody knows what will be done. So nothing is, and nothing counts as late."""

    year: int
    known_to: str
    rules: Sequence[Line]
    misses: Sequence[Case]
    false_alarms: Sequence[Case]

    @property
    def totals(self) -> Mapping[str, int]:
        counted = ("due", "reminders", "misses", "false_alarms", "late", "alarms", "silent")
        return {name: sum(getattr(line, name) for line in self.rules) for name in counted}

    def as_data(self) -> Mapping[str, Any]:
        """For JSON: {year, known_to, totals: {…}, rules: [`Line`], misses: [`Case`], false_alarms: [`Case`]}."""
        return asdict(self) | {"totals": self.totals}


def judged(year: int) -> Verdict:
    """After the last of the year's days; `LISTED` of the cases are named."""
    period = dates.year(year)
    known_to = min(period[1], dates.today())
    settle(period, known_to)
    silent = [key for key, rule in readings().items() if not rule.enabled or max(rule.leads, default=-1) < 0]
    wrong = false_alarms(period)
    listed = db.session.execute(wrong.order_by(Message.at, Message.id).limit(LISTED)).all()
    return Verdict(
        year, f"{known_to}", lines(period, silent, wrong), missed(silent), [false_alarm(row) for row in listed]
    )


def false_alarm(row: Any) -> Case:
    said: Message = row.Message
    same = (T[name] == getattr(said, name) for name in KEY)
    truth = db.session.execute(sa.select(T.begins_at, T.ends_at).where(*same)).one_or_none()
    if truth is None:
        why = "withdrawn"
    elif said.at < truth.begins_at:
        why = "not_begun"
    else:
        why = "met" if truth.ends_at and truth.ends_at <= said.at else "other_day"
    return case(said, f"{dates.local(said.at):%Y-%m-%d %H:%M}", why)


def missed(silent: Sequence[Version]) -> list[Case]:
    rows = sa.select(TRUTH).join(FATE, FATE.c.duty_id == T.id)
    rows = rows.where(FATE.c.untold, sa.tuple_(FATE.c.rule, FATE.c.since).not_in(silent))
    return [case(row) for row in db.session.execute(rows.order_by(T.due_on, T.id).limit(LISTED))]


def case(of: Any, at: str = "", why: str = "") -> Case:
    return Case(of.rule, f"{of.subject_type}:{of.subject_id}", f"{of.due_on}", at, why)


def lines(period: tuple[date, date], silent: Sequence[Version], wrong: sa.Select[Any]) -> list[Line]:
    """One for each rule that had anything to ask in the year, or to say."""
    known = {code: rule for (code, _since), rule in sorted(readings().items(), key=itemgetter(0))}  # the last version
    asked, leads, ahead, rungs = fates(silent), reminders(period), firsts(), heights()
    false, alarms = counted(wrong.with_only_columns(Message.rule)), counted(alarmed(period))
    return [
        Line(
            **named(code, known.get(code)), **asked[code], leads=leads[code], ahead=ahead.get(code),
            reminders=sum(sum(by_lead.values()) for by_lead in leads[code].values()), climbed=rungs[code],
            false_alarms=false[code], alarms=alarms[code],
        )
        for code in sorted({*asked, *leads, *false, *alarms})
    ]  # fmt: skip


def named(code: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:  # a duty that outlived its rule
        return {"code": code, "title": "", "bearer": "", "unit": "day"}
    unit = "hour" if rule.unit is Span.HOUR else "day"
    return {"code": code, "title": told(rule, "title"), "bearer": rule.bearer.value, "unit": unit}


def grouped(key: Sequence[Any], *sums: Any) -> sa.Select[Any]:
    return sa.select(*key, *sums).group_by(*key).order_by(*key)


def counted(rules: sa.Select[Any]) -> Counter[str]:
    """How many of these rows each rule has."""
    code = rules.subquery().c.rule
    return Counter(dict(db.session.execute(grouped([code], sa.func.count())).all()))


def alarmed(period: tuple[date, date]) -> sa.Select[Any]:
    rows = sa.select(T.rule, T.id).join(Reminder, Reminder.duty_id == T.id)
    return rows.where(Reminder.rung == Rung.ALARM, within(period, Reminder.raised_at)).distinct()


def fates(silent: Sequence[Version]) -> defaultdict[str, dict[str, Any]]:
    found = defaultdict[str, dict[str, Any]](lambda: dict.fromkeys(("due", "misses", "late", "silent"), 0))
    sums = (sa.func.count(), *(sa.func.count().filter(which) for which in (FATE.c.untold, FATE.c.late)))
    for rule, since, due, untold, late in db.session.execute(grouped([FATE.c.rule, FATE.c.since], *sums)):
        mute = (rule, since) in silent
        for name, n in {"due": due, "late": late, "silent" if mute else "misses": due if mute else untold}.items():
            found[rule][name] += n
    return found


def reminders(period: tuple[date, date]) -> defaultdict[str, dict[str, dict[str, int]]]:
    """Rule → rung → lead, the furthest first → how many were told."""
    found = defaultdict[str, dict[str, dict[str, int]]](dict)
    rows = grouped([T.rule, Reminder.rung, -Reminder.lead], sa.func.count())
    rows = rows.join(Reminder, Reminder.duty_id == T.id).where(within(period, Reminder.told_at))
    for rule, rung, late, n in db.session.execute(rows):
        found[rule].setdefault(rung.value, {})[f"{-late}"] = n
    return found


def firsts() -> Mapping[str, float]:
    """Rule → how far ahead each was first told, at the median: days, of a rule in hours hours."""
    found = defaultdict[str, Counter[float]](Counter)
    rows = grouped([FATE.c.rule, FATE.c.ahead], sa.func.count()).where(FATE.c.ahead.isnot(None))
    for rule, ahead, n in db.session.execute(rows):
        found[rule][ahead] = n
    return {rule: round(median(ahead.elements()), 1) for rule, ahead in found.items()}


def heights() -> defaultdict[str, dict[str, int]]:
    """Rule → the highest rung that heard → how many late duties."""
    names = ["nobody", *(rung.value for rung in LADDER)]
    found = defaultdict[str, dict[str, int]](lambda: dict.fromkeys(names, 0))
    rows = grouped([FATE.c.rule, FATE.c.rung], sa.func.count()).where(FATE.c.late)
    for rule, rung, n in db.session.execute(rows):
        found[rule][names[rung]] = n
    return found
