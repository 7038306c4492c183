import pytest

from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Role
from ems.reports.models import Report, ReportState, SealedFigure
from ems.reports.rules import WORKFLOW
from tests.conftest import person


def fire(name, user, row, remark=""):
    WORKFLOW.fire(name, user, row, remark)
    db.session.commit()


def refused(name, user, row):
    with pytest.raises(Refused) as no:
        WORKFLOW.find(name, user, row)
    return str(no.value)


@pytest.mark.parametrize("who", ["hotline", "liaison", "auditor", "leader", "outsider"])
def test_who_may_not_begin_a_report(app, cast, as_, who):
    assert as_(cast[who]).post("/reports/", data={"year": "2026"}).status_code == 403
    assert db.session.scalar(db.select(Report)) is None


def test_who_reaches_only_a_part_may_not_begin_one_for_the_whole(cast, as_):
    assert as_(cast["chief"]).post("/reports/", data={"year": "2026"}).status_code == 403
    assert db.session.scalar(db.select(Report)) is None


@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "logadmin"])
def test_administrators_see_no_report(report, cast, as_, who):
    for page in ("", str(report.id), f"{report.id}/report.pdf"):
        assert as_(cast[who]).get(f"/reports/{page}").status_code == 403


@pytest.mark.parametrize("who", ["liaison", "outsider", "chief"])
def test_who_reaches_only_a_part_of_the_zone_does_not_find_the_report(report, cast, as_, who):
    assert as_(cast[who]).get(f"/reports/{report.id}").status_code == 404


@pytest.mark.parametrize("who", ["hotline", "auditor", "leader"])
def test_readers_may_not_edit(report, cast, as_, who):
    section = report.sections[0]
    answer = as_(cast[who]).post(f"/reports/sections/{section.id}", data={"version": "1", "text": "改", "unit_id": 1})
    assert answer.status_code == 403
    assert as_(cast[who]).post(f"/reports/sections/{section.id}/ready").status_code == 403


@pytest.mark.parametrize("who", ["officer", "leader", "hotline", "auditor"])
def test_only_a_head_approves(report, cast, who):
    fire("circulate", cast["officer"], report)
    assert "审定" in refused("approve", cast[who], report)


@pytest.mark.parametrize("who", ["officer", "head", "hotline", "auditor"])
def test_only_the_leader_seals(approved, cast, who):
    assert "签发封存" in refused("seal", cast[who], approved)


def test_nobody_approves_what_they_began(report, cast, units):
    report.drafted_by_id = cast["head"].id
    fire("circulate", cast["officer"], report)
    assert "须由另一位负责人审定" in refused("approve", cast["head"], report)
    another = person("head2", Role.CHIEF, units["zone"])
    fire("approve", another, report)
    assert report.approved_by_id == another.id


def test_nobody_approves_what_they_edited(report, cast):
    report.sections[1].edited_by_id = cast["head"].id
    fire("circulate", cast["officer"], report)
    assert "须由另一位负责人审定" in refused("approve", cast["head"], report)


def test_who_approved_does_not_seal(approved, cast, units):
    both = person("both", Role.LEADER, units["zone"])
    approved.approved_by_id = both.id
    assert refused("seal", both, approved) == "审定人不能自己签发。"


def test_an_unready_section_bars_the_approval(report, cast):
    report.sections[2].ready = False
    fire("circulate", cast["officer"], report)
    assert "不能审定" in refused("approve", cast["head"], report)


def test_a_number_to_come_does_not_bar_the_approval_but_the_seal(report, cast):
    report.sections[3].text = "回访满意率{{complaints.satisfied}}%。"  # nobody was called back
    fire("circulate", cast["officer"], report)
    fire("approve", cast["head"], report)
    assert "还有 1 处空缺" in refused("seal", cast["leader"], report)


def test_an_unknown_number_bars_the_approval(report, cast):
    report.sections[3].text = "建成{{streets.model}}条。"
    fire("circulate", cast["officer"], report)
    assert "不能审定" in refused("approve", cast["head"], report)


def test_a_draft_is_not_approved_at_once(report, cast):
    assert "现在是“起草”" in refused("approve", cast["head"], report)
    assert "现在是“起草”" in refused("seal", cast["leader"], report)


def test_sent_back_it_is_a_further_draft_and_nobodys_approval(approved, cast):
    fire("return", cast["head"], approved, "数字要核对")
    assert (approved.state, approved.round, approved.approved_by_id) == (ReportState.DRAFT, 2, None)


def test_the_leader_may_send_back_what_was_approved(approved, cast):
    fire("decline", cast["leader"], approved, "措辞")
    assert (approved.state, approved.approved_by_id) == (ReportState.COUNTERSIGNING, None)


def test_sending_back_asks_for_a_reason(approved, cast, as_):
    answer = as_(cast["leader"]).post(f"/reports/{approved.id}/moves/decline", data={"remark": ""})
    assert answer.status_code == 422
    assert "请写明理由" in answer.text


def test_a_sealed_report_has_no_moves(sealed, cast):
    for who in ("officer", "head", "leader"):
        assert WORKFLOW.open_to(cast[who], sealed) == []


@pytest.mark.parametrize("state", ["approved", "sealed"])
def test_a_text_that_is_approved_is_not_edited(request, state, cast, as_):
    section = request.getfixturevalue(state).sections[0]
    officer = as_(cast["officer"])
    data = {"version": section.version, "text": "改", "unit_id": section.unit_id}
    assert officer.post(f"/reports/sections/{section.id}", data=data).status_code == 409
    assert officer.post(f"/reports/sections/{section.id}/ready").status_code == 409
    db.session.refresh(section)
    assert section.text != "改"


def test_the_seal_is_not_had_by_the_move_alone(approved, cast, as_, press):
    leader = as_(cast["leader"])
    assert "一并封存" in leader.get(f"/reports/{approved.id}/moves/seal").text
    assert leader.post(f"/reports/{approved.id}/moves/seal").status_code == 303
    db.session.refresh(approved)
    assert approved.sealed
    assert db.session.scalar(db.select(db.func.count()).select_from(SealedFigure)) > 10


def test_one_report_a_year(report, cast, as_):
    answer = as_(cast["officer"]).post("/reports/", data={"year": "2026"})
    assert answer.status_code == 409
    assert "已经有了" in answer.text


def test_a_report_begins_with_the_sections_of_the_house(cast, as_, units):
    answer = as_(cast["officer"]).post("/reports/", data={"year": "2025"})
    assert answer.status_code == 303
    report = db.session.scalar(db.select(Report))
    assert (report.year, report.no, report.drafted_by_id) == (2025, "ZJ-2025-0001", cast["officer"].id)
    assert report.title == "高新区科技局（环保处）2025年工作总结和2026年工作思路"
    assert [s.code for s in report.sections][:4] == ["lead", "work", "enforcement", "complaints"]
    assert not any(section.ready for section in report.sections)
