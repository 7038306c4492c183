"""The side menu by line of work, the phone's tabs, and the words that every page's frame asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import format_date, gettext as _
from sqlalchemy import Select, func, literal, select

from ems.core import dates, module
from ems.core.db import db
from ems.core.module import Module
from ems.core.why import english
from ems.core.workflow import Step, Workflow
from ems.home.work import absent
from ems.reminders.models import Message
from ems.web.session import can, me, roles, roles_over_all

START = frozenset({"home.index", "home.leader", "home.duties", "home.all_lights"})
MOST = 100  # a menu says 99+ and counts no further
INBOX = "inbox"  # beside the modules
WEEK = "一二三四五六日"


@dataclass(frozen=True)
class Entry:
    title: Any
    url: str
    here: bool
    count: int = 0


@dataclass(frozen=True)
class Line:
    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Tab:
    title: str
    url: str
    here: bool
    icon: str


def init_app(bp: Blueprint) -> None:
    for asked in (menu_lines, phone_tabs, unread, entry_title, weekday):
        bp.add_app_template_global(asked, asked.__name__)


def menu_lines() -> list[Line]:
    """The modules the reader may see, by line of work. Drawn twice a page, asked once."""
    if "menu" not in g:
        g.menu = [Line(title, lined) for title, lined in grouped().items()]
    found: list[Line] = g.menu
    return found


def grouped() -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for part in mine():
        found.setdefault(str(part.line), []).extend(entries(part))
    return found


def mine() -> list[Module]:
    return [part for part in module.MODULES if part.line is not None and can(part.area)]


def entries(part: Module) -> list[Entry]:
    name = part.blueprint.name
    if name == "home":
        inbox = Entry(_("消息"), url_for("home.inbox"), request.endpoint == "home.inbox", unread())
        return [Entry(part.title, url_for("home.index"), request.endpoint in START, tallies().get(part.name, 0)), inbox]
    here = request.blueprint == name
    return [Entry(part.title, url_for(f"{name}.{part.index}"), here, tallies().get(part.name, 0))]


def tallies() -> dict[str, int]:
    """The numbers in the menu: one statement for all of them."""
    if "tallies" not in g:
        names = tuple(part.name for part in mine() if part.count)
        asked = counted(names, me.id, roles(), roles_over_all(), tuple(absent(me)), dates.today())
        g.tallies = dict(zip([*names, INBOX], db.session.execute(asked).one(), strict=True))
    found: dict[str, int] = g.tallies
    return found


@lru_cache(maxsize=512)  # on every page, and composing it costs more than running it
def counted(names: tuple[str, ...], reader: int, *_of_the_reader: object) -> Select[Any]:
    """Keyed by all that a count may read: who it is, what they are, for whom they stand in, which day it is."""
    asked = [part.count(me) for part in module.MODULES if part.count and part.name in names]
    asked += [select(Message.id).where(Message.person_id == reader, Message.read_at.is_(None))]
    bounded = (rows.with_only_columns(literal(1), maintain_column_froms=True) for rows in asked)
    counts = (select(func.count()).select_from(rows.order_by(None).limit(MOST).subquery()) for rows in bounded)
    return select(*(count.scalar_subquery() for count in counts))


def unread() -> int:
    return tallies()[INBOX] if me.is_authenticated else 0


def phone_tabs() -> list[Tab]:
    """今日 · 投诉 · 检查 · 消息 · 我的, as far as the reader may."""
    if not me.is_authenticated:
        return []
    known = {part.blueprint.name for part in mine()}
    wanted = (
        Tab(_("今日"), "home.index", request.endpoint in START, "home"),
        Tab(_("投诉"), "complaints.index", request.blueprint == "complaints", "list"),
        Tab(_("检查"), "inspections.index", request.blueprint == "inspections", "check"),
        Tab(_("消息"), "home.inbox", request.endpoint == "home.inbox", "bell"),
    )
    tabs = [replace(tab, url=url_for(tab.url)) for tab in wanted if tab.url.split(".")[0] in known]
    return [*tabs, Tab(_("我的"), url_for("people.account"), request.blueprint == "people", "user")]


def entry_title(step: Step, workflow: Workflow | None = None) -> str:
    """What an entry of a diary was: 受理 → 交办, the move's verb where the state stayed, or a note."""
    if not step.move:
        return _("备注")
    labels = words(workflow) if workflow else {}
    if step.before != step.after:
        return " → ".join(str(labels.get(code, code)) for code in (step.before, step.after) if code)
    verbs = {move.name: move.label for move in workflow.moves} if workflow else {}
    return str(verbs.get(step.move, step.move))


def words(workflow: Workflow) -> dict[str, Any]:
    """What the states of a workflow are called, by their codes."""
    states = {state for move in workflow.moves for state in (*move.before, move.after) if state is not None}
    return {state.value: state.label for state in states | set(workflow.path)}


def weekday(day: date) -> str:
    return format_date(day, "EEE") if english() else WEEK[day.weekday()]
