"""What a phone sends when it is back: who may not, what comes twice, what two filled in differently."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select

from ems.core import attachments, dates
from ems.core.db import db
from ems.core.people import User
from ems.core.workflow import Step
from ems.inspections import field as spot, packages
from ems.inspections.field_models import FieldFile
from ems.inspections.models import Finding, Inspection, InspectionState, InspectionType, Verdict
from ems.inspections.moves import WORDS, WORKFLOW
from ems.orders.models import Order
from tests.conftest import NOON, TODAY
from tests.factories import inspection
from tests.inspections.conftest import DOT

API = "/inspections/offline"
KEY = "0f3b9c1e-1111-4222-8333-abcdefabcdef"


def line(verdict, remark="", remedy="order", due_on=None):
    return {"verdict": verdict, "remark": remark, "remedy": remedy, "due_on": due_on}


def package(row=None, **known):
    about = {"key": f"i{row.id}" if row else KEY, "inspection": row.id if row else None, "now": NOON.isoformat()}
    return about | {"answers": {}, "base": {}} | known


def filled(row, cast, fails=()):
    """All of a law inspection."""
    said = {"second_id": cast["head"].id, "rights_told": True, "facility_running": "yes", "person_present": "何志强"}
    lines = {f"line_{one.number}": line("conforms") for one in row.lines}
    return said | lines | {f"line_{n}": line("fails", f"第 {n} 项的问题。") for n in fails}


def send(as_, who, what, **known):
    return as_(who).post(f"{API}/{what}", json=known)


def picture(row, key="photo-0001", **known):
    about = {"key": key, "inspection": row.id, "sort": "photo", "now": NOON.isoformat(), "taken_at": NOON.isoformat()}
    return about | {"file": (BytesIO(DOT), "现场.png")} | known


def send_file(as_, who, data):
    return as_(who).post(f"{API}/files", data=data, content_type="multipart/form-data")


def test_who_may_not_send(as_, cast, units, begun):
    for who in ("leader", "auditor", "hotline", "secadmin"):
        for what in ("answers", "finish"):
            assert send(as_, cast[who], what, **package(begun, answers={"summary": "改"})).status_code == 403, who
        assert send_file(as_, cast[who], picture(begun)).status_code == 403
        assert as_(cast[who]).get(f"{API}/mine").status_code == 403
    for what in ("answers", "finish"):
        assert send(as_, cast["outsider"], what, **package(begun, answers={"summary": "改"})).status_code == 404
        answer = send(as_, cast["chief"], what, **package(begun, answers={"summary": "改"}))
        assert (answer.status_code, "请由检查人员填写" in answer.json["refused"]) == (409, True)
    assert send_file(as_, cast["outsider"], picture(begun)).status_code == 404
    assert "请由检查人员填写" in send_file(as_, cast["chief"], picture(begun)).json["refused"]
    row = db.session.get(Inspection, begun.id)
    assert (row.summary, row.state) == ("", InspectionState.OPEN)
    assert db.session.scalars(select(FieldFile)).all() == []


def test_a_strangers_key_opens_nothing(as_, cast, units, begun):
    """Neither of an inspection made under it, nor of a picture sent under it."""
    other = inspection(units, cast, unit_id=units["other"].id, client_key=KEY, type="self_check",
                       lead_id=cast["outsider"].id, second_id=None, enterprise_id=None)  # fmt: skip
    plan = {"type": "special", "party": "某厂", "unit_id": str(units["bureau"].id)}
    assert send(as_, cast["liaison"], "answers", **package(plan=plan, answers={"summary": "改"})).status_code == 404
    assert "请由检查人员填写" in send(as_, cast["officer"], "answers", **package(plan=plan)).json["refused"]
    WORKFLOW.fire("open", cast["outsider"], other)
    db.session.commit()
    assert send_file(as_, cast["outsider"], picture(other)).status_code == 200
    assert "属于另一次检查" in send_file(as_, cast["officer"], picture(begun)).json["refused"]
    assert db.session.scalars(attachments.of(begun)).unique().all() == []


@pytest.mark.parametrize(
    "sent",
    [
        {"key": "../x"}, {"key": ["i1"]}, {"now": "gestern"}, {"now": "2026-11-24T12:00:00"}, {"answers": [1]},
        {"answers": {"line_1": "fails"}}, {"answers": {"summary": {"a": 1}}}, {"inspection": "1"}, {"plan": "x"},
        {"inspection": 10**30}, {"answers": {"second_id": 10**30}},
        {"answers": {"line_1": {"verdict": "fails", "remark": 5}}},
        {"started_at": "9999-12-31T00:00:00+00:00"}, {"answers": {"summary": "\0"}},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_turned_away(as_, cast, begun, sent):
    assert send(as_, cast["officer"], "answers", **package(begun) | sent).status_code == 400


def test_a_number_beyond_any_id_is_nobodys(as_, cast, units):
    plan = {"type": "special", "party": "某厂", "unit_id": "9" * 30}
    assert send(as_, cast["officer"], "answers", **package(plan=plan)).status_code == 422
    row = inspection(units, cast)
    assert send_file(as_, cast["officer"], picture(row) | {"inspection": "9" * 30}).status_code == 404


def test_what_is_too_large_is_turned_away(as_, cast, begun, monkeypatch):
    answer = send(as_, cast["officer"], "answers", **package(begun, answers={"summary": "长" * 400_000}))
    assert answer.status_code == 413
    answer = send(
        as_, cast["officer"], "answers", **package(begun, answers={"summary": "长" * 10_001}, base={"summary": ""})
    )
    assert (answer.status_code, answer.json["faults"][0][:5]) == (422, "现场情况：")
    monkeypatch.setattr(spot, "LARGEST", 10)
    assert "超过 8 MB" in send_file(as_, cast["officer"], picture(begun)).json["refused"]
    assert db.session.get(Inspection, begun.id).summary == ""


def test_sent_twice_it_is_there_once(as_, cast, begun):
    said = package(begun, answers=filled(begun, cast, fails={5}), base=packages.values(begun))
    for _n in range(2):
        assert send(as_, cast["officer"], "answers", **said).status_code == 200
        for key in ("photo-0001", "photo-0002"):
            assert send_file(as_, cast["officer"], picture(begun, key)).status_code == 200
        mine = picture(begun, "sign-0001", sort="officer", signer_id=cast["head"].id)
        assert send_file(as_, cast["officer"], mine).status_code == 200
    assert db.session.scalar(select(func.count(FieldFile.id))) == 3
    for _n in range(2):
        ended = send(as_, cast["officer"], "finish", **package(begun, ended_at=NOON.isoformat()))
        assert (ended.status_code, ended.json["state"]) == (200, "done")
    assert send(as_, cast["officer"], "answers", **said).status_code == 200
    assert len(db.session.scalars(select(Finding)).all()) == len(db.session.scalars(select(Order)).all()) == 1


def test_only_the_two_officers_sign_as_officers(as_, cast, begun):
    strange = picture(begun, sort="officer", signer_id=cast["chief"].id)
    assert "不是这次检查的检查人员" in send_file(as_, cast["officer"], strange).json["refused"]
    assert send_file(as_, cast["officer"], picture(begun, sort="stamp")).status_code == 400


def test_one_begun_without_network_has_the_times_of_the_spot(as_, cast, units):
    """Planned for today, begun and ended at three, sent at nine the next morning by a phone twenty minutes ahead."""
    row = inspection(units, cast)
    fast = timedelta(minutes=20)
    at = {"started_at": (NOON + timedelta(hours=2) + fast).isoformat()}
    end = {"ended_at": (NOON + timedelta(hours=3) + fast).isoformat()}
    with dates.stopped(NOON + timedelta(hours=21)):
        now = {"now": (dates.now() + fast).isoformat()}
        page = as_(cast["officer"]).get(f"/inspections/{row.id}/field").text
        assert 'data-line="1"' in page
        assert db.session.get(Inspection, row.id).state is InspectionState.PLANNED
        first = send(as_, cast["officer"], "answers", **package(row, **at | now))
        assert first.status_code == 200, first.text
        row = db.session.get(Inspection, row.id)
        known = package(row, **at | now, answers=filled(row, cast, fails={1}), base=first.json["base"])
        assert send(as_, cast["officer"], "answers", **known).status_code == 200
        late = picture(row, taken_at=end["ended_at"], latitude="30.602", longitude="104.045", accuracy="12") | now
        assert send_file(as_, cast["officer"], late).status_code == 200
        assert send(as_, cast["officer"], "finish", **package(row, **end | now)).status_code == 200
    row = db.session.get(Inspection, row.id)
    assert (row.started_at, row.ended_at) == (NOON + timedelta(hours=2), NOON + timedelta(hours=3))
    assert (row.done_on, row.findings[0].found_on) == (TODAY, TODAY)
    (kept,) = db.session.scalars(select(FieldFile)).all()
    assert (kept.astray, kept.attachment.note) == (True, "11-24 15:20 30.60200,104.04500 手机时间快 20 分钟")
    assert any("相差 20 分钟" in said for said in db.session.scalars(select(Step.remark)))


def test_what_two_filled_in_differently_is_shown_and_nothing_is_written(as_, cast, begun):
    base = packages.values(begun)
    here = {"line_1": line("na"), "summary": "雨天。"}
    assert send(as_, cast["head"], "answers", **package(begun, answers=here, base=base)).status_code == 200
    mine = {"line_1": line("fails", "标志牌缺失。"), "line_2": line("conforms"), "opinion": "没有意见"}
    answer = send(as_, cast["officer"], "answers", **package(begun, answers=mine, base=base))
    assert answer.status_code == 409
    (clash,) = answer.json["clashes"]
    assert (clash["name"], clash["mine"], clash["theirs"]) == ("line_1", "不符合 · 标志牌缺失。 · 下达整改", "不适用")
    row = db.session.get(Inspection, begun.id)
    assert (row.lines[0].verdict, row.lines[1].verdict, row.opinion) == (Verdict.NA, None, "")
    base["line_1"] = clash["now"]  # seen, and one's own is kept
    assert send(as_, cast["officer"], "answers", **package(begun, answers=mine, base=base)).status_code == 200
    row = db.session.get(Inspection, begun.id)
    assert (row.lines[0].remark, row.lines[1].verdict) == ("标志牌缺失。", Verdict.CONFORMS)
    assert (row.summary, row.opinion) == ("雨天。", "没有意见")  # what only one of them changed goes together


def test_one_that_ended_meanwhile_takes_nothing_but_says_what_differs(as_, cast, begun):
    base = packages.values(begun)
    send(as_, cast["head"], "answers", **package(begun, answers=filled(begun, cast), base=base))
    assert send(as_, cast["head"], "finish", **package(begun)).status_code == 200
    late = send(as_, cast["officer"], "answers", **package(begun, answers={"summary": "迟到"}, base=base))
    assert (late.status_code, late.json["state"], late.json["clashes"][0]["mine"]) == (409, "done", "迟到")
    assert "已经“已完成”" in late.json["ended"]
    assert send_file(as_, cast["officer"], picture(begun)).status_code == 200  # a photograph is evidence, and is noted
    assert any("补传现场影像" in said for said in db.session.scalars(select(Step.remark)))
    signed = picture(begun, "sign-0001", sort="party")
    assert send_file(as_, cast["officer"], signed).status_code == 409


def test_one_that_nobody_planned_is_made_once(as_, cast, units):
    plan = {"type": "special", "party": "成都某某印务", "unit_id": str(units["bureau"].id)}
    said = package(plan=plan, answers={"second_id": cast["head"].id, "place": "石羚路 9 号"}, base={})
    ids = {send(as_, cast["officer"], "answers", **said).json["id"] for _n in range(2)}
    row = db.session.scalars(select(Inspection)).one()
    assert ids == {row.id}
    assert (row.client_key, row.type, row.state) == (KEY, InspectionType.SPECIAL, InspectionState.OPEN)
    assert (row.party, row.place, row.second_id, row.lead_id) == (
        "成都某某印务", "石羚路 9 号", cast["head"].id, cast["officer"].id,
    )  # fmt: skip
    wrong = package(plan=plan | {"unit_id": "999"}) | {"key": KEY[:-1] + "0"}
    assert send(as_, cast["officer"], "answers", **wrong).status_code == 422
    own = package(plan={"type": "special", "party": "x", "unit_id": str(units["street"].id)}) | {"key": KEY[:-1] + "1"}
    assert send(as_, cast["liaison"], "answers", **own).status_code == 422


def test_what_is_missing_is_told_in_the_same_words(as_, cast, begun):
    answer = send(as_, cast["officer"], "finish", **package(begun))
    assert answer.status_code == 422
    assert str(WORDS["rights"]) in answer.json["faults"]
    page = as_(cast["officer"]).get(f"/inspections/{begun.id}/field").text
    (told,) = re.findall(r"data-words='([^']*)'", page)
    assert json.loads(told) == {name: str(words) for name, words in WORDS.items()}


def test_a_phone_takes_along_ones_own_and_nothing_else(as_, cast, units, begun):
    far = inspection(units, cast, planned_on=TODAY + timedelta(days=9))
    theirs = inspection(units, cast, lead_id=cast["chief"].id)
    taken = as_(cast["officer"]).get(f"{API}/mine").json
    assert [one["id"] for one in taken["inspections"]] == [begun.id]
    assert {far.id, theirs.id}.isdisjoint(one["id"] for one in taken["inspections"])
    assert f"{API}/new/catering" in taken["pages"]
    liaison = as_(cast["liaison"])
    assert liaison.get(f"{API}/mine").json["pages"] == [API, f"{API}/new/self_check"]
    assert liaison.get(f"{API}/new/catering").status_code == 404
    assert 'data-type="self_check"' in liaison.get(f"{API}/new/self_check").text
    token = as_(cast["officer"]).get(f"{API}/token").json
    assert (token["user"], bool(token["token"])) == (db.session.get(User, cast["officer"].id).id, True)


def test_the_worker_is_a_script_and_knows_nobody(app):
    answer = app.test_client().get("/inspections/sw.js")
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    answer.close()
