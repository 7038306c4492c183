"""A permit and a limit, as they are entered; what its moves ask stands in `move_forms`."""

import re
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, User
from ems.core.policy import ALLOWED, Act, reaching
from ems.enterprises import work as enterprises
from ems.enterprises.models import Enterprise
from ems.permits import work
from ems.permits.models import (
    Authority,
    Direction,
    Origin,
    Permit,
    PermitClass,
    PermitLimit,
    PermitState,
)
from ems.permits.moves import IN_FORCE, RENEWING, VALID
from ems.web.forms import ChoiceField, DateField, Form, RowField, units
from ems.web.session import me

MUST = _l("请填写。")
DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,12})?")


def stripped(value: str | None) -> str:
    return (value or "").strip()


def text(label: Any, most: int, *more: Any, **kwargs: Any) -> StringField:
    return StringField(label, [*more, Length(max=most)], filters=[stripped], **kwargs)


def long(label: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=4000)], filters=[stripped], render_kw={"rows": 2})


def not_after_today(field: DateField) -> None:
    if field.data and field.data > dates.today():
        raise ValidationError(_("不能晚于今天。"))


def officers() -> list[tuple[int, str]]:
    """Whoever may handle permits somewhere; the form asks whether they may at its unit."""
    able = select(Post.user_id).where(Post.role.in_(sorted(ALLOWED["permits"][Act.HANDLE])))
    asked = select(User.id, User.name).where(User.id.in_(able), User.active).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(asked)]


class PermitForm(Form):
    no = text(_l("许可证编号"), 60, DataRequired(MUST))
    permit_class = ChoiceField(_l("管理类别"), PermitClass, blank=_l("未注明"))
    authority = ChoiceField(_l("发证机关"), Authority, blank=_l("未注明"))
    origin = ChoiceField(_l("办理方式"), Origin, default=Origin.FIRST)
    issued_on = DateField(_l("核发日期"), [Optional()])
    valid_from = DateField(_l("有效期起"), [Optional()])
    valid_to = DateField(_l("有效期至"), [Optional()], description=_l("留空表示有效期不明，不产生延续期限。"))
    unit_id = RowField(_l("监管单位"), units("permits", Act.ADD), blank=_l("由企业的监管单位或本单位负责"))
    officer_id = RowField(_l("经办人"), officers, blank=_l("未定"))
    note = long(_l("备注"))

    #: whose permit it is, once it is known
    owner: Enterprise | None = None

    def validate_no(self, field: StringField) -> None:
        same = select(Permit.title).where(Permit.no == field.data, Permit.state.in_(sorted(IN_FORCE)))
        holder = db.session.scalar(same.where(Permit.id != (self.row.id if self.row else 0)))
        if holder and self.remains():
            raise ValidationError(_("已有同号的有效许可证（%(name)s）。", name=holder))

    def remains(self) -> bool:
        """Whether it is to be one in force."""
        return True

    def validate_issued_on(self, field: DateField) -> None:
        not_after_today(field)

    def validate_valid_to(self, field: DateField) -> None:
        if field.data and self.valid_from.data and field.data < self.valid_from.data:
            raise ValidationError(_("不能早于有效期起。"))

    def validate_officer_id(self, field: RowField) -> None:
        able = reaching("permits", Act.HANDLE, self.looked_after_by())
        if field.data and field.data not in db.session.scalars(able):
            raise ValidationError(_("经办人不负责这个监管单位，请换人，或改选单位。"))

    def looked_after_by(self) -> int:
        """The unit chosen; else the enterprise's, if I may add there; else my own."""
        mine = [id for id, _name in self.unit_id.rows()]
        if not mine:
            raise ValidationError(_("您没有可以登记许可证的单位。"))
        wanted = self.unit_id.data or (self.owner and self.owner.unit_id)
        return wanted if wanted in mine else mine[0]

    def populate_obj(self, permit: Permit) -> None:
        for field in self:
            if field.name not in {"holder", "unit_id", "officer_id", "csrf_token"}:
                field.populate_obj(permit, field.name)
        permit.origin = self.origin.data or Origin.FIRST
        permit.unit_id = self.looked_after_by()
        work.pass_on(permit, self.officer_id.data)
        if permit.id:
            work.materialise(permit)


