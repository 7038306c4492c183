"""The forms of a plan, of a random draw, and of what an officer declares."""

from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from ems.core import dates
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Unit, User
from ems.core.policy import Act, reaching
from ems.enterprises import work as enterprises
from ems.enterprises.models import Enterprise, EnterpriseClass
from ems.inspections.draws import usual_weights
from ems.inspections.forms import MUST, home, text
from ems.inspections.models import LAW, InspectionType
from ems.inspections.plan_models import (
    Draw,
    InspectionPlan,
    OfficerConflict,
    PlanKind,
    PlanQuota,
    PlanState,
    PlanTarget,
)
from ems.web.forms import ChoiceField, DateField, Form, RowField, SelectChoice, people, units
from ems.web.session import can, me

PLANNABLE = [type for type in InspectionType if type in LAW and type is not InspectionType.ORDER_RECHECK]
MOST = 20_000  # houses
OFTEN = 12  # times in a period


class CountField(IntegerField):
    """A whole number; says so where it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value.strip() for value in valuelist if value.strip()])
        except ValueError as error:
            raise ValueError(_("请填写整数。")) from error


def count(label: Any, most: int, least: int = 1, **kwargs: Any) -> CountField:
    fits = NumberRange(least, most, _l("请填写 %(min)s 到 %(max)s 之间的整数。"))
    return CountField(label, [Optional(), fits], render_kw={"inputmode": "numeric"}, **kwargs)


class PeriodForm(Form):
    """What a plan and a draw both say."""

    title = text(_l("名称"), 200, InputRequired(MUST))
    type = ChoiceField(_l("检查类型"), InspectionType, shown=PLANNABLE)
    unit_id = RowField(_l("检查单位"), units("plans", Act.ADD), default=home)
    scope_id = RowField(
        _l("企业范围"), units("enterprises", Act.VIEW), description=_l("这个单位和下级单位监管、或者在其辖区内的企业。")
    )  # fmt: skip
    from_on = DateField(_l("自"), [InputRequired(MUST)], default=dates.today)
    until_on = DateField(_l("至"), [InputRequired(MUST)])

    def validate_until_on(self, field: DateField) -> None:
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise ValidationError(_("不能早于开始日期。"))
        if field.data and field.data < dates.today():
            raise ValidationError(_("不能早于今天。"))


class PlanForm(PeriodForm):
    kind = ChoiceField(_l("方式"), PlanKind)
    houses = count(_l("家数"), MOST, description=_l("按风险：取分数最高的若干家；空着为全部。"))
    times = count(_l("每家次数"), OFTEN, default=1, description=_l("按风险、专项用；按类别的填在下面。"))
    names = TextAreaField(
        _l("专项检查的企业"), [Length(max=40_000)], render_kw={"rows": 4},
        description=_l("只用于专项。一行一家，填名称、编号或者统一社会信用代码。"),
    )  # fmt: skip
    note = TextAreaField(_l("说明"), [Length(max=1000)], render_kw={"rows": 2})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: list[Enterprise] = []

    def validate_names(self, field: TextAreaField) -> None:
        if self.kind.data is not PlanKind.CAMPAIGN:
            return
        said = dict.fromkeys(line.strip() for line in (field.data or "").splitlines() if line.strip())
        if not said:
            raise ValidationError(_("请填写专项检查的企业。"))
        faults = []
        for line in said:
            try:
                self.found.append(enterprises.named(line, me))
            except Refused as error:
                faults.append(str(error))
        if faults:
            raise ValidationError(" ".join(faults[:5]))

    def validate_kind(self, field: ChoiceField) -> None:
        if field.data is PlanKind.CLASSES and not any(self[f"{kind.value}_times"].data for kind in EnterpriseClass):
            raise ValidationError(_("请至少填写一类企业的次数。"))

    def populate_obj(self, plan: InspectionPlan) -> None:
        for name in ("title", "type", "unit_id", "scope_id", "from_on", "until_on", "kind", "houses"):
            setattr(plan, name, self[name].data)
        plan.times, plan.note = self.times.data or 1, (self.note.data or "").strip()
        known = {quota.kind: quota for quota in plan.quotas}
        plan.quotas = [self.quota(kind, known.get(kind)) for kind in self.asked()]
        there = {one.enterprise_id: one for one in plan.named}
        ids = dict.fromkeys(one.id for one in self.found)
        plan.named = [there.get(id) or PlanTarget(enterprise_id=id) for id in ids]

    def asked(self) -> list[EnterpriseClass]:
        if self.kind.data is not PlanKind.CLASSES:
            return []
        return [kind for kind in EnterpriseClass if self[f"{kind.value}_times"].data]

    def quota(self, kind: EnterpriseClass, known: PlanQuota | None) -> PlanQuota:
        quota = known or PlanQuota(kind=kind)
        quota.houses, quota.times = self[f"{kind.value}_houses"].data, self[f"{kind.value}_times"].data
        return quota


for _kind in EnterpriseClass:  # of each class: how many houses, how often
    setattr(PlanForm, f"{_kind.value}_houses", count(_l("%(kind)s家数", kind=_kind.label), MOST))
    setattr(PlanForm, f"{_kind.value}_times", count(_l("%(kind)s每家次数", kind=_kind.label), OFTEN))


def said(plan: InspectionPlan) -> dict[str, Any]:
    """What the form shows of a plan beside its columns."""
    found: dict[str, Any] = {"names": "\n".join(one.enterprise.name for one in plan.named)}
    for quota in plan.quotas:
        found |= {f"{quota.kind.value}_houses": quota.houses, f"{quota.kind.value}_times": quota.times}
    return found


def plans() -> list[tuple[int, str]]:
    """Approved plans a draw may be part of."""
    able = InspectionPlan.kind == PlanKind.DRAW, InspectionPlan.state == PlanState.APPROVED
    rows = select(InspectionPlan.id, InspectionPlan.no, InspectionPlan.title).where(*able)
    return [(id, f"{no} {title}") for id, no, title in db.session.execute(rows.order_by(InspectionPlan.id.desc()))]


class DrawForm(PeriodForm):
    plan_id = RowField(_l("属于计划"), plans, blank=_l("不属于计划"))
    houses = CountField(
        _l("抽取家数"), [InputRequired(MUST), NumberRange(1, 2000, _l("请填写 %(min)s 到 %(max)s 之间的整数。"))],
        render_kw={"inputmode": "numeric"},
    )  # fmt: skip
    rested_days = count(_l("近多少天检查过的不抽"), 730, 0, default=90)
    public_number = text(
        _l("公开数"), 60, InputRequired(MUST),
        description=_l("随机种子由它和公布时间组成。用本局决定不了的数，例如当日上证指数收盘点数。"),
    )  # fmt: skip
    by_risk = BooleanField(_l("风险分每满 10 分，权重加 1"), default=True)
    avoid_own = BooleanField(_l("包联专干回避自己包联的企业"), default=True)

    def populate_obj(self, draw: Draw) -> None:
        if self.public_number.data != draw.public_number:
            draw.announced_at = dates.now().replace(microsecond=0)
        plain = ("title", "type", "unit_id", "scope_id", "from_on", "until_on", "plan_id", "houses", "public_number")
        for name in plain:
            setattr(draw, name, self[name].data)
        draw.by_risk, draw.avoid_own = self.by_risk.data, self.avoid_own.data
        draw.rested_days = self.rested_days.data or 0
        draw.weights = {kind.value: self[f"weight_{kind.value}"].data or 0 for kind in EnterpriseClass}

    def validate_houses(self, _field: IntegerField) -> None:
        if not any(self[f"weight_{kind.value}"].data for kind in EnterpriseClass):
            raise ValidationError(_("各类权重都是 0，什么也抽不到。"))


for _kind in EnterpriseClass:
    _field = count(_l("%(kind)s权重", kind=_kind.label), 100, 0, default=usual_weights()[_kind])
    setattr(DrawForm, f"weight_{_kind.value}", _field)


def witnesses() -> list[tuple[int, str]]:
    """Whoever may look at draws, but me."""
    able = User.id.in_(reaching("plans", Act.VIEW, home()))
    rows = select(User.id, User.name).where(able, User.active, User.id != me.id).order_by(User.name, User.id)
    return [(id, name) for id, name in db.session.execute(rows)]


class WitnessForm(Form):
    """Who looks on while it is drawn; they confirm it themselves."""

    witness_id = RowField(_l("监督人"), witnesses, description=_l("监督人须是另一人，登录后亲自确认。"))


def declarers() -> list[tuple[int, str]]:
    """A chief notes it for anybody who inspects; others only for themselves."""
    if not can("plans", Act.APPROVE):
        return [(me.id, me.name)]
    return people("plans", Act.HANDLE, home)()


class ConflictForm(Form):
    user_id = RowField(_l("人员"), declarers)
    party = text(
        _l("企业"), 200, description=_l("填名称、编号或者统一社会信用代码；没有建档的填代码。"),
        render_kw={"list": "enterprises", "autocomplete": "off"},
    )  # fmt: skip
    of_unit_id = SelectField(_l("或者单位"), coerce=lambda v: int(v) if v and v != "None" else None)
    reason = text(_l("事由"), 300, InputRequired(MUST))
    since = DateField(_l("自"), [InputRequired(MUST)], default=dates.today)
    until = DateField(_l("至"), [Optional()], description=_l("空着为长期。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = db.session.execute(select(Unit.id, Unit.name).where(Unit.active).order_by(Unit.path, Unit.id))
        self.of_unit_id.choices = [SelectChoice("", _("不涉及")), *(SelectChoice(str(id), name) for id, name in rows)]
        self.enterprise: Enterprise | None = None

    def validate_party(self, field: Any) -> None:
        if not field.data and not self.of_unit_id.data:
            raise ValidationError(_("请填写企业，或者选择单位。"))
        if field.data and not is_code(field.data):
            try:
                self.enterprise = enterprises.named(field.data, me)
            except Refused as error:
                raise ValidationError(str(error)) from error

    def validate_until(self, field: DateField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError(_("不能早于开始日期。"))

    def populate_obj(self, one: OfficerConflict) -> None:
        for name in ("user_id", "reason", "since", "until", "of_unit_id"):
            setattr(one, name, self[name].data)
        one.enterprise_id = self.enterprise.id if self.enterprise else None
        one.credit_code = "" if self.enterprise else (self.party.data or "").upper()


def is_code(said: str) -> bool:
    """18 letters and digits: it is taken as a code whether or not there is such an enterprise yet."""
    code = 18
    return len(said) == code and said.isascii() and said.isalnum()
