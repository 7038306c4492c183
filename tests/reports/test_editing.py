import re

from sqlalchemy import update

from ems.core.db import db
from ems.reports.forms import SectionForm
from ems.reports.models import ReportSection
from tests.factories import complaint


def section(report, code="problems"):
    return next(s for s in report.sections if s.code == code)


def data(row, **known):
    return {"version": row.version, "title": row.title, "text": row.text, "unit_id": row.unit_id} | known


def test_a_contributor_edits_their_own_section_and_no_other(report, cast, as_, units):
    mine, others = section(report), section(report, "complaints")
    mine.unit_id, mine.ready = units["bureau"].id, False
    db.session.commit()
    chief = as_(cast["chief"])
    assert mine.title in chief.get("/reports/").text
    assert chief.post(f"/reports/sections/{mine.id}", data=data(mine, text="我们的稿子")).status_code == 303
    assert chief.post(f"/reports/sections/{others.id}", data=data(others)).status_code == 404
    db.session.refresh(mine)
    assert (mine.text, mine.edited_by_id) == ("我们的稿子", cast["chief"].id)


def test_a_section_is_not_passed_to_a_unit_out_of_reach(report, cast, as_, units):
    row = section(report)
    row.unit_id = units["bureau"].id
    db.session.commit()
    answer = as_(cast["chief"]).post(f"/reports/sections/{row.id}", data=data(row, unit_id=units["street"].id))
    assert answer.status_code == 422


def test_a_saved_text_is_no_longer_ready_unless_it_is_said(report, cast, as_):
    row = section(report)
    assert row.ready
    as_(cast["officer"]).post(f"/reports/sections/{row.id}", data=data(row, text="新文"))
    db.session.refresh(row)
    assert (row.text, row.ready) == ("新文", False)


def test_a_section_is_marked_ready_and_it_is_written_down(report, cast, as_):
    row = section(report)
    officer = as_(cast["officer"])
    officer.post(f"/reports/sections/{row.id}/ready")
    db.session.refresh(row)
    assert not row.ready
    officer.post(f"/reports/sections/{row.id}/ready")
    assert "“存在的主要问题”标为就绪" in officer.get(f"/reports/{report.id}").text


def test_what_somebody_else_saved_meanwhile_is_not_written_over(report, cast, as_):
    row = section(report)
    seen = data(row, text="我的文字")
    assert as_(cast["head"]).post(f"/reports/sections/{row.id}", data=data(row, text="别人的文字")).status_code == 303
    answer = as_(cast["officer"]).post(f"/reports/sections/{row.id}", data=seen)
    assert answer.status_code == 409
    assert "我的文字" in answer.text
    assert "别人的文字" in answer.text
    db.session.refresh(row)
    assert row.text == "别人的文字"


def test_both_texts_seen_the_next_press_saves(report, cast, as_):
    row = section(report)
    seen = data(row, text="我的文字")
    as_(cast["head"]).post(f"/reports/sections/{row.id}", data=data(row, text="别人的文字"))
    officer = as_(cast["officer"])
    page = officer.post(f"/reports/sections/{row.id}", data=seen).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    assert officer.post(f"/reports/sections/{row.id}", data=seen | {"version": version}).status_code == 303
    db.session.refresh(row)
    assert row.text == "我的文字"


def test_of_two_saves_in_the_same_moment_the_second_keeps_its_text_on_the_page(report, cast, as_, monkeypatch):
    row = section(report)
    seen = data(row, text="我的文字")
    looked = SectionForm.overtaken

    def then_the_other_saves(form, row):
        found = looked(form, row)
        changed = update(ReportSection.__table__).where(ReportSection.id == row.id)
        db.session.execute(changed.values(version=row.version + 1))
        return found

    monkeypatch.setattr(SectionForm, "overtaken", then_the_other_saves)
    answer = as_(cast["officer"]).post(f"/reports/sections/{row.id}", data=seen)
    assert answer.status_code == 409
    assert "我的文字" in answer.text
    assert "没有保存" in answer.text
    db.session.refresh(row)
    assert row.text != "我的文字"


