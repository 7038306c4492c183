"""The door, and what a person changes of themself."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import or_, select

from ems.core import audit, dates
from ems.core.db import db
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.people import entrance, passwords, rules
from ems.people.forms import ContactForm, DeputyForm, LoginForm, PasswordForm
from ems.people.models import Handover
from ems.web.i18n import LANGUAGES
from ems.web.security import limiter
from ems.web.session import enter, leave, me, own, public, stamp

bp = Blueprint("people", __name__)


@bp.route("/login", methods=["GET", "POST"])
@public
@limiter.limit("30 per minute", methods=["POST"])
def login() -> ResponseReturnValue:
    back = within(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(back)
    form, said = LoginForm(data={"username": request.args.get("username")}), ""
    if form.sent():
        user, said = entrance.knock(form.username.data or "", form.password.data or "")
        db.session.commit()
        if user:
            came_in(user)
            return redirect(back, 303)
    told = {"accounts": demo(), "demo_password": passwords.DEMO_PASSWORD}
    return render_template("people/login.html", form=form, said=said, **told), 401 if said else 200


def came_in(user: User) -> None:
    chosen = session.get("language")
    enter(user)
    if chosen:
        session["language"] = chosen


def within(address: str) -> str:
    """The address to go on to, if it is one of ours; else the start page."""
    home = url_for("home.index")
    try:
        parts = urlsplit(address)
    except ValueError:
        return home
    here = not parts.netloc or f"{parts.scheme}://{parts.netloc}/" == request.host_url
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    strange = not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable()
    return home if strange or not here or parts.path in {url_for("people.login"), url_for("people.logout")} else path


def demo() -> list[tuple[User, Role, Unit]]:
    """The demo's accounts, the first of each role; outside a demo nobody is shown."""
    if not current_app.config["DEMO"]:
        return []
    held = select(User, Post.role, Unit).join(Post, Post.user_id == User.id).join(Unit, Unit.id == Post.unit_id)
    rows = db.session.execute(
        held.where(User.active, User.barred.is_(False), rules.today(Post)).order_by(User.id, Post.id)
    )
    first: dict[Role, tuple[User, Role, Unit]] = {}
    for user, role, unit in rows:
        first.setdefault(role, (user, role, unit))
    return [first[role] for role in Role if role in first]


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    if current_user.is_authenticated:
        audit.note(db.session(), entrance.LEFT, "user", me.id)
        db.session.commit()
        leave()
        flash(_("已退出登录。"), "good")
    return redirect(url_for("people.login"), 303)


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """The reader's language, for this session and, if they are known, for the next."""
    if (chosen := request.form.get("language")) in LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            me.language = chosen
            db.session.commit()
    return redirect(back_where(), 303)


def back_where() -> str:
    """The page somebody came from, the log-in page with its question too."""
    came, door = request.referrer or "", url_for("people.login")
    asked = came.removeprefix(request.host_url.rstrip("/"))
    return asked if asked.split("?")[0] == door else within(came)


@bp.route("/password", methods=["GET", "POST"])
@own
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.sent():
        return render_template("people/password.html", form=form), 422 if form.errors else 200
    passwords.give(me, form.new.data or "", own=True)
    db.session.commit()
    session["pass"] = stamp(me)  # this session lives on; all others of theirs end here
    flash(_("密码已修改。其他设备上的登录已退出。"), "good")
    return redirect(url_for("people.account"), 303)


@bp.route("/account", methods=["GET", "POST"])
@own
def account() -> ResponseReturnValue:
    form = ContactForm(obj=me)
    if not form.sent():
        return shown(form, DeputyForm(formdata=None)), 422 if form.errors else 200
    form.populate_obj(me)
    session["language"] = me.language
    db.session.commit()
    flash(_("已保存。"), "good")
    return redirect(url_for("people.account"), 303)


def shown(form: ContactForm, deputy: DeputyForm) -> str:
    lasting = Deputy.until >= dates.today()
    mine = select(Deputy).where(Deputy.absent_id == me.id, lasting).order_by(Deputy.since, Deputy.id)
    theirs = select(Deputy).where(Deputy.deputy_id == me.id, lasting).order_by(Deputy.since, Deputy.id)
    signed = or_(Handover.from_id == me.id, Handover.to_id == me.id)
    papers = select(Handover).where(signed).order_by(Handover.id.desc()).limit(20)
    return render_template(
        "people/account.html",
        form=form,
        deputy=deputy,
        deputies=db.session.scalars(mine).all(),
        absent=db.session.scalars(theirs).all(),
        papers=db.session.scalars(papers).all(),
    )


@bp.post("/account/deputies")
@own
def deputise() -> ResponseReturnValue:
    form = DeputyForm()
    if not form.sent():
        return shown(ContactForm(formdata=None, obj=me), form), 422
    row = Deputy(absent_id=me.id)
    form.populate_obj(row)
    db.session.add(row)
    db.session.commit()
    flash(_("%(name)s 将在这段时间代理您的岗位。", name=row.deputy.name), "good")
    return redirect(url_for("people.account"), 303)


@bp.post("/account/deputies/<int:id>/stop")
@own
def stop(id: int) -> ResponseReturnValue:
    """From now on nobody stands in any more. One that never ran a whole day is taken away, and the log keeps it."""
    row = db.one_or_404(select(Deputy).where(Deputy.id == id, Deputy.absent_id == me.id))
    if row.since < dates.today():
        row.until = dates.today() - timedelta(days=1)
    else:
        audit.note(
            db.session(), "deputy taken back", "deputy", row.id, deputy=row.deputy.username, since=f"{row.since}"
        )
        db.session.delete(row)
    db.session.commit()
    flash(_("代理已结束。"), "good")
    return redirect(url_for("people.account"), 303)
