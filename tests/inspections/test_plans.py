"""Plans of inspections: whom they take and why, when, by whom; made twice, nothing is there twice."""

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.core import module
from ems.core.db import db
from ems.core.people import Deputy, Role
from ems.enterprises.models import EnterpriseClass
from ems.inspections import plans, risk
from ems.inspections.models import Inspection, InspectionState, Severity
from ems.inspections.plan_models import InspectionPlan, OfficerConflict, PlanState
from tests.conftest import TODAY, person
from tests.factories import complaint, enterprise, finding, inspection, order

FORM = {
    "title": "年末重点企业检查", "kind": "classes", "type": "key_industry", "from_on": "2026-11-24",
    "until_on": "2026-12-31", "times": "1", "key_times": "2", "names": "", "note": "",
}  # fmt: skip


def drafted(as_, cast, units, who="officer", **changed):
    known = {"unit_id": units["bureau"].id, "scope_id": units["zone"].id}
    answer = as_(cast[who]).post("/inspections/plans/new", data=FORM | known | changed)
    assert answer.status_code == 303, answer.text
    return db.session.scalars(select(InspectionPlan).order_by(InspectionPlan.id.desc()).limit(1)).one()


def move(as_, cast, row, name, who="chief", **data):
    return as_(cast[who]).post(f"/inspections/plans/{row.id}/moves/{name}", data=data)


def made(row):
    return db.session.scalars(select(Inspection).where(Inspection.plan_id == row.id).order_by(Inspection.id)).all()


def found(code, cast):
    (check,) = [one for one in module.checks() if one.code == code]
    return db.session.scalars(check.found(cast["head"])).all()


def test_nobody_approves_their_own_plan_and_an_officer_none(as_, cast, units):
    enterprise(units, cast)
    mine = drafted(as_, cast, units, "head")
    assert move(as_, cast, mine, "approve", "head").status_code == 409
    assert move(as_, cast, mine, "approve", "officer").status_code == 409
    assert as_(cast["auditor"]).get("/inspections/plans/new").status_code == 403
    assert move(as_, cast, mine, "approve").status_code == 303
    assert as_(cast["officer"]).get(f"/inspections/plans/{mine.id}/edit").status_code == 409


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"until_on": "2026-11-20", "from_on": "2026-11-01"}, "至：不能早于今天。"),
        ({"until_on": "2026-11-25", "from_on": "2026-12-01"}, "至：不能早于开始日期。"),
        ({"key_times": ""}, "请至少填写一类企业的次数。"),
        ({"key_times": "每季"}, "请填写整数。"),
        ({"kind": "campaign"}, "请填写专项检查的企业。"),
        ({"kind": "campaign", "names": "没有这家厂"}, "没有找到企业“没有这家厂”"),
    ],
)
def test_a_fault_names_its_field(as_, cast, units, changed, sentence):
    known = {"unit_id": units["bureau"].id, "scope_id": units["zone"].id}
    answer = as_(cast["officer"]).post("/inspections/plans/new", data=FORM | known | changed)
    assert (answer.status_code, sentence in answer.text) == (422, True)


def test_a_plan_by_classes_from_its_preview_to_its_end(as_, cast, units):
    houses = [enterprise(units, cast) for _n in range(3)]
    enterprise(units, cast, kind=EnterpriseClass.CATERING)
    row = drafted(as_, cast, units)
    page = as_(cast["chief"]).get(f"/inspections/plans/{row.id}").text
    assert "3 家企业，6 次检查" in page
    assert made(row) == []
    assert move(as_, cast, row, "approve").status_code == 303
    rows = made(row)
    assert Counter(one.enterprise_id for one in rows) == {one.id: 2 for one in houses}
    days = [one.planned_on for one in rows]
    assert min(days) == TODAY
    assert max(days) > date(2026, 12, 20)
    assert all(day.weekday() < 5 for day in days)
    load = Counter(id for one in rows for id in (one.lead_id, one.second_id))
    assert max(load.values()) - min(load.values()) <= 1
    assert all(one.lead_id != one.second_id for one in rows)
    assert move(as_, cast, row, "refill").status_code == 303
    assert len(made(row)) == 6
    assert move(as_, cast, row, "finish").status_code == 409
    for one in rows:
        one.state, one.done_on = InspectionState.DONE, TODAY
    db.session.commit()
    assert plans.progress(row).percent == 100
    (cover,) = plans.coverage(row)
    assert (cover.kind, cover.all, cover.done) == (EnterpriseClass.KEY, 3, 3)
    assert move(as_, cast, row, "finish").status_code == 303
    assert row.state is PlanState.DONE
    figures = module.figures()
    assert figures["plans.completed"].of(None, (TODAY, date(2026, 12, 31))) == 6
    assert figures["inspections.key_covered"].of(None, (TODAY, TODAY)) == 3


def test_who_joins_the_class_later_is_made_up_for(as_, cast, units):
    enterprise(units, cast)
    row = drafted(as_, cast, units, key_times="1")
    move(as_, cast, row, "approve")
    enterprise(units, cast)
    move(as_, cast, row, "refill")
    assert len(made(row)) == 2


