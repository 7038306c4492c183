"""What a phone keeps for a place without network, and what it sends when it is back."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from flask import Response, abort, current_app, jsonify, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.policy import Act
from ems.core.workflow import hold
from ems.inspections import arrivals, field as spot, forms, packages
from ems.inspections.arrivals import Unfit
from ems.inspections.models import Inspection, InspectionType
from ems.inspections.moves import OPEN, PLANNED
from ems.inspections.packages import Package, Unsound
from ems.inspections.rules import far_ahead
from ems.inspections.views import bp
from ems.web.session import fetch, me, needs, own, public

STATIC = ("ems.css", "leaf.svg", "icons.svg", "ems.js", "names.js", "inspection.js", "field-store.js", "workbench.js")
MOST = 60  # inspections a phone takes along
LARGEST = 1024 * 1024  # of the answers of one inspection


@bp.get("/sw.js")
@public
def worker() -> Response:
    """From here, because a worker answers for the addresses beside its own and below."""
    return send_from_directory(current_app.static_folder or "", "sw.js", mimetype="text/javascript")


@bp.get("/offline")
@needs("inspections", Act.HANDLE)
def workbench() -> ResponseReturnValue:
    return render_template("inspections/offline.html", types=forms.types(), mine=mine())


@bp.get("/offline/new/<type>")
@needs("inspections", Act.ADD)
def blank(type: str) -> ResponseReturnValue:
    """The form of an inspection that nobody has planned: it is made when the phone sends it."""
    if type not in forms.types():
        abort(404)
    unit_id, lead = forms.home(), db.session.get_one(User, me.id)
    row = Inspection(type=InspectionType(type), unit_id=unit_id, lead_id=me.id, lead=lead, planned_on=dates.today())
    row.state, row.no, row.title, row.party, row.place = PLANNED, "", "", "", ""
    return arrivals.page(row)


@bp.get("/offline/token")
@own
def token() -> ResponseReturnValue:
    """Asked before anything is sent: whether the log-in still holds, whose it is, and the mark for the POST."""
    return jsonify(token=generate_csrf(), user=me.id)


@bp.get("/offline/mine")
@needs("inspections", Act.HANDLE)
def along() -> ResponseReturnValue:
    """What to keep: the files of the form, the empty forms, and those of one's own inspections that are near."""
    files = [url_for("static", filename=name) for name in STATIC]
    pages = [url_for(".workbench"), *(url_for(".blank", type=type.value) for type in forms.types())]
    taken = [told(row) for row in mine()]
    css = url_for("bootstrap.static", filename="css/bootstrap.min.css")
    return jsonify(user=me.id, files=[css, *files], pages=pages, inspections=taken)


def mine() -> list[Inspection]:
    """Begun, or planned for a day up to tomorrow; the self-check of this month on any of its days."""
    near = or_(Inspection.planned_on <= dates.today() + timedelta(days=1), Inspection.month.isnot(None))
    waiting = or_(Inspection.state == OPEN, (Inspection.state == PLANNED) & near & ~far_ahead())
    own = or_(Inspection.lead_id == me.id, Inspection.second_id == me.id)
    rows = select(Inspection).where(own, waiting).order_by(Inspection.planned_on, Inspection.id).limit(MOST)
    return list(db.session.scalars(rows))


def told(row: Inspection) -> dict[str, Any]:
    pages = {"page": url_for(".field", id=row.id), "sheet": url_for(".previsit", id=row.id)}
    return {"id": row.id, "no": row.no, "title": row.title, **pages}


def asked() -> Package:
    """What was sent, if a page of ours sends such a thing."""
    if (request.content_length or 0) > LARGEST:
        abort(413)
    if b"\\u0000" in request.get_data():  # PostgreSQL takes it in no text
        abort(400)
    try:
        return packages.read(request.get_json(silent=True))
    except Unsound:
        return abort(400)


def refused(error: Refused) -> ResponseReturnValue:
    db.session.rollback()
    if isinstance(error, Unfit):
        return jsonify(faults=error.faults), 422
    return jsonify(refused=str(error)), 409


@bp.post("/offline/answers")
@needs("inspections", Act.HANDLE)
def take_answers() -> ResponseReturnValue:
    sent = asked()
    try:
        answer, status = arrivals.answers(arrivals.of(sent), sent)
    except Refused as error:
        return refused(error)
    if status == HTTPStatus.OK:
        db.session.commit()
    return jsonify(answer), status


@bp.post("/offline/finish")
@needs("inspections", Act.HANDLE)
def take_end() -> ResponseReturnValue:
    sent = asked()
    row = fetch(Inspection, sent.inspection_id or 0, Act.HANDLE)
    hold(row)
    try:
        answer, status = arrivals.end(row, sent)
        db.session.commit()
    except Refused as error:
        return refused(error)
    except IntegrityError:  # two phones at the same moment: the findings of the other one are stored
        db.session.rollback()
        return jsonify(arrivals.over(fetch(Inspection, sent.inspection_id or 0)))
    return jsonify(answer), status


@bp.post("/offline/files")
@needs("inspections", Act.HANDLE)
def take_file() -> ResponseReturnValue:
    taken, id = arrivals.taken(request.form), request.form.get("inspection", 0, int)
    known = id if abs(id) < packages.LARGEST else 0
    row, file = fetch(Inspection, known, Act.HANDLE), request.files.get("file") or abort(400)
    try:
        arrivals.file(row, file, taken)
        db.session.commit()
    except Refused as error:
        return refused(error)
    except IntegrityError:  # sent twice at the same moment: the other one is stored
        db.session.rollback()
        if (stored := spot.received(taken.key)) is None or stored.inspection_id != id:
            return refused(Refused(_("这份影像属于另一次检查，没有接收。")))
    return jsonify(kept=taken.key)
