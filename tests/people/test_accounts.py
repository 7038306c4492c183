import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.people import Post, Role, User
from ems.people import passwords
from tests.conftest import TODAY
from tests.factories import complaint
from tests.people.conftest import RIGHT

FORM = {"username": "zhaolei", "name": "赵蕾", "email": "", "phone": "", "badge": "", "language": "zh_CN"}


def listed(answer):
    return set(re.findall(r'<td class="lead-cell"><a href="/people/\d+">(\w+)</a>', answer.text))


def give(client, user, role, unit, **known):
    post = {"role": role.value, "unit_id": unit.id, "since": TODAY} | known
    return client.post(f"/people/{user.id}/posts", data=post)


@pytest.mark.parametrize("name", ["liaison", "officer", "hotline", "auditor", "sysadmin", "logadmin"])
def test_who_may_not_see_accounts(cast, as_, name):
    client = as_(cast[name])
    for page in ("/people/", f"/people/{cast['officer'].id}", "/people/export.xlsx", "/people/new"):
        assert client.get(page).status_code == 403, page


@pytest.mark.parametrize("name", ["head", "leader", "sysadmin", "logadmin", "officer"])
def test_only_the_security_administrator_changes_accounts(cast, as_, name):
    client, id = as_(cast[name]), cast["officer"].id
    asked = ["new", f"{id}/edit", f"{id}/password", f"{id}/lock", f"{id}/deactivate", f"{id}/posts"]
    for page in asked:
        assert client.post(f"/people/{page}", data=FORM).status_code == 403, page
    assert db.session.get_one(User, id).active


def test_a_head_reads_their_own_people_and_no_others(cast, as_):
    assert listed(as_(cast["chief"]).get("/people/")) == {"chief"}
    assert as_(cast["chief"]).get(f"/people/{cast['liaison'].id}").status_code == 404


def test_a_new_account_gets_a_password_that_is_shown_once(cast, as_, app):
    answer = as_(cast["secadmin"]).post("/people/new", data=FORM)
    word = re.search(r"<code>(.*?)</code>", answer.text)[1]
    user = db.session.scalars(select(User).where(User.username == "zhaolei")).one()
    assert passwords.fits(user.password_hash, word)
    assert user.must_change
    assert answer.headers["Cache-Control"] == "no-store"
    assert word not in as_(cast["secadmin"]).get(f"/people/{user.id}").text
    assert all(word not in str(changes) for changes in db.session.scalars(select(LogEntry.changes)))
    client = app.test_client()
    assert client.post("/login", data={"username": "zhaolei", "password": word}).location == "/"
    assert client.get("/").location == "/password"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"username": "Officer"}, "已有这个账号"),
        ({"username": "1x"}, "以字母开头"),
        ({"username": "a b c"}, "以字母开头"),
        ({"name": "  "}, "请填写"),
    ],
)
def test_accounts_that_cannot_be(cast, as_, change, why):
    answer = as_(cast["secadmin"]).post("/people/new", data=FORM | change)
    assert (answer.status_code, why in answer.text) == (422, True)


def test_an_accounts_name_stays(cast, as_):
    as_(cast["secadmin"]).post(f"/people/{cast['officer'].id}/edit", data=FORM | {"username": "other"})
    kept = db.session.get_one(User, cast["officer"].id)
    assert (kept.username, kept.name) == ("officer", "赵蕾")


@pytest.mark.parametrize("second", [Role.SYSADMIN, Role.LOGADMIN])
def test_nobody_holds_two_of_the_three_administrators(cast, as_, units, second):
    holder = cast["logadmin" if second is Role.SYSADMIN else "sysadmin"]
    answer = give(as_(cast["secadmin"]), holder, second, units["zone"])
    assert (answer.status_code, "不能由同一人担任" in answer.text) == (422, True)
    assert len(db.session.get_one(User, holder.id).posts) == 1


def test_an_administrator_gets_no_business_post_and_the_other_way_round(cast, as_, units):
    client = as_(cast["secadmin"])
    assert "管理员不看业务记录" in give(client, cast["sysadmin"], Role.OFFICER, units["bureau"]).text
    assert "管理员不看业务记录" in give(client, cast["officer"], Role.LOGADMIN, units["zone"]).text


def test_an_administrators_post_may_follow_when_the_other_has_ended(cast, as_, units):
    post = cast["officer"].posts[0]
    post.until = TODAY - timedelta(days=1)
    db.session.commit()
    assert give(as_(cast["secadmin"]), cast["officer"], Role.LOGADMIN, units["zone"]).status_code == 303


def test_a_deputy_of_a_head_cannot_become_an_administrator_in_that_time(cast, as_, units):
    as_(cast["chief"]).post(
        "/account/deputies",
        data={"deputy_id": cast["auditor"].id, "since": TODAY, "until": TODAY, "reason": "出差"},
    )
    cast["auditor"].posts[0].until = TODAY - timedelta(days=1)
    db.session.commit()
    answer = give(as_(cast["secadmin"]), cast["auditor"], Role.SYSADMIN, units["zone"])
    assert (answer.status_code, "管理员不看业务记录" in answer.text) == (422, True)


