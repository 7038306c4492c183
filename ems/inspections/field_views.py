"""The form on the phone: opened on the spot, filled in, ended."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.inspections import arrivals, field as spot, forms
from ems.inspections.models import Inspection
from ems.inspections.moves import DONE, OPEN, PLANNED, WORKFLOW, missing, not_among_them
from ems.inspections.views import bp
from ems.web.session import fetch, me, needs


@bp.get("/<int:id>/field")
@needs("inspections", Act.HANDLE)
def field(id: int) -> ResponseReturnValue:
    """The form, also before anything is begun: a phone takes it along to where there is no network."""
    row = fetch(Inspection, id, Act.HANDLE)
    if row.state not in {PLANNED, OPEN}:
        return already(row)
    if said := not_among_them(row, me):
        raise Refused(said)
    return arrivals.page(row)


@bp.post("/<int:id>/field")
@needs("inspections", Act.HANDLE)
def fill(id: int) -> ResponseReturnValue:
    """Sent as a form, where no script does it. What was typed is kept, whether the inspection may end or not."""
    row = fetch(Inspection, id, Act.HANDLE)
    db.session.refresh(row, with_for_update=True)  # two phones, one inspection: the second one waits
    if row.state not in {PLANNED, OPEN}:
        return already(row)
    if said := not_among_them(row, me):
        raise Refused(said)
    if row.state is PLANNED:
        WORKFLOW.fire("open", me, row)
        db.session.flush()
    form = forms.for_(row, formdata=posted(row))
    return kept(row, form) if form.sent() else arrivals.page(row, form)


def posted(row: Inspection) -> Any:
    """A page that was opened before the inspection began calls the lines by their numbers."""
    numbers = {f"line_n{line.number}": forms.part_of(line) for line in row.lines}
    pairs = [(name.partition("-"), value) for name, value in request.form.items(multi=True)]
    named = [(numbers.get(head, head) + dash + rest, value) for (head, dash, rest), value in pairs]
    return CombinedMultiDict([request.files, MultiDict(named)])


def kept(row: Inspection, form: forms.FieldForm) -> ResponseReturnValue:
    faults = spot.keep(row, form, me)
    if request.form.get("go") == "finish":
        return finished(row, form, faults)
    db.session.commit()
    if faults:
        return arrivals.page(row, form, faults)
    flash(_("已暂存。"), "good")
    return redirect(url_for(".field", id=row.id), 303)


def already(row: Inspection) -> ResponseReturnValue:
    if row.state is DONE and request.method == "POST":
        flash(_("这次检查已经完成，下面是已存的记录。"), "warn")
    return redirect(url_for(".detail", id=row.id), 303)


def finished(row: Inspection, form: forms.FieldForm, faults: list[str]) -> ResponseReturnValue:
    """Ended, if nothing is missing; else kept as a draft, with all that is."""
    faults = faults + missing(row, me)
    if faults:
        db.session.commit()
        return arrivals.page(row, form, faults)
    id = row.id
    try:
        row.client_key = row.client_key or form.client_key.data or None
        WORKFLOW.fire("finish", me, row)
        db.session.commit()
    except IntegrityError:  # sent twice at the same moment: the findings of the other one are stored
        db.session.rollback()
        return already(fetch(Inspection, id))
    return redirect(url_for(".detail", id=id), 303)
