from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core import dates, module
from ems.core.db import db
from ems.core.errors import Refused
from ems.enterprises import work
from ems.enterprises.models import Enterprise, EnterpriseClass, EnterpriseState, OutletMedium, OutletState
from ems.enterprises.registers import OUTLETS, REGISTER
from ems.enterprises.rules import CHECKS, FIGURES
from tests.conftest import TODAY
from tests.factories import enterprise, outlet

THIS, LAST = dates.year(2026), dates.year(2025)
CLOSED, STOPPED, RELOCATED, CONVERTED = (EnterpriseState(s) for s in ("closed", "stopped", "relocated", "converted"))


def value(code, period=THIS, who=None):
    return module.figures()[code].of(who, period)


def turned(units, cast, state, day, **more):
    column = {"closed": "closed_on", "stopped": "stopped_on", "relocated": "relocated_on", "converted": "converted_on"}
    known = {"state": state, "state_on": day, column[state.value]: day}
    return enterprise(units, cast, **known | more)


def test_of_an_empty_house_every_figure_is_nought(app):
    assert [figure.of(None, THIS) for figure in FIGURES] == [0] * len(FIGURES)


def test_each_turn_is_counted_in_its_year_alone(units, cast):
    turned(units, cast, CLOSED, date(2026, 3, 1))
    turned(units, cast, CLOSED, date(2025, 12, 31))
    turned(units, cast, RELOCATED, date(2026, 1, 1))
    turned(units, cast, CONVERTED, date(2026, 6, 1))
    turned(units, cast, STOPPED, date(2026, 12, 31))
    codes = ("closed", "relocated", "converted", "stopped")
    assert [value(f"enterprises.{code}") for code in codes] == [1, 1, 1, 1]
    assert [value(f"enterprises.{code}", LAST) for code in codes] == [1, 0, 0, 0]


def test_a_plant_that_stopped_and_then_closed_is_counted_once(units, cast):
    turned(units, cast, CLOSED, date(2026, 5, 1), stopped_on=date(2026, 3, 1))
    assert (value("enterprises.stopped"), value("enterprises.closed")) == (0, 1)
    assert value("enterprises.stopped", (date(2026, 1, 1), date(2026, 4, 1))) == 1


def test_one_that_stopped_and_closed_on_one_day_is_closed(units, cast):
    turned(units, cast, CLOSED, date(2026, 5, 1), stopped_on=date(2026, 5, 1))
    assert (value("enterprises.stopped"), value("enterprises.closed")) == (0, 1)


def test_a_plant_that_came_back_was_closed_in_the_year_it_stood_closed(units, cast):
    row = enterprise(units, cast, closed_on=date(2025, 5, 1), resumed_on=date(2026, 2, 1), state_on=date(2026, 2, 1))
    assert (value("enterprises.closed", LAST), value("enterprises.closed")) == (1, 0)
    assert value("enterprises.registered") == 1
    assert value("enterprises.registered", LAST) == 0
    row.resumed_on = date(2025, 9, 1)
    db.session.commit()
    assert (value("enterprises.closed", LAST), value("enterprises.registered", LAST)) == (0, 1)


def test_on_the_register_are_those_known_by_then_and_not_gone(units, cast):
    enterprise(units, cast)
    enterprise(units, cast, registered_on=date(2026, 2, 1), kind=EnterpriseClass.CATERING)
    turned(units, cast, CLOSED, date(2026, 2, 1))
    turned(units, cast, STOPPED, date(2026, 2, 1))
    turned(units, cast, CLOSED, None)  # nobody knows since when
    enterprise(units, cast, state=EnterpriseState.VOID)
    assert (value("enterprises.registered"), value("enterprises.registered", LAST)) == (3, 3)
    assert (value("enterprises.key"), value("enterprises.key", LAST)) == (2, 3)


