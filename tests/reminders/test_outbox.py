"""The outbox as the system administrator sees it: who and why, never what."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from ems.core import dates
from ems.core.db import db
from ems.core.people import Post, Role
from ems.reminders import post
from ems.reminders.models import Channel, Outbox, OutboxState
from ems.reminders.outcome import Outcome
from ems.reminders.work import remind
from tests.conftest import NOON, TODAY
from tests.postgres import database  # noqa: F401  what holds here holds on both


@pytest.fixture
def config(config):
    return replace(config, MAIL_HOST="127.0.0.1", BASE_URL="https://ems.example")


@pytest.fixture
def letter(app):
    def made(n, to="a@gaoxin.example", error="550 no such user", state=OutboxState.DEAD, key="digest"):
        said = {"subject": f"不该看到的题目{n}", "text": f"不该看到的正文{n}", "html": f"<p>不该看到的网页{n}</p>"}
        times = {"made_at": NOON, "next_try_at": NOON}
        row = Outbox(key=f"{key}:{n}", channel=Channel.MAIL, to=to, error=error, state=state, tries=5, **said, **times)
        db.session.add(row)
        db.session.commit()
        return row

    return made


def states():
    rows = select(Outbox.key, Outbox.state).order_by(Outbox.id)
    return {key.partition(":")[2]: state.value for key, state in db.session.execute(rows)}


@pytest.mark.parametrize("name", ["officer", "chief", "leader", "auditor", "secadmin", "logadmin"])
def test_nobody_but_the_system_administrator_sees_or_sends_it(cast, letter, as_, name):
    row = letter(1)
    client = as_(cast[name])
    assert client.get("/channels/").status_code == 403
    assert client.post("/channels/again", data={"id": row.id}).status_code == 403
    assert states() == {"1": "dead"}


def test_recipient_channel_kind_tries_and_reason_are_shown(cast, letter, as_):
    letter(1, to="a@gaoxin.example")
    letter(2, to="b@gaoxin.example", error="451 later", state=OutboxState.WAITING, key="weekly")
    page = as_(cast["sysadmin"]).get("/channels/").text
    for said in (
        "1 件未送达",
        "a@gaoxin.example",
        "550 no such user",
        "每日提醒",
        "b@gaoxin.example",
        "451 later",
        "周报",
    ):
        assert said in page


def test_no_title_and_no_text_is_on_the_page_or_in_the_log(cast, case, as_, letter):
    cast["officer"].email = "officer@gaoxin.example"
    db.session.commit()
    case(-1, title="不该看到的事项", no="TS-2026-1187")
    remind()
    for row in db.session.scalars(select(Outbox)):
        post.settle(row, Outcome("550 no such user", hopeless=True))
    db.session.commit()
    letter(2)
    client = as_(cast["sysadmin"])
    page = client.get("/channels/").text + client.post("/channels/again", data={"to": "a@gaoxin.example"}).text
    page += client.get("/channels/").text
    logged = str(db.session.execute(text("SELECT * FROM log_entry WHERE act = 'sent again'")).all())
    for secret in ("不该看到", "TS-2026-1187", "件逾期", "张女士", "13800000162"):
        assert secret not in page + logged


def test_one_is_sent_again(cast, letter, as_):
    first, _second = letter(1), letter(2)
    as_(cast["sysadmin"]).post("/channels/again", data={"id": first.id})
    assert states() == {"1": "waiting", "2": "dead"}
    row = db.session.get_one(Outbox, first.id, populate_existing=True)
    assert (row.tries, row.next_try_at) == (0, dates.now())


def test_all_of_one_recipient_are(cast, letter, as_):
    letter(1, to="a@gaoxin.example")
    letter(2, to="b@gaoxin.example")
    letter(3, to="a@gaoxin.example")
    as_(cast["sysadmin"]).post("/channels/again", data={"to": "a@gaoxin.example"})
    assert states() == {"1": "waiting", "2": "dead", "3": "waiting"}


def test_all_of_one_reason_are(cast, letter, as_):
    letter(1, error="ConnectionRefusedError: 111")
    letter(2, error="550 no such user")
    as_(cast["sysadmin"]).post("/channels/again", data={"error": "ConnectionRefusedError: 111"})
    assert states() == {"1": "waiting", "2": "dead"}


@pytest.mark.parametrize("asked", [{}, {"id": ""}, {"id": "x"}, {"subject": "x"}, {"id": "9" * 20}])
def test_what_asks_for_nothing_sends_nothing(cast, letter, as_, asked):
    letter(1)
    as_(cast["sysadmin"]).post("/channels/again", data=asked)
    assert states() == {"1": "dead"}


def test_what_has_arrived_is_never_sent_again(cast, letter, as_):
    row = letter(1, state=OutboxState.SENT)
    as_(cast["sysadmin"]).post("/channels/again", data={"id": row.id, "to": "a@gaoxin.example"})
    assert states() == {"1": "sent"}


def test_it_names_who_has_duties_and_no_address(cast, case, as_):
    case(1)
    page = as_(cast["sysadmin"]).get("/channels/").text
    assert "有事项而没有有效邮箱的人" in page
    assert "1 项期限" in page
    cast["officer"].email = "officer@gaoxin.example"
    db.session.commit()
    assert "有事项而没有有效邮箱的人" not in as_(cast["sysadmin"]).get("/channels/").text


def test_it_names_units_over_which_nobody_stands(cast, as_):
    client = as_(cast["sysadmin"])
    assert "没有负责人可以通知的单位" not in client.get("/channels/").text
    for held in db.session.scalars(select(Post).where(Post.role == Role.CHIEF)):
        if held.user_id == cast["head"].id:
            held.until = TODAY.replace(day=1)
    db.session.commit()
    page = client.get("/channels/").text
    assert "没有负责人可以通知的单位" in page
    assert "<li>石羊街道办事处</li>" in page
    assert "<li>环境监察大队</li>" not in page  # the bureau's chief stands over it


def test_without_a_mail_server_it_says_so(app, cast, as_):
    app.config["MAIL_HOST"] = ""
    assert "没有配置发信服务器" in as_(cast["sysadmin"]).get("/channels/").text


def test_a_reason_is_text_and_not_markup(cast, letter, as_):
    letter(1, error="550 <script>alert(1)</script>")
    assert "<script>alert" not in as_(cast["sysadmin"]).get("/channels/").text
