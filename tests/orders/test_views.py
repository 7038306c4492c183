from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.core import module
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.orders.models import Order, OrderKind, OrderState
from tests.conftest import TODAY
from tests.factories import enterprise, order

DRAFT = {"party": "成都水泵厂", "points": "标志牌缺失。\n\n台账缺两个月。", "demand": "", "due_on": "2026-12-09"}


def draft(as_, cast, units, who="officer", **changed):
    known = {"unit_id": units["bureau"].id, "officer_id": cast["officer"].id}
    return as_(cast[who]).post("/orders/new", data=DRAFT | known | changed)


@pytest.mark.parametrize("who", ["liaison", "hotline", "leader", "auditor"])
def test_who_may_not_write_an_order(as_, cast, units, who):
    assert as_(cast[who]).get("/orders/new").status_code == 403
    assert draft(as_, cast, units, who).status_code == 403


def test_the_hotline_sees_no_orders(as_, cast, units):
    row = order(units, cast)
    for page in ("/orders/", f"/orders/{row.id}", f"/orders/{row.id}/notice"):
        assert as_(cast["hotline"]).get(page).status_code == 403


def test_another_units_order_is_not_there_for_a_liaison(as_, cast, units):
    row = order(units, cast)
    assert as_(cast["liaison"]).get(f"/orders/{row.id}").status_code == 404
    assert row.no not in as_(cast["liaison"]).get("/orders/").text


def test_a_paper_becomes_a_draft_and_a_draft_an_order(as_, cast, units):
    answer = draft(as_, cast, units)
    assert answer.status_code == 303, answer.text
    row = db.session.scalars(select(Order)).one()
    assert (row.no, row.state, [item.text for item in row.items]) == (
        "ZG-2026-0001", OrderState.DRAFT, ["标志牌缺失。", "台账缺两个月。"],
    )  # fmt: skip
    assert as_(cast["officer"]).post(f"/orders/{row.id}/moves/issue").status_code == 303
    assert (db.session.get(Order, row.id).state, row.issued_on) == (OrderState.ISSUED, TODAY)
    page = as_(cast["officer"]).get(f"/orders/{row.id}").text
    assert "整改期限 2026-12-09 + 5 个工作日 = 2026-12-16" in page


