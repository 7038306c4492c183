"""What templates ask for again and again: a day, a sign for a due day, a state, a number."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple

from flask import Flask, has_request_context, request, url_for
from flask_babel import get_locale, gettext as _
from markupsafe import Markup

from ems.core import dates, module
from ems.core.db import Choice
from ems.core.duties import Duty, Next
from ems.core.policy import Act
from ems.core.register import Column
from ems.core.settings import setting
from ems.web.forms import Confirm
from ems.web.session import can, me

ICON = Markup('<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>')
PAUSED = Markup('<span class="due paused">{}{}</span>')
SOON = 3  # days


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(day=day, moment=moment, short=short, number=number)
    app.jinja_env.globals.update(
        icon=icon, due=due, due_mark=due_mark, due_next=due_next, state=state, can=can, me=me,
        today=dates.today, Act=Act, modules=lambda: module.MODULES, asked=asked, sheet_of=sheet_of, shapes=shapes,
        zip=zip, setting=setting, subject_of=module.subject, Confirm=Confirm,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def icon(name: str, solid: bool = False) -> Markup:
    return drawn(name, solid, request.script_root if has_request_context() else "")


@cache  # a page of fifty rows has a hundred of them
def drawn(name: str, solid: bool, root: str) -> Markup:
    return ICON.format(" solid" if solid else "", f"{root}/static/icons.svg", name)


def day(value: date | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d}"


def short(value: date | datetime | None) -> str:
    """A day without its year, if it is this one."""
    if value is None:
        return ""
    day = dates.local(value).date() if isinstance(value, datetime) else value
    return f"{day:%m-%d}" if day.year == dates.today().year else f"{day:%Y-%m-%d}"


def moment(value: datetime | None) -> str:
    return "" if value is None else f"{dates.local(value):%Y-%m-%d %H:%M}"


def number(value: Any) -> str:
    """1,203 · 98.6 · – where there is none."""
    if value is None:
        return "–"
    return f"{value:,.1f}" if isinstance(value, float | Decimal) and value % 1 else f"{value:,.0f}"


def mark(left: int) -> tuple[str, str, bool]:
    """Class, icon and whether it is filled, by the days left."""
    if left < 0:
        return "late", "late", True
    if left == 0:
        return "today", "today", True
    return ("soon", "soon", True) if left <= SOON else ("", "far", False)


def words(left: int) -> str:
    if left < 0:
        return _("超 1 天") if left == -1 else _("超 %(n)s 天", n=-left)
    if left == 1:
        return _("剩 1 天")
    return _("剩 %(n)s 天", n=left) if left else _("今天")


def due_mark(left: int, provisional: bool = False, title: str = "") -> Markup:
    return due_drawn(left, provisional, title, language(), request.script_root if has_request_context() else "")


@lru_cache(maxsize=4096)  # fifty on a page, and the same ones on the next
def due_drawn(left: int, provisional: bool, title: str, _locale: str, _root: str) -> Markup:
    kind, sign, solid = mark(left)
    classes = " ".join(filter(None, ("due", kind, "guess" if provisional and not kind else "")))
    said = Markup(' title="{}"').format(title) if title else ""
    return Markup('<span class="{}"{}>{}{}</span>').format(classes, said, icon(sign, solid), words(left))


def due(duty: Duty) -> Markup:
    """How a duty stands: its shape says it, then its word, then its colour."""
    if duty.paused:
        return PAUSED.format(icon("far"), _("暂停计算"))
    if duty.met_on is None and duty.hours_left is not None:
        return in_hours(duty.hours_left)
    if duty.met_on is None:
        return due_mark(duty.left, duty.provisional)
    late = (duty.met_on - duty.due_on).days
    said = _("按期完成") if duty.on_time else _("逾期 1 天完成") if late == 1 else _("逾期 %(n)s 天完成", n=late)
    return Markup('<span class="due met">{}{}</span>').format(icon("met"), said)


def due_next(duty: Next) -> Markup:
    """The same in a list: what is near says on a touch which time limit it is."""
    if duty.due_on == dates.NEVER:
        return PAUSED.format(icon("far"), _("暂停计算"))
    if duty.due_at is not None:
        return in_hours((duty.due_at - dates.now()).total_seconds() / 3600)
    left = duty.left
    return due_mark(left, bool(duty.provisional), duty.title if left <= SOON else "")


def in_hours(left: float) -> Markup:
    """Of a rule in hours: 剩 3 小时. The last hour is said in minutes."""
    kind, sign, solid = mark(-1 if left < 0 else 0)
    hours, minutes = int(abs(left)), int(abs(left) * 60)
    if left < 0:
        said = _("超 %(n)s 小时", n=hours) if hours else _("超 %(n)s 分钟", n=minutes)
    else:
        said = _("剩 %(n)s 小时", n=hours) if hours else _("剩 %(n)s 分钟", n=minutes)
    return Markup('<span class="due {}">{}{}</span>').format(kind, icon(sign, solid), said)


def state(value: Choice | None) -> Markup:
    """A state's word in its tone; the tone is the enum's own (`tone` on the member's class)."""
    if value is None:
        return Markup("")
    tone = getattr(type(value), "TONE", {}).get(value.value, "")
    return Markup('<span class="state {}">{}</span>').format(tone, value.label)


def asked(**changed: Any) -> str:
    """The address of this page with some of its questions changed; None takes one away."""
    args = {**questions(), **changed, **(request.view_args or {})}
    return url_for(request.endpoint or "", **{name: value for name, value in args.items() if value not in {None, ""}})


def sheet_of(endpoint: str, kind: str | None = "xlsx") -> str:
    """What this list shows, as a file."""
    return url_for(endpoint, **{**questions(), "kind": kind})


def language() -> str:
    locale = get_locale()
    return str(locale.language) if locale else ""


class Shape(NamedTuple):
    """How the cells of a column are drawn: what kind, the heading each carries on a phone, the words of its codes."""

    kind: str  # first, text, date, choice, state, flag, number
    head: Markup
    words: dict[str, Any]


def shapes(columns: Sequence[Column]) -> list[Shape]:
    """Of each column, asked once and not for every row."""
    return [shape(column, first=at == 0) for at, column in enumerate(columns)]


def shape(column: Column, *, first: bool) -> Shape:
    kind = "choice" if column.choice and column.kind == "text" else column.kind
    words = spoken(column.choice, kind == "state", language()) if column.choice else {}
    return Shape("first" if first else kind, Markup(' data-label="{}"').format(column.title), words)


@cache
def spoken(choice: type[Choice], drawn: bool, _locale: str) -> dict[str, Any]:
    return {member.value: state(member) if drawn else str(member.label) for member in choice}


def questions() -> dict[str, Any]:
    """What the address asks; but for words that would be instructions to the builder of addresses."""
    return {key: value for key, value in request.args.items() if key != "endpoint" and not key.startswith("_")}
