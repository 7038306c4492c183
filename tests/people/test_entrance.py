import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import select

from ems import create_app
from ems.core import dates
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.people import Role, User
from ems.people import entrance, passwords
from ems.web.security import limiter
from tests.conftest import NOON
from tests.people.conftest import ANOTHER, RIGHT


def said(answer):
    found = re.search(r'role="alert">.*?<p>(.*?)</p>', answer.text, re.DOTALL)
    return found and found[1]


def acts():
    return list(db.session.scalars(select(LogEntry.act).order_by(LogEntry.id)))


def later(**span):
    return dates.stopped(NOON + timedelta(**span))


def test_the_right_password_lets_in(keyed, door):
    keyed()
    answer = door("lina", RIGHT)
    assert (answer.status_code, answer.location) == (303, "/")
    assert acts()[-1] == "logged in"


def test_the_name_is_taken_in_either_case_and_with_blanks_around_it(keyed, door):
    keyed()
    assert door("  LiNa ", RIGHT).status_code == 303


def test_a_wrong_password_tells_how_many_tries_are_left(keyed, door):
    keyed()
    answer = door("lina", "wrong")
    assert answer.status_code == 401
    assert "还可再试 4 次，之后锁定 15 分钟" in said(answer)


def test_after_five_failures_even_the_right_password_is_refused(keyed, door):
    keyed()
    for _n in range(5):
        last = door("lina", "wrong")
    assert "12:15" in said(last)
    answer = door("lina", RIGHT)
    assert answer.status_code == 401
    assert "12:15" in said(answer)


def test_the_lock_ends_after_fifteen_minutes_and_not_before(keyed, door):
    keyed()
    for _n in range(5):
        door("lina", "wrong")
    with later(minutes=14, seconds=59):
        assert door("lina", RIGHT).status_code == 401
    with later(minutes=15):
        assert door("lina", RIGHT).status_code == 303


def test_knocking_on_a_locked_door_does_not_lock_it_longer(keyed, door):
    keyed()
    for _n in range(5):
        door("lina", "wrong")
    with later(minutes=10):
        door("lina", "wrong")
    with later(minutes=16):
        assert door("lina", RIGHT).status_code == 303


def test_the_right_password_forgets_the_failures_before_it(keyed, door):
    keyed()
    for _n in range(4):
        door("lina", "wrong")
    door("lina", RIGHT)
    assert "还可再试 4 次" in said(door("lina", "wrong"))


def test_a_name_there_is_not_is_answered_like_one_there_is(keyed, door):
    """Word for word, over a lock and beyond it: nobody learns here who works here."""
    keyed()
    spans = [{}, {"minutes": 20}, {"minutes": 21}, {"minutes": 22}, {"minutes": 22}, {"minutes": 23}, {"minutes": 30}]
    spans += [{"minutes": 38}, {"hours": 3}]

    def heard(name):
        told = []
        for span in spans:
            with later(**span):
                told.append((door(name, "wrong").status_code, said(door(name, "wrong"))))
        return told

    known, unknown = heard("lina"), heard("nobody")
    assert known == unknown
    assert any("已锁定" in sentence for _code, sentence in unknown)


def test_a_name_there_is_not_costs_as_much_work(app, keyed, monkeypatch):
    keyed()
    checked = []
    real = passwords.PasswordHasher.verify
    monkeypatch.setattr(passwords.PasswordHasher, "verify", lambda *args: checked.append(args[1]) or real(*args))
    entrance.knock("lina", "wrong")
    entrance.knock("nobody", "wrong")
    assert len(checked) == 2
    assert [kept.rsplit("$", 2)[0] for kept in checked] == ["$argon2id$v=19$m=8,t=1,p=1"] * 2


