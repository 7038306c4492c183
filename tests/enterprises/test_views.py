from datetime import date
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.people import UnitKind
from ems.enterprises.forms import OutletForm, OutletSheetForm
from ems.enterprises.models import Enterprise, EnterpriseState, Outlet, OutletMedium, OutletState
from ems.enterprises.registers import OUTLETS, REGISTER
from ems.enterprises.sheets import EnterpriseRowForm
from tests.conftest import TODAY
from tests.factories import complaint, enterprise, outlet

FILE = {
    "name": "成都石羚织染厂", "credit_code": "91510100000000001h", "kind": "key", "industry": "纺织业",
    "address": "石羚路 16 号", "longitude": "104.045", "latitude": "30.602", "contact": "李工", "state": "operating",
}  # fmt: skip
SIGN = {"code": "dw001", "name": "废水总排口", "medium": "water", "pollutants": "化学需氧量、氨氮"}


def new(client, **changed):
    return client.post("/enterprises/new", data=FILE | changed)


def only():
    return db.session.scalars(select(Enterprise)).one()


@pytest.mark.parametrize("who", ["liaison", "hotline", "auditor", "leader", "sysadmin"])
def test_who_may_not_open_a_file(as_, cast, who):
    assert as_(cast[who]).get("/enterprises/new").status_code == 403
    assert new(as_(cast[who])).status_code == 403
    assert not db.session.scalars(select(Enterprise)).all()


@pytest.mark.parametrize("who", ["liaison", "hotline", "auditor", "leader"])
def test_who_may_not_change_a_file(as_, cast, units, who):
    row = enterprise(units, cast)
    for path in (f"{row.id}/edit", f"{row.id}/outlets/new"):
        assert as_(cast[who]).get(f"/enterprises/{path}").status_code == 403
        assert as_(cast[who]).post(f"/enterprises/{path}", data=FILE | SIGN).status_code == 403
    assert row.industry == ""


def test_a_stranger_finds_neither_the_file_nor_its_outlet(as_, cast, units):
    there = outlet(units, cast)
    client = as_(cast["outsider"])
    assert client.get(f"/enterprises/{there.enterprise_id}").status_code == 404
    assert client.get(f"/enterprises/outlets/{there.id}").status_code == 404
    for path in ("", "outlets/"):
        page = client.get(f"/enterprises/{path}").text
        assert there.enterprise.name not in page


