"""卷宗: everything of a case bound as one file, with what it holds on the first page and a number on each."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import render_template
from flask_babel import force_locale, gettext as _
from PIL import Image, ImageOps
from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError
from sqlalchemy import select

from ems.complaints import papers
from ems.complaints.models import Complaint, Identity
from ems.complaints.paper_models import CasePaper
from ems.complaints.papers import open_of
from ems.core import attachments, dates, workflow
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.people import User
from ems.core.secrets import without
from ems.core.settings import setting
from ems.core.workflow import Step
from ems.web import pdf

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
A4 = (1240, 1754)  # pixels: a sheet at 150 to the inch
MOST_PAGES = 400  # of one attachment


@dataclass(frozen=True)
class Part:
    """One thing in the file. Without `content` it is only listed, and `why` says so."""

    title: str
    day: Any = None
    content: bytes = b""
    pages: int = 0
    why: str = ""
    digest: str = ""


def bound(case: Complaint, user: User, *, unmasked: bool) -> bytes:
    """The file as PDF. Masked, nobody's name or number stands in it."""
    with force_locale("zh_CN"):
        parts = [cover(case, unmasked=unmasked), *sheets(case, unmasked=unmasked), *added(case, unmasked=unmasked)]
        index = indexed(case, user, parts, unmasked=unmasked)
        return numbered([index, *(part.content for part in parts if part.content)])


def cover(case: Complaint, *, unmasked: bool) -> Part:
    """The facts, the answers and the diary, from the first day to the last."""
    rows = select(Step).where(Step.subject_type == "complaint", Step.subject_id == case.id).order_by(Step.at, Step.id)
    told = {"case": case, "steps": db.session.scalars(rows).unique().all(), "said": veiled(case, unmasked=unmasked)}
    told |= {"name": case.complainant if unmasked else case.masked_name}
    told |= {"phone": case.phone if unmasked else case.masked_phone}
    printed = pdf.printed(render_template("complaints/dossier_case.html", **told))
    return made(_("登记、办理、答复与办理日志"), case.received_on, printed)


def veiled(case: Complaint, *, unmasked: bool) -> Any:
    """What a text says to this reader."""
    if unmasked:
        return lambda text: text
    return lambda text: without(text or "", case.complainant, case.phone)


def made(title: str, day: Any, content: bytes) -> Part:
    return Part(title, day, content, len(PdfReader(BytesIO(content)).pages))


def sheets(case: Complaint, *, unmasked: bool) -> Iterator[Part]:
    """The papers by their day. One that names the caller is printed anew for a masked file, with the name covered."""
    for paper in sorted(open_of(case), key=lambda p: (p.issued_on or dates.NEVER, p.id)):
        title = f"{paper.kind.label} {paper.no or ''}".strip()
        if not paper.live:
            yield Part(title, paper.issued_on, why=_("拟稿，不装订") if paper.draft else _("已作废，不装订"))
            continue
        yield made(title, paper.issued_on, sheet(paper, unmasked=unmasked))


def sheet(paper: CasePaper, *, unmasked: bool) -> bytes:
    return papers.sheet(paper, open_name=False) if paper.caller and not unmasked else papers.shown(paper)


def added(case: Complaint, *, unmasked: bool) -> Iterator[Part]:
    """The files. Of a caller who is not to be known they are bound only unmasked: nobody can cover what is in them."""
    for file in db.session.scalars(attachments.of(case)).unique():
        title, day = file.name if unmasked else masked_name(case, file.name), dates.local(file.at).date()
        if case.identity is not Identity.OPEN and not unmasked:
            yield Part(title, day, why=_("可能显示反映人身份，未装订"), digest=file.digest)
        elif content := readable(file):
            yield made(title, day, content)
        else:
            yield Part(title, day, why=_("不是图片或 PDF，或者无法读出，另存"), digest=file.digest)


def masked_name(case: Complaint, name: str) -> str:
    return without(name, case.complainant, case.phone)


def readable(file: Attachment) -> bytes:
    """The file as PDF; empty where it cannot be bound. What strangers sent may be broken in any way."""
    if not file.path.exists():
        return b""
    content = file.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.digest:
        return b""
    if file.type == "application/pdf":
        return content if sound(content) else b""
    return picture(content) if file.type in IMAGES else b""


def sound(content: bytes) -> bool:
    try:
        reader = PdfReader(BytesIO(content))
        return not reader.is_encrypted and 0 < len(reader.pages) <= MOST_PAGES
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError):
        return False


def picture(content: bytes) -> bytes:
    """A photograph upright in the middle of a sheet, made small enough to be sent on."""
    try:
        with Image.open(BytesIO(content)) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    image.thumbnail((A4[0] - 160, A4[1] - 240))
    page = Image.new("RGB", A4, "white")
    page.paste(image, ((A4[0] - image.width) // 2, 120))
    out = BytesIO()
    page.save(out, "PDF", resolution=150, quality=82)
    return out.getvalue()


def indexed(case: Complaint, user: User, parts: Sequence[Part], *, unmasked: bool) -> bytes:
    """The first page or pages: what lies where. It counts itself, so it may have to be printed twice."""
    own = 1
    while True:
        told = {"case": case, "by": user, "rows": list(placed(parts, own)), "unmasked": unmasked}
        said = {"title": veiled(case, unmasked=unmasked)(case.title), "bureau": setting("bureau"), "at": dates.now()}
        printed = pdf.printed(render_template("complaints/dossier_index.html", **told, **said))
        if (pages := len(PdfReader(BytesIO(printed)).pages)) <= own:
            return printed
        own = pages


def placed(parts: Sequence[Part], before: int) -> Iterator[tuple[Part, int | None]]:
    """Each part with the page it begins on."""
    page = before + 1
    for part in parts:
        yield part, page if part.pages else None
        page += part.pages


def numbered(files: Sequence[bytes]) -> bytes:
    """All in one, each page under its number."""
    writer = PdfWriter()
    for content in files:
        writer.append(BytesIO(content))
    count = len(writer.pages)
    numbers = PdfReader(BytesIO(pdf.printed(render_template("complaints/dossier_numbers.html", count=count))))
    for page, number in zip(writer.pages, numbers.pages, strict=True):
        page.transfer_rotation_to_content()
        wide, high = (side / own for side, own in zip(size(page), size(number), strict=True))
        page.merge_transformed_page(number, Transformation().scale(wide, high).translate(*page.mediabox.lower_left))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def size(page: PageObject) -> tuple[float, float]:
    return float(page.mediabox.width), float(page.mediabox.height)


def held(case: Complaint) -> list[tuple[str, int]]:
    """What would be bound, counted, for who decides."""
    files = len(db.session.scalars(attachments.of(case)).unique().all())
    days = len(db.session.scalars(workflow.diary(case)).unique().all())
    return [(_("办理日志"), days), (_("答复"), len(case.answers)), (_("文书"), len(open_of(case))), (_("附件"), files)]


def name(case: Complaint) -> str:
    return f"卷宗_{case.no}.pdf"
