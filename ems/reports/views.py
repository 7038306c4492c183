from io import BytesIO
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from ems.core import audit, dates, module, policy, sheets
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.core.register import Column
from ems.core.workflow import step
from ems.reports import inspector, sealing, text, work
from ems.reports.forms import MOVE_FORMS, BeginForm, SectionForm
from ems.reports.models import Report, ReportSection, SealedFigure
from ems.reports.rules import EDITABLE, REGISTER, WORKFLOW
from ems.reports.values import moved, of_report
from ems.web import listing, record
from ems.web.forms import Confirm
from ems.web.session import fetch, me, needs

bp = Blueprint("reports", __name__, url_prefix="/reports")
for word in (text.written, text.changed, text.briefly):
    bp.add_app_template_global(word, word.__name__)


@bp.get("/")
@needs("reports", Act.VIEW)
def index() -> ResponseReturnValue:
    mine = select(ReportSection).where(ReportSection.unit_id.in_(policy.reach(me, "reports", Act.EDIT)))
    mine = mine.join(Report).where(Report.state.in_(EDITABLE), ~ReportSection.ready).order_by(ReportSection.seq)
    waiting = db.session.scalars(mine.order_by(ReportSection.id)).all()
    return listing.index(REGISTER, "reports/index.html", begin=BeginForm(), waiting=waiting, worded=text.worded)


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("reports", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.post("/")
@needs("reports", Act.EDIT)
def begin() -> ResponseReturnValue:
    form = BeginForm()
    if not form.sent():
        raise Refused(_("请选择年度。"))
    report = work.begin(db.session(), form.year.data, me)
    if not policy.may(me, Act.EDIT, report):
        abort(403)
    db.session.commit()
    return redirect(url_for(".detail", id=report.id), 303)


@bp.get("/<int:id>")
@needs("reports", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    """The editor: sections, text with its numbers, and the one that was asked about."""
    report = fetch(Report, id)
    found = of_report(report)
    parts = text.parts(report, found)
    code = request.args.get("figure", "")
    looked = inspector.looked_at(found[code], report) if code in found else None
    editable = report.state in EDITABLE and policy.may(me, Act.EDIT, report)
    more = {"parts": parts, "standing": text.standing(parts), "values": found, "looked": looked, "editable": editable}
    more |= {"confirm": Confirm(), "moved": moved(report) if report.sealed else []}
    return render_template("reports/detail.html", **record.context(report, WORKFLOW), **more)


@bp.route("/sections/<int:id>", methods=["GET", "POST"])
@needs("reports", Act.EDIT)
def section(id: int) -> ResponseReturnValue:
    row = written(id)
    form = SectionForm(obj=row)
    if form.sent():
        if form.overtaken(row) or not saved(form, row):
            return edited(form, written(id), overtaken=True)
        return redirect(back(row), 303)
    return edited(form, row)


def written(id: int) -> ReportSection:
    row = fetch(ReportSection, id, Act.EDIT)
    if row.report.state not in EDITABLE:
        raise Refused(_("总结已审定，正文不能再改。需要修改的，请审定人退回。"))
    return row


def saved(form: Any, row: ReportSection) -> bool:
    """False where somebody else saved in the same moment: the row's version is gone, and nothing was written."""
    row.title, row.text = form.title.data.strip(), form.text.data.replace("\r\n", "\n").strip()
    row.unit_id, row.ready = form.unit_id.data, form.ready.data
    row.edited_by_id, row.edited_at = me.id, dates.now()
    try:
        db.session.commit()
    except StaleDataError:
        db.session.rollback()
        return False
    return True


def edited(form: Any, row: ReportSection, *, overtaken: bool = False) -> ResponseReturnValue:
    """The form; where somebody else saved meanwhile, beside theirs, and the next press writes over it knowingly."""
    theirs = (row.title, row.text, row.edited_by) if overtaken else None
    form.version.data, form.version.raw_data = row.version, None
    known = {
        "row": row,
        "form": form,
        "theirs": theirs,
        "values": of_report(row.report),
        "modules": module.MODULES,
        "spelled": text.spelled,
    }
    page = render_template(
        "reports/section.html", **known, back=back(row), heading=text.worded(row.title, row.report.year)
    )
    return page, 409 if overtaken else 422 if form.errors else 200


def back(row: ReportSection) -> str:
    """The report, at this section; for who only contributes it, the list."""
    whole = policy.may(me, Act.VIEW, row.report)
    return url_for(".detail", id=row.report_id, _anchor=f"s-{row.code}") if whole else url_for(".index")


@bp.post("/sections/<int:id>/ready")
@needs("reports", Act.EDIT)
def ready(id: int) -> ResponseReturnValue:
    """Marks a section ready, or no longer."""
    row = written(id)
    row.ready = not row.ready
    said = _("“%(title)s”标为就绪") if row.ready else _("“%(title)s”改为未就绪")
    title = text.worded(row.title, row.report.year) or _("导语")
    db.session.add(step(row.report, me, said % {"title": title}))
    db.session.commit()
    return redirect(back(row), 303)


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("reports", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    report = fetch(Report, id)
    if move == "seal":
        return seal(report)
    return record.advance(report, WORKFLOW, move, MOVE_FORMS, ".detail")


def seal(report: Report) -> ResponseReturnValue:
    """Says what will be frozen; pressed, prints and freezes it. The paper takes seconds and is made before any lock."""
    WORKFLOW.find("seal", me, report)
    form = Confirm()
    if not form.sent():
        return render_template("reports/seal.html", report=report, values=of_report(report), form=form)
    held, paper = sealing.sealable(report)
    try:
        sealing.seal(report, held, paper, me)
        db.session.commit()
    except StaleDataError as error:
        raise Refused(_("这份总结刚刚被别人改动，没有签发。请刷新后再看。")) from error
    flash(_("已签发封存。校验码 %(code)s。", code=(report.digest or "")[:16]), "good")
    return redirect(url_for(".detail", id=report.id), 303)


@bp.get("/<int:id>/report.pdf")
@needs("reports", Act.VIEW)
def pdf(id: int) -> ResponseReturnValue:
    report = fetch(Report, id)
    name = f"{report.title}{'' if report.sealed else _('（未签发）')}.pdf"
    return send_file(BytesIO(work.preview(report)), "application/pdf", download_name=name)


@bp.get("/<int:id>/figures/<code>")
@needs("reports", Act.VIEW)
def figure(id: int, code: str) -> ResponseReturnValue:
    """A number of a sealed report, and its rows as they stood."""
    report, kept = sealed_figure(id, code)
    columns, rows = sealing.seen(kept, me)
    page = inspector.page_of(rows)
    return render_template(
        "reports/figure.html", report=report, figure=kept, columns=columns, page=page, seen=len(rows)
    )


@bp.get("/<int:id>/figures/<code>.xlsx")
@needs("reports", Act.VIEW)
def figure_sheet(id: int, code: str) -> ResponseReturnValue:
    report, kept = sealed_figure(id, code)
    columns, rows = sealing.seen(kept, me)
    name = f"{report.year}_{kept.title}.xlsx"
    audit.note(db.session(), "exported", "sealed_figure", kept.id, file=name)
    titles = [Column(title, title, None) for title in columns]
    body = sheets.book(kept.title, titles, (row[1:] for row in rows))
    db.session.commit()
    return send_file(body, download_name=name, as_attachment=True, mimetype=listing.XLSX)


def sealed_figure(id: int, code: str) -> tuple[Report, SealedFigure]:
    report = fetch(Report, id)
    kept = select(SealedFigure).where(SealedFigure.report_id == report.id, SealedFigure.code == code)
    return report, db.one_or_404(kept)
