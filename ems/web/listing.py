"""A register as a page and as a file: one select serves both."""

from typing import Any

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core import audit, dates, duties, module, sheets
from ems.core.db import db
from ems.core.register import Register, period_of
from ems.web.session import me

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def index(register: Register[Any], template: str, **more: Any) -> ResponseReturnValue:
    """The list page: rows, the next duty of each, tabs, what is asked."""
    page = register.page(me, request.args)
    nexts = duties.nexts(register.model, [row.id for row in page.rows])
    tallies = register.tallies(me)
    shown = {"register": register, "page": page, "nexts": nexts, "tallies": tallies, "chips": chips(register)}
    return render_template(template, **shown, **more)


def chips(register: Register[Any]) -> list[tuple[str, str, str]]:
    """What narrows the list now: (name, title, value in words)."""
    asked = [f for f in register.filters if request.args.get(f.name)]
    found = [(f.name, str(f.title), f.label(request.args[f.name])) for f in asked]
    if words := request.args.get("q", "").strip():
        found.insert(0, ("q", _("搜索"), words))
    if code := request.args.get("figure"):
        figure, (first, last) = module.figures().get(code), period_of(request.args)
        title = figure.title if figure else code
        found.append(("figure", _("数字"), _("%(title)s（%(a)s ～ %(b)s）", title=title, a=first, b=last)))
    if code := request.args.get("check"):
        found.append(("check", _("体检"), code))
    return found


def export(register: Register[Any], kind: str) -> ResponseReturnValue:
    """What the list shows, all of it, as XLSX or CSV; that it left the house is noted."""
    rows = db.session.execute(register.rows(me, request.args).execution_options(yield_per=1000))
    name = f"{register.name}_{dates.today():%Y%m%d}.{kind}"
    asked = request.query_string.decode()
    audit.note(db.session(), "exported", register.model.__tablename__, None, file=name, asked=asked)
    body = sheets.csv(register, rows) if kind == "csv" else sheets.xlsx(register, rows)
    db.session.commit()
    return send_file(body, download_name=name, as_attachment=True, mimetype="text/csv" if kind == "csv" else XLSX)
