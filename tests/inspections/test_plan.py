from datetime import date

import pytest
from sqlalchemy import select

from ems.complaints.models import Complaint
from ems.core import duties
from ems.core.db import db
from ems.core.people import Post, Role
from ems.core.workflow import Step
from ems.inspections.models import Inspection, InspectionState, InspectionType
from ems.orders.models import Order, OrderKind, OrderState
from tests.conftest import TODAY, person
from tests.factories import complaint, enterprise, inspection, order

PLAN = {
    "type": "key_industry",
    "party": "成都水泵厂",
    "place": "石羚路 12 号",
    "planned_on": "2026-11-26",
    "client_key": "form-1",
}


def plan(as_, cast, units, who="officer", query="", **changed):
    known = {"unit_id": units["bureau"].id, "lead_id": cast["officer"].id, "second_id": cast["head"].id}
    return as_(cast[who]).post(f"/inspections/new{query}", data=PLAN | known | changed)


def only():
    return db.session.scalars(select(Inspection)).one()


@pytest.mark.parametrize("who", ["hotline", "leader", "auditor"])
def test_who_may_not_plan_an_inspection(as_, cast, units, who):
    assert as_(cast[who]).get("/inspections/new").status_code == 403
    assert plan(as_, cast, units, who).status_code == 403


def test_a_liaison_officer_plans_only_the_units_own_check(as_, cast, units):
    page = as_(cast["liaison"]).get("/inspections/new").text
    assert "日常自查" in page
    assert "重点企业检查" not in page
    known = {"unit_id": units["street"].id, "lead_id": cast["liaison"].id, "second_id": ""}
    answer = as_(cast["liaison"]).post("/inspections/new", data=PLAN | known)
    assert answer.status_code == 422
    assert db.session.scalars(select(Inspection)).all() == []


def test_another_units_inspection_is_not_there_for_a_liaison(as_, cast, units):
    row = inspection(units, cast)
    for page in (f"/inspections/{row.id}", f"/inspections/{row.id}/field", f"/inspections/{row.id}/transcript"):
        assert as_(cast["liaison"]).get(page).status_code == 404
    assert row.no not in as_(cast["liaison"]).get("/inspections/").text


def test_a_plan_has_its_number_its_headline_and_its_day(as_, cast, units):
    one = enterprise(units, cast, name="成都水泵厂")
    answer = plan(as_, cast, units)
    assert answer.status_code == 303, answer.text
    row = only()
    assert (row.no, row.title, row.state) == ("JC-2026-0001", "重点企业检查 · 成都水泵厂", InspectionState.PLANNED)
    assert row.enterprise_id == one.id
    (duty,) = duties.of(Inspection, [row.id])[row.id]
    assert (duty.rule, duty.due_on, duty.owner_id) == ("INSP_PLAN", date(2026, 11, 26), cast["officer"].id)


def test_the_same_form_sent_twice_makes_one(as_, cast, units):
    first, second = plan(as_, cast, units), plan(as_, cast, units)
    assert first.location == second.location
    assert only().client_key == "form-1"


