from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Unit
from ems.core.policy import Act, acts, visible
from ems.core.settings import setting
from ems.core.workflow import step
from ems.enterprises.models import Enterprise, EnterpriseState
from ems.orders import work
from ems.orders.forms import FORMS, MOVE_FORMS, NoteForm, OrderForm
from ems.orders.models import Order
from ems.orders.moves import WORKFLOW, late
from ems.orders.rules import REGISTER
from ems.web import listing, record
from ems.web.session import fetch, me, needs

NAMES = 20  # as many as a person reads down
bp = Blueprint("orders", __name__, url_prefix="/orders")


@bp.get("/")
@needs("orders", Act.VIEW)
def index() -> ResponseReturnValue:
    return listing.index(REGISTER, "orders/index.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("orders", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.get("/<int:id>")
@needs("orders", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    order = fetch(Order, id)
    allowed = acts(me, order)
    more = {"may": allowed, "note": NoteForm(), "late_since": late(order)}
    editable = order.state in FORMS and Act.EDIT in allowed
    return render_template("orders/detail.html", **record.context(order, WORKFLOW), **more, editable=editable)


@bp.get("/<int:id>/notice")
@needs("orders", Act.VIEW)
def notice(id: int) -> ResponseReturnValue:
    """责令限期整改通知书, as it is handed over on paper."""
    return render_template("orders/notice.html", order=fetch(Order, id))


@bp.route("/new", methods=["GET", "POST"])
@needs("orders", Act.ADD)
def new() -> ResponseReturnValue:
    form: OrderForm = OrderForm(officer_id=me.id, unit_id=desk())
    if form.sent():
        order = Order()
        form.populate_obj(order)
        work.enter(order, form.lines())
        db.session.add(step(order, me, move="draft", after=order.state))
        db.session.commit()
        return redirect(url_for(".detail", id=order.id), 303)
    return edited(form, None)


def desk() -> int | None:
    return db.session.scalar(select(Unit.id).where(Unit.code == setting("complaints.desk")))


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("orders", Act.EDIT)
def edit(id: int) -> ResponseReturnValue:
    order = fetch(Order, id, Act.EDIT)
    if order.state not in FORMS:
        raise Refused(_("整改通知已经下达，内容不能更改；期限可以申请延期。"))
    form = OrderForm(obj=order)
    if form.sent():
        form.populate_obj(order)
        order.title = work.headline(order.kind, order.party)
        rewrite(order, form)
        db.session.commit()
        return redirect(url_for(".detail", id=id), 303)
    return edited(form, order)


def rewrite(order: Order, form: OrderForm) -> None:
    """The lines anew, if they differ; the old ones stand in the log."""
    lines = form.lines()
    if [item.text for item in order.items] == [line.text for line in lines]:
        for item in order.items:
            item.due_on = order.due_on
        return
    order.items = []
    db.session.flush()  # the numbers are free again
    work.write(order, lines)


def edited(form: OrderForm, order: Order | None) -> ResponseReturnValue:
    return render_template("orders/edit.html", form=form, order=order), 422 if form.errors else 200


@bp.get("/parties")
@needs("orders", Act.ADD)
def parties() -> ResponseReturnValue:
    """Names of enterprises that hold what is typed, for the list under the field."""
    words = request.args.get("q", "").strip()
    rows = visible(Enterprise, me).with_only_columns(Enterprise.name)
    rows = rows.where(Enterprise.state != EnterpriseState.VOID, Enterprise.name.contains(words, autoescape=True))
    found = db.session.scalars(rows.order_by(Enterprise.name, Enterprise.id).limit(NAMES)).all() if words else []
    return jsonify(list(found))


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("orders", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Order, id), WORKFLOW, move, MOVE_FORMS, ".detail")


@bp.post("/<int:id>/notes")
@needs("orders", Act.VIEW)
def note(id: int) -> ResponseReturnValue:
    order = fetch(Order, id)
    if acts(me, order).isdisjoint({Act.EDIT, Act.HANDLE}):
        raise Refused(_("您只能查看这份整改通知。"))
    if (form := NoteForm()).sent():
        db.session.add(step(order, me, form.remark.data or ""))
        db.session.commit()
    return redirect(url_for(".detail", id=id), 303)
