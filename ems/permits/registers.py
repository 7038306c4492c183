"""What the registers of permits, annual reviews and limits show, and how they are narrowed."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from ems.core import dates, search
from ems.core.db import Choice
from ems.core.duties import Duty, having, late
from ems.core.people import Unit, User
from ems.core.reckon import add_months
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.models import Enterprise
from ems.permits.models import (
    Authority,
    Direction,
    Origin,
    Permit,
    PermitClass,
    PermitLimit,
    PermitReview,
    PermitState,
    ReviewResult,
    ReviewState,
)
from ems.permits.moves import IN_FORCE, OPEN

P, R, L = Permit, PermitReview, PermitLimit
OFFICER, REVIEWER, LOOKING = aliased(User), aliased(User), aliased(Unit)


def one_of(column: Any, words: type[Choice], value: str) -> ColumnElement[bool]:
    if value not in {word.value for word in words}:
        raise ValueError(value)
    found: ColumnElement[bool] = column == value
    return found


def of_permit(column: Any, words: str) -> ColumnElement[bool]:
    """Rows that hang on a permit are found by what is found of the permit: they are too many to be indexed each."""
    found: ColumnElement[bool] = column.in_(select(P.id).where(search.matches(P, words)))
    return found


def in_force() -> ColumnElement[bool]:
    return P.state.in_(sorted(IN_FORCE))


def expiring() -> ColumnElement[bool]:
    return P.valid_to.between(dates.today(), add_months(dates.today(), 6))


def to_chase() -> ColumnElement[bool]:
    """The enterprise's own day to apply has gone by, and nobody has asked it yet."""
    return having(P, Duty.rule == "PERMIT_RENEW_CHASE", Duty.due_on <= dates.today())


def with_people(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Enterprise, Enterprise.id == P.enterprise_id).join(LOOKING, LOOKING.id == P.unit_id)
    return rows.outerjoin(OFFICER, OFFICER.id == P.officer_id)


