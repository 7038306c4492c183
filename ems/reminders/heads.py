"""What lies below a head or a leader, for what is written where nobody asks."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from ems.core import dates
from ems.core.db import db
from ems.core.people import Deputy, Post, Role, Unit, User
from ems.core.policy import posts
from ems.reminders.hearers import in_office, tellable


def headed(person: User, *held: Role) -> Select[int]:
    """The ids of the units below those in which `person` has one of these roles, or stands in for who has."""
    top = aliased(Unit)
    below = select(Unit.id).join(top, Unit.path.startswith(top.path)).join(Post, Post.unit_id == top.id)
    return below.where(posts(person), Post.role.in_(held))


def holders(role: Role) -> Sequence[int]:
    """The ids of those who have `role` today, and of those who stand in for them; who cannot be told is left out."""
    day = dates.today()
    held = select(Post.user_id).where(Post.role == role, in_office(day))
    stands_in = select(Deputy.deputy_id).where(Deputy.absent_id.in_(held), Deputy.since <= day, Deputy.until >= day)
    asked = select(User.id).where(or_(User.id.in_(held), User.id.in_(stands_in)), tellable(User), User.email != "")
    return db.session.scalars(asked.order_by(User.id)).all()
