"""Ten thousand cases to measure with: made up, the same at every run."""

import random
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from ems.complaints.models import Channel, Complaint, ComplaintState, Identity, Matter, Medium
from ems.core import search, seeds, settle
from ems.core.db import db
from ems.core.people import Post, Role, Unit, UnitKind, User
from ems.people.passwords import hashed

PASSWORD = "Ceshi-2026-biao"
TODAY = date(2026, 11, 24)
PLACES = ("天府三街", "府城大道", "益州大道", "锦城路", "中和大道", "肖家河东街")
WHAT = ("餐馆油烟直排", "夜间施工噪声", "污水外溢", "刺鼻异味", "露天焚烧", "堆放建筑垃圾")
MORE = ("多次反映没有结果", "影响老人和孩子休息", "希望尽快查明来源", "晚上八点以后最严重", "附近居民意见很大")
STATES = (ComplaintState.REGISTERED, ComplaintState.ASSIGNED, ComplaintState.INVESTIGATING, ComplaintState.CLOSED)


def fill(n: int, *, days: int = 1000) -> None:
    """An empty database, the base data, one officer who sees all, `n` cases of so many `days` with duties and index."""
    db.create_all()
    seeds.rules(db.session())
    seeds.workdays(db.session())
    unit = seeds.plant(db.session(), Unit(code="keji", name="科技局（环保处）", kind=UnitKind.DEPARTMENT), None)
    units = [unit] + [
        seeds.plant(db.session(), Unit(code=f"u{k}", name=f"第{k}街道办事处", kind=UnitKind.STREET), unit)
        for k in range(30)
    ]
    user = User(username="bench", name="测量员", must_change=False, password_hash=hashed(PASSWORD))
    user.posts = [Post(unit_id=unit.id, role=role, since=date(2020, 1, 1)) for role in (Role.CHIEF, Role.HOTLINE)]
    db.session.add(user)
    db.session.commit()
    rng = random.Random(14001)
    for at in range(0, n, 5000):
        made = [row(rng, number, units, user.id, days) for number in range(at, min(n, at + 5000))]
        db.session.execute(insert(Complaint.__table__), made)
    settle.settle(db.session(), Complaint)
    search.rebuild(db.session(), Complaint)
    db.session.commit()


def row(rng: random.Random, number: int, units: list[Unit], user: int, days: int) -> dict[str, Any]:
    received = TODAY - timedelta(days=rng.randrange(0, days))
    closed = received < TODAY - timedelta(days=30)
    state = ComplaintState.CLOSED if closed else rng.choice(STATES[:3])
    place, what = rng.choice(PLACES), rng.choice(WHAT)
    words = "，".join(rng.sample(MORE, 3)) + ("，疑似苯胺" if rng.random() < 0.005 else "")
    day = received + timedelta(days=3)
    known = dict.fromkeys(("answered_on", "closed_on", "concluded_on", "revisited_on"), day if closed else None)
    return {
        "no": f"TS-{received.year}-{number:06d}", "query_code": "000000", "channel": rng.choice(list(Channel)[:5]),
        "matter": Matter.COMPLAINT, "medium": rng.choice(list(Medium)), "title": f"{place}{what}",
        "text": f"{place} {rng.randrange(1, 300)} 号附近{what}，{words}。",
        "place": f"{place} {rng.randrange(1, 300)} 号",
        "enterprise_name": "", "document_no": "", "identity": Identity.OPEN, "state": state, "taken_by_id": user,
        "handler_id": user if rng.random() < 0.02 else None, "received_on": received,
        "decided_on": received, "notified_on": received, "accepted_on": received, "assigned_on": received,
        "transferred_to": "", "handling": "", "extended_days": 0, "historical": False, "reported_state": "",
        "reported_channel": "", "unit_id": rng.choice(units).id, **known,
    }  # fmt: skip


def ids(n: int) -> list[int]:
    return list(db.session.scalars(select(Complaint.id).order_by(Complaint.id.desc()).limit(n)))
