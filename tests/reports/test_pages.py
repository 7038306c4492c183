import json
from io import BytesIO

import pytest
from flask_login import login_user
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.core import dates, module
from ems.core.db import db
from ems.reports.checkup import listed, model_of
from ems.reports.inspector import links
from ems.reports.models import Report


@pytest.mark.parametrize("page", ["/figures/", "/figures/export.xlsx", "/checks/", "/reports/"])
@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "logadmin"])
def test_administrators_see_no_numbers(cast, as_, page, who):
    assert as_(cast[who]).get(page).status_code == 403


def test_a_stranger_is_sent_to_log_in(app):
    for page in ("/figures/", "/checks/", "/reports/"):
        assert "/login" in app.test_client().get(page).location


def test_figures_of_what_one_may_not_see_are_not_named(cast, as_, cases):
    shown = as_(cast["hotline"]).get("/figures/").text
    assert "投诉举报" in shown
    for part in module.MODULES:
        for figure in part.figures:
            if figure.model.area in {"inspections", "orders"}:
                assert f">{figure.title}<" not in shown


def test_the_figures_are_of_the_readers_reach(cast, as_, cases):
    assert "figure=complaints.received&amp;year=2026" in as_(cast["leader"]).get("/figures/").text
    assert "<b>3</b> 件" in as_(cast["leader"]).get("/figures/").text
    assert "<b>3</b> 件" not in as_(cast["liaison"]).get("/figures/").text


def test_each_number_leads_to_as_many_rows(cast, as_, cases):
    leader = as_(cast["leader"])
    for code, figure in module.figures().items():
        if figure.model.__tablename__ == "complaint":
            page = leader.get(f"/complaints/export.csv?figure={code}&year=2026").data.decode("utf-8-sig")
            assert len(page.splitlines()) - 1 == figure.counted(cast["leader"], dates.so_far(2026)), code


def test_the_page_says_what_it_is_set_against(cast, as_, cases):
    page = as_(cast["leader"]).get("/figures/").text
    assert "2026-01-01 至 2026-11-24" in page
    assert "上年同期（2025-01-01 至 2025-11-24）" in page
    assert "figure=complaints.received&amp;year=2025&amp;through=2025-11-24" in page


def test_another_year_can_be_asked_for(cast, as_, cases):
    page = as_(cast["leader"]).get("/figures/?year=2025").text
    assert "<b>2</b> 件" in page
    assert "2025-01-01 至 2025-12-31" in page
    assert as_(cast["leader"]).get("/figures/?year=x").status_code == 200


def test_the_table_of_figures_leaves_as_a_sheet(cast, as_, cases):
    data = as_(cast["liaison"]).get("/figures/export.xlsx?year=2026").data
    rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[0][:4] == ["类别", "指标", "单位", "本年"]
    assert ["投诉举报", "收到投诉和纠纷", "件", 1] in [row[:4] for row in rows]


def test_checks_count_what_the_reader_reaches(cast, as_, cases):
    leader, liaison = (as_(cast[who]).get("/checks/").text for who in ("leader", "liaison"))
    assert "check=complaints.closed_unanswered" in leader
    assert "2 条，去处理" in leader
    assert "1 条，去处理" in liaison


def test_a_check_leads_to_as_many_rows(cast, as_, cases):
    page = as_(cast["leader"]).get("/complaints/export.csv?check=complaints.closed_unanswered").data
    assert len(page.decode("utf-8-sig").splitlines()) - 1 == 2


def test_checks_that_found_nothing_are_folded(cast, as_):
    page = as_(cast["leader"]).get("/checks/").text
    assert "体检没有发现问题" in page
    assert "<details" in page
    assert "办结而没有答复" in page.split('<details class="sheet"')[1]


def test_checks_of_what_one_may_not_see_are_not_asked(cast, as_):
    page = as_(cast["hotline"]).get("/checks/").text
    for part in module.MODULES:
        for check in part.checks:
            if check.rows().column_descriptions[0]["entity"].area == "inspections":
                assert str(check.title) not in page


def test_an_unsealed_report_of_a_year_gone_by_is_found(cast, as_, report):
    report.year = 2025
    db.session.commit()
    assert "check=reports.unsealed" in as_(cast["leader"]).get("/checks/").text
    assert report.no in as_(cast["leader"]).get("/reports/?check=reports.unsealed").text


def test_the_command_tells_the_figures(app, cases):
    answer = app.test_cli_runner().invoke(args=["figures", "2026", "--json"])
    found = {row["code"]: row for row in json.loads(answer.output)}
    assert set(found) == set(module.figures())
    assert found["complaints.received"] == {
        "code": "complaints.received", "title": "收到投诉和纠纷", "unit": "件", "value": 3, "last_year": 2, "rows": 3,
        "of": None,
    }  # fmt: skip
    assert found["complaints.answered_rate"]["of"] == 3


def test_the_command_tells_them_in_words(app, cases):
    assert "收到投诉和纠纷：3 件（上年 2，3 行）" in app.test_cli_runner().invoke(args=["figures", "2026"]).output


def test_the_command_begins_a_report_once(app, units, press, tmp_path):
    run = app.test_cli_runner().invoke
    for _ in range(2):
        answer = run(args=["report", "make", "2026", "--out", str(tmp_path / "r.pdf")])
        assert answer.exit_code == 0, answer.output
    assert len(db.session.scalars(select(Report)).all()) == 1
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    assert "未就绪" in answer.output


def test_the_command_gives_the_sealed_paper(app, sealed, press, tmp_path):
    app.test_cli_runner().invoke(args=["report", "make", "2026", "--out", str(tmp_path / "r.pdf")])
    assert (tmp_path / "r.pdf").read_bytes() == b"%PDF-1.7 1"
    assert len(press) == 1


def test_without_units_the_command_says_what_to_do(app, press, tmp_path):
    answer = app.test_cli_runner().invoke(args=["report", "make", "2026", "--out", str(tmp_path / "r.pdf")])
    assert (answer.exit_code, "flask seed" in answer.output) == (1, True)


def test_the_list_of_reports(cast, as_, sealed):
    page = as_(cast["leader"]).get("/reports/").text
    assert sealed.no in page
    assert "签发" in page
    assert as_(cast["leader"]).get("/reports/export.xlsx").data[:2] == b"PK"


def test_a_month_without_a_number_breaks_the_line_of_a_chart(app):
    spark = app.jinja_env.get_template("macros/charts.html").module.spark
    drawn = str(spark([1, None, 3, 5]))
    assert drawn.count("M") == 2
    assert str(spark([None, 4])).strip() == ""


def test_every_figure_opens_and_leaves(app, cast, as_):
    leader, found = as_(cast["leader"]), {}
    with app.test_request_context():
        login_user(cast["leader"])
        found = {code: links(figure, 2026) for code, figure in module.figures().items()}
    for code, ways in found.items():
        assert {"list", "export", "row"} <= set(ways), code
        assert leader.get(ways["list"]).status_code == 200, code
        assert leader.get(ways["export"]).status_code == 200, code


ADMINISTRATORS = {"reminders.robots"}


def test_every_check_opens(app, cast, as_):
    leader = as_(cast["leader"])
    page = leader.get("/checks/").text
    with app.test_request_context():
        found = {check: listed(check, model_of(check)) for check in module.checks()}
    for check, url in found.items():
        assert str(check.title) in page, check.code
        if check.code in ADMINISTRATORS:  # counted for all, opened and mended on an administrator's page
            assert (url, leader.get("/channels/robots").status_code) == ("", 403)
            continue
        assert url, check.code
        assert leader.get(url).status_code == 200, check.code
