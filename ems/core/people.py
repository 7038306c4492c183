"""Units in a tree, people, the posts that tie one to the other, and who stands in for whom."""

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, Model, by_user, in_unit, pk, short, title


class Role(Choice):
    """What a person does here (三员分立: of the three administrators nobody holds two)."""

    LIAISON = "liaison", _l("环保联络员")
    OFFICER = "officer", _l("环保专干")
    HOTLINE = "hotline", _l("热线受理员")
    CHIEF = "chief", _l("负责人")
    AUDITOR = "auditor", _l("内审员")
    LEADER = "leader", _l("局领导")
    SYSADMIN = "sysadmin", _l("系统管理员")
    SECADMIN = "secadmin", _l("安全管理员")
    LOGADMIN = "logadmin", _l("审计管理员")


ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.LOGADMIN})


class UnitKind(Choice):
    GROUP = "group", _l("类别")
    STREET = "street", _l("街道办事处")
    DEPARTMENT = "department", _l("管委会部门")
    PARK = "park", _l("园区管理办公室")
    DIRECT = "direct", _l("直属单位")
    ASSISTED = "assisted", _l("认证帮扶组织")


class Unit(Model):
    """A member unit (单位). A role at a unit covers the unit's subtree."""

    id: Mapped[pk]
    code: Mapped[short] = mapped_column(unique=True)
    name: Mapped[title]
    name_en: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[UnitKind] = mapped_column(default=UnitKind.DEPARTMENT)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(String(200), index=True)  # "/1/4/": itself last, every parent before it
    active: Mapped[bool] = mapped_column(default=True)

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")


class User(Model):
    """A person with an account."""

    id: Mapped[pk]
    username: Mapped[short] = mapped_column(unique=True)
    name: Mapped[title]
    email: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    badge: Mapped[str] = mapped_column(String(40), default="")  # 执法证号
    language: Mapped[str] = mapped_column(String(10), default="zh_CN")
    password_hash: Mapped[str] = mapped_column(String(200), default="", info={"secret": True})
    active: Mapped[bool] = mapped_column(default=True)
    must_change: Mapped[bool] = mapped_column(default=True)  # the first password is not their own
    barred: Mapped[bool] = mapped_column(default=False)  # by the security administrator, until they say otherwise
    failures: Mapped[int] = mapped_column(default=0, info={"unlogged": True})
    failed_at: Mapped[datetime | None] = mapped_column(info={"unlogged": True})
    locked_until: Mapped[datetime | None] = mapped_column(info={"unlogged": True})
    seen_at: Mapped[datetime | None] = mapped_column(info={"unlogged": True})

    posts: Mapped[list["Post"]] = relationship(back_populates="user", order_by="Post.id")

    # what the log-in library asks of an account
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active and not self.barred

    def get_id(self) -> str:
        return str(self.id)


class Post(Model):
    """`user` has `role` in `unit` and in all that lies below it, from `since` through `until`."""

    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", "ends_after_it_begins"),
        Index("ix_post_user", "user_id", "role"),
    )

    id: Mapped[pk]
    user_id: Mapped[by_user]
    unit_id: Mapped[in_unit]
    role: Mapped[Role]
    since: Mapped[date]
    until: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="posts")
    unit: Mapped[Unit] = relationship()


class Deputy(Model):
    """`deputy` holds the posts of `absent` as well, from `since` through `until`."""

    __table_args__ = (
        CheckConstraint("until >= since", "ends_after_it_begins"),
        CheckConstraint("deputy_id <> absent_id", "is_somebody_else"),
    )

    id: Mapped[pk]
    absent_id: Mapped[by_user] = mapped_column(index=True)
    deputy_id: Mapped[by_user] = mapped_column(index=True)
    since: Mapped[date]
    until: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")

    absent: Mapped[User] = relationship(foreign_keys=[absent_id])
    deputy: Mapped[User] = relationship(foreign_keys=[deputy_id])
