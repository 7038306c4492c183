import json
from io import BytesIO

import pytest
from sqlalchemy import delete, insert, text as sql, update
from sqlalchemy.exc import DBAPIError

from ems.core import attachments, audit, dates, module
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Role
from ems.reports import sealing, work
from ems.reports.models import GUARDED, Report, ReportSection, SealedFigure
from ems.reports.values import moved, of_report
from tests.conftest import person
from tests.factories import complaint
from tests.postgres import database, server  # noqa: F401  fixtures: what is sealed stays on both

RECEIVED = "complaints.received"


def kept(report, code=RECEIVED):
    return next(figure for figure in report.figures if figure.code == code)


def changed(report):
    """Whatever is changed of a sealed report is refused."""
    with pytest.raises(Refused, match="已签发封存"):
        db.session.commit()
    db.session.rollback()
    assert list(sealing.faults(report)) == []


def test_the_title_stays(sealed):
    sealed.title = "另一个标题"
    changed(sealed)


def test_the_text_stays(sealed):
    sealed.sections[0].text = "另一段话"
    changed(sealed)


def test_a_number_stays(sealed):
    kept(sealed).value = "999"
    changed(sealed)


def test_nothing_is_added(sealed):
    known = {"seq": 99, "code": "x", "level": 1, "kind": "own", "title": "x", "text": "x", "unit_id": sealed.unit_id}
    db.session.add(ReportSection(report_id=sealed.id, **known))
    changed(sealed)


def test_nothing_is_taken_away(sealed):
    for row in (kept(sealed), sealed.sections[0]):
        db.session.delete(row)
        changed(sealed)


def test_it_is_not_unsealed(sealed):
    sealed.digest = None
    changed(sealed)


ROUND = {
    "report update": lambda r: update(Report.__table__).values(title="x"),
    "report delete": lambda r: delete(Report.__table__),
    "report_section insert": lambda r: insert(ReportSection.__table__).values(
        report_id=r.id, seq=99, code="x", level=1, kind="own", title="", text="", unit_id=1, ready=True, version=1
    ),
    "report_section update": lambda r: update(ReportSection.__table__).values(text="x"),
    "report_section delete": lambda r: delete(ReportSection.__table__),
    "sealed_figure insert": lambda r: insert(SealedFigure.__table__).values(
        report_id=r.id, seq=99, code="x", title="", unit="", last_sealed=False, rows=0, model="x", digest="", kept=b""
    ),
    "sealed_figure update": lambda r: update(SealedFigure.__table__).values(value="999"),
    "sealed_figure delete": lambda r: delete(SealedFigure.__table__),
}


@pytest.mark.parametrize("way", ROUND)
def test_the_database_refuses_what_goes_round_the_session(sealed, way):
    statement = ROUND[way](sealed)
    with pytest.raises(DBAPIError, match="is sealed"):
        db.session.connection().execute(statement)
    db.session.rollback()


def test_every_guard_is_tried():
    assert {f"{table} {act.lower()}" for table, act, _when in GUARDED} == set(ROUND)


def test_a_report_that_is_not_sealed_takes_changes(report):
    db.session.connection().execute(update(ReportSection.__table__).values(text="改"))
    db.session.connection().execute(delete(ReportSection.__table__))
    db.session.rollback()


def test_all_figures_of_the_house_are_frozen_with_their_rows(sealed):
    assert {figure.code for figure in sealed.figures} == set(module.figures())
    for figure in sealed.figures:
        assert len(sealing.unpacked(figure)["rows"]) == figure.rows, figure.code


def test_the_rows_are_frozen_as_the_register_showed_them(sealed, cases):
    told = sealing.unpacked(kept(sealed))
    assert told["columns"][:3] == ["编号", "事项", "企业"]
    assert told["rows"][0][:3] == [cases[0].id, cases[0].no, "street的投诉"]
    assert "办结" in told["rows"][0]


def test_text_and_numbers_are_frozen(sealed):
    assert sealed.rendered[2]["text"] == "共接到3件，办结2件，答复率0%。"
    assert sealed.rendered[2]["heading"] == "（一）信访投诉"
    assert (kept(sealed).value, kept(sealed).last_year, kept(sealed).last_sealed) == ("3", "2", False)
    assert (sealed.until, sealed.sealed_by.name) == (dates.today(), "leader")


def test_the_paper_is_kept_by_its_digest(sealed):
    assert attachments.place(sealed.pdf_digest).read_bytes() == b"%PDF-1.7 1"
    assert work.preview(sealed) == b"%PDF-1.7 1"


def test_the_paper_carries_the_digest_of_what_it_says(sealed, press):
    assert sealed.content_digest[:32] in press[0]
    assert "未签发" not in press[0].split("<table>")[0]


def test_what_is_sealed_verifies(sealed):
    db.session.expire_all()
    assert list(sealing.faults(sealed)) == []


def test_later_changes_are_shown_and_alter_nothing(sealed, cast, units, cases):
    complaint(units, cast, received_on=dates.today())
    cases[0].title = "改过的标题"
    db.session.commit()
    db.session.expire_all()
    (then, now), *others = [pair for pair in moved(sealed) if pair[0].code == RECEIVED]
    assert (then.value, now.value, others) == (3, 4, [])
    assert of_report(sealed)[RECEIVED].value == 3
    assert sealing.unpacked(kept(sealed))["rows"][0][2] == "street的投诉"
    assert list(sealing.faults(sealed)) == []


