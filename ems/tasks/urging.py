"""What other pages show of tasks beside a late duty: the slip that asks for it, or the way to one."""

from typing import Any, NamedTuple

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core.db import db
from ems.core.duties import Duty
from ems.core.policy import Act, reach
from ems.tasks.models import Task
from ems.tasks.moves import OPEN
from ems.tasks.work import URGED
from ems.web.session import can, me


class Urge(NamedTuple):
    """A link: its words and its address."""

    words: str
    url: str


def urge(duty: Duty) -> Urge | None:
    """The slip that stands for this duty, or, for whoever may write one, the form of a new one."""
    if duty.met_on or not duty.ours or not duty.overdue or duty.subject_type in URGED:
        return None
    if known := standing(duty):
        return known
    if duty.unit_id in over() and duty.owner_id != me.id:
        return Urge(_("督办"), url_for("tasks.new", duty=duty.id))
    return None


def urge_told(message: Any) -> Urge | None:
    """The same of a message that something is late below: whether it still is, the form says."""
    if message.subject_type in URGED or not can("tasks", Act.ADD):
        return None
    about = {"subject": f"{message.subject_type}:{message.subject_id}", "rule": message.rule}
    return standing(message) or Urge(_("出具督办单"), url_for("tasks.new", **about, start=f"{message.start_on}"))


def standing(of: Any) -> Urge | None:
    """`of` names a duty by its key: a duty or a message does."""
    known = slips().get((of.subject_type, of.subject_id, of.rule, of.start_on))
    return known and Urge(_("督办 %(no)s", no=known[1]), url_for("tasks.detail", id=known[0]))


def slips() -> dict[tuple[Any, ...], tuple[int, str]]:
    """The slips not closed yet that the reader may see, by their duties: asked once a page."""
    if "slips" not in g:
        key = (Task.subject_type, Task.subject_id, Task.rule, Task.start_on)
        mine = Task.unit_id.in_(reach(me, "tasks"))
        rows = select(Task.id, Task.no, *key).where(Task.state.in_(sorted(OPEN)), mine).order_by(Task.id)
        g.slips = {tuple(of): (id, no) for id, no, *of in db.session.execute(rows)} if can("tasks") else {}
    found: dict[tuple[Any, ...], tuple[int, str]] = g.slips
    return found


def over() -> frozenset[int]:
    """The units in which the reader may urge: asked once a page."""
    if "over" not in g:
        asked = reach(me, "tasks", Act.ADD)
        g.over = frozenset(db.session.scalars(asked)) if can("tasks", Act.ADD) else frozenset()
    found: frozenset[int] = g.over
    return found
