"""Real sheets, as they are: what `flask load` makes of them."""

from pathlib import Path
from statistics import median

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from ems.complaints.models import Answer, Complaint, ComplaintState, Identity
from ems.core import audit, dates, settle
from ems.core.db import db
from ems.core.duties import Duty
from ems.enterprises.credit_code import CodeDoubt
from ems.enterprises.models import Enterprise, Outlet
from ems.permits.models import Direction, Permit, PermitLimit
from tests.samples.conftest import SAMPLES

RIVER = "complaints/fuzhou_12345_river_complaints.csv"
OTHER = "complaints/fuzhou_env_complaints.csv"
BOARD = "complaints/leader_message_board_env.csv"
YEARLY = "xlsx/complaints_2019.xlsx"
FIRMS = "xlsx/enterprises.xlsx"
NINGXIA = "permits/ningxia_enterprises.csv"
OUTLETS = "permits/ningxia_outlets_pollutants.csv"


@pytest.fixture
def load(app, cast):
    def loaded(kind, name, *options):
        who = "hotline" if kind == "complaints" else "officer"
        done = app.test_cli_runner().invoke(args=["load", kind, str(SAMPLES / name), "--as", who, *options])
        db.session.rollback()
        return done.exit_code, done.output

    return loaded


def count(model, *asked):
    return db.session.scalar(select(func.count()).select_from(model).where(*asked))


def test_the_river_table_is_taken_in_whole(load):
    code, said = load("complaints", RIVER)
    assert code == 0, said
    assert "已存入 1309 行" in said
    assert "12/31/2016 式日期（月/日/年） 261 处" in said
    assert count(Answer) == 1309
    assert count(Complaint, Complaint.state == ComplaintState.CLOSED, Complaint.historical) == 1309
    days = db.session.scalars(select(Complaint.reported_days)).all()
    assert median(days) == 4
    assert sum(n <= 60 for n in days) == 1308
    assert count(Duty) == 0
    assert settle.rebuild(db.session(), Complaint, check=True) == []
    assert audit.verify(db.session())[1] is None


def test_dates_that_could_be_read_both_ways_are_flagged_one_by_one(load):
    said = load("complaints", RIVER, "--dry-run")[1]
    assert "存疑 159 处" in said  # 103 days read as the column shows, 45 texts that came before, 11 titles cut off


def test_the_other_two_tables_follow_though_they_count_their_rows_alike(load):
    assert load("complaints", RIVER)[0] == 0
    assert load("complaints", OTHER)[0] == 0
    assert load("complaints", BOARD)[0] == 0
    assert count(Complaint) == 1309 + 56 + 120


def test_the_message_board_tells_what_was_handled_and_what_waits(load):
    assert load("complaints", BOARD)[0] == 0
    told = dict.fromkeys(("已办理", "待回复"), 0)
    for state in db.session.scalars(select(Complaint.reported_state)):
        told[state] += 1
    assert told == {"已办理": 84, "待回复": 36}
    assert count(Complaint, Complaint.state == ComplaintState.CLOSED) == 84
    assert count(Complaint, Complaint.state == ComplaintState.REGISTERED) == 36


def test_the_yearly_workbook_is_read_from_below_its_titles_to_above_its_total(load):
    code, said = load("complaints", YEARLY)
    assert code == 0, said
    assert "第 1 张表“2019年”，表头在第 3 行，222 行，12 列" in said
    assert "2019.8.5 式日期 76 处" in said
    assert "全角字符 6 处" in said
    assert "标题 2 行" in said
    assert "合计 1 行" in said
    assert count(Complaint, Complaint.received_on.between(*dates.year(2019))) == 222
    assert db.session.scalar(select(func.sum(Complaint.reported_days))) == 1258  # as its own total row says
    assert count(Complaint, Complaint.phone.isnot(None)) == 118
    assert count(Complaint, Complaint.phone_key.isnot(None)) == 0


def test_the_enterprises_are_taken_in_with_every_doubt_of_their_codes(load):
    code, said = load("enterprises", FIRMS)
    assert code == 0, said
    assert "已存入 110 行" in said
    doubts = dict(db.session.execute(select(Enterprise.code_doubt, func.count()).group_by(Enterprise.code_doubt)).all())
    assert doubts[CodeDoubt.DIGITS_LOST] == 11
    assert doubts[CodeDoubt.MISSING] == 30
    assert count(Enterprise, Enterprise.city == "") == 0
    assert dict(db.session.execute(select(Enterprise.city, func.count()).group_by(Enterprise.city)).all())["银川"] == 35
    assert count(Enterprise, Enterprise.name_cut) == 3


