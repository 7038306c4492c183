"""The pages of a person's day."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import dates
from ems.core.db import db
from ems.core.people import Role, Unit, User
from ems.core.policy import BUSINESS, Act
from ems.home import cards, desk, inbox, listed, menu, work
from ems.home.approvals import waiting
from ems.home.finding import find
from ems.home.returns import returns
from ems.home.units import late_below, lights, owed, tally
from ems.reports.models import Report
from ems.web.session import can, me, needs, roles

bp = Blueprint("home", __name__)
menu.init_app(bp)
inbox.init_app(bp)

FIRST = 12  # duties on the start page
SIDE = 6  # lines of a sheet beside them
TOP = 5  # lines of a leader's sheet
HEADS = frozenset({Role.CHIEF, Role.LEADER})


@bp.get("/")
@needs("home", Act.VIEW)
def index() -> ResponseReturnValue:
    """What is due; a leader's page for who only leads; for administrators the state of the house, and no case."""
    business = roles() & BUSINESS
    if not business:
        return render_template("home/administrators.html", **desk.state(roles()))
    if business == {Role.LEADER}:
        return redirect(url_for(".leader"))
    tasks = work.tasks(me, db.session.scalars(work.mine(me).where(work.in_sight()).limit(FIRST)).all())
    shown = {
        "counts": work.counts(work.mine(me)),
        "met": work.how_many(work.met_this_month(me)),
        "groups": grouped(tasks),
        "returned": returns(me)[:SIDE],
        "waiting": waiting(me),
        "lights": (found := lights(me) if roles() & HEADS else []),
        "tally": tally(found),
        "owed": owed(me),
        "cards": cards.cards(me),
        "starts": list(starts()),
    }
    return render_template("home/index.html", roles=roles(), first=FIRST, side=SIDE, **shown)


def grouped(tasks: list[work.Task]) -> dict[str, list[work.Task]]:
    return {name: [task for task in tasks if task.group == name] for name in work.WHEN}


def starts() -> Iterator[tuple[str, str]]:
    """What the reader may begin: the last is what they do most."""
    for area, title in (("complaints", _("登记投诉")), ("inspections", _("开始检查"))):
        if f"{area}.new" in current_app.view_functions and can(area, Act.ADD):
            yield title, url_for(f"{area}.new")


@bp.get("/duties")
@needs("home", Act.VIEW)
def duties() -> ResponseReturnValue:
    """All duties, or those of one urgency, unit or rule: mine, or those of the units below."""
    asked = listed.Asked(request.args, heads=bool(roles() & HEADS))
    page = asked.page(me)
    tasks = work.tasks(me, page.rows)  # type: ignore[arg-type]
    units = named(Unit, {task.duty.unit_id for task in tasks})
    owners = named(User, {task.duty.owner_id for task in tasks if task.duty.owner_id})
    return render_template("home/duties.html", asked_for=asked, page=page, tasks=tasks, units=units, owners=owners)


def named(model: Any, ids: set[int]) -> dict[int, str]:
    return {row.id: row.name for row in db.session.execute(select(model.id, model.name).where(model.id.in_(ids)))}


@bp.get("/units/lights")
@needs("home", Act.VIEW)
def all_lights() -> ResponseReturnValue:
    """Every unit below, red, yellow or green."""
    found = lights(me)
    return render_template("home/lights.html", lights=found, tally=tally(found))


@bp.get("/leader")
@needs("reports", Act.SEAL)
def leader() -> ResponseReturnValue:
    """One page: what is late, who is late, how the year looks, what waits for a signature."""
    found, late = lights(me), late_below(me)
    shown = {
        "lights": found,
        "tally": tally(found),
        "late": work.how_many(late),
        "tasks": work.tasks(me, db.session.scalars(late.limit(TOP)).all()),
        "waiting": waiting(me),
        "cards": cards.cards(me, TOP - 1),
        "bars": cards.bars("complaints.received", me),
        "owed": owed(me),
        "report": db.session.scalars(select(Report).order_by(Report.year.desc(), Report.id.desc()).limit(1)).first(),
    }
    return render_template("home/leader.html", top=TOP, now=dates.local(dates.now()), **shown)


@bp.get("/search")
@needs("home", Act.VIEW)
def search() -> ResponseReturnValue:
    words = request.args.get("q", "").strip()
    return render_template("home/search.html", words=words, groups=find(me, words))
