"""Tables of enterprises: what their words mean, what is doubtful about a row, and the files (一企一档) they become."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import Length

from ems.core import dates, numbers
from ems.core.db import db
from ems.core.policy import Act, reach
from ems.core.workflow import step
from ems.enterprises import work
from ems.enterprises.credit_code import SURE, CodeDoubt, read
from ems.enterprises.forms import NewEnterpriseForm
from ems.enterprises.models import CUT, Enterprise, EnterpriseClass, EnterpriseState
from ems.enterprises.registers import REGISTER
from ems.web import updating
from ems.web.forms import RowField, units
from ems.web.kinds import Doubt, Given, ImportKind, Intake, Row, Updates, homes, mean

OURS = re.compile(r"QY-\d{4}-\d{4,}")
AT_ONCE = 500  # values in one question to the database
STATES = (
    mean(EnterpriseState.OPERATING, "正常 生产 在产 正常生产 在营 存续 营业 运营 开工")
    | mean(EnterpriseState.STOPPED, "停业 停工 歇业 停运 长期停产 半停产")
    | mean(EnterpriseState.CLOSED, "注销 关停 已关闭 已关停 吊销 取缔 倒闭 破产")
    | mean(EnterpriseState.CONVERTED, "已转产 改行")
    | mean(EnterpriseState.RELOCATED, "搬迁 已搬迁 外迁 已迁出")
)
CLASSES = (
    mean(EnterpriseClass.KEY, "重点 重点企业 重点排污单位 工业 工业企业")
    | mean(EnterpriseClass.CATERING, "餐饮 饮食 餐饮企业 餐饮业")
    | mean(EnterpriseClass.DISCHARGER, "排水户 排水")
    | mean(EnterpriseClass.OTHER, "一般 一般企业")
)
MENDS = {
    CodeDoubt.MISSING: _l("有证照的请补填 18 位代码"),
    CodeDoubt.DIGITS_LOST: _l("表格只保留 15 位有效数字，末三位找不回来：请照证照补全，并把这一列设为文本"),
    CodeDoubt.LENGTH: _l("请照证照核对位数"),
    CodeDoubt.CHARACTER: _l("请照证照核对；代码里没有字母 I、O、S、V、Z"),
    CodeDoubt.CHECK: _l("请照证照逐位核对"),
    CodeDoubt.SUFFIX: _l("已按前 18 位读入，后缀原样保存"),
    CodeDoubt.REPAIRED: _l("已按唯一可能的写法读入，原样保存"),
}


class EnterpriseRowForm(NewEnterpriseForm):
    no = StringField(_l("编号"), [Length(max=40)])
    unit_id = RowField(_l("监管单位"), units("enterprises", Act.LOAD), blank="")

    def validate_officer_id(self, field: RowField) -> None:
        """Asked of the few rows that name one."""
        if field.data:
            super().validate_officer_id(field)


def judge(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    yield from codes([row for row in rows if row.target is None or says(row, "credit_code")])
    yield from names([row for row in rows if row.target is None])
    yield from turns(rows)
    for row in rows:
        if row.target is not None and not says(row, "name"):
            continue
        if (row.data["name"] or "").endswith(CUT):
            yield Doubt(row, "name", _("名称被截断"), _("请照证照补全；补全前照此存入"))


def codes(rows: Sequence[Row]) -> Iterator[Doubt]:
    """Every doubt of a code; and a code that holds is one enterprise's own."""
    first: dict[str, Row] = {}
    for row in rows:
        reading = read(row.data["credit_code"])
        if reading.doubt:
            yield Doubt(row, "credit_code", str(reading.doubt.label), str(MENDS[reading.doubt]))
        if reading.code and reading.doubt in SURE:
            if reading.code in first:
                why = _("与第 %(n)s 行代码相同", n=first[reading.code].number)
                yield Doubt(row, "credit_code", why, _("保留一行，或照证照改正代码"), fault=True)
            first.setdefault(reading.code, row)
    for code, no in known(Enterprise.credit_code, list(first)):
        if first[code].target is not None and first[code].target.no == no:
            continue
        why = _("这个代码已有企业档案 %(no)s", no=no)
        yield Doubt(first[code], "credit_code", why, _("删去这一行，在档案里更正"), fault=True)


def names(rows: Sequence[Row]) -> Iterator[Doubt]:
    """Two of one name in a sheet may be two; one that is here already has its file."""
    first: dict[str, Row] = {}
    for row in rows:
        if name := row.data["name"]:
            if name in first:
                yield Doubt(row, "name", _("与第 %(n)s 行同名", n=first[name].number), _("确为两家企业的，照此存入"))
            first.setdefault(name, row)
    for name, no in known(Enterprise.name, list(first)):
        why = _("同名企业已有档案 %(no)s", no=no)
        yield Doubt(first[name], "name", why, _("删去这一行，在档案里更正"), fault=True)