def test_relapses_are_counted_by_the_day_they_were_found(units, cast):
    turned(units, cast, CLOSED, date(2024, 5, 1), relapsed=True, relapsed_on=date(2026, 5, 1))
    turned(units, cast, CLOSED, date(2024, 5, 1), relapsed_on=date(2025, 5, 1))
    assert (value("enterprises.relapsed"), value("enterprises.relapsed", LAST)) == (1, 1)


def test_outlets_are_counted_as_they_stood(units, cast):
    signed = {"signed": True, "signed_on": date(2026, 4, 1)}
    outlet(units, cast, **signed)
    outlet(units, cast, signed=True)  # since when is not known
    outlet(units, cast, online=True, online_on=date(2025, 4, 1), state=OutletState.IDLE)
    outlet(units, cast, **signed, state=OutletState.VOID)
    codes = ("outlets.total", "outlets.signed", "outlets.online")
    assert [value(code) for code in codes] == [3, 2, 1]
    assert [value(code, LAST) for code in codes] == [3, 1, 1]


def test_every_figure_is_as_long_as_the_list_it_opens(units, cast):
    for state in (CLOSED, STOPPED, RELOCATED, CONVERTED):
        turned(units, cast, state, TODAY, relapsed=True, relapsed_on=TODAY)
    outlet(units, cast, signed=True, online=True)
    for figure in FIGURES:
        register = REGISTER if figure.model is Enterprise else OUTLETS
        found = register.count(cast["head"], {"figure": figure.code, "year": "2026"})
        assert found == figure.counted(cast["head"], dates.so_far(2026)) > 0, figure.code


def test_a_figure_counts_only_what_the_reader_may_see(units, cast):
    enterprise(units, cast)
    enterprise(units, cast, unit_id=units["other"].id)
    assert [value("enterprises.registered", who=cast[who]) for who in ("head", "liaison", "outsider")] == [2, 1, 1]


def found(code, who):
    return db.session.scalars(next(c for c in CHECKS if c.code == code).found(who)).all()


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("enterprises.code_missing", {"code": "-"}),
        ("enterprises.code_doubtful", {"code": "9.15101E+17"}),
        ("enterprises.code_doubtful", {"code": "91510100000000001h"}),
        ("enterprises.name_cut", {"name": "成都石羚织染厂第一分.."}),
        ("enterprises.name_cut", {"name": "成都石羚织染厂第一分…"}),
        ("enterprises.unwatched", {"state": CLOSED, "state_on": TODAY}),
        ("enterprises.unwatched", {"state": STOPPED, "last_rechecked_on": date(2025, 11, 23)}),
        ("enterprises.no_date", {"state": RELOCATED}),
        ("enterprises.misplaced", {"longitude": 30.6, "latitude": 34.1}),
        ("enterprises.key_unowned", {"officer_id": None}),
    ],
)
def test_a_check_finds_what_is_wrong_and_only_that(units, cast, code, wrong):
    enterprise(units, cast, longitude=104.1, latitude=30.6)
    row = enterprise(units, cast, **wrong)
    assert found(code, cast["head"]) == [row]
    assert found(code, cast["outsider"]) == []
    row.state = EnterpriseState.VOID
    db.session.commit()
    assert found(code, cast["head"]) == []


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("enterprises.code_doubtful", {"code": "9.15101E+17", "code_confirmed": True}),
        ("enterprises.unwatched", {"state": CLOSED, "state_on": TODAY, "recheck_on": TODAY}),
        ("enterprises.unwatched", {"state": STOPPED, "last_rechecked_on": date(2025, 11, 24)}),
    ],
)
def test_what_was_mended_is_found_no_more(units, cast, code, right):
    enterprise(units, cast, **right)
    assert found(code, cast["head"]) == []


