"""Hand-over on screen and on paper."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select

from ems.core import policy
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, User
from ems.core.policy import Act
from ems.people import handing, rules
from ems.people.forms import HandoverForm
from ems.people.models import Handover
from ems.web.session import me, needs, own

bp = Blueprint("handovers", __name__, url_prefix="/handovers")
PAGE = 100


@bp.get("/")
@needs("people", Act.VIEW)
def index() -> ResponseReturnValue:
    papers = policy.visible(Handover, me).order_by(Handover.id.desc()).limit(PAGE)
    return render_template("people/handovers.html", papers=db.session.scalars(papers).all())


@bp.get("/<int:id>")
@own
def detail(id: int) -> ResponseReturnValue:
    """The paper: for those who keep people, and for the two who sign it."""
    signs = or_(Handover.from_id == me.id, Handover.to_id == me.id)
    seen = Handover.unit_id.in_(policy.reach(me, "people"))
    paper = db.one_or_404(select(Handover).where(Handover.id == id, signs | seen))
    return render_template("people/handover.html", paper=paper, lines=handing.lines(paper, me))


@bp.route("/new", methods=["GET", "POST"])
@needs("people", Act.EDIT)
def new() -> ResponseReturnValue:
    """Choose the two, see what it is, and then move it."""
    leaver, successor = chosen("leaver"), chosen("successor")
    form = HandoverForm()
    if leaver and successor and form.sent():
        paper = handing.hand_over(leaver, successor, me, form.remark.data or "")
        db.session.commit()
        flash(_("已移交：%(what)s。请打印交接单并由双方签字。", what=paper.counted), "good")
        return redirect(url_for("handovers.detail", id=paper.id), 303)
    held = list(handing.preview(leaver, successor, me)) if leaver else []
    known = {"leaver": leaver, "successor": successor, "held": held, "form": form}
    return render_template("people/handing.html", leavers=leavers(), successors=successors(leaver), **known)


def chosen(name: str) -> User | None:
    """The person asked for, if one may choose them there (else 404)."""
    if not (asked := request.args.get(name, "")):
        return None
    if not asked.isdecimal():
        abort(404)
    user: User = db.one_or_404(rules.people(me, Act.EDIT).where(User.id == int(asked)))
    if name == "successor":
        if asked == request.args.get("leaver"):
            raise Refused(_("移交人和接交人不能是同一人。"))
        if not user.is_active:
            raise Refused(_("%(name)s 的账号已停用，不能接交。", name=user.name))
    return user


def leavers() -> list[User]:
    return list(db.session.scalars(rules.people(me, Act.EDIT)))


def successors(leaver: User | None) -> list[User]:
    """Who is here and holds a post today."""
    held = User.id.in_(select(Post.user_id).where(rules.today(Post)))
    able = rules.people(me, Act.EDIT).where(User.active, User.barred.is_(False), held)
    return list(db.session.scalars(able.where(User.id != leaver.id) if leaver else able))
