from typing import Any

from flask import request
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import IntegerField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from ems.complaints import firms, places
from ems.complaints.models import (
    LONGEST_EXTENSION,
    LONGEST_OF_AN_ORDER,
    Answer,
    Channel,
    Complaint,
    ComplaintState,
    Identity,
    Matter,
    Medium,
    Satisfaction,
    Way,
)
from ems.complaints.named import not_named
from ems.core import dates
from ems.core.db import db
from ems.core.people import Post, Unit, User
from ems.core.policy import ALLOWED, Act, reach, reaching
from ems.core.secrets import without
from ems.web.forms import DateField, Form, ReasonForm, RemarkForm, RowField, SelectChoice, units
from ems.web.session import me

MUST = _l("请填写。")


def pick(label: Any, of: Any, **kwargs: Any) -> RadioField:
    """Up to seven words, all in sight."""
    shown = kwargs.pop("shown", list(of))
    return RadioField(label, choices=[SelectChoice(c.value, c.label) for c in shown], coerce=of, **kwargs)


class PointField(StringField):
    """Where on the map: `104.0668, 30.5728`, in either order."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        look = {"placeholder": "104.0668, 30.5728", "inputmode": "decimal", "autocomplete": "off"}
        super().__init__(label, [Length(max=80)], filters=[tidy], render_kw=look, **kwargs)

    def pre_validate(self, _form: Any) -> None:
        try:
            if self.data:
                places.read(self.data)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def populate_obj(self, case: Any, _name: str) -> None:
        point = places.read(self.data) if self.data else None
        case.longitude, case.latitude = (point.longitude, point.latitude) if point else (None, None)


def tidy(value: str | None) -> str:
    return " ".join((value or "").split())


def firm(label: Any) -> StringField:
    """A name as the caller says it. The register's own names come up beside it, as one types."""
    return StringField(label, [Length(max=200)], filters=[tidy], render_kw={"autocomplete": "off"})


class ComplaintForm(Form):
    """Filled in while the caller talks: the order follows the talk."""

    channel = pick(_l("来源"), Channel, default=Channel.H12345, shown=list(Channel)[:7])
    phone = StringField(_l("来电号码"), [Length(max=40)], render_kw={"inputmode": "tel", "autocomplete": "off"})
    external_no = StringField(_l("工单号"), [Length(max=60)], filters=[lambda v: (v or "").strip() or None])
    complainant = StringField(_l("称呼"), [Length(max=60)], render_kw={"autocomplete": "off"})
    place = StringField(_l("地点"), [InputRequired(MUST), Length(max=200)], filters=[tidy])
    enterprise_name = firm(_l("企业（可空）"))
    medium = pick(_l("要素"), Medium, default=Medium.OTHER)
    title = StringField(_l("事项（可空，自动取内容开头）"), [Length(max=200)])
    text = TextAreaField(_l("反映内容"), [InputRequired(MUST), Length(max=10000)])
    identity = pick(_l("身份"), Identity, default=Identity.OPEN)
    matter = pick(_l("性质"), Matter, default=Matter.COMPLAINT)
    received_on = DateField(_l("收到日期"), [InputRequired(MUST)], default=dates.today)
    document_no = StringField(_l("转办文号"), [Length(max=80)])
    document_due_on = DateField(_l("文件载明期限"), [Optional()])
    street_id = RowField(_l("所在街道"), places.streets, blank=_l("未注明"))
    coordinates = PointField(_l("坐标（可空）"))
    unit_id = RowField(_l("受理单位"), units("complaints", Act.ADD))

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        """Of a case that asks for silence, who complained does not stand in the form: it is no way round the log."""
        self.silent = obj is not None and obj.id is not None and obj.identity is not Identity.OPEN
        super().process(formdata, obj, **kwargs)
        if self.silent:
            for field in (self.phone, self.complainant):
                field.data = field.data if request.method == "POST" else ""
                field.description = _("保密，不显示；留空则不变。")

    def validate_identity(self, field: RadioField) -> None:
        if self.silent and field.data is Identity.OPEN and (said := not_named(self.row, me)):
            raise ValidationError(said)

    def validate_received_on(self, field: DateField) -> None:
        if field.data and field.data > dates.today():
            raise ValidationError(_("不能晚于今天。"))

    def validate_channel(self, field: RadioField) -> None:
        if field.data is Channel.INSTRUCTION and not self.document_due_on.data:
            raise ValidationError(_("领导批示按文件载明的期限办理，请填写“文件载明期限”。"))

    def validate_document_due_on(self, field: DateField) -> None:
        if field.data and self.received_on.data and field.data < self.received_on.data:
            raise ValidationError(_("不能早于收到日期。"))

    def validate_external_no(self, field: StringField) -> None:
        known = select(Complaint.no).where(Complaint.channel == self.channel.data, Complaint.external_no == field.data)
        known = known.where(Complaint.id != (self.row.id if self.row else 0))
        if field.data and (no := db.session.scalar(known)):
            raise ValidationError(_("这个工单号已经登记，见 %(no)s。", no=no))

    def populate_obj(self, case: Complaint) -> None:
        apart = {"phone", "complainant", "csrf_token"}
        for field in self:
            if field.name not in apart:
                field.populate_obj(case, field.name)
        name, phone = (case.complainant, case.phone) if self.silent else (None, None)
        case.tell_who(self.complainant.data or name, self.phone.data or phone)
        case.title = case.title or headline(case.text)  # cut before, half a number would stand in it
        case.enterprise_id = firms.named(case.enterprise_name)


