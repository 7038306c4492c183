"""An answer that may begin with the words of a template."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from wtforms import TextAreaField, ValidationError

from ems.complaints import papers
from ems.complaints.forms import AnswerForm
from ems.complaints.paper_words import filled, left_blank
from ems.web.forms import Form


class DraftedAnswerForm(AnswerForm):
    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, obj, **kwargs)
        asked = next((t for t in papers.templates_for(None) if str(t.id) == request.args.get("template")), None)
        if asked and obj is not None and request.method == "GET":
            self.text.data = filled(asked.text, obj)

    @property
    def drafts(self) -> list[tuple[str, str]]:
        """What it may begin with: address, name."""
        way = request.view_args or {}
        return [(url_for("complaints.advance", **way, template=t.id), t.name) for t in papers.templates_for(None)]

    def validate_text(self, field: TextAreaField) -> None:
        super().validate_text(field)
        if blanks := left_blank(field.data or ""):
            raise ValidationError(_("还有没有填写的内容：%(blanks)s。", blanks="、".join(blanks)))


FORMS: dict[str, type[Form]] = {"answer": DraftedAnswerForm, "supplement": DraftedAnswerForm}
