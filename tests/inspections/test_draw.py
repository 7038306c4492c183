"""The random draw (双随机): the same seed, the same result; two officers, none of whom must stand back."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import select

from ems.core import module
from ems.core.db import db
from ems.core.people import Deputy, Role
from ems.enterprises.models import EnterpriseClass, EnterpriseState
from ems.inspections import draw as dice, draws
from ems.inspections.models import Inspection, InspectionState
from ems.inspections.plan_models import Draw, DrawState, OfficerConflict
from tests.conftest import TODAY, person
from tests.factories import enterprise, inspection


@st.composite
def pools(pick):
    houses = [{"id": n, "weight": pick(st.integers(0, 9))} for n in range(1, pick(st.integers(2, 12)))]
    officers = [{"id": n} for n in range(101, 101 + pick(st.integers(3, 6)))]
    avoid = [[one["id"], pick(st.sampled_from(officers))["id"]] for one in houses if pick(st.booleans())]
    return {"enterprises": houses, "officers": officers, "avoid": avoid}


@given(pools(), st.text(max_size=20), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_whatever_the_pool_the_result_is_sound_and_the_same_again(pool, seed, houses):
    found = dice.drawn(pool, seed, houses)
    weights = {one["id"]: one["weight"] for one in pool["enterprises"]}
    assert len(found) == min(houses, sum(weight > 0 for weight in weights.values()))
    assert len({pick.enterprise for pick in found}) == len(found)
    for pick in found:
        assert weights[pick.enterprise] > 0
        assert pick.lead != pick.second
        assert not {(pick.enterprise, pick.lead), (pick.enterprise, pick.second)} & {tuple(a) for a in pool["avoid"]}
    assert dice.drawn(pool, seed, houses) == found


def test_what_was_drawn_once_is_drawn_in_every_later_version():
    """A fixed vector: who changes the algorithm must give it another number, or old records would not agree."""
    pool = {
        "enterprises": [{"id": n, "weight": 1 + n % 3} for n in range(1, 9)],
        "officers": [{"id": n} for n in (11, 12, 13)],
        "avoid": [[3, 11]],
    }
    found = [(pick.enterprise, pick.lead, pick.second) for pick in dice.drawn(pool, "3867.18|2026-11-24 09:00:00", 4)]
    assert found == [(3, 13, 12), (5, 11, 12), (1, 11, 13), (4, 13, 11)]
    assert dice.VERSION == 1


def test_weights_decide_how_often():
    houses = [{"id": 1, "weight": 9}, {"id": 2, "weight": 1}]
    pool = {"enterprises": houses, "officers": [{"id": 5}, {"id": 6}], "avoid": []}
    first = [dice.drawn(pool, f"{n}", 1)[0].enterprise for n in range(500)]
    assert 420 < first.count(1) < 480


# —— the record


CHIEF, WITNESS = "chief", "leader"


def houses(units, cast, n=4, **known):
    return [enterprise(units, cast, **{"officer_id": None} | known) for _n in range(n)]


def crew(units, n=3):
    return [person(f"inspector{i}", Role.OFFICER, units["zone"]) for i in range(n)]


FORM = {
    "title": "第四季度双随机抽查", "type": "key_industry", "from_on": "2026-11-25", "until_on": "2026-12-18",
    "houses": "2", "plan_id": "", "rested_days": "90", "public_number": "3867.18", "weight_key": "5",
    "weight_catering": "2",
    "weight_discharger": "3", "weight_other": "1", "by_risk": "y", "avoid_own": "y",
}  # fmt: skip


def prepared(as_, cast, units, who="officer", **changed):
    known = {"unit_id": units["bureau"].id, "scope_id": units["zone"].id}
    answer = as_(cast[who]).post("/inspections/draws/new", data=FORM | known | changed)
    assert answer.status_code == 303, answer.text
    return db.session.scalars(select(Draw).order_by(Draw.id.desc()).limit(1)).one()


def move(as_, cast, row, name, who, **data):
    return as_(cast[who]).post(f"/inspections/draws/{row.id}/moves/{name}", data=data)


def drawn(as_, cast, units, **changed):
    row = prepared(as_, cast, units, **changed)
    answer = move(as_, cast, row, "draw", CHIEF, witness_id=cast[WITNESS].id)
    assert answer.status_code == 303, answer.text
    return row


@pytest.mark.parametrize("who", ["hotline", "liaison", "sysadmin"])
def test_who_sees_neither_plans_nor_draws(as_, cast, units, who):
    for page in ("plans/", "draws/", "conflicts", "plans/new", "draws/new"):
        assert as_(cast[who]).get(f"/inspections/{page}").status_code == 403


def test_who_may_not_draw(as_, cast, units):
    houses(units, cast)
    row = prepared(as_, cast, units)
    assert as_(cast["auditor"]).get("/inspections/draws/new").status_code == 403
    for who in ("officer", "leader", "auditor"):
        assert move(as_, cast, row, "draw", who, witness_id=cast["auditor"].id).status_code == 409
    answer = move(as_, cast, row, "draw", CHIEF, witness_id=cast[CHIEF].id)
    assert (answer.status_code, "请从列出的选项中选择" in answer.text) == (422, True)
    assert db.session.get(Draw, row.id).state is DrawState.PREPARED


def test_a_draw_from_the_announced_seed_to_the_witness(as_, cast, units):
    houses(units, cast)
    row = drawn(as_, cast, units)
    assert (row.no, len(row.picks), len(row.digest)) == ("CQ-2026-0001", 2, 64)
    assert draws.seed(row) == "3867.18|2026-11-24 12:00:00"
    assert db.session.scalars(select(Inspection)).all() == []
    for who in (CHIEF, "officer", "head"):
        assert move(as_, cast, row, "confirm", who).status_code == 409
    assert as_(cast["officer"]).get(f"/inspections/draws/{row.id}/published.xlsx").status_code == 409
    assert move(as_, cast, row, "confirm", WITNESS).status_code == 303
    made = db.session.scalars(select(Inspection).order_by(Inspection.id)).all()
    assert [one.enterprise_id for one in made] == [pick.enterprise_id for pick in row.picks]
    assert all(one.lead_id != one.second_id and one.no and one.party for one in made)
    assert all(date(2026, 11, 25) <= one.planned_on <= date(2026, 12, 18) for one in made)
    assert "重算一致" in as_(cast["auditor"]).get(f"/inspections/draws/{row.id}").text
    assert as_(cast["officer"]).get(f"/inspections/draws/{row.id}/published.xlsx").status_code == 200


def test_a_record_that_somebody_changed_says_so_and_is_not_confirmed(as_, cast, units):
    houses(units, cast)
    row = drawn(as_, cast, units)
    other = next(one for one in row.pool["enterprises"] if one["id"] not in {p.enterprise_id for p in row.picks})
    row.picks[0].enterprise_id = other["id"]
    db.session.commit()
    assert draws.faults(row) == ["按冻结的名录和种子重算，结果与记录不符。"]
    row.public_number = "1.00"
    db.session.commit()
    assert len(draws.faults(row)) == 2
    assert move(as_, cast, row, "confirm", WITNESS).status_code == 409


def test_a_draw_agrees_with_its_record_after_a_file_became_part_of_another(as_, cast, units):
    known = houses(units, cast)
    row = drawn(as_, cast, units)
    picked = [pick.enterprise_id for pick in row.picks]
    kept = next(one for one in known if one.id not in picked)
    said = {"reason": "同一家", "sure": "y"}
    assert as_(cast["head"]).post(f"/enterprises/{kept.id}/merge/{picked[0]}", data=said).status_code == 303
    assert (row.picks[0].enterprise_id, draws.faults(row)) == (kept.id, [])
    assert move(as_, cast, row, "confirm", WITNESS).status_code == 303
    row.picks[0].enterprise_id = picked[1]
    assert len(draws.faults(row)) == 1


def test_what_was_drawn_is_not_exchanged_by_hand(as_, cast, units):
    known = houses(units, cast)
    row = drawn(as_, cast, units)
    assert move(as_, cast, row, "confirm", WITNESS).status_code == 303
    made = row.picks[0].inspection
    other = next(one for one in known if one.id != made.enterprise_id)
    said = {name: f"{getattr(made, name)}" for name in ("type", "unit_id", "lead_id", "second_id", "planned_on")}
    page = f"/inspections/{made.id}/edit"
    answer = as_(cast["officer"]).post(page, data=said | {"party": other.name})
    assert (answer.status_code, "双随机抽中的检查对象不能更改" in answer.text) == (422, True)
    twin = enterprise(units, cast, name=made.party)  # of the same name: it stays with the one that was drawn
    assert as_(cast["officer"]).post(page, data=said | {"party": twin.name}).status_code == 303
    assert db.session.get(Inspection, made.id).enterprise_id == row.picks[0].enterprise_id


def test_who_is_left_out_of_the_pool(as_, cast, units):
    kept, shut, still, recent = houses(units, cast)
    shut.state, still.state = EnterpriseState.CLOSED, EnterpriseState.STOPPED
    inspection(units, cast, enterprise=recent, state=InspectionState.DONE, done_on=TODAY - timedelta(days=89))
    light = enterprise(units, cast, kind=EnterpriseClass.OTHER)
    named = [enterprise(units, cast, officer_id=cast["officer"].id), *houses(units, cast, 1)]
    plain, ill, bare = crew(units)
    bare.badge = ""
    db.session.add(Deputy(absent_id=ill.id, deputy_id=plain.id, since=TODAY, until=TODAY))
    db.session.commit()
    row = prepared(as_, cast, units, weight_other="0")
    pool = draws.pool_of(row)
    ids = {one["id"] for one in pool.enterprises}
    assert ids == {kept.id, *(one.id for one in named)}
    assert light.id not in ids
    assert pool.left_out == {"停产": 1, "近 90 天已检查": 1, "所属类别权重为 0": 1}
    assert {one.id for one in pool.officers} == {cast["officer"].id, cast["chief"].id, cast["head"].id, plain.id}
    assert pool.avoid == [[named[0].id, cast["officer"].id]]


def test_a_declared_conflict_is_never_drawn_and_one_declared_later_is_found(as_, cast, units):
    first, second = houses(units, cast, 2)
    about = {"unit_id": units["bureau"].id, "reason": "配偶任职", "since": TODAY, "declared_by_id": cast["officer"].id}
    db.session.add(OfficerConflict(user_id=cast["officer"].id, enterprise_id=first.id, **about))
    db.session.add(OfficerConflict(user_id=cast["chief"].id, credit_code=second.credit_code, **about))
    db.session.commit()
    row = drawn(as_, cast, units)
    assert sorted(row.pool["avoid"]) == [[first.id, cast["officer"].id], [second.id, cast["chief"].id]]
    pairs = {pick.enterprise_id: {pick.lead_id, pick.second_id} for pick in row.picks}
    assert cast["officer"].id not in pairs[first.id]
    assert cast["chief"].id not in pairs[second.id]
    assert move(as_, cast, row, "confirm", WITNESS).status_code == 303
    (check,) = [one for one in module.checks() if one.code == "inspections.barred"]
    assert db.session.scalars(check.found(cast["head"])).all() == []
    db.session.add(OfficerConflict(user_id=cast["head"].id, of_unit_id=first.unit_id, **about))
    db.session.commit()
    found = db.session.scalars(check.found(cast["head"])).all()
    assert {one.enterprise_id for one in found} == {first.id, second.id}


def test_too_few_to_draw_from_is_said(as_, cast, units):
    houses(units, cast, 1)
    row = prepared(as_, cast, units)
    page = as_(cast[CHIEF]).get(f"/inspections/draws/{row.id}").text
    assert "名录中只有 1 家企业，不足 2 家" in page


def test_a_voided_draw_takes_back_what_nobody_began(as_, cast, units):
    houses(units, cast)
    row = drawn(as_, cast, units)
    move(as_, cast, row, "confirm", WITNESS)
    assert move(as_, cast, row, "void", CHIEF, remark="条件有误").status_code == 303
    assert {one.state for one in db.session.scalars(select(Inspection))} == {InspectionState.VOID}


def test_an_officer_declares_for_themselves_a_chief_for_all(as_, cast, units):
    one = enterprise(units, cast)
    sent = {"user_id": cast["officer"].id, "party": one.name, "of_unit_id": "", "reason": "亲属", "since": "2026-11-24"}
    assert (
        as_(cast["officer"]).post("/inspections/conflicts/new", data=sent | {"user_id": cast["chief"].id}).status_code
        == 422
    )
    assert as_(cast["officer"]).post("/inspections/conflicts/new", data=sent).status_code == 303
    row = db.session.scalars(select(OfficerConflict)).one()
    assert (row.user_id, row.enterprise_id, row.credit_code) == (cast["officer"].id, one.id, "")
    assert one.name in as_(cast["auditor"]).get("/inspections/conflicts").text
    assert as_(cast["officer"]).post(f"/inspections/conflicts/{row.id}/end").status_code == 303
    assert db.session.get(OfficerConflict, row.id).until == TODAY


def test_the_record_of_the_draw_is_printed(as_, cast, units):
    houses(units, cast)
    row = drawn(as_, cast, units)
    answer = as_(cast["auditor"]).get(f"/inspections/draws/{row.id}/record.pdf")
    assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