def test_a_file_gets_its_number_its_code_is_read_and_the_officer_sees_it(as_, cast, units):
    answer = new(as_(cast["officer"]))
    assert answer.status_code == 303, answer.text
    row = only()
    assert (row.no, row.registered_on, row.state) == ("QY-2026-0001", TODAY, EnterpriseState.OPERATING)
    assert (row.credit_code, row.credit_code_given) == ("91510100000000001H", "91510100000000001h")
    assert (row.longitude, row.key, row.discharger) == (104.045, True, False)
    page = as_(cast["officer"]).get(answer.location).text
    assert "已整理写法" in page
    assert "91510100000000001h" in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "企业名称：请填写。"),
        ({"longitude": "一百零四"}, "经度（°）：不是数字，请写成十进制度数，例如 104.0668。"),
        ({"latitude": "104.045"}, "纬度（°）：超出范围，请核对经纬度是否填反。"),
        ({"registered_on": "2026-11-25"}, "建档日期：不能晚于今天。"),
        ({"state_on": "2026-11-25"}, "现状起始日期：不能晚于今天。"),
        ({"state": "void"}, "现状："),
        ({"street_id": "1"}, "所在街道：请从列出的选项中选择。"),
        ({"officer_id": "1"}, "包联专干：请从列出的选项中选择。"),
    ],
)
def test_a_fault_names_its_field_and_nothing_typed_is_lost(as_, cast, units, changed, sentence):
    answer = new(as_(cast["officer"]), **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "李工" in answer.text
    assert not db.session.scalars(select(Enterprise)).all()


@pytest.mark.parametrize("given", ["", "-", "9.15101E+17", "915101", "91510100000000001X", "无"])
def test_no_credit_code_however_bad_is_refused_or_changed(as_, cast, units, given):
    assert new(as_(cast["officer"]), credit_code=given).status_code == 303
    row = only()
    assert row.credit_code_given == given
    assert row.credit_code in {None, given}
    assert row.code_doubt is not None


def test_a_file_opens_with_the_standing_it_already_has(as_, cast, units):
    new(as_(cast["officer"]), state="closed", state_on="2003-05-01")
    row = only()
    assert (row.state, row.state_on, row.closed_on) == (EnterpriseState.CLOSED, date(2003, 5, 1), date(2003, 5, 1))


def test_the_street_looks_after_it_unless_another_unit_is_named(as_, cast, units):
    units["street"].kind = UnitKind.STREET
    db.session.commit()
    client = as_(cast["officer"])
    new(client, street_id=units["street"].id)
    assert only().unit_id == units["street"].id
    new(client, name="另一家", street_id=units["street"].id, unit_id=units["brigade"].id)
    assert db.session.scalars(select(Enterprise.unit_id).order_by(Enterprise.id.desc())).first() == units["brigade"].id


def test_an_officer_of_one_bureau_cannot_put_a_file_with_another_unit(as_, cast, units):
    answer = new(as_(cast["chief"]), unit_id=units["street"].id)
    assert "监管单位：请从列出的选项中选择。" in answer.text
    assert new(as_(cast["chief"])).status_code == 303
    assert only().unit_id == units["bureau"].id


def test_who_answers_for_it_must_be_able_to(as_, cast, units):
    answer = new(as_(cast["officer"]), officer_id=cast["chief"].id, unit_id=units["street"].id)
    assert "包联专干不负责这个监管单位" in answer.text


def test_a_second_file_of_the_same_name_is_taken_and_said_to_be_so(as_, cast, units):
    client = as_(cast["officer"])
    new(client)
    answer = new(client, credit_code="")
    page = client.get(answer.location).text
    assert "已有同名或同代码的企业：QY-2026-0001" in page
    assert "请核对是否重复建档" in page


def test_what_was_typed_comes_back_for_change_and_the_code_keeps_its_origin(as_, cast, units):
    client = as_(cast["officer"])
    new(client)
    row = only()
    page = client.get(f"/enterprises/{row.id}/edit").text
    assert 'value="91510100000000001H"' in page
    changed = FILE | {"credit_code": "91510100000000001H", "industry": "印染业", "code_confirmed": "y"}
    assert client.post(f"/enterprises/{row.id}/edit", data=changed).status_code == 303
    assert (row.industry, row.credit_code_given, row.code_confirmed) == ("印染业", "91510100000000001h", True)
    client.post(f"/enterprises/{row.id}/edit", data=changed | {"credit_code": "91130200699229617X"})
    assert (row.credit_code, row.code_doubt) == ("91130200699229617X", None)


def test_a_form_for_change_does_not_change_the_standing(as_, cast, units):
    row = enterprise(units, cast)
    as_(cast["officer"]).post(f"/enterprises/{row.id}/edit", data=FILE | {"state": "closed", "state_on": "2026-01-01"})
    assert (row.state, row.state_on) == (EnterpriseState.OPERATING, None)


def test_a_void_file_is_sealed(as_, cast, units):
    row = enterprise(units, cast, state=EnterpriseState.VOID)
    assert as_(cast["head"]).get(f"/enterprises/{row.id}/edit").status_code == 409


def test_every_change_stands_in_the_log_with_its_old_value(as_, cast, units):
    row = enterprise(units, cast, contact="王工")
    as_(cast["officer"]).post(f"/enterprises/{row.id}/edit", data=FILE | {"name": row.name})
    changes = db.session.scalars(select(LogEntry.changes).where(LogEntry.act == "changed")).all()
    assert ["王工", "李工"] in [entry.get("contact") for entry in changes]


def test_the_page_shows_what_is_known_of_it_in_the_order_of_days(as_, cast, units):
    row = enterprise(units, cast, stopped_on=date(2026, 5, 6), former_names="国营第三印染厂")
    outlet(units, cast, enterprise=row, signed=True, signed_on=date(2026, 6, 7))
    complaint(units, cast, enterprise_id=row.id, enterprise_name=row.name)
    page = as_(cast["officer"]).get(f"/enterprises/{row.id}").text
    line = page[page.index('aria-label="大事记"') :]
    days = [line.index(said) for said in ("投诉 TS-", "DW001 立标", "停产", "建立档案")]
    assert days == sorted(days)
    assert "国营第三印染厂" in page


def test_the_page_of_a_liaison_has_no_button_that_would_fail(as_, cast, units):
    page = as_(cast["liaison"]).get(f"/enterprises/{enterprise(units, cast).id}").text
    assert "/edit" not in page
    assert "/moves/" not in page
    assert "/outlets/new" not in page


def test_an_outlet_is_registered_on_the_enterprise(as_, cast, units):
    row = enterprise(units, cast)
    answer = as_(cast["officer"]).post(f"/enterprises/{row.id}/outlets/new", data=SIGN)
    made = db.session.scalars(select(Outlet)).one()
    assert answer.location.endswith(f"/enterprises/outlets/{made.id}")
    assert (made.code, made.medium, made.unit_id) == ("DW001", OutletMedium.WATER, row.unit_id)
    assert "DW001" in as_(cast["liaison"]).get(f"/enterprises/{row.id}").text
    assert "化学需氧量" in as_(cast["liaison"]).get(answer.location).text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code": "W1"}, "编号：应为 DA、DW、DN 或 YS 加三位数字，例如 DA001。"),
        ({"code": "DW0001"}, "编号：应为"),
        ({"code": "DX001"}, "编号：应为"),
        ({"name": ""}, "名称：请填写。"),
        ({"signed_on": "2026-01-01"}, "立标日期：填了立标日期，请同时勾选"),
        ({"online_on": "2026-01-01"}, "联网日期：填了联网日期，请同时勾选"),
        ({"signed": "y", "signed_on": "2027-01-01"}, "立标日期：不能晚于今天。"),
        ({"medium": "soil"}, "类型："),
    ],
)
def test_an_outlet_with_a_fault_is_not_taken(as_, cast, units, changed, sentence):
    row = enterprise(units, cast)
    answer = as_(cast["officer"]).post(f"/enterprises/{row.id}/outlets/new", data=SIGN | changed)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not db.session.scalars(select(Outlet)).all()


