"""All figures of the house (数据总览), by module: the number, the same days of last year, and its way by month."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core import audit, dates, module, sheets
from ems.core.db import db
from ems.core.figures import Figure
from ems.core.policy import Act
from ems.core.register import Column, year_of
from ems.reports import text
from ems.reports.inspector import links
from ems.reports.values import Number, Value, before, months, values
from ems.web import listing
from ems.web.session import can, me, needs

bp = Blueprint("figures", __name__, url_prefix="/figures")


@dataclass(frozen=True)
class Entry:
    value: Value
    months: Sequence[Number | None]
    links: Mapping[str, str]
    last: Mapping[str, str]  # the rows of the year before
    state: bool


def entries(part: module.Module, year: int) -> Iterator[Entry]:
    known: list[Figure[Any]] = [figure for figure in part.figures if can(figure.model.area)]
    found = values(known, year, me)
    first, last = dates.so_far(year)
    through = before((first, last))[1].isoformat()
    for figure in known:
        then = links(figure, year - 1, through=through)
        yield Entry(found[figure.code], months(figure, year, me), links(figure, year), then, figure.state)


@bp.get("/")
@needs("reports", Act.VIEW)
def index() -> ResponseReturnValue:
    year = year_of(request.args)
    groups = [(part, list(entries(part, year))) for part in module.MODULES if part.figures]
    period = dates.so_far(year)
    shown = {"year": year, "period": period, "then": before(period), "years": range(dates.today().year, 2003, -1)}
    return render_template("reports/figures.html", groups=[g for g in groups if g[1]], **shown)


@bp.get("/export.xlsx")
@needs("reports", Act.VIEW)
def export() -> ResponseReturnValue:
    """The table of the page, as a sheet."""
    year = year_of(request.args)
    titles = (_("类别"), _("指标"), _("单位"), _("本年"), _("上年同期"), _("变化"), _("明细行数"))
    rows = [
        (str(part.title), entry.value.title, entry.value.unit, entry.value.value, entry.value.last_year,
         text.changed(entry.value), entry.value.rows)
        for part in module.MODULES for entry in entries(part, year)
    ]  # fmt: skip
    name = f"{_('数据总览')}_{year}.xlsx"
    audit.note(db.session(), "exported", "figures", None, file=name, year=str(year))
    body = sheets.book(_("数据总览"), [Column(title, title, None, width=20) for title in titles], rows)
    db.session.commit()
    return send_file(body, download_name=name, as_attachment=True, mimetype=listing.XLSX)
