from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core import duties, module
from ems.core.dates import so_far
from ems.core.db import db
from ems.core.people import Post, Role, UnitKind
from ems.core.recurring import MONTHLY
from ems.core.seeds import read
from ems.core.settings import Setting
from ems.enterprises.models import EnterpriseClass
from ems.inspections import self_checks as checking, work
from ems.inspections.models import (
    CheckLine,
    Checklist,
    Inspection,
    InspectionState,
    InspectionType,
    Remedy,
    Running,
    Severity,
    Verdict,
)
from ems.inspections.module import INSPECTIONS
from ems.inspections.rules import FINDINGS, REGISTER
from tests.conftest import TODAY, person
from tests.factories import enterprise, finding, inspection

DONE = {"state": InspectionState.DONE, "done_on": TODAY}


def test_every_type_has_its_checklist(app):
    assert {row["type"] for row in read("checklists.yaml")} == {type.value for type in InspectionType}


def test_loading_the_checklists_again_adds_nothing(app):
    before = len(db.session.scalars(select(Checklist)).all())
    work.seed(db.session())
    db.session.commit()
    assert len(db.session.scalars(select(Checklist)).all()) == before == len(read("checklists.yaml"))


@pytest.mark.parametrize(("day", "version"), [(date(2026, 8, 14), 1), (date(2026, 8, 15), 2), (date(2020, 1, 1), 1)])
def test_the_list_in_force_on_the_day_counts(app, day, version):
    assert work.in_force(InspectionType.KEY_INDUSTRY, day).version == version


def test_a_citation_names_both_laws_and_quotes_only_laws(app):
    items = {item.code: item for item in work.in_force(InspectionType.KEY_INDUSTRY, TODAY).items}
    assert work.cited(items["KI03"]) == "《排污许可管理条例》第17条、《生态环境法典》第179条"
    own = {item.code: item for item in work.in_force(InspectionType.SELF_CHECK, TODAY).items}
    assert work.cited(own["SC02"]) == "本局工作制度"


# —— the self-check of each month


def self_checks():
    rows = select(Inspection).where(Inspection.type == InspectionType.SELF_CHECK).order_by(Inspection.id)
    return db.session.scalars(rows).all()


def of(unit, state=InspectionState.PLANNED):
    return [row.month for row in self_checks() if row.unit_id == unit.id and row.state is state]


YEAR = [period.first for period in MONTHLY.between(date(2026, 11, 1), date(2027, 10, 31))]


def materialise(day=TODAY):
    found = checking.materialise(day)
    db.session.commit()
    return found


def test_each_unit_with_a_liaison_gets_its_check_once_a_month_for_the_year_ahead(app, cast, units):
    assert [len(materialise(date(2026, 11, 3))) for _n in range(2)] == [24, 0]
    assert of(units["street"]) == of(units["other"]) == YEAR
    assert {(row.unit_id, row.lead_id) for row in self_checks()} == {
        (units["street"].id, cast["liaison"].id), (units["other"].id, cast["outsider"].id),
    }  # fmt: skip
    assert len({row.no for row in self_checks()}) == 24
    assert sum(row.no.startswith("JC-2027-") for row in self_checks()) == 20
    (duty,) = duties.of(Inspection, [self_checks()[0].id])[self_checks()[0].id]
    assert (duty.rule, duty.due_on, duty.owner_id) == ("SELF_CHECK", date(2026, 11, 30), self_checks()[0].lead_id)
    assert [row.month for row in materialise(date(2026, 12, 1))] == [date(2027, 11, 1)] * 2


def test_the_months_to_come_stand_behind_all_others_and_in_nobodys_hands(app, cast, units):
    materialise()
    first = [row.id for row in db.session.execute(REGISTER.rows(cast["head"], {}))][:2]
    assert {db.session.get_one(Inspection, id).month for id in first} == {date(2026, 11, 1)}
    assert REGISTER.count(cast["liaison"], {"view": "mine"}) == 1


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (date(2026, 10, 9), date(2026, 10, 30)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2025, 11, 1), date(2025, 11, 28)),
    ],
)
def test_it_is_due_on_the_months_last_working_day(app, month, day):
    """31 October 2026 is a Saturday; 28 February 2026 a Saturday that is worked."""
    assert checking.last_working_day(month) == day


def switch(*, on):
    db.session.merge(Setting(key="self_check", value=on))
    db.session.commit()


def test_switched_off_what_nobody_has_begun_is_withdrawn_and_comes_back(app, cast, units):
    materialise()
    done = self_checks()[0]
    done.state, done.done_on = InspectionState.DONE, TODAY
    switch(on=False)
    assert materialise() == []
    assert {row.state for row in self_checks()} == {InspectionState.DONE, InspectionState.VOID}
    assert duties.of(Inspection, [self_checks()[1].id])[self_checks()[1].id] == []
    switch(on=True)
    assert materialise() == []
    assert len(of(units["other"])) == 12
    assert done.state is InspectionState.DONE