def test_an_outlet_code_is_taken_once_in_an_enterprise(as_, cast, units):
    first = outlet(units, cast)
    second = outlet(units, cast, enterprise=first.enterprise, code=None)
    client = as_(cast["officer"])
    assert "本企业已有编号 DW001" in client.post(f"/enterprises/outlets/{second.id}/edit", data=SIGN).text
    assert client.post(f"/enterprises/outlets/{first.id}/edit", data=SIGN).status_code == 303
    assert client.post(f"/enterprises/outlets/{second.id}/edit", data=SIGN | {"code": ""}).status_code == 303
    first.state = OutletState.VOID
    db.session.commit()
    assert client.post(f"/enterprises/outlets/{second.id}/edit", data=SIGN).status_code == 303
    assert client.get(f"/enterprises/outlets/{first.id}/edit").status_code == 409


def test_outlets_go_with_the_enterprise_to_the_unit_that_looks_after_it(as_, cast, units):
    row = outlet(units, cast)
    sent = FILE | {"unit_id": units["other"].id}
    as_(cast["officer"]).post(f"/enterprises/{row.enterprise_id}/edit", data=sent)
    assert row.unit_id == units["other"].id


def test_the_lists_say_what_they_show_and_go_out_as_a_sheet(as_, cast, units):
    row = enterprise(units, cast, name="=cmd|'/c calc'!A1", code="9.15101E+17")
    outlet(units, cast, enterprise=row)
    client = as_(cast["officer"])
    assert "末三位丢失" in client.get("/enterprises/").text
    assert "DW001" in client.get("/enterprises/outlets/").text
    for path, register in (("", REGISTER), ("outlets/", OUTLETS)):
        body = client.get(f"/enterprises/{path}export.xlsx").data
        lines = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0).to_python()
        assert lines[0] == [str(column.title) for column in register.columns]
        assert "=cmd|'/c calc'!A1" in lines[1]
    assert "'=cmd" in client.get("/enterprises/export.csv").data.decode("utf-8-sig")


def test_a_figure_opens_its_rows_and_no_others(as_, cast, units):
    inside = enterprise(units, cast, state=EnterpriseState.CLOSED, closed_on=TODAY, state_on=TODAY)
    outside = enterprise(units, cast)
    page = as_(cast["officer"]).get("/enterprises/?figure=enterprises.closed&year=2026").text
    assert inside.name in page
    assert outside.name not in page


def test_every_column_of_a_sheet_has_a_field_that_takes_it(app):
    with app.test_request_context():
        forms = ((REGISTER, EnterpriseRowForm), (OUTLETS, OutletSheetForm))
        for register, form in forms:
            asked = {column.field for column in register.columns if column.field}
            assert asked <= set(form()._fields), register.name
        assert "enterprise" not in OutletForm()._fields


def test_no_two_columns_of_a_sheet_answer_to_one_heading():
    for register in (REGISTER, OUTLETS):
        headings = [h for c in register.columns if c.field for h in {str(c.title), *c.also}]
        assert len(headings) == len(set(headings)), register.name
