"""The score: who may not first; each number can be opened; what is waived costs nothing; the ranking says the same."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from ems.core import module
from ems.core.db import db
from ems.core.people import Role
from ems.enterprises import scored, scoring
from ems.enterprises.score_models import Grade, ScoreRule, ScoreSnapshot, ScoreWaiver, WaiverState
from ems.orders.models import OrderState
from tests.conftest import TODAY, person
from tests.factories import enterprise, order


@pytest.fixture
def rules(app):
    scoring.seed()
    db.session.commit()


@pytest.fixture
def late(units, cast, rules):
    """An enterprise whose order was due ten days ago, and one without a fault."""
    bad, good = enterprise(units, cast, name="拖延厂"), enterprise(units, cast, name="守法厂")
    made = order(units, cast, enterprise=bad)
    made.state, made.issued_on, made.due_on = OrderState.ISSUED, TODAY - timedelta(40), TODAY - timedelta(10)
    db.session.commit()
    return bad, good, made


def test_each_enterprise_starts_with_twelve_and_an_order_not_met_costs_three(late, cast):
    bad, good, made = late
    score = scored.reasons(bad, cast["officer"])
    assert [(d.rule.code, d.n, d.lost) for d in score.deductions] == [("ORDER_LATE", 1, 30)]
    assert [(line.no, line.id) for line in score.deductions[0].lines] == [(made.no, made.id)]
    assert (score.points, score.grade) == (9, Grade.B)
    assert scored.reasons(good, cast["officer"]).points == 12
    assert scoring.left([bad.id, good.id]) == {bad.id: 90, good.id: 120}


def test_a_reader_without_the_rows_sees_the_number_and_not_the_rows(late, cast, as_):
    bad, _good, made = late
    score = scored.reasons(bad, cast["hotline"])
    assert (score.points, score.deductions[0].lines, score.deductions[0].hidden) == (9, [], 1)
    page = as_(cast["hotline"]).get(f"/enterprises/scores/{bad.id}").text
    assert made.no not in page
    assert "另有 1 件" in page


def test_an_objection_is_decided_by_a_head_who_is_another(late, cast, as_):
    bad, _good, made = late
    address = f"/enterprises/scores/{bad.id}/ORDER_LATE/correction_order/{made.id}"
    assert as_(cast["hotline"]).get(address).status_code == 403
    assert as_(cast["leader"]).post(address, data={"reason": "x"}).status_code == 403
    assert as_(cast["head"]).post(address, data={"reason": "台风停电，有证明。"}).status_code == 303
    waiver = db.session.scalars(select(ScoreWaiver)).one()
    decide = f"/enterprises/waivers/{waiver.id}"
    assert as_(cast["officer"]).get(decide).status_code == 403
    answer = as_(cast["head"]).post(decide, data={"granted": "yes", "answer": "属实"})
    assert "不能审定自己登记的申诉" in answer.text
    assert as_(cast["head"]).get(f"/enterprises/scores/{bad.id}").status_code == 200
    waiver.asked_by_id = cast["officer"].id
    bad.unit_id = cast["outsider"].posts[0].unit_id  # looked after by another unit by now, whose head decides
    db.session.commit()
    assert as_(person("their", Role.CHIEF, bad.unit)).get(decide).status_code == 200
    assert as_(cast["head"]).post(decide, data={"granted": "yes", "answer": ""}).status_code == 422
    assert as_(cast["head"]).post(decide, data={"granted": "yes", "answer": "属实"}).status_code == 303
    db.session.expire_all()
    assert waiver.state is WaiverState.GRANTED
    assert scored.reasons(bad, cast["officer"]).points == 12
    assert "已经审定" in as_(cast["head"]).post(decide, data={"granted": "no", "answer": "再议"}).text


def test_the_bureau_changes_what_a_case_costs_from_today_on(late, cast, as_):
    bad, _good, _made = late
    form = {"each": "4.5", "most": "6", "months": "12", "enabled": "y", "reason": "局务会决定"}
    part = person("school", Role.CHIEF, bad.unit)  # the head of one unit: the rule is the whole zone's
    for who in (cast["officer"], part, cast["chief"]):
        assert as_(who).post("/enterprises/scores/rules/ORDER_LATE", data=form).status_code == 403
    assert as_(cast["head"]).post("/enterprises/scores/rules/ORDER_LATE", data=form | {"reason": ""}).status_code == 422
    assert as_(cast["head"]).post("/enterprises/scores/rules/ORDER_LATE", data=form).status_code == 303
    assert scored.reasons(bad, cast["officer"]).points == 7.5
    assert scored.reasons(bad, cast["officer"], TODAY - timedelta(1)).points == 9
    scoring.seed()
    assert len(db.session.scalars(select(ScoreRule).where(ScoreRule.code == "ORDER_LATE")).unique().all()) == 2
    assert "局务会决定" in as_(cast["liaison"]).get("/enterprises/scores/rules/").text
    assert as_(cast["head"]).get("/enterprises/scores/rules/NONE").status_code == 404


def test_the_ranking_its_sheet_the_figures_and_the_month_say_one_thing(late, cast, as_):
    bad, _good, _made = late
    client = as_(cast["officer"])
    page = client.get("/enterprises/scores/").text
    assert page.index("拖延厂") < page.index("守法厂")
    assert "拖延厂" in client.get("/enterprises/scores/?grade=b").text
    assert "守法厂" not in client.get("/enterprises/scores/?grade=b").text
    assert "拖延厂" not in client.get("/enterprises/scores/?view=poor").text
    assert client.get("/enterprises/scores/export.csv").text.splitlines()[1].startswith("拖延厂,9.0,B")
    figure, period = module.figures()["enterprises.score_average"], (date(2026, 1, 1), TODAY)
    assert float(figure.of(None, period)) == 10.5
    assert figure.counted(None, period) == 2
    assert module.figures()["enterprises.grade_d"].of(None, period) == 0
    assert client.get("/enterprises/?figure=enterprises.score_average&year=2026").status_code == 200
    for _twice in range(2):
        scoring.snapshot(TODAY)
    assert db.session.scalar(select(ScoreSnapshot.tenths).where(ScoreSnapshot.enterprise_id == bad.id)) == 90
    assert scored.line(bad, TODAY)[-1] == 9


def test_every_rule_of_the_seeds_finds_its_rows(rules):
    known = {rule.code: [c.model.__tablename__ for c in scoring.cases(rule, TODAY)] for rule in scoring.in_force(TODAY)}
    assert all(known.values()), known


def test_a_poor_score_without_an_inspection_is_found(late, cast):
    bad, _good, _made = late
    check = next(c for c in module.checks() if c.code == "enterprises.poor_unlooked")
    assert db.session.scalars(check.rows()).all() == []
    bad.relapsed_on = TODAY - timedelta(5)
    db.session.commit()
    assert db.session.scalars(check.rows()).all() == [bad]


def test_a_page_of_enterprises_is_scored_in_one_statement(late):
    bad, good, _made = late
    ids, asked = [bad.id, good.id], []
    listening = (db.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    event.listen(*listening)
    scoring.left(ids)
    event.remove(*listening)
    assert len(asked) <= 2  # the rules, and the score
