"""The accounts of the demo: everybody in their unit, those who work for the whole zone also at its top."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ems.core.people import Deputy, Post, Role, Unit, User
from ems.people import passwords

#: they must see every case, wherever it is worked on
ZONE = frozenset({Role.LEADER, Role.HOTLINE, Role.OFFICER, Role.AUDITOR, Role.SYSADMIN, Role.SECADMIN, Role.LOGADMIN})
BUREAU_CHIEF = "zhoujianguo"
TOP = "hitech"


def build(session: Session, material: dict[str, Any], today: date) -> dict[str, User]:
    """All with one password, which is nobody's secret: only a demo has it."""
    units = {unit.code: unit.id for unit in session.scalars(select(Unit).order_by(Unit.id))}
    password = passwords.hashed(passwords.DEMO_PASSWORD)  # once: a hash takes a fifth of a second
    people = {}
    for n, known in enumerate(material["people"]):
        user = User(
            username=known["username"], name=known["name"], phone=f"1380000{n:04d}", password_hash=password,
            must_change=False,
        )  # fmt: skip
        role = Role(known["role"])
        if role is Role.OFFICER:
            user.badge = f"演示-{n:03d}"
        wide = role in ZONE or known["username"] == BUREAU_CHIEF
        codes = dict.fromkeys([known["unit"], *([TOP] if wide else [])])
        since = date(today.year - 4, 1, 1)
        user.posts = [Post(unit_id=units[code], role=role, since=since) for code in codes]
        session.add(user)
        people[user.username] = user
    session.flush()
    return people


def stand_in(session: Session, people: dict[str, User], first: date, last: date) -> None:
    """One of the brigade is away on a course, a colleague stands in."""
    away, deputy = people["chengang"].id, people["tanghui"].id
    session.add(Deputy(absent_id=away, deputy_id=deputy, since=first, until=last, reason="参加执法人员轮训"))
