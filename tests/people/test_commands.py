import pytest
from sqlalchemy import select

from ems.core.db import db
from ems.core.people import Role, User
from ems.people import passwords

GOOD = "Shiyang#2026"


def make(app, *words, password=GOOD):
    return app.test_cli_runner().invoke(args=["create-admin", *words, "--password-stdin"], input=f"{password}\n")


def test_there_is_no_administrator_before_one_is_made(app, units):
    assert db.session.scalars(select(User)).all() == []


def test_an_administrator_is_made_at_the_root(app, units):
    answer = make(app, "root", "--name", "林工", "--role", "sysadmin")
    assert answer.exit_code == 0, answer.output
    user = db.session.scalars(select(User)).one()
    assert passwords.fits(user.password_hash, GOOD)
    assert [(post.role, post.unit_id) for post in user.posts] == [(Role.SYSADMIN, units["zone"].id)]
    assert GOOD not in answer.output


def test_it_is_asked_twice_where_it_is_not_handed_in(app, units):
    words = ["create-admin", "root", "--name", "林工", "--role", "logadmin"]
    answer = app.test_cli_runner().invoke(args=words, input=f"{GOOD}\n{GOOD}\n")
    assert answer.exit_code == 0, answer.output
    assert GOOD not in answer.output


@pytest.mark.parametrize("password", ["", "short#1A", "abcdefghijkl", "Root#2026xyz"])
def test_a_weak_password_makes_nobody(app, units, password):
    answer = make(app, "root", "--name", "林工", "--role", "sysadmin", password=password)
    assert answer.exit_code == 1
    assert "密码" in answer.output
    assert db.session.scalars(select(User)).all() == []


def test_nobody_is_made_an_administrator_of_business_or_twice(app, units):
    assert make(app, "root", "--name", "林工", "--role", "officer").exit_code == 2
    make(app, "root", "--name", "林工", "--role", "sysadmin")
    answer = make(app, "ROOT", "--name", "林工", "--role", "secadmin")
    assert (answer.exit_code, "已有账号" in answer.output) == (1, True)
    assert len(db.session.scalars(select(User)).one().posts) == 1


def test_without_units_there_is_no_place_for_one(app):
    answer = make(app, "root", "--name", "林工", "--role", "sysadmin")
    assert (answer.exit_code, "flask seed" in answer.output) == (1, True)