def test_of_a_merged_enterprise_the_visits_are_those_of_the_file_it_became(as_, cast, units):
    old = enterprise(units, cast)
    row = drafted(as_, cast, units)
    move(as_, cast, row, "approve")
    kept = enterprise(units, cast)
    merged = as_(cast["head"]).post(f"/enterprises/{kept.id}/merge/{old.id}", data={"reason": "同一家", "sure": "y"})
    assert merged.status_code == 303
    move(as_, cast, row, "refill")
    assert [one.enterprise_id for one in made(row)] == [kept.id, kept.id]


def test_what_lies_in_a_part_that_is_over_is_not_asked_for(as_, cast, units):
    enterprise(units, cast)
    row = drafted(as_, cast, units, from_on="2026-01-01", key_times="4")
    assert "3 次所在的时段已经过去" in as_(cast["chief"]).get(f"/inspections/plans/{row.id}").text
    move(as_, cast, row, "approve")
    (one,) = made(row)
    assert one.planned_on >= TODAY


def test_a_voided_plan_takes_back_only_what_nobody_began(as_, cast, units):
    enterprise(units, cast)
    row = drafted(as_, cast, units)
    move(as_, cast, row, "approve")
    first, second = made(row)
    first.state = InspectionState.OPEN
    db.session.commit()
    assert move(as_, cast, row, "void", remark="重复").status_code == 303
    assert (first.state, second.state, second.withdrawn) == (InspectionState.OPEN, InspectionState.VOID, True)


def test_who_is_away_or_stands_back_is_not_sent(as_, cast, units):
    one, other = enterprise(units, cast), person("inspector", Role.OFFICER, units["zone"])
    about = {"unit_id": units["bureau"].id, "reason": "亲属", "since": TODAY, "declared_by_id": other.id}
    db.session.add(OfficerConflict(user_id=cast["officer"].id, enterprise_id=one.id, **about))
    for gone in ("chief", "head"):
        away = {"absent_id": cast[gone].id, "deputy_id": other.id, "since": TODAY, "until": TODAY + timedelta(days=6)}
        db.session.add(Deputy(**away))
    db.session.commit()
    row = drafted(as_, cast, units, key_times="1")
    move(as_, cast, row, "approve", "head")
    (made_,) = made(row)
    assert made_.planned_on > TODAY + timedelta(days=6)
    assert cast["officer"].id not in {made_.lead_id, made_.second_id}


def test_nobody_to_send_is_said_before_anything_is_made(as_, cast, units):
    enterprise(units, cast)
    for who in ("officer", "chief"):
        cast[who].badge = ""
    db.session.commit()
    row = drafted(as_, cast, units)
    assert "派不出两名持证人员" in as_(cast["head"]).get(f"/inspections/plans/{row.id}").text
    answer = move(as_, cast, row, "approve", "head")
    assert (answer.status_code, "没有两名可派的持证人员" in answer.text) == (409, True)
    assert (made(row), db.session.get(InspectionPlan, row.id).state) == ([], PlanState.DRAFT)


def test_the_risk_is_a_sum_whose_reasons_are_named(as_, cast, units):
    quiet, loud = enterprise(units, cast), enterprise(units, cast)
    seen = inspection(units, cast, enterprise=loud, state=InspectionState.DONE, done_on=TODAY)
    finding(units, cast, inspection=seen, severity=Severity.SERIOUS)
    order(units, cast, enterprise=loud, due_on=TODAY - timedelta(days=1))
    for _n in range(6):
        complaint(units, cast, enterprise_id=loud.id)
    first, second = risk.ranked(units["zone"].id)
    assert (first.id, second.id) == (loud.id, quiet.id)
    assert first.score == 15 + 5 + 10 + 20 + 10
    assert first.reasons == [
        "12个月内被投诉 6 项，20 分", "整改逾期，15 分", "12个月内检查发现严重问题，10 分", "重点工业企业，10 分",
        "整改未完成，5 分",
    ]  # fmt: skip
    assert second.score == 20
    row = drafted(as_, cast, units, kind="risk", houses="1", key_times="")
    page = as_(cast["chief"]).get(f"/inspections/plans/{row.id}").text
    assert "12个月内被投诉 6 项，20 分" in page
    assert quiet.name not in page
    assert risk.ranked(units["other"].id) == []


def test_a_campaign_names_its_enterprises(as_, cast, units):
    one, other = enterprise(units, cast), enterprise(units, cast)
    enterprise(units, cast)
    names = f"{one.name}\n{other.no}\n{one.credit_code}"
    row = drafted(as_, cast, units, kind="campaign", type="special", names=names, key_times="")
    assert {target.risk.id for target in plans.targets(row)} == {one.id, other.id}
    page = as_(cast["officer"]).get(f"/inspections/plans/{row.id}/edit").text
    assert f"{one.name}\n{other.name}" in page


def test_checks_find_plans_that_stand_still(as_, cast, units):
    enterprise(units, cast)
    row = drafted(as_, cast, units)
    assert found("plans.unapproved", cast) == [row]
    move(as_, cast, row, "approve")
    assert found("plans.empty", cast) == found("plans.behind", cast) == []
    made(row)[0].planned_on = TODAY - timedelta(days=3)
    db.session.commit()
    assert found("plans.behind", cast) == [row]
    assert "超 3 天" in as_(cast["chief"]).get(f"/inspections/plans/{row.id}").text
    for one in made(row):
        one.plan_id = None
    db.session.commit()
    assert found("plans.empty", cast) == [row]
