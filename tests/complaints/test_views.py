from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.complaints.models import Complaint, ComplaintState, Identity
from ems.core import sheets
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.enterprises.models import EnterpriseState
from tests.conftest import TODAY
from tests.factories import complaint

CALL = {
    "channel": "12345", "phone": "138-0000-0162", "external_no": "GD20261124-0417", "complainant": "张女士",
    "place": "天府三街 88 号", "medium": "fume", "text": "楼下餐馆晚饭时段油烟直接往小区里排，上周也反映过。",
    "identity": "confidential", "matter": "complaint", "received_on": "2026-11-24",
}  # fmt: skip


def call(as_, who, unit, **changed):
    return as_(who).post("/complaints/new", data=CALL | {"unit_id": unit.id} | changed)


@pytest.mark.parametrize("who", ["liaison", "leader", "auditor"])
def test_who_may_not_take_a_call(as_, cast, units, who):
    assert as_(cast[who]).get("/complaints/new").status_code == 403
    assert call(as_, cast[who], units["bureau"]).status_code == 403


def test_a_call_becomes_a_case_with_number_and_code(as_, cast, units):
    answer = call(as_, cast["hotline"], units["bureau"])
    assert answer.status_code == 303, answer.text
    case = db.session.scalars(select(Complaint)).one()
    assert (case.no, len(case.query_code), case.taken_by_id) == ("TS-2026-0001", 6, cast["hotline"].id)
    assert case.title == "楼下餐馆晚饭时段油烟直接往小区里排，上周也反映过。"
    page = as_(cast["hotline"]).get(answer.location).text
    assert f"{case.query_code[:3]} {case.query_code[3:]}" in page
    assert "2026-12-01 止" in page


def test_the_form_asks_for_the_desk_first(as_, cast, units):
    page = as_(cast["hotline"]).get("/complaints/new").text
    assert f'<option selected value="{units["bureau"].id}">' in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"place": ""}, "地点：请填写。"),
        ({"text": ""}, "反映内容：请填写。"),
        ({"received_on": "2026-11-25"}, "收到日期：不能晚于今天。"),
        ({"received_on": "2026-13-02"}, "收到日期：不是有效日期，请写成 2026-12-03 这样的年月日。"),
        ({"document_due_on": "2026-11-01"}, "文件载明期限：不能早于收到日期。"),
        ({"unit_id": "99"}, "受理单位：请从列出的选项中选择。"),
        ({"channel": "instruction"}, "来源：领导批示按文件载明的期限办理，请填写“文件载明期限”。"),
    ],
)
def test_a_fault_names_its_field_and_nothing_typed_is_lost(as_, cast, units, changed, sentence):
    answer = call(as_, cast["hotline"], units["bureau"], **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "GD20261124-0417" in answer.text
    assert not db.session.scalars(select(Complaint)).all()


def test_a_platform_number_comes_once_per_channel(as_, cast, units):
    call(as_, cast["hotline"], units["bureau"])
    again = call(as_, cast["hotline"], units["bureau"])
    assert "已经登记，见 TS-2026-0001" in again.text
    assert call(as_, cast["hotline"], units["bureau"], channel="12369").status_code == 303
    assert call(as_, cast["hotline"], units["bureau"], external_no="").status_code == 303
    assert call(as_, cast["hotline"], units["bureau"], external_no="").status_code == 303


def test_who_wants_to_stay_unnamed_is_masked(as_, cast, units):
    case = complaint(units, cast, phone="13912345678", identity=Identity.CONFIDENTIAL)
    for who in ("hotline", "officer", "leader", "auditor"):
        page = as_(cast[who]).get(f"/complaints/{case.id}").text
        assert "13912345678" not in page
        assert "张女士" not in page
        assert "139****5678" in page


def test_looking_at_an_identity_needs_a_right_and_a_reason_and_is_noted(as_, cast, units):
    known = {"phone": "13912345678", "identity": Identity.CONFIDENTIAL, "handler_id": cast["officer"].id}
    case = complaint(units, cast, **known)
    ask = f"/complaints/{case.id}/identity"
    assert as_(cast["leader"]).post(ask, data={"remark": "想看"}).status_code == 403
    assert as_(cast["liaison"]).post(ask, data={"remark": "想看"}).status_code == 403
    assert "13912345678" not in as_(cast["officer"]).post(ask, data={"remark": ""}).text
    seen = as_(cast["officer"]).post(ask, data={"remark": "联系反映人确认时段"}).text
    assert "13912345678" in seen
    assert "张女士" in seen
    entry = db.session.scalars(select(LogEntry).where(LogEntry.act == "unmasked")).one()
    assert (entry.actor, entry.changes["reason"][1]) == ("officer", "联系反映人确认时段")
    assert "查看身份。事由：联系反映人确认时段" in as_(cast["chief"]).get(f"/complaints/{case.id}").text


def test_an_identity_stands_in_no_export(as_, cast, units):
    complaint(units, cast, phone="13912345678")
    body = as_(cast["head"]).get("/complaints/export.csv").data.decode("utf-8-sig")
    assert "天府三街" in body
    assert "张女士" not in body
    assert "13912345678" not in body


def test_an_anonymous_caller_has_no_name(as_, cast, units):
    call(as_, cast["hotline"], units["bureau"], identity="anonymous")
    case = db.session.scalars(select(Complaint)).one()
    assert case.complainant is None
    assert case.phone_key


def test_repeats_are_shown_side_by_side(as_, cast, units):
    first = complaint(units, cast, received_on=TODAY - timedelta(days=20), place="甲地", phone="13900000001")
    second = complaint(units, cast, place="乙地", phone="139 0000 0001")
    far = complaint(units, cast, received_on=TODAY - timedelta(days=40), place="乙地", phone=None)
    page = as_(cast["hotline"]).get(f"/complaints/{second.id}").text
    assert first.no in page
    assert far.no not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True), ("q=油烟", True), ("q=噪声", False), ("state=open", True), ("state=closed", False),
        ("view=mine", False), ("view=late", False), ("view=dispatch", True), ("channel=12345", True),
        ("medium=noise", False), ("since=2026-11-24", True), ("since=2026-11-25", False), ("until=2026-11-23", False),
        ("figure=complaints.received&year=2026", True), ("figure=complaints.received&year=2025", False),
        ("figure=complaints.closed&year=2026", False), ("check=complaints.same_text", False),
    ],
)  # fmt: skip
def test_filters(as_, cast, units, query, found):
    case = complaint(units, cast)
    assert (case.no in as_(cast["hotline"]).get(f"/complaints/?{query}").text) is found


