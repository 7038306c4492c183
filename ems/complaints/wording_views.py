"""The templates of papers and answers (文书模板): read by who writes, changed by who dispatches, version by version."""

import secrets
from collections.abc import Sequence

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from ems.complaints import papers
from ems.complaints.paper_forms import TemplateForm
from ems.complaints.paper_models import ReplyTemplate
from ems.complaints.paper_views import bp
from ems.complaints.paper_words import FIELDS
from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.web.forms import Confirm
from ems.web.session import can, me, needs


@bp.get("/templates/")
@needs("complaints", Act.ANSWER)
def wordings() -> ResponseReturnValue:
    return render_template("complaints/wordings.html", rows=papers.current(retired=True))


@bp.route("/templates/new", methods=["GET", "POST"])
@needs("complaints", Act.DISPATCH)
def new_wording() -> ResponseReturnValue:
    form = TemplateForm()
    if form.sent():
        made = ReplyTemplate(code=f"own-{secrets.token_hex(6)}", version=1, made_at=dates.now(), made_by_id=me.id)
        form.populate_obj(made)
        db.session.add(made)
        db.session.commit()
        return redirect(url_for(".wordings"), 303)
    return edited(form)


@bp.route("/templates/<code>", methods=["GET", "POST"])
@needs("complaints", Act.ANSWER)
def wording(code: str) -> ResponseReturnValue:
    """A template as it reads now, with all its versions below. Posted, it becomes a further version."""
    known = papers.versions(code) or abort(404)
    if request.method == "POST" and not can("complaints", Act.DISPATCH):
        abort(403)
    form = TemplateForm(obj=known[0])
    if form.sent():
        keep(known[0], name=form.name.data, kind=form.kind.data, text=form.text.data)
        return redirect(url_for(".wordings"), 303)
    return edited(form, known)


@bp.post("/templates/<code>/retire")
@needs("complaints", Act.DISPATCH)
def retire(code: str) -> ResponseReturnValue:
    """Out of use, or into use again: a version too, so that it stands there who said so."""
    if (known := papers.versions(code)) and Confirm().sent():
        keep(known[0], retired=not known[0].retired)
    return redirect(url_for(".wordings"), 303)


def keep(old: ReplyTemplate, **changed: object) -> None:
    papers.renewed(old, me, **changed)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Refused(_("这个模板刚刚由别人改过，请重新打开后再改。")) from error


def edited(form: TemplateForm, known: Sequence[ReplyTemplate] = ()) -> ResponseReturnValue:
    page = {"form": form, "last": known[0] if known else None, "known": known, "names": list(FIELDS)}
    return render_template("complaints/wording.html", **page), 422 if form.errors else 200
