"""Two files of one enterprise: who may not merge them, what stands against it, and that nothing is left behind."""

from io import BytesIO

import pytest
from sqlalchemy import select

from ems.core import attachments, module
from ems.core.attachments import Attachment
from ems.core.db import Base, db
from ems.core.workflow import Step
from ems.enterprises import pointing
from ems.enterprises.models import EnterpriseState, OutletState
from tests.conftest import TODAY
from tests.enterprises.test_sheets import sound
from tests.factories import complaint, enterprise, order, outlet


@pytest.fixture
def pair(units, cast):
    """The second is empty of a code and holds everything; both have an outlet DW001."""
    kept = enterprise(units, cast, name="石羚织染厂", code=sound(1), phone="")
    double = enterprise(units, cast, name="石羚织染有限公司", code=None, phone="028-2", former_names="老织染厂")
    outlet(units, cast, enterprise=kept, name="总排口")
    outlet(units, cast, enterprise=double, name="废水口")
    outlet(units, cast, enterprise=double, name="废气口", code="DA001")
    complaint(units, cast, enterprise_id=double.id)
    order(units, cast, enterprise=double, source=f"enterprise:{double.id}")
    attachments.attach(double, "照片.txt", BytesIO(b"x"), cast["officer"])
    db.session.commit()
    return kept, double


def pointers(id):
    """What still points at this enterprise, found from the tables without asking the code under test."""
    found = []
    for table in db.metadata.sorted_tables:
        for fk in table.foreign_keys:
            if fk.column.table.name == "enterprise":
                found += [(table.name, row) for row in db.session.execute(select(table).where(fk.parent == id))]
        if {"subject_type", "subject_id"} <= set(table.c.keys()) and table.name not in pointing.STAYS:
            about = (table.c.subject_type == "enterprise", table.c.subject_id == id)
            found += [(table.name, row) for row in db.session.execute(select(table).where(*about))]
        if "source" in table.c:
            rows = select(table).where(table.c.source == f"enterprise:{id}") if table.name != "score_rule" else None
            found += [(table.name, row) for row in db.session.execute(rows)] if rows is not None else []
    return found


def test_only_a_head_over_both_merges_and_not_what_is_void(pair, cast, as_):
    kept, double = pair
    address = f"/enterprises/{kept.id}/merge/{double.id}"
    for who in ("officer", "liaison", "leader", "hotline"):
        assert as_(cast[who]).get(address).status_code == 403
    assert as_(cast["chief"]).get(address).status_code in {403, 404}  # the bureau's; these are a street's
    assert "不能与自己合并" in as_(cast["head"]).get(f"/enterprises/{kept.id}/merge/{kept.id}").text
    assert as_(cast["head"]).post(address, data={"reason": ""}).status_code == 422
    double.state = EnterpriseState.VOID
    db.session.commit()
    assert "已经作废" in as_(cast["head"]).post(address, data={"reason": "重复"}).text


def test_two_codes_that_hold_are_two_enterprises_unless_a_head_says_otherwise(pair, cast, as_):
    kept, double = pair
    double.take_code(sound(2))
    db.session.commit()
    client, address = as_(cast["head"]), f"/enterprises/{kept.id}/merge/{double.id}"
    assert "多半是两家企业" in client.get(address).text
    assert (
        client.post(address, data={"reason": "重复"}).status_code == 409
        or "多半是两家企业" in client.post(address, data={"reason": "重复"}).text
    )
    db.session.expire_all()
    assert double.merged_into_id is None
    assert client.post(address, data={"reason": "换了新证", "sure": "y"}).status_code == 303


def test_nothing_is_left_pointing_at_the_merged_file(pair, cast, as_):
    kept, double = pair
    client = as_(cast["head"])
    assert (
        f"/enterprises/{kept.id}/merge/{double.id}"
        in client.post(f"/enterprises/{kept.id}/merge", data={"other": double.no}).location
    )
    page = client.get(f"/enterprises/{kept.id}/merge/{double.id}").text
    assert 'name="pick_phone" value="other" checked' in page
    assert 'name="pick_name" value="kept" checked' in page
    form = {"reason": "同一家", "pick_phone": "other", "pick_name": "kept"}
    assert client.post(f"/enterprises/{kept.id}/merge/{double.id}", data=form).status_code == 303
    db.session.expire_all()
    assert pointers(double.id) == []
    assert (kept.phone, kept.former_names) == ("028-2", "石羚织染有限公司、老织染厂")
    assert (double.state, double.merged_into_id, double.merged_on) == (
        EnterpriseState.VOID,
        kept.id,
        TODAY,
    )
    assert [(o.code, o.name, o.state) for o in kept.outlets if o.state is not OutletState.VOID] == [
        ("DA001", "废气口", OutletState.IN_USE), ("DW001", "总排口", OutletState.IN_USE),
    ]  # fmt: skip
    assert db.session.scalars(select(Attachment.subject_id)).all() == [kept.id]
    told = db.session.scalars(select(Step.remark).where(Step.subject_id == kept.id, Step.remark.contains("合并"))).all()
    assert "投诉" in told[-1]
    assert "联系电话" in told[-1]
    assert client.get(f"/enterprises/{double.id}").location == f"/enterprises/{kept.id}"
    assert client.get(f"/enterprises/{double.id}?own=1").status_code == 200
    check = next(c for c in module.checks() if c.code == "enterprises.merged_referenced")
    assert db.session.scalars(check.rows()).all() == []


def test_outlets_of_one_code_may_be_two_and_get_a_new_one(pair, cast, as_):
    kept, double = pair
    second = next(o for o in double.outlets if o.code == "DW001")
    form = {"reason": "同一家", f"outlet_{second.id}": "renumber"}
    as_(cast["head"]).post(f"/enterprises/{kept.id}/merge/{double.id}", data=form)
    db.session.expire_all()
    assert sorted(o.code for o in kept.outlets) == ["DA001", "DW001", "DW002"]
    assert pointers(double.id) == []


def test_every_table_that_points_is_moved_or_stays_for_a_reason(app):
    """A table made tomorrow is found by its foreign key or its subject."""
    tables = {column.table.name for column in pointing.links("enterprise")}
    assert {"complaint", "inspection", "correction_order", "permit", "outlet", "enterprise"} <= tables
    mapped = {mapper.local_table.name for mapper in Base.registry.mappers}
    assert tables <= mapped  # what is moved is moved row by row, through the flush that keeps log and duties
    subjects = {t.name for t in db.metadata.sorted_tables if {"subject_type", "subject_id"} <= set(t.c.keys())}
    assert subjects == {m.__tablename__ for m in pointing.with_subject()} | (subjects & set(pointing.STAYS))
    assert all(pointing.STAYS.values())


def test_a_label_that_hangs_at_an_outlet_opens_a_page_after_the_merge(pair, cast, as_, app):
    kept, double = pair
    assert as_(cast["officer"]).post(f"/enterprises/{double.id}/labels.pdf").status_code == 200
    token = next(outlet.token for outlet in double.outlets if outlet.code == "DW001")
    merged = as_(cast["head"]).post(f"/enterprises/{kept.id}/merge/{double.id}", data={"reason": "同一家"})
    assert merged.status_code == 303
    page = app.test_client().get(f"/o/{token}")
    assert (page.status_code, "总排口" in page.text) == (200, True)
