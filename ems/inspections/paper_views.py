"""Papers of an inspection: the transcript (笔录), and the sheet an officer reads before the visit (行前单)."""

from io import BytesIO

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext as _

from ems.core.db import db
from ems.core.policy import Act
from ems.inspections import field as spot, previsit as sheet, transcript as paper
from ems.inspections.models import Inspection
from ems.inspections.views import bp
from ems.web import pdf
from ems.web.session import fetch, me, needs


@bp.get("/<int:id>/transcript")
@needs("inspections", Act.VIEW)
def transcript(id: int) -> ResponseReturnValue:
    """As it is signed on paper."""
    row = fetch(Inspection, id)
    photos, signed = spot.pictures(row)
    shown = {"photos": photos, "signed": signed, "officers": spot.signatures(row), "kept": paper.kept(row)}
    no = paper.objection(row, me)
    return render_template("inspections/transcript.html", **paper.said(row), **shown, objection=no)


@bp.post("/<int:id>/transcript")
@needs("inspections", Act.HANDLE)
def settle_transcript(id: int) -> ResponseReturnValue:
    paper.settle(fetch(Inspection, id, Act.HANDLE), me)
    db.session.commit()
    return redirect(url_for(".transcript", id=id), 303)


@bp.get("/<int:id>/transcript.pdf")
@needs("inspections", Act.VIEW)
def transcript_pdf(id: int) -> ResponseReturnValue:
    """The printing that stays, byte for byte; before there is one, a draft that says so."""
    row = fetch(Inspection, id)
    kept = paper.kept(row)
    content = kept.path.read_bytes() if kept else paper.draft(row)
    with force_locale("zh_CN"):
        name = f"{paper.heading(row)} {row.no}.pdf"
    return send_file(BytesIO(content), "application/pdf", download_name=name)


@bp.get("/<int:id>/previsit")
@needs("inspections", Act.VIEW)
def previsit(id: int) -> ResponseReturnValue:
    row = fetch(Inspection, id)
    back = ".field" if request.args.get("from") == "field" else ".detail"
    return render_template("inspections/previsit.html", row=row, known=sheet.of(row), back=url_for(back, id=id))


@bp.get("/<int:id>/previsit.pdf")
@needs("inspections", Act.VIEW)
def previsit_pdf(id: int) -> ResponseReturnValue:
    row = fetch(Inspection, id)
    with force_locale("zh_CN"):
        html = render_template("inspections/previsit_paper.html", row=row, known=sheet.of(row))
        name = _("行前单 %(no)s.pdf", no=row.no)
    return send_file(BytesIO(pdf.printed(html)), "application/pdf", download_name=name)
