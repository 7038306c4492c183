"""flask seed: what it does twice, and what it will not do to a database of others."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from ems.core.db import db
from ems.core.people import Unit, User
from ems.core.secrets import Encrypted
from ems.core.settings import Setting
from ems.demo import year
from tests.conftest import TODAY
from tests.demo.conftest import seed, tables

pytestmark = pytest.mark.xdist_group("demo")  # one process builds the year

#: what may differ beside ciphertexts: hashes with salt, and what is made of them or of the moment
BLIND = {
    "user": {"password_hash"}, "report": {"pdf_digest", "digest"}, "slot": {"claimed_at", "done_at"},
    "reply_template": {"made_at"},
}  # fmt: skip
SKIPPED = {"log_head", "log_entry"}  # the digest of the report's paper stands in them


@pytest.fixture
def empty(tmp_path: Path) -> Flask:
    return tables(tmp_path)


@pytest.fixture
def quick(monkeypatch):
    """A demo of one account: what the command does around the building is tried here, not the building."""

    def build(session, today, _say):
        session.add(User(username="wanghaiyan", name="王海燕"))
        session.add(Setting(key=year.MARK, value=f"{today}"))
        session.commit()

    monkeypatch.setattr(year, "build", build)


def accounts(app):
    with app.app_context():
        return db.session.scalars(select(User.username)).all()


def stranger(app):
    with app.app_context():
        db.session.add(User(username="zhangsan", name="张三"))
        db.session.commit()


def test_without_demo_nobody_gets_an_account(empty):
    assert seed(empty).exit_code == 0
    assert accounts(empty) == []
    with empty.app_context():
        assert db.session.scalar(select(Unit.id).limit(1))
        assert year.built(db.session()) is None


def test_a_demo_is_refused_where_others_have_accounts(empty, quick):
    stranger(empty)
    for args in (["--demo"], ["--demo", "--force"]):
        answer = seed(empty, *args)
        assert answer.exit_code == 1
        assert "已有不属于演示的账号" in answer.output
    assert accounts(empty) == ["zhangsan"]
    assert not Path(empty.config["FILES"]).with_name("demo").exists()


def test_a_second_time_changes_nothing(empty, quick):
    seed(empty, "--demo", "--today", "2026-11-24")
    answer = seed(empty, "--demo", "--today", "2026-12-01")
    assert (answer.exit_code, "截至 2026-11-24" in answer.output) == (0, True)
    assert Path(empty.config["FILES"]).with_name("demo").exists()


def test_a_demo_to_which_an_account_was_added_goes_on_and_is_not_cleared(empty, quick):
    seed(empty, "--demo", "--today", "2026-11-24")
    stranger(empty)
    assert seed(empty, "--demo").exit_code == 0
    assert seed(empty, "--demo", "--force").exit_code == 1
    assert accounts(empty) == ["wanghaiyan", "zhangsan"]


def test_force_builds_it_anew(empty, quick):
    seed(empty, "--demo", "--today", "2026-11-24")
    assert seed(empty, "--demo", "--force", "--today", "2026-12-01").exit_code == 0
    with empty.app_context():
        assert year.built(db.session()) == "2026-12-01"
    assert accounts(empty) == ["wanghaiyan"]


def test_a_demo_that_was_not_finished_asks_for_force(empty, quick):
    with empty.app_context():
        db.session.add(User(username="wanghaiyan", name="王海燕"))
        db.session.commit()
    answer = seed(empty, "--demo")
    assert (answer.exit_code, "--force" in answer.output) == (1, True)


def test_the_day_goes_with_the_demo(empty):
    assert seed(empty, "--today", "2026-11-24").exit_code == 2


def test_what_is_made_in_another_process_is_the_same_row_by_row(built, tmp_path):
    """Another seed of Python's own hashes: nothing may hang on the order of a set."""
    tables(tmp_path)
    surroundings = os.environ | {
        "EMS_DATA": f"{tmp_path}", "EMS_DATABASE_URL": f"sqlite:///{tmp_path / 'ems.db'}", "PYTHONHASHSEED": "4711",
        "EMS_IDENTITY_KEY": "identity", "EMS_SECRET_KEY": "test",
    }  # fmt: skip
    command = [sys.executable, "-m", "flask", "--app", "app", "seed", "--demo", "--today", f"{TODAY}"]
    root = Path(year.__file__).parents[2]
    told = subprocess.run(command, env=surroundings, cwd=root, check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    ours, theirs = dump(built / "ems.db"), dump(tmp_path / "ems.db")
    assert ours.keys() == theirs.keys()
    for table, rows in ours.items():
        assert rows == theirs[table], table


def ciphertexts(table: str) -> set[str]:
    """Written with a new nonce each time."""
    return {column.name for column in db.metadata.tables[table].columns if isinstance(column.type, Encrypted)}


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every table, but for what must differ."""
    connection = sqlite3.connect(path)
    names = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    tables = [name for name in names if name not in SKIPPED and not name.startswith(("search_fts", "sqlite_"))]
    found = {}
    for table in tables:
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        unlike = BLIND.get(table, set()) | ciphertexts(table)
        shown = ", ".join(f'"{column}"' for column in columns if column not in unlike)
        found[table] = connection.execute(f'SELECT {shown} FROM "{table}" ORDER BY {shown}').fetchall()
    connection.close()
    return found
