"""Beginning a report, and putting it on paper."""

from datetime import date

from flask import render_template
from flask_babel import force_locale, gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ems.core import attachments, dates, module, numbers, seeds
from ems.core.errors import Refused
from ems.core.people import Unit, User
from ems.core.settings import setting
from ems.core.workflow import step
from ems.reports import text
from ems.reports.models import Report, ReportSection, SectionKind
from ems.reports.text import Part
from ems.reports.values import Value, of_report
from ems.web import pdf


def begin(session: Session, year: int, user: User | None) -> Report:
    """The report of `year` with its sections as seeded. Raises `Refused` where there is one already."""
    if session.scalar(select(Report.id).where(Report.year == year)):
        raise Refused(_("%(year)s 年的总结已经有了，请直接打开。", year=year))
    root = session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))
    if root is None:
        raise Refused(_("还没有单位。请先运行 flask seed。"))
    seed = seeds.read("report.yaml")
    report = Report(no=numbers.take(session, "ZJ", year)[0], year=year, unit_id=root.id, unit=root)
    report.title, report.drafted_by_id = text.worded(seed["title"], year), user.id if user else None
    report.sections = [
        ReportSection(
            seq=seq, code=row["code"], level=row["level"], kind=SectionKind(row["kind"]), unit_id=root.id,
            title=row["title"], text=row["text"].strip(),
        )
        for seq, row in enumerate(seed["sections"])
    ]  # fmt: skip
    session.add(report)
    session.flush()
    session.add(step(report, user, move="begin", after=report.state))
    return report


ONE_LINE = 18  # characters of 22 pt


def paper(report: Report, parts: list[Part], found: dict[str, Value], until: date, code: str = "") -> str:
    """The report's page for the press. `code`: the digest of what it says; without it, it is a draft."""
    with force_locale("zh_CN"):
        groups = [(part.title, [found[f.code] for f in part.figures if f.code in found]) for part in module.MODULES]
        shown = {
            "lines": title_lines(report), "parts": parts, "groups": [group for group in groups if group[1]],
            "annex": _("%(year)s年主要数据表", year=report.year), "day": dates.today(), "until": until, "code": code,
            "bureau": setting("bureau"), "kai": pdf.families() & pdf.KAI,
        }  # fmt: skip
        return render_template("reports/paper.html", report=report, **shown)


def title_lines(report: Report) -> list[str]:
    """A long title breaks before the year, the shorter line above (正梯形)."""
    who, year, what = report.title.partition(f"{report.year}年")
    return [who, year + what] if who and year and len(report.title) > ONE_LINE else [report.title]


def preview(report: Report) -> bytes:
    """The sealed paper, or a draft as it would be now."""
    if report.pdf_digest:
        return attachments.place(report.pdf_digest).read_bytes()
    found = of_report(report)
    with force_locale("zh_CN"):
        parts = text.parts(report, found)
    return pdf.printed(paper(report, parts, found, dates.so_far(report.year)[1]))