REGISTER = Register(
    name=_l("排污许可证"),
    model=Permit,
    columns=(
        Column("no", _l("许可证编号"), P.no, "no",
               ("排污许可证编号", "许可证号", "排污许可证号", "许可证", "排污许可证", "证书编号"), sort=True, width=26),
        Column("title", _l("企业名称"), P.title, "holder",
               ("企业", "单位名称", "名称", "排污单位名称", "排污单位", "持证单位"), sort=True, width=36),
        Column("state", _l("状态"), P.state, "state", ("许可证状态",), choice=PermitState, kind="state"),
        Column("permit_class", _l("管理类别"), P.permit_class, "permit_class", ("许可证类别", "许可类别"),
               choice=PermitClass),
        Column("authority", _l("发证机关"), P.authority, "authority", ("核发机关", "审批机关", "核发部门"),
               choice=Authority),
        Column("valid_from", _l("有效期起"), P.valid_from, "valid_from", ("有效期开始", "有效期起始", "生效日期"),
               kind="date", listed=False),
        Column("valid_to", _l("有效期至"), P.valid_to, "valid_to", ("有效期止", "有效期限", "有效期", "截止日期"),
               kind="date", sort=True),
        Column("officer", _l("经办人"), OFFICER.name, "officer_id", ("专干", "责任人")),
        Column("issued_on", _l("核发日期"), P.issued_on, "issued_on", ("发证日期", "颁发日期", "发证时间"), kind="date",
               sort=True, listed=False),
        Column("origin", _l("办理方式"), P.origin, "origin", ("业务类型",), choice=Origin, listed=False),
        Column("renewal_applied_on", _l("延续申请日期"), P.renewal_applied_on, "renewal_applied_on", kind="date",
               listed=False),
        Column("ended_on", _l("终止日期"), P.ended_on, kind="date", listed=False),
        Column("enterprise_no", _l("企业编号"), Enterprise.no, listed=False),
        Column("credit_code", _l("统一社会信用代码"), Enterprise.credit_code, listed=False, width=24),
        Column("unit", _l("监管单位"), LOOKING.name, "unit_id", ("管理单位", "负责单位"), listed=False, width=20),
        Column("note", _l("备注"), P.note, "note", ("说明",), listed=False, width=36),
    ),
    filters=(
        Filter("permit_class", _l("管理类别"), lambda v: one_of(P.permit_class, PermitClass, v), PermitClass.choices),
        Filter("state", _l("状态"), lambda v: one_of(P.state, PermitState, v), PermitState.choices),
        Filter("authority", _l("发证机关"), lambda v: one_of(P.authority, Authority, v), Authority.choices),
        Filter("before", _l("有效期至不晚于"), lambda v: P.valid_to <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我经办"), lambda me: (P.officer_id == me.id) & in_force()),
        View("expiring", _l("半年内届满"), lambda _me: expiring() & in_force()),
        View("chase", _l("待查问"), lambda _me: to_chase()),
        View("late", _l("逾期"), lambda _me: late(P)),
        View("unknown", _l("有效期不明"), lambda _me: P.valid_to.is_(None) & in_force()),
    ),
    order="no",
    join=with_people,
)  # fmt: skip


def with_reviewer(rows: Select[Any]) -> Select[Any]:
    return rows.outerjoin(REVIEWER, REVIEWER.id == R.reviewer_id)


REVIEWS = Register(
    name=_l("排污许可年审"),
    model=PermitReview,
    columns=(
        Column("no", _l("许可证编号"), R.no, sort=True, width=26),
        Column("title", _l("企业名称"), R.title, sort=True, width=36),
        Column("year", _l("年审年度"), R.year, sort=True),
        Column("state", _l("状态"), R.state, choice=ReviewState, kind="state"),
        Column("from_on", _l("年审周期起"), R.from_on, kind="date", sort=True),
        Column("reviewed_on", _l("年审日期"), R.reviewed_on, kind="date", sort=True),
        Column("result", _l("年审结果"), R.result, choice=ReviewResult),
        Column("reviewer", _l("审查人"), REVIEWER.name),
        Column("note", _l("备注"), R.note, listed=False, width=36),
    ),
    filters=(
        Filter("holder", _l("许可证编号、企业"), lambda v: of_permit(R.permit_id, v)),
        Filter("of", _l("年审年度"), lambda v: R.year == int(v), kind="number"),
        Filter("state", _l("状态"), lambda v: one_of(R.state, ReviewState, v), ReviewState.choices),
        Filter("result", _l("年审结果"), lambda v: one_of(R.result, ReviewResult, v), ReviewResult.choices),
    ),
    views=(
        View("mine", _l("我审查"), lambda me: (R.reviewer_id == me.id) & (R.state == OPEN)),
        View("late", _l("逾期"), lambda _me: late(R)),
    ),
    order="from_on",
    join=with_reviewer,
    searched=False,
)


def with_owner(rows: Select[Any]) -> Select[Any]:
    return rows.join(Enterprise, Enterprise.id == L.enterprise_id).outerjoin(P, P.id == L.permit_id)


LIMITS = Register(
    name=_l("许可限值"),
    model=PermitLimit,
    columns=(
        Column("pollutant", _l("污染物"), L.pollutant, "pollutant", ("污染因子", "污染物名称"), sort=True, width=20),
        Column(
            "enterprise",
            _l("企业名称"),
            Enterprise.name,
            "enterprise",
            ("企业", "单位名称", "排污单位名称", "排污单位"),
            sort=True,
            width=36,
        ),
        Column("outlet", _l("排放口"), L.outlet, "outlet", ("排放口名称", "排放口编号", "排口"), sort=True, width=20),
        Column("direction", _l("方向"), L.direction, "direction", choice=Direction),
        Column("value", _l("限值"), L.value, "value", ("标准值", "许可限值", "排放限值", "许可排放浓度限值")),
        Column("unit_of", _l("单位"), L.unit_of, "unit_of", ("计量单位", "浓度单位")),
        Column("annual", _l("年许可量（吨）"), L.annual, "annual", ("年许可排放量", "年排放总量")),
        Column("void", _l("已作废"), L.void, kind="flag"),
        Column("standard", _l("执行标准"), L.standard, "standard", ("排放标准", "标准名称"), listed=False, width=36),
        Column("permit", _l("许可证编号"), P.no, listed=False, width=26),
    ),
    filters=(Filter("direction", _l("方向"), lambda v: one_of(L.direction, Direction, v), Direction.choices),),
    order="enterprise",
    join=with_owner,
    searched=False,
)