def test_the_same_enterprises_from_the_other_file_are_known(load):
    assert load("enterprises", NINGXIA)[0] == 0
    assert count(Enterprise) == 110
    code, said = load("enterprises", FIRMS)
    assert code == 1
    assert "同名企业已有档案" in said


def test_outlets_and_limits_follow_their_enterprises(load):
    code, said = load("permits", OUTLETS)
    assert (code, "先导入企业，再导入这张表" in said) == (1, True)
    load("enterprises", NINGXIA)
    code, said = load("permits", OUTLETS)
    assert code == 0, said
    assert count(PermitLimit) == 516
    assert count(PermitLimit, PermitLimit.direction == Direction.MIN) == 4  # furnaces
    named = select(PermitLimit.enterprise_id, PermitLimit.outlet).distinct().subquery()
    assert count(Outlet) == db.session.scalar(select(func.count()).select_from(named))


def test_a_permit_number_that_two_enterprises_name_refuses_the_table_and_names_both(load, tmp_path):
    load("enterprises", NINGXIA)
    code, said = load("permits", NINGXIA, "--faults", str(tmp_path / "m.xlsx"))
    assert code == 1
    assert "错误 2 处" in said
    assert said.count("与第") == 2
    assert "没有许可证编号 38 行" in said
    assert count(Permit) == 0
    marked = CalamineWorkbook.from_path(tmp_path / "m.xlsx").get_sheet_by_index(0).to_python()
    assert len(marked) == 111
    assert sum("重复" in str(row[0]) for row in marked) == 2


def test_the_file_the_company_encrypted_is_refused_with_a_sentence(load):
    name = next((SAMPLES / "iso").glob("unreadable_*.xlsx")).relative_to(SAMPLES)
    for kind in ("complaints", "enterprises", "permits"):
        code, said = load(kind, str(name))
        assert (code, "可能被单位加密软件加密，请另存为未加密的 .xlsx 再上传" in said) == (1, True)


def sent(client, name):
    """As a browser sends it. (The test client's own body of a big form is a file that nobody closes.)"""
    head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{Path(name).name}"\r\n\r\n'
    body = head.encode() + (SAMPLES / name).read_bytes() + b"\r\n--part--\r\n"
    return client.post("/imports/complaints/", data=body, content_type="multipart/form-data; boundary=part").location


def test_through_the_screen_as_by_the_command(as_, cast):
    """The three tables of complaints, sent, looked at and stored as a clerk does."""
    client = as_(cast["hotline"])
    for name, rows in ((RIVER, 1309), (OTHER, 56), (BOARD, 120)):
        page = sent(client, name)
        assert f"可以存入：{rows} 行全部通过" in client.get(page).text
        client.post(f"{page}/store")
        assert f"已存入 {rows} 行" in client.get(page).text
    assert count(Complaint) == 1309 + 56 + 120
    assert count(Complaint, Complaint.identity == Identity.ANONYMOUS) == 917


def test_what_a_table_cannot_tell_is_said_on_list_record_and_figure(load, as_, cast):
    assert load("complaints", RIVER)[0] == 0
    client = as_(cast["hotline"])
    row = db.session.scalars(select(Complaint).order_by(Complaint.received_on.desc(), Complaint.id.desc())).first()
    listed = client.get("/complaints/").text
    assert listed.count("无法判定") == 50
    record = client.get(f"/complaints/{row.id}").text
    assert "期限无法判定：原表没有载明办理日期" in record
    assert f"原表回复天数 {row.reported_days} 天" in record
    assert "日期无法判定" in record
    figures = client.get(f"/figures/?year={row.received_on.year}").text
    line = next(part for part in figures.split("<tr>") if "按期办结率" in part)
    assert "无法判定" in line
    assert client.get("/complaints/?q=梅峰河").status_code == 200


def test_the_same_table_again_changes_nothing(load, send):
    assert load("complaints", BOARD)[0] == 0
    client, page = send((SAMPLES / BOARD).read_bytes() + b"\r\n", name="again.csv")
    assert "无变化：120 行" in client.get(page).text
