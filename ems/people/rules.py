"""Whom one may see and change here, and what no post may bring together (三员分立)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import ADMINISTRATORS, Deputy, Post, Role, Unit, User
from ems.core.policy import Act, holds, reach


def today(post: Any) -> ColumnElement[bool]:
    """Posts (or deputies) that hold today."""
    day = dates.today()
    return and_(post.since <= day, or_(post.until.is_(None), post.until >= day))


def lasting(post: Any) -> ColumnElement[bool]:
    """Posts that hold today or will."""
    return or_(post.until.is_(None), post.until >= dates.today())


def reachable(user: User, act: Act) -> ColumnElement[bool]:
    """People whose posts lie in `user`'s reach; of those who have left, the posts they had.

    Who has no post at all yet belongs to whoever gives out posts.
    """
    other = aliased(Post)
    left = ~exists().where(other.user_id == Post.user_id, lasting(other))
    here = select(Post.user_id).where(Post.unit_id.in_(reach(user, "people", act)), or_(lasting(Post), left))
    found = User.id.in_(here)
    return found | ~exists().where(Post.user_id == User.id) if holds(user, "people", Act.ADMIN) else found


def people(user: User, act: Act = Act.VIEW) -> Select[User]:
    return select(User).where(reachable(user, act)).order_by(User.name, User.id)


def meets(since: date, until: date | None, other: Post | Deputy) -> bool:
    """Whether two spans share a day; None is open."""
    return (until is None or other.since <= until) and (other.until is None or since <= other.until)


def held(user: User, since: date, until: date | None) -> set[Role]:
    """The roles `user` holds on some day of the span, by posts of their own and of those they stand in for."""
    roles = {post.role for post in user.posts if meets(since, until, post)}
    for deputy in db.session.scalars(select(Deputy).where(Deputy.deputy_id == user.id).order_by(Deputy.id)):
        if meets(since, until, deputy):
            first, last = max(since, deputy.since), min(until or deputy.until, deputy.until)
            roles |= {post.role for post in deputy.absent.posts if meets(first, last, post)}
    return roles


def mixed(roles: Iterable[Role]) -> str | None:
    """Why nobody may hold all of these at a time; None if one may."""
    found = frozenset(roles)
    administrators = sorted(found & ADMINISTRATORS)
    names = _("、").join(str(role.label) for role in administrators)
    if len(administrators) > 1:
        return _("%(names)s 不能由同一人担任（三员分立）。", names=names)
    if administrators and found - ADMINISTRATORS:
        return _("%(names)s 不能同时担任业务岗位，管理员不看业务记录（三员分立）。", names=names)
    return None


def post_refused(user: User, post: Post) -> str | None:
    """Why `user` cannot be given this post."""
    roles = held(user, post.since, post.until) | stood_in(user, post)
    return mixed(roles | {post.role})


def stood_in(user: User, post: Post) -> set[Role]:
    """What those hold who stand in for `user`: they would hold this post as well."""
    found: set[Role] = set()
    for deputy in db.session.scalars(select(Deputy).where(Deputy.absent_id == user.id).order_by(Deputy.id)):
        if meets(post.since, post.until, deputy):
            found |= {own.role for own in deputy.deputy.posts if meets(deputy.since, deputy.until, own)}
    return found


def deputy_refused(absent: User, deputy: User, since: date, until: date) -> str | None:
    """Why `deputy` cannot stand in for `absent` from `since` through `until`."""
    if since < dates.today():
        return _("开始日期不能早于今天。")
    if until < since:
        return _("结束日期不能早于开始日期。")
    same = select(Deputy).where(Deputy.absent_id == absent.id, Deputy.since <= until, Deputy.until >= since)
    if taken := db.session.scalars(same.order_by(Deputy.id)).first():
        days = {"since": taken.since, "until": taken.until}
        return _("%(since)s 至 %(until)s 已由 %(name)s 代理，请先结束或另选日期。", name=taken.deputy.name, **days)
    mine = {post.role for post in absent.posts if meets(since, until, post)}
    if not mine:
        return _("这段时间没有岗位可以代理。")
    return mixed(mine | held(deputy, since, until))


def open_duties(user: User) -> int:
    mine = select(func.count()).select_from(Duty).where(Duty.owner_id == user.id, Duty.met_on.is_(None))
    return db.session.scalar(mine) or 0


def unit_in_use(unit: Unit) -> str | None:
    """Why a unit cannot be closed yet."""
    if db.session.scalar(select(exists().where(Unit.parent_id == unit.id, Unit.active))):
        return _("下面还有在用的单位，请先停用或移走。")
    if n := db.session.scalar(select(func.count()).select_from(Post).where(Post.unit_id == unit.id, lasting(Post))):
        return _("还有 %(n)s 个岗位在这个单位，请先由安全管理员结束。", n=n)
    open_ = select(func.count()).select_from(Duty).where(Duty.unit_id == unit.id, Duty.met_on.is_(None))
    if n := db.session.scalar(open_):
        return _("还有 %(n)s 项期限落在这个单位，请先办结或转给其他单位。", n=n)
    return None


def under(unit: Unit, parent: Unit) -> str | None:
    """Why `unit` cannot be put below `parent`."""
    if parent.path.startswith(unit.path):
        return _("不能移到自己或自己的下级之下。")
    return None if parent.active else _("上级单位已停用。")


def move(unit: Unit, parent: Unit) -> None:
    """Put `unit`, with all that lies below it, under `parent`: roles held above it cover it from now on."""
    below = select(Unit).where(Unit.path.startswith(unit.path)).order_by(Unit.path)
    before, after = unit.path, f"{parent.path}{unit.id}/"
    unit.parent_id = parent.id
    for moved in db.session.scalars(below).all():
        moved.path = after + moved.path.removeprefix(before)
