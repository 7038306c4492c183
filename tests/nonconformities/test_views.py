from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from ems.complaints.models import Identity
from ems.core import module
from ems.core.db import db
from ems.nonconformities.models import CorrectiveAction, NcState, Nonconformity, Origin, SimilarCheck
from tests.conftest import TODAY
from tests.factories import action, complaint, finding, inspection, nonconformity, similar
from tests.sheets import xlsx

NEW = {
    "title": "危废台账不全", "text": "缺两个月。", "origin": "audit", "grade": "minor", "found_on": "2026-11-24",
    "owner_id": "", "verifier_id": "", "due_on": "", "clause": "7.5", "law": "", "party": "",
}  # fmt: skip


def count(code):
    return module.figures()[code].of(None, (TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31)))


def found_by(code):
    check = next(check for check in module.checks() if check.code == code)
    return db.session.scalars(check.rows()).all()


def test_who_sees_what(as_, cast, units):
    row, one, asked = nonconformity(units, cast), action(units, cast), similar(units, cast)
    for who, code in (("hotline", 403), ("outsider", 404), ("sysadmin", 403), ("liaison", 200), ("leader", 200)):
        assert as_(cast[who]).get(f"/nonconformities/{row.id}").status_code == code, who
        assert as_(cast[who]).get(f"/nonconformities/actions/{one.id}").status_code == code, who
    page = as_(cast["outsider"]).get(f"/nonconformities/similar/{asked.id}").text
    assert "危废台账缺月份，请自查。" in page
    assert asked.nonconformity.no not in page


def test_the_unit_concerned_does_not_rewrite_what_was_found(as_, cast, units):
    row = nonconformity(units, cast)
    data = NEW | {"unit_id": units["street"].id, "title": "没有什么", "due_on": "2026-12-01"}
    assert as_(cast["liaison"]).post(f"/nonconformities/{row.id}/edit", data=data).status_code == 409
    assert as_(cast["auditor"]).post(f"/nonconformities/{row.id}/edit", data=data).status_code == 303
    assert db.session.get(Nonconformity, row.id).title == "没有什么"


def test_one_is_put_down_with_its_days_and_its_people(as_, cast, units):
    data = NEW | {"unit_id": units["street"].id, "verifier_id": cast["liaison"].id}
    answer = as_(cast["auditor"]).post("/nonconformities/new", data=data)
    assert answer.status_code == 422
    data |= {"verifier_id": cast["auditor"].id, "party": "没有这家厂"}
    assert "没有找到企业" in as_(cast["auditor"]).post("/nonconformities/new", data=data).text
    answer = as_(cast["auditor"]).post("/nonconformities/new", data=data | {"party": ""})
    assert answer.status_code == 303, answer.text
    row = db.session.scalars(select(Nonconformity)).one()
    assert (row.no, row.owner_id, row.due_on) == ("BF-2026-0001", cast["liaison"].id, TODAY + timedelta(days=60))
    assert "登记并发出" not in as_(cast["auditor"]).get(f"/nonconformities/{row.id}").text


def test_from_the_cause_to_the_paper(as_, cast, units):
    row = nonconformity(units, cast)
    liaison, auditor = as_(cast["liaison"]), as_(cast["auditor"])
    at = f"/nonconformities/{row.id}"
    said = {"correction": "台账已补。", "corrected_on": "2026-11-24", "method": "whys", "factor": "people",
            "cause": "为什么没有记—因为交接没有讲。", "elsewhere": "no", "elsewhere_note": ""}  # fmt: skip
    assert "请写明查了哪些地方" in liaison.post(f"{at}/moves/analyse", data=said).text
    assert liaison.post(f"{at}/moves/analyse", data=said | {"elsewhere_note": "各科室。"}).status_code == 303
    late = {"text": "改交接单。", "owner_id": "", "due_on": f"{row.ends_on + timedelta(days=1)}"}
    assert "先申请延期" in liaison.post(f"{at}/actions/new", data=late).text
    assert liaison.post(f"{at}/actions/new", data=late | {"due_on": f"{row.ends_on}"}).status_code == 303
    one = db.session.scalars(select(CorrectiveAction)).one()
    assert (one.no, one.owner_id) == (f"{row.no}-01", cast["liaison"].id)
    done = {"done_on": "2026-11-24", "result": "已改。"}
    assert liaison.post(f"/nonconformities/actions/{one.id}/moves/done", data=done).status_code == 303
    assert liaison.post(f"{at}/moves/report", data={"remark": "好了", "corrected_on": "2026-11-24"}).status_code == 303
    seen = inspection(units, cast)
    looked = {"verification": "看了交接单。", "looked_at": "JC-1999-0001"}
    assert "没有您可以查看的这个检查编号" in auditor.post(f"{at}/moves/verify", data=looked).text
    assert auditor.post(f"{at}/moves/verify", data=looked | {"looked_at": seen.no}).status_code == 303
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(auditor.get(f"{at}/paper.pdf").data)).pages)
    for words in ("不符合报告与纠正措施表", row.no, "改交接单。", "看了交接单。", seen.no):
        assert words in text.replace("\n", ""), words
    assert row.no in as_(cast["officer"]).get(f"/inspections/{seen.id}").text


