"""What the registers of enterprises and of outlets show, and how they are narrowed."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ems.core.db import db
from ems.core.duties import having, late
from ems.core.people import Unit, UnitKind, User
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.credit_code import CodeDoubt
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState, Outlet, OutletMedium, OutletState
from ems.enterprises.moves import IN_USE, VOID

E = Enterprise
O = Outlet  # noqa: E741  as in the tables below
STREET, OFFICER, LOOKING = aliased(Unit), aliased(User), aliased(Unit)


def with_people(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(LOOKING, LOOKING.id == E.unit_id).outerjoin(STREET, STREET.id == E.street_id)
    return rows.outerjoin(OFFICER, OFFICER.id == E.officer_id)


def streets() -> list[tuple[int, str]]:
    asked = select(Unit.id, Unit.name).where(Unit.kind == UnitKind.STREET, Unit.active).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(asked)]


def of_class(value: str) -> ColumnElement[bool]:
    kind = EnterpriseClass[value.upper()] if value.upper() in EnterpriseClass.__members__ else None
    if kind is None:
        raise ValueError(value)
    if kind is EnterpriseClass.OTHER:
        return and_(~E.key, ~E.catering, ~E.discharger)
    flag: ColumnElement[bool] = getattr(E, kind.value)
    return flag


def in_doubt() -> ColumnElement[bool]:
    """A code that ought to be looked at: there, doubtful, and not yet compared with the licence."""
    return and_(E.code_doubt.isnot(None), E.code_doubt != CodeDoubt.MISSING, E.code_confirmed.is_(False))


def of_doubt(value: str) -> ColumnElement[bool]:
    if value == "any":
        return in_doubt()
    if value not in {doubt.value for doubt in CodeDoubt}:
        raise ValueError(value)
    return E.code_doubt == value


def in_state(value: str) -> ColumnElement[bool]:
    if value not in {state.value for state in EnterpriseState}:
        raise ValueError(value)
    return E.state == value


REGISTER = Register(
    name=_l("企业档案"),
    model=Enterprise,
    columns=(
        Column("no", _l("编号"), E.no, "no", ("企业编号", "档案编号"), sort=True),
        Column("name", _l("企业名称"), E.name, "name",
               ("企业", "单位名称", "名称", "排污单位名称", "排污单位", "重点排污单位名称"), sort=True, width=36),
        Column("state", _l("现状"), E.state, "state", ("状态", "运行状态", "生产状态"), choice=EnterpriseState,
               kind="state"),
        Column("kind", _l("主要类别"), E.kind, "kind", ("企业类别", "企业分类"), choice=EnterpriseClass),
        Column("street", _l("所在街道"), STREET.name, "street_id", ("街道", "街道办", "街道办事处"), width=20),
        Column("industry", _l("行业类别"), E.industry, "industry", ("行业", "所属行业", "行业名称"), width=24),
        Column("credit_code", _l("统一社会信用代码"), E.credit_code, "credit_code",
               ("信用代码", "社会信用代码", "代码", "统一信用代码", "组织机构代码"), width=24),
        Column("code_doubt", _l("代码疑点"), E.code_doubt, choice=CodeDoubt),
        Column("officer", _l("包联专干"), OFFICER.name, "officer_id", ("专干", "责任人")),
        Column("state_on", _l("现状起始"), E.state_on, "state_on", ("现状起始日期", "关停日期"), kind="date",
               sort=True, listed=False),
        Column("credit_code_given", _l("代码原样"), E.credit_code_given, listed=False, width=24),
        Column("former_names", _l("曾用名"), E.former_names, "former_names", ("原名称", "原企业名称"),
               listed=False),
        Column("unit", _l("监管单位"), LOOKING.name, "unit_id", ("管理单位", "负责单位"), listed=False, width=20),
        Column("key", _l("重点工业企业"), E.key, "key", ("重点企业",), kind="flag", listed=False),
        Column("catering", _l("饮食企业"), E.catering, "catering", ("餐饮企业",), kind="flag", listed=False),
        Column("discharger", _l("排水大户"), E.discharger, "discharger", kind="flag", listed=False),
        Column("city", _l("市"), E.city, "city", ("城市", "所在市", "地市", "地级市", "所在城市"), listed=False),
        Column("address", _l("地址"), E.address, "address", ("企业地址", "详细地址", "所在地"), listed=False,
               width=36),
        Column("longitude", _l("经度"), E.longitude, "longitude", ("经度（°）", "中心经度", "lng", "lon", "longitude"),
               kind="number", listed=False),
        Column("latitude", _l("纬度"), E.latitude, "latitude", ("纬度（°）", "中心纬度", "lat", "latitude"),
               kind="number", listed=False),
        Column("legal_person", _l("法定代表人"), E.legal_person, "legal_person", ("法人", "法人代表"), listed=False),
        Column("contact", _l("联系人"), E.contact, "contact", ("环保负责人", "环保联系人"), listed=False),
        Column("phone", _l("联系电话"), E.phone, "phone", ("电话", "手机", "联系方式"), listed=False),
        Column("air_pollutants", _l("大气污染物"), E.air_pollutants, "air_pollutants", ("气物",), listed=False,
               width=40),
        Column("air_standards", _l("大气排放标准"), E.air_standards, "air_standards", ("气标",), listed=False,
               width=40),
        Column("water_pollutants", _l("水污染物"), E.water_pollutants, "water_pollutants", ("水物",), listed=False,
               width=40),
        Column("water_standards", _l("水排放标准"), E.water_standards, "water_standards", ("水标", "水污染物排放标准"),
               listed=False, width=40),
        Column("recheck_on", _l("计划复查"), E.recheck_on, kind="date", listed=False),
        Column("last_rechecked_on", _l("上次复查"), E.last_rechecked_on, kind="date", listed=False),
        Column("relapsed_on", _l("反弹日期"), E.relapsed_on, kind="date", listed=False),
        Column("registered_on", _l("建档日期"), E.registered_on, "registered_on", ("建档时间", "登记日期"), kind="date",
               listed=False),
        Column("note", _l("备注"), E.note, "note", ("说明",), listed=False, width=36),
    ),
    filters=(
        Filter("street", _l("所在街道"), lambda v: E.street_id == int(v), streets),
        Filter("group", _l("类别"), of_class, EnterpriseClass.choices),
        Filter("state", _l("现状"), in_state, EnterpriseState.choices),
        Filter("doubt", _l("代码疑点"), of_doubt, lambda: [("any", _l("有疑点、未核对")), *CodeDoubt.choices()]),
    ),
    views=(
        View("mine", _l("我包联"), lambda me: (E.officer_id == me.id) & (E.state != VOID)),
        View("recheck", _l("待复查"), lambda _me: having(E)),
        View("late", _l("复查逾期"), lambda _me: late(E)),
        View("relapsed", _l("已反弹"), lambda _me: E.relapsed.is_(True)),
        View("doubtful", _l("代码存疑"), lambda _me: in_doubt() & (E.state != VOID)),
    ),
    order="no",
    join=with_people,
)  # fmt: skip


def unsigned() -> ColumnElement[bool]:
    return and_(O.state == IN_USE, O.signed.is_(False))


def with_owner(rows: Select[Any]) -> Select[Any]:
    return rows.join(Enterprise, Enterprise.id == O.enterprise_id)


def of_medium(value: str) -> ColumnElement[bool]:
    if value not in {medium.value for medium in OutletMedium}:
        raise ValueError(value)
    return O.medium == value


def numbered(link: InstrumentedAttribute[Any]) -> Filter:
    """A filter for registers of rows that have an enterprise: by its number, as a link from its file has it."""
    mine = select(E.id)
    return Filter("enterprise", _l("企业编号"), lambda v: link.in_(mine.where(E.no == v.strip().upper())))


def yes(column: InstrumentedAttribute[bool], value: str) -> ColumnElement[bool]:
    return column.is_(value == "yes")


YES_NO = (("yes", _l("是")), ("no", _l("否")))
OUTLETS = Register(
    name=_l("排放口"),
    model=Outlet,
    columns=(
        Column("code", _l("编号"), O.code, "code", ("排放口编号", "排口编号", "排污口编号"), sort=True),
        Column("name", _l("名称"), O.name, "name", ("排放口", "排放口名称", "排口名称", "排污口名称"),
               sort=True, width=24),
        Column("enterprise", _l("企业名称"), Enterprise.name, "enterprise", ("企业", "单位名称", "排污单位名称"),
               sort=True, width=36),
        Column("state", _l("状态"), O.state, choice=OutletState, kind="state"),
        Column("medium", _l("类型"), O.medium, "medium", ("排放口类型", "要素", "介质"), choice=OutletMedium),
        Column("signed", _l("标志牌"), O.signed, "signed", ("已设标志牌", "规整立标"), kind="flag"),
        Column("signed_on", _l("立标日期"), O.signed_on, "signed_on", ("立标时间",), kind="date"),
        Column("online", _l("在线监测"), O.online, "online", ("已装在线监测",), kind="flag"),
        Column("online_on", _l("联网日期"), O.online_on, "online_on", ("联网时间",), kind="date"),
        Column("pollutants", _l("污染物"), O.pollutants, "pollutants", ("污染物种类",), listed=False, width=36),
        Column("longitude", _l("经度"), O.longitude, "longitude", ("经度（°）",), kind="number", listed=False),
        Column("latitude", _l("纬度"), O.latitude, "latitude", ("纬度（°）",), kind="number", listed=False),
        Column("registered_on", _l("建档日期"), O.registered_on, "registered_on", kind="date", listed=False),
        Column("note", _l("备注"), O.note, "note", ("说明",), listed=False, width=36),
    ),
    filters=(
        Filter("medium", _l("类型"), of_medium, OutletMedium.choices),
        Filter("signed", _l("标志牌"), lambda v: yes(O.signed, v), lambda: YES_NO),
        numbered(O.enterprise_id),
        Filter("online", _l("在线监测"), lambda v: yes(O.online, v), lambda: YES_NO),
    ),
    views=(
        View("unsigned", _l("未立标"), lambda _me: unsigned()),
        View("unlabelled", _l("没有二维码标签"), lambda _me: (O.state == IN_USE) & O.token.is_(None)),
    ),
    order="enterprise",
    join=with_owner,
)  # fmt: skip