@pytest.mark.parametrize("query", ["state=nonsense", "since=yesterday", "unit=abc", "channel=nobody"])
def test_a_filter_that_is_none_gets_a_sentence(as_, cast, units, query):
    answer = as_(cast["hotline"]).get(f"/complaints/?{query}")
    assert (answer.status_code, "没有这样的筛选条件" in answer.text) == (409, True)


def test_a_list_is_paged_and_sorted(as_, cast, units):
    for n in range(52):
        complaint(units, cast, received_on=TODAY - timedelta(days=n), title=f"第{n}件")
    first = as_(cast["hotline"]).get("/complaints/").text
    assert "第 1–50 件，共 52 件" in first
    assert "第51件" not in first
    assert "第51件" in as_(cast["hotline"]).get("/complaints/?page=2").text
    assert "第51件" in as_(cast["hotline"]).get("/complaints/?sort=received_on").text


def test_the_sheet_holds_what_the_list_shows(as_, cast, units):
    complaint(units, cast, title="=1+1", received_on=date(2026, 3, 2))
    complaint(units, cast, state=ComplaintState.ACCEPTED)
    body = as_(cast["head"]).get("/complaints/export.xlsx?state=registered").data
    rows = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["编号", "事项", "企业"]
    assert len(rows) == 2
    assert rows[1][1] == "=1+1"
    assert rows[1][rows[0].index("收到")] == date(2026, 3, 2)


def test_a_case_once_assigned_can_only_be_corrected(as_, cast, units):
    case = complaint(units, cast, state=ComplaintState.ASSIGNED, assigned_on=TODAY)
    page = as_(cast["officer"]).get(f"/complaints/{case.id}/edit").text
    assert 'name="place"' in page
    assert 'name="text"' not in page
    known = {"title": "油烟", "place": "府城大道", "medium": "fume"}
    as_(cast["officer"]).post(f"/complaints/{case.id}/edit", data=known)
    assert case.place == "府城大道"


def test_a_note_goes_into_the_diary(as_, cast, units):
    case = complaint(units, cast)
    as_(cast["officer"]).post(f"/complaints/{case.id}/notes", data={"remark": "已电话联系"})
    assert "已电话联系" in as_(cast["hotline"]).get(f"/complaints/{case.id}").text
    as_(cast["leader"]).post(f"/complaints/{case.id}/notes", data={"remark": "领导备注"})
    assert "领导备注" not in as_(cast["hotline"]).get(f"/complaints/{case.id}").text


def test_an_old_case_says_what_cannot_be_told(as_, cast, units):
    old = {"historical": True, "reported_days": 4, "reported_state": "已办理", "received_on": date(2019, 8, 5)}
    case = complaint(units, cast, **old)
    page = as_(cast["hotline"]).get(f"/complaints/{case.id}").text
    assert "期限无法判定" in page
    assert "原表回复天数 4 天" in page


def test_two_lists_with_one_code_keep_their_own_words(as_, cast, units):
    assert (sheets.plain(EnterpriseState.CLOSED), sheets.plain(ComplaintState.CLOSED)) == ("关闭", "办结")
    complaint(units, cast, state=ComplaintState.CLOSED, closed_on=TODAY)
    assert ">办结</span>" in as_(cast["head"]).get("/complaints/").text
