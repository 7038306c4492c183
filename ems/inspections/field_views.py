"""The form on the phone: opened on the spot, filled in, ended."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.inspections import field as spot, forms
from ems.inspections.models import Inspection
from ems.inspections.moves import DONE, OPEN, WORKFLOW, missing, not_among_them
from ems.inspections.views import bp
from ems.web.session import fetch, me, needs


@bp.route("/<int:id>/field", methods=["GET", "POST"])
@needs("inspections", Act.HANDLE)
def field(id: int) -> ResponseReturnValue:
    """The form on the phone. What was typed is kept, whether the inspection may end or not."""
    row = fetch(Inspection, id, Act.HANDLE)
    if request.method == "POST":
        db.session.refresh(row, with_for_update=True)  # two phones, one inspection: the second one waits
    if row.state is not OPEN:
        return already(row)
    if said := not_among_them(row, me):
        raise Refused(said)
    form, faults = forms.for_(row), list[str]()
    if form.sent():
        faults = spot.keep(row, form, me)
        if request.form.get("go") == "finish":
            return finished(row, form, faults)
        db.session.commit()
        if not faults:
            flash(_("已暂存。"), "good")
            return redirect(url_for(".field", id=id), 303)
    return on_the_spot(row, form, faults)


def already(row: Inspection) -> ResponseReturnValue:
    if row.state is DONE and request.method == "POST":
        flash(_("这次检查已经完成，下面是已存的记录。"), "warn")
    return redirect(url_for(".detail", id=row.id), 303)


def finished(row: Inspection, form: forms.FieldForm, faults: list[str]) -> ResponseReturnValue:
    """Ended, if nothing is missing; else kept as a draft, with all that is."""
    faults = faults + missing(row, me)
    if faults:
        db.session.commit()
        return on_the_spot(row, form, faults)
    id = row.id
    try:
        row.client_key = row.client_key or form.client_key.data or None
        WORKFLOW.fire("finish", me, row)
        db.session.commit()
    except IntegrityError:  # sent twice at the same moment: the findings of the other one are stored
        db.session.rollback()
        return already(fetch(Inspection, id))
    return redirect(url_for(".detail", id=id), 303)


def on_the_spot(row: Inspection, form: forms.FieldForm, faults: list[str]) -> ResponseReturnValue:
    form.client_key.data = form.client_key.data or row.client_key or forms.new_key()
    photos, signed = spot.pictures(row)
    shown = {"row": row, "form": form, "faults": faults, "photos": photos, "signed": signed}
    return render_template("inspections/field.html", **shown), 422 if faults or form.errors else 200
