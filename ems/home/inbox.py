"""A person's messages (消息): theirs alone, whoever else may see the record."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select, update

from ems.core import dates
from ems.core.db import db
from ems.core.policy import Act
from ems.core.register import Page
from ems.reminders import ledger
from ems.reminders.headlines import headlines
from ems.reminders.models import Message
from ems.web.session import me, needs

SIZE = 30


def init_app(bp: Blueprint) -> None:
    bp.get("/inbox")(inbox)
    bp.get("/inbox/<int:id>")(opened)
    bp.post("/inbox/<int:id>/acted")(acted)
    bp.post("/inbox/read")(all_read)


def mine() -> Select[Message]:
    return select(Message).where(Message.person_id == me.id)


@needs("home", Act.VIEW)
def inbox() -> ResponseReturnValue:
    """Unread first, then the newest."""
    number = max(1, int(request.args["page"])) if request.args.get("page", "").isdecimal() else 1
    rows = mine().order_by(Message.read_at.isnot(None), Message.id.desc()).limit(SIZE + 1).offset((number - 1) * SIZE)
    found = db.session.scalars(rows).all()
    page = Page(found[:SIZE], number, len(found) > SIZE, 0, SIZE)  # type: ignore[arg-type]
    known = headlines(me, [(message.subject_type, message.subject_id) for message in page.rows])
    return render_template("home/inbox.html", page=page, known=known)


@needs("home", Act.VIEW)
def opened(id: int) -> ResponseReturnValue:
    """To the record it is about; on the way it counts as read."""
    message = theirs(id)
    message.read_at = message.read_at or dates.now()
    ledger.opened_in(message)
    ref = (message.subject_type, message.subject_id)
    line = headlines(me, [ref]).get(ref)
    db.session.commit()
    return redirect(line.path if line else url_for("home.inbox"))


@needs("home", Act.VIEW)
def acted(id: int) -> ResponseReturnValue:
    message = theirs(id)
    message.read_at, message.acted_at = message.read_at or dates.now(), message.acted_at or dates.now()
    ledger.acted_on(message)
    db.session.commit()
    return redirect(url_for("home.inbox"), 303)


@needs("home", Act.VIEW)
def all_read() -> ResponseReturnValue:
    ledger.all_opened(me)
    read = update(Message).where(Message.person_id == me.id, Message.read_at.is_(None)).values(read_at=dates.now())
    db.session.execute(read, execution_options={"synchronize_session": False})
    db.session.commit()
    return redirect(url_for("home.inbox"), 303)


def theirs(id: int) -> Message:
    return db.session.scalars(mine().where(Message.id == id)).first() or abort(404)
