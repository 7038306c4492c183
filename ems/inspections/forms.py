"""The plan of an inspection, and the form that is filled in on the spot."""

import uuid
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased
from wtforms import (
    BooleanField,
    Form as Part,
    FormField,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, Unit, User
from ems.core.policy import ALLOWED, Act, posts, reach, reaching
from ems.core.reckon import add_months
from ems.enterprises import work as enterprises
from ems.inspections.models import (
    LAW,
    CheckLine,
    Inspection,
    InspectionState,
    InspectionType,
    Refusal,
    Remedy,
    Running,
    Verdict,
)
from ems.web.forms import ChoiceField, DateField, Form, RowField, SelectChoice, units
from ems.web.session import can, me

MUST = _l("请填写。")


def text(label: Any, most: int, *more: Any, **kwargs: Any) -> StringField:
    return StringField(label, [*more, Length(max=most)], filters=[lambda v: (v or "").strip()], **kwargs)


def pick(label: Any, of: Any, **kwargs: Any) -> RadioField:
    """Few words, all in sight; none chosen is None."""
    choices = [SelectChoice(c.value, c.label) for c in of]
    return RadioField(label, choices=choices, coerce=lambda v: of(v) if v else None, **kwargs)


def inspectors(area: str) -> list[tuple[int, str]]:
    """Whoever may inspect at one of the units where I may plan it, with where they sit and their badge."""
    roles = sorted(ALLOWED[area][Act.ADD])
    rows = (
        select(User.id, User.name, func.min(Unit.name), User.badge)
        .join(Post, Post.user_id == User.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.active, Post.role.in_(roles), covers())
        .group_by(User.id, User.name, User.badge)
        .order_by(func.min(Unit.path), User.name, User.id)
    )
    return [
        (id, _("%(name)s（%(unit)s，%(badge)s）", name=name, unit=unit, badge=badge or _("无执法证号")))
        for id, name, unit, badge in db.session.execute(rows)
    ]


def covers() -> ColumnElement[bool]:
    """Units where a post covers one of those in which I may inspect: these, and those above them."""
    below = aliased(Unit)
    mine = below.id.in_(reach(me, "inspections", Act.ADD))
    return exists().where(mine, below.path.startswith(Unit.path))


def home() -> int | None:
    """The unit of the first post with which I may inspect."""
    roles = sorted(ALLOWED["inspections"][Act.ADD])
    return db.session.scalar(select(Post.unit_id).where(posts(me), Post.role.in_(roles)).order_by(Post.id))


def types() -> list[InspectionType]:
    """What I may plan: a liaison officer only the unit's own check; a re-check begins at its order."""
    if not can("orders", Act.ADD):
        return [InspectionType.SELF_CHECK]
    return [type for type in InspectionType if type is not InspectionType.ORDER_RECHECK]


def new_key() -> str:
    return uuid.uuid4().hex


class PlanForm(Form):
    type = ChoiceField(_l("类型"), InspectionType)
    party = text(
        _l("被检查单位"), 200, render_kw={"list": "enterprises", "autocomplete": "off"},
        description=_l("输入企业名称或编号，从列出的企业中选；巡查可空。"),
    )  # fmt: skip
    place = text(_l("地点"), 200)
    planned_on = DateField(_l("计划日期"), [InputRequired(MUST)], default=dates.today)
    unit_id = RowField(_l("检查单位"), units("inspections", Act.ADD))
    lead_id = RowField(_l("检查人"), lambda: inspectors("inspections"))
    second_id = RowField(_l("第二名检查人"), lambda: inspectors("orders"), blank=_l("开始前再定"))
    client_key = HiddenField(validators=[Length(max=60)], default=new_key)

    def __init__(self, *args: Any, fixed: InspectionType | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [fixed] if fixed else types()
        self.type.choices = [SelectChoice(one.value, one.label) for one in shown]

    def validate_planned_on(self, field: DateField) -> None:
        if field.data and field.data < dates.today() and field.data != field.object_data:
            raise ValidationError(_("不能早于今天。"))
        if self.monthly and field.data and field.data != field.object_data and field.data > self.last:
            raise ValidationError(_("按月安排的自查须在 %(day)s 以前开展。", day=self.last))

    @property
    def monthly(self) -> bool:
        """A unit's check of one month: what it is, whose and of which month is not for the unit to say."""
        return self.row is not None and self.row.month is not None

    @property
    def last(self) -> date:
        month: date = self.row.month
        return add_months(month, 1) - timedelta(days=1)

    def validate_unit_id(self, field: RowField) -> None:
        if self.monthly and field.data != self.row.unit_id:
            raise ValidationError(_("按月安排的自查不能改由其他单位开展。"))
        if self.type.data is InspectionType.SELF_CHECK:
            return
        if field.data not in db.session.scalars(reach(me, "orders", Act.ADD)):
            raise ValidationError(_("执法检查和体系检查由环保专干或者负责人开展。"))

    def validate_lead_id(self, field: RowField) -> None:
        area = "inspections" if self.type.data is InspectionType.SELF_CHECK else "orders"
        if field.data and field.data not in db.session.scalars(reaching(area, Act.ADD, self.unit_id.data)):
            raise ValidationError(_("检查人不负责这个检查单位，请换人，或改选单位。"))

    def validate_second_id(self, field: RowField) -> None:
        if field.data and field.data == self.lead_id.data:
            raise ValidationError(_("第二名检查人须是另一人。"))
        if field.data and field.data not in db.session.scalars(reaching("orders", Act.ADD, self.unit_id.data)):
            raise ValidationError(_("第二名检查人不负责这个检查单位。"))

    def validate_party(self, field: StringField) -> None:
        if not field.data and not self.place.data and self.type.data in LAW:
            raise ValidationError(_("请填写被检查单位；没有单位的，填写地点。"))
        if self.row is not None and drawn(self.row) and field.data != self.row.party:
            raise ValidationError(_("双随机抽中的检查对象不能更改；不再开展的请作废。"))

    def populate_obj(self, inspection: Inspection) -> None:
        for name in ("type", "place", "planned_on", "unit_id", "lead_id", "second_id"):
            setattr(inspection, name, self[name].data)
        if inspection.type in LAW:
            link(inspection, self.party.data or "")
        else:
            inspection.party = db.session.get_one(Unit, inspection.unit_id).name


def drawn(inspection: Inspection) -> bool:
    return (inspection.plan_key or "").startswith("draw:")


def link(inspection: Inspection, said: str) -> None:
    """Tie it to the one enterprise so called; else it stays as it was said. Said as before it keeps the one it has."""
    if inspection.enterprise_id and said == inspection.party:
        return
    inspection.enterprise_id, inspection.party = None, said
    if not said:
        return
    try:
        found = enterprises.named(said, me)
    except Refused:
        return
    inspection.enterprise_id, inspection.party = found.id, found.name
    inspection.place = inspection.place or found.address


#: What may still be changed, by state, on the planner's page; a state not here is sealed.
FORMS: dict[InspectionState | None, type[Form]] = {
    None: PlanForm,
    InspectionState.PLANNED: PlanForm,
    InspectionState.OPEN: PlanForm,
}


class LineForm(Part):
    """One line of the checklist."""

    class Meta:
        locales = ["zh_CN"]

    verdict = pick(_l("结果"), Verdict, validators=[Optional()])
    remark = TextAreaField(_l("发现的问题"), [Length(max=2000)], render_kw={"rows": 2})
    remedy = pick(_l("处理"), Remedy, validators=[Optional()])
    due_on = DateField(_l("整改期限"), [Optional()])


class FieldForm(Form):
    """What is filled in on the spot; `for_` adds a part for each line."""

    second_id = RowField(_l("第二名检查人"), lambda: inspectors("orders"), blank=_l("未定"))
    place = text(_l("地点"), 200)
    rights_told = BooleanField(_l("已出示执法证件，告知当事人配合义务和申请回避、陈述申辩的权利"))
    facility_running = pick(_l("治理设施"), Running, validators=[Optional()])
    summary = TextAreaField(_l("现场情况"), [Length(max=10000)], render_kw={"rows": 4})
    separate_orders = BooleanField(_l("每个问题单独下达一份整改通知"))
    opinion = TextAreaField(_l("当事人意见"), [Length(max=4000)], render_kw={"rows": 2})
    person_present = text(_l("现场负责人"), 60, render_kw={"autocomplete": "off"})
    person_title = text(_l("职务"), 60, render_kw={"autocomplete": "off"})
    refusal = pick(_l("签名"), Refusal, default=Refusal.NONE)
    refusal_reason = text(_l("原因"), 300)
    witness = text(_l("见证人（姓名、单位）"), 120)
    photos = MultipleFileField(_l("照片"))
    photo_place = HiddenField(validators=[Length(max=60)])
    signature = HiddenField()
    client_key = HiddenField(validators=[Length(max=60)])

    def validate_second_id(self, field: RowField) -> None:
        if field.data and field.data == self.row.lead_id:
            raise ValidationError(_("第二名检查人须是另一人。"))
        if field.data and field.data not in db.session.scalars(reaching("orders", Act.ADD, self.row.unit_id)):
            raise ValidationError(_("第二名检查人不负责这个检查单位。"))

    def part(self, line: CheckLine) -> Any:
        return self[part_of(line)]

    def populate_obj(self, inspection: Inspection) -> None:
        apart = {"photos", "photo_place", "signature", "client_key", "csrf_token"}
        for field in self:
            if field.name not in apart and not isinstance(field, FormField):
                field.populate_obj(inspection, field.name)
        inspection.refusal = inspection.refusal or Refusal.NONE
        for line in inspection.lines:
            answer(line, self.part(line).form)


def answer(line: CheckLine, said: LineForm) -> None:
    line.verdict, line.remark = said.verdict.data, (said.remark.data or "").strip()
    line.remedy = said.remedy.data or Remedy.ORDER
    usual = dates.today() + timedelta(days=line.days)
    line.due_on = None if said.due_on.data == usual else said.due_on.data  # the usual day moves on with the inspection


def part_of(line: CheckLine) -> str:
    """What the form calls a line; one that is not begun has only its number."""
    return f"line_{line.id}" if line.id else f"line_n{line.number}"


def for_(inspection: Inspection, lines: list[CheckLine] | None = None, **sent: Any) -> FieldForm:
    """The form of an inspection; of one that is not begun, with the `lines` it would ask."""
    asked = inspection.lines if lines is None else lines
    parts = {part_of(line): FormField(LineForm, separator="-") for line in asked}
    values = {part_of(line): shown(line) for line in asked}
    form: FieldForm = type("FieldForm", (FieldForm,), parts)(obj=inspection, **sent, **values)
    return form


def shown(line: CheckLine) -> dict[str, Any]:
    due = line.due_on or dates.today() + timedelta(days=line.days)
    return {"verdict": line.verdict, "remark": line.remark, "remedy": line.remedy, "due_on": due}


class NoteForm(Form):
    remark = TextAreaField(_l("备注"), [InputRequired(MUST), Length(max=2000)], render_kw={"rows": 2})


class OrderNowForm(Form):
    """A finding that was only noted is ordered to be corrected after all."""

    due_on = DateField(_l("整改期限"), [InputRequired(MUST)])

    def validate_due_on(self, field: DateField) -> None:
        if field.data and field.data < dates.today():
            raise ValidationError(_("不能早于今天。"))
