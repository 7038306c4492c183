"""A closed plant does not come back unseen: the re-check plans itself, and what is heard of one is found."""

from datetime import date, timedelta

from ems.core import module
from ems.core.db import db
from ems.core.settings import Setting
from ems.enterprises.models import EnterpriseState
from tests.conftest import TODAY
from tests.factories import complaint, enterprise, outlet

DAY = {"day": "2026-11-02", "plan_on": ""}


def found(code):
    return db.session.scalars(next(c for c in module.checks() if c.code == code).rows()).all()


def test_whoever_turns_is_looked_at_again_without_anybody_planning_it(units, cast, as_):
    client = as_(cast["officer"])
    for move in ("stop", "close", "convert", "relocate"):
        row = enterprise(units, cast)
        client.post(f"/enterprises/{row.id}/moves/{move}", data=DAY)
        assert row.recheck_on == date(2027, 2, 2), move
    old, unasked = enterprise(units, cast), enterprise(units, cast)
    client.post(f"/enterprises/{old.id}/moves/close", data=DAY | {"day": "2020-01-01"})
    assert old.recheck_on == TODAY  # entered years later: at once
    db.session.add(Setting(key="enterprises.recheck_months", value=0))
    db.session.commit()
    client.post(f"/enterprises/{unasked.id}/moves/close", data=DAY)
    assert unasked.recheck_on is None


def test_a_missed_re_check_and_a_closed_plant_that_is_heard_of_are_found(units, cast):
    long_ago = TODAY - timedelta(100)
    shut = enterprise(units, cast, state=EnterpriseState.CLOSED, state_on=long_ago, closed_on=long_ago)
    quiet = enterprise(units, cast, state=EnterpriseState.CLOSED, state_on=TODAY, closed_on=TODAY, recheck_on=TODAY)
    complaint(units, cast, enterprise_id=shut.id)
    complaint(units, cast, enterprise_id=quiet.id, received_on=long_ago)
    assert found("enterprises.heard_of") == [shut]
    assert found("enterprises.recheck_missed") == []
    quiet.recheck_on = TODAY - timedelta(1)
    db.session.commit()
    assert found("enterprises.recheck_missed") == [quiet]
    placed, unplaced = outlet(units, cast, longitude=104.0, latitude=30.6), outlet(units, cast)
    assert found("outlets.unplaced") == [unplaced]
    assert placed not in found("outlets.unplaced")


def test_after_a_relapse_the_record_leads_to_what_follows(units, cast, as_):
    row = enterprise(units, cast, state=EnterpriseState.CLOSED, state_on=TODAY, relapsed=True, relapsed_on=TODAY)
    page = as_(cast["officer"]).get(f"/enterprises/{row.id}").text
    assert "反弹之后请接着办" in page
    assert f"/inspections/new?enterprise={row.id}" in page
    assert "反弹之后请接着办" not in as_(cast["hotline"]).get(f"/enterprises/{row.id}").text


def test_a_panel_leads_to_the_list_behind_it(units, cast, as_):
    row, other = enterprise(units, cast), enterprise(units, cast)
    cases = [complaint(units, cast, enterprise_id=row.id) for _n in range(9)]
    others = complaint(units, cast, enterprise_id=other.id)
    client = as_(cast["officer"])
    assert f"/complaints/?enterprise={row.no}" in client.get(f"/enterprises/{row.id}").text
    listed = client.get(f"/complaints/?enterprise={row.no}").text
    assert cases[0].no in listed
    assert others.no not in listed
