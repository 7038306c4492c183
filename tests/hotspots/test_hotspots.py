from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, literal, null, select

from ems.complaints.models import Identity
from ems.core import dates, duties, module
from ems.core.dates import so_far
from ems.core.db import db
from ems.core.signals import Signal
from ems.enterprises.models import Outlet
from ems.hotspots import work
from ems.hotspots.models import Decline, Hotspot, Proposal, SpotKind, SpotState
from ems.inspections.models import Inspection, InspectionState, InspectionType
from ems.reminders import jobs
from ems.tasks.models import Task
from tests.conftest import TODAY
from tests.factories import complaint, enterprise, outlet

WAY = {"way": "inspection", "planned_on": "2026-11-27", "remark": "尽快查"}


def gathered(units, cast, n=3, **known):
    firm = known.pop("firm", None) or enterprise(units, cast)
    for ago in range(n):
        complaint(units, cast, enterprise_id=firm.id, received_on=TODAY - timedelta(days=ago), **known)
    return firm


def reckon():
    done = work.reckon()
    db.session.commit()
    return done


def spots():
    return db.session.scalars(select(Hotspot).order_by(Hotspot.id)).all()


@pytest.fixture
def spot(app, units, cast):
    gathered(units, cast)
    reckon()
    return spots()[0]


def due(spot):
    return {duty.rule: duty for duty in duties.of(Hotspot, [spot.id])[spot.id]}


def decide(as_, who, spot, move, **data):
    return as_(who).post(f"/hotspots/{spot.id}/moves/{move}", data=data)


@pytest.mark.parametrize("who", ["liaison", "officer", "hotline", "auditor", "outsider", "sysadmin"])
def test_who_may_not_reckon_or_decide(as_, cast, spot, who):
    assert as_(cast[who]).post("/hotspots/reckon").status_code == 403
    refused = decide(as_, cast[who], spot, "decline", decline="faded", remark="x").status_code
    assert refused in {403, 404, 409}
    assert decide(as_, cast["leader"], spot, "lapse").status_code == 409


def test_a_cluster_becomes_a_hotspot_once(as_, cast, spot):
    assert (spot.no, spot.kind, spot.cases, spot.score, spot.state) == (
        "RD-2026-W48-01", SpotKind.ENTERPRISE, 3, 6, SpotState.PROPOSED,
    )  # fmt: skip
    assert (spot.proposal, spot.owner_id) == (Proposal.INSPECTION, cast["chief"].id)
    assert (due(spot)["HOTSPOT_DECIDE"].due_on.isoformat(), due(spot)["HOTSPOT_DECIDE"].owner_id) == (
        "2026-12-01", cast["chief"].id,
    )  # fmt: skip
    assert (reckon().new, jobs.gather(), len(spots())) == (0, "新提出热点 0 处，更新 1 处", 1)
    assert as_(cast["leader"]).post("/hotspots/reckon").status_code == 303
    assert len(spots()) == 1


def test_it_says_why_and_opens_its_rows(as_, cast, spot):
    page = as_(cast["head"]).get("/hotspots/").text
    assert all(words in page for words in ("2026年第 48 周热点", spot.title, "同一企业 30 日内 3 件", "专项检查"))
    page = as_(cast["head"]).get(f"/hotspots/{spot.id}").text
    assert all(f'href="/complaints/{row.split(":")[1]}"' in page for row in spot.rows)
    assert spot.no in as_(cast["head"]).get(f"/enterprises/{spot.enterprise_id}").text
    assert spot.no not in as_(cast["outsider"]).get("/hotspots/all").text
    assert as_(cast["outsider"]).get(f"/hotspots/{spot.id}").status_code == 404
    assert spot.no in as_(cast["head"]).get("/hotspots/export.csv").data.decode("utf-8-sig")
    for day, code in (("2026-11-23", 200), ("nonsense", 404), ("2026-12-01", 404), ("0001-01-01", 200)):
        assert as_(cast["head"]).get(f"/hotspots/weeks/{day}").status_code == code, day


