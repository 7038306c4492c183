"""The time limits: what the law says, what the bureau made of it, why, and what that moved."""

from collections import Counter
from typing import Any, NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, or_, select

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.policy import Act
from ems.core.reckon import in_force
from ems.core.rules import Bearer, Kind, LocalRule, Rule, locals_in_force, reading
from ems.settings import recount, rules, work
from ems.settings.forms import ReasonedForm
from ems.settings.limit_forms import LimitForm
from ems.settings.models import Recount
from ems.web.session import needs


def init_app(bp: Blueprint) -> None:
    bp.get("/settings/rules", endpoint="rules")(index)
    bp.get("/settings/rules/<code>", endpoint="rule")(detail)
    bp.post("/settings/rules/<code>", endpoint="change")(change)
    bp.post("/settings/rules/<code>/preview", endpoint="preview")(preview)
    bp.post("/settings/rules/<code>/<any(on, off):what>", endpoint="switch")(switch)


SEARCHED = (Rule.code, Rule.title, Rule.law, Rule.also_law, Rule.note)


class Line(NamedTuple):
    """A rule in the list: as the law has it today, and as the bureau reads it."""

    law: Rule
    now: Rule
    editions: int
    local: bool
    open: int


@needs("settings", Act.VIEW)
def index() -> ResponseReturnValue:
    asked = select(Rule).order_by(Rule.code, Rule.since)
    if words := request.args.get("q", "").strip():
        asked = asked.where(or_(*(column.icontains(words, autoescape=True) for column in SEARCHED)))
    for name, column in (("kind", Rule.kind), ("bearer", Rule.bearer)):
        if request.args.get(name):
            asked = asked.where(column == request.args[name])
    lines = listed(asked, request.args.get("local", ""))
    return render_template("settings/rules.html", lines=lines, kinds=Kind, bearers=Bearer, said=rules)


def listed(asked: Any, local: str) -> list[Line]:
    """`local`: "1", only those of our own; "changed", only those the bureau reads otherwise than the law."""
    editions: dict[str, list[Rule]] = {}
    for rule in db.session.scalars(asked):
        editions.setdefault(rule.code, []).append(rule)
    changes, open = locals_in_force(db.session()), hanging()
    lines: list[Line] = []
    for code, known in editions.items():
        law = in_force(known, dates.today())
        now = reading(law, changes.get(code))
        lines.append(Line(law, now, len(known), now is not law, open[code]))
    lines.sort(key=lambda line: (not line.open, line.law.code))  # what hangs on nothing is looked up, not looked at
    if local == "changed":
        return [line for line in lines if line.local]
    return [line for line in lines if line.law.status == rules.LOCAL] if local else lines


def hanging() -> Counter[str]:
    """How many open duties hang on each rule. Whose they are stands nowhere here."""
    counted = select(Duty.rule, func.count()).where(Duty.met_on.is_(None)).group_by(Duty.rule).order_by(Duty.rule)
    return Counter({row[0]: row[1] for row in db.session.execute(counted)})


@needs("settings", Act.VIEW)
def detail(code: str) -> ResponseReturnValue:
    known, law, now, _local = found(code)
    return page(code, LimitForm(known, law, law if request.args.get("law") else now, formdata=None))


def found(code: str) -> tuple[list[Rule], Rule, Rule, LocalRule | None]:
    if not db.session.scalar(select(func.count()).select_from(Rule).where(Rule.code == code)):
        abort(404)
    return work.as_read(code)


def page(code: str, form: LimitForm, foreseen: Any = None, switching: ReasonedForm | None = None) -> str:
    known, law, now, local = work.as_read(code)
    return render_template(
        "settings/rule.html", code=code, law=law, now=now, versions=known[::-1], local=local, form=form,
        foreseen=foreseen, switching=switching or ReasonedForm(formdata=None), said=rules,
        open=hanging()[code], history=recount.history(f"rule:{code}"), line=timeline(now),
    )  # fmt: skip


class Point(NamedTuple):
    """A day of the time line: the person in charge hears, or a rung does."""

    left: int
    told: bool
    rungs: tuple[str, ...]


def timeline(rule: Rule) -> list[Point]:
    climbs = rules.rungs(rule.ladder)
    days = sorted({*rule.leads, *climbs.values(), 0}, reverse=True) if rule.leads or climbs else []
    return [Point(n, n in rule.leads, tuple(rung for rung in climbs if climbs[rung] == n)) for n in days]


@needs("settings", Act.ADMIN)
def preview(code: str) -> ResponseReturnValue:
    known, law, now, _local = found(code)
    form = LimitForm(known, law, now)
    if not form.sent():
        return page(code, form), 422
    wanted = form.wanted()
    if changes(law, now, wanted):
        return page(code, form, recount.foreseen(work.local_rule(code, wanted, form.reason.data or "")))
    flash(_("没有改动。"), "good")
    return redirect(url_for("settings.rule", code=code), 303)


def changes(law: Rule, now: Rule, wanted: dict[str, Any]) -> bool:
    return any((getattr(law, n) if value is None else value) != getattr(now, n) for n, value in wanted.items())


@needs("settings", Act.ADMIN)
def change(code: str) -> ResponseReturnValue:
    known, law, now, _local = found(code)
    form = LimitForm(known, law, now)
    if not form.sent():
        return page(code, form), 422
    if not changes(law, now, form.wanted()):
        return told(code, None, _("没有改动。"))
    return told(code, work.change(code, form.wanted(), form.reason.data or ""), _("已改。"))


def told(code: str, made: Recount | None, words: str) -> ResponseReturnValue:
    db.session.commit()
    if made and not made.finished_at:
        words += _("涉及的记录较多，正在后台逐批重算期限，进度见本页。")
    elif made:
        words += _("重新计算后有 %(n)s 项期限变动。", n=made.moved)
    flash(words, "good")
    return redirect(url_for("settings.rule", code=code), 303)


@needs("settings", Act.ADMIN)
def switch(code: str, what: str) -> ResponseReturnValue:
    """Only a rule of our own may be switched: the law's are not ours to switch off."""
    known, law, now, _local = found(code)
    if {rule.status for rule in known} != {rules.LOCAL}:
        abort(403)
    form = ReasonedForm()
    if not form.sent():
        return page(code, LimitForm(known, law, now, formdata=None), switching=form), 422
    made = work.switch(code, on=what == "on", reason=form.reason.data or "")
    return told(code, made, _("已启用。") if what == "on" else _("已停用。"))
