"""The tree of units: everybody reads it, the system administrator keeps it."""

from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from ems.core import seeds
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, Role, Unit, User
from ems.core.policy import Act, reach
from ems.people import rules
from ems.people.forms import RootForm, UnitForm
from ems.web.session import me, needs

bp = Blueprint("units", __name__, url_prefix="/units")


class Branch(NamedTuple):
    unit: Unit
    depth: int
    people: int
    chiefs: list[str]
    mine: bool


@bp.get("/")
@needs("units", Act.VIEW)
def index() -> ResponseReturnValue:
    return render_template("people/units.html", tree=tree())


def tree() -> list[Branch]:
    """Every unit below its parent, in the order they were made."""
    seen = select(Unit).where(Unit.active | Unit.id.in_(reach(me, "units", Act.ADMIN))).order_by(Unit.id)
    units = db.session.scalars(seen).all()
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)
    counts, chiefs, mine = people(), heads(), set(db.session.scalars(reach(me, "units", Act.ADMIN)))

    def walk(parent: int | None, depth: int) -> list[Branch]:
        found = []
        for unit in below.get(parent, []):
            found.append(Branch(unit, depth, counts.get(unit.id, 0), chiefs.get(unit.id, []), unit.id in mine))
            found += walk(unit.id, depth + 1)
        return found

    return walk(None, 0)


def people() -> dict[int, int]:
    held = select(Post.unit_id, func.count(Post.user_id.distinct())).where(rules.today(Post)).group_by(Post.unit_id)
    return {row[0]: row[1] for row in db.session.execute(held)}


def heads() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    held = select(Post.unit_id, User.name).join(User).where(Post.role == Role.CHIEF, rules.today(Post))
    for unit_id, name in db.session.execute(held.order_by(Post.id)):
        found.setdefault(unit_id, []).append(name)
    return found


def unit(id: int) -> Unit:
    """The unit, if it is yours to keep (else 404)."""
    found: Unit = db.one_or_404(select(Unit).where(Unit.id == id, Unit.id.in_(reach(me, "units", Act.ADMIN))))
    return found


@bp.route("/new", methods=["GET", "POST"])
@needs("units", Act.ADMIN)
def new() -> ResponseReturnValue:
    form = UnitForm(data={"parent_id": request.args.get("parent", type=int)})
    if not form.sent():
        return render_template("people/unit.html", form=form, unit=None), 422 if form.errors else 200
    made = Unit(code=form.code.data, name=form.name.data, name_en=form.name_en.data, kind=form.kind.data)
    seeds.plant(db.session(), made, db.session.get_one(Unit, form.parent_id.data))
    db.session.commit()
    flash(_("已增加单位 %(name)s。", name=made.name), "good")
    return redirect(url_for("units.index"), 303)


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("units", Act.ADMIN)
def edit(id: int) -> ResponseReturnValue:
    row = unit(id)
    form: Any = (UnitForm if row.parent_id else RootForm)(obj=row)
    if not form.sent():
        return render_template("people/unit.html", form=form, unit=row), 422 if form.errors else 200
    for name in ("code", "name", "name_en", "kind"):
        setattr(row, name, form[name].data)
    if row.parent_id and form.parent_id.data != row.parent_id:
        rules.move(row, db.session.get_one(Unit, form.parent_id.data))
    db.session.commit()
    flash(_("已保存。"), "good")
    return redirect(url_for("units.index"), 303)


@bp.post("/<int:id>/<any(close, reopen):what>")
@needs("units", Act.ADMIN)
def switch(id: int, what: str) -> ResponseReturnValue:
    row = unit(id)
    if row.parent is None:
        abort(403)
    if what == "close" and (why := rules.unit_in_use(row)):
        raise Refused(_("不能停用 %(name)s：%(why)s", name=row.name, why=why))
    if what == "reopen" and not row.parent.active:
        raise Refused(_("上级单位已停用，请先启用上级单位。"))
    row.active = what == "reopen"
    db.session.commit()
    return redirect(url_for("units.index"), 303)
