"""The pages of checklists: which version holds, what a new one changes, and the draft as one form."""

from io import BytesIO

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, everywhere
from ems.inspections import checklists
from ems.inspections.checklist_forms import ChecklistForm, PublishForm, shown
from ems.inspections.models import Checklist, InspectionType
from ems.inspections.views import bp
from ems.web.listing import XLSX
from ems.web.session import me, needs

LARGEST = 2 * 1024 * 1024  # bytes of a sheet


def found(id: int) -> Checklist:
    row: Checklist = db.get_or_404(Checklist, id)
    return row


def to_write(id: int) -> Checklist:
    """The draft, if it is mine to write: the lists are the whole zone's, so a chief of a part has no say."""
    only_the_zones()
    row = found(id)
    if not row.draft:
        raise Refused(_("这一版已经公布，内容不能更改；要改的请另起一版。"))
    return row


def only_the_zones() -> None:
    if not may_write():
        abort(403)


def may_write() -> bool:
    return everywhere(me, "inspections", Act.APPROVE)


@bp.get("/checklists/")
@needs("inspections", Act.VIEW)
def checklist_index() -> ResponseReturnValue:
    known = [(type, checklists.in_force_now(type), checklists.versions(type)) for type in InspectionType]
    return render_template("inspections/checklists.html", known=known, may=may_write())


@bp.get("/checklists/<int:id>")
@needs("inspections", Act.VIEW)
def checklist(id: int) -> ResponseReturnValue:
    row = found(id)
    other = checklists.before(row)
    more = {"other": other, "changes": checklists.compared(row, other) if other else [], "may": may_write()}
    more |= {"holds": checklists.in_force_now(row.type), "publish": PublishForm(since=row.since)}
    return render_template("inspections/checklist.html", row=row, versions=checklists.versions(row.type), **more)


@bp.post("/checklists/<type>/draft")
@needs("inspections", Act.APPROVE)
def new_checklist(type: str) -> ResponseReturnValue:
    only_the_zones()
    if type not in {one.value for one in InspectionType}:
        abort(404)
    row = checklists.begin(InspectionType(type))
    db.session.commit()
    return redirect(url_for(".edit_checklist", id=row.id), 303)


@bp.route("/checklists/<int:id>/edit", methods=["GET", "POST"])
@needs("inspections", Act.APPROVE)
def edit_checklist(id: int) -> ResponseReturnValue:
    """All of it is kept whichever button is pressed, so that moving an item loses no word."""
    row = to_write(id)
    form = ChecklistForm(obj=None, data={"title": row.title, "title_en": row.title_en, **shown(row)})
    if request.form.get("go") == "add" and len(form.items) < checklists.MOST:
        form.items.append_entry({})
        return edited(form, row, len(form.items) - 1)
    if not form.sent():
        return edited(form, row)
    row.title, row.title_en = form.title.data or "", form.title_en.data or ""
    checklists.write(row, form.arranged())
    db.session.commit()
    if request.form.get("go", "save") != "save":  # the keyboard presses no button
        return redirect(url_for(".edit_checklist", id=id, _anchor=anchor()), 303)
    return redirect(url_for(".checklist", id=id), 303)


def anchor() -> str:
    """Where the item that was moved stands now."""
    act, _sep, at = request.form.get("go", "").partition(":")
    n = int(at) if at.isdecimal() else 0
    return f"item-{max(0, n + {'up': -1, 'down': 1}.get(act, 0))}"


def edited(form: ChecklistForm, row: Checklist, at: int | None = None) -> ResponseReturnValue:
    page = render_template("inspections/edit_checklist.html", form=form, row=row, at=at)
    return page, 422 if form.errors else 200


@bp.post("/checklists/<int:id>/publish")
@needs("inspections", Act.APPROVE)
def publish_checklist(id: int) -> ResponseReturnValue:
    row, form = to_write(id), PublishForm()
    if not form.sent() or form.since.data is None:
        raise Refused(_("请填写施行日期。"))
    checklists.publish(row, form.since.data)
    db.session.commit()
    return redirect(url_for(".checklist", id=id), 303)


@bp.post("/checklists/<int:id>/take-back")
@needs("inspections", Act.APPROVE)
def take_back_checklist(id: int) -> ResponseReturnValue:
    only_the_zones()
    checklists.take_back(found(id))
    db.session.commit()
    return redirect(url_for(".checklist", id=id), 303)


@bp.post("/checklists/<int:id>/drop")
@needs("inspections", Act.APPROVE)
def drop_checklist(id: int) -> ResponseReturnValue:
    checklists.drop(to_write(id))
    db.session.commit()
    flash(_("草稿已删除。"), "good")
    return redirect(url_for(".checklist_index"), 303)


@bp.get("/checklists/<int:id>/export.xlsx")
@needs("inspections", Act.VIEW)
def export_checklist(id: int) -> ResponseReturnValue:
    row = found(id)
    name = _("%(title)s检查表 第%(n)s版.xlsx", title=row.type.label, n=row.version)
    return send_file(checklists.sheet(row), XLSX, as_attachment=True, download_name=name)


@bp.post("/checklists/<int:id>/load")
@needs("inspections", Act.APPROVE)
def load_checklist(id: int) -> ResponseReturnValue:
    """A sheet in the place of the draft's items: all of its rows, or none."""
    row, file = to_write(id), request.files.get("file", FileStorage(BytesIO()))
    content = file.stream.read(LARGEST + 1)
    if not content or len(content) > LARGEST:
        raise Refused(_("请选择不超过 2 MB 的表格。"))
    rows = checklists.read(file.filename or "", content)
    checklists.write(row, rows)
    db.session.commit()
    flash(_("已导入 %(n)s 项。", n=len(rows)), "good")
    return redirect(url_for(".checklist", id=id), 303)