def test_evidence_is_kept_with_its_action(as_, cast, units):
    one = action(units, cast)
    for who, code in (("auditor", 303), ("outsider", 404), ("liaison", 303)):
        data = {"file": (BytesIO(b"%PDF-1.4 x"), "a.pdf")}
        at = f"/files/corrective_action/{one.id}"
        assert as_(cast[who]).post(at, data=data, content_type="multipart/form-data").status_code == code, who


def test_it_starts_at_a_finding_or_a_case_without_its_confidence(as_, cast, units):
    one = finding(units, cast)
    page = as_(cast["chief"]).get(f"/nonconformities/new?finding={one.id}").text
    assert "标志牌缺失。" in page
    assert one.no in page
    assert as_(cast["outsider"]).get(f"/nonconformities/new?finding={one.id}").status_code == 404
    data = NEW | {"unit_id": units["bureau"].id, "owner_id": cast["officer"].id}
    assert as_(cast["chief"]).post(f"/nonconformities/new?finding={one.id}", data=data).status_code == 303
    row = db.session.scalars(select(Nonconformity)).one()
    again = as_(cast["chief"]).get(f"/nonconformities/new?finding={one.id}")
    assert (again.status_code, again.location) == (303, f"/nonconformities/{row.id}")
    case = complaint(units, cast, identity=Identity.CONFIDENTIAL)
    page = as_(cast["chief"]).get(f"/nonconformities/new?complaint={case.id}").text
    assert case.no in page
    assert case.title not in page
    check = as_(cast["chief"]).get("/nonconformities/new?check=orders.failed_idle").text
    assert "复查不合格而没有重新下达期限" in check


def test_only_those_over_other_units_tell_them(as_, cast, units):
    row = nonconformity(units, cast)
    at = f"/nonconformities/{row.id}/tell"
    assert as_(cast["liaison"]).get(at).status_code == 403
    data = {"unit_ids": [units["other"].id], "text": "请自查。"}
    assert as_(cast["auditor"]).post(at, data=data).status_code == 303
    one = db.session.scalars(select(SimilarCheck)).one()
    answer = as_(cast["outsider"]).post(f"/nonconformities/similar/{one.id}/moves/clear", data={"answer": "没有。"})
    assert answer.status_code == 303
    assert "没有同类问题" in as_(cast["auditor"]).get(f"/nonconformities/{row.id}").text


def test_figures_and_checks_count_what_they_say(app, cast, units):
    first = nonconformity(units, cast, due_on=TODAY - timedelta(days=3), raised_on=None)
    nonconformity(units, cast, owner_id=None, origin=Origin.SELF_CHECK)
    first.raised_on = TODAY - timedelta(days=20)
    db.session.commit()
    names = ("raised", "self", "repeated", "open", "late")
    assert [count(f"nonconformities.{name}") for name in names] == [2, 1, 1, 2, 2]
    assert module.figures()["nonconformities.late"].of(None, (TODAY, TODAY)) == 1
    assert found_by("nonconformities.overdue") == found_by("nonconformities.no_cause") == [first]
    assert len(found_by("nonconformities.unowned")) == 1
    one = action(units, cast, due_on=TODAY - timedelta(days=1))
    assert found_by("nonconformities.action_late") == [one.nonconformity]
    one.nonconformity.verified_by_id = one.done_by_id = cast["head"].id
    db.session.commit()
    assert found_by("nonconformities.verified_by_own") == [one.nonconformity]


def test_a_register_is_taken_in_and_what_was_closed_asks_nobody(as_, cast, units, load):
    head = (
        "不符合描述",
        "来源",
        "不符合性质",
        "条款",
        "责任部门",
        "发现日期",
        "期限",
        "整改措施",
        "是否关闭",
        "关闭日期",
    )
    street = units["street"].name
    sheet = xlsx(
        head,
        ("危废台账不全", "内审", "一般", "7.5", street, "2026-10-08", "2027-01-05", "改交接单", "未关闭", ""),
        ("没有应急演练", "外审", "严重", "8.2", street, "2025-05-06", "2025-06-05", "补演练", "关闭", "2025-06-01"),
    )
    load(sheet, who="auditor", intake="nonconformities")
    rows = db.session.scalars(select(Nonconformity).order_by(Nonconformity.id)).all()
    assert [(row.state, row.historical, row.owner_id) for row in rows] == [
        (NcState.OPEN, False, cast["liaison"].id), (NcState.CLOSED, True, None),
    ]  # fmt: skip
    assert found_by("nonconformities.unjudged") == [rows[1]]
    assert [one.state for one in db.session.scalars(select(CorrectiveAction).order_by(CorrectiveAction.id))] == [
        "open", "done",
    ]  # fmt: skip
    assert rows[0].no in as_(cast["liaison"]).get("/nonconformities/?view=mine").text


@pytest.mark.parametrize("who", ["liaison", "officer", "outsider"])
def test_who_takes_in_no_register(as_, cast, who):
    assert as_(cast[who]).get("/imports/nonconformities/").status_code == 403