def test_a_unit_that_is_closed_is_asked_for_nothing_more(app, cast, units):
    materialise()
    units["other"].active = False
    materialise()
    assert (of(units["street"]), of(units["other"])) == (YEAR, [])
    assert of(units["other"], InspectionState.VOID) == YEAR


def test_what_a_person_voided_is_not_planned_again(app, cast, units):
    materialise()
    row = next(row for row in self_checks() if row.unit_id == units["street"].id)
    row.state = InspectionState.VOID
    materialise()
    assert row.state is InspectionState.VOID
    assert of(units["street"]) == YEAR[1:]


def test_a_unit_that_checks_itself_anyway_is_not_asked_twice_in_a_month(app, cast, units):
    inspection(units, cast, type="self_check", enterprise_id=None, unit_id=units["street"].id, second_id=None)
    materialise()
    assert of(units["street"]) == [None, *YEAR[1:]]


def test_what_people_plan_is_left_alone(app, cast, units):
    known = {"enterprise_id": None, "unit_id": units["street"].id, "second_id": None}
    planned = [inspection(units, cast, **known, type=type) for type in ("self_check", "key_industry", "system_check")]
    for on in (True, False):
        switch(on=on)
        materialise()
    assert {row.state for row in planned} == {InspectionState.PLANNED}


def test_a_month_that_is_over_stays_to_be_made_up_for(app, cast, units):
    materialise()
    materialise(date(2026, 12, 1))
    assert of(units["street"])[0] == date(2026, 11, 1)


def test_the_table_knows_no_second_one_of_a_month(app, cast, units):
    row = materialise()[0]
    known = {"unit_id": row.unit_id, "month": row.month, "planned_on": TODAY, "lead_id": row.lead_id}
    db.session.add(Inspection(**known, no="JC-X", title="自查", type=InspectionType.SELF_CHECK))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_neither_a_heading_nor_a_unit_whose_liaison_left_gets_one(app, cast, units):
    units["street"].kind = UnitKind.GROUP
    post = db.session.scalars(select(Post).where(Post.user_id == cast["outsider"].id)).one()
    post.until = date(2026, 11, 1)
    db.session.commit()
    assert materialise() == []


def test_from_the_month_in_which_a_liaison_leaves_the_next_one_answers(app, cast, units):
    materialise()
    db.session.scalars(select(Post).where(Post.user_id == cast["liaison"].id)).one().until = date(2027, 3, 15)
    second = person("second", Role.LIAISON, units["street"])
    materialise()
    leads = {row.month: row.lead_id for row in self_checks() if row.unit_id == units["street"].id}
    assert (leads[date(2027, 2, 1)], leads[date(2027, 3, 1)]) == (cast["liaison"].id, second.id)


def test_of_two_liaison_officers_the_first_answers_until_the_plan_names_the_other(app, cast, units):
    second = person("second", Role.LIAISON, units["street"])
    materialise()
    row = next(row for row in self_checks() if row.unit_id == units["street"].id)
    assert row.lead_id == cast["liaison"].id
    row.lead_id = second.id
    materialise()
    assert row.lead_id == second.id


# —— figures, lists and checks


@pytest.fixture
def some(app, units, cast):
    """Two at one key enterprise, one at a catering one, a patrol, a plan, one of last year, two of units' own."""
    key, catering = enterprise(units, cast), enterprise(units, cast, kind=EnterpriseClass.CATERING)
    first = inspection(units, cast, enterprise=key, facility_running=Running.YES, **DONE)
    inspection(units, cast, enterprise=key, facility_running=Running.NO, **DONE)
    inspection(units, cast, enterprise=catering, type="catering", facility_running=Running.YES, **DONE)
    inspection(
        units, cast, type="straw", enterprise_id=None, party="", place="三号地块", facility_running=Running.NA, **DONE
    )
    inspection(units, cast, enterprise=key)
    inspection(units, cast, enterprise=key, state=InspectionState.DONE, done_on=date(2025, 5, 5))
    own = inspection(units, cast, type="self_check", enterprise_id=None, **DONE)
    for n in range(3):
        finding(units, cast, inspection=first, text=f"问题 {n}")
    finding(units, cast, inspection=own)


FIGURES = {
    "inspections.done": 4, "inspections.enterprises": 2, "inspections.key_enterprises": 1, "inspections.catering": 1,
    "inspections.findings": 3, "inspections.facility_asked": 3, "inspections.facility_running": 2,
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), FIGURES.items())
def test_the_figures_count_what_they_say(some, cast, code, expected):
    assert module.figures()[code].of(cast["head"], so_far(2026)) == expected


