from datetime import date, timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from ems.core import dates, workflow
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.module import subject
from ems.core.policy import Act, acts, visible
from ems.core.settings import setting
from ems.hotspots import acting, work
from ems.hotspots.behind import behind
from ems.hotspots.forms import FORMS, AcceptForm
from ems.hotspots.models import Hotspot
from ems.hotspots.moves import LAPSED, WORKFLOW
from ems.hotspots.rules import REGISTER
from ems.hotspots.why import sentences
from ems.web import listing, pdf, record
from ems.web.session import fetch, me, needs

bp = Blueprint("hotspots", __name__, url_prefix="/hotspots")
bp.add_app_template_global(sentences, "reasons")


@bp.get("/")
@needs("hotspots", Act.VIEW)
def index() -> ResponseReturnValue:
    """Those of the week, the heaviest first."""
    return render_template("hotspots/index.html", **of_week(work.monday(dates.today())))


@bp.get("/weeks/<day>")
@needs("hotspots", Act.VIEW)
def week(day: str) -> ResponseReturnValue:
    return render_template("hotspots/index.html", **of_week(monday_of(day)))


@bp.get("/weeks/<day>.pdf")
@needs("hotspots", Act.VIEW)
def week_pdf(day: str) -> ResponseReturnValue:
    """The week's sheet, as it lies on a desk: of confidential rows the numbers alone, as everywhere."""
    with force_locale("zh_CN"):
        html = render_template("hotspots/paper.html", bureau=setting("bureau"), **of_week(monday_of(day)))
        name = _("热点周报_%(day)s.pdf", day=day)
    return send_file(BytesIO(pdf.printed(html)), "application/pdf", download_name=name)


def monday_of(day: str) -> date:
    """Raises 404 for what is no day, and for a week that has not begun."""
    try:
        begin = work.monday(date.fromisoformat(day))
    except (ValueError, OverflowError):
        abort(404)
    return begin if begin <= dates.today() else abort(404)


def of_week(begin: date) -> dict[str, Any]:
    mine = visible(Hotspot, me).where(Hotspot.state != LAPSED).options(joinedload(Hotspot.street))
    order = (Hotspot.score.desc(), Hotspot.id)
    spots = db.session.scalars(mine.where(Hotspot.week_on == begin).order_by(*order)).all()
    number = begin.isocalendar()
    last = db.session.scalar(select(func.max(Hotspot.week_on)).where(Hotspot.week_on < begin))
    after = begin + timedelta(days=7)
    return {
        "spots": spots, "begin": begin, "end": begin + timedelta(days=6), "year": number.year, "week": number.week,
        "before": last, "after": after if after <= dates.today() else None, "today": dates.today(),
        "bounds": work.bounds(), "bars": work.BARS,
    }  # fmt: skip


@bp.get("/all")
@needs("hotspots", Act.VIEW)
def register() -> ResponseReturnValue:
    return listing.index(REGISTER, "hotspots/register.html")


@bp.get("/export.<any(xlsx, csv):kind>")
@needs("hotspots", Act.VIEW)
def export(kind: str) -> ResponseReturnValue:
    return listing.export(REGISTER, kind)


@bp.post("/reckon")
@needs("hotspots", Act.APPROVE)
def reckon() -> ResponseReturnValue:
    """Now, and not only on Monday: the same rows as the weekly job would make."""
    try:
        done = work.reckon()
        db.session.commit()
    except IntegrityError as error:  # somebody else, or the job, in the same moment
        db.session.rollback()
        raise Refused(_("热点刚刚由别人计算过，请刷新后查看。")) from error
    flash(str(done), "good")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:id>")
@needs("hotspots", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    spot = fetch(Hotspot, id)
    more = {"behind": behind(spot.rows, me), "results": behind(spot.results, me), "bars": work.BARS}
    more["medium"] = work.medium_label(spot.medium) if spot.medium else ""
    return render_template("hotspots/detail.html", **record.context(spot, WORKFLOW), **more)


@bp.route("/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("hotspots", Act.VIEW)
def advance(id: int, move: str) -> ResponseReturnValue:
    spot = fetch(Hotspot, id)
    if move == "accept":
        return accept(spot)
    return record.advance(spot, WORKFLOW, move, FORMS, ".detail")


def accept(spot: Hotspot) -> ResponseReturnValue:
    """As other moves, but that its form makes rows of other modules."""
    WORKFLOW.find("accept", me, spot)
    if request.method == "POST":
        workflow.hold(spot)
    move = WORKFLOW.find("accept", me, spot)
    form = AcceptForm(spot)
    if not form.sent():
        page = {"row": spot, "move": move, "form": form, "subject": subject("hotspot"), "may": acts(me, spot)}
        return render_template("hotspots/accept.html", **page), 422 if form.errors else 200
    if form.inspects:
        acting.inspect(spot, form.visit(), me)
    if form.reviews:
        acting.ask_for_review(spot, form.review(), me)
    spot.reason = form.remark.data or ""
    workflow.carry_out(move, me, spot, spot.reason)
    db.session.commit()
    return redirect(url_for(".detail", id=spot.id), 303)
