"""What people change of settings, calendar and rules; each change is noted with its reason, and duties follow it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core import audit, dates, settle
from ems.core.calendar import SATURDAY, Workday
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.reckon import in_force
from ems.core.rules import CHANGED, LocalRule, Rule, local_rules, reading, versions
from ems.core.settings import KNOWN, Setting, setting
from ems.settings import recount
from ems.settings.models import Recount

MOVES = {"offset", "unit"}  # who is told, and when, moves no day


def keep(values: Mapping[str, Any], reason: str) -> int:
    """Store the settings that differ from what holds now; each change is noted with its reason. Returns how many."""
    changed = {k.key: values[k.key] for k in KNOWN if k.key in values and values[k.key] != setting(k.key)}
    for key, value in changed.items():
        audit.note(
            db.session(), "setting changed", "setting", None, **{key: f"{setting(key)} → {value}"}, reason=reason
        )
        db.session.merge(Setting(key=key, value=value))
    return len(changed)


def set_days(year: int, days: Mapping[date, tuple[bool | None, str]], reason: str = "") -> Recount:
    """Say of each day that it is worked (True), off (False) or as its weekday (None), and reckon what hangs on it."""
    said: dict[str, list[str]] = {}
    for day, (works, note) in sorted(days.items()):
        row = db.session.get(Workday, day)
        plain = works is None or works == (day.weekday() < SATURDAY)
        before, after = (word(row.works) if row else "plain"), "plain" if plain else word(bool(works))
        if (before, row.note if row else "") == (after, "" if plain else note):
            continue
        if plain:
            db.session.delete(row)
        else:
            db.session.merge(Workday(day=day, works=works, note=note))
        said[f"{day}"] = [before, after]
        audit.note(db.session(), "day set", "workday", None, **{f"{day}": after}, note=note)
    return recount.begin(f"calendar:{year}", list(settle.CLOCKS), said, reason)


def word(works: bool) -> str:
    return "on" if works else "off"


def switch(code: str, *, on: bool, reason: str) -> Recount:
    """Switch every version of a rule of our own on or off."""
    for rule in db.session.scalars(select(Rule).where(Rule.code == code).order_by(Rule.since)):
        rule.enabled = on
    audit.note(db.session(), "rule on" if on else "rule off", "rule", None, code=code, reason=reason)
    return recount.begin(f"rule:{code}", recount.concerned(code), {"enabled": [not on, on]}, reason)


def as_read(code: str) -> tuple[list[Rule], Rule, Rule, LocalRule | None]:
    """A rule's versions, oldest first; the one in force today; the same as the bureau reads it; what was changed."""
    known = versions(db.session(), [code])[code]
    changes = local_rules(db.session(), [code])[code]
    law, local = in_force(known, dates.today()), changes[-1] if changes else None
    return known, law, reading(law, local), local


def local_rule(code: str, wanted: Mapping[str, Any], reason: str) -> LocalRule:
    """What shall hold from today on, in no session yet. A second change of a day takes the place of the first."""
    by = db.session.info.get("actor_id")
    return LocalRule(code=code, from_on=dates.today(), **wanted, reason=reason, by_id=by, at=dates.now())


def change(code: str, wanted: Mapping[str, Any], reason: str) -> Recount:
    """Read the rule otherwise from now on; None of a value: as the law has it. The open duties follow.

    Raises `Refused` where somebody else changed it in the same moment.
    """
    _known, law, before, _local = as_read(code)
    after = reading(law, local_rule(code, wanted, reason))
    said = {n: [getattr(before, n), getattr(after, n)] for n in CHANGED if getattr(before, n) != getattr(after, n)}
    try:
        db.session.merge(local_rule(code, wanted, reason))
        db.session.flush()
    except IntegrityError as error:  # one row a day, and what was counted for this one holds no more
        raise Refused(_("这条规则刚刚由别人改过，请刷新后核对，再作改动。")) from error
    told = {name: f"{old} → {new}" for name, (old, new) in said.items()}
    audit.note(db.session(), "rule changed", "rule", None, code=code, **told, reason=reason)
    models = recount.concerned(code) if MOVES & set(said) else []
    return recount.begin(f"rule:{code}", models, said, reason)
