"""Accounts and posts, as the security administrator keeps them; heads and leaders read those of their own people."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import selectinload

from ems.core import audit, dates, policy, sheets
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Post, Role, Unit, User
from ems.core.policy import Act
from ems.core.register import PAGE, Column, Page
from ems.people import handing, passwords, rules
from ems.people.forms import EditUserForm, PostForm, UserForm
from ems.web.listing import XLSX
from ems.web.session import can, me, needs

bp = Blueprint("accounts", __name__, url_prefix="/people")
STATES: dict[str, Callable[[], ColumnElement[bool]]] = {
    "active": lambda: User.active & User.barred.is_(False),
    "locked": lambda: User.barred | (User.locked_until > dates.now()),
    "inactive": lambda: User.active.is_(False),
    "idle": lambda: User.active & ~User.id.in_(select(Post.user_id).where(rules.today(Post))),
}


def person(id: int, act: Act = Act.VIEW) -> User:
    """The account, if it is in reach (else 404)."""
    user: User = db.one_or_404(rules.people(me, act).where(User.id == id))
    return user


@bp.get("/")
@needs("people", Act.VIEW)
def index() -> ResponseReturnValue:
    asked = rows(request.args)
    number = max(1, request.args.get("page", 1, int))
    total = db.session.scalar(select(func.count()).select_from(asked.order_by(None).subquery())) or 0
    of_page = asked.options(selectinload(User.posts).joinedload(Post.unit)).limit(PAGE).offset((number - 1) * PAGE)
    found = db.session.scalars(of_page).unique().all()
    page = Page(found, number, total > number * PAGE, total)  # type: ignore[arg-type]  # accounts, not tuples
    return render_template("people/index.html", page=page, units=units(), roles=Role.choices(), states=list(STATES))


def rows(args: Mapping[str, str]) -> Select[User]:
    found = rules.people(me)
    if words := args.get("q", "").strip():
        like = (c.icontains(words, autoescape=True) for c in (User.username, User.name, User.phone, User.email))
        found = found.where(or_(*like))
    if args.get("role") in set(Role):
        found = found.where(User.id.in_(holding(Post.role == args["role"])))
    if args.get("unit", "").isdecimal():
        found = found.where(User.id.in_(holding(Post.unit_id == int(args["unit"]))))
    return found.where(STATES[args["state"]]()) if args.get("state") in STATES else found


def holding(asked: ColumnElement[bool]) -> Select[int]:
    return select(Post.user_id).where(asked, rules.today(Post))


def units() -> list[tuple[int, str]]:
    mine = policy.reach(me, "people")
    asked = select(Unit.id, Unit.name).where(Unit.id.in_(mine), Unit.active).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(asked)]


@bp.get("/export.xlsx")
@needs("people", Act.ADMIN)
def export() -> ResponseReturnValue:
    found = db.session.scalars(rows(request.args).options(selectinload(User.posts).joinedload(Post.unit))).unique()
    titles = (_("账号"), _("姓名"), _("岗位"), _("电话"), _("邮箱"), _("执法证号"), _("状态"), _("最近登录"))
    columns = [Column(f"{n}", title, None, width=18) for n, title in enumerate(titles)]
    lines = ([u.username, u.name, posts(u), u.phone, u.email, u.badge, word(u), u.seen_at] for u in found)
    name = f"{_('人员')}_{dates.today():%Y%m%d}.xlsx"
    audit.note(db.session(), "exported", "user", None, file=name)
    body = sheets.book(_("人员"), columns, lines)
    db.session.commit()
    return send_file(body, XLSX, as_attachment=True, download_name=name)


def posts(user: User) -> str:
    day = dates.today()
    held = [post for post in user.posts if post.since <= day and (post.until is None or post.until >= day)]
    return _("；").join(f"{post.unit.name} {post.role.label}" for post in held)


def word(user: User) -> str:
    if not user.active:
        return _("停用")
    if user.barred:
        return _("锁定")
    return _("登录锁定") if user.locked_until and user.locked_until > dates.now() else _("在用")


bp.add_app_template_global(posts, "posts_of")
bp.add_app_template_global(word, "account_word")


@bp.route("/new", methods=["GET", "POST"])
@needs("people", Act.ADMIN)
def new() -> ResponseReturnValue:
    form = UserForm()
    if not form.sent():
        return render_template("people/edit.html", form=form, user=None), 422 if form.errors else 200
    user, word = User(), passwords.one_time()
    form.populate_obj(user)
    passwords.give(user, word, own=False)
    db.session.add(user)
    db.session.commit()
    return told_once(user, word)


def told_once(user: User, password: str) -> ResponseReturnValue:
    """The password stands on this answer and nowhere else: not in the session, not in a log, not at the next look."""
    return render_template("people/once.html", user=user, password=password)


@bp.get("/<int:id>")
@needs("people", Act.VIEW)
def detail(id: int) -> ResponseReturnValue:
    return shown(person(id), PostForm(formdata=None))


def shown(user: User, form: PostForm) -> str:
    day = dates.today()
    return render_template(
        "people/detail.html",
        user=user,
        form=form,
        open_duties=rules.open_duties(user),
        in_hand=handing.anything(user),
        locked=user.barred or (user.locked_until is not None and user.locked_until > dates.now()),
        movable=can("people", Act.EDIT) and in_reach(user, Act.EDIT),
        keeps=can("people", Act.ADMIN) and user.id != me.id,
        ended=[post for post in user.posts if post.until and post.until < day],
        lasting=[post for post in user.posts if not post.until or post.until >= day],
    )


def in_reach(user: User, act: Act) -> bool:
    return db.session.scalar(select(User.id).where(User.id == user.id, rules.reachable(me, act))) is not None


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@needs("people", Act.ADMIN)
def edit(id: int) -> ResponseReturnValue:
    user = person(id, Act.ADMIN)
    form = EditUserForm(obj=user)
    if not form.sent():
        return render_template("people/edit.html", form=form, user=user), 422 if form.errors else 200
    form.populate_obj(user)
    db.session.commit()
    return redirect(url_for("accounts.detail", id=id), 303)


@bp.post("/<int:id>/password")
@needs("people", Act.ADMIN)
def reset(id: int) -> ResponseReturnValue:
    """A new password to be changed at the next log-in; whoever is logged in with the old one is out."""
    user, word = another(id), passwords.one_time()
    passwords.give(user, word, own=False)
    audit.note(db.session(), "password reset", "user", user.id)
    db.session.commit()
    return told_once(user, word)


def another(id: int) -> User:
    """An account that is not one's own: nobody gives themself a post, unlocks, closes or resets themself."""
    if id == me.id:
        raise Refused(_("不能改变自己的账号和岗位，请由另一位安全管理员办理。"))
    return person(id, Act.ADMIN)


