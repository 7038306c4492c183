import subprocess
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from ems.core import dates
from ems.core.db import db
from ems.settings import health


@pytest.fixture(autouse=True)
def asked_anew():
    yield
    health.fonts.cache_clear()
    health.heads.cache_clear()


def test_whether_it_lives_is_told_to_anybody(app):
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_whether_it_is_ready_is_told_with_its_parts(app):
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json["database"] == "ok"
    assert answer.json["migrations"] == "none"
    assert set(answer.json) == {"status", "database", "migrations", "fonts", "clock"}


def test_without_its_database_it_is_not_ready(app, monkeypatch):
    def gone(*_args, **_kwargs):
        raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setattr(type(db.session), "execute", gone)
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["database"]) == (503, "down", "unreachable")


@pytest.mark.parametrize(("at", "code", "word"), [("old", 503, "behind"), ("new", 200, "head")])
def test_it_is_ready_on_the_migrations_it_was_written_for(app, monkeypatch, at, code, word):
    monkeypatch.setattr(health, "heads", lambda: {"new"})
    db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    db.session.execute(text("INSERT INTO alembic_version VALUES (:at)"), {"at": at})
    db.session.commit()
    try:
        answer = app.test_client().get("/readyz")
    finally:
        db.session.execute(text("DROP TABLE alembic_version"))
        db.session.commit()
    assert (answer.status_code, answer.json["migrations"]) == (code, word)


def test_without_a_chinese_font_it_says_so(app, monkeypatch):
    health.fonts.cache_clear()
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: subprocess.CompletedProcess(args, 0, "", ""))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["status"], answer.json["fonts"]) == (200, "degraded", False)


@pytest.mark.parametrize(("seconds", "status"), [(60, "ok"), (600, "degraded")])
def test_a_clock_that_stands_is_told(app, monkeypatch, seconds, status):
    monkeypatch.setattr(health, "fonts", lambda: ("Noto Sans CJK SC",))
    slot = db.metadata.tables["slot"]
    now = dates.now() - timedelta(seconds=seconds)
    db.session.execute(slot.insert().values(job="outbox", slot="2026-11-24T12:00", claimed_at=now, said=""))
    db.session.commit()
    answer = app.test_client().get("/readyz")
    assert (answer.json["clock"], answer.json["status"]) == (seconds, status)


def test_the_page_about_it_tells_versions(cast, as_):
    page = as_(cast["sysadmin"]).get("/settings/about").text
    assert "sqlalchemy" in page
    assert "运行状态" in page
