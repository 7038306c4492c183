"""What no page of ours sends, and two people who press at one moment: a sentence, and one of them."""

import dataclasses
from io import BytesIO
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from ems import create_app
from ems.complaints.models import Answer, Complaint, ComplaintState
from ems.complaints.moves import WORKFLOW
from ems.core import workflow
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.uploads import SheetUpload
from ems.core.workflow import Step
from tests.factories import complaint
from tests.postgres import database  # noqa: F401  on both databases

HUGE = "9" * 30
LISTS = ("/complaints/", "/enterprises/", "/permits/", "/inspections/", "/orders/", "/reports/", "/duties", "/inbox")


@pytest.mark.parametrize("asked", [f"page={HUGE}", f"unit={HUGE}", f"year={'9' * 5000}"])
@pytest.mark.parametrize("page", [*LISTS, "/people/", "/figures/"])
def test_a_number_beyond_any_row_is_not_found(as_, cast, page, asked):
    assert as_(cast["head"]).get(f"{page}?{asked}").status_code == 404


@pytest.mark.parametrize("address", [f"/complaints/{HUGE}", f"/permits/{2**63}/edit", f"/files/{HUGE}/a.pdf"])
def test_an_id_beyond_any_row_is_not_found(as_, cast, address):
    assert as_(cast["head"]).get(address).status_code == 404


def test_a_long_number_may_be_searched_for(as_, cast):
    assert as_(cast["head"]).get(f"/complaints/?q={HUGE}").status_code == 200


@pytest.mark.parametrize("address", ["/complaints/?q=a%00b", "/search?q=%00", "/people/?q=%00", "/complaints/%00"])
def test_a_question_with_a_nul_is_refused(as_, cast, address):
    assert as_(cast["head"]).get(address).status_code in {400, 404}


def test_a_form_with_a_nul_is_refused_with_a_sentence(as_, cast, units):
    case = complaint(units, cast)
    answer = as_(cast["hotline"]).post(f"/complaints/{case.id}/notes", data={"remark": "夜里\0很吵"})
    assert (answer.status_code, "没有保存" in answer.text) == (400, True)
    assert db.session.scalars(select(Step.remark)).all() == []


@pytest.mark.parametrize("asked", ["since=0001-01-01", "until=9999-12-31", "since=9999-12-31&until=0001-01-01"])
def test_the_log_of_the_first_and_the_last_of_all_days_is_no_page_in_pieces(as_, cast, asked):
    assert as_(cast["logadmin"]).get(f"/log/?{asked}").status_code == 422


def at_once(app, *deeds):
    """Each in a thread with a session of its own; whoever is refused says so."""
    begin, said = Barrier(len(deeds), timeout=20), []

    def run(deed):
        with app.app_context():
            begin.wait()
            try:
                said.append(deed())
            except Refused:
                said.append("refused")
            db.session.remove()

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@pytest.fixture
def config(config, tmp_path):
    """A file: each thread has a connection of its own."""
    uri = config.SQLALCHEMY_DATABASE_URI
    return dataclasses.replace(
        config, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/t.db" if uri == "sqlite://" else uri
    )


def test_two_moves_at_one_moment_are_one_move_and_a_refusal(app, units, cast):
    """Both find the case registered; the second one is told that it no longer is."""
    case = complaint(units, cast)
    id, clerk = case.id, cast["hotline"].id
    db.session.rollback()
    found = Barrier(2, timeout=20)

    def press(name):
        def deed():
            row, user = db.session.get(Complaint, id), db.session.get(type(cast["hotline"]), clerk)
            WORKFLOW.find(name, user, row)
            found.wait()
            workflow.hold(row)
            workflow.carry_out(WORKFLOW.find(name, user, row), user, row, "x")
            db.session.commit()
            return name

        return deed

    said = at_once(app, press("accept"), press("refuse"))
    assert said.count("refused") == 1
    assert len(db.session.scalars(select(Step.move).where(Step.subject_id == id, Step.move != "")).all()) == 1


def test_a_page_finds_its_move_again_once_the_row_is_held(as_, cast, units, monkeypatch):
    """Somebody else was quicker, after the page had looked and before it held the row."""
    case, table = complaint(units, cast), Complaint.__table__

    def overtaken(row):
        db.session.connection().execute(update(table).where(table.c.id == row.id).values(state="refused"))
        db.session.refresh(row)

    monkeypatch.setattr(workflow, "hold", overtaken)
    answer = as_(cast["hotline"]).post(f"/complaints/{case.id}/moves/accept")
    assert (answer.status_code, "不予受理" in answer.text) == (409, True)


def test_an_answer_sent_twice_is_given_once(as_, cast, units):
    case = complaint(units, cast, state=ComplaintState.HANDLED, handler_id=cast["officer"].id)
    data = {"text": "已查处。", "way": "phone"}
    first = as_(cast["hotline"]).post(f"/complaints/{case.id}/moves/answer", data=data)
    again = as_(cast["head"]).post(f"/complaints/{case.id}/moves/answer", data=data)
    assert (first.status_code, again.status_code) == (303, 409)
    assert len(db.session.scalars(select(Answer.id)).all()) == 1


def test_a_broken_transaction_is_told_in_a_page_of_ours(config, as_, cast, app):
    """The sentence is in the reader's language: who they are is asked of a session that was rolled back first."""
    live = create_app(dataclasses.replace(config, TESTING=False))
    client = live.test_client()
    with client.session_transaction() as session, as_(cast["head"]).session_transaction() as known:
        session.update(known)

    @live.before_request
    def fall():
        from flask_login import current_user  # noqa: PLC0415

        assert current_user.is_authenticated
        db.session.add(Answer(unit_id=10**6, complaint_id=10**6, number=1, text="x"))
        db.session.flush()

    answer = client.get("/complaints/")
    with live.app_context():
        db.engine.dispose()
    assert (answer.status_code, "事件号" in answer.text) == (500, True)


@pytest.mark.parametrize("day", ["0001-01-01", "20261-1-1", "9999-12-31"])
def test_a_slip_in_the_year_is_told_and_not_kept(as_, cast, units, day):
    """A due day in the year 9999 is kept by any database, and then no page can draw its calendar."""
    case = complaint(units, cast, channel="superior")
    known = {"channel": "superior", "place": "x", "text": "x", "received_on": "2026-11-24", "unit_id": case.unit_id}
    sent = known | {"medium": "noise", "identity": "open", "matter": "complaint", "document_due_on": day}
    answer = as_(cast["hotline"]).post(f"/complaints/{case.id}/edit", data=sent)
    assert (answer.status_code, "不是有效日期" in answer.text) == (422, True)


def test_columns_that_are_none_do_not_spoil_a_sheet(as_, cast, units):
    officer = as_(cast["officer"])
    file = {"file": (BytesIO("企业名称\n甲厂\n".encode()), "a.csv")}
    sheet = officer.post("/imports/enterprises/", data=file).location
    odd = {"map_x": "name", f"map_{HUGE}": "name", "map_1": "secret"}
    officer.post(sheet, data=odd | {"map_0": "name", "historical": "", "unit_id": ""})
    assert officer.get(sheet).status_code == 200
    assert db.session.scalars(select(SheetUpload.mapping)).all() == [{"0": "name"}]
