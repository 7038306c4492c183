import pytest

from ems.core import policy
from ems.core.db import db
from ems.core.people import Unit
from ems.core.policy import Act
from tests.factories import complaint

FORM = {"code": "shuiwu", "name": "水务中心", "name_en": "Water Centre", "kind": "direct"}


@pytest.mark.parametrize("name", ["secadmin", "logadmin", "head", "leader", "liaison"])
def test_who_may_not_change_units(cast, as_, units, name):
    client, id = as_(cast[name]), units["street"].id
    assert client.get("/units/").status_code == 200
    for page in ("/units/new", f"/units/{id}/edit"):
        assert client.get(page).status_code == 403
        assert client.post(page, data=FORM | {"parent_id": units["zone"].id}).status_code == 403
    assert client.post(f"/units/{id}/close").status_code == 403


def test_the_tree_shows_each_unit_below_its_own(cast, as_):
    page = as_(cast["liaison"]).get("/units/").text
    names = ["高新区管委会", "科技局（环保处）", "环境监察大队", "石羊街道办事处", "桂溪街道办事处"]
    at = [page.index(name) for name in names]
    assert at == sorted(at)


def test_a_unit_is_added_in_its_place(cast, as_, units):
    as_(cast["sysadmin"]).post("/units/new", data=FORM | {"parent_id": units["bureau"].id})
    made = db.session.query(Unit).filter_by(code="shuiwu").one()
    assert made.path == f"{units['bureau'].path}{made.id}/"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"code": "street"}, "已有这个代号"),
        ({"code": "A B"}, "以小写字母开头"),
        ({"name": "石羊街道办事处"}, "已有同名单位"),
    ],
)
def test_units_that_cannot_be(cast, as_, units, change, why):
    answer = as_(cast["sysadmin"]).post("/units/new", data=FORM | {"parent_id": units["zone"].id} | change)
    assert (answer.status_code, why in answer.text) == (422, True)


def edit(client, unit, parent):
    form = {"code": unit.code, "name": unit.name, "name_en": unit.name_en, "kind": unit.kind.value}
    return client.post(f"/units/{unit.id}/edit", data=form | {"parent_id": parent.id})


def test_a_moved_unit_takes_its_subtree_along(cast, as_, units):
    """And the posts above it cover it from then on, those it left no more."""
    before = set(db.session.scalars(policy.reach(cast["chief"], "people")))
    assert edit(as_(cast["sysadmin"]), units["brigade"], units["street"]).status_code == 303
    brigade, street = db.session.get_one(Unit, units["brigade"].id), db.session.get_one(Unit, units["street"].id)
    assert (brigade.path, brigade.parent_id) == (f"{street.path}{brigade.id}/", street.id)
    assert before - set(db.session.scalars(policy.reach(cast["chief"], "people"))) == {brigade.id}
    edit(as_(cast["sysadmin"]), street, db.session.get_one(Unit, units["bureau"].id))
    brigade = db.session.get_one(Unit, units["brigade"].id)
    assert brigade.path == "".join(f"/{units[c].id}" for c in ("zone", "bureau", "street", "brigade")) + "/"
    assert brigade.id in set(db.session.scalars(policy.reach(cast["chief"], "people", Act.EDIT)))


@pytest.mark.parametrize("below", ["bureau", "brigade"])
def test_a_unit_does_not_move_below_itself(cast, as_, units, below):
    answer = edit(as_(cast["sysadmin"]), units["bureau"], units[below])
    assert (answer.status_code, "不能移到自己" in answer.text) == (422, True)


def test_the_root_stays_the_root(cast, as_, units):
    form = {"code": "zone", "name": "高新区", "name_en": "", "kind": "group", "parent_id": units["street"].id}
    as_(cast["sysadmin"]).post(f"/units/{units['zone'].id}/edit", data=form)
    root = db.session.get_one(Unit, units["zone"].id)
    assert (root.name, root.parent_id, root.path) == ("高新区", None, f"/{root.id}/")
    assert as_(cast["sysadmin"]).post(f"/units/{root.id}/close").status_code == 403


@pytest.mark.parametrize(("code", "why"), [("bureau", "下面还有在用的单位"), ("street", "还有 1 个岗位")])
def test_a_unit_in_use_is_not_closed(cast, as_, units, code, why):
    answer = as_(cast["sysadmin"]).post(f"/units/{units[code].id}/close")
    assert (answer.status_code, why in answer.text) == (409, True)


def test_a_unit_with_open_duties_is_not_closed(cast, as_, units):
    complaint(units, cast, unit_id=units["brigade"].id)
    answer = as_(cast["sysadmin"]).post(f"/units/{units['brigade'].id}/close")
    assert (answer.status_code, "落在这个单位" in answer.text) == (409, True)


def test_an_empty_unit_is_closed_and_no_longer_offered(cast, as_, units):
    client = as_(cast["sysadmin"])
    client.post(f"/units/{units['brigade'].id}/close")
    assert not db.session.get_one(Unit, units["brigade"].id).active
    assert "环境监察大队" not in client.get("/units/new").text
    client.post(f"/units/{units['brigade'].id}/reopen")
    assert db.session.get_one(Unit, units["brigade"].id).active
