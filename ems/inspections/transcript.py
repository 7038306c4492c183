"""现场检查笔录 on paper: what it says, its pictures, and the one printing that stays (定稿)."""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import render_template
from flask_babel import force_locale, gettext as _

from ems.core import attachments, workflow
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.settings import setting
from ems.inspections import field as spot
from ems.inspections.models import CheckLine, Inspection, InspectionType, Verdict
from ems.inspections.moves import DONE, OPEN, not_among_them
from ems.web import pdf

PRINTABLE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})  # of HEIC the press knows nothing
MARK = "transcript"  # begins the note of the file that stays


@dataclass(frozen=True)
class Picture:
    """A file with its content in the page: the press opens no address."""

    url: str
    note: str
    name: str


def heading(inspection: Inspection) -> str:
    """What the paper is called: law is enforced, a unit looks at itself, the bureau looks at the system."""
    return {
        InspectionType.SELF_CHECK: _("日常自查记录"),
        InspectionType.SYSTEM_CHECK: _("体系运行检查记录"),
    }.get(inspection.type, _("现场检查（勘察）笔录"))


def said(inspection: Inspection) -> dict[str, Any]:
    """What the page and the paper both say."""
    lines = inspection.lines
    counts = {verdict.value: sum(line.verdict is verdict for line in lines) for verdict in Verdict}
    failed: list[CheckLine] = [line for line in lines if line.verdict is Verdict.FAILS]
    return {"row": inspection, "heading": heading(inspection), "counts": counts, "failed": failed}


def picture(kept: Attachment) -> Picture:
    content = base64.b64encode(kept.path.read_bytes()).decode()
    return Picture(f"data:{kept.type};base64,{content}", kept.note, kept.name)


def printed(inspection: Inspection, mark: str = "") -> bytes:
    """The paper as it reads now; `mark` lies across it."""
    photos, signed = spot.pictures(inspection)
    officers = {person: picture(kept) for person, kept in spot.signatures(inspection).items()}
    with force_locale("zh_CN"):
        html = render_template(
            "inspections/transcript_paper.html", **said(inspection), mark=mark, bureau=setting("bureau"),
            photos=[picture(kept) for kept in photos if kept.type in PRINTABLE],
            others=[kept.name for kept in photos if kept.type not in PRINTABLE],
            signed=picture(signed) if signed else None, officers=officers,
        )  # fmt: skip
    return pdf.printed(html)


def draft(inspection: Inspection) -> bytes:
    with force_locale("zh_CN"):
        return printed(inspection, _("未定稿") if inspection.state is DONE else inspection.state.label)


def kept(inspection: Inspection) -> Attachment | None:
    """The printing that stays, if there is one."""
    return db.session.get(Attachment, inspection.transcript_id) if inspection.transcript_id else None


def objection(inspection: Inspection, user: User) -> str | None:
    """Why it cannot be printed for good."""
    if inspection.state is OPEN:
        return _("检查还没有完成，不能定稿。")
    if inspection.state is not DONE:
        return _("没有完成的检查，没有笔录。")
    if inspection.transcript_id:
        return _("笔录已经定稿，内容不再变动。")
    return not_among_them(inspection, user)


def settle(inspection: Inspection, user: User) -> Attachment:
    """Print it for good: these bytes are handed out from now on. Raises `Refused`. Not committed.

    Two who press at one moment: the second one waits, and finds it done.
    """
    workflow.hold(inspection)
    if no := objection(inspection, user):
        raise Refused(no)
    content = printed(inspection)
    with force_locale("zh_CN"):
        name = f"{heading(inspection)} {inspection.no}.pdf"
        made = attachments.attach(inspection, name, BytesIO(content), user, MARK)
        db.session.flush()
        inspection.transcript_id = made.id
        remark = _("笔录定稿，校验码 %(code)s。", code=made.digest[:16])
    db.session.add(workflow.step(inspection, user, remark))
    return made
