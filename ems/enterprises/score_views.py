"""Pages of the compliance score: the ranking, one enterprise's reasons, objections, and what a case costs."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import dates, module, rules
from ems.core.db import db
from ems.core.policy import Act, acts, everywhere
from ems.core.why import english
from ems.core.workflow import hold
from ems.enterprises import score_work, scored, scoring
from ems.enterprises.models import Enterprise
from ems.enterprises.score_forms import DecisionForm, ObjectionForm, ScoreRuleForm
from ems.enterprises.score_models import ScoreRule, ScoreSource, ScoreWaiver
from ems.enterprises.score_register import SCORES
from ems.enterprises.views import bp
from ems.web import listing
from ems.web.session import fetch, me, needs


@bp.get("/scores/")
@needs("enterprises", Act.VIEW)
def scores() -> ResponseReturnValue:
    return listing.index(SCORES, "enterprises/scores.html", thresholds=scoring.thresholds())


@bp.get("/scores/export.<any(xlsx, csv):kind>")
@needs("enterprises", Act.VIEW)
def export_scores(kind: str) -> ResponseReturnValue:
    return listing.export(SCORES, kind)


@bp.get("/scores/<int:id>")
@needs("enterprises", Act.VIEW)
def score(id: int) -> ResponseReturnValue:
    enterprise = fetch(Enterprise, id)
    mine = select(ScoreWaiver).where(ScoreWaiver.enterprise_id == id).order_by(ScoreWaiver.id.desc())
    shown = {"score": scored.reasons(enterprise, me), "waivers": db.session.scalars(mine).all()}
    more = {"line": scored.line(enterprise, dates.today()), "may": acts(me, enterprise), "rules": titles()}
    return render_template("enterprises/score.html", row=enterprise, **shown, **more, thresholds=scoring.thresholds())


def titles() -> dict[str, str]:
    return {code: rows[-1].words for code, rows in scoring.versions().items()}


@bp.route("/scores/<int:id>/<code>/<type>/<int:row_id>", methods=["GET", "POST"])
@needs("enterprises", Act.EDIT)
def objection(id: int, code: str, type: str, row_id: int) -> ResponseReturnValue:
    """The enterprise says that this was no fault of its own."""
    enterprise, form = fetch(Enterprise, id, Act.EDIT), ObjectionForm()
    deduction, line = score_work.deducted(enterprise, code, (type, row_id), me)
    if form.sent():
        hold(enterprise)
        score_work.ask(enterprise, code, (type, row_id), me, form.reason.data or "")
        db.session.commit()
        return redirect(url_for(".score", id=id), 303)
    page = {"row": enterprise, "form": form, "deduction": deduction, "line": line}
    return render_template("enterprises/objection.html", **page), 422 if form.errors else 200


@bp.route("/waivers/<int:id>", methods=["GET", "POST"])
@needs("enterprises", Act.APPROVE)
def waiver(id: int) -> ResponseReturnValue:
    found, form = db.get_or_404(ScoreWaiver, id), DecisionForm()
    fetch(Enterprise, found.enterprise_id, Act.APPROVE)  # whoever looks after it now, wherever it was when they asked
    if form.sent():
        hold(found)
        score_work.decide(found, me, granted=form.granted.data == "yes", answer=form.answer.data or "")
        db.session.commit()
        return redirect(url_for(".score", id=found.enterprise_id), 303)
    page = {"row": found.enterprise, "waiver": found, "form": form, "rules": titles()}
    return render_template("enterprises/waiver.html", **page), 422 if form.errors else 200


@bp.get("/scores/rules/")
@needs("enterprises", Act.VIEW)
def score_rules() -> ResponseReturnValue:
    shown = {"versions": scoring.versions(), "thresholds": scoring.thresholds(), "may": may_change()}
    return render_template("enterprises/score_rules.html", **shown)


def may_change() -> bool:
    """What a case costs is the whole zone's: a chief of a part has no say."""
    return everywhere(me, "enterprises", Act.APPROVE)


@bp.route("/scores/rules/<code>", methods=["GET", "POST"])
@needs("enterprises", Act.APPROVE)
def score_rule(code: str) -> ResponseReturnValue:
    if not may_change():
        abort(403)
    asked = select(ScoreRule).where(ScoreRule.code == code).order_by(ScoreRule.since.desc())
    versions = db.session.scalars(asked).unique().all() or db.first_or_404(asked)
    rule = versions[0]
    now = {"each": rule.tenths / 10, "most": rule.cap / 10, "months": rule.months, "enabled": rule.enabled}
    form = ScoreRuleForm(data=now)
    if form.sent():
        changed = score_work.change(rule, me, form.reason.data or "", **form.wanted)
        db.session.commit()
        flash(_("已改，自今天起按新的分值计算。") if changed else _("没有改动。"), "good" if changed else "warn")
        return redirect(url_for(".score_rules"), 303)
    page = {"rule": rule, "versions": versions, "form": form, "sources": sources(rule)}
    return render_template("enterprises/score_rule.html", **page), 422 if form.errors else 200


def sources(rule: ScoreRule) -> list[str]:
    """What it counts, as people call it: figures, or what an enterprise must do by a day."""
    if rule.source is ScoreSource.FIGURE:
        known = module.figures()
        return [str(known[code].title) for code in rule.codes if code in known]
    titled = rules.versions(db.session(), rule.codes)
    return list(dict.fromkeys(rows[-1].title_en if english() else rows[-1].title for rows in titled.values()))
