"""The ledger's pages, and the way in from a mail."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core.db import db
from ems.core.policy import Act
from ems.reminders import ledger, links
from ems.reminders.headlines import headlines
from ems.reminders.notices import Notice
from ems.reminders.rules import REGISTER
from ems.web import listing
from ems.web.session import fetch, me, needs, own

bp = Blueprint("ledger", __name__)
bp.add_app_template_global(ledger.of, "told_of")


@bp.get("/ledger/")
@needs("ledger", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "reminders/ledger.html")


@bp.get("/ledger/export.<any(xlsx, csv):kind>")
@needs("ledger", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/ledger/<int:id>")
@needs("ledger", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    """One telling, the others of the same duty, and the record, if the reader may see it."""
    row = fetch(Notice, id)
    ref = (row.subject_type, row.subject_id)
    line = headlines(me, [ref]).get(ref)
    return render_template("reminders/notice.html", row=row, line=line, others=ledger.same(row))


@bp.get("/go/<token>")
@own
def go(token: str) -> ResponseReturnValue:
    """From a mail to the record. Read by whom it was written to counts as opened; others just get there."""
    link = links.read(token) or abort(404)
    letter, ref = links.letter(link), (link.subject_type, link.subject_id)
    if letter is None:
        flash(_("这封邮件的链接已过期，请从消息或列表打开。"), "warn")
        return redirect(url_for("home.inbox"))
    if letter.person_id == me.id:
        ledger.opened_in_mail(letter, *ref)
    line = headlines(me, [ref]).get(ref)
    db.session.commit()
    return redirect(line.path if line else url_for("home.inbox"))
