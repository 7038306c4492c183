"""What is asked when a case is merged, linked, or not called back."""

from typing import Any

from flask import request
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.complaints import links
from ems.complaints.models import Complaint
from ems.complaints.paper_models import LinkKind
from ems.core import workflow
from ems.core.errors import Refused
from ems.web.forms import Form, ReasonForm, SelectChoice
from ems.web.session import me


class OtherCase(ReasonForm):
    """Names another case by its number."""

    no = StringField(_l("另一件的编号"), [InputRequired(_l("请填写编号。")), Length(max=40)],
                     render_kw={"placeholder": "TS-2026-0001", "autocomplete": "off"})  # fmt: skip

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, None, no=request.args.get("with", ""), **kwargs)  # `no` of the case is its own

    @property
    def kind(self) -> LinkKind:
        return LinkKind.MERGED

    def other(self) -> Complaint | None:
        return links.found(self.no.data or "", me)

    def validate_no(self, _field: StringField) -> None:
        if self.row is not None and (no := links.unlinkable(self.row, self.other(), self.kind)):
            raise ValidationError(no)


class MergeForm(OtherCase):
    no = StringField(_l("并入哪一件（主件编号）"), [InputRequired(_l("请填写主件的编号。")), Length(max=40)],
                     description=_l("本件的承办期限随即停止；主件答复时，本件一并答复，仍须告知和回访本件的反映人。"),
                     render_kw={"placeholder": "TS-2026-0001", "autocomplete": "off"})  # fmt: skip

    def populate_obj(self, case: Complaint) -> None:
        """The main case is held too: answered in this moment it would leave this one waiting for ever."""
        if main := self.other():
            workflow.hold(main)
        if no := links.unlinkable(case, main, LinkKind.MERGED):
            raise Refused(no)
        if main:
            links.link(case, main, LinkKind.MERGED, me, self.remark.data or "")


class LinkForm(OtherCase):
    """重复, 相关: the matter is the same or touches it, and each is worked on by itself."""

    how = RadioField(_l("关系"), choices=[SelectChoice(k.value, k.label) for k in (LinkKind.REPEAT, LinkKind.RELATED)],
                     coerce=LinkKind, default=LinkKind.REPEAT,
                     description=_l("重复：同一反映人或他人就同一事项再次反映，计入重复投诉率。"))  # fmt: skip

    @property
    def kind(self) -> LinkKind:
        return LinkKind(self.how.data) if self.how.data else LinkKind.REPEAT


class UncalledForm(ReasonForm):
    """Why nobody calls back, though there is a number."""

    def populate_obj(self, case: Complaint) -> None:
        case.uncalled = case.veil(self.remark.data or "")[:200]


class UndoForm(ReasonForm):
    """Why a link was wrong."""


def said(form: Form) -> str:
    """The first fault, for a page that has no room for the form."""
    return next((str(fault) for faults in form.errors.values() for fault in faults), _("请填写完整。"))


FORMS: dict[str, type[Form]] = {"merge": MergeForm, "unmerge": ReasonForm, "skip_revisit": UncalledForm}
