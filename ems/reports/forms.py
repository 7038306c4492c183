from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.core.policy import Act
from ems.reports.models import ReportSection
from ems.web.forms import Form, ReasonForm, RowField, units

EARLIEST = 2004  # there are no working days before


class BeginForm(Form):
    year = SelectField(_l("年度"), coerce=int)

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        this = dates.today().year
        self.year.choices = [(year, _("%(year)s 年", year=year)) for year in range(this, EARLIEST - 1, -1)]


HOW = _l(
    "每行一段。数字写成 {{complaints.handled}} 这样的代码，单位写在后面；比率后面写百分号。"
    "还缺的内容写【待补充】，签发前必须补齐。"
)


class SectionForm(Form):
    """A section's text. `version` is the one the writer saw: what somebody else saved meanwhile is not written over."""

    version = HiddenField()
    title = StringField(_l("标题"), [Length(max=200)])
    text = TextAreaField(_l("正文"), [Length(max=20000)], render_kw={"rows": 18}, description=HOW)
    unit_id = RowField(_l("供稿单位"), units("reports", Act.EDIT), [InputRequired()])
    ready = BooleanField(_l("已就绪：文字核对无误，可以送审"))

    def overtaken(self, section: ReportSection) -> bool:
        return str(self.version.data) != str(section.version)

    def validate_text(self, field: TextAreaField) -> None:
        said = field.data or ""
        if said.count("{{") != said.count("}}"):
            raise ValidationError(_("数字的写法不完整，应为 {{complaints.handled}} 这样成对的括号。"))


MOVE_FORMS: dict[str, type[Form]] = {"return": ReasonForm, "decline": ReasonForm}
