"""flask load: what the page does, from a command line."""

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from ems.complaints.models import Complaint
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.uploads import SheetUpload
from tests.sheets import xlsx

HEAD = ["时间", "信息来源", "标题", "投诉件内容", "回复"]


def row(n=1, day="2019-08-05", channel="网站"):
    return [day, channel, f"河水发黑 {n}", f"第 {n} 段河水发黑。", "已截污。"]


@pytest.fixture
def load(app, cast, tmp_path):
    """Write a sheet and load it; gives exit code and output."""

    def loaded(*rows, kind="complaints", who="hotline", options=(), name="台账.xlsx"):
        path = tmp_path / name
        path.write_bytes(xlsx(HEAD, *rows))
        done = app.test_cli_runner().invoke(args=["load", kind, str(path), "--as", who, *options])
        db.session.rollback()
        return done.exit_code, done.output

    return loaded


def count(model=Complaint):
    return db.session.scalar(select(func.count()).select_from(model))


def test_who_may_not_is_told_so_and_nothing_is_read(load):
    for who in ("officer", "liaison", "leader", "sysadmin"):
        code, said = load(row(), who=who)
        assert (code, "没有导入这类表格的权限" in said) == (1, True)
    code, said = load(row(), who="nobody")
    assert code == 2
    assert "没有这个账号" in said
    assert count() == 0


def test_a_kind_there_is_not_is_answered_with_those_there_are(load):
    code, said = load(row(), kind="dogs")
    assert code == 2
    assert "complaints、enterprises、permits" in said


def test_a_sheet_is_taken_in_and_the_log_names_who_and_the_file(load, cast):
    code, said = load(row(1), row(2))
    assert (code, "已存入 2 行" in said, count()) == (0, True, 2)
    assert "信息来源 → 来源" in said
    entry = db.session.scalars(select(LogEntry).where(LogEntry.act == "loaded")).one()
    assert (entry.actor_id, entry.address, entry.changes["file"][1]) == (cast["hotline"].id, "flask load", "台账.xlsx")


def test_a_dry_run_reads_and_stores_nothing(load):
    code, said = load(row(1), row(2), options=["--dry-run"])
    assert (code, "2 行全部通过，没有存入" in said) == (0, True)
    assert (count(), count(SheetUpload)) == (0, 0)


def test_faults_are_listed_stored_nowhere_and_come_back_as_a_marked_sheet(load, tmp_path):
    out = tmp_path / "out.xlsx"
    code, said = load(row(1), row(2, day="2019-13-01"), options=["--faults", str(out)])
    assert code == 1
    assert "A3 时间：不是有效日期。改为 2026-12-03 这样的年月日" in said
    assert "一行也没有存入" in said
    assert count() == 0
    marked = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
    assert marked[2][0].startswith("A3 时间：不是有效日期")


def test_old_or_of_today_is_said_by_an_option(load):
    code, said = load(row(), options=["--current"])
    assert code == 1
    assert "没有填写地点" in said
    assert load(row(day="2026-11-20"), options=["--historical"])[0] == 0
    assert db.session.scalars(select(Complaint)).one().historical is True


def test_a_unit_may_be_named_if_it_is_within_reach(load, units):
    assert load(row(1), options=["--unit", "street"])[0] == 0
    assert db.session.scalars(select(Complaint)).one().unit_id == units["street"].id
    code, said = load(row(2), who="chief", options=["--unit", "street"], name="b.xlsx")
    assert code == 2
    assert "不能存入这个单位" in said


def test_rows_that_name_no_unit_go_to_the_desk(load, units):
    load(row())
    assert db.session.scalars(select(Complaint)).one().unit_id == units["bureau"].id


def test_the_same_file_is_refused_whatever_it_is_called(app, load, tmp_path):
    load(row())
    again = tmp_path / "改名.xlsx"
    again.write_bytes((tmp_path / "台账.xlsx").read_bytes())
    done = app.test_cli_runner().invoke(args=["load", "complaints", str(again), "--as", "hotline"])
    assert done.exit_code == 1
    assert "同一个文件已由 hotline 于 2026-11-24 存入 1 行" in done.output


def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(app, cast, tmp_path):
    path = tmp_path / "密.xlsx"
    path.write_bytes(bytes(range(255, 0, -1)) * 9)
    done = app.test_cli_runner().invoke(args=["load", "complaints", str(path), "--as", "hotline"])
    assert done.exit_code == 1
    assert "可能被单位加密软件加密" in done.output
    assert "Traceback" not in done.output
