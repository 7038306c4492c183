"""The demo year, built once for the whole run, whichever processes it runs in; each reads a copy of its own."""

import fcntl
import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from ems import create_app
from ems.config import Config
from ems.core import dates
from ems.core.db import db
from ems.core.people import User
from ems.web.session import stamp
from tests.conftest import TODAY, Client


def made(home: Path, *, demo: bool = True) -> Flask:
    """An application whose data lie in `home`."""
    app = create_app(
        Config(
            SECRET_KEY="test", IDENTITY_KEY="identity", SQLALCHEMY_DATABASE_URI=f"sqlite:///{home / 'ems.db'}",
            TESTING=True, ARGON2="cheap", FILES=str(home / "files"), BACKUPS=str(home / "backups"), DEMO=demo,
        )
    )  # fmt: skip
    app.test_client_class = Client
    return app


def tables(home: Path) -> Flask:
    """An empty house."""
    home.mkdir(parents=True, exist_ok=True)
    app = made(home)
    with app.app_context():
        db.create_all()
        db.session.remove()
        db.engine.dispose()
    return app


def seed(app: Flask, *args: str) -> Result:
    with app.app_context():
        answer = app.test_cli_runner().invoke(args=["seed", *args])
        db.session.remove()
        db.engine.dispose()
    return answer


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it lies, as the command left it."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-year"
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "whole").exists():
            answer = seed(tables(home), "--demo", "--today", f"{TODAY}")
            assert answer.exit_code == 0, "".join(traceback.format_exception(*answer.exc_info))
            (home / "whole").touch()
    return home


@pytest.fixture(scope="session")
def house(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return made(Path(shutil.copytree(built, tmp_path_factory.mktemp("demo") / "copy")))


@pytest.fixture
def demo(house: Flask) -> Iterator[Flask]:
    with house.app_context():
        yield house
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def by(demo: Flask) -> Callable[[str], Client]:
    """A browser in which the person with this account is logged in."""

    def client_of(username: str) -> Client:
        user, client = person(username), demo.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user.id), True
            session["pass"], session["seen"] = stamp(user), dates.now().timestamp()
        return client  # type: ignore[return-value]

    return client_of


def person(username: str) -> User:
    return db.session.scalars(select(User).where(User.username == username)).one()
