"""Settings, working days and time limits: heads read them, the system administrator changes what may be changed."""

from calendar import Calendar as Weeks
from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import extract, select

from ems.core import dates
from ems.core.calendar import SATURDAY, Workday, calendar as days_of
from ems.core.db import db
from ems.core.policy import Act
from ems.core.settings import KNOWN
from ems.settings import health, limits, work
from ems.settings.forms import DayForm, NoticeForm, named, settings_form
from ems.settings.models import Recount
from ems.web.session import can, needs

bp = Blueprint("settings", __name__)
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
    year = form.day.data.year
    return moved(work.set_days(year, {form.day.data: (works, (form.note.data or "").strip())}), year)


@bp.post("/settings/calendar/notice")
@needs("settings", Act.ADMIN)
def take_notice() -> ResponseReturnValue:
    form = NoticeForm()
    if not form.sent():
        return grid(dates.today().year, DayForm(formdata=None), form), 422
    days = form.days()
    year = min(days).year if days else dates.today().year
    return moved(work.set_days(year, days), year)


def moved(made: Recount, year: int) -> ResponseReturnValue:
    db.session.commit()
    done = _("日历已更新，重新计算后有 %(n)s 项期限变动。", n=made.moved)
    flash(done if made.finished_at else _("日历已更新。记录较多，正在后台逐批重算期限，进度见本页。"), "good")
    return redirect(url_for("settings.calendar", year=year), 303)


@bp.get("/settings/about")
@needs("settings", Act.VIEW)
def about() -> ResponseReturnValue:
    return render_template("settings/about.html", versions=health.versions(), ready=health.readiness())


limits.init_app(bp)
bp.add_url_rule("/healthz", view_func=health.healthz)
bp.add_url_rule("/readyz", view_func=health.readyz)
