from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.core import settle
from ems.core.db import db
from ems.core.duties import Duty, mine
from ems.core.errors import Refused
from ems.core.workflow import Step
from ems.enterprises.models import Enterprise, EnterpriseState, OutletState
from ems.enterprises.moves import OUTLET_WORKFLOW, WORKFLOW
from tests.conftest import TODAY
from tests.factories import enterprise, outlet

SOON = TODAY + timedelta(days=30)


@pytest.fixture
def plant(units, cast):
    return enterprise(units, cast)


def turn(client, row, move, **data):
    return client.post(f"/enterprises/{row.id}/moves/{move}", data={"day": f"{TODAY}", "plan_on": ""} | data)


def duties(row):
    asked = select(Duty).where(Duty.subject_type == "enterprise", Duty.subject_id == row.id).order_by(Duty.id)
    return [(d.rule, d.start_on, d.due_on, d.met_on) for d in db.session.scalars(asked)]


@pytest.mark.parametrize("who", ["liaison", "hotline", "auditor", "leader"])
@pytest.mark.parametrize("move", ["stop", "close", "convert", "relocate", "void"])
def test_who_may_not_say_that_a_plant_has_stopped(as_, cast, plant, who, move):
    answer = turn(as_(cast[who]), plant, move, remark="现场核查")
    assert answer.status_code == 409
    assert plant.state is EnterpriseState.OPERATING


def test_a_stranger_does_not_even_find_it(as_, cast, plant):
    assert turn(as_(cast["outsider"]), plant, "stop").status_code == 404


def test_an_officer_may_not_void_a_file(as_, cast, plant):
    assert turn(as_(cast["officer"]), plant, "void", remark="重复建档").status_code == 409
    assert turn(as_(cast["head"]), plant, "void", remark="重复建档").status_code == 303
    assert plant.state is EnterpriseState.VOID


def test_a_file_is_not_voided_without_a_reason_nor_with_outlets(as_, cast, units, plant):
    assert turn(as_(cast["head"]), plant, "void", remark="").status_code == 422
    row = outlet(units, cast, enterprise=plant)
    assert "先作废排放口" in turn(as_(cast["head"]), plant, "void", remark="重复").text
    row.state = OutletState.VOID
    db.session.commit()
    assert turn(as_(cast["head"]), plant, "void", remark="重复").status_code == 303


@pytest.mark.parametrize(
    ("move", "state", "column"),
    [("stop", "stopped", "stopped_on"), ("close", "closed", "closed_on"), ("convert", "converted", "converted_on"),
     ("relocate", "relocated", "relocated_on")],
)  # fmt: skip
def test_each_turn_keeps_its_own_day(as_, cast, plant, move, state, column):
    answer = turn(as_(cast["officer"]), plant, move, day="2026-11-02", plan_on=f"{SOON}", remark="停水停电")
    assert answer.status_code == 303
    assert plant.state == state
    assert (plant.state_on, getattr(plant, column), plant.recheck_on) == (date(2026, 11, 2), date(2026, 11, 2), SOON)
    assert db.session.scalars(select(Step.remark)).all() == ["停水停电"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"day": "2026-11-25"}, "发生日期：不能晚于今天。"),
        ({"day": ""}, "发生日期：请填写。"),
        ({"plan_on": "2026-11-01"}, "计划复查日期：不能早于发生日期。"),
        ({"plan_on": "明年"}, "计划复查日期：不是有效日期"),
    ],
)
def test_a_turn_with_a_wrong_day_is_not_taken(as_, cast, plant, data, sentence):
    answer = turn(as_(cast["officer"]), plant, "close", **data)
    assert (answer.status_code, plant.state) == (422, EnterpriseState.OPERATING)
    assert sentence in answer.text


def test_a_planned_recheck_is_a_duty_of_its_officer_on_the_planned_day(as_, cast, plant):
    turn(as_(cast["officer"]), plant, "close", plan_on=f"{SOON}")
    assert duties(plant) == [("ENT_RECHECK", SOON, SOON, None)]
    assert [d.subject_id for d in db.session.scalars(mine(cast["officer"]))] == [plant.id]
    page = as_(cast["officer"]).get(f"/enterprises/{plant.id}").text
    assert f"复查计划日 {SOON}" in page


def test_a_plan_for_a_running_plant_asks_for_nothing(cast, plant):
    plant.recheck_on = SOON
    db.session.commit()
    assert duties(plant) == []


