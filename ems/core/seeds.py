"""The tables that come with the house. Loading them again adds what is missing and leaves what people changed."""

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


def seed(session: Session) -> None:
    rules(session)
    workdays(session)
    units(session)


def rules(session: Session) -> None:
    known = {(code, since) for code, since in session.execute(select(Rule.code, Rule.since))}
    for row in read("rules.yaml"):
        words = {name: of(row[name]) for name, of in WORDS.items() if name in row}
        since = date.fromisoformat(str(row["since"]))
        if (row["code"], since) not in known:
            session.add(Rule(**row | words | {"since": since, "article": str(row.get("article", ""))}))


def workdays(session: Session) -> None:
    known = set(session.scalars(select(Workday.day)))
    with (SEEDS / "workdays.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["day"])
            if day not in known:
                session.add(Workday(day=day, works=row["works"] == "1", note=row["note"]))


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
