"""Group robots: what a group is told, by whom, to which address, and what comes of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from ems.complaints.models import Identity
from ems.core import dates
from ems.core.db import db
from ems.core.rules import Bearer
from ems.reminders import robots, webhook
from ems.reminders.models import Channel, Outbox, OutboxState, Robot
from ems.reminders.notices import Notice
from ems.reminders.post import BACKOFF, deliver
from tests.conftest import NOON
from tests.reminders.conftest import day
from tests.reminders.group import SECRET, serving
from tests.reminders.office import golden

KEYS = {"name": "环保处工作群", "channel": "wecom", "url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a"}


@pytest.fixture
def service():
    with serving() as service:
        yield service


@pytest.fixture
def config(config, service):
    return replace(config, ROBOT_HOSTS=(service.origin,), BASE_URL="https://ems.example")


@pytest.fixture
def robot(units, service):
    def made(channel=Channel.WECOM, unit="zone", **known):
        url = {"wecom": service.wecom, "dingtalk": service.dingtalk}[channel]
        secret = SECRET if channel is Channel.DINGTALK else ""
        row = Robot(
            **{"name": "工作群", "channel": channel, "unit_id": units[unit].id, "url": url, "secret": secret} | known
        )
        db.session.add(row)
        db.session.commit()
        return row

    return made


def letters():
    return db.session.scalars(select(Outbox).order_by(Outbox.id).execution_options(populate_existing=True)).all()


# ── who may not ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["officer", "chief", "leader", "auditor", "secadmin", "logadmin"])
def test_nobody_but_the_system_administrator_keeps_robots(cast, robot, as_, name):
    id = robot().id
    client = as_(cast[name])
    for page in ("/channels/", "/channels/robots", "/channels/robots/new", f"/channels/robots/{id}/edit"):
        assert client.get(page).status_code == 403, page
    for way in ("off", "trial"):
        assert client.post(f"/channels/robots/{id}/{way}").status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
        "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=1",
        "https://evil@qyapi.weixin.qq.com/?key=1",
        "https://qyapi.weixin.qq.com@evil.example/?key=1",
        "https://qyapi.weixin.qq.com:8443/?key=1",
        "https://127.0.0.1/?key=1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/?key=1",
        "https://[broken/?key=1",
        "file:///etc/passwd",
        "ftp://qyapi.weixin.qq.com/?key=1",
        "//qyapi.weixin.qq.com/?key=1",
        "https://oapi.dingtalk.com/robot/send?access_token=1",  # the other service's
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1 HTTP/1.1",
        "",
    ],
)
def test_no_other_address_is_taken_or_called(app, cast, units, as_, url):
    answer = as_(cast["sysadmin"]).post("/channels/robots/new", data=KEYS | {"unit_id": units["zone"].id, "url": url})
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Robot)) == 0
    if " " not in url:
        assert webhook.say(Channel.WECOM, url, "", "x", "x").hopeless


def test_an_address_that_was_taken_once_is_asked_again_before_each_call(app, robot, case, service):
    case(-1)
    robot()
    robots.tell_all()
    app.config["ROBOT_HOSTS"] = ()
    assert deliver() == (0, 1)
    assert service.asked == []
    assert letters()[0].state is OutboxState.DEAD


def test_no_redirect_is_followed(robot, case, service):
    case(-1)
    robot()
    robots.tell_all()
    service.answers = [302]
    assert deliver() == (0, 1)
    assert len(service.asked) == 1
    assert letters()[0].error == "HTTP 302"


# ── what it tells ────────────────────────────────────────────────────────────


@pytest.fixture
def full(cast, case):
    case(-1, no="TS-2026-1187", title="中和街道夜间噪声")
    case(0, no="TS-2026-1203", title="[点](http://evil) <@all> *烟*\n# 大 @所有人")
    case(1, no="TS-2026-1204", title="不该出现的事项", identity=Identity.CONFIDENTIAL, handler=None)
    case(3, no="TS-2026-0938", title="肖家河沿街异味")
    case(4, no="TS-2026-0939", title="还早的事项")


@pytest.mark.parametrize("channel", [Channel.WECOM, Channel.DINGTALK])
def test_a_group_is_told_how_its_unit_stands_and_what_presses_most(robot, full, service, channel):
    robot(channel)
    assert robots.tell_all() == 1
    assert deliver() == (1, 0)
    [heard] = service.heard
    golden(f"robot.{channel}.md", heard + "\n")


def test_nothing_of_who_complained_or_what_they_said_reaches_a_group(robot, full, service):
    robot(Channel.WECOM)
    robot(Channel.DINGTALK)
    robots.tell_all()
    deliver()
    assert len(service.heard) == 2
    for secret in ("张女士", "13800000162", "饭时段油烟", "不该出现的事项"):
        assert secret not in "".join(service.heard)
    assert "TS-2026-1204" in service.heard[0]


def test_a_headline_makes_no_link_no_call_and_no_heading(robot, full, service):
    robot()
    robots.tell_all()
    deliver()
    [heard] = service.heard
    assert "烟" in heard
    heard = heard.replace("](https://ems.example", "")
    for markup in ("](http", "://evil", "<@", "*烟*", "\n# ", "@所有人"):
        assert markup not in heard


def test_a_group_hears_of_its_unit_and_below_and_of_no_other(robot, case, service):
    case(-1, no="TS-2026-0001", unit="brigade")
    case(-1, no="TS-2026-0002", unit="street")
    robot(unit="bureau")
    robots.tell_all()
    deliver()
    assert "TS-2026-0001" in service.heard[0]
    assert "TS-2026-0002" not in service.heard[0]


def test_what_others_owe_us_is_not_told_as_ours(robot, case, rule):
    rule.bearer = Bearer.ENTERPRISE
    db.session.commit()
    case(-1)
    robot()
    assert robots.tell_all() == 0


def test_where_nothing_is_near_nothing_is_said(robot, case):
    case(30)
    robot()
    assert robots.tell_all() == 0
    assert letters() == []


def test_a_group_is_told_once_a_day(robot, case, service):
    case(-1)
    robot()
    assert (robots.tell_all(), robots.tell_all()) == (1, 0)
    deliver()
    with day(1):
        assert robots.tell_all() == 1
        deliver()
    assert len(service.heard) == 2


def test_a_robot_that_is_switched_off_says_nothing(robot, case, service):
    case(-1)
    robot(enabled=False)
    quiet = robot()
    assert robots.tell_all() == 1
    quiet.enabled = False
    db.session.commit()
    assert deliver() == (0, 1)
    assert service.asked == []


def test_a_message_is_never_longer_than_the_service_takes(robot, case, service):
    for n in range(40):
        case(-1, title="长" * 200, no=f"TS-2026-{n:04d}" + "号" * 20)
    for channel in (Channel.WECOM, Channel.DINGTALK):
        robot(channel, name="很长的名字")
    robots.tell_all()
    assert deliver() == (2, 0)
    assert [heard.count("长…](") for heard in service.heard] == [robots.TOP] * 2
    assert all("另有 30 件" in heard for heard in service.heard)


def test_lines_without_room_are_left_out_whole(app):
    head, end = ["题"], lambda n: f"余 {n}"
    said, n = robots.bounded(Channel.WECOM, head, ["行" * 500] * 10, end)
    assert (n, said.splitlines()[-1]) == (2, "余 2")
    assert len(said.encode()) <= 4096
    assert robots.bounded(Channel.WECOM, head, ["行" * 2000], end) == ("题\n余 0", 0)


# ── its way there ────────────────────────────────────────────────────────────


def test_an_answer_that_is_not_zero_is_a_failure(robot, case, service):
    case(-1)
    row = robot()
    robots.tell_all()
    service.answers = [{"errcode": 40058, "errmsg": "content exceed max length"}]
    assert deliver() == (0, 1)
    assert letters()[0].error == "errcode 40058 content exceed max length"
    assert db.session.get_one(Robot, row.id, populate_existing=True).error == letters()[0].error
    with dates.stopped(NOON + timedelta(minutes=BACKOFF[0])):
        assert deliver() == (1, 0)
    assert db.session.get_one(Robot, row.id, populate_existing=True).error == ""


@pytest.mark.parametrize("answer", [500, b"<html>", b"[]", b'{"errmsg": "ok"}', b'{"errcode": "none"}'])
def test_an_answer_that_cannot_be_read_is_one_too(robot, case, service, answer):
    case(-1)
    robot()
    robots.tell_all()
    service.answers = [answer]
    assert deliver() == (0, 1)
    assert letters()[0].state is OutboxState.WAITING


def test_it_is_given_up_after_the_last_try(robot, case, service):
    case(-1)
    robot()
    robots.tell_all()
    service.answers = [500] * 9
    moment = NOON
    for _n in range(len(BACKOFF) + 1):
        with dates.stopped(moment):
            assert deliver() == (0, 1)
            moment = letters()[0].next_try_at
    assert letters()[0].state is OutboxState.DEAD
    assert db.session.scalars(select(Notice.failed_at)).all() != [None]


def test_a_robot_that_was_silenced_is_left_alone_for_ten_minutes(robot, case, service):
    case(-1)
    robot()
    robots.tell_all()
    service.answers = [{"errcode": 45009, "errmsg": "api freq out of limit"}]
    deliver()
    assert letters()[0].next_try_at == NOON + webhook.SILENCE


def test_a_wrong_secret_is_refused_there(robot, case, service):
    case(-1)
    robot(Channel.DINGTALK, secret="SECwrong")
    robots.tell_all()
    assert deliver() == (0, 1)
    assert letters()[0].error == "errcode 310000 sign not match"


def test_the_signature_is_the_one_in_their_paper():
    moment = dates.aware(NOON)
    assert webhook.signature("this is secret", moment).startswith(f"timestamp={int(moment.timestamp() * 1000)}&sign=")
    assert "+" not in webhook.signature("this is secret", moment).partition("&sign=")[2]


def test_a_service_that_is_away_keeps_back_no_mail(app, robot, case, units, service):
    case(-1)
    robot(url="http://127.0.0.1:1/cgi-bin/webhook/send?key=1")
    robot(url="http://127.0.0.1:1/cgi-bin/webhook/send?key=2")
    robot(Channel.DINGTALK)
    app.config["ROBOT_HOSTS"] += ("http://127.0.0.1:1",)
    robots.tell_all()
    assert deliver() == (1, 1)
    assert sorted(letter.tries for letter in letters()) == [0, 1, 1]


def said(robot, n):
    times = {"made_at": dates.now(), "next_try_at": dates.now()}
    return Outbox(
        key=f"x:{n}", channel=robot.channel, robot_id=robot.id, to="x", subject="x", html="", text="x", **times
    )


def test_no_robot_says_more_in_a_minute_than_it_may(robot, service):
    row = robot()
    db.session.add_all([said(row, n) for n in range(webhook.PER_MINUTE + 5)])
    db.session.commit()
    deliver()
    assert len(service.heard) == webhook.PER_MINUTE
    assert {letter.tries for letter in letters() if letter.state is OutboxState.WAITING} == {0}
    with dates.stopped(NOON + timedelta(seconds=61)):
        deliver()
    assert len(service.heard) == webhook.PER_MINUTE + 5


@pytest.mark.parametrize("database", ["file", "postgresql"], indirect=True)
def test_nor_do_four_processes_together(app, robot, service):
    row = robot()
    db.session.add_all([said(row, n) for n in range(webhook.PER_MINUTE + 10)])
    db.session.commit()

    def run(_n):
        with app.app_context(), dates.stopped(NOON):
            deliver()

    with ThreadPoolExecutor(4) as posts:
        list(posts.map(run, range(4)))
    assert len(service.heard) <= webhook.PER_MINUTE
    assert len(set(service.asked)) == 1


def test_a_message_told_to_a_group_stands_in_the_ledger(robot, full, service):
    row = robot()
    robots.tell_all()
    rows = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [(n.no, n.lead, n.robot_id, n.channel, n.sent_at) for n in rows] == [
        (no, lead, row.id, Channel.WECOM, None)
        for no, lead in (("TS-2026-1187", -1), ("TS-2026-1203", 0), ("TS-2026-1204", 1), ("TS-2026-0938", 3))
    ]
    deliver()
    db.session.expire_all()
    assert {n.sent_at for n in db.session.scalars(select(Notice))} == {NOON}


def test_one_that_fails_does_not_keep_the_others(robot, case, service, monkeypatch):
    case(-1)
    broken, sound = robot(), robot()
    tell = robots.tell
    monkeypatch.setattr(robots, "tell", lambda row: 1 / 0 if row.id == broken.id else tell(row))
    assert robots.tell_all() == 1
    assert [letter.robot_id for letter in letters()] == [sound.id]


# ── its page ─────────────────────────────────────────────────────────────────


def test_an_address_is_kept_encrypted_and_never_shown_or_logged(cast, units, as_):
    client = as_(cast["sysadmin"])
    url = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec"
    sent = KEYS | {"unit_id": units["zone"].id, "channel": "dingtalk", "url": url, "secret": SECRET}
    assert client.post("/channels/robots/new", data=sent).status_code == 303
    row = db.session.scalars(select(Robot)).one()
    assert (row.url, row.secret) == (url, SECRET)
    stored = str(db.session.execute(text("SELECT * FROM robot")).all())
    logged = str(db.session.execute(text("SELECT changes FROM log_entry")).all())
    pages = client.get("/channels/robots").text + client.get(f"/channels/robots/{row.id}/edit").text
    for place in (stored, logged, pages):
        assert "566cc69da782" not in place
        assert SECRET not in place
    assert "82ec" in pages  # enough to tell two apart


def test_what_is_left_empty_stays(cast, robot, as_, units):
    row, before = robot(), robot().url
    sent = KEYS | {"name": "新名字", "unit_id": units["street"].id, "url": "", "secret": ""}
    assert as_(cast["sysadmin"]).post(f"/channels/robots/{row.id}/edit", data=sent).status_code == 303
    db.session.expire_all()
    assert (row.name, row.unit_id, row.url) == ("新名字", units["street"].id, before)


def test_another_service_asks_for_its_address_anew(cast, robot, as_, units):
    row = robot()
    sent = KEYS | {"channel": "dingtalk", "unit_id": units["zone"].id, "url": ""}
    assert as_(cast["sysadmin"]).post(f"/channels/robots/{row.id}/edit", data=sent).status_code == 422


def test_a_trial_says_what_came_of_it(cast, robot, as_, service):
    row = robot()
    client = as_(cast["sysadmin"])
    page = client.post(f"/channels/robots/{row.id}/trial", follow_redirects=True).text
    assert "已收到测试消息" in page
    assert "这是一条测试消息" in service.heard[0]
    service.answers = [{"errcode": 93000, "errmsg": "invalid webhook url <b>"}]
    page = client.post(f"/channels/robots/{row.id}/trial", follow_redirects=True).text
    assert "没有送达：errcode 93000 invalid webhook url &lt;b&gt;" in page


def test_a_trial_speaks_chinese_whoever_presses(cast, robot, as_, service):
    cast["sysadmin"].language = "en"
    db.session.commit()
    as_(cast["sysadmin"]).post(f"/channels/robots/{robot().id}/trial")
    assert "这是一条测试消息" in service.heard[0]