def test_a_recheck_meets_the_plan(as_, cast, plant):
    client = as_(cast["officer"])
    turn(client, plant, "close", plan_on=f"{SOON}")
    early = turn(client, plant, "recheck", found="holds", next_on="", day="2026-11-01")
    assert (early.status_code, "不能早于停产、关闭的日期" in early.text) == (422, True)
    assert turn(client, plant, "recheck", found="holds", next_on="").status_code == 303
    assert duties(plant) == [("ENT_RECHECK", SOON, SOON, TODAY)]
    assert (plant.state, plant.relapsed, plant.last_rechecked_on) == (EnterpriseState.CLOSED, False, TODAY)


def test_a_recheck_may_plan_the_next_one(as_, cast, plant):
    client = as_(cast["officer"])
    turn(client, plant, "close", plan_on=f"{TODAY}")
    turn(client, plant, "recheck", found="holds", next_on=f"{SOON}")
    assert duties(plant) == [("ENT_RECHECK", SOON, SOON, None)]
    assert (plant.rechecked_on, plant.last_rechecked_on) == (None, TODAY)


def test_a_relapse_is_kept_and_must_be_looked_at_again(as_, cast, plant):
    client = as_(cast["officer"])
    turn(client, plant, "close", plan_on=f"{TODAY}")
    refused = turn(client, plant, "recheck", found="relapsed", next_on="")
    assert "发现反弹，必须安排下次复查" in refused.text
    assert not plant.relapsed
    turn(client, plant, "recheck", found="relapsed", next_on=f"{SOON}")
    assert (plant.relapsed, plant.relapsed_on, plant.state) == (True, TODAY, EnterpriseState.CLOSED)
    assert "已反弹" in client.get(f"/enterprises/{plant.id}").text
    turn(client, plant, "recheck", found="holds", next_on="")
    assert (plant.relapsed, plant.relapsed_on) == (False, TODAY)


def test_a_recheck_without_a_result_is_not_taken(as_, cast, plant):
    client = as_(cast["officer"])
    turn(client, plant, "close", plan_on=f"{TODAY}")
    assert "请选择复查结果" in turn(client, plant, "recheck").text
    assert plant.rechecked_on is None


def test_a_stopped_plant_that_resumes_is_left_in_peace(as_, cast, plant):
    client = as_(cast["officer"])
    turn(client, plant, "stop", plan_on=f"{SOON}")
    assert turn(client, plant, "resume").status_code == 303
    assert (plant.state, plant.resumed_on, plant.recheck_on) == (EnterpriseState.OPERATING, TODAY, None)
    assert duties(plant) == []


def test_a_closed_plant_comes_back_by_the_head_alone(as_, cast, plant):
    turn(as_(cast["officer"]), plant, "close", plan_on=f"{SOON}")
    assert "须由负责人登记" in turn(as_(cast["officer"]), plant, "resume").text
    assert plant.state is EnterpriseState.CLOSED
    assert turn(as_(cast["head"]), plant, "resume").status_code == 303
    assert plant.state is EnterpriseState.OPERATING


def test_a_running_plant_has_nothing_to_recheck(cast, plant):
    with pytest.raises(Refused, match="不能“登记复查”"):
        WORKFLOW.fire("recheck", cast["officer"], plant)


def test_the_officer_who_takes_over_takes_the_duty_over(as_, cast, plant):
    turn(as_(cast["officer"]), plant, "close", plan_on=f"{SOON}")
    plant.officer_id = cast["head"].id
    db.session.commit()
    assert not db.session.scalars(mine(cast["officer"])).all()
    assert [d.subject_id for d in db.session.scalars(mine(cast["head"]))] == [plant.id]


def test_the_table_of_duties_is_true_after_all_this(as_, cast, units):
    client = as_(cast["officer"])
    for move in ("close", "stop", "relocate"):
        row = enterprise(units, cast)
        turn(client, row, move, plan_on=f"{SOON}")
        turn(client, row, "recheck", found="holds", next_on=f"{SOON + timedelta(days=9)}")
    assert settle.rebuild(db.session(), Enterprise, check=True) == []


def test_an_outlet_is_put_aside_taken_up_and_dropped(cast, units):
    row = outlet(units, cast)
    for move, state in (("idle", "idle"), ("use", "in_use"), ("void", "void")):
        OUTLET_WORKFLOW.fire(move, cast["officer"], row, "与许可证副本核对")
        assert row.state == state
    with pytest.raises(Refused):
        OUTLET_WORKFLOW.fire("use", cast["officer"], row)


def test_a_liaison_may_not_drop_an_outlet(as_, cast, units):
    row = outlet(units, cast)
    assert (
        as_(cast["liaison"]).post(f"/enterprises/outlets/{row.id}/moves/void", data={"remark": "x"}).status_code == 403
    )
    assert row.state is OutletState.IN_USE
