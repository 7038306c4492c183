"""Papers of a case: drafted from a template, printed once, and kept as they were printed."""

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ems.complaints.models import Complaint
from ems.complaints.paper_models import CasePaper, PaperKind, PaperState, ReplyTemplate
from ems.complaints.paper_words import closing_day, filled, heading
from ems.core import attachments, dates, seeds, workflow
from ems.core.db import db
from ems.core.people import User
from ems.core.secrets import masked
from ems.core.settings import setting
from ems.web import pdf


def seed(session: Session) -> None:
    """Add the templates that are missing; what people made of one stays."""
    known = set(session.scalars(select(ReplyTemplate.code)))
    for row in seeds.read("reply_templates.yaml"):
        if row["code"] not in known:
            kind = PaperKind(row["kind"]) if row.get("kind") else None
            said = {"code": row["code"], "name": row["name"], "text": row["text"].strip()}
            session.add(ReplyTemplate(**said, kind=kind, version=1, made_at=dates.now()))


def last_versions() -> Any:
    newest = select(ReplyTemplate.code, func.max(ReplyTemplate.version).label("version")).group_by(ReplyTemplate.code)
    return newest.subquery()


def current(*, retired: bool = False) -> Sequence[ReplyTemplate]:
    """The last version of each template, those of papers first."""
    last = last_versions()
    of_last = (ReplyTemplate.code == last.c.code) & (ReplyTemplate.version == last.c.version)
    rows = select(ReplyTemplate).join(last, of_last)
    rows = rows if retired else rows.where(ReplyTemplate.retired.is_(False))
    order = {kind: n for n, kind in enumerate(PaperKind)}
    found = db.session.scalars(rows.order_by(ReplyTemplate.code)).all()
    return sorted(found, key=lambda t: (t.retired, order.get(t.kind, len(order)) if t.kind else len(order)))


def templates_for(kind: PaperKind | None) -> list[ReplyTemplate]:
    return [template for template in current() if template.kind is kind]


def versions(code: str) -> Sequence[ReplyTemplate]:
    """All that was ever made of it, the newest first."""
    rows = select(ReplyTemplate).where(ReplyTemplate.code == code).order_by(ReplyTemplate.version.desc())
    return db.session.scalars(rows).all()


def renewed(old: ReplyTemplate, user: User, **changed: Any) -> ReplyTemplate | None:
    """A further version, if anything is different. Two who write at one moment: the unique key stops the second."""
    known = {name: getattr(old, name) for name in ("code", "kind", "name", "text", "retired")}
    if all(known[name] == value for name, value in changed.items()):
        return None
    made = ReplyTemplate(**known | changed, version=old.version + 1, made_at=dates.now(), made_by_id=user.id)
    db.session.add(made)
    return made


def suggested(case: Complaint, kind: PaperKind, template: ReplyTemplate | None) -> dict[str, Any]:
    """What the form of a new paper begins with."""
    return {
        "text": filled(template.text, case) if template else "",
        "addressee": "" if kind.to_caller else case.unit.name if kind is PaperKind.ASSIGNMENT else case.transferred_to,
        "due_on": closing_day(case) if kind in {PaperKind.ASSIGNMENT, PaperKind.EXTENSION} else None,
    }


def draft(case: Complaint, kind: PaperKind, template: ReplyTemplate | None, user: User) -> CasePaper:
    """Not committed."""
    made = CasePaper(complaint_id=case.id, unit_id=case.unit_id, kind=kind, title=heading(kind, case))
    made.template_id = template.id if template else None
    made.drafted_by_id, made.drafted_on, made.bureau = user.id, dates.today(), setting("bureau")
    return made


def sheet(paper: CasePaper, *, open_name: bool) -> bytes:
    """Printed anew. Without `open_name` the caller is a first letter and asterisks, as in a file others read."""
    name = paper.caller if open_name else masked(paper.caller)
    with force_locale("zh_CN"):
        html = render_template("complaints/paper_sheet.html", paper=paper, name=name)
    return pdf.printed(html)


def stored(paper: CasePaper) -> bytes:
    """The sheet as it was printed the first time; empty where it was not printed yet."""
    path = attachments.place(paper.pdf_digest) if paper.pdf_digest else None
    return path.read_bytes() if path and path.exists() else b""


def shown(paper: CasePaper) -> bytes:
    """The sheet for one who binds it with others: kept by nobody, so nothing is locked while more is printed."""
    return (paper.live and stored(paper)) or sheet(paper, open_name=True)


def kept(paper: CasePaper) -> bytes:
    """The sheet as it was printed the first time. A draft and a voided one are printed with their mark, and not kept.

    It is printed on the first opening and not on issue: the number's row is locked then, and the press takes seconds.
    What it is printed from was frozen with the number, so nothing can come between. Commits nothing.
    """
    if not paper.live:
        return sheet(paper, open_name=True)
    if before := stored(paper):
        return before
    printed = sheet(paper, open_name=True)
    workflow.hold(paper)
    if before := stored(paper):  # another was faster
        return before
    paper.pdf_digest = attachments.store(printed)
    return printed


def whole(paper: CasePaper) -> bool:
    """Whether the sheet is still as it was printed; true where none was."""
    path = attachments.place(paper.pdf_digest) if paper.pdf_digest else None
    return path is None or (path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == paper.pdf_digest)


def open_of(case: Complaint) -> list[CasePaper]:
    """All of a case, the newest first; drafts that were thrown away left out."""
    return [p for p in reversed(case.papers) if p.no or p.state is PaperState.DRAFT]
