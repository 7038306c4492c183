"""The working calendar: a year at a glance, one day changed, the yearly notice taken in, and what all that moved."""

import csv
from calendar import Calendar as Weeks
from datetime import date, timedelta
from io import BytesIO, TextIOWrapper
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import audit, dates, marked, tables
from ems.core.calendar import SATURDAY, Workday
from ems.core.db import db
from ems.core.policy import Act
from ems.core.sheets import FORMULA
from ems.core.uploads import SheetUpload
from ems.settings import announced, notice, notice_sheet, recount, work
from ems.settings.announced import Proposal
from ems.settings.forms import DayForm, DaysForm, NoticeForm
from ems.settings.models import Recount
from ems.web import loading
from ems.web.listing import XLSX
from ems.web.session import me, needs

OLDEST, NEWEST = 2000, 2100
INTAKE = "calendar"


def init_app(bp: Blueprint) -> None:
    bp.get("/settings/calendar", endpoint="calendar")(calendar)
    bp.get("/settings/calendar/<int:year>.csv", endpoint="export_year")(export)
    bp.post("/settings/calendar", endpoint="set_day")(set_day)
    bp.post("/settings/calendar/notice", endpoint="read_notice")(read_notice)
    bp.get("/settings/calendar/sheets/<int:id>", endpoint="notice_sheet")(sheet)
    bp.get("/settings/calendar/sheets/<int:id>/marked.xlsx", endpoint="notice_marked")(marked_sheet)
    bp.post("/settings/calendar/days", endpoint="take_days")(take)


class Square(NamedTuple):
    day: date
    works: bool
    note: str
    swapped: bool  # unlike its weekday


def square(day: date, known: dict[date, Workday]) -> Square:
    row = known.get(day)
    works = row.works if row else day.weekday() < SATURDAY
    return Square(day, works, row.note if row else "", row is not None)


def squares(year: int) -> list[Square]:
    first, last = dates.year(year)
    known = announced.rows_of(first, last)
    return [square(first + timedelta(days=n), known) for n in range((last - first).days + 1)]


def months(days: list[Square]) -> list[list[list[Square | None]]]:
    """Twelve months in weeks from Monday; days of the neighbouring months are None."""
    by_day, year, weeks = {square.day: square for square in days}, days[0].day.year, Weeks().monthdatescalendar
    return [
        [[by_day[day] if day.month == month else None for day in week] for week in weeks(year, month)]
        for month in range(1, 13)
    ]


@needs("settings", Act.VIEW)
def calendar() -> ResponseReturnValue:
    year = shown_year(request.args.get("year", dates.today().year, int))
    return grid(year, DayForm(formdata=None, data=asked_day()), None)


def shown_year(year: int) -> int:
    return year if OLDEST <= year <= NEWEST else dates.today().year


