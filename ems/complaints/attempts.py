"""How often somebody tried at the public pages: counts in the database, so that all processes count together.

Which address or number it was cannot be read back from the keyed hash, and each night what is over is forgotten.
Codes have six digits. Of one number so many may be tried in an hour that half of them take five years; whoever has many
addresses and tries one code on all numbers meets the lid over the whole site.
"""

from datetime import date, timedelta
from hmac import compare_digest
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ems.complaints.models import Complaint
from ems.core import dates
from ems.core.db import Model, db
from ems.core.secrets import pseudonym
from ems.core.sets import insert

WRONG = {"address": 20, "number": 10, "site": 300}  # in an hour; one address may be that of a whole office or street
REMEMBERED = timedelta(days=30)  # who once gave the right code is not shut out by others' guesses
NOBODYS = "------"


class PublicCount(Model):
    """So many tries of one address, at one number or in all, in an hour or on a day (`span`)."""

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    span: Mapped[str] = mapped_column(String(16), primary_key=True)
    n: Mapped[int]
    until: Mapped[date]


class Found(NamedTuple):
    """The case that was opened, or none and the sentence that says why not."""

    id: int | None
    said: str = ""
    status: int = 200


def place_of(address: str) -> str:
    """Of an IPv6 address the network: a household has 2^64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return f"{int(found) >> 64:x}::" if isinstance(found, IPv6Address) else address


def one_more(kind: str, value: str, span: str, until: date) -> int:
    """How many there are with this one. The row stays locked until the transaction ends: two at once are two."""
    put = insert(db.engine.dialect.name, PublicCount)
    put = put.values(key=pseudonym(kind, value), span=span, n=1, until=until)
    put = put.on_conflict_do_update(index_elements=["key", "span"], set_={"n": PublicCount.n + 1, "until": until})
    counted: int = db.session.connection().execute(put.returning(PublicCount.n)).scalar_one()
    return counted


def look(no: str, code: str, address: str) -> Found:
    """What number and code open. Of a number there is not, the same is asked and the same is said."""
    now = dates.local(dates.now())
    hour, day, place = f"{now:%Y-%m-%dT%H}", now.date(), place_of(address)
    asked = {"address": place, "number": no, "site": ""}
    counts = {kind: one_more(kind, value, hour, day) for kind, value in asked.items()}
    known = db.session.scalar(select(PublicCount.n).where(PublicCount.key == pseudonym("known", f"{place} {no}")))
    row = db.session.execute(select(Complaint.id, Complaint.query_code).where(Complaint.no == no)).first()
    kept = (row.query_code if row else "") or NOBODYS
    right = compare_digest(kept.encode(), code.encode()) and kept is not NOBODYS
    if counts["address"] > WRONG["address"] or (not known and any(counts[kind] > WRONG[kind] for kind in counts)):
        again = f"{now + timedelta(hours=1):%H}:00"
        said = _("试错次数太多，为防止冒查，%(time)s 之后才能再查。急需查询请拨打值班电话。", time=again)
        return Found(None, said, 429)
    if row is None or not right:
        return Found(None, _("没有找到：编号与查询码不相符。请核对后再试，或拨打值班电话查询。"), 422)
    give_back(asked, hour)
    one_more("known", f"{place} {no}", "", day + REMEMBERED)
    return Found(row.id)


def give_back(asked: dict[str, str], span: str) -> None:
    """What was right was no try."""
    keys = [pseudonym(kind, value) for kind, value in asked.items()]
    mine = update(PublicCount).where(PublicCount.key.in_(keys), PublicCount.span == span)
    db.session.connection().execute(mine.values(n=PublicCount.n - 1))


def tidy() -> None:
    """Forget what is over."""
    db.session.execute(delete(PublicCount).where(PublicCount.until < dates.today()))
    db.session.commit()