class CorrectForm(Form):
    """What may still be put right while the case is worked on."""

    title = StringField(_l("事项"), [InputRequired(MUST), Length(max=200)])
    place = StringField(_l("地点"), [InputRequired(MUST), Length(max=200)], filters=[tidy])
    enterprise_name = firm(_l("企业（可空）"))
    medium = pick(_l("要素"), Medium)
    street_id = RowField(_l("所在街道"), places.streets, blank=_l("未注明"))
    coordinates = PointField(_l("坐标（可空）"))
    document_no = StringField(_l("转办文号"), [Length(max=80)])
    document_due_on = DateField(_l("文件载明期限"), [Optional()])
    text = TextAreaField(
        _l("反映内容"), [InputRequired(MUST), Length(max=10000)],
        description=_l("里面写有反映人自己的电话，请只删去号码；号码另行加密保存。"),
    )  # fmt: skip

    def __init__(self, *args: Any, obj: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        if not (obj and obj.tells_number):  # what was said stays as it was said
            del self.text

    def populate_obj(self, case: Complaint) -> None:
        super().populate_obj(case)
        case.hush()
        case.enterprise_id = firms.named(case.enterprise_name)


def headline(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= 30 else first[:29] + "…"  # noqa: PLR2004  what a list's line holds


#: What may still be changed, by state. `None` is a complaint not yet stored; a state not here is sealed.
FORMS: dict[ComplaintState | None, type[Form]] = {
    None: ComplaintForm,
    ComplaintState.REGISTERED: ComplaintForm,
    ComplaintState.ACCEPTED: ComplaintForm,
    ComplaintState.ASSIGNED: CorrectForm,
    ComplaintState.RETURNED: CorrectForm,
    ComplaintState.INVESTIGATING: CorrectForm,
    ComplaintState.HANDLED: CorrectForm,
}


def handlers() -> list[tuple[int, str]]:
    """Whoever may work on cases at one of the units I may send one to, with where they sit."""
    roles = sorted(ALLOWED["complaints"][Act.HANDLE])
    rows = (
        select(User.id, User.name, func.min(Unit.name))
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, Post.role.in_(roles), Unit.id.in_(reach(me, "complaints", Act.DISPATCH)))
        .group_by(User.id, User.name)
        .order_by(func.min(Unit.path), User.id)
    )
    return [(id, _("%(name)s（%(unit)s）", name=name, unit=unit)) for id, name, unit in db.session.execute(rows)]


class AssignForm(RemarkForm):
    unit_id = RowField(_l("承办单位"), units("complaints", Act.DISPATCH))
    handler_id = RowField(_l("经办人（可由承办单位自定）"), handlers, blank=_l("由承办单位确定"))

    def validate_handler_id(self, field: RowField) -> None:
        able = reaching("complaints", Act.HANDLE, self.unit_id.data)
        if field.data and field.data not in db.session.scalars(able):
            raise ValidationError(_("经办人不能办理这个单位的事项，请换人，或改选单位。"))


class TransferForm(ReasonForm):
    transferred_to = StringField(_l("转送何处"), [InputRequired(MUST), Length(max=120)])


class HandlingForm(Form):
    handling = TextAreaField(_l("调查与处理情况"), [InputRequired(MUST), Length(max=10000)], render_kw={"rows": 8})


class AnswerForm(Form):
    text = TextAreaField(
        _l("答复内容"), [InputRequired(MUST), Length(max=10000)], render_kw={"rows": 8},
        description=_l("答复后不能更改；需要补充的，另作一份补充答复。"),
    )  # fmt: skip
    way = pick(_l("答复方式"), Way, default=Way.PHONE)

    def process(self, formdata: Any = None, obj: Any = None, **kwargs: Any) -> None:
        super().process(formdata, None, **kwargs)  # `text` of the case is what the caller said, not our answer

    def populate_obj(self, case: Complaint) -> None:
        known = {"unit_id": case.unit_id, "number": len(case.answers) + 1, "given_on": dates.today(), "by_id": me.id}
        case.answers.append(Answer(text=self.text.data, way=self.way.data, **known))

    def validate_text(self, field: TextAreaField) -> None:
        case = self.row
        if case.identity is not Identity.OPEN and without(field.data or "", case.complainant, case.phone) != field.data:
            raise ValidationError(_("反映人没有同意公开身份，答复里却写有其称呼或电话，请删去。"))


class RevisitForm(RemarkForm):
    satisfaction = pick(_l("回访结果"), Satisfaction, validators=[InputRequired(_l("请选择回访结果。"))])


class ExtensionForm(ReasonForm):
    extension_asked = IntegerField(
        _l("延长天数"), [InputRequired(_l("请填写天数。"))], description=_l("12345 工单按工作日计，其他来源按日计")
    )

    def validate_extension_asked(self, field: IntegerField) -> None:
        order = self.row.channel is Channel.H12345
        left = (LONGEST_OF_AN_ORDER if order else LONGEST_EXTENSION) - self.row.extended_days
        if field.data is None or 1 <= field.data <= left:
            return
        if order:
            raise ValidationError(_("12345 工单只能延长 1 至 %(n)s 个工作日（累计不超过 10 个工作日）。", n=left))
        raise ValidationError(_("只能延长 1 至 %(n)s 日（信访工作条例第三十四条，累计不超过 30 日）。", n=left))


class GrantForm(Form):
    remark = TextAreaField(_l("审批意见与告知方式"), [InputRequired(_l("请写明何时、以何方式告知反映人延期理由。"))])


MOVE_FORMS: dict[str, type[Form]] = {
    "assign": AssignForm,
    "reassign": AssignForm,
    "transfer": TransferForm,
    "object": ReasonForm,
    "reject_return": ReasonForm,
    "return_order": ReasonForm,
    "handle": HandlingForm,
    "answer": AnswerForm,
    "supplement": AnswerForm,
    "investigate_more": ReasonForm,
    "revisit": RevisitForm,
    "ask_extension": ExtensionForm,
    "grant_extension": GrantForm,
    "deny_extension": ReasonForm,
    "decide_review": ReasonForm,
    "decide_recheck": ReasonForm,
}


class UnmaskForm(ReasonForm):
    """A look at who complained."""


class NoteForm(Form):
    remark = TextAreaField(_l("备注"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 2})
