from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from ems.enterprises.forms import MUST, stripped
from ems.web.forms import Form


class ObjectionForm(Form):
    reason = TextAreaField(
        _l("申诉或更正的理由"), [DataRequired(MUST), Length(max=2000)], filters=[stripped],
        description=_l("写明哪一项不符、依据什么。由负责人审定，扣分在审定免扣之后恢复。"),
    )  # fmt: skip


class DecisionForm(Form):
    granted = RadioField(
        _l("审定结果"), [InputRequired(_l("请选择。"))],
        choices=lambda: [("yes", _l("免扣这一项")), ("no", _l("维持扣分"))],
    )  # fmt: skip
    answer = TextAreaField(_l("审定理由"), [DataRequired(MUST), Length(max=2000)], filters=[stripped])


def points(label: Any) -> DecimalField:
    return DecimalField(label, [InputRequired(MUST), NumberRange(0, 12, _l("应在 0 与 12 之间。"))], places=1)


class ScoreRuleForm(Form):
    """What a case costs from today on."""

    each = points(_l("每件扣分"))
    most = points(_l("最多扣分"))
    months = IntegerField(_l("回看月数"), [InputRequired(MUST), NumberRange(1, 60, _l("应在 1 与 60 之间。"))])
    enabled = BooleanField(_l("启用"))
    reason = StringField(_l("变更理由"), [DataRequired(MUST), Length(max=200)], filters=[stripped])

    @property
    def wanted(self) -> dict[str, Any]:
        tenths = {name: round((field.data or 0) * 10) for name, field in (("tenths", self.each), ("cap", self.most))}
        return tenths | {"months": self.months.data, "enabled": self.enabled.data}
