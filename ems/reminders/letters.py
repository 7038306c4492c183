"""What the mails of a day say: one digest a person, and at once what cannot wait for the next.

Nothing of a case's text or of who complained leaves the house: number and headline, of a confidential one the number.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import current_app, render_template
from flask_babel import gettext as _, lazy_gettext as _l

from ems.core import dates
from ems.core.people import User
from ems.reminders import links, post
from ems.reminders.links import Link
from ems.reminders.models import Channel, MessageKind
from ems.web.filters import due

if TYPE_CHECKING:
    from ems.reminders.tell import Item

MOST = 50  # items of a group that a mail names; the inbox has them all
#: how pressing it is → its heading, and its colours: of the words, of their ground
GROUPS: dict[str, tuple[Any, str, str]] = {
    "alarm": (_l("无人负责，请指定经办人"), "#a3201a", "#fceae8"),
    "late": (_l("已逾期"), "#a3201a", "#fceae8"),
    "today": (_l("今日到期"), "#8a4300", "#ffedda"),
    "soon": (_l("即将到期"), "#6b5200", "#fdf4d0"),
    "escalated": (_l("逾期上报"), "#a3201a", "#fceae8"),
}


def write(person: User, items: Sequence["Item"]) -> dict[int, int]:
    """Puts the mails into the outbox: which reminder stands in which letter.

    What counts in hours and what nobody answers for goes at once; of the rest there is one digest a day, so who has had
    it hears of more in the inbox. Without an address, or a server to send by, no mail is written.
    """
    if not (person.email and current_app.config["MAIL_HOST"]):
        return {}
    now = [item for item in items if item.urgent]
    rest = [item for item in items if not item.urgent]
    found: dict[int, int] = {}
    if now:
        found |= put(person, f"urgent:{person.id}:{dates.today()}:{min(item.reminder.id for item in now)}", now)
    if rest:
        found |= put(person, f"digest:{person.id}:{dates.today()}", rest)
    return found


def put(person: User, key: str, items: Sequence["Item"]) -> dict[int, int]:
    if post.written(key):
        return {}
    groups = grouped(items)
    id = post.put(key, Channel.MAIL, person.email, person_id=person.id, **digest(person, key, groups))
    return {} if id is None else {item.reminder.id: id for of in groups.values() for item in of[:MOST]}


def digest(person: User, key: str, groups: Mapping[str, Sequence["Item"]]) -> dict[str, str]:
    """Subject, HTML and text, in the language that is set."""
    urgent = next(iter(groups.values()))[0].urgent
    shown: dict[str, Any] = {"person": person, "groups": groups, "heads": GROUPS, "headed": headed(groups)}
    shown |= {"base": current_app.config["BASE_URL"], "standing": standing, "until": until, "most": MOST}
    shown["link"] = lambda item: links.address(Link(key, item.duty.subject_type, item.duty.subject_id))
    return {
        "subject": _("【请即办理】%(headed)s", headed=headed(groups)) if urgent else headed(groups),
        "html": render_template("mail/digest.html", **shown),
        "text": render_template("mail/digest.txt", **shown) + "\n",
    }


def grouped(items: Sequence["Item"]) -> dict[str, list["Item"]]:
    """By urgency, our own first; then what others are late with. None is empty."""
    found: dict[str, list[Item]] = {name: [] for name in GROUPS}
    for item in items:
        found[group(item)].append(item)
    return {name: of for name, of in found.items() if of}


def group(item: "Item") -> str:
    if item.kind in {MessageKind.ALARM, MessageKind.ESCALATED}:
        return item.kind.value
    return "late" if item.duty.overdue else "soon" if item.duty.left else "today"


def headed(groups: Mapping[str, Sequence["Item"]]) -> str:
    """11月24日：1 件逾期、3 件今日到期"""
    words = {
        "alarm": _("%(n)s 件无人负责"), "late": _("%(n)s 件逾期"), "today": _("%(n)s 件今日到期"),
        "soon": _("%(n)s 件将到期"), "escalated": _("%(n)s 件逾期上报"),
    }  # fmt: skip
    counts = _("、").join(words[name] % {"n": len(of)} for name, of in groups.items())
    return _("%(day)s：%(counts)s", day=today(), counts=counts)


def today() -> str:
    return _("%(month)s月%(day)s日", month=dates.today().month, day=dates.today().day)


def standing(item: "Item") -> str:
    """超 1 天, 剩 3 小时"""
    return str(due(item.duty).striptags())


def until(item: "Item") -> str:
    """The day it is due; of a rule in hours, the minute."""
    moment = item.duty.due_at
    return f"{dates.local(moment):%Y-%m-%d %H:%M}" if moment else f"{item.duty.due_on}"
