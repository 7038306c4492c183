"""Settings, working days and time limits: heads read them, the system administrator changes what may be changed."""

from calendar import Calendar as Weeks
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import extract, or_, select

from ems.core import dates
from ems.core.calendar import SATURDAY, Workday, calendar as days_of
from ems.core.db import db
from ems.core.policy import Act
from ems.core.rules import Rule
from ems.core.settings import KNOWN
from ems.settings import health, work
from ems.settings.forms import DayForm, NoticeForm, ReasonedForm, named, settings_form
from ems.web.session import can, needs

bp = Blueprint("settings", __name__)
LOCAL = "local"
OLDEST, NEWEST = 2000, 2100


@bp.route("/settings/", methods=["GET", "POST"])
@needs("settings", Act.VIEW)
def index() -> ResponseReturnValue:
    form = settings_form()
    if request.method == "POST" and not can("settings", Act.ADMIN):
        abort(403)
    if not form.sent():
        fields = [form[named(known.key)] for known in KNOWN]
        return render_template("settings/index.html", form=form, fields=fields), 422 if form.errors else 200
    n = work.keep({known.key: form[named(known.key)].data for known in KNOWN}, form.reason.data)
    db.session.commit()
    flash(_("已保存 %(n)s 项设置。", n=n) if n else _("没有改动。"), "good")
    return redirect(url_for("settings.index"), 303)


class Square(NamedTuple):
    day: date
    works: bool
    note: str
    swapped: bool  # unlike its weekday


def months(year: int) -> list[list[list[Square | None]]]:
    """Twelve months in weeks from Monday; days of the neighbouring months are None."""
    rows = db.session.scalars(select(Workday).where(extract("year", Workday.day) == year).order_by(Workday.day))
    known = {row.day: row for row in rows}

    def square(day: date) -> Square:
        row = known.get(day)
        works = row.works if row else day.weekday() < SATURDAY
        return Square(day, works, row.note if row else "", row is not None)

    return [
        [
            [square(day) if day.month == month else None for day in week]
            for week in Weeks().monthdatescalendar(year, month)
        ]
        for month in range(1, 13)
    ]


@bp.get("/settings/calendar")
@needs("settings", Act.VIEW)
def calendar() -> ResponseReturnValue:
    return grid(
        shown_year(request.args.get("year", dates.today().year, int)), DayForm(formdata=None, data=asked_day()), None
    )


def shown_year(year: int) -> int:
    return year if OLDEST <= year <= NEWEST else dates.today().year


def asked_day() -> dict[str, Any]:
    """The day somebody pressed, as it is."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return {}
    row = db.session.get(Workday, day)
    return {
        "day": day,
        "works": "plain" if row is None else "on" if row.works else "off",
        "note": row.note if row else "",
    }


def grid(year: int, form: DayForm, notice: NoticeForm | None) -> str:
    known = days_of(db.session())
    worked = sum(
        known.works(date.fromordinal(n))
        for n in range(*(d.toordinal() for d in (date(year, 1, 1), date(year + 1, 1, 1))))
    )
    page = {"year": year, "months": months(year), "announced": year in known.years, "worked": worked}
    return render_template("settings/calendar.html", **page, form=form, notice=notice or NoticeForm(formdata=None))


@bp.post("/settings/calendar")
@needs("settings", Act.ADMIN)
def set_day() -> ResponseReturnValue:
    form = DayForm()
    if not form.sent() or form.day.data is None:
        return grid(form.day.data.year if form.day.data else dates.today().year, form, None), 422
    works = {"on": True, "off": False, "plain": None}[form.works.data]
    return moved(work.set_days({form.day.data: (works, (form.note.data or "").strip())}), form.day.data.year)


@bp.post("/settings/calendar/notice")
@needs("settings", Act.ADMIN)
def take_notice() -> ResponseReturnValue:
    form = NoticeForm()
    if not form.sent():
        return grid(dates.today().year, DayForm(formdata=None), form), 422
    days = form.days()
    return moved(work.set_days(days), min(days).year if days else dates.today().year)


def moved(n: int, year: int) -> ResponseReturnValue:
    db.session.commit()
    flash(_("日历已更新，重新计算后有 %(n)s 项期限变动。", n=n), "good")
    return redirect(url_for("settings.calendar", year=year), 303)


@bp.get("/settings/rules")
@needs("settings", Act.VIEW)
def rules() -> ResponseReturnValue:
    return listed(ReasonedForm(formdata=None))


def listed(form: ReasonedForm, code: str = "") -> str:
    asked = select(Rule).order_by(Rule.code, Rule.since)
    if words := request.args.get("q", "").strip():
        found = (
            c.icontains(words, autoescape=True) for c in (Rule.code, Rule.title, Rule.law, Rule.also_law, Rule.note)
        )
        asked = asked.where(or_(*found))
    if request.args.get("local"):
        asked = asked.where(Rule.status == LOCAL)
    return render_template("settings/rules.html", rules=db.session.scalars(asked).all(), form=form, refused=code)


@bp.post("/settings/rules/<code>/<any(on, off):what>")
@needs("settings", Act.ADMIN)
def switch(code: str, what: str) -> ResponseReturnValue:
    """Only a rule of our own may be switched: the law's are not ours to switch off."""
    statuses = set(db.session.scalars(select(Rule.status).where(Rule.code == code).order_by(Rule.since)))
    if not statuses:
        abort(404)
    if statuses != {LOCAL}:
        abort(403)
    form = ReasonedForm()
    if not form.sent():
        return listed(form, code), 422
    n = work.switch(code, on=what == "on", reason=form.reason.data or "")
    db.session.commit()
    said = _("已启用 %(code)s，新增或变动 %(n)s 项期限。", code=code, n=n)
    flash(said if what == "on" else _("已停用 %(code)s，撤下 %(n)s 项期限。", code=code, n=n), "good")
    return redirect(url_for("settings.rules", q=code), 303)


@bp.get("/settings/about")
@needs("settings", Act.VIEW)
def about() -> ResponseReturnValue:
    return render_template("settings/about.html", versions=health.versions(), ready=health.readiness())


bp.add_url_rule("/healthz", view_func=health.healthz)
bp.add_url_rule("/readyz", view_func=health.readyz)