@bp.post("/<int:id>/<any(lock, unlock, deactivate, activate):what>")
@needs("people", Act.ADMIN)
def switch(id: int, what: str) -> ResponseReturnValue:
    user = another(id)
    if what == "deactivate" and (n := handing.anything(user) or rules.open_duties(user)):
        way = url_for("handovers.new", leaver=user.id)
        said = _("%(name)s 名下还有 %(n)s 项未办结事项，停用前请先", name=user.name, n=n)
        flash(Markup('{}<a href="{}">{}</a>{}').format(said, way, _("办理交接"), _("。")), "bad")
        return redirect(url_for("accounts.detail", id=id), 303)
    match what:
        case "lock":
            user.barred = True
        case "unlock":
            user.barred, user.failures, user.failed_at, user.locked_until = False, 0, None, None
            audit.note(db.session(), "unlocked", "user", user.id)
        case _:
            user.active = what == "activate"
    db.session.commit()
    return redirect(url_for("accounts.detail", id=id), 303)


@bp.post("/<int:id>/posts")
@needs("people", Act.ADMIN)
def add_post(id: int) -> ResponseReturnValue:
    user, form = another(id), PostForm()
    post = Post(user_id=user.id)
    if form.sent():
        form.populate_obj(post)
        if why := rules.post_refused(user, post):
            form.role.errors = [why]
    if form.errors:
        db.session.rollback()
        return shown(person(id, Act.ADMIN), form), 422
    db.session.add(post)
    db.session.commit()
    flash(_("已安排岗位。"), "good")
    return redirect(url_for("accounts.detail", id=id), 303)


@bp.post("/posts/<int:id>/end")
@needs("people", Act.ADMIN)
def end_post(id: int) -> ResponseReturnValue:
    """The post ends with yesterday. One that has not begun is taken away, and the log keeps it."""
    post = db.one_or_404(select(Post).where(Post.id == id, Post.unit_id.in_(policy.reach(me, "people", Act.ADMIN))))
    user = another(post.user_id)
    if post.since < dates.today():
        post.until = dates.today() - timedelta(days=1)
    else:
        known = {"unit": post.unit.name, "role": post.role.value, "since": f"{post.since}"}
        audit.note(db.session(), "post taken back", "user", user.id, **known)
        db.session.delete(post)
    db.session.commit()
    flash(_("岗位已结束。"), "good")
    return redirect(url_for("accounts.detail", id=user.id), 303)
