"""A nonconformity as it is put down: what is wrong, whose it is, by when it is to be put right."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.core.errors import Refused
from ems.core.policy import Act
from ems.enterprises import work as enterprises
from ems.nonconformities import work
from ems.nonconformities.clauses import choices
from ems.nonconformities.models import Grade, NcState, Nonconformity, Origin
from ems.nonconformities.rules import staff
from ems.web.forms import ChoiceField, DateField, Form, RowField, SelectChoice, units
from ems.web.session import me

MUST = _l("请填写。")
#: what a person may choose; the others are raised where they are found, and keep what they came of
SAID = tuple(origin for origin in Origin if origin is not Origin.SIMILAR)


def stripped(value: str | None) -> str:
    return (value or "").strip()


def short(label: Any, most: int, *more: Any, **kwargs: Any) -> StringField:
    return StringField(label, [*more, Length(max=most)], filters=[stripped], **kwargs)


def long(label: Any, *more: Any, rows: int = 4, **kwargs: Any) -> TextAreaField:
    return TextAreaField(label, [*more, Length(max=4000)], filters=[stripped], render_kw={"rows": rows}, **kwargs)


def not_past(field: DateField) -> None:
    if field.data and field.data < dates.today():
        raise ValidationError(_("不能早于今天。"))


def not_to_come(field: DateField) -> None:
    if field.data and field.data > dates.today():
        raise ValidationError(_("不能晚于今天。"))


def able_at(field: RowField, unit_id: int | None, act: Act) -> None:
    if field.data and field.data not in work.able(unit_id, act):
        raise ValidationError(_("这个人不负责这个单位，请换人，或改选单位。"))


class NonconformityForm(Form):
    title = short(_l("不符合事项"), 200, InputRequired(MUST), description=_l("一句话写明哪里不符合什么要求。"))
    text = long(_l("事实描述"), InputRequired(MUST), rows=5, description=_l("时间、地点、对象和证据，照实写。"))
    origin = ChoiceField(_l("来源"), Origin, shown=SAID)
    grade = ChoiceField(_l("程度"), Grade, default=Grade.MINOR)
    found_on = DateField(_l("发现日期"), [InputRequired(MUST)], default=dates.today)
    unit_id = RowField(_l("责任单位"), units("nonconformities", Act.ADD))
    owner_id = RowField(_l("责任人"), lambda: staff(Act.HANDLE), blank=_l("本单位联络员"))
    verifier_id = RowField(_l("验证人"), lambda: staff(Act.APPROVE), blank=_l("单位负责人"))
    due_on = DateField(_l("整改期限"), description=_l("不填的按程度取默认天数。"))
    clause = SelectField(_l("标准条款"), choices=[])
    law = short(_l("法规或文件依据"), 240)
    party = short(
        _l("相关企业"), 200, render_kw={"list": "enterprises", "autocomplete": "off"},
        description=_l("没有可不填。"),
    )  # fmt: skip
    enterprise_id: int | None = None

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        if obj is not None and obj.enterprise:
            kwargs.setdefault("party", obj.enterprise.name)
        super().__init__(*args, obj=obj, **kwargs)
        self.clause.choices = [SelectChoice("", _("不涉及标准条款")), *(SelectChoice(*one) for one in choices())]
        if obj is not None and obj.origin not in SAID:
            self.origin.choices = [SelectChoice(obj.origin.value, obj.origin.label)]

    def validate_found_on(self, field: DateField) -> None:
        not_to_come(field)

    def validate_due_on(self, field: DateField) -> None:
        if field.data != field.object_data:
            not_past(field)
        if self.mine and field.data and field.data > self.row.due_on:
            raise ValidationError(_("您是责任人，推后期限须申请延期。"))

    @property
    def mine(self) -> bool:
        """Who found it is also who must put it right: its day is not theirs to put off."""
        return self.row is not None and self.row.owner_id == me.id

    def validate_owner_id(self, field: RowField) -> None:
        able_at(field, self.unit_id.data, Act.HANDLE)

    def validate_verifier_id(self, field: RowField) -> None:
        able_at(field, self.unit_id.data, Act.APPROVE)
        owner = self.owner_id.data or work.liaison(self.unit_id.data or 0)
        if field.data and field.data == owner:
            raise ValidationError(_("责任人不能验证自己的整改，请换人。"))

    def validate_party(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            self.enterprise_id = enterprises.named(field.data, me).id
        except Refused as error:
            raise ValidationError(str(error)) from error

    def populate_obj(self, row: Nonconformity) -> None:
        unsaid = row.due_on if self.mine else None
        for name in ("title", "text", "origin", "grade", "found_on", "unit_id", "verifier_id", "clause", "law"):
            setattr(row, name, self[name].data)
        row.owner_id = self.owner_id.data or work.liaison(row.unit_id)
        row.due_on = self.due_on.data or unsaid or work.usual_day(row.grade)
        row.enterprise_id = self.enterprise_id


#: What may still be changed, by state. `None` is one not yet stored; a state not here is sealed.
FORMS: dict[NcState | None, type[Form]] = {None: NonconformityForm, NcState.OPEN: NonconformityForm}


class NoteForm(Form):
    remark = TextAreaField(_l("备注"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 2})
