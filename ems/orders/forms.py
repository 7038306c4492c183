from datetime import timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.policy import Act, reaching
from ems.core.settings import setting
from ems.enterprises import work as enterprises
from ems.enterprises.models import Enterprise
from ems.orders.models import LONGEST_EXTENSION, Order, OrderState
from ems.orders.rules import staff
from ems.orders.work import Point
from ems.web.forms import DateField, Form, ReasonForm, RowField, units
from ems.web.session import me

MUST = _l("请填写。")


def enterprise_named(said: str) -> Enterprise | None:
    """The one enterprise so called, by name, number or credit code; else it stays as it was said."""
    try:
        return enterprises.named(said, me)
    except Refused:
        return None


def in_term() -> Any:
    return dates.today() + timedelta(days=setting("orders.default_days"))


class OrderForm(Form):
    """An order that comes of a paper, not of an inspection in this system."""

    party = StringField(
        _l("整改单位"), [InputRequired(MUST), Length(max=200)],
        render_kw={"list": "enterprises", "autocomplete": "off"},
        description=_l("输入企业名称或编号，从列出的企业中选。"),
    )  # fmt: skip
    points = TextAreaField(
        _l("存在的问题"), [InputRequired(MUST), Length(max=10000)], render_kw={"rows": 6},
        description=_l("一行一个问题。"),
    )  # fmt: skip
    demand = TextAreaField(_l("整改要求"), [Length(max=4000)])
    due_on = DateField(_l("整改期限"), [InputRequired(MUST)], default=in_term)
    unit_id = RowField(_l("承办单位"), units("orders", Act.ADD))
    officer_id = RowField(_l("经办人"), lambda: staff("orders", Act.HANDLE))

    def process(self, formdata: Any = None, obj: Order | None = None, **kwargs: Any) -> None:
        if obj is not None:
            kwargs["points"] = "\n".join(item.text for item in obj.items)
        super().process(formdata, obj, **kwargs)

    def validate_due_on(self, field: DateField) -> None:
        if field.data and field.data < dates.today():
            raise ValidationError(_("不能早于今天。"))

    def validate_points(self, field: TextAreaField) -> None:
        if not self.lines():
            raise ValidationError(_("请至少写一行。"))

    def validate_officer_id(self, field: RowField) -> None:
        if field.data and field.data not in db.session.scalars(reaching("orders", Act.HANDLE, self.unit_id.data)):
            raise ValidationError(_("经办人不负责这个承办单位，请换人，或改选单位。"))

    def lines(self) -> list[Point]:
        return [Point(line.strip()[:2000]) for line in (self.points.data or "").splitlines() if line.strip()]

    def populate_obj(self, order: Order) -> None:
        for name in ("demand", "due_on", "unit_id", "officer_id"):
            setattr(order, name, self[name].data)
        said = (self.party.data or "").strip()
        found = enterprise_named(said)
        order.enterprise_id, order.party = (found.id, found.name) if found else (None, said)
        order.checker_id = order.officer_id


#: What may still be changed, by state. `None` is an order not yet stored; a state not here is sealed.
FORMS: dict[OrderState | None, type[Form]] = {None: OrderForm, OrderState.DRAFT: OrderForm}


class CorrectedForm(Form):
    corrected_on = DateField(_l("整改完成日期"), [InputRequired(MUST)])
    report = TextAreaField(
        _l("整改情况"), [InputRequired(MUST), Length(max=4000)],
        description=_l("按企业或单位的报告填写；材料放在附件。"),
    )  # fmt: skip

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted():
            self.corrected_on.data = dates.today()

    def validate_corrected_on(self, field: DateField) -> None:
        if field.data and field.data > dates.today():
            raise ValidationError(_("不能晚于今天。"))
        if field.data and field.data < self.row.issued_on:
            raise ValidationError(_("不能早于下达日期 %(day)s。", day=self.row.issued_on))


class ConfirmForm(Form):
    remark = TextAreaField(
        _l("核实情况"), [InputRequired(_l("请写明怎样核实：看了现场、照片还是材料。")), Length(max=2000)]
    )


class ReissueForm(ReasonForm):
    due_on = DateField(_l("新的整改期限"), [InputRequired(MUST)])

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        if not self.is_submitted():
            self.due_on.data = in_term()

    def validate_due_on(self, field: DateField) -> None:
        if field.data and field.data < dates.today():
            raise ValidationError(_("不能早于今天。"))


class ExtensionForm(ReasonForm):
    extension_asked = IntegerField(_l("延长天数"), [InputRequired(MUST)])

    def validate_extension_asked(self, field: IntegerField) -> None:
        left = LONGEST_EXTENSION - self.row.extended_days
        if field.data is not None and not 1 <= field.data <= left:
            raise ValidationError(_("只能延长 1 至 %(n)s 日（本局工作制度，累计不超过 60 日）。", n=left))


class ReassignForm(Form):
    officer_id = RowField(_l("经办人"), lambda: staff("orders", Act.HANDLE))

    def validate_officer_id(self, field: RowField) -> None:
        if field.data and field.data not in db.session.scalars(reaching("orders", Act.HANDLE, self.row.unit_id)):
            raise ValidationError(_("这个人不负责这个承办单位。"))


MOVE_FORMS: dict[str, type[Form]] = {
    "report": CorrectedForm,
    "confirm": ConfirmForm,
    "reissue": ReissueForm,
    "send_back": ReasonForm,
    "ask_extension": ExtensionForm,
    "grant_extension": ReasonForm,
    "deny_extension": ReasonForm,
    "reassign": ReassignForm,
}


class NoteForm(Form):
    remark = TextAreaField(_l("备注"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 2})
