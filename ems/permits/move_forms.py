"""What the moves of a permit and of its review ask."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from ems.core import dates
from ems.permits.forms import MUST, not_after_today
from ems.permits.models import Origin, Permit, PermitReview, ReviewResult
from ems.web.forms import ChoiceField, DateField, Form
from ems.web.session import me


def remark() -> TextAreaField:
    return TextAreaField(_l("说明"), [Length(max=2000)])


def day(label: Any) -> DateField:
    return DateField(label, [InputRequired(MUST)], default=dates.today)


class ApplyForm(Form):
    day = day(_l("申请日期"))
    remark = remark()

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)

    def populate_obj(self, permit: Permit) -> None:
        permit.renewal_applied_on = self.day.data
        permit.chased_on = permit.chased_on or self.day.data


class AcceptForm(Form):
    """From this day our time to decide runs (条例 14)."""

    day = day(_l("受理日期"))
    remark = remark()

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)
        applied = self.row.renewal_applied_on if self.row else None
        if field.data and applied and field.data < applied:
            raise ValidationError(_("不能早于申请日期 %(day)s。", day=applied))

    def populate_obj(self, permit: Permit) -> None:
        permit.renewal_accepted_on = self.day.data


class ChaseForm(Form):
    """We asked the enterprise whether it will apply."""

    day = day(_l("查问日期"))
    remark = remark()

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)

    def populate_obj(self, permit: Permit) -> None:
        permit.chased_on = self.day.data


class RevokeForm(Form):
    day = day(_l("撤销、注销日期"))
    remark = TextAreaField(_l("理由"), [InputRequired(_l("请写明理由。")), Length(max=2000)])

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)

    def populate_obj(self, permit: Permit) -> None:
        permit.ended_on = self.day.data


MOVE_FORMS: dict[str, type[Form]] = {
    "apply_renewal": ApplyForm, "accept_renewal": AcceptForm, "chase": ChaseForm, "revoke": RevokeForm,
}  # fmt: skip


class RenewForm(Form):
    issued_on = day(_l("延续决定日期"))
    valid_from = DateField(_l("新有效期起"), [InputRequired(MUST)])
    valid_to = DateField(_l("新有效期至"), [InputRequired(MUST)], description=_l("以新证载明的日期为准，一般为 5 年。"))
    remark = remark()

    def validate_issued_on(self, field: DateField) -> None:
        not_after_today(field)
        accepted = self.row.renewal_accepted_on if self.row else None
        if field.data and accepted and field.data < accepted:
            raise ValidationError(_("不能早于受理日期 %(day)s。", day=accepted))

    def validate_valid_to(self, field: DateField) -> None:
        if field.data and self.valid_from.data and field.data <= self.valid_from.data:
            raise ValidationError(_("应晚于新有效期起。"))

    @property
    def known(self) -> dict[str, Any]:
        return {name: self[name].data for name in ("issued_on", "valid_from", "valid_to")}


class ChangeForm(Form):
    issued_on = day(_l("变更日期"))
    remark = TextAreaField(_l("变更内容"), [InputRequired(_l("请写明变更了什么。")), Length(max=2000)])

    def validate_issued_on(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and self.row and self.row.begins_on and field.data <= self.row.begins_on:
            raise ValidationError(_("应晚于有效期起。"))

    @property
    def known(self) -> dict[str, Any]:
        kept = {name: getattr(self.row, name) for name in ("valid_from", "valid_to", "chased_on")}
        return {"issued_on": self.issued_on.data, **kept}


#: the moves that make the next version
NEXT_FORMS: dict[str, tuple[Origin, type[Any]]] = {
    "renew": (Origin.RENEWAL, RenewForm),
    "change": (Origin.CHANGE, ChangeForm),
}


class ReviewForm(Form):
    day = day(_l("年审日期"))
    result = ChoiceField(_l("年审结果"), ReviewResult, [InputRequired(_l("请选择年审结果。"))], blank=_l("请选择"))
    note = TextAreaField(_l("审查意见"), [Length(max=4000)])

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and self.row and field.data < self.row.from_on:
            raise ValidationError(_("不能早于年审周期起 %(day)s。", day=self.row.from_on))

    def populate_obj(self, review: PermitReview) -> None:
        review.reviewed_on, review.result, review.note = self.day.data, self.result.data, self.note.data or ""
        review.reviewer_id = me.id


REVIEW_FORMS: dict[str, type[Form]] = {"review": ReviewForm}
