"""Tables of permits and of limits: whose they are, what is doubtful, and the rows they become."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import StringField
from wtforms.validators import Length

from ems.core import dates
from ems.core.db import db
from ems.core.policy import Act, reach
from ems.core.register import Column
from ems.core.workflow import step
from ems.enterprises.credit_code import LENGTH, CodeDoubt, read
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet, OutletState
from ems.permits import work
from ems.permits.forms import LimitSheetForm, NewPermitForm
from ems.permits.models import Authority, Origin, Permit, PermitClass, PermitLimit, PermitState
from ems.permits.registers import LIMITS, REGISTER
from ems.permits.report_sheets import RECEIVED_REPORTS
from ems.permits.rules import NUMBER
from ems.web.forms import RowField, units
from ems.web.kinds import Doubt, Given, ImportKind, Intake, Row, homes, mean

AT_ONCE = 500  # values in one question to the database
SURE = frozenset({None, CodeDoubt.REPAIRED, CodeDoubt.SUFFIX})
CODE = Column("credit_code", _l("统一社会信用代码"), None, "credit_code", ("信用代码", "社会信用代码", "代码"))
CLASSES = (
    mean(PermitClass.KEY, "重点 重点管理类")
    | mean(PermitClass.SIMPLIFIED, "简化 简化管理类 一般")
    | mean(PermitClass.REGISTERED, "登记 登记表 排污登记")
)
AUTHORITIES = mean(Authority.OWN, "本级 区局 高新区") | mean(Authority.CITY, "市级 市生态环境局 市环保局")
STATES = (
    mean(PermitState.VALID, "有效期内 正常 在用")
    | mean(PermitState.EXPIRED, "过期 失效 到期 已过期")
    | mean(PermitState.REVOKED, "注销 撤销 吊销 已注销 已撤销")
)
ORIGINS = mean(Origin.FIRST, "首次 新申请 首次申请") | mean(Origin.RENEWAL, "换证 延期") | mean(Origin.CHANGE, "变更证")
OF_A_PERMIT = ("no", "valid_from", "valid_to", "issued_on", "permit_class")  # a row without any of them has no permit


class PermitRowForm(NewPermitForm):
    unit_id = RowField(_l("监管单位"), units("permits", Act.LOAD), blank="")
    credit_code = StringField(_l("统一社会信用代码"), [Length(max=60)])

    def validate_no(self, field: StringField) -> None:
        """Asked of all rows at once, in `judge`; and so is whose permit it is."""

    def validate_holder(self, field: StringField) -> None:
        pass

    def validate_officer_id(self, field: RowField) -> None:
        if field.data:
            super().validate_officer_id(field)


class LimitRowForm(LimitSheetForm):
    credit_code = StringField(_l("统一社会信用代码"), [Length(max=60)])

    def validate_enterprise(self, field: StringField) -> None:
        """Asked of all rows at once, in `judge`."""


def owners(rows: Sequence[Row], name: str, given: Given) -> Iterator[Doubt]:
    """Whose each row is: by a sound credit code, else by the exact name. It goes into the row's `enterprise_id`."""
    by_code = found(Enterprise.credit_code, {code for row in rows if (code := sound_code(row))}, given)
    by_name = found(Enterprise.name, {row.data[name] for row in rows if row.data[name]}, given)
    for row in rows:
        code, said = sound_code(row), row.data[name]
        own = by_code.get(code or "") or by_name.get(said) or []
        row.data["enterprise_id"] = own[0].id if len(own) == 1 else None
        if said and not own:
            yield Doubt(row, name, _("没有这家企业的档案"), _("先导入企业，再导入这张表"), fault=True)
        elif len(own) > 1:
            why = _("对应不止一家企业")
            yield Doubt(row, name, why, _("补上信用代码，例如 %(no)s 的代码", no=own[0].no), fault=True)
        elif own and said and own[0].name != said:
            why = _("代码是“%(name)s”的，按代码归入", name=own[0].name)
            yield Doubt(row, name, why, _("名称不同的请核对；曾用名记入档案"))


def sound_code(row: Row) -> str | None:
    reading = read(row.data["credit_code"])
    return reading.code if reading.doubt in SURE else None