def test_an_enterprise_not_on_the_register_stays_as_it_was_said(as_, cast, units):
    plan(as_, cast, units)
    row = only()
    assert (row.party, row.enterprise_id) == ("成都水泵厂", None)
    assert "未对应到企业档案" in as_(cast["officer"]).get(f"/inspections/{row.id}").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"planned_on": "2026-11-23"}, "计划日期：不能早于今天。"),
        ({"planned_on": "后天"}, "计划日期：不是有效日期"),
        ({"party": "", "place": ""}, "被检查单位：请填写被检查单位；没有单位的，填写地点。"),
        ({"second_id": "SAME"}, "第二名检查人：第二名检查人须是另一人。"),
        ({"lead_id": "999"}, "检查人：请从列出的选项中选择。"),
    ],
)
def test_a_fault_names_its_field_and_nothing_typed_is_lost(as_, cast, units, changed, sentence):
    changed = {name: cast["officer"].id if value == "SAME" else value for name, value in changed.items()}
    answer = plan(as_, cast, units, **{"place": "石羚路 99 号"} | changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "石羚路 99 号" in answer.text or changed.get("place") == ""


def test_whoever_is_not_among_them_does_not_begin_it(as_, cast, units):
    answer = plan(as_, cast, units, "chief", go="start", second_id="")
    assert (answer.status_code, "这次检查由officer开展" in answer.text) == (422, True)
    assert db.session.scalars(select(Inspection)).all() == []


def test_it_begins_at_once_with_the_list_in_force(as_, cast, units):
    answer = plan(as_, cast, units, go="start")
    row = only()
    assert answer.location.endswith(f"/inspections/{row.id}/field")
    assert (row.state, row.checklist.version, len(row.lines)) == (InspectionState.OPEN, 2, len(row.checklist.items))
    assert row.lines[3].law == "《生态环境法典》第164条"


def test_from_an_enterprise_its_name_and_kind_are_known(as_, cast, units):
    one = enterprise(units, cast, address="石羚路 12 号")
    page = as_(cast["officer"]).get(f"/inspections/new?enterprise={one.id}").text
    assert one.name in page
    assert "石羚路 12 号" in page
    assert '<option selected value="key_industry">' in page


def test_from_a_complaint_it_keeps_where_it_came_from(as_, cast, units):
    case = complaint(units, cast, enterprise_name="锦程火锅店")
    page = as_(cast["officer"]).get(f"/inspections/new?complaint={case.id}").text
    assert "天府三街 88 号" in page
    assert "锦程火锅店" in page
    plan(as_, cast, units, query=f"?complaint={case.id}")
    assert only().source == f"complaint:{case.id}"
    assert only().no in as_(cast["officer"]).get(f"/complaints/{case.id}").text


def test_a_complaint_one_may_not_see_is_not_there(as_, cast, units):
    case = complaint(units, cast)
    assert as_(cast["liaison"]).get(f"/inspections/new?complaint={case.id}").status_code == 404
    assert db.session.get(Complaint, case.id) is not None


def test_from_an_order_a_recheck_is_planned_for_the_day_after_its_term(as_, cast, units):
    row = order(units, cast)
    page = as_(cast["officer"]).get(f"/inspections/new?order={row.id}").text
    assert 'value="2026-12-10"' in page
    assert "整改复查" in page
    answer = plan(as_, cast, units, query=f"?order={row.id}", type="order_recheck", planned_on="2026-12-10")
    assert answer.status_code == 303, answer.text
    assert (only().order_id, db.session.get(Order, row.id).recheck_planned_on) == (row.id, date(2026, 12, 10))
    again = as_(cast["officer"]).get(f"/inspections/new?order={row.id}")
    assert (again.status_code, f"已经安排了复查 {only().no}" in again.text) == (409, True)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"kind": OrderKind.INTERNAL}, "由单位负责人核实确认"),
        ({"state": OrderState.DRAFT}, "现在是“拟稿”"),
        ({"state": OrderState.CLOSED, "closed_on": TODAY}, "现在是“已销号”"),
    ],
)
def test_an_order_with_nothing_to_look_at_gets_no_recheck(as_, cast, units, known, sentence):
    answer = as_(cast["officer"]).get(f"/inspections/new?order={order(units, cast, **known).id}")
    assert (answer.status_code, sentence in answer.text) == (409, True)


def test_a_plan_may_change_until_it_ends(as_, cast, units):
    row = inspection(units, cast)
    known = {"unit_id": units["bureau"].id, "lead_id": cast["chief"].id, "second_id": cast["officer"].id}
    answer = as_(cast["officer"]).post(f"/inspections/{row.id}/edit", data=PLAN | known | {"type": "outlet"})
    assert answer.status_code == 303, answer.text
    db.session.refresh(row)
    assert (row.title, row.lead_id, row.planned_on) == (
        "排放口规整复查 · 成都水泵厂",
        cast["chief"].id,
        date(2026, 11, 26),
    )
    row.state, row.done_on = InspectionState.DONE, TODAY
    db.session.commit()
    assert as_(cast["officer"]).get(f"/inspections/{row.id}/edit").status_code == 409


