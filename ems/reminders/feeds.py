"""The subscription to one's own duties: asked for and ended by the person, read by their calendar."""

import hashlib

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ems.core import dates
from ems.core.db import db
from ems.reminders import feed
from ems.web.security import limiter
from ems.web.session import me, own, public

bp = Blueprint("feeds", __name__)
bp.add_app_template_global(feed.of, "feed_of")


@bp.post("/account/feed")
@own
def renew() -> ResponseReturnValue:
    """The address stands on this answer and nowhere else: not in the database, not in a log, not at the next look."""
    address = feed.renew(me)
    db.session.commit()
    return render_template("reminders/feed.html", address=address)


@bp.post("/account/feed/revoke")
@own
def revoke() -> ResponseReturnValue:
    feed.revoke(me)
    db.session.commit()
    flash(_("日历订阅已停用，原来的地址不再有效。"), "good")
    return redirect(url_for("people.account"), 303)


@bp.get("/feed/<token>.ics")
@public
@limiter.limit("60 per minute")
def calendar(token: str) -> ResponseReturnValue:
    found = feed.known(token) or abort(404)
    body = feed.written(*found)
    found[0].read_at = dates.now()
    db.session.commit()
    answer = Response(body, mimetype="text/calendar", headers={"Content-Disposition": "inline; filename=duties.ics"})
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return answer.make_conditional(request)
