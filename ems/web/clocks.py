"""Stopping and starting the clock of a duty: for whoever may approve at its record, with a reason that stays."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Flask, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from ems.core import dates, module, pauses, policy
from ems.core.db import InUnit, db
from ems.core.duties import Duty
from ems.core.errors import Refused
from ems.core.pauses import Ask
from ems.core.policy import Act
from ems.core.rules import PauseKind
from ems.web.forms import DateField, Form, SelectChoice
from ems.web.session import me, own, subject

bp = Blueprint("clocks", __name__, url_prefix="/clocks")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


class PauseForm(Form):
    kind = RadioField(_l("不计入期限的是"), [InputRequired(_l("请选择。"))], coerce=PauseKind)
    on = DateField(_l("暂停日期"), [InputRequired(_l("请填写。"))], description=_l("自这一天的次日起不计入期限"))
    reason = TextAreaField(_l("理由和文号"), [InputRequired(_l("请写明理由，它会记入办理日志。")), Length(max=500)])


class ResumeForm(Form):
    on = DateField(_l("恢复日期"), [InputRequired(_l("请填写。"))], description=_l("自这一天的次日起继续计算"))


@bp.route("/<int:id>/pause", methods=["GET", "POST"])
@own
def pause(id: int) -> ResponseReturnValue:
    duty, row = of(id)
    form = PauseForm(on=dates.today(), kind=next(iter(duty.pausable), None))
    form.kind.choices = [SelectChoice(kind.value, kind.label) for kind in duty.pausable]

    def verb(on: date) -> None:
        pauses.pause(row, duty, Ask(form.kind.data, on, form.reason.data or ""), me)

    return done(duty, row, form, verb)


@bp.route("/<int:id>/resume", methods=["GET", "POST"])
@own
def resume(id: int) -> ResponseReturnValue:
    duty, row = of(id)
    return done(duty, row, ResumeForm(on=dates.today()), lambda on: pauses.resume(row, duty, on, me))


def done(duty: Duty, row: InUnit, form: Any, verb: Callable[[date], object]) -> ResponseReturnValue:
    """The form's page, or what it asks for; a no stands at the day, and what was typed stays."""
    back = url_for(module.subject(row.__tablename__).endpoint, id=row.id)
    if form.sent():
        try:
            verb(form.on.data)
            db.session.commit()
        except Refused as no:
            form.on.errors = [str(no)]
        except IntegrityError as error:  # somebody else stopped it in the same moment: uq_pause_running
            raise Refused(_("这项期限刚刚由别人暂停，请刷新后查看。")) from error
        else:
            return redirect(back, 303)
    page = {"duty": duty, "row": row, "form": form, "subject": module.subject(row.__tablename__)}
    return render_template("clock.html", back=back, **page), 422 if form.errors else 200


def of(id: int) -> tuple[Duty, InUnit]:
    """The duty and the record it is of, if you may approve there: who works under a clock does not stop it."""
    duty = db.get_or_404(Duty, id)
    row = subject(duty.subject_type, duty.subject_id)
    if Act.APPROVE not in policy.acts(me, row):
        abort(403)
    return duty, row
