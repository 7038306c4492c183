"""An application, a clock that stands still, and the same cast everywhere."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from flask import Flask, g, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine, insert, select
from werkzeug.test import TestResponse

from ems import create_app
from ems.config import Config
from ems.core import dates, seeds
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.people import Post, Role, Unit, UnitKind, User
from ems.core.rules import Rule
from ems.web.security import limiter
from ems.web.session import stamp
from tests.postgres import keep, server, swept  # noqa: F401  a fixture among them
from tests.sheets import load, send  # noqa: F401  fixtures

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
EMPTY = mkdtemp()  # where nothing is kept
EMPTY_HOUSE: dict[Engine, sqlite3.Connection] = {}


class Client(FlaskClient):
    """A browser that sends the token with every POST, unless told not to."""

    def open(self, *args: Any, token: bool = True, **kwargs: Any) -> TestResponse:
        if token and kwargs.get("method") == "POST":
            kwargs["headers"] = {"X-CSRFToken": self.token(), **kwargs.get("headers", {})}
        vars(g._get_current_object()).clear()  # the test's context outlives a request: nobody is who came before
        answer = super().open(*args, **kwargs)
        db.session.rollback()  # what the view did not commit is lost, as it would be in life
        return answer

    def token(self) -> str:
        with self.session_transaction() as kept:
            held = dict(kept)
        with self.application.test_request_context():
            session.update(held)
            vars(g._get_current_object()).clear()  # it remembers the token of the page before, maybe another's
            token = generate_csrf()
            held = dict(session)
        with self.session_transaction() as kept:
            kept.update(held)
        return token


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with dates.stopped(NOON):
        yield


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """SQLite; with EMS_TEST_ON=postgresql (`make test ON=postgresql`) a PostgreSQL of our own."""
    return request.getfixturevalue("server") if os.environ.get("EMS_TEST_ON") == "postgresql" else "sqlite://"


@pytest.fixture
def config(database: str, tmp_path: Any) -> Config:
    return Config(
        SECRET_KEY="test", IDENTITY_KEY="identity", SQLALCHEMY_DATABASE_URI=database, TESTING=True, ARGON2="cheap",
        FILES=str(tmp_path / "files"), BACKUPS=str(tmp_path / "backups"),
    )  # fmt: skip


@cache
def seeded() -> dict[Any, list[dict[str, Any]]]:
    """Rules and working days as rows, read once: they are the same before every test."""
    app = create_app(
        Config(SECRET_KEY="-", IDENTITY_KEY="-", SQLALCHEMY_DATABASE_URI="sqlite://", FILES=mkdtemp(), BACKUPS="-")
    )
    with app.app_context():
        db.create_all()
        seeds.rules(db.session())
        seeds.workdays(db.session())
        db.session.flush()
        tables = (Rule.__table__, Workday.__table__)
        found = {table: [dict(row) for row in db.session.execute(select(table)).mappings()] for table in tables}
        db.session.remove()
        db.engine.dispose()
    return found


@cache
def application(config: Config) -> Flask:
    """Put together once a process for each way to configure it: templates and statements stay compiled."""
    app = create_app(config)
    app.test_client_class = Client
    return app


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    app = application(replace(config, FILES=EMPTY, BACKUPS=EMPTY))
    app.config.from_object(config)  # whatever the test before has changed
    Path(config.FILES).mkdir(parents=True, exist_ok=True)
    limiter.enabled = not config.TESTING  # another application may have set it
    with app.app_context():
        fill()
        yield app
        db.session.remove()
        if on_server():
            db.engine.dispose()
        elif not in_memory():
            db.drop_all()
            db.engine.dispose()


def in_memory() -> bool:
    return str(db.engine.url) == "sqlite://"


def on_server() -> bool:
    return db.engine.dialect.name == "postgresql"


def fill() -> None:
    """Empty tables, and the rules and working days.

    In memory a copy of a database that was filled before, 2 ms; on a server the tables of the test before, emptied.
    """
    if in_memory():
        with closing(db.engine.raw_connection()) as here:
            if EMPTY_HOUSE.get(db.engine):
                EMPTY_HOUSE[db.engine].backup(here.driver_connection)
                return
    if on_server() and swept(db.engine, len(db.metadata.tables)):
        return
    db.create_all()
    for table, rows in seeded().items():
        db.session.execute(insert(table), rows)
    db.session.commit()
    if in_memory():
        with closing(db.engine.raw_connection()) as here:
            EMPTY_HOUSE[db.engine] = sqlite3.connect(":memory:", check_same_thread=False)
            here.driver_connection.backup(EMPTY_HOUSE[db.engine])
    if on_server():
        keep(db.engine, [table.name for table in seeded()])


@pytest.fixture
def units(app: Flask) -> dict[str, Unit]:
    """Zone ⊃ bureau ⊃ brigade, zone ⊃ street, and another street."""
    made: dict[str, Unit] = {}
    tree = (("zone", None), ("bureau", "zone"), ("brigade", "bureau"), ("street", "zone"), ("other", "zone"))
    names = {"zone": "高新区管委会", "bureau": "科技局（环保处）", "brigade": "环境监察大队"}
    names |= {"street": "石羊街道办事处", "other": "桂溪街道办事处"}
    for code, parent in tree:
        unit = Unit(code="keji" if code == "bureau" else code, name=names[code], kind=UnitKind.DEPARTMENT)
        made[code] = seeds.plant(db.session(), unit, made.get(parent or ""))
    db.session.commit()
    return made


CAST = {
    "hotline": (Role.HOTLINE, "zone"),
    "chief": (Role.CHIEF, "bureau"),
    "officer": (Role.OFFICER, "zone"),
    "head": (Role.CHIEF, "zone"),
    "liaison": (Role.LIAISON, "street"),
    "outsider": (Role.LIAISON, "other"),
    "auditor": (Role.AUDITOR, "zone"),
    "leader": (Role.LEADER, "zone"),
    "sysadmin": (Role.SYSADMIN, "zone"),
    "secadmin": (Role.SECADMIN, "zone"),
    "logadmin": (Role.LOGADMIN, "zone"),
}


def person(name: str, role: Role, unit: Unit, *, commit: bool = True) -> User:
    user = User(username=name, name=name, must_change=False, password_hash=f"hash-of-{name:>20}", badge="川A-001")
    user.posts = [Post(unit_id=unit.id, role=role, since=date(2020, 1, 1))]
    db.session.add(user)
    if commit:
        db.session.commit()
    return user


@pytest.fixture
def cast(units: dict[str, Unit]) -> dict[str, User]:
    made = {name: person(name, role, units[unit], commit=False) for name, (role, unit) in CAST.items()}
    db.session.commit()
    return made


@pytest.fixture
def as_(app: Flask) -> Callable[[User], Client]:
    """A browser in which this person is logged in."""

    def client_of(user: User) -> Client:
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user.id), True
            session["pass"], session["seen"] = stamp(user), dates.now().timestamp()
        return client  # type: ignore[return-value]

    return client_of
