"""The person who is asking, what they may, and the rows they may lay hands on."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import event
from sqlalchemy.orm import Session

from ems.core import dates, module, once, policy
from ems.core.db import InUnit, db
from ems.core.people import ADMINISTRATORS, Role, User
from ems.core.policy import Act

T = TypeVar("T", bound=InUnit)
View = TypeVar("View", bound=Callable[..., Any])

me: User = current_user
login = LoginManager()


def init_app(app: Flask) -> None:
    login.init_app(app)
    login.login_view = "people.login"
    login.login_message = None
    app.before_request(once.begin)
    app.before_request(load)
    app.teardown_request(forget)
    if not event.contains(db.session, "after_flush", wrote):
        event.listen(db.session, "after_flush", wrote)


@login.user_loader  # type: ignore[untyped-decorator]  # the library has no types
def user(id: str) -> User | None:
    """The account in the session, as long as its password is the one it logged in with."""
    found = db.session.get(User, int(id))
    return found if found and found.is_active and session.get("pass") == stamp(found) else None


def stamp(user: User) -> str:
    return user.password_hash[-16:]


def enter(user: User) -> None:
    """Log `user` in, with a session of their own: what stood in the old one goes."""
    session.clear()
    session["pass"] = stamp(user)
    session["seen"] = dates.now().timestamp()
    session.permanent = True
    login_user(user)


def leave() -> None:
    logout_user()
    session.clear()


def forget(_error: BaseException | None) -> None:
    once.end()


def wrote(_session: Session, _context: object) -> None:
    once.forget()


def load() -> ResponseReturnValue | None:
    """Before each request: who asks, for the log; and out with those who walked away from the desk."""
    person = current_user if current_user.is_authenticated else None
    db.session.info["actor_id"] = person.id if person else None
    db.session.info["actor"] = person.name if person else _("未登录")
    db.session.info["address"] = request.remote_addr or ""
    if person is None or (request.endpoint or "").endswith("static"):
        return None
    now = dates.now().timestamp()
    if now - session.get("seen", 0) > idle().total_seconds():
        leave()
        flash(_("离开时间较长，已自动退出。请重新登录，会回到刚才的页面。"), "warn")
        return redirect(url_for("people.login", next=here()))
    session["seen"] = now
    if person.must_change and request.endpoint not in {"people.password", "people.logout", "people.language"}:
        return redirect(url_for("people.password"))
    return None


def here() -> str:
    """The page to come back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.referrer or "/"


def idle() -> timedelta:
    name = "IDLE_MINUTES_ADMIN" if roles() & ADMINISTRATORS else "IDLE_MINUTES"
    return timedelta(minutes=current_app.config[name])


def roles() -> frozenset[Role]:
    """My roles, asked once a request."""
    if "roles" not in g:
        g.roles = policy.roles(me)
    found: frozenset[Role] = g.roles
    return found


def roles_over_all() -> frozenset[Role]:
    """My roles over every unit there is, asked once a request."""
    if "roles_over_all" not in g:
        g.roles_over_all = policy.roles_at_the_root(me)
    found: frozenset[Role] = g.roles_over_all
    return found


def can(area: str, act: Act | str = Act.VIEW) -> bool:
    """Whether I may, somewhere. For menus and buttons; rows are asked one by one."""
    return bool(current_user.is_authenticated) and policy.allows(roles(), area, Act(act))


def needs(area: str, act: Act) -> Callable[[View], View]:
    """Declares what a view asks of who comes: nobody gets in without. A view without a declaration stops the start."""

    def declared(view: View) -> View:
        @wraps(view)
        def asked(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return login.unauthorized() if request.method == "GET" else abort(401)
            if not can(area, act):
                abort(403)
            return view(*args, **kwargs)

        asked.needs = (area, act)  # type: ignore[attr-defined]
        return asked  # type: ignore[return-value]

    return declared


def public(view: View) -> View:
    """Declares a view that asks for no log-in."""
    view.needs = None  # type: ignore[attr-defined]
    return view


def own(view: View) -> View:
    """Declares a view of a person's own things: any log-in will do."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return login.unauthorized() if request.method == "GET" else abort(401)
        return view(*args, **kwargs)

    asked.needs = ("own", Act.VIEW)  # type: ignore[attr-defined]
    return asked  # type: ignore[return-value]


def every_view_declares_its_act(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        declared = getattr(view, "needs", "missing")
        if endpoint.split(".")[-1] == "static":
            continue
        if declared == "missing" or (declared and declared[0] != "own" and declared[0] not in policy.ALLOWED):
            raise RuntimeError(f"{endpoint} does not declare who may come: @needs, @own or @public.")


def fetch(model: type[T], id: int, act: Act = Act.VIEW) -> T:
    """The row, if it is yours to see (else 404) and yours to `act` on (else 403)."""
    row: T = db.one_or_404(policy.visible(model, me).where(model.id == id))
    if act is not Act.VIEW and not policy.may(me, act, row):
        abort(403)
    return row


def subject(type: str, id: int, act: Act = Act.VIEW) -> InUnit:
    """The row behind `"complaint:12"`, through the same gate."""
    found = next((s for s in module.subjects() if s.type == type), None)
    return fetch(found.model, id, act) if found else abort(404)
