"""Objections to a deduction, and changes of what a case costs: both with a reason, by somebody who may."""

from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import audit, dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.workflow import step
from ems.enterprises.models import Enterprise
from ems.enterprises.score_models import ScoreRule, ScoreWaiver, WaiverState
from ems.enterprises.scored import Deduction, Line, reasons


def deducted(enterprise: Enterprise, rule: str, about: tuple[str, int], user: User) -> tuple[Deduction, Line]:
    """The deduction and its row, as `user` sees them. Raises `Refused` for what costs nothing (any more)."""
    for deduction in reasons(enterprise, user).deductions:
        for line in deduction.lines:
            if (deduction.rule.code, line.type, line.id) == (rule, *about):
                return deduction, line
    raise Refused(_("这一项现在没有扣分。请刷新后再看。"))


def ask(enterprise: Enterprise, rule: str, about: tuple[str, int], user: User, reason: str) -> ScoreWaiver:
    """Enter the enterprise's objection. One that was turned down may be entered again, with new reasons."""
    same = (ScoreWaiver.rule == rule, ScoreWaiver.subject_type == about[0], ScoreWaiver.subject_id == about[1])
    made = db.session.scalar(select(ScoreWaiver).where(*same))
    if made is not None and made.state is WaiverState.ASKED:
        raise Refused(_("这一项已有申诉待审定。"))
    made = made or ScoreWaiver(rule=rule, subject_type=about[0], subject_id=about[1])
    made.enterprise_id, made.unit_id = enterprise.id, enterprise.unit_id
    made.state, made.reason, made.asked_by_id, made.asked_on = WaiverState.ASKED, reason, user.id, dates.today()
    made.answer, made.decided_by_id, made.decided_on = "", None, None
    db.session.add(made)
    db.session.add(step(enterprise, user, _("信用评分申诉：%(reason)s", reason=reason)))
    return made


def decide(waiver: ScoreWaiver, user: User, *, granted: bool, answer: str) -> None:
    if waiver.state is not WaiverState.ASKED:
        raise Refused(_("这项申诉已经审定。"))
    if waiver.asked_by_id == user.id:
        raise Refused(_("不能审定自己登记的申诉。"))
    waiver.state = WaiverState.GRANTED if granted else WaiverState.DENIED
    waiver.answer, waiver.decided_by_id, waiver.decided_on = answer, user.id, dates.today()
    said = _("信用评分申诉审定：%(state)s。%(answer)s", state=waiver.state.label, answer=answer)
    db.session.add(step(waiver.enterprise, user, said))


def change(rule: ScoreRule, user: User, reason: str, **wanted: int | bool) -> bool:
    """From today on a case costs otherwise; a second change of a day takes the place of the first."""
    differing = {name: value for name, value in wanted.items() if getattr(rule, name) != value}
    if not differing:
        return False
    kept = ("code", "title", "title_en", "source", "codes", "tenths", "cap", "months", "enabled")
    values = {name: getattr(rule, name) for name in kept} | differing
    told = {name: f"{getattr(rule, name)} → {value}" for name, value in differing.items()}
    db.session.merge(ScoreRule(**values, since=dates.today(), reason=reason, by_id=user.id, at=dates.now()))
    audit.note(db.session(), "score rule changed", "score_rule", None, code=rule.code, **told, reason=reason)
    return True
