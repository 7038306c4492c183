import pytest
from sqlalchemy import select

from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.settings import KNOWN, setting
from ems.settings.forms import named

AS_THEY_ARE = {named(known.key): known.default for known in KNOWN if known.default is not False}


@pytest.mark.parametrize("name", ["liaison", "officer", "hotline", "auditor", "secadmin", "logadmin"])
def test_who_may_not_see_settings(cast, as_, name):
    for page in ("", "calendar", "rules", "about"):
        assert as_(cast[name]).get(f"/settings/{page}").status_code == 403


@pytest.mark.parametrize("name", ["head", "leader"])
def test_who_reads_settings_does_not_change_them(cast, as_, name):
    client = as_(cast[name])
    assert client.get("/settings/").status_code == 200
    assert "变更理由" not in client.get("/settings/").text
    assert client.post("/settings/", data=AS_THEY_ARE | {"office_phone": "1", "reason": "x"}).status_code == 403
    for page in ("calendar", "calendar/notice", "rules/PERMIT_REVIEW/off"):
        assert client.post(f"/settings/{page}", data={"reason": "x"}).status_code == 403


def test_a_change_without_a_reason_is_refused(cast, as_):
    answer = as_(cast["sysadmin"]).post("/settings/", data=AS_THEY_ARE | {"office_phone": "028-1", "reason": " "})
    assert (answer.status_code, "请写明理由" in answer.text) == (422, True)
    assert setting("office_phone") == "028-8500-0000"


@pytest.mark.parametrize("value", ["many", "-1", "", "9999999"])
def test_a_number_that_is_none_is_refused(cast, as_, value):
    form = AS_THEY_ARE | {"complaints__duplicate_days": value, "reason": "试"}
    assert as_(cast["sysadmin"]).post("/settings/", data=form).status_code == 422
    assert setting("complaints.duplicate_days") == 30


def test_a_change_is_kept_and_noted_with_its_reason(cast, as_):
    form = AS_THEY_ARE | {"complaints__duplicate_days": "45", "reason": "局务会决定"}
    form.pop("self_check")
    assert as_(cast["sysadmin"]).post("/settings/", data=form).status_code == 303
    assert (setting("complaints.duplicate_days"), setting("self_check"), setting("zone")) == (45, False, "成都高新区")
    told = db.session.scalars(select(LogEntry.changes).where(LogEntry.act == "setting changed").order_by(LogEntry.id))
    assert told.all() == [
        {"complaints.duplicate_days": [None, "30 → 45"], "reason": [None, "局务会决定"]},
        {"self_check": [None, "True → False"], "reason": [None, "局务会决定"]},
    ]


def test_what_is_not_changed_is_not_noted(cast, as_):
    as_(cast["sysadmin"]).post("/settings/", data=AS_THEY_ARE | {"reason": "没有改"})
    assert "setting changed" not in db.session.scalars(select(LogEntry.act)).all()


def test_a_second_change_tells_what_held_before_it(cast, as_):
    for days in ("45", "60"):
        form = AS_THEY_ARE | {"complaints__duplicate_days": days, "reason": "试行"}
        as_(cast["sysadmin"]).post("/settings/", data=form)
    told = db.session.scalars(select(LogEntry.changes).where(LogEntry.act == "setting changed").order_by(LogEntry.id))
    assert [changes["complaints.duplicate_days"][1] for changes in told] == ["30 → 45", "45 → 60"]
