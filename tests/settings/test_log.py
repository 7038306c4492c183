import re
from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text

from ems.core import audit, dates
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.pauses import Pause
from ems.core.rules import PauseKind
from ems.settings import logged
from tests.conftest import NOON, TODAY
from tests.factories import complaint

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", ["liaison", "officer", "head", "leader", "sysadmin", "secadmin"])
def test_who_may_not_read_the_log(cast, as_, name):
    client = as_(cast[name])
    assert client.get("/log/").status_code == 403
    assert client.get("/log/export.xlsx").status_code == 403
    assert client.post("/log/verify").status_code == 403


def test_the_log_names_columns_and_not_what_stood_in_them(cast, as_, units):
    row = complaint(units, cast, title="楼下餐馆油烟直排", place="天府三街 88 号")
    page = as_(cast["logadmin"]).get("/log/?kind=complaint").text
    assert "事项" in page
    assert "地点" in page
    assert row.no in page
    assert "楼下餐馆油烟直排" not in page
    assert "天府三街" not in page


def test_nor_does_the_sheet_of_it(cast, as_, units):
    complaint(units, cast, title="楼下餐馆油烟直排")
    answer = as_(cast["logadmin"]).get("/log/export.xlsx?kind=complaint")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert "事项" in rows[1][6]
    assert "楼下餐馆油烟直排" not in str(rows)


LOGGED = [name for name in db.metadata.tables if name not in audit.UNLOGGED and not name.startswith("test_")]


@pytest.mark.parametrize("table", LOGGED)
def test_every_kind_of_row_and_every_column_that_is_logged_is_named_in_chinese(app, table):
    mapper = next(m for m in db.Model.registry.mappers if m.local_table.name == table)
    written = {c.key for c in mapper.column_attrs if not c.columns[0].info.get("unlogged")}
    with app.test_request_context():
        named = {column: str(title) for column, title in logged.titles(table, logged.listed()).items()}
        assert CHINESE.search(str(logged.kinds().get(table, "")))
        assert {column for column in written if not CHINESE.search(named.get(column, ""))} == set()


def test_no_word_of_the_programme_stands_on_the_page(cast, as_, units):
    """Neither of rows nor of what is noted beside them."""
    row = complaint(units, cast)
    pause = {"rule": "HOT_12345", "kind": PauseKind.OBJECTION, "from_on": TODAY, "reason": "等待答复"}
    pause |= {"by_id": cast["head"].id, "at": dates.now()}
    db.session.add(Pause(subject_type="complaint", subject_id=row.id, **pause))
    db.session.commit()
    as_(cast["sysadmin"]).post("/settings/rules/PERMIT_REVIEW/off", data={"reason": "暂不要求"})
    for kind in ("pause", "rule", "complaint"):
        page = as_(cast["logadmin"]).get(f"/log/?kind={kind}").text
        assert (kind, page.count('<td class="lead-cell') > 0) == (kind, True)
        assert "<code>" not in page


def test_names_tried_at_the_door_are_spelt_out(cast, as_, app):
    app.test_client().post("/login", data={"username": "intruder", "password": "x"})
    assert "intruder" in as_(cast["logadmin"]).get("/log/?act=login failed").text


def test_the_log_is_narrowed_by_person_day_act_and_kind(cast, as_, units):
    complaint(units, cast)
    with dates.stopped(NOON - timedelta(days=2)):
        db.session.info["actor"] = "王海燕"
        audit.note(db.session(), "exported", "complaint", None, file="x.xlsx")
        db.session.commit()
    client = as_(cast["logadmin"])

    def shown(**asked):
        return client.get("/log/", query_string=asked).text.count('<td class="lead-cell')

    assert shown(actor="王海燕") == 1
    assert shown(actor="王海燕", kind="user") == 0
    assert shown(act="exported") == 1
    assert shown(until="2026-11-22") == 1
    assert shown(since="2026-11-22", until="2026-11-22", kind="complaint") == 1
    assert shown(since="2026-11-23", act="exported") == 0
    assert client.get("/log/?since=gestern").status_code == 422


def test_older_entries_are_on_the_next_page(cast, as_):
    for n in range(120):
        audit.note(db.session(), "exported", "complaint", None, file=f"{n}.xlsx")
    db.session.commit()
    client, seen, asked = as_(cast["logadmin"]), [], {"act": "exported"}
    ids = db.session.scalars(select(LogEntry.id).where(LogEntry.act == "exported").order_by(LogEntry.id.desc())).all()
    for at in (None, ids[49], ids[99]):
        page = client.get("/log/", query_string=asked | ({"before": at} if at else {})).text
        seen.append(page.count('<td class="lead-cell'))
        assert ("更早的" in page) == (at != ids[99])
    assert seen == [50, 50, 20]


def test_a_whole_chain_is_called_whole(cast, as_, units):
    complaint(units, cast)
    page = as_(cast["logadmin"]).post("/log/verify", follow_redirects=True).text
    assert "日志完整" in page
    assert db.session.scalars(select(LogEntry.act).order_by(LogEntry.id.desc())).first() == "log verified"


def test_a_changed_entry_is_found(cast, as_, units):
    complaint(units, cast)
    id = db.session.scalar(select(LogEntry.id).where(LogEntry.subject_type == "complaint").limit(1))
    db.session.execute(text("UPDATE log_entry SET actor = 'nobody' WHERE id = :id"), {"id": id})
    db.session.commit()
    page = as_(cast["logadmin"]).post("/log/verify", follow_redirects=True).text
    assert f"日志在第 {id} 号记录处断开" in page
