"""The forms of a paper and of a template."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from ems.complaints.paper_models import CasePaper, Delivery, PaperKind
from ems.complaints.paper_words import unknown_told
from ems.core import dates
from ems.web.forms import ChoiceField, DateField, Form, ReasonForm

MUST = _l("请填写。")
LONG = {"rows": 16, "class": "written"}


class PaperForm(Form):
    """A draft: all of it may be changed until it is issued."""

    addressee = StringField(_l("主送单位"), [Length(max=120)])
    text = TextAreaField(_l("正文"), [InputRequired(MUST), Length(max=10_000)], render_kw=LONG,
                         description=_l("每行一段。不写反映人的姓名和电话：称谓由系统按身份要求另印。"))  # fmt: skip
    due_on = DateField(_l("载明的期限（可空）"), [Optional()])

    def __init__(self, kind: PaperKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind.to_caller:
            del self.addressee

    def validate_text(self, field: TextAreaField) -> None:
        if no := unknown_told(field.data or ""):
            raise ValidationError(no)


class DeliverForm(Form):
    delivery = ChoiceField(_l("送达方式"), Delivery, [InputRequired(MUST)])
    delivered_on = DateField(_l("送达日期"), [InputRequired(MUST)], default=dates.today)
    receipt = StringField(_l("回执（挂号信号码、签收人等，可空）"), [Length(max=120)])

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, None, **kwargs)  # nothing is known yet, and the day begins with today

    def validate_delivered_on(self, field: DateField) -> None:
        if field.data and field.data > dates.today():
            raise ValidationError(_("不能晚于今天。"))
        if field.data and self.row is not None and field.data < self.row.issued_on:
            raise ValidationError(_("不能早于出具日期 %(day)s。", day=self.row.issued_on))

    def populate_obj(self, paper: CasePaper) -> None:
        super().populate_obj(paper)
        paper.receipt = paper.veil((self.receipt.data or "").strip())


MOVE_FORMS: dict[str, type[Form]] = {"deliver": DeliverForm, "void": ReasonForm, "discard": ReasonForm}


class TemplateForm(Form):
    name = StringField(_l("名称"), [InputRequired(MUST), Length(max=200)])
    kind = ChoiceField(_l("用于"), PaperKind, blank=_l("答复内容（不单独出文书）"))
    text = TextAreaField(_l("内容"), [InputRequired(MUST), Length(max=10_000)], render_kw=LONG,
                         description=_l("每行一段；花括号里的字段套用时自动换成这件投诉的内容。"))  # fmt: skip

    def validate_text(self, field: TextAreaField) -> None:
        if no := unknown_told(field.data or ""):
            raise ValidationError(no)