@pytest.mark.parametrize("code", FIGURES)
def test_each_figure_has_as_many_rows_as_its_list(some, as_, cast, code):
    figure = module.figures()[code]
    register, page = (
        (FINDINGS, "/inspections/findings") if code == "inspections.findings" else (REGISTER, "/inspections/")
    )
    behind = register.count(cast["head"], {"figure": code, "year": "2026"})
    assert behind == figure.counted(cast["head"], so_far(2026)) > 0
    assert as_(cast["head"]).get(f"{page}?figure={code}&year=2026").status_code == 200


def test_last_year_is_counted_apart(some, cast):
    assert module.figures()["inspections.done"].of(cast["head"], so_far(2025)) == 1


def test_a_liaison_counts_only_what_is_in_reach(some, cast):
    assert module.figures()["inspections.done"].of(cast["liaison"], so_far(2026)) == 0


def found(code):
    check = next(c for c in module.checks() if c.code == code)
    return [row.id for row in db.session.scalars(check.rows())]


def line(row, **known):
    row.lines.append(CheckLine(unit_id=row.unit_id, number=1, text="标志牌完好", days=15, **known))
    db.session.commit()
    return row.id


def test_checks_find_what_is_wrong_and_nothing_else(app, units, cast):
    sound = line(inspection(units, cast, **DONE), verdict=Verdict.FAILS, remark="缺失")
    early = date(2026, 11, 20)
    wrong = {
        "inspections.one_officer": inspection(units, cast, second_id=None, **DONE).id,
        "inspections.overdue": inspection(units, cast, planned_on=early).id,
        "inspections.unfinished": inspection(units, cast, planned_on=early, state=InspectionState.OPEN).id,
        "inspections.nameless": line(inspection(units, cast, **DONE), verdict=Verdict.FAILS, remark=" "),
        "inspections.unlinked": inspection(units, cast, enterprise_id=None, party="无名作坊").id,
        "inspections.unanswered": line(inspection(units, cast, **DONE)),
    }  # fmt: skip
    inspection(units, cast, type="self_check", second_id=None, enterprise_id=None, **DONE)
    for code, id in wrong.items():
        assert found(code) == [id], code
    assert sound not in wrong.values()


def test_serious_findings_without_an_order_are_found(app, units, cast):
    finding(units, cast)
    finding(units, cast, remedy=Remedy.FIXED, severity=Severity.SERIOUS)
    noted = finding(units, cast, severity=Severity.SERIOUS).id
    lost = finding(units, cast, remedy=Remedy.ORDER).id
    assert found("inspections.no_order") == [noted, lost]


def test_the_list_is_narrowed_by_type_class_state_officer_and_day(some, as_, cast):
    client = as_(cast["head"])
    counts = {
        "": 7, "type=catering": 1, "class=key": 4, "state=open": 1, "state=done": 6, f"officer={cast['head'].id}": 7,
        "since=2026-01-01": 6, "until=2025-12-31": 1, "view=mine": 1, "view=found": 2, "view=self": 1, "view=late": 0,
        "q=三号地块": 1,
    }  # fmt: skip
    for asked, n in counts.items():
        assert client.get(f"/inspections/?{asked}").text.count('<td><a href="/inspections/') == n, asked


def test_findings_are_listed_and_lead_to_their_inspection(some, as_, cast):
    client = as_(cast["officer"])
    page = client.get("/inspections/findings?severity=normal").text
    assert page.count('<td><a href="/inspections/') == 4
    one = db.session.scalars(select(Inspection.id).order_by(Inspection.id)).first()
    assert f"/inspections/{one}#finding-" in client.get("/inspections/findings/1").location
    assert as_(cast["liaison"]).get("/inspections/findings/1").status_code == 404
    assert "问题 1" in client.get("/inspections/findings/export.csv").data.decode("utf-8-sig")


def test_the_sheet_has_what_the_list_has(some, as_, cast):
    sheet = as_(cast["head"]).get("/inspections/export.csv?type=catering").data.decode("utf-8-sig")
    assert sheet.count("饮食油烟检查") >= 1
    assert "秸秆禁烧巡查" not in sheet


def test_the_menu_counts_the_self_check_of_this_month_and_none_that_lies_ahead(cast, units):
    made = checking.materialise(TODAY)
    db.session.commit()
    mine = [row for row in made if row.lead_id == cast["liaison"].id]
    counted = db.session.scalars(INSPECTIONS.count(cast["liaison"])).all()
    assert (len(mine), counted) == (12, [row.id for row in mine if row.month == TODAY.replace(day=1)])