def test_nobody_gives_themself_a_post(cast, as_, units):
    answer = give(as_(cast["secadmin"]), cast["secadmin"], Role.OFFICER, units["bureau"])
    assert (answer.status_code, "不能改变自己的账号和岗位" in answer.text) == (409, True)
    assert len(db.session.get_one(User, cast["secadmin"].id).posts) == 1


@pytest.mark.parametrize("what", ["lock", "unlock", "deactivate", "password"])
def test_nobody_changes_the_state_of_their_own_account(cast, as_, what):
    client = as_(cast["secadmin"])
    before = cast["secadmin"].password_hash
    answer = client.post(f"/people/{cast['secadmin'].id}/{what}")
    assert answer.status_code == 409
    kept = db.session.get_one(User, cast["secadmin"].id)
    assert (kept.active, kept.barred, kept.password_hash) == (True, False, before)


def test_a_post_is_given_and_ended(cast, as_, units):
    client = as_(cast["secadmin"])
    assert (
        give(client, cast["liaison"], Role.AUDITOR, units["zone"], since=TODAY - timedelta(days=9)).status_code == 303
    )
    post = db.session.scalars(select(Post).where(Post.role == Role.AUDITOR, Post.user_id == cast["liaison"].id)).one()
    client.post(f"/people/posts/{post.id}/end")
    assert db.session.get_one(Post, post.id).until == TODAY - timedelta(days=1)


def test_a_post_not_begun_is_taken_back_and_the_log_keeps_it(cast, as_, units):
    client = as_(cast["secadmin"])
    give(client, cast["liaison"], Role.AUDITOR, units["zone"], since=date(2027, 1, 1))
    post = db.session.scalars(select(Post).where(Post.role == Role.AUDITOR, Post.user_id == cast["liaison"].id)).one()
    client.post(f"/people/posts/{post.id}/end")
    assert db.session.get(Post, post.id) is None
    assert "post taken back" in db.session.scalars(select(LogEntry.act)).all()


def test_a_locked_account_is_out_at_once_and_in_again_when_unlocked(keyed, cast, as_, door):
    user = keyed()
    theirs, client = as_(user), as_(cast["secadmin"])
    assert theirs.get("/account").status_code == 200
    client.post(f"/people/{user.id}/lock")
    assert theirs.get("/account").status_code == 302
    assert door("lina", RIGHT).status_code == 401
    client.post(f"/people/{user.id}/unlock")
    assert door("lina", RIGHT).status_code == 303


def test_unlocking_ends_a_lock_out(keyed, cast, as_, door):
    user = keyed()
    for _n in range(5):
        door("lina", "wrong")
    as_(cast["secadmin"]).post(f"/people/{user.id}/unlock")
    assert door("lina", RIGHT).status_code == 303


def test_a_reset_password_ends_the_sessions_and_must_be_changed(keyed, cast, as_, door):
    user = keyed()
    theirs = as_(user)
    answer = as_(cast["secadmin"]).post(f"/people/{user.id}/password")
    word = re.search(r"<code>(.*?)</code>", answer.text)[1]
    assert theirs.get("/account").status_code == 302
    assert door("lina", RIGHT).status_code == 401
    assert door("lina", word).status_code == 303
    assert db.session.get_one(User, user.id).must_change


def test_whoever_still_has_cases_is_not_closed_but_sent_to_the_hand_over(cast, as_, units):
    complaint(units, cast, handler_id=cast["officer"].id)
    client = as_(cast["secadmin"])
    client.post(f"/people/{cast['officer'].id}/deactivate")
    assert db.session.get_one(User, cast["officer"].id).active
    page = client.get(f"/people/{cast['officer'].id}").text
    assert "停用前请先" in page
    assert f'href="/handovers/new?leaver={cast["officer"].id}"' in page


def test_whoever_has_nothing_left_is_closed_and_opened_again(cast, as_):
    client, id = as_(cast["secadmin"]), cast["auditor"].id
    client.post(f"/people/{id}/deactivate")
    assert not db.session.get_one(User, id).active
    client.post(f"/people/{id}/activate")
    assert db.session.get_one(User, id).active


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=liais", {"liaison"}),
        ("role=liaison", {"liaison", "outsider"}),
        ("state=inactive", {"auditor"}),
        ("q=%25", set()),
    ],
)
def test_accounts_are_found(cast, as_, asked, found):
    cast["auditor"].active = False
    db.session.commit()
    assert listed(as_(cast["secadmin"]).get(f"/people/?{asked}")) == found


def test_the_list_leaves_as_a_sheet_and_that_is_noted(cast, as_):
    answer = as_(cast["secadmin"]).get("/people/export.xlsx?role=chief")
    rows = CalamineWorkbook.from_filelike(BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["账号", "chief", "head"]
    assert rows[1][2] == "科技局（环保处） 负责人"
    assert db.session.scalars(select(LogEntry.act).order_by(LogEntry.id.desc())).first() == "exported"
