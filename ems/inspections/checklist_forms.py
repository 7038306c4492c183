"""The draft of a checklist as one form: each item a part, and buttons that move one, drop one or add one."""

from typing import Any

from flask import request
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import FieldList, Form as Part, FormField, HiddenField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.inspections.checklists import DAYS, LONGEST, MOST
from ems.inspections.forms import MUST, text as short
from ems.inspections.models import Checklist, Severity
from ems.inspections.plan_forms import count
from ems.web.forms import ChoiceField, DateField, Form


def stripped(value: str | None) -> str:
    return " ".join((value or "").split())


class ItemForm(Part):
    """One thing that is asked."""

    class Meta:
        locales = ["zh_CN"]

    code = HiddenField(validators=[Length(max=40)])
    text = TextAreaField(
        _l("检查内容"), [Length(max=LONGEST["text"])], filters=[stripped], render_kw={"rows": 2}
    )  # fmt: skip
    law = short(_l("依据"), LONGEST["law"])
    article = short(_l("条款"), LONGEST["article"])
    also_law = short(_l("另据"), LONGEST["also_law"])
    also_article = short(_l("另据条款"), LONGEST["also_article"])
    severity = ChoiceField(_l("程度"), Severity, default=Severity.NORMAL)
    days = count(_l("整改天数"), DAYS)
    text_en = short(_l("英文"), LONGEST["text_en"])

    def validate_text(self, field: TextAreaField) -> None:
        if not field.data:
            raise ValidationError(_("请填写，或者删除这一项。"))

    @property
    def row(self) -> dict[str, Any]:
        said = {name: self[name].data or "" for name in LONGEST}
        return said | {"code": self.code.data or "", "severity": self.severity.data, "days": self.days.data}


class ChecklistForm(Form):
    title = short(_l("名称"), 200, InputRequired(MUST))
    title_en = short(_l("英文名称"), 200)
    items = FieldList(FormField(ItemForm), max_entries=MOST)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [part.form.row for part in self.items]

    def arranged(self) -> list[dict[str, Any]]:
        """The rows as the pressed button leaves them: `up:2`, `down:2`, `drop:2`, `add`, or as they are."""
        rows = self.rows
        act, _sep, at = request.form.get("go", "").partition(":")
        n = int(at) if at.isdecimal() and int(at) < len(rows) else None
        if act == "drop" and n is not None:
            del rows[n]
        elif act in {"up", "down"} and n is not None:
            other = max(0, min(len(rows) - 1, n + (1 if act == "down" else -1)))
            rows.insert(other, rows.pop(n))
        return rows


def shown(checklist: Checklist) -> dict[str, Any]:
    names = (*LONGEST, "code", "severity", "days")
    return {"items": [{name: getattr(item, name) for name in names} for item in checklist.items]}


class PublishForm(Form):
    since = DateField(_l("施行日期"), [InputRequired(MUST)])
