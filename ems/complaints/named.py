"""Who may know who complained: those named in the case, the head over them, and the desk's clerks; nobody else."""

from flask_babel import gettext as _
from sqlalchemy import or_, select

from ems.complaints.models import Complaint
from ems.core import dates
from ems.core.db import db
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.core.policy import Act, reaching
from ems.core.settings import setting


def not_named(case: Complaint, user: User) -> str | None:
    """Why `user`, whatever their role, is not told who complained, and whom they may ask. A deputy stands for both."""
    day = dates.today()
    away = select(Deputy.absent_id).where(Deputy.deputy_id == user.id, Deputy.since <= day, Deputy.until >= day)
    known = [*filter(None, (case.handler_id, case.taken_by_id)), *heads(case.unit_id)]
    if not {user.id, *db.session.scalars(away)}.isdisjoint([*known, *clerks()]):
        return None
    asked = select(User.name).where(User.id.in_(known), User.active).order_by(User.id)
    names = _("、").join(dict.fromkeys(db.session.scalars(asked)))
    who = _("反映人没有同意公开身份，只有本件的经办人、受理人、承办单位负责人和热线受理员可以查看。")
    return who + (_("请找：%(names)s。", names=names) if names else "")


def heads(unit_id: int) -> list[int]:
    """The ids of who heads the unit itself, or where nobody does, the nearest above it."""
    top, day = Unit, dates.today()
    path = select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
    rows = (
        select(Post.user_id, top.path)
        .join(top, top.id == Post.unit_id)
        .where(path.startswith(top.path), Post.role == Role.CHIEF)
        .where(Post.since <= day, or_(Post.until.is_(None), Post.until >= day))
        .order_by(top.path.desc(), Post.user_id)
    )
    found = db.session.execute(rows).all()
    return [id for id, at in found if at == found[0][1]]


def clerks() -> list[int]:
    """The ids of the hotline's clerks at the desk: they dispatch, and they call back."""
    desk = select(Unit.id).where(Unit.code == setting("complaints.desk")).scalar_subquery()
    here = reaching("complaints", Act.DISPATCH, desk)
    return list(db.session.scalars(here.where(Post.role == Role.HOTLINE).order_by(Post.user_id)))