def test_nobody_voids_an_inspection_of_their_own(as_, cast, units):
    row = inspection(units, cast, second_id=cast["chief"].id)
    page = f"/inspections/{row.id}/moves/void"
    assert as_(cast["officer"]).post(page, data={"remark": "不去了"}).status_code == 409
    assert as_(cast["chief"]).post(page, data={"remark": "不去了"}).status_code == 409
    assert as_(cast["head"]).post(page, data={"remark": "与专项重复"}).status_code == 303
    assert db.session.get(Inspection, row.id).state is InspectionState.VOID
    assert duties.of(Inspection, [row.id])[row.id] == []
    assert db.session.scalars(select(Step.remark).where(Step.move == "void")).all() == ["与专项重复"]


def test_a_system_check_is_of_the_unit(as_, cast, units):
    answer = plan(as_, cast, units, type="system_check", party="", place="", unit_id=units["street"].id, second_id="")
    assert answer.status_code == 303, answer.text
    assert (only().party, only().title) == ("石羊街道办事处", "体系运行检查 · 石羊街道办事处")


def test_officers_are_offered_with_their_badge_and_those_of_others_reach_are_not(as_, cast, units):
    person("away", Role.OFFICER, units["other"])
    db.session.add(Post(user_id=cast["liaison"].id, unit_id=units["street"].id, role=Role.OFFICER, since=TODAY))
    db.session.commit()
    page = as_(cast["liaison"]).get("/inspections/new").text
    assert "officer（高新区管委会，川A-001）" in page
    assert "away" not in page


def test_the_page_of_an_enterprise_begins_one(as_, cast, units):
    row = inspection(units, cast)
    page = as_(cast["officer"]).get(f"/enterprises/{row.enterprise_id}").text
    assert row.no in page
    assert f"/inspections/new?enterprise={row.enterprise_id}" in page


def test_a_type_is_not_changed_under_way(as_, cast, units):
    row = inspection(units, cast, state=InspectionState.OPEN)
    known = {"unit_id": units["bureau"].id, "lead_id": cast["officer"].id, "second_id": cast["head"].id}
    answer = as_(cast["officer"]).post(f"/inspections/{row.id}/edit", data=PLAN | known | {"type": "catering"})
    assert answer.status_code == 422
    assert db.session.get(Inspection, row.id).type is InspectionType.KEY_INDUSTRY


def test_a_months_own_check_is_not_put_off_nor_made_something_else(as_, cast, units):
    about = {"type": "self_check", "unit_id": units["street"].id, "lead_id": cast["liaison"].id, "second_id": None}
    row = inspection(units, cast, **about, month=date(2026, 11, 1), planned_on=date(2026, 11, 30), enterprise_id=None)
    said, page = PLAN | about | {"second_id": ""}, f"/inspections/{row.id}/edit"
    later = as_(cast["liaison"]).post(page, data=said | {"planned_on": "2026-12-01"})
    assert (later.status_code, "须在 2026-11-30 以前开展" in later.text) == (422, True)
    changes = {"type": "key_industry"}, {"unit_id": units["other"].id, "lead_id": cast["outsider"].id}
    assert [as_(cast["head"]).post(page, data=said | one).status_code for one in changes] == [422, 422]
    assert as_(cast["liaison"]).post(page, data=said | {"planned_on": "2026-11-27"}).status_code == 303
    void = f"/inspections/{row.id}/moves/void"
    assert as_(person("own", Role.CHIEF, units["street"])).post(void, data={"remark": "忙"}).status_code == 409
    assert as_(cast["head"]).post(void, data={"remark": "单位撤并"}).status_code == 303


def test_sent_at_the_same_moment_the_first_plan_stands(as_, cast, units, monkeypatch):
    """The other one is stored after we looked and before we store."""
    first = inspection(units, cast, client_key="form-1")
    looked = iter([None, first.id])
    monkeypatch.setattr("ems.inspections.views.kept", lambda _key: next(looked))
    answer = plan(as_, cast, units)
    assert (answer.status_code, answer.location) == (303, f"/inspections/{first.id}")
    assert only().id == first.id
