from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.core import dates, policy
from ems.core.db import db
from ems.core.people import Deputy, Role, User
from ems.people import passwords
from tests.conftest import NOON, TODAY
from tests.people.conftest import ANOTHER, RIGHT

TOMORROW = TODAY + timedelta(days=1)


def change(client, new, old=RIGHT, again=None):
    return client.post("/password", data={"old": old, "new": new, "again": new if again is None else again})


def test_nobody_changes_a_password_without_the_old_one(keyed, as_):
    user = keyed()
    answer = change(as_(user), ANOTHER, old="wrong")
    assert answer.status_code == 422
    assert passwords.fits(db.session.get_one(User, user.id).password_hash, RIGHT)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("Ab1#xyz", "至少 8 个字符"),
        ("abcdefgh1", "四类中至少要有三类"),
        ("Lina#2026", "不能含有账号名"),
        ("anILxLINA9", "不能含有账号名"),
        (RIGHT, "最近用过"),
    ],
)
def test_weak_passwords_are_refused(keyed, as_, new, why):
    answer = change(as_(keyed()), new)
    assert answer.status_code == 422
    assert why in answer.text


def test_an_administrators_password_is_longer(keyed, as_):
    client = as_(keyed(role=Role.LOGADMIN))
    assert "至少 10 个字符" in change(client, "Abcd#1234").text
    assert change(client, "Abcd#12345").status_code == 303


def test_the_two_new_ones_must_agree(keyed, as_):
    assert "与新密码不一致" in change(as_(keyed()), ANOTHER, again=ANOTHER + "x").text


def test_the_last_five_may_not_come_back_but_the_sixth_may(keyed, as_):
    user, old = keyed(), RIGHT
    for n in range(4):
        assert change(as_(db.session.get_one(User, user.id)), f"Shuijing#{n}{n}", old=old).status_code == 303
        old = f"Shuijing#{n}{n}"
    client = as_(db.session.get_one(User, user.id))
    assert "最近用过" in change(client, RIGHT, old=old).text
    assert change(client, "Shuijing#55", old=old).status_code == 303
    assert change(client, RIGHT, old="Shuijing#55").status_code == 303


def test_a_changed_password_ends_every_other_session(keyed, as_):
    user = keyed()
    here, elsewhere = as_(user), as_(user)
    assert elsewhere.get("/account").status_code == 200
    change(here, ANOTHER)
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


def test_one_changes_ones_own_address_and_nothing_else(keyed, as_):
    user = keyed()
    form = {
        "email": "lina@example.cn",
        "phone": "028-8500-0001",
        "language": "zh_CN",
        "name": "别人",
        "username": "root",
    }
    assert as_(user).post("/account", data=form).status_code == 303
    kept = db.session.get_one(User, user.id)
    assert (kept.email, kept.phone, kept.name, kept.username) == ("lina@example.cn", "028-8500-0001", "李娜", "lina")


@pytest.mark.parametrize("email", ["not an address", "a@b", "a b@c.cn"])
def test_what_is_no_address_is_refused(keyed, as_, email):
    answer = as_(keyed()).post("/account", data={"email": email, "phone": "", "language": "zh_CN"})
    assert answer.status_code == 422
    assert "不像邮箱地址" in answer.text


def deputise(client, deputy, since=TODAY, until=TOMORROW):
    return client.post(
        "/account/deputies", data={"deputy_id": deputy.id, "since": since, "until": until, "reason": "出差"}
    )


def test_a_deputy_holds_the_posts_between_the_two_days(cast, as_):
    assert deputise(as_(cast["chief"]), cast["officer"], TOMORROW, TOMORROW).status_code == 303
    held = {}
    for days in (0, 1, 2):
        with dates.stopped(NOON + timedelta(days=days)):
            held[days] = policy.roles(cast["officer"])
    assert held == {0: {Role.OFFICER}, 1: {Role.OFFICER, Role.CHIEF}, 2: {Role.OFFICER}}


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        (TODAY - timedelta(days=1), TODAY, "不能早于今天"),
        (TOMORROW, TODAY, "不能早于开始日期"),
    ],
)
def test_days_that_cannot_be_are_refused(cast, as_, since, until, why):
    answer = deputise(as_(cast["chief"]), cast["officer"], since, until)
    assert (answer.status_code, why in answer.text) == (422, True)


def test_nobody_stands_in_for_themself(cast, as_):
    answer = deputise(as_(cast["chief"]), cast["chief"])
    assert (answer.status_code, "请从列出的选项中选择" in answer.text) == (422, True)


def test_two_do_not_stand_in_at_a_time(cast, as_):
    client = as_(cast["chief"])
    deputise(client, cast["officer"])
    answer = deputise(client, cast["liaison"])
    assert (answer.status_code, "已由 officer 代理" in answer.text) == (422, True)


def test_an_administrator_does_not_stand_in_for_another(cast, as_):
    """Else one person would hold two of the three for a week."""
    answer = deputise(as_(cast["sysadmin"]), cast["secadmin"])
    assert (answer.status_code, "不能由同一人担任" in answer.text) == (422, True)


def test_an_administrator_does_not_come_to_see_cases_as_a_deputy(cast, as_):
    answer = deputise(as_(cast["chief"]), cast["sysadmin"])
    assert (answer.status_code, "管理员不看业务记录" in answer.text) == (422, True)


def test_whoever_has_left_cannot_stand_in(cast, as_):
    cast["officer"].active = False
    db.session.commit()
    assert deputise(as_(cast["chief"]), cast["officer"]).status_code == 422


def test_a_deputy_stopped_early_holds_nothing_from_then_on(cast, as_):
    client = as_(cast["chief"])
    deputise(client, cast["officer"], TODAY, date(2026, 12, 31))
    row = db.session.scalars(select(Deputy)).one()
    with dates.stopped(NOON + timedelta(days=3)):
        client = as_(cast["chief"])
        assert client.post(f"/account/deputies/{row.id}/stop").status_code == 303
        assert policy.roles(cast["officer"]) == {Role.OFFICER}
    assert db.session.scalars(select(Deputy)).one().until == date(2026, 11, 26)


def test_a_deputy_stopped_on_the_first_day_never_was(cast, as_):
    client = as_(cast["chief"])
    deputise(client, cast["officer"])
    row = db.session.scalars(select(Deputy)).one()
    client.post(f"/account/deputies/{row.id}/stop")
    assert db.session.scalars(select(Deputy)).all() == []


def test_nobody_stops_the_deputy_of_another(cast, as_):
    deputise(as_(cast["chief"]), cast["officer"])
    row = db.session.scalars(select(Deputy)).one()
    assert as_(cast["officer"]).post(f"/account/deputies/{row.id}/stop").status_code == 404
    assert as_(cast["secadmin"]).post(f"/account/deputies/{row.id}/stop").status_code == 404
