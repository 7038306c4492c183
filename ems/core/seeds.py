"""The tables that come with the house. Loaded again they bring what is new, and leave what people changed."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from ems.core.calendar import Workday
from ems.core.people import Unit, UnitKind
from ems.core.rules import Bearer, Kind, Roll, Rule, Span

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
WORDS: dict[str, Any] = {"kind": Kind, "bearer": Bearer, "unit": Span, "or_unit": Span, "roll": Roll}


def read(name: str) -> Any:
    return yaml.load((SEEDS / name).read_text(encoding="utf-8"), FAST)  # noqa: S506  safe, and eight times as fast


def seed(session: Session) -> bool:
    """Whether a rule or a year is new, or reads otherwise than before: then the duties must be reckoned anew."""
    changed = [rules(session), workdays(session)]
    units(session)
    return any(changed)


def rules(session: Session) -> bool:
    """The law as this version of the house knows it. What the bureau made of a rule stands in `LocalRule`."""
    known = {(rule.code, rule.since): rule for rule in session.scalars(select(Rule).order_by(Rule.code, Rule.since))}
    changed = False
    for row in read("rules.yaml"):
        values = read_rule(row)
        if (rule := known.get((values["code"], values["since"]))) is None:
            session.add(Rule(**values))
            changed = True
        else:
            changed |= put_right(rule, values)
    return changed


def read_rule(row: dict[str, Any]) -> dict[str, Any]:
    words = {name: of(row[name]) for name, of in WORDS.items() if name in row}
    return row | words | {"since": date.fromisoformat(str(row["since"])), "article": str(row.get("article", ""))}


def put_right(rule: Rule, values: dict[str, Any]) -> bool:
    """Only what differs is written, and so logged. What the file leaves out is as in a new row."""
    plain = {"ladder": [], "pauses": [], "any_day": False, "or_unit": None}
    differing = {name: value for name, value in (plain | values).items() if getattr(rule, name) != value}
    for name, value in differing.items():
        setattr(rule, name, value)
    return bool(differing)


def workdays(session: Session) -> bool:
    known, changed = set(session.scalars(select(Workday.day))), False
    with (SEEDS / "workdays.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["day"])
            if day not in known:
                session.add(Workday(day=day, works=row["works"] == "1", note=row["note"]))
                changed = True
    return changed


def units(session: Session) -> None:
    known = {unit.code: unit for unit in session.scalars(select(Unit).order_by(Unit.id))}
    for row in read("units.yaml"):
        if row["code"] not in known:
            parent = known[row["parent"]] if row.get("parent") else None
            unit = Unit(code=row["code"], name=row["name"], name_en=row.get("name_en", ""), kind=UnitKind(row["kind"]))
            session.add(plant(session, unit, parent))
            known[unit.code] = unit


def plant(session: Session, unit: Unit, parent: Unit | None) -> Unit:
    """Give `unit` its place in the tree."""
    unit.parent_id, unit.path = parent.id if parent else None, ""
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    return unit
