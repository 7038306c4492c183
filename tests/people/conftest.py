"""People who can log in: the cast's passwords are no hashes, these are."""

from datetime import date

import pytest

from ems.core.db import db
from ems.core.people import Post, Role, User
from ems.people import passwords

RIGHT = "Guixi#2026"
ANOTHER = "Shiyang#2027"


@pytest.fixture
def keyed(units):
    """Somebody with the password RIGHT."""

    def made(username="lina", role=Role.OFFICER, unit="zone", **known):
        user = User(**{"username": username, "name": "李娜", "must_change": False} | known)
        user.password_hash = passwords.hashed(RIGHT)
        user.posts = [Post(unit_id=units[unit].id, role=role, since=date(2020, 1, 1))]
        db.session.add(user)
        db.session.commit()
        return user

    return made


@pytest.fixture
def door(app):
    """One try at the door, with a browser of its own unless one is given."""

    def knocked(username, password, client=None, query=""):
        return (client or app.test_client()).post(f"/login{query}", data={"username": username, "password": password})

    return knocked
