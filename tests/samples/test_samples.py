"""Real sheets, as they are: what `flask load` makes of them."""

from statistics import median

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from ems.complaints.models import Answer, Complaint, ComplaintState
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
