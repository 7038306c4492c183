from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.core.db import db
from ems.core.policy import Act, reaching
from ems.tasks.rules import staff
from ems.tasks.work import reply_by
from ems.web.forms import DateField, Form, ReasonForm, RowField, units
from ems.web.session import me

MUST = _l("请填写。")
LONGEST = 600  # characters: a slip is read at a glance


def others() -> list[tuple[int, str]]:
    """Whom one may ask: nobody urges themselves."""
    return [(id, name) for id, name in staff(Act.HANDLE) if id != me.id]


def not_of(unit_id: int | None, owner_id: int | None) -> None:
    if owner_id and owner_id not in db.session.scalars(reaching("tasks", Act.HANDLE, unit_id)):
        raise ValidationError(_("这个人不负责这个承办单位，请换人，或改选单位。"))


def not_past(field: DateField) -> None:
    if field.data and field.data < dates.today():
        raise ValidationError(_("不能早于今天。"))


class TaskForm(Form):
    title = StringField(_l("督办事项"), [InputRequired(MUST), Length(max=200)])
    source = StringField(
        _l("来文或批示"), [Length(max=200)], description=_l("如有领导批示、会议纪要或来文，写明文号；没有可不填。")
    )
    demand = TextAreaField(_l("督办要求"), [InputRequired(MUST), Length(max=LONGEST)], render_kw={"rows": 5})
    unit_id = RowField(_l("承办单位"), units("tasks", Act.ADD))
    owner_id = RowField(_l("承办人"), others, blank=_l("由单位负责人安排"))
    due_on = DateField(_l("反馈期限"), [InputRequired(MUST)])

    def validate_owner_id(self, field: RowField) -> None:
        not_of(self.unit_id.data, field.data)

    def validate_due_on(self, field: DateField) -> None:
        not_past(field)


class ReportForm(Form):
    report = TextAreaField(
        _l("办理情况"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 6},
        description=_l("写明办到哪一步、未按期完成的原因和今后的措施；材料放在附件。"),
    )  # fmt: skip


class CloseForm(Form):
    remark = TextAreaField(_l("办结意见"), [InputRequired(_l("请写明办结意见。")), Length(max=2000)])


class SendBackForm(ReasonForm):
    due_on = DateField(_l("新的反馈期限"), [InputRequired(MUST)])

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted():
            self.due_on.data = reply_by()

    def validate_due_on(self, field: DateField) -> None:
        not_past(field)


class ReassignForm(Form):
    owner_id = RowField(_l("承办人"), others)

    def validate_owner_id(self, field: RowField) -> None:
        if field.data == self.row.issued_by_id:
            raise ValidationError(_("下达人不能承办自己下达的督办单。"))
        not_of(self.row.unit_id, field.data)


MOVE_FORMS: dict[str, type[Form]] = {
    "report": ReportForm,
    "close": CloseForm,
    "send_back": SendBackForm,
    "reassign": ReassignForm,
}


class NoteForm(Form):
    remark = TextAreaField(_l("备注"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 2})