def found(column: Any, values: set[str], given: Given) -> dict[str, list[Enterprise]]:
    """The enterprises of these names or codes that the person may see."""
    known: defaultdict[str, list[Enterprise]] = defaultdict(list)
    mine = Enterprise.unit_id.in_(reach(given.user, "enterprises"))
    listed = sorted(values)
    for at in range(0, len(listed), AT_ONCE):
        asked = select(Enterprise).where(column.in_(listed[at : at + AT_ONCE]), mine)
        asked = asked.where(Enterprise.state != EnterpriseState.VOID).order_by(Enterprise.id)
        for one in db.session.scalars(asked):
            known[getattr(one, column.key)].append(one)
    return known


def no_permit(row: Row) -> str:
    """A table of enterprises names the permits of some."""
    return "" if any(row.said.get(name) for name in OF_A_PERMIT) else _("没有许可证编号")


def judge_permits(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    yield from owners(rows, "holder", given)
    yield from taken_numbers(rows)
    for row in rows:
        no = row.data["no"] or ""
        if no and (len(no) != NUMBER or no.upper() != no):
            yield Doubt(row, "no", _("编号格式不符，照原样存入"), _("一般为 18 位信用代码、3 位序号和 1 位大写字母"))
        elif no and (code := sound_code(row)) and no[:LENGTH] != code:
            yield Doubt(row, "no", _("编号前 18 位与信用代码不同"), _("请照许可证核对"))
        if row.data["valid_to"] is None:
            yield Doubt(row, "valid_to", _("有效期不明，不产生延续期限"), _("照许可证补录有效期至"))


def taken_numbers(rows: Sequence[Row]) -> Iterator[Doubt]:
    """A number is in force once."""
    wanted = {row.data["no"]: row for row in rows if row.data["no"]}
    values = sorted(wanted)
    for at in range(0, len(values), AT_ONCE):
        held = select(Permit.no, Permit.title).where(Permit.no.in_(values[at : at + AT_ONCE]))
        held = held.where(Permit.state != PermitState.VOID).order_by(Permit.id)
        for no, title in db.session.execute(held):
            if no in wanted:
                why = _("这个编号已经登记（%(name)s）", name=title)
                yield Doubt(wanted.pop(no), "no", why, _("删去这一行，或改正编号"), fault=True)


PERMIT = ("no", "permit_class", "authority", "issued_on", "valid_from", "valid_to", "renewal_applied_on",
          "enterprise_id", "officer_id")  # fmt: skip


def store_permits(rows: Sequence[Row], given: Given) -> int:
    mine = {id for id, _name in homes(given.user, "permits")}
    made = [work.enter(permit(row, given, mine)) for row in rows]
    db.session.flush()
    for row, one in zip(rows, made, strict=True):
        said = _("由表格导入：%(file)s 第 %(n)s 行。", file=given.file, n=row.number)
        db.session.add(step(one, given.user, said, move="register", after=one.state))
    return len(made)


def permit(row: Row, given: Given, mine: set[int]) -> Permit:
    data = row.data
    one = Permit(**{name: data[name] for name in PERMIT}, note=data["note"] or "", entered_on=dates.today())
    one.origin, one.state = data["origin"] or Origin.FIRST, data["state"] or PermitState.VALID
    one.chased_on = one.renewal_applied_on
    owner = db.session.get_one(Enterprise, one.enterprise_id)
    wanted = data["unit_id"] if row.said.get("unit_id") else owner.unit_id
    unit_id: Any = wanted if wanted in mine else given.unit_id
    one.unit_id = unit_id
    return one


def judge_limits(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    yield from owners(rows, "enterprise", given)
    first: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = limited(row)
        if key in first:
            yield Doubt(row, "pollutant", _("与第 %(n)s 行是同一项限值", n=first[key].number), _("保留一行"))
        first.setdefault(key, row)
    owned = sorted({key[0] for key in first if key[0]})
    for at in range(0, len(owned), AT_ONCE):
        asked = select(PermitLimit).where(PermitLimit.enterprise_id.in_(owned[at : at + AT_ONCE]), ~PermitLimit.void)
        for limit in db.session.scalars(asked.order_by(PermitLimit.id)):
            key = (limit.enterprise_id, limit.outlet, limit.pollutant, limit.direction)
            if key in first:
                yield Doubt(first.pop(key), "pollutant", _("这项限值已经登记"), _("删去这一行"), fault=True)


def limited(row: Row) -> tuple[Any, ...]:
    data = row.data
    direction = data["direction"] or work.direction_of(data["unit_of"] or "")
    return data["enterprise_id"], data["outlet"] or "", data["pollutant"], direction


LIMIT = ("enterprise_id", "outlet", "pollutant", "value", "unit_of", "annual", "standard")


def store_limits(rows: Sequence[Row], given: Given) -> int:
    """Each under its enterprise's one permit in force, at its outlet; outlets nobody knows come on the register."""
    owned = sorted({row.data["enterprise_id"] for row in rows})
    permits, outlets, homes_of = permits_of(owned), outlets_of(owned), units_of(owned)
    for row in rows:
        data = row.data
        limit = PermitLimit(**{name: data[name] or "" for name in LIMIT}, direction=limited(row)[3])
        held = permits.get(limit.enterprise_id, [])
        limit.permit_id = held[0].id if len(held) == 1 else None
        limit.unit_id = held[0].unit_id if len(held) == 1 else homes_of[limit.enterprise_id]
        if limit.outlet:
            known = (limit.enterprise_id, limit.outlet.upper())
            if known not in outlets:
                outlets[known] = outlet(limit, homes_of[limit.enterprise_id])
            limit.place = outlets[known]
        db.session.add(limit)
    db.session.flush()
    return len(rows)


def outlet(limit: PermitLimit, unit_id: int) -> Outlet:
    known = {"medium": work.medium_of(limit.unit_of), "registered_on": dates.today()}
    made = Outlet(enterprise_id=limit.enterprise_id, unit_id=unit_id, name=limit.outlet, **known)
    db.session.add(made)
    return made


def in_lots(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    yield from (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))


def permits_of(ids: Sequence[int]) -> dict[int, list[Permit]]:
    held: defaultdict[int, list[Permit]] = defaultdict(list)
    for lot in in_lots(ids):
        asked = select(Permit).where(Permit.enterprise_id.in_(lot), Permit.state.in_(sorted(work.IN_FORCE)))
        for one in db.session.scalars(asked.order_by(Permit.id)):
            held[one.enterprise_id].append(one)
    return held


def outlets_of(ids: Sequence[int]) -> dict[tuple[int, str], Outlet]:
    """By code and by name."""
    known: dict[tuple[int, str], Outlet] = {}
    for lot in in_lots(ids):
        asked = select(Outlet).where(Outlet.enterprise_id.in_(lot), Outlet.state != OutletState.VOID)
        for one in db.session.scalars(asked.order_by(Outlet.id)):
            for said in filter(None, (one.code, one.name)):
                known.setdefault((one.enterprise_id, said.upper()), one)
    return known


def units_of(ids: Sequence[int]) -> dict[int, int]:
    known: dict[int, int] = {}
    for lot in in_lots(ids):
        asked = select(Enterprise.id, Enterprise.unit_id).where(Enterprise.id.in_(lot)).order_by(Enterprise.id)
        known |= {id: unit_id for id, unit_id in db.session.execute(asked)}  # noqa: C416  a Row is no pair for a type checker
    return known


PERMITS = ImportKind(
    name="permit",
    title=_l("许可证"),
    form=PermitRowForm,
    columns=(*REGISTER.columns, CODE),
    store=store_permits,
    needs=("no", "holder"),
    codes=frozenset({"no"}),
    exact=frozenset({"credit_code"}),
    blank=frozenset({"no", "note"}),
    spans={"valid_to": "valid_from"},
    words={"permit_class": CLASSES, "authority": AUTHORITIES, "state": STATES, "origin": ORIGINS},
    unique=(("no",),),
    judge=judge_permits,
    skip=no_permit,
)
LIMITED = ImportKind(
    name="permit_limit",
    title=_l("限值"),
    form=LimitRowForm,
    columns=(*LIMITS.columns, CODE),
    store=store_limits,
    needs=("enterprise", "pollutant"),
    exact=frozenset({"credit_code"}),
    judge=judge_limits,
)
INTAKE = Intake("permits", _l("排污许可"), "permits", "permits.index", (PERMITS, LIMITED, RECEIVED_REPORTS))
