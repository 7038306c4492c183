from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.complaints import dossier
from ems.complaints.forms import UnmaskForm
from ems.complaints.models import Complaint
from ems.complaints.named import not_named
from ems.complaints.views import bp
from ems.core import audit
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts
from ems.core.workflow import step
from ems.web.session import fetch, me, needs


@bp.get("/<int:id>/dossier")
@needs("complaints", Act.VIEW)
def dossier_of(id: int) -> ResponseReturnValue:
    """What the file would hold, and in which of two ways it may be bound."""
    case = fetch(Complaint, id)
    page = {"case": case, "held": dossier.held(case), "unmask": UnmaskForm(), "strange": stranger(case)}
    return render_template("complaints/dossier.html", **page)


def stranger(case: Complaint) -> str | None:
    """Why I am not given it with the names in it."""
    if Act.UNMASK not in acts(me, case):
        return _("您不能查看反映人的身份；需要联系反映人的，请告诉经办人或热线受理员。")
    return not_named(case, me)


@bp.get("/<int:id>/dossier.pdf")
@needs("complaints", Act.VIEW)
def dossier_pdf(id: int) -> ResponseReturnValue:
    return sent(fetch(Complaint, id), unmasked=False)


@bp.post("/<int:id>/dossier.pdf")
@needs("complaints", Act.UNMASK)
def dossier_named_pdf(id: int) -> ResponseReturnValue:
    """With names and numbers, for a reason that stands in the diary and in the log."""
    case, form = fetch(Complaint, id, Act.UNMASK), UnmaskForm()
    if no := stranger(case):
        raise Refused(no)
    if not form.sent():
        raise Refused(_("请写明查看身份的事由。"))
    return sent(case, unmasked=True, reason=form.remark.data or "")


def sent(case: Complaint, *, unmasked: bool, reason: str = "") -> ResponseReturnValue:
    """Printed first and noted then: the press takes seconds, in which nothing is locked."""
    content, name = dossier.bound(case, me, unmasked=unmasked), dossier.name(case)
    if unmasked:
        db.session.add(step(case, me, _("装订含身份的卷宗。事由：%(reason)s", reason=reason), alarm=True))
        audit.note(db.session(), "unmasked", "complaint", case.id, reason=case.veil(reason))
    audit.note(db.session(), "exported", "complaint", case.id, file=name)
    db.session.commit()
    return send_file(BytesIO(content), "application/pdf", as_attachment=True, download_name=name)
