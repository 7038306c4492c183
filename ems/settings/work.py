"""What a changed calendar or rule sets off: every duty is reckoned anew in the same transaction."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from ems.core import audit, settle
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.rules import Rule
from ems.core.settings import KNOWN, Setting, setting


def rebuilt() -> int:
    """How many duties moved, came or went."""
    db.session.flush()
    return sum(len(settle.rebuild(db.session(), model)) for model in settle.CLOCKS)


def keep(values: Mapping[str, Any], reason: str) -> int:
    """Store the settings that differ from what holds now; each change is noted with its reason. Returns how many."""
    changed = {k.key: values[k.key] for k in KNOWN if k.key in values and values[k.key] != setting(k.key)}
    for key, value in changed.items():
        audit.note(
            db.session(), "setting changed", "setting", None, **{key: f"{setting(key)} → {value}"}, reason=reason
        )
        db.session.merge(Setting(key=key, value=value))
    return len(changed)


def set_days(days: Mapping[date, tuple[bool | None, str]]) -> int:
    """Say of each day that it is worked (True), off (False) or as its weekday (None). Returns the duties moved."""
    for day, (works, note) in days.items():
        row = db.session.get(Workday, day)
        if works is None:
            if row:
                db.session.delete(row)
        elif row:
            row.works, row.note = works, note
        else:
            db.session.add(Workday(day=day, works=works, note=note))
        word = {True: "on", False: "off", None: "plain"}[works]
        audit.note(db.session(), "day set", "workday", None, **{f"{day}": word}, note=note)
    return rebuilt()


def switch(code: str, *, on: bool, reason: str) -> int:
    """Switch every version of a rule of our own on or off. Returns the duties that came or went."""
    for rule in db.session.scalars(select(Rule).where(Rule.code == code).order_by(Rule.since)):
        rule.enabled = on
    audit.note(db.session(), "rule on" if on else "rule off", "rule", None, code=code, reason=reason)
    return rebuilt()