def test_of_confidential_cases_the_number_counts_and_alone_is_shown(as_, cast, units):
    for ago in range(3):
        complaint(units, cast, identity=Identity.CONFIDENTIAL, place="某苑三栋二单元", title="不能说的事",
                  received_on=TODAY - timedelta(days=ago))  # fmt: skip
    reckon()
    spot = spots()[0]
    assert (spot.kind, spot.hidden, spot.cases) == (SpotKind.PLACE, True, 3)
    pages = [as_(cast["head"]).get(page).text for page in ("/hotspots/", f"/hotspots/{spot.id}", "/hotspots/all")]
    pages.append(as_(cast["head"]).get("/hotspots/export.csv").data.decode("utf-8-sig"))
    paper = as_(cast["head"]).get("/hotspots/weeks/2026-11-23.pdf").data
    pages.append("".join("".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages).split()))
    for page in pages:
        assert spot.no in page
        for words in ("某苑三栋", "不能说的事"):
            assert words not in page
    assert "（要求保密）" in pages[1]


def test_accepted_it_becomes_an_inspection_that_knows_where_it_came_from(as_, cast, spot):
    bare = decide(as_, cast["chief"], spot, "accept", **WAY)
    assert (bare.status_code, "专项检查要指定检查人" in bare.text) == (422, True)
    same = {"lead_id": cast["officer"].id, "second_id": cast["officer"].id}
    assert decide(as_, cast["chief"], spot, "accept", **WAY | same).status_code == 422
    sent = decide(as_, cast["chief"], spot, "accept", **WAY | {"lead_id": cast["officer"].id})
    assert sent.status_code == 303, sent.text
    made = db.session.scalars(select(Inspection)).one()
    assert (made.type, made.source, made.enterprise_id, made.planned_on.isoformat()) == (
        InspectionType.SPECIAL, f"hotspot:{spot.id}", spot.enterprise_id, "2026-11-27",
    )  # fmt: skip
    db.session.refresh(spot)
    assert (spot.state, spot.results, due(spot)["HOTSPOT_DECIDE"].met_on) == (
        SpotState.ACCEPTED, [f"inspection:{made.id}"], TODAY,
    )  # fmt: skip
    assert made.no in as_(cast["head"]).get(f"/hotspots/{spot.id}").text
    assert decide(as_, cast["leader"], spot, "accept", **WAY | {"lead_id": cast["officer"].id}).status_code == 409


def test_accepted_for_its_aspect_it_becomes_a_matter(as_, cast, units, spot):
    way = {"way": "both", "planned_on": "2026-11-27", "lead_id": cast["officer"].id, "due_on": "2026-12-08"}
    assert decide(as_, cast["leader"], spot, "accept", **way, unit_id="").status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Inspection)) == 0
    assert decide(as_, cast["leader"], spot, "accept", **way, unit_id=units["street"].id).status_code == 303
    task = db.session.scalars(select(Task)).one()
    assert (task.origin, task.unit_id, task.issued_by_id) == (
        f"hotspot:{spot.id}",
        units["street"].id,
        cast["leader"].id,
    )
    db.session.refresh(spot)
    assert len(spot.results) == 2
    assert f'href="/hotspots/{spot.id}"' in as_(cast["head"]).get(f"/tasks/{task.id}").text
    assert "您无权查看的记录" in as_(cast["liaison"]).get(f"/tasks/{task.id}").text


def test_declined_it_says_why_and_comes_again_only_with_as_many_new_rows(as_, cast, units, spot):
    assert decide(as_, cast["leader"], spot, "decline", remark="x").status_code == 422
    assert decide(as_, cast["leader"], spot, "decline", decline="faded").status_code == 422
    assert decide(as_, cast["leader"], spot, "decline", decline="under_way", remark="已立案").status_code == 303
    db.session.refresh(spot)
    assert (spot.state, spot.decline, spot.reason) == (SpotState.DECLINED, Decline.UNDER_WAY, "已立案")
    with dates.stopped(datetime(2026, 11, 30, 7, 30)):
        assert reckon().new == 0
        for day in (25, 26, 27):
            complaint(units, cast, enterprise_id=spot.enterprise_id, received_on=TODAY.replace(day=day))
        assert reckon().new == 1
    assert [one["code"] for one in spots()[-1].why] == ["enterprise", "run", "fresh"]