def test_the_log_keeps_the_names_that_were_tried(keyed, door):
    user = keyed()
    door("nobody", "wrong")
    door("lina", "wrong")
    rows = db.session.execute(
        select(LogEntry.subject_id, LogEntry.changes, LogEntry.address)
        .where(LogEntry.act == "login failed")
        .order_by(LogEntry.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        (None, {"username": [None, "nobody"]}, "127.0.0.1"),
        (user.id, {}, "127.0.0.1"),
    ]


def test_the_log_never_holds_a_password(keyed, door):
    keyed()
    door("lina", "wr0ng-Password")
    door("lina", RIGHT)
    for changes in db.session.scalars(select(LogEntry.changes)):
        assert RIGHT not in str(changes)
        assert "wr0ng-Password" not in str(changes)
        assert "argon2" not in str(changes)


def test_a_lock_is_noted(keyed, door):
    keyed()
    for _n in range(6):
        door("lina", "wrong")
    assert acts()[-3:] == ["login failed", "locked out", "login refused"]


@pytest.mark.parametrize("barrier", [{"active": False}, {"barred": True}])
def test_a_closed_account_is_not_let_in_with_the_right_password(keyed, door, barrier):
    keyed(**barrier)
    answer = door("lina", RIGHT)
    assert answer.status_code == 401
    assert "已停用或锁定" in said(answer)


def test_a_closed_account_answers_a_wrong_password_like_any_other(keyed, door):
    keyed(active=False)
    assert "账号或密码不对" in said(door("lina", "wrong"))


def test_an_account_closed_while_logged_in_is_out_at_the_next_request(keyed, as_):
    user = keyed()
    client = as_(user)
    assert client.get("/account").status_code == 200
    user.barred = True
    db.session.commit()
    assert client.get("/account").status_code == 302


def test_an_account_without_a_password_lets_nobody_in(keyed, door):
    user = keyed()
    user.password_hash = ""
    db.session.commit()
    for password in ("", " ", RIGHT):
        assert door("lina", password).status_code != 303


@pytest.mark.parametrize(
    "next_", ["//evil.example/", "https://evil.example/complaints/", "/\\evil.example", "javascript:alert(1)",
              "http://localhost.evil.example/", "//[", "/\r\n/evil.example", "evil", "/login?next=/login"],
)  # fmt: skip
def test_nobody_is_sent_to_another_house(keyed, door, next_):
    keyed()
    assert door("lina", RIGHT, query=f"?next={quote(next_)}").location == "/"


def test_one_goes_on_to_the_page_one_wanted(keyed, door):
    keyed()
    assert door("lina", RIGHT, query="?next=/complaints/?state=open").location == "/complaints/?state=open"
    assert door("lina", RIGHT, query="?next=http://localhost/complaints/").location == "/complaints/"


def test_a_new_session_begins_at_the_door(keyed, door, app):
    keyed()
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    door("lina", RIGHT, client)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_whoever_walks_away_from_the_desk_is_out(keyed, as_):
    client = as_(keyed())
    with later(minutes=29):
        assert client.get("/account").status_code == 200
    with later(minutes=60):
        answer = client.get("/account?x=1")
        assert answer.location == "/login?next=/account?x%3D1"
        assert "离开时间较长" in client.get("/login").text


def test_an_administrator_is_out_after_fifteen_minutes(keyed, as_):
    client = as_(keyed(role=Role.SYSADMIN))
    with later(minutes=16):
        assert client.get("/account").status_code == 302


def test_logging_out_ends_the_session_and_is_noted(keyed, as_):
    client = as_(keyed())
    assert client.post("/logout").location == "/login"
    assert client.get("/account").status_code == 302
    assert acts()[-1] == "logged out"


def test_logging_out_by_a_link_is_not_possible(keyed, as_):
    assert as_(keyed()).get("/logout").status_code == 405


def test_a_hash_of_older_parameters_is_made_anew(keyed, door):
    user = keyed()
    user.password_hash = passwords.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(RIGHT)
    db.session.commit()
    assert door("lina", RIGHT).status_code == 303
    assert "m=8,t=1" in db.session.get_one(User, user.id).password_hash
    assert door("lina", RIGHT).status_code == 303


def test_whoever_is_in_does_not_log_in_again(keyed, as_):
    assert as_(keyed()).get("/login?next=/account").location == "/account"


def test_the_door_takes_thirty_tries_a_minute_from_one_address(keyed, door, app):
    keyed()
    limiter.enabled = True
    try:
        limiter.reset()
        codes = [door(f"name{n}", "wrong").status_code for n in range(31)]
    finally:
        limiter.reset()
        limiter.enabled = False
    assert codes == [401] * 30 + [429]


def test_only_a_demo_shows_accounts_and_their_password(keyed, app):
    keyed()
    page = app.test_client().get("/login").text
    assert passwords.DEMO_PASSWORD not in page
    assert "lina" not in page


def test_a_demo_shows_the_first_account_of_each_role(keyed, config, app):
    keyed()
    keyed("wangwu")
    demo = create_app(replace(config, DEMO=True))
    app.config["DEMO"] = demo.config["DEMO"]
    page = app.test_client().get("/login").text
    assert passwords.DEMO_PASSWORD in page
    assert "lina" in page
    assert "wangwu" not in page


def test_the_language_is_chosen_at_the_door_and_kept_by_the_account(keyed, door, app):
    user = keyed()
    client = app.test_client()
    answer = client.post("/language", data={"language": "en"}, headers={"Referer": "http://localhost/login?next=/x"})
    assert answer.location == "/login?next=/x"
    door("lina", RIGHT, client)
    with client.session_transaction() as session:
        assert session["language"] == "en"
    back = client.post("/language", data={"language": "zh_CN"}, headers={"Referer": "http://evil.example/login"})
    assert back.location == "/"
    assert db.session.get_one(User, user.id).language == "zh_CN"


def test_a_language_there_is_not_changes_nothing(keyed, as_):
    user = keyed()
    as_(user).post("/language", data={"language": "xx"})
    assert db.session.get_one(User, user.id).language == "zh_CN"


def test_a_first_password_must_be_changed_before_anything_else(keyed, door, app):
    keyed(must_change=True)
    client = app.test_client()
    door("lina", RIGHT, client)
    assert client.get("/account").location == "/password"
    assert client.get("/password").status_code == 200
    answer = client.post("/password", data={"old": RIGHT, "new": ANOTHER, "again": ANOTHER})
    assert answer.location == "/account"
    assert client.get("/account").status_code == 200