def test_days_after_the_seal_are_no_change_of_it(sealed, cast, units):
    with dates.stopped(dates.now().replace(month=12, day=20)):
        complaint(units, cast, received_on=dates.today())
        assert moved(sealed) == []


def test_nothing_changed_is_nothing_shown(sealed):
    assert moved(sealed) == []


def test_a_row_that_changes_while_it_is_printed_stops_the_seal(approved, cast, press, cases):
    held, paper = sealing.sealable(approved)
    cases[0].title = "印刷时改的"
    db.session.commit()
    with pytest.raises(Refused, match="数据有变动"):
        sealing.seal(approved, held, paper, cast["leader"])
    db.session.rollback()
    assert not approved.sealed
    assert approved.figures == []


def test_two_leaders_seal_once(approved, cast, units, press):
    held, paper = sealing.sealable(approved)
    sealing.seal(approved, held, paper, cast["leader"])
    db.session.commit()
    other = person("leader2", Role.LEADER, units["zone"])
    with pytest.raises(Refused):
        sealing.seal(approved, held, paper, other)
    db.session.rollback()
    assert approved.sealed_by_id == cast["leader"].id


def test_it_is_frozen_in_chinese_whoever_seals(approved, cast, as_, press):
    cast["leader"].language = "en"
    db.session.commit()
    assert as_(cast["leader"]).post(f"/reports/{approved.id}/moves/seal").status_code == 303
    db.session.refresh(approved)
    assert kept(approved).title == "收到投诉和纠纷"
    assert "办结" in sealing.unpacked(kept(approved))["rows"][0]


def test_the_log_tells_of_the_seal_and_stays_whole(sealed):
    _read, broken = audit.verify(db.session())
    assert broken is None
    entry = db.session.scalars(db.select(audit.LogEntry).where(audit.LogEntry.subject_type == "report")).all()[-1]
    assert entry.changes["digest"][1] == sealed.digest


def unguarded():
    """What only who owns the database can do."""
    for table, act, _when in GUARDED:
        on = f" ON {table}" if db.engine.dialect.name == "postgresql" else ""
        db.session.connection().execute(sql(f"DROP TRIGGER sealed_{table}_{act.lower()}{on}"))


FORGERIES = {
    "正文或数字清单": lambda r: update(Report.__table__).values(title="改"),
    "“收到投诉和纠纷”": lambda r: update(SealedFigure.__table__).where(SealedFigure.code == RECEIVED).values(value="9"),
    "“办结投诉和纠纷”": lambda r: (
        update(SealedFigure.__table__)
        .where(SealedFigure.code == "complaints.closed")
        .values(kept=sealing.packed({"columns": [], "rows": []}))
    ),
    "总校验码": lambda r: update(Report.__table__).values(sealed_by_id=1),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forgery_is_found(sealed, what):
    unguarded()
    db.session.connection().execute(FORGERIES[what](sealed))
    db.session.expire_all()
    assert any(what in fault for fault in sealing.faults(sealed))
    db.session.rollback()


def test_a_figure_taken_out_is_found(sealed):
    unguarded()
    db.session.connection().execute(delete(SealedFigure.__table__).where(SealedFigure.code == RECEIVED))
    db.session.expire_all()
    assert any("清单" in fault for fault in sealing.faults(sealed))
    db.session.rollback()


def test_a_forged_or_lost_paper_is_found(sealed):
    path = attachments.place(sealed.pdf_digest)
    path.write_bytes(b"%PDF-1.7 another")
    assert list(sealing.faults(sealed)) == ["PDF 文件与封存时不一致"]
    path.unlink()
    assert list(sealing.faults(sealed)) == ["PDF 文件不在了"]


def test_the_command_verifies(app, sealed):
    run = app.test_cli_runner().invoke
    done = run(args=["report", "verify", "2026"])
    assert (done.exit_code, sealed.digest in done.output) == (0, True)
    attachments.place(sealed.pdf_digest).unlink()
    assert run(args=["report", "verify", "2026"]).exit_code == 1
    assert "没有已签发封存的总结" in run(args=["report", "verify", "2025"]).output


def test_one_way_of_writing_it_down():
    assert sealing.digest({"b": 1, "a": "件"}) == sealing.digest(json.loads('{"a": "件", "b": 1}'))


def test_a_reader_sees_of_the_frozen_rows_those_in_their_reach(sealed, cast, cases):
    _columns, all_ = sealing.seen(kept(sealed), cast["leader"])
    _columns, some = sealing.seen(kept(sealed), cast["liaison"])
    assert [row[0] for row in all_] == [cases[0].id, cases[1].id, cases[2].id]
    assert [row[0] for row in some] == [cases[0].id]


def test_a_sealed_report_takes_no_files(sealed, as_, cast):
    answer = as_(cast["head"]).post(f"/files/report/{sealed.id}", data={"file": (BytesIO(b"later"), "later.txt")})
    assert answer.status_code == 409
    assert "已签发封存" in answer.text
