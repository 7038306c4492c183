import re
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, FloatField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, Unit, UnitKind, User
from ems.core.policy import ALLOWED, Act, reaching
from ems.core.reckon import add_months
from ems.core.settings import setting
from ems.enterprises import moves, work
from ems.enterprises.models import (
    OUTLET_CODE,
    Enterprise,
    EnterpriseClass,
    EnterpriseState,
    Outlet,
    OutletMedium,
    OutletState,
)
from ems.web.forms import ChoiceField, DateField, Form, RowField, units
from ems.web.session import me

MUST = _l("请填写。")


def stripped(value: str | None) -> str:
    return (value or "").strip()


def text(label: Any, most: int, *more: Any, **kwargs: Any) -> StringField:
    return StringField(label, [*more, Length(max=most)], filters=[stripped], **kwargs)


def long(label: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=4000)], filters=[stripped], render_kw={"rows": 2})


class DegreeField(FloatField):
    """Degrees, decimal: 104.0668."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.strip(" °") for value in valuelist])
        except ValueError as error:
            raise ValueError(_("不是数字，请写成十进制度数，例如 104.0668。")) from error


def degrees(label: Any, most: int) -> DegreeField:
    return DegreeField(label, [Optional(), NumberRange(-most, most, _l("超出范围，请核对经纬度是否填反。"))])


def streets() -> list[tuple[int, str]]:
    asked = select(Unit.id, Unit.name).where(Unit.kind == UnitKind.STREET, Unit.active).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def officers() -> list[tuple[int, str]]:
    """Whoever may look after enterprises somewhere; the form asks whether they may at its unit."""
    roles = sorted(ALLOWED["enterprises"][Act.EDIT])
    able = select(Post.user_id).where(Post.role.in_(roles))
    asked = select(User.id, User.name).where(User.id.in_(able), User.active).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(asked)]


class EnterpriseForm(Form):
    name = text(_l("企业名称"), 200, DataRequired(MUST))
    credit_code = StringField(
        _l("统一社会信用代码"), [Length(max=60)],
        description=_l("18 位。有疑问的照原样保存并标出，不会退回。"),
    )  # fmt: skip
    code_confirmed = BooleanField(_l("代码已与证照核对无误"))
    kind = ChoiceField(_l("主要类别"), EnterpriseClass, default=EnterpriseClass.OTHER)
    key = BooleanField(_l("重点工业企业"))
    catering = BooleanField(_l("饮食企业"))
    discharger = BooleanField(_l("排水大户"))
    industry = text(_l("行业类别"), 80)
    former_names = text(_l("曾用名"), 400)
    street_id = RowField(_l("所在街道"), streets, blank=_l("未注明"))
    unit_id = RowField(_l("监管单位"), units("enterprises", Act.ADD), blank=_l("由所在街道或本单位负责"))
    officer_id = RowField(_l("包联专干"), officers, blank=_l("未定"))
    city = text(_l("市"), 40)
    address = text(_l("地址"), 200)
    longitude = degrees(_l("经度（°）"), 180)
    latitude = degrees(_l("纬度（°）"), 90)
    legal_person = text(_l("法定代表人"), 60)
    contact = text(_l("联系人"), 60)
    phone = text(_l("联系电话"), 60)
    registered_on = DateField(_l("建档日期"), [Optional()])
    air_pollutants = long(_l("大气污染物"))
    air_standards = long(_l("大气排放标准"))
    water_pollutants = long(_l("水污染物"))
    water_standards = long(_l("水排放标准"))
    note = long(_l("备注"))

    def validate_officer_id(self, field: RowField) -> None:
        unit_id = self.looked_after_by()
        if field.data and field.data not in db.session.scalars(reaching("enterprises", Act.EDIT, unit_id)):
            raise ValidationError(_("包联专干不负责这个监管单位，请换人，或改选单位。"))

    def validate_registered_on(self, field: DateField) -> None:
        not_after_today(field)

    def looked_after_by(self) -> int:
        """The unit chosen; else that of the street, if I may add there; else my own."""
        mine = [id for id, _name in self.unit_id.rows()]
        if not mine:
            raise ValidationError(_("您没有可以建档的单位。"))
        wanted = self.unit_id.data or self.street_id.data
        return wanted if wanted in mine else mine[0]

    def populate_obj(self, enterprise: Enterprise) -> None:
        for field in self:
            if field.name not in {"credit_code", "unit_id", "kind", "csrf_token"}:
                field.populate_obj(enterprise, field.name)
        enterprise.kind = self.kind.data or EnterpriseClass.OTHER
        enterprise.unit_id = self.looked_after_by()
        for outlet in enterprise.outlets:
            outlet.unit_id = enterprise.unit_id
        if not enterprise.credit_code or self.credit_code.data != enterprise.credit_code:
            enterprise.take_code(self.credit_code.data)


def not_after_today(field: DateField) -> None:
    if field.data and field.data > dates.today():
        raise ValidationError(_("不能晚于今天。"))


class NewEnterpriseForm(EnterpriseForm):
    """On the register for the first time: it may have been closed long ago."""

    state = ChoiceField(
        _l("现状"), EnterpriseState, default=EnterpriseState.OPERATING,
        shown=[state for state in EnterpriseState if state is not EnterpriseState.VOID],
    )  # fmt: skip
    state_on = DateField(_l("现状起始日期"), [Optional()])

    def validate_state_on(self, field: DateField) -> None:
        not_after_today(field)


#: What may still be changed, by state. `None` is an enterprise not yet stored; a state not here is sealed.
FORMS: dict[EnterpriseState | None, type[Form]] = {
    None: NewEnterpriseForm,
    **{state: EnterpriseForm for state in EnterpriseState if state is not EnterpriseState.VOID},
}


def remark() -> TextAreaField:
    return TextAreaField(_l("说明"), [Length(max=2000)])


def by_default(day: date | None) -> date | None:
    """When to look again if nobody says; a turn entered long after is looked at as soon as can be."""
    months = setting("enterprises.recheck_months")
    return max(add_months(day, months), dates.today()) if day and months else None


class TurnForm(Form):
    """It stopped, closed, moved away or makes something else now."""

    day = DateField(_l("发生日期"), [InputRequired(MUST)], default=dates.today)
    plan_on = DateField(
        _l("计划复查日期"), [Optional()],
        description=_l("不填则按系统设置的月数自动安排；到期前提醒包联专干复查，防止死灰复燃。"),
    )  # fmt: skip
    remark = remark()

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)

    def validate_plan_on(self, field: DateField) -> None:
        if field.data and self.day.data and field.data < self.day.data:
            raise ValidationError(_("不能早于发生日期。"))

    def populate_obj(self, enterprise: Enterprise) -> None:
        enterprise.state_on = self.day.data
        moves.plan_recheck(enterprise, self.plan_on.data or by_default(self.day.data))


class ResumeForm(Form):
    day = DateField(_l("恢复日期"), [InputRequired(MUST)], default=dates.today)
    remark = remark()

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)

    def populate_obj(self, enterprise: Enterprise) -> None:
        enterprise.state_on = self.day.data


class RecheckForm(Form):
    day = DateField(_l("复查日期"), [InputRequired(MUST)], default=dates.today)
    found = RadioField(
        _l("复查结果"), [InputRequired(_l("请选择复查结果。"))],
        choices=lambda: [("holds", _l("未反弹")), ("relapsed", _l("已反弹"))],
    )  # fmt: skip
    next_on = DateField(_l("下次复查日期"), [Optional()])
    remark = remark()

    def validate_day(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and self.row.state_on and field.data < self.row.state_on:
            raise ValidationError(_("不能早于停产、关闭的日期 %(day)s。", day=self.row.state_on))

    def validate_next_on(self, field: DateField) -> None:
        if field.data and self.day.data and field.data <= self.day.data:
            raise ValidationError(_("应晚于本次复查日期。"))

    def validate_found(self, field: RadioField) -> None:
        if field.data == "relapsed" and not self.next_on.data:
            raise ValidationError(_("发现反弹，必须安排下次复查。"))

    def populate_obj(self, enterprise: Enterprise) -> None:
        relapsed = self.found.data == "relapsed"
        moves.recheck(enterprise, self.day.data or dates.today(), relapsed=relapsed, next_on=self.next_on.data)


MOVE_FORMS: dict[str, type[Form]] = {
    "recheck": RecheckForm,
    "stop": TurnForm,
    "convert": TurnForm,
    "relocate": TurnForm,
    "close": TurnForm,
    "resume": ResumeForm,
}


class OutletForm(Form):
    code = text(_l("编号"), 10, description=_l("废气 DA001，废水 DW001，噪声 DN001，雨水 YS001（HJ 608）。"))
    name = text(_l("名称"), 120, DataRequired(MUST))
    medium = ChoiceField(_l("类型"), OutletMedium, blank=_l("未注明"))
    longitude = degrees(_l("经度（°）"), 180)
    latitude = degrees(_l("纬度（°）"), 90)
    pollutants = long(_l("污染物"))
    signed = BooleanField(_l("已设标志牌"))
    signed_on = DateField(_l("立标日期"), [Optional()])
    online = BooleanField(_l("已装在线监测并联网"))
    online_on = DateField(_l("联网日期"), [Optional()])
    registered_on = DateField(_l("建档日期"), [Optional()])
    note = long(_l("备注"))

    #: given by the view: whose outlet it is
    owner: Enterprise | None = None

    def validate_code(self, field: StringField) -> None:
        field.data = (field.data or "").upper() or None
        if field.data and not re.fullmatch(OUTLET_CODE, field.data):
            raise ValidationError(_("应为 DA、DW、DN 或 YS 加三位数字，例如 DA001。"))
        taken = select(Outlet.id).where(Outlet.code == field.data, Outlet.state != OutletState.VOID)
        taken = taken.where(Outlet.enterprise_id == (self.owner.id if self.owner else None))
        if field.data and db.session.scalar(taken.where(Outlet.id != (self.row.id if self.row else 0))):
            raise ValidationError(_("本企业已有编号 %(code)s 的排放口。", code=field.data))

    def validate_signed_on(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and not self.signed.data:
            raise ValidationError(_("填了立标日期，请同时勾选“已设标志牌”。"))

    def validate_online_on(self, field: DateField) -> None:
        not_after_today(field)
        if field.data and not self.online.data:
            raise ValidationError(_("填了联网日期，请同时勾选“已装在线监测并联网”。"))

    def validate_registered_on(self, field: DateField) -> None:
        not_after_today(field)

    def populate_obj(self, outlet: Outlet) -> None:
        for field in self:
            if field.name not in {"enterprise", "csrf_token"}:
                field.populate_obj(outlet, field.name)
        outlet.registered_on = outlet.registered_on or dates.today()
        if self.owner:
            outlet.enterprise_id, outlet.unit_id = self.owner.id, self.owner.unit_id


class OutletSheetForm(OutletForm):
    """A row of a sheet of outlets, which names the enterprise."""

    enterprise = text(_l("企业名称"), 200, DataRequired(MUST))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        try:  # first, for the other fields ask whose outlet it is
            self.owner = work.named(self.enterprise.data or "", me, act=Act.EDIT)
        except Refused:
            self.owner = None
        return bool(super().validate(*args, **kwargs))

    def validate_enterprise(self, field: StringField) -> None:
        if field.data and self.owner is None:
            try:
                work.named(field.data, me, act=Act.EDIT)
            except Refused as error:
                raise ValidationError(str(error)) from error
