"""A number looked at closely: how it came about, and the first of its rows that the reader may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for

from ems.core import dates, module
from ems.core.db import db
from ems.core.figures import Figure, Period
from ems.core.module import Subject
from ems.core.register import PAGE, Column, Page
from ems.reports.models import Report
from ems.reports.values import Number, Value, months
from ems.web.session import can, me

FIRST = 6  # rows
NARROW = 3  # columns


@dataclass(frozen=True)
class Looked:
    value: Value
    months: Sequence[Number | None]
    period: Period
    columns: Sequence[Column]
    rows: Sequence[Any]  # each its id, and a cell for each column
    seen: int  # how many of the rows the reader may see
    links: Mapping[str, str]  # list, export, row: those there are, and the reader may open
    state: bool


def looked_at(value: Value, report: Report) -> Looked | None:
    """The number `value` of `report`; nothing, where its module is gone."""
    figure = module.figures().get(value.code)
    if figure is None:
        return None
    first, last = dates.so_far(report.year)
    period = (first, report.until or last)
    columns, rows = first_rows(figure, report)
    seen = figure.counted(me, period) if can(figure.model.area) else 0
    return Looked(
        value,
        months(figure, report.year),
        period,
        columns,
        rows,
        seen,
        links(figure, report.year, report),
        figure.state,
    )


def subject_of(figure: Figure[Any]) -> Subject | None:
    return next((s for s in module.subjects() if s.model is figure.model), None)


def first_rows(figure: Figure[Any], report: Report) -> tuple[Sequence[Column], Sequence[Any]]:
    subject = subject_of(figure)
    if subject is None or subject.register is None or not can(figure.model.area):
        return (), ()
    columns = narrow(subject.register.listed)
    asked = subject.register.rows(me, {"figure": figure.code, **years(report.year, report)}, columns)
    return columns, db.session.execute(asked.limit(FIRST)).all()


def narrow(columns: Sequence[Column]) -> Sequence[Column]:
    """What a side sheet has room for: the number, the headline, and how it stands."""
    last = next((c for c in columns[2:] if c.kind == "state"), None)
    return [*columns[: NARROW - 1], last] if last else columns[:NARROW]


def years(year: int, report: Report | None = None) -> dict[str, str]:
    """The questions that give a list the period of a number."""
    until = report.until if report else None
    return {"year": str(year)} | ({"through": until.isoformat()} if until else {})


def links(figure: Figure[Any], year: int, report: Report | None = None, **through: str) -> dict[str, str]:
    """Where the rows of a number are: their list, its export, and what a row's page begins with."""
    subject = subject_of(figure)
    if subject is None or subject.register is None or not can(figure.model.area):
        return {}
    asked: dict[str, Any] = {"figure": figure.code, **years(year, report), **through}
    found = {"list": url_for(subject.index, **asked), "row": url_for(subject.endpoint, id=0)[:-1]}
    blueprint, name = subject.index.split(".")
    export = f"{blueprint}.export" if name in {"index", "register"} else f"{blueprint}.export_{name}"
    return found | ({"export": url_for(export, kind="xlsx", **asked)} if export in current_app.view_functions else {})


def page_of(rows: Sequence[Any]) -> Page:
    """A page of rows that are all at hand."""
    asked = request.args.get("page", "")
    number = max(1, int(asked)) if asked.isdecimal() else 1
    shown = rows[(number - 1) * PAGE : number * PAGE]
    return Page(shown, number, len(rows) > number * PAGE, len(rows))