def test_twins_are_found_by_name_and_by_code(units, cast):
    one, two = (enterprise(units, cast, name="成都石羚织染厂", code="91510100000000001H") for _n in range(2))
    other = enterprise(units, cast, code="")
    enterprise(units, cast, code="")  # two without a code are no twins
    assert found("enterprises.same_name", cast["head"]) == [one, two]
    assert found("enterprises.same_code", cast["head"]) == [one, two]
    two.state = EnterpriseState.VOID
    db.session.commit()
    assert found("enterprises.same_name", cast["head"]) == found("enterprises.same_code", cast["head"]) == []
    assert other in found("enterprises.code_missing", cast["head"])


def test_outlets_without_sign_code_or_running_plant_are_found(units, cast):
    good = outlet(units, cast, signed=True)
    bare = outlet(units, cast, code=None)
    plant = turned(units, cast, CLOSED, TODAY)
    left = outlet(units, cast, enterprise=plant, signed=True)
    assert found("outlets.unsigned", cast["head"]) == [bare]
    assert found("outlets.no_code", cast["head"]) == [bare]
    assert found("outlets.ownerless", cast["head"]) == [left]
    assert good not in [row for check in CHECKS for row in db.session.scalars(check.found(cast["head"]))]


def test_an_enterprise_is_found_by_name_number_or_code_if_it_is_the_only_one(units, cast):
    one = enterprise(units, cast, name="成都石羚织染厂")
    for said in ("成都石羚织染厂", f" {one.no} ", one.credit_code.lower()):
        assert work.named(said, cast["officer"]) is one
    with pytest.raises(Refused, match="没有找到企业“成都石羚”"):
        work.named("成都石羚", cast["officer"])
    with pytest.raises(Refused, match="没有找到"):
        work.named("成都石羚织染厂", cast["outsider"])
    enterprise(units, cast, name="成都石羚织染厂")
    with pytest.raises(Refused, match="对应不止一家企业"):
        work.named("成都石羚织染厂", cast["officer"])


def test_its_class_is_also_one_of_its_classes():
    row = Enterprise(name="x", kind=EnterpriseClass.DISCHARGER)
    assert (row.discharger, row.key) == (True, None)


def test_an_outlet_code_comes_once_in_an_enterprise_until_it_is_void(units, cast):
    first = outlet(units, cast)
    owner = first.enterprise
    outlet(units, cast, enterprise=owner, code=None)
    outlet(units, cast, enterprise=owner, code=None)
    with pytest.raises(IntegrityError):
        outlet(units, cast, enterprise=owner)
    db.session.rollback()
    first.state = OutletState.VOID
    db.session.commit()
    assert outlet(units, cast, enterprise=owner).medium is OutletMedium.WATER


def test_lists_are_narrowed_by_street_class_state_and_doubt(units, cast):
    units["street"].kind = "street"
    one = enterprise(units, cast, street_id=units["street"].id, discharger=True)
    two = enterprise(units, cast, kind=EnterpriseClass.OTHER, code="-", state=STOPPED)
    asked = {
        "street": (str(units["street"].id), [one.id]), "state": ("stopped", [two.id]), "group": ("other", [two.id]),
        "doubt": ("missing", [two.id]),
    }  # fmt: skip
    for name, (said, ids) in asked.items():
        rows = db.session.execute(REGISTER.rows(cast["head"], {name: said}))
        assert [row.id for row in rows] == ids, name
    assert REGISTER.count(cast["head"], {"group": "discharger"}) == 1
    assert REGISTER.count(cast["head"], {"doubt": "any"}) == 0
    for name in ("state", "group", "doubt", "street"):
        with pytest.raises(Refused, match="没有这样的筛选条件"):
            REGISTER.count(cast["head"], {name: "没有的"})


def test_two_characters_of_a_name_find_it(units, cast):
    enterprise(units, cast, name="成都石羚织染厂", former_names="国营第三印染厂")
    assert [REGISTER.count(cast["head"], {"q": words}) for words in ("织染", "第三印染", "电镀")] == [1, 1, 0]
    assert db.session.scalar(select(Enterprise.title)) == "成都石羚织染厂"