def asked_day() -> dict[str, Any]:
    """The day somebody pressed, as it is."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return {}
    row = db.session.get(Workday, day)
    works = "plain" if row is None else "on" if row.works else "off"
    return {"day": day, "works": works, "note": row.note if row else ""}


def grid(year: int, form: DayForm, sent: NoticeForm | None) -> str:
    days = squares(year)
    return render_template(
        "settings/calendar.html", year=year, months=months(days), worked=sum(day.works for day in days),
        announced=announced.is_announced(year), guesses=announced.how_many(announced.provisional(year)),
        lacking=announced.lacking(), history=recount.history(f"calendar:{year}"), form=form,
        notice=sent or NoticeForm(formdata=None),
    )  # fmt: skip


@needs("settings", Act.VIEW)
def export(year: int) -> ResponseReturnValue:
    """Every day of the year, in the columns that are taken in again."""
    if not OLDEST <= year <= NEWEST:
        abort(404)
    out = BytesIO()
    text = TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    lines = csv.writer(text)
    lines.writerow([_("日期"), _("放假或上班"), _("名称"), _("星期")])
    lines.writerows([day.day, word(day), safe(day.note), notice.WEEK[day.day.weekday()]] for day in squares(year))
    text.detach()
    out.seek(0)
    return send_file(out, "text/csv", as_attachment=True, download_name=_("%(year)s年工作日历.csv", year=year))


def word(day: Square) -> str:
    return notice.PLAIN if not day.swapped else notice.ON if day.works else notice.OFF


def safe(text: str) -> str:
    """A text that would run as a formula is quoted."""
    return f"'{text}" if text.startswith(FORMULA) else text


@needs("settings", Act.ADMIN)
def set_day() -> ResponseReturnValue:
    form = DayForm()
    if not form.sent() or form.day.data is None:
        return grid(form.day.data.year if form.day.data else dates.today().year, form, None), 422
    works, year = {"on": True, "off": False, "plain": None}[form.works.data], form.day.data.year
    note = (form.note.data or "").strip()
    return moved(work.set_days(year, {form.day.data: (works, note)}, note))


@needs("settings", Act.ADMIN)
def read_notice() -> ResponseReturnValue:
    """Nothing is changed yet: what was understood is shown, to be confirmed."""
    form, year = NoticeForm(), shown_year(request.args.get("year", dates.today().year + 1, int))
    if not form.sent():
        return grid(year, DayForm(formdata=None), form), 422
    if form.file.data:
        return kept(form)
    read = notice.read(form.notice.data or "", year)
    if read.faults:
        form.notice.errors = [*form.notice.errors, *read.faults]
        return grid(year, DayForm(formdata=None), form), 422
    return understood(announced.proposed(read), _("粘贴的通知"))


def kept(form: NoticeForm) -> ResponseReturnValue:
    """The file has a page of its own, for its marked sheet is fetched from there."""
    file = form.file.data
    upload = loading.kept(INTAKE, file.filename or "", file.stream.read(), me)
    db.session.add(upload)
    db.session.commit()
    return redirect(url_for("settings.notice_sheet", id=upload.id), 303)


def mine(id: int) -> tuple[SheetUpload, notice_sheet.SheetNotice]:
    asked = select(SheetUpload).where(SheetUpload.id == id, SheetUpload.by_id == me.id, SheetUpload.intake == INTAKE)
    upload: SheetUpload = db.one_or_404(asked)
    return upload, notice_sheet.read(upload.name, tables.opened(upload.name, upload.content), dates.today().year + 1)


@needs("settings", Act.ADMIN)
def sheet(id: int) -> ResponseReturnValue:
    upload, read = mine(id)
    if read.sound:
        return understood(announced.proposed(read.notice), upload.name)
    return render_template("settings/notice.html", proposal=None, upload=upload, read=read, source=upload.name)


@needs("settings", Act.ADMIN)
def marked_sheet(id: int) -> ResponseReturnValue:
    upload, read = mine(id)
    if read.table is None:
        abort(404)
    body = marked.workbook(read.table, read.findings, _("没有录入：%(n)s 处有误", n=len(read.findings)))
    name = _("%(name)s_标注.xlsx", name=upload.name.rsplit(".", 1)[0])
    return send_file(body, XLSX, as_attachment=True, download_name=name)


def understood(proposal: Proposal, source: str) -> str:
    form = DaysForm(formdata=None, data={"days": notice.written(proposal.days), "source": source})
    return render_template("settings/notice.html", proposal=proposal, form=form, source=source, read=None)


@needs("settings", Act.ADMIN)
def take() -> ResponseReturnValue:
    form = DaysForm()
    read = notice.read(form.days.data or "")
    if not form.sent() or read.faults:
        flash(_("没有录入：请重新粘贴通知。"), "bad")
        return redirect(url_for("settings.calendar"), 303)
    proposal = announced.proposed(read)
    days = announced.with_others(proposal) if form.whole.data else proposal.days
    audit.note(db.session(), "loaded", "workday", None, file=form.source.data, year=proposal.year)
    return moved(work.set_days(proposal.year, days, form.source.data or ""))


def moved(made: Recount) -> ResponseReturnValue:
    db.session.commit()
    done = _("日历已更新，重新计算后有 %(n)s 项期限变动。", n=made.moved)
    flash(done if made.finished_at else _("日历已更新。记录较多，正在后台逐批重算期限，进度见本页。"), "good")
    return redirect(url_for("settings.calendar", year=made.about.partition(":")[2]), 303)
