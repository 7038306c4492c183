"""What leaves the house, as the system administrator keeps it: the outbox, and the group robots. Never what is said."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import audit, dates
from ems.core.db import db
from ems.core.policy import Act
from ems.reminders import post, robots, stuck, webhook
from ems.reminders.forms import RobotForm
from ems.reminders.models import Outbox, Robot
from ems.web.security import limiter
from ems.web.session import fetch, needs

bp = Blueprint("channels", __name__, url_prefix="/channels")


@bp.get("/")
@needs("channels", Act.VIEW)
def index() -> ResponseReturnValue:
    found = {"to": stuck.dead_by(Outbox.to), "errors": stuck.dead_by(Outbox.error)}
    people = {"unwritable": stuck.without_address(), "headless": stuck.headless(), "mailing": stuck.mailing()}
    shown = {"letters": stuck.letters(), "counts": stuck.counts(), "kind": stuck.kind}
    return render_template("reminders/outbox.html", **shown, **found, **people)


@bp.post("/again")
@needs("channels", Act.ADMIN)
def again() -> ResponseReturnValue:
    """One letter, all of one recipient, or all of one error."""
    asked = stuck.chosen(request.form)
    n = post.again(*asked.values()) if asked else 0
    audit.note(db.session(), "sent again", "outbox", None, by=", ".join(asked), n=n)
    db.session.commit()
    flash(_("%(n)s 件已放回待发，一分钟内重发。", n=n), "good")
    return redirect(url_for("channels.index"), 303)


@bp.get("/robots")
@needs("channels", Act.VIEW)
def robot_list() -> ResponseReturnValue:
    rows = db.session.scalars(select(Robot).order_by(Robot.enabled.desc(), Robot.id)).all()
    return render_template("reminders/robots.html", robots=rows)


@bp.route("/robots/new", methods=["GET", "POST"])
@needs("channels", Act.ADMIN)
def new() -> ResponseReturnValue:
    return edited(None)


@bp.route("/robots/<int:id>/edit", methods=["GET", "POST"])
@needs("channels", Act.ADMIN)
def edit(id: int) -> ResponseReturnValue:
    return edited(fetch(Robot, id, Act.ADMIN))


def edited(row: Robot | None) -> ResponseReturnValue:
    known = row and {"name": row.name, "unit_id": row.unit_id, "channel": row.channel}
    form = RobotForm(data=known)  # not from the row itself: its address must not come back into the page
    form.row = row
    if not form.sent():
        return render_template("reminders/robot.html", form=form, robot=row), 422 if form.errors else 200
    robot = row or Robot()
    robot.name, robot.unit_id, robot.channel = form.name.data or "", form.unit_id.data, form.channel.data
    robot.url, robot.secret = form.url.data or robot.url, form.secret.data or robot.secret
    db.session.add(robot)
    db.session.commit()
    return redirect(url_for("channels.robot_list"), 303)


@bp.post("/robots/<int:id>/<any(on, off):what>")
@needs("channels", Act.ADMIN)
def switch(id: int, what: str) -> ResponseReturnValue:
    robot = fetch(Robot, id, Act.ADMIN)
    robot.enabled = what == "on"
    db.session.commit()
    return redirect(url_for("channels.robot_list"), 303)


@bp.post("/robots/<int:id>/trial")
@needs("channels", Act.ADMIN)
@limiter.limit("5 per minute")
def trial(id: int) -> ResponseReturnValue:
    """Says something to the group at once, and tells what came of it."""
    robot = fetch(Robot, id, Act.ADMIN)
    outcome = webhook.say(robot.channel, robot.url or "", robot.secret or "", *robots.trial(robot))
    robot.used_at, robot.error = dates.now(), outcome.error[:200]
    db.session.commit()
    said = _("“%(name)s”已收到测试消息。", name=robot.name)
    flash(_("没有送达：%(error)s", error=outcome.error) if outcome.error else said, "bad" if outcome.error else "good")
    return redirect(url_for("channels.robot_list"), 303)
