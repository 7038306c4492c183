"""Group robots by webhook: WeCom knows us by the key in the address, DingTalk by a signature of the moment.

The address is typed in by a person, and this machine calls it: so only the two services' own hosts are called (and
those named in EMS_ROBOT_HOSTS), over TLS, and no redirect is followed.
"""

import base64
import hashlib
import hmac
import json
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select

from ems.core import dates
from ems.core.db import db
from ems.reminders.models import Channel, Outbox, Robot
from ems.reminders.outcome import WENT, Outcome

HOSTS = {Channel.WECOM: "https://qyapi.weixin.qq.com", Channel.DINGTALK: "https://oapi.dingtalk.com"}
BYTES = {Channel.WECOM: 4096, Channel.DINGTALK: 20_000}  # of one message, in UTF-8
PER_MINUTE = 20  # messages a robot may say; who says more is silenced for ten minutes
MINUTE = timedelta(minutes=1)
SILENCED, SILENCE = {45009, 90030, 130101, 410100}, timedelta(minutes=10)
GONE = {93000, 300001, 400013, 400101, 400102}  # no such robot or group (any more), or switched off there
SECONDS = 10  # for the service to answer
LONGEST = 65_536  # bytes read of an answer


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None: the redirect is the answer, an error."""


def carrier(letter: Outbox) -> Callable[[], Outcome]:
    robot = db.session.get_one(Robot, letter.robot_id)
    if not robot.enabled:
        return partial(Outcome, _("机器人已停用"), hopeless=True)
    if busy(robot, letter):
        return partial(Outcome, postponed=True, wait=MINUTE)
    return partial(say, robot.channel, robot.url or "", robot.secret or "", letter.subject, letter.text)


def busy(robot: Robot, letter: Outbox) -> bool:
    """Whether it has been asked as often within a minute as it may. What others are just sending counts."""
    lately = (Outbox.robot_id == robot.id, Outbox.id != letter.id, Outbox.tried_at > dates.now() - MINUTE)
    return (db.session.scalar(select(func.count()).select_from(Outbox).where(*lately)) or 0) >= PER_MINUTE


def allowed(channel: Channel, url: str) -> bool:
    """Whether this machine may call that address. Compared whole: no user, port or look-alike passes."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" in {HOSTS[channel], *current_app.config["ROBOT_HOSTS"]}


def say(channel: Channel, url: str, secret: str, title: str, text: str) -> Outcome:
    if not url:
        return Outcome(_("没有 Webhook 地址，或密钥已换，读不出来"), hopeless=True)
    if not allowed(channel, url):
        return Outcome(_("地址不在允许的主机之内"), hopeless=True)
    if channel is Channel.DINGTALK and secret:
        url = f"{url}&{signature(secret, dates.now())}"
    return heard(url, json.dumps(body(channel, title, text), ensure_ascii=False).encode())


def signature(secret: str, moment: datetime) -> str:
    """timestamp=…&sign=…: HMAC-SHA256 of both, in base64. It holds for an hour."""
    stamp = str(round(moment.timestamp() * 1000))
    made = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return f"timestamp={stamp}&sign={quote_plus(base64.b64encode(made))}"


def body(channel: Channel, title: str, text: str) -> dict[str, Any]:
    said = {"content": text} if channel is Channel.WECOM else {"title": title, "text": text}
    return {"msgtype": "markdown", "markdown": said}


def heard(url: str, said: bytes) -> Outcome:
    """The services answer 200 to whatever they refuse: only `errcode` 0 means that the group has read it."""
    asked = urllib.request.Request(url, said, {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310  `allowed` has looked
    try:
        with urllib.request.build_opener(Stay()).open(asked, timeout=SECONDS) as answer:
            told = json.loads(answer.read(LONGEST))
        code, words = int(told["errcode"]), str(told.get("errmsg", ""))
    except HTTPError as refused:
        return Outcome(f"HTTP {refused.code}")
    except OSError as trouble:
        return Outcome(f"{type(trouble).__name__}: {trouble}", away=True)
    except HTTPException as trouble:
        return Outcome(type(trouble).__name__)  # its words may hold the address, and with it the key
    except (ValueError, TypeError, KeyError):
        return Outcome(_("答复读不懂"))
    if code == 0:
        return WENT
    wait = SILENCE if code in SILENCED else timedelta()
    return Outcome(f"errcode {code} {words}", hopeless=code in GONE, wait=wait)
