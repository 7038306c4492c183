"""What a rule says outside the duty table: a right that lapses, a time to be waited for, how long a thing is kept.

By its kind a rule makes a duty (deadline, recurring, practice, document), or it does not: `min_period` stands against a
move that comes too early, `limitation` warns, `retention` says until when nothing may be disposed of.
"""

from collections.abc import Collection, Iterable
from datetime import date

from flask_babel import gettext as _

from ems.core import dates
from ems.core.calendar import calendar
from ems.core.db import db
from ems.core.reckon import Due, in_force, reckon
from ems.core.rules import Rule, locals_in_force, reading, versions
from ems.core.why import told


def readings(codes: Collection[str], day: date | None = None) -> dict[str, Rule]:
    """The rules as the bureau reads them on `day`, today if none is named. One that there is not is missing."""
    local = locals_in_force(db.session())
    known = versions(db.session(), codes)
    return {code: reading(in_force(known[code], day or dates.today()), local.get(code)) for code in known}


def term(code: str, start: date, extra: int = 0) -> Due:
    """When the period of `code` ends that began on `start`. Raises KeyError for a rule there is not."""
    return reckon(readings([code], start)[code], start, extra, calendar(db.session(), start))


def last_day(code: str, start: date) -> date:
    return term(code, start).on


def too_early(code: str, start: date | None) -> str | None:
    """Stands against a move before the shortest period is over (公示不少于 20 个工作日): its last day must be past."""
    if start is None:
        return None
    over = last_day(code, start)
    if dates.today() > over:
        return None
    title = told(readings([code], start)[code], "title")
    return _("“%(title)s”到 %(day)s 为止，次日起方可办理。", title=title, day=over)


def lapsing(code: str, start: date | None) -> str | None:
    """Warns that a right lapses (处罚时效), from the first of the rule's leads on."""
    if start is None:
        return None
    rule, over = readings([code], start)[code], last_day(code, start)
    left = (over - dates.today()).days
    if left > max(rule.leads, default=0):
        return None
    words = {"title": told(rule, "title"), "day": over, "n": left}
    if left < 0:
        return _("%(title)s：已于 %(day)s 届满。", **words)
    return _("%(title)s：%(day)s 届满，剩 %(n)s 天。", **words)


def kept_until(codes: Iterable[str], made_on: date) -> date | None:
    """The last day a record made on `made_on` must be kept: the longest of these periods. None: no rule asks."""
    return max((last_day(code, made_on) for code in codes), default=None)