def test_what_was_declined_of_a_merged_enterprise_is_not_asked_again_of_the_one_it_became(as_, cast, units, spot):
    assert decide(as_, cast["leader"], spot, "decline", decline="under_way", remark="已立案").status_code == 303
    kept = enterprise(units, cast)
    said, page = {"reason": "同一家", "sure": "y"}, f"/enterprises/{kept.id}/merge/{spot.enterprise_id}"
    assert as_(cast["head"]).post(page, data=said).status_code == 303
    assert (reckon().new, [one.enterprise_id for one in spots()]) == (0, [kept.id])


def test_what_nobody_decided_goes_over_into_the_next_week_and_wins_no_time(as_, cast, spot):
    with dates.stopped(datetime(2026, 11, 30, 7, 30)):
        assert reckon().new == 1
        old, new = spots()
        assert (old.state, new.previous_id, new.run, new.no) == (SpotState.LAPSED, old.id, 2, "RD-2026-W49-01")
        assert (new.proposed_on, due(old), due(new)["HOTSPOT_DECIDE"].due_on.isoformat()) == (TODAY, {}, "2026-12-01")
        assert f"并入 {new.no}" in as_(cast["head"]).get(f"/hotspots/{old.id}").text


def test_a_cluster_by_distance_keeps_its_key_when_its_centre_moves(app, units, cast):
    for n in range(3):
        complaint(units, cast, place=f"第{n}号楼院", longitude=104.06 + n * 0.0005, latitude=30.59)
    reckon()
    complaint(units, cast, place="另一处院落", longitude=104.0625, latitude=30.591)
    done = reckon()
    assert (done.new, done.again, len(spots()), spots()[0].cases) == (0, 1, 1, 4)


def test_a_module_of_later_declares_its_exceedances(app, cast, units, monkeypatch):
    """Monitoring will; here each outlet is one of three occasions at one enterprise."""
    firm = enterprise(units, cast)
    for n in range(3):
        outlet(units, cast, enterprise_id=firm.id, code=f"DA00{n + 1}", registered_on=TODAY)

    def seen(period):
        return select(Outlet.id, Outlet.id.label("occasion"), Outlet.enterprise_id, literal("").label("place"),
                      null().label("street_id"), null().label("longitude"), null().label("latitude"),
                      null().label("medium"), Outlet.registered_on.label("day"),
                      literal(False).label("hidden"))  # fmt: skip

    signal = Signal("exceedances", "超标", "outlet", seen, weight=3)
    later = replace(module.MODULES[0], name="monitoring", signals=(signal,))
    monkeypatch.setattr(module, "MODULES", [*module.MODULES, later])
    reckon()
    assert (spots()[0].cases, spots()[0].score, spots()[0].rows[0].split(":")[0]) == (3, 9, "outlet")


def test_the_figures_and_checks(as_, cast, spot):
    def value(code):
        return module.figures()[f"hotspots.{code}"].of(None, so_far(2026))

    def wrong(code):
        check = next(c for c in module.checks() if c.code == f"hotspots.{code}")
        return [row.id for row in db.session.scalars(check.found(cast["head"]))]

    spot.proposed_on = TODAY - timedelta(days=12)
    db.session.commit()
    assert (value("found"), value("accepted"), wrong("undecided"), wrong("neglected")) == (1, 0, [spot.id], [])
    decide(as_, cast["leader"], spot, "accept", **WAY | {"lead_id": cast["officer"].id})
    assert (value("accepted"), value("acted"), wrong("undecided"), wrong("neglected")) == (1, 0, [], [])
    planned = db.session.scalars(select(Inspection)).one()
    for state, found in ((InspectionState.VOID, [spot.id]), (InspectionState.PLANNED, [])):  # all of it void: at once
        planned.state = state
        db.session.commit()
        assert wrong("neglected") == found
    spot.act_by_on = TODAY - timedelta(days=1)
    db.session.commit()
    assert wrong("neglected") == [spot.id]
    visit = db.session.scalars(select(Inspection)).one()
    visit.state, visit.done_on = InspectionState.DONE, TODAY - timedelta(days=1)
    db.session.commit()
    assert (value("acted"), wrong("neglected")) == (1, [])