class Sought(Form):
    """A form that names an enterprise in words: its number, name or credit code."""

    owner: Enterprise | None = None
    asked_in = "holder"

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        said = getattr(self, self.asked_in)
        try:  # first, for the other fields ask whose it is
            self.owner = enterprises.named(said.data or "", me)
        except Refused:
            self.owner = None
        return bool(super().validate(*args, **kwargs))

    def must_be_known(self, field: StringField) -> None:
        if field.data and self.owner is None:
            try:
                enterprises.named(field.data, me)
            except Refused as error:
                raise ValidationError(str(error)) from error


class NewPermitForm(Sought, PermitForm):
    """A permit not on the register yet; it may have run out, or be under way to its renewal."""

    holder = text(_l("持证企业"), 200, DataRequired(MUST), render_kw={"list": "enterprises", "autocomplete": "off"})
    state = ChoiceField(
        _l("状态"), PermitState, default=VALID,
        shown=[VALID, RENEWING, PermitState.EXPIRED, PermitState.REVOKED],
    )  # fmt: skip
    renewal_applied_on = DateField(_l("延续申请日期"), [Optional()])

    def validate_holder(self, field: StringField) -> None:
        self.must_be_known(field)

    def validate_renewal_applied_on(self, field: DateField) -> None:
        not_after_today(field)

    def validate_state(self, field: ChoiceField) -> None:
        if field.data is RENEWING and not self.renewal_applied_on.data:
            raise ValidationError(_("状态为“延续审查中”，请填写申请日期。"))

    def remains(self) -> bool:
        lapsed = self.valid_to.data and self.valid_to.data < dates.today() and not self.renewal_applied_on.data
        return self.state.data in IN_FORCE and not lapsed

    def populate_obj(self, permit: Permit) -> None:
        if self.owner:
            permit.enterprise_id = self.owner.id
        super().populate_obj(permit)
        permit.entered_on = permit.entered_on or dates.today()
        permit.chased_on = permit.renewal_applied_on


#: What may still be changed, by state. `None` is a permit not yet stored; a state not here is sealed.
FORMS: dict[PermitState | None, type[PermitForm]] = {None: NewPermitForm, VALID: PermitForm, RENEWING: PermitForm}


class LimitForm(Form):
    pollutant = text(_l("污染物"), 80, DataRequired(MUST))
    outlet = text(_l("排放口"), 120, render_kw={"list": "outlets"}, description=_l("编号或名称；留空为全厂。"))
    value = text(_l("限值"), 30, description=_l("例如 50 或 0.5。范围（如 pH 6–9）请分两行：不低于、不高于。"))
    unit_of = text(_l("单位"), 40)
    direction = ChoiceField(_l("方向"), Direction, blank=_l("按单位判断"))
    annual = text(_l("年许可量（吨）"), 30)
    standard = text(_l("执行标准"), 200)

    owner: Enterprise | None = None

    def validate_value(self, field: StringField) -> None:
        decimal(field)
        if not field.data and not self.annual.data:
            raise ValidationError(_("限值和年许可量至少填一项。"))

    def validate_annual(self, field: StringField) -> None:
        decimal(field)

    def populate_obj(self, limit: PermitLimit) -> None:
        for field in self:
            if field.name not in {"enterprise", "direction", "csrf_token"}:
                field.populate_obj(limit, field.name)
        limit.direction = self.direction.data or work.direction_of(limit.unit_of)
        if self.owner:
            limit.enterprise_id = self.owner.id
            found = enterprises.outlet_named(self.owner, limit.outlet) if limit.outlet else None
            limit.outlet_id = found.id if found else None


def decimal(field: StringField) -> None:
    if field.data and not DECIMAL.fullmatch(field.data):
        raise ValidationError(_("不是数字，请写成 50 或 0.5 这样的十进制数。"))


class LimitSheetForm(Sought, LimitForm):
    """A row of a sheet of limits, which names the enterprise; an outlet not known yet is put on the register."""

    asked_in = "enterprise"
    enterprise = text(_l("企业名称"), 200, DataRequired(MUST))

    def validate_enterprise(self, field: StringField) -> None:
        self.must_be_known(field)

    def populate_obj(self, limit: PermitLimit) -> None:
        super().populate_obj(limit)
        if self.owner:
            work.place(limit, self.owner)
