"""The links in a mail. Whoever follows one logs in; if it is whom the mail was to, the ledger knows that it was read.

A link opens nothing by itself: the record asks as always whether the reader may see it.
"""

from datetime import timedelta
from typing import NamedTuple

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from ems.core import dates
from ems.core.db import db
from ems.reminders.models import Outbox

LASTS = timedelta(days=180)


class Link(NamedTuple):
    key: str  # of the mail it stands in
    subject_type: str
    subject_id: int


def signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="a link in a mail")


def address(link: Link) -> str:
    return f"{current_app.config['BASE_URL']}/go/{signer().dumps(link)}"


def read(token: str) -> Link | None:
    """What `address` wrote; None if it is not of our making."""
    try:
        return Link(*signer().loads(token))
    except (BadSignature, TypeError):
        return None


def letter(link: Link) -> Outbox | None:
    """The mail it stands in; None if that was long ago."""
    mine = select(Outbox).where(Outbox.key == link.key, Outbox.made_at > dates.now() - LASTS)
    return db.session.scalars(mine).first()