def known(column: Any, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Those of the values that an enterprise has, with its number."""
    for at in range(0, len(values), AT_ONCE):
        alive = select(column, Enterprise.no).where(Enterprise.state != EnterpriseState.VOID)
        found = alive.where(column.in_(values[at : at + AT_ONCE])).order_by(Enterprise.id)
        last = {value: (value, no) for value, no in db.session.execute(found)}
        yield from last.values()


def says(row: Row, field: str) -> bool:
    """Whether the row changes this of the file it names."""
    return any(change.field == field for change in row.changes)


def turns(rows: Sequence[Row]) -> Iterator[Doubt]:
    """A file that is here turns by its moves, which ask for the day and plan the re-check; no sheet does that."""
    for row in rows:
        state = row.data.get("state") if row.target is not None and row.said.get("state") else None
        if state and state != row.target.state:
            why = _("现状与档案不同（档案为“%(state)s”）", state=row.target.state.label)
            yield Doubt(
                row, "state", why, _("在档案里登记停产、关闭等，会问日期并安排复查；此处改回或留空"), fault=True
            )


def match(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    """A row is the file whose number it has, or whose credit code; a number of another house's is none of ours."""
    numbers = {row.data["no"].strip().upper() for row in rows if OURS.fullmatch((row.data["no"] or "").strip().upper())}
    codes = {r.code for row in rows if (r := read(row.data["credit_code"])).doubt in SURE and r.code}
    by_no = {e.no: e for e in found_by(Enterprise.no, numbers)}
    by_code: dict[str | None, list[Enterprise]] = {}
    for e in found_by(Enterprise.credit_code, codes):
        if e.state != EnterpriseState.VOID:
            by_code.setdefault(e.credit_code, []).append(e)
    mine = set(db.session.scalars(reach(given.user, "enterprises", Act.EDIT)))
    for row in rows:
        no = (row.data["no"] or "").strip().upper()
        files = [by_no[no]] if no in by_no else []
        if no in numbers and not files:
            yield Doubt(
                row, "no", _("没有这个编号的企业档案"), _("核对编号；新企业不填编号，存入时自动编号"), fault=True
            )
        elif not files:
            files = by_code.get(read(row.data["credit_code"]).code, [])
        yield from pointed(row, files, mine)


def pointed(row: Row, files: Sequence[Enterprise], mine: set[int]) -> Iterator[Doubt]:
    if len(files) > 1:
        why = _("这个代码有 %(n)s 份档案", n=len(files))
        yield Doubt(row, "credit_code", why, _("在编号一列写明是哪一份，或先合并重复档案"), fault=True)
    elif files and files[0].state == EnterpriseState.VOID:
        yield Doubt(row, "no", _("这份档案已作废"), _("删去这一行"), fault=True)
    elif files and files[0].unit_id not in mine:
        yield Doubt(row, "no", _("这份档案不归您维护"), _("删去这一行，或请其监管单位修改"), fault=True)
    elif files:
        row.target = files[0]


def found_by(column: Any, values: Collection[str]) -> Iterator[Enterprise]:
    said = sorted(values)
    who = (joinedload(Enterprise.street), joinedload(Enterprise.unit), joinedload(Enterprise.officer))
    for at in range(0, len(said), AT_ONCE):
        asked = select(Enterprise).where(column.in_(said[at : at + AT_ONCE])).order_by(Enterprise.id)
        yield from db.session.scalars(asked.options(*who)).unique()


def change(row: Row, given: Given) -> None:
    """A name that goes stays as a former one; the outlets follow the unit that looks after the file."""
    file: Enterprise = row.target
    for one in row.changes:
        if one.field == "credit_code":
            file.take_code(row.data["credit_code"])
        elif one.field == "name":
            work.rename(file, row.data["name"])
        else:
            setattr(file, one.field, row.data[one.field])
    if says(row, "unit_id"):
        for outlet in file.outlets:
            outlet.unit_id = file.unit_id
    db.session.add(step(file, given.user, updating.diary(row, given)))


APART = frozenset({"no", "credit_code", "unit_id", "kind", "name"})


def store(rows: Sequence[Row], given: Given) -> int:
    mine = {id for id, _name in homes(given.user, "enterprises")}
    free = numbers.take(db.session(), "QY", dates.today().year, len(rows))
    made = [enterprise(row, no, given, mine) for row, no in zip(rows, free, strict=True)]
    db.session.flush()
    for row, one in zip(rows, made, strict=True):
        said = _("由表格导入：%(file)s 第 %(n)s 行。", file=given.file, n=row.number)
        db.session.add(step(one, given.user, said, move="register", after=one.state))
    return len(made)


def enterprise(row: Row, no: str, given: Given, mine: set[int]) -> Enterprise:
    """At the unit it names, else its street's where I may, else the one that takes all the rest."""
    data = row.data
    found = Enterprise(no=no, **{name: value for name, value in data.items() if name not in APART})
    found.name, found.kind = data["name"], data["kind"] or EnterpriseClass.OTHER
    street = data["street_id"] if data["street_id"] in mine else None
    unit_id: Any = data["unit_id"] if row.said.get("unit_id") else street or given.unit_id
    found.unit_id = unit_id
    found.take_code(data["credit_code"])
    return work.enter(found)


MOVED = frozenset({"no", "state", "state_on"})  # the workflow's, not a sheet's
UPDATES = Updates(
    keys=("no", "credit_code"),
    fields=frozenset(column.field for column in REGISTER.columns if column.field) - MOVED,
    match=match,
    change=change,
    said={
        "street_id": lambda e: e.street.name if e.street else "",
        "unit_id": lambda e: e.unit.name,
        "officer_id": lambda e: e.officer.name if e.officer else "",
    },
    same={"credit_code": lambda old, new: read(new).code == old},
)
KIND = ImportKind(
    name="enterprise",
    title=_l("企业"),
    form=EnterpriseRowForm,
    columns=REGISTER.columns,
    store=store,
    needs=("name",),
    codes=frozenset({"phone"}),
    exact=frozenset({"credit_code"}),
    blank=frozenset({"industry", "former_names", "address", "legal_person", "contact", "phone", "city", "note"}),
    words={"state": STATES, "kind": CLASSES},
    judge=judge,
    updates=UPDATES,
)
INTAKE = Intake("enterprises", _l("一企一档"), "enterprises", "enterprises.index", (KIND,))