def test_braces_come_in_pairs(report, cast, as_):
    row = section(report)
    answer = as_(cast["officer"]).post(f"/reports/sections/{row.id}", data=data(row, text="共{{complaints.received}件"))
    assert answer.status_code == 422
    assert "成对的括号" in answer.text
    assert "共{{complaints.received}件" in answer.text


def test_an_unknown_number_is_kept_and_shown_blank(report, cast, as_):
    row = section(report)
    officer = as_(cast["officer"])
    officer.post(f"/reports/sections/{row.id}", data=data(row, text="建成{{streets.model}}条。", ready="y"))
    page = officer.get(f"/reports/{report.id}").text
    assert "没有“streets.model”这个数字" in page
    assert "尚不能签发" in page


def test_a_text_is_shown_and_not_run(report, cast, as_):
    row = section(report)
    row.text = "<script>alert(1)</script>{{complaints.received}}<b>件"
    db.session.commit()
    page = as_(cast["officer"]).get(f"/reports/{report.id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_codes_stand_beside_the_form_with_their_numbers(report, cast, as_):
    page = as_(cast["officer"]).get(f"/reports/sections/{section(report).id}").text
    assert "{{complaints.received}}" in page
    assert "3 件" in page


def test_a_number_opens_its_rows(report, cast, as_, cases):
    page = as_(cast["leader"]).get(f"/reports/{report.id}?figure=complaints.received").text
    assert "打开全部 3 行" in page
    assert "/complaints/?figure=complaints.received&amp;year=2026" in page
    assert f"/complaints/{cases[0].id}" in page
    assert "上年 2 件（未签发）" in page
    assert "增 1 件，+50.0%" in page


def test_who_sees_only_some_of_the_rows_is_told_how_many(report, cast, as_, units, cases):
    report.unit_id = units["street"].id
    for row in report.sections:
        row.unit_id = units["street"].id
    db.session.commit()
    page = as_(cast["liaison"]).get(f"/reports/{report.id}?figure=complaints.received").text
    assert "共 3 条，其中您可查看 1 条" in page
    assert f"/complaints/{cases[0].id}" in page
    assert f"/complaints/{cases[1].id}" not in page


def test_a_figure_there_is_not_changes_nothing(report, cast, as_):
    assert "数字怎么看" in as_(cast["leader"]).get(f"/reports/{report.id}?figure=no.such").text


def test_the_page_says_what_bars_the_seal_and_leads_there(report, cast, as_):
    section(report).ready = False
    db.session.commit()
    page = as_(cast["officer"]).get(f"/reports/{report.id}").text
    assert "0 处空缺或有误、1 节未就绪" in page
    assert 'href="#s-problems"' in page


def test_a_sealed_page_shows_frozen_numbers_and_what_moved(sealed, cast, as_, units):
    complaint(units, cast)
    page = as_(cast["leader"]).get(f"/reports/{sealed.id}?figure=complaints.received").text
    assert "签发后变动" in page
    assert "3 件" in page
    assert "4 件" in page
    assert "封存时的 3 行" in page
    assert "编辑" not in page
    assert "尚不能签发" not in page


def test_a_sealed_number_opens_its_frozen_rows(sealed, cast, as_, cases):
    cases[0].title = "改过的标题"
    db.session.commit()
    leader = as_(cast["leader"])
    page = leader.get(f"/reports/{sealed.id}/figures/complaints.received").text
    assert "street的投诉" in page
    assert "改过的标题" not in page
    assert leader.get(f"/reports/{sealed.id}/figures/no.such").status_code == 404
    sheet = leader.get(f"/reports/{sealed.id}/figures/complaints.received.xlsx")
    assert sheet.data[:2] == b"PK"


def test_a_report_not_sealed_has_no_frozen_rows(report, cast, as_):
    assert as_(cast["leader"]).get(f"/reports/{report.id}/figures/complaints.received").status_code == 404
