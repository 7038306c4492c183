"""The pages of the random draw, its paper and its public list, and of the conflicts officers declare."""

from io import BytesIO
from typing import Any

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _
from sqlalchemy import select

from ems.core import audit, dates, numbers, sheets
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, acts, within
from ems.core.settings import setting
from ems.core.workflow import hold, step
from ems.enterprises.models import EnterpriseClass
from ems.inspections import draws
from ems.inspections.plan_forms import ConflictForm, DrawForm, WitnessForm
from ems.inspections.plan_models import Draw, DrawState, OfficerConflict
from ems.inspections.plan_moves import DRAW_WORKFLOW
from ems.inspections.plan_rules import DRAWS
from ems.inspections.publishing import COLUMNS, published
from ems.inspections.views import bp
from ems.web import listing, pdf, record
from ems.web.session import can, fetch, me, needs

RECORDED = frozenset({DrawState.DRAWN, DrawState.CONFIRMED, DrawState.VOID})


@bp.get("/draws/")
@needs("plans", Act.VIEW)
def draw_index() -> ResponseReturnValue:
    return listing.index(DRAWS, "inspections/draws.html")


@bp.get("/draws/export.<any(xlsx, csv):kind>")
@needs("plans", Act.VIEW)
def export_draws(kind: str) -> ResponseReturnValue:
    return listing.export(DRAWS, kind)


@bp.get("/draws/<int:id>")
@needs("plans", Act.VIEW)
def draw(id: int) -> ResponseReturnValue:
    row = fetch(Draw, id)
    pool = draws.pool_of(row) if row.state is DrawState.PREPARED else None
    shown = record.context(row, DRAW_WORKFLOW)
    return render_template("inspections/draw.html", **shown, **told(row), pool=pool, may=acts(me, row))


def told(row: Draw) -> dict[str, Any]:
    """What the page and the paper both say."""
    frozen = row.pool or {"enterprises": [], "officers": [], "avoid": []}
    weights = [(kind, row.weights.get(kind.value, 0)) for kind in EnterpriseClass]
    return {"seed": draws.seed(row), "frozen": frozen, "faults": draws.faults(row), "weights": weights}


@bp.route("/draws/new", methods=["GET", "POST"])
@needs("plans", Act.ADD)
def new_draw() -> ResponseReturnValue:
    form = DrawForm()
    if not form.sent():
        return draw_edited(form, None)
    row = Draw(prepared_by_id=me.id)
    form.populate_obj(row)
    row.no = numbers.take(db.session(), "CQ", dates.today().year)[0]
    db.session.add(row)
    db.session.flush()
    db.session.add(step(row, me, announced(row), move="prepare", after=row.state))
    db.session.commit()
    return redirect(url_for(".draw", id=row.id), 303)


def announced(row: Draw) -> str:
    with force_locale("zh_CN"):
        return _("公布随机种子：%(seed)s", seed=draws.seed(row))


@bp.route("/draws/<int:id>/edit", methods=["GET", "POST"])
@needs("plans", Act.EDIT)
def edit_draw(id: int) -> ResponseReturnValue:
    row = fetch(Draw, id, Act.EDIT)
    if request.method == "POST":
        hold(row)  # somebody may draw in the same moment
    if row.state is not DrawState.PREPARED:
        raise Refused(_("已经抽取，条件不能更改；要改的请作废后重新抽取。"))
    before = row.public_number
    form = DrawForm(obj=row, **{f"weight_{kind.value}": row.weights.get(kind.value, 0) for kind in EnterpriseClass})
    if form.sent():
        form.populate_obj(row)
        if row.public_number != before:
            db.session.add(step(row, me, announced(row)))
        db.session.commit()
        return redirect(url_for(".draw", id=id), 303)
    return draw_edited(form, row)


def draw_edited(form: DrawForm, row: Draw | None) -> ResponseReturnValue:
    page = render_template("inspections/edit_draw.html", form=form, row=row, classes=list(EnterpriseClass))
    return page, 422 if form.errors else 200


@bp.route("/draws/<int:id>/moves/<move>", methods=["GET", "POST"])
@needs("plans", Act.VIEW)
def advance_draw(id: int, move: str) -> ResponseReturnValue:
    return record.advance(fetch(Draw, id), DRAW_WORKFLOW, move, {"draw": WitnessForm}, ".draw")


@bp.get("/draws/<int:id>/record.pdf")
@needs("plans", Act.VIEW)
def draw_pdf(id: int) -> ResponseReturnValue:
    """双随机抽取记录表, to be signed by who drew and who looked on."""
    row = fetch(Draw, id)
    if row.state not in RECORDED or not row.pool:
        raise Refused(_("还没有抽取，没有抽取记录。"))
    with force_locale("zh_CN"):
        html = render_template("inspections/draw_paper.html", row=row, bureau=setting("bureau"), **told(row))
        name = _("双随机抽取记录表 %(no)s.pdf", no=row.no)
    return send_file(BytesIO(pdf.printed(html)), "application/pdf", download_name=name)


@bp.get("/draws/<int:id>/published.xlsx")
@needs("plans", Act.VIEW)
def draw_sheet(id: int) -> ResponseReturnValue:
    """What is published (公示): who is inspected by whom, and, once it is done, with what result."""
    row = fetch(Draw, id)
    if row.state is not DrawState.CONFIRMED:
        raise Refused(_("监督人确认以后才能公示。"))
    with force_locale("zh_CN"):
        name = _("双随机抽查公示 %(no)s.xlsx", no=row.no)
        body = sheets.book(_("双随机抽查公示"), COLUMNS, published(row))
    audit.note(db.session(), "exported", row.__tablename__, row.id, file=name, asked="")
    db.session.commit()
    return send_file(body, listing.XLSX, as_attachment=True, download_name=name)


@bp.get("/conflicts")
@needs("plans", Act.VIEW)
def conflict_index() -> ResponseReturnValue:
    """Those that hold, and those that are over below them."""
    rows = within(select(OfficerConflict), me).order_by(OfficerConflict.since.desc(), OfficerConflict.id.desc())
    return render_template("inspections/conflicts.html", rows=db.session.scalars(rows).all())


@bp.route("/conflicts/new", methods=["GET", "POST"])
@needs("plans", Act.ADD)
def new_conflict() -> ResponseReturnValue:
    form = ConflictForm(user_id=me.id)
    if not form.sent():
        return conflict_edited(form)
    row = OfficerConflict(unit_id=draws.home_of(form.user_id.data), declared_by_id=me.id)
    form.populate_obj(row)
    db.session.add(row)
    db.session.commit()
    return redirect(url_for(".conflict_index"), 303)


def conflict_edited(form: ConflictForm) -> ResponseReturnValue:
    return render_template("inspections/edit_conflict.html", form=form), 422 if form.errors else 200


@bp.post("/conflicts/<int:id>/end")
@needs("plans", Act.EDIT)
def end_conflict(id: int) -> ResponseReturnValue:
    """It holds until today. Nobody but the officer or a chief says so."""
    row = fetch(OfficerConflict, id, Act.EDIT)
    if me.id != row.user_id and not can("plans", Act.APPROVE):
        raise Refused(_("请由本人或者负责人解除。"))
    row.until = max(row.since, dates.today())
    db.session.commit()
    return redirect(url_for(".conflict_index"), 303)
