"""Files of a record: added and read through the record's own gate."""

from flask import Blueprint, Flask, abort, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core import attachments, audit, module, policy
from ems.core.attachments import Attachment
from ems.core.db import InUnit, db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.core.workflow import step
from ems.web.session import me, own, subject

bp = Blueprint("files", __name__, url_prefix="/files")
SHOWN = {"application/pdf", "image/jpeg", "image/png", "image/webp", "image/gif"}


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<int:id>/<name>")
@own
def read(id: int, name: str) -> ResponseReturnValue:
    """A file, if its record is yours to see. Only what a browser can't run is shown in it."""
    kept = db.get_or_404(Attachment, id)
    subject(kept.subject_type, kept.subject_id)
    if kept.void or not kept.path.exists():
        abort(404)
    return send_file(kept.path, kept.type, as_attachment=kept.type not in SHOWN, download_name=kept.name)


@bp.post("/<type>/<int:row_id>")
@own
def add(type: str, row_id: int) -> ResponseReturnValue:
    row = worked_on(type, row_id)
    sent = [file for file in request.files.getlist("file") if file.filename]
    if not sent:
        raise Refused(_("请先选择文件。"))
    for file in sent:
        kept = attachments.attach(row, file.filename or "", file.stream, me)
        db.session.add(step(row, me, _("添加附件：%(name)s", name=kept.name)))
    db.session.commit()
    return redirect(back(type, row_id), 303)


@bp.post("/<int:id>/void")
@own
def void(id: int) -> ResponseReturnValue:
    """Taken off the record with a reason; the bytes and the entry stay."""
    kept = db.get_or_404(Attachment, id)
    row = worked_on(kept.subject_type, kept.subject_id)
    if not (reason := request.form.get("reason", "").strip()):
        raise Refused(_("请写明作废这个附件的理由。"))
    kept.void = True
    audit.note(db.session(), "file voided", kept.subject_type, kept.subject_id, name=kept.name, reason=reason)
    db.session.add(step(row, me, _("附件作废：%(name)s。%(reason)s", name=kept.name, reason=reason), alarm=True))
    db.session.commit()
    return redirect(back(kept.subject_type, kept.subject_id), 303)


def worked_on(type: str, id: int) -> InUnit:
    """The record, if you see it and have some part in its work."""
    row = subject(type, id)
    if policy.acts(me, row).isdisjoint({Act.EDIT, Act.HANDLE, Act.ANSWER}):
        abort(403)
    if getattr(row, "digest", None):
        raise Refused(_("已签发封存，不能再增减附件。"))
    return row


def back(type: str, id: int) -> str:
    return url_for(module.subject(type).endpoint, id=id)
