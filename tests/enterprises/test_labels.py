"""Labels: who may not print them; a code that is guessed opens nothing; anybody reads what is public and no more."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from ems.core.db import db
from ems.enterprises.models import Outlet, OutletState
from tests.factories import enterprise, outlet


@pytest.fixture
def known(units, cast):
    owner = enterprise(units, cast, name="石羚织染厂", phone="13900001111", contact="李工")
    return outlet(units, cast, enterprise=owner, code="DW001", pollutants="化学需氧量")


def test_labels_are_printed_by_who_looks_after_the_file_and_keep_their_code(known, cast, as_):
    address = f"/enterprises/{known.enterprise_id}/labels.pdf"
    for who in ("hotline", "liaison", "leader"):
        assert as_(cast[who]).post(address).status_code == 403
    answer = as_(cast["officer"]).post(address)
    assert answer.mimetype == "application/pdf"
    text = PdfReader(BytesIO(answer.data)).pages[0].extract_text()
    assert "DW001" in text
    db.session.expire_all()
    token = known.token
    assert len(token) == 16
    as_(cast["officer"]).post("/enterprises/outlets/labels.pdf?medium=water")
    db.session.expire_all()
    assert known.token == token
    assert "没有可以打印" in as_(cast["officer"]).post("/enterprises/outlets/labels.pdf?medium=gas").text


def test_anybody_reads_what_is_public_and_an_officer_comes_to_the_record(known, cast, as_, app):
    as_(cast["officer"]).post(f"/enterprises/{known.enterprise_id}/labels.pdf")
    known = db.session.scalars(select(Outlet)).one()
    stranger = app.test_client()
    answer = stranger.get(f"/o/{known.token}")
    assert answer.status_code == 200
    assert "石羚织染厂" in answer.text
    assert "noindex" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "李工" not in answer.text
    assert "13900001111" not in answer.text
    assert stranger.get("/o/abcdefgh").status_code == 404
    assert as_(cast["officer"]).get(f"/o/{known.token}").location == f"/enterprises/outlets/{known.id}"
    assert as_(cast["outsider"]).get(f"/o/{known.token}").status_code == 200  # another street's: as anybody
    page = as_(cast["officer"]).get(f"/enterprises/outlets/{known.id}").text
    assert "开始检查" in page
    known.state = OutletState.VOID
    db.session.commit()
    assert stranger.get(f"/o/{known.token}").status_code == 404