def test_an_enterprise_of_just_this_name_is_found(as_, cast, units):
    one = enterprise(units, cast, name="成都水泵厂")
    draft(as_, cast, units)
    assert db.session.scalars(select(Order.enterprise_id)).one() == one.id


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"party": ""}, "整改单位：请填写。"),
        ({"points": "  \n "}, "存在的问题：请"),
        ({"due_on": "2026-11-23"}, "整改期限：不能早于今天。"),
        ({"due_on": "下周"}, "整改期限：不是有效日期"),
        ({"unit_id": "999"}, "承办单位：请从列出的选项中选择。"),
    ],
)
def test_a_fault_names_its_field_and_nothing_typed_is_lost(as_, cast, units, changed, sentence):
    answer = draft(as_, cast, units, demand="立即停用二号线", **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "立即停用二号线" in answer.text


def test_the_draft_is_put_right_and_the_order_is_not(as_, cast, units):
    draft(as_, cast, units)
    row = db.session.scalars(select(Order)).one()
    known = {"unit_id": units["bureau"].id, "officer_id": cast["officer"].id}
    edit = DRAFT | known | {"points": "只有一项。", "due_on": "2026-12-01"}
    assert as_(cast["officer"]).post(f"/orders/{row.id}/edit", data=edit).status_code == 303
    db.session.refresh(row)
    assert ([item.text for item in row.items], row.ends_on) == (["只有一项。"], date(2026, 12, 1))
    as_(cast["officer"]).post(f"/orders/{row.id}/moves/issue")
    assert as_(cast["officer"]).post(f"/orders/{row.id}/edit", data=edit).status_code == 409


def test_a_correction_is_not_reported_for_a_day_before_the_order(as_, cast, units):
    row = order(units, cast)
    answer = as_(cast["officer"]).post(
        f"/orders/{row.id}/moves/report", data={"corrected_on": "2026-11-23", "report": "已补"}
    )
    assert (answer.status_code, "不能早于下达日期 2026-11-24" in answer.text) == (422, True)


def test_a_correction_is_reported_with_its_day_and_words(as_, cast, units):
    row = order(units, cast)
    page = as_(cast["officer"]).get(f"/orders/{row.id}/moves/report").text
    assert 'value="2026-11-24"' in page
    data = {"corrected_on": "2026-11-24", "report": "立柱已重立。"}
    assert as_(cast["officer"]).post(f"/orders/{row.id}/moves/report", data=data).status_code == 303
    db.session.refresh(row)
    assert (row.state, row.corrected_on, row.report) == (OrderState.CORRECTED, TODAY, "立柱已重立。")


def test_a_unit_reports_its_own_correction_and_its_head_confirms(as_, cast, units):
    known = {"kind": OrderKind.INTERNAL, "unit_id": units["street"].id, "enterprise_id": None}
    by = {"issued_by_id": cast["liaison"].id, "officer_id": cast["liaison"].id, "checker_id": None}
    row = order(units, cast, **known, **by)
    data = {"corrected_on": "2026-11-24", "report": "已清理。"}
    assert as_(cast["liaison"]).post(f"/orders/{row.id}/moves/report", data=data).status_code == 303
    confirm = {"remark": "看了现场。"}
    assert as_(cast["liaison"]).post(f"/orders/{row.id}/moves/confirm", data=confirm).status_code == 409
    assert as_(cast["head"]).post(f"/orders/{row.id}/moves/confirm", data=confirm).status_code == 303
    assert db.session.get(Order, row.id).state is OrderState.CLOSED


def test_a_confirmation_says_how(as_, cast, units):
    row = order(units, cast, state=OrderState.CORRECTED, corrected_on=TODAY)
    answer = as_(cast["chief"]).post(f"/orders/{row.id}/moves/confirm", data={"remark": ""})
    assert (answer.status_code, "请写明怎样核实" in answer.text) == (422, True)


@pytest.mark.parametrize("days", ["0", "61"])
def test_an_extension_stays_within_the_bureaus_rule(as_, cast, units, days):
    row = order(units, cast)
    data = {"extension_asked": days, "remark": "设备未到"}
    answer = as_(cast["officer"]).post(f"/orders/{row.id}/moves/ask_extension", data=data)
    assert (answer.status_code, "只能延长 1 至 60 日" in answer.text) == (422, True)


def test_an_extension_is_asked_for_with_its_reason(as_, cast, units):
    row = order(units, cast)
    data = {"extension_asked": "7", "remark": "设备未到"}
    assert as_(cast["officer"]).post(f"/orders/{row.id}/moves/ask_extension", data=data).status_code == 303
    db.session.refresh(row)
    assert (row.extension_asked, row.extension_by_id, row.ends_on) == (7, cast["officer"].id, date(2026, 12, 9))
    assert "申请延长 7 日" in as_(cast["chief"]).get(f"/orders/{row.id}").text
    again = as_(cast["officer"]).post(f"/orders/{row.id}/moves/ask_extension", data=data)
    assert (again.status_code, "已有一项延期申请待审批" in again.text) == (409, True)


def test_the_notice_says_what_by_when_and_where_to_object(as_, cast, units):
    page = as_(cast["officer"]).get(f"/orders/{order(units, cast).id}/notice").text
    for words in ("责令限期整改通知书", "2026年12月9日", "标志牌缺失，立柱已倒。", "六十日内申请行政复议"):
        assert words in page


def test_a_units_own_notice_threatens_nobody(as_, cast, units):
    row = order(units, cast, kind=OrderKind.INTERNAL)
    page = as_(cast["officer"]).get(f"/orders/{row.id}/notice").text
    assert "整改通知单" in page
    assert "行政复议" not in page


def test_the_list_is_narrowed_by_state_class_scope_officer_and_day(as_, cast, units):
    row = order(units, cast, due_on=TODAY - timedelta(days=1), issued_on=TODAY - timedelta(days=10))
    client = as_(cast["head"])
    shown = ("state=open", "state=issued", "class=key", "scope=supervision", f"officer={cast['officer'].id}",
             "since=2026-11-14", "until=2026-11-14", "view=overdue", "view=recheck")  # fmt: skip
    for asked in shown:
        assert row.no in client.get(f"/orders/?{asked}").text, asked
    hidden = ("state=closed", "class=catering", "scope=internal", f"officer={cast['chief'].id}", "since=2026-11-15",
              "until=2026-11-13", "view=mine", "view=failed", "view=reported")  # fmt: skip
    for asked in hidden:
        assert row.no not in client.get(f"/orders/?{asked}").text, asked


def test_a_filter_that_is_none_is_refused(as_, cast, units):
    assert as_(cast["head"]).get("/orders/?class=giant").status_code == 409


def test_the_sheet_has_what_the_list_has(as_, cast, units):
    row = order(units, cast)
    sheet = as_(cast["head"]).get("/orders/export.csv").data.decode("utf-8-sig")
    assert row.no in sheet
    assert row.party in sheet


def test_the_page_of_an_enterprise_shows_its_orders(app, as_, cast, units):
    row = order(units, cast)
    assert row.no in as_(cast["officer"]).get(f"/enterprises/{row.enterprise_id}").text


def test_names_are_offered_as_one_types(as_, cast, units):
    enterprise(units, cast, name="成都水泵厂")
    client = as_(cast["officer"])
    assert client.get("/orders/parties?q=水泵").json == ["成都水泵厂"]
    assert client.get("/orders/parties?q=").json == []
    assert as_(cast["liaison"]).get("/orders/parties?q=水泵").status_code == 403


def test_a_note_is_written_by_those_who_work_on_it(as_, cast, units):
    row = order(units, cast)
    assert as_(cast["leader"]).post(f"/orders/{row.id}/notes", data={"remark": "催"}).status_code == 409
    assert as_(cast["officer"]).post(f"/orders/{row.id}/notes", data={"remark": "电话催办"}).status_code == 303
    assert "电话催办" in as_(cast["leader"]).get(f"/orders/{row.id}").text


def test_orders_are_a_subject_with_its_own_list(app):
    assert module.subject("correction_order").index == "orders.index"
    assert db.session.scalars(select(Attachment)).all() == []
