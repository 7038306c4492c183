"""Each week anew: what the signals show is gathered, proposed once, and carried on where nobody decided it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import select

from ems.core import dates, module, numbers
from ems.core.db import db
from ems.core.people import Post, Role, Unit, User
from ems.core.settings import setting
from ems.core.workflow import carry_out, step
from ems.enterprises.models import Enterprise
from ems.hotspots.clusters import BEFORE, NEAR, Cluster, Sight, by_week, clusters, distance, occasions
from ems.hotspots.models import Hotspot, Proposal, SpotKind
from ems.hotspots.moves import ACCEPTED, DECLINED, LAPSE, PROPOSED

WEEK = timedelta(days=7)
BARS = 13  # weeks drawn
REMEMBERED = 5  # weeks in which a cluster is known again
MOST = 40  # new ones a week, the heaviest first: more than these nobody decides
LONG = 3  # weeks in succession after which an inspection alone will not do


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Bounds:
    """What the settings say."""

    days: int
    fewest: int
    fewest_rise: int

    def fewest_of(self, kind: str) -> int:
        return self.fewest_rise if kind == SpotKind.RISE else self.fewest


def bounds() -> Bounds:
    return Bounds(*(int(setting(f"hotspots.{name}")) for name in ("days", "fewest", "fewest_rise")))


@dataclass(frozen=True)
class Done:
    """What one reckoning made of the week."""

    new: int
    again: int  # of this week, brought up to date
    left: int  # beyond MOST

    def __str__(self) -> str:
        said = _("新提出热点 %(n)s 处，更新 %(m)s 处", n=self.new, m=self.again)
        return said + (_("；另有 %(n)s 处分值较低，未列出", n=self.left) if self.left else "")


def sights(first: date, last: date) -> list[Sight]:
    return [sight(signal, row) for signal in module.signals() for row in db.session.execute(signal.rows((first, last)))]


def sight(signal: Any, row: Any) -> Sight:
    point = None if row.longitude is None or row.latitude is None else (float(row.longitude), float(row.latitude))
    occasion = f"{signal.code}:{row.occasion}"
    medium = "" if row.medium is None else str(getattr(row.medium, "value", row.medium))
    where = (row.enterprise_id, row.place or "", row.street_id, point, medium, bool(row.hidden))
    return Sight(f"{signal.subject}:{row.id}", occasion, signal.weight, row.day, *where)


def reckon() -> Done:
    """The week of today. Asked again it changes nothing that was decided and proposes nothing twice. Not committed."""
    today, asked = dates.today(), bounds()
    seen = sights(today - timedelta(days=asked.days - 1 + BEFORE), today)
    week = monday(today)
    known = memory(week)
    found = sorted(clusters(seen, today, asked.days, asked.fewest, asked.fewest_rise), key=lambda c: (-c.weight, c.key))
    made = again = left = 0
    used: set[str] = set()
    for cluster in found:
        key = same_place(cluster, known, used) or cluster.key
        used.add(key)
        before = known.get(key)
        if before is not None and before.week_on == week:
            again += refreshed(before, cluster, asked)
        elif decided_anew(before, cluster, asked):
            if made < MOST:
                known[key] = propose(key, cluster, before, asked)
                made += 1
            else:
                left += 1
    return Done(made, again, left)


def memory(week: date) -> dict[str, Hotspot]:
    """The last of each key, of this week or the few before."""
    rows = select(Hotspot).where(Hotspot.week_on.between(week - REMEMBERED * WEEK, week))
    return {key_now(spot): spot for spot in db.session.scalars(rows.order_by(Hotspot.week_on, Hotspot.id))}


def key_now(spot: Hotspot) -> str:
    """An enterprise's by the file it is in now: what was decided of a merged one is known of the one that was kept."""
    return f"enterprise:{spot.enterprise_id}" if spot.kind is SpotKind.ENTERPRISE else spot.key


def same_place(cluster: Cluster, known: dict[str, Hotspot], used: set[str]) -> str | None:
    """A cluster by distance has its key from where it was first: its centre moves a little every day."""
    if cluster.kind != SpotKind.NEAR or cluster.centre is None:
        return None
    near = [
        (distance(cluster.centre, (spot.longitude, spot.latitude)), key)
        for key, spot in known.items()
        if key not in used and spot.kind is SpotKind.NEAR and spot.longitude is not None and spot.latitude is not None
    ]
    return min((one for one in near if one[0] <= NEAR), default=(0, None))[1]


def decided_anew(before: Hotspot | None, cluster: Cluster, asked: Bounds) -> bool:
    """What was decided is asked again only when as many came after the decision as make a hot-spot."""
    if before is None or before.state not in {ACCEPTED, DECLINED}:
        return True
    return fresh(before, cluster) >= asked.fewest_of(cluster.kind)


def fresh(before: Hotspot, cluster: Cluster) -> int:
    day = before.decided_on or before.week_on
    return occasions(one for one in cluster.sights if one.day > day)


def refreshed(spot: Hotspot, cluster: Cluster, asked: Bounds) -> int:
    if spot.state is PROPOSED:
        weigh(spot, cluster, spot.previous, asked)
    return int(spot.state is PROPOSED)


def propose(key: str, cluster: Cluster, before: Hotspot | None, asked: Bounds) -> Hotspot:
    today = dates.today()
    desk = deciding_unit()
    spot = Hotspot(key=key, kind=SpotKind(cluster.kind), week_on=monday(today), proposed_on=today, unit_id=desk)
    spot.owner_id = head_of(desk)
    spot.run = before.run + 1 if before and before.week_on == spot.week_on - WEEK else 1
    spot.previous_id = before.id if before else None
    year, week, _day = spot.week_on.isocalendar()
    number = numbers.take(db.session(), f"RD-W{week:02d}", year)[0]
    spot.no = f"RD-{year}-W{week:02d}-{int(number.rsplit('-', 1)[1]):02d}"
    if before is not None and before.state is PROPOSED:
        spot.proposed_on = before.proposed_on  # nobody wins time by not deciding
        carry_on(before, spot)
    locate(spot, cluster)
    weigh(spot, cluster, before, asked)
    db.session.add(spot)
    db.session.flush()
    db.session.add(step(spot, None, move="propose", after=spot.state))
    return spot


def carry_on(before: Hotspot, spot: Hotspot) -> None:
    nobody: Any = None
    carry_out(LAPSE, nobody, before, _("并入 %(no)s。", no=spot.no))


def locate(spot: Hotspot, cluster: Cluster) -> None:
    """Where it is, and what it is called; a place that only confidential cases name is not said."""
    first = cluster.sights[0]
    if cluster.kind == SpotKind.ENTERPRISE:
        spot.enterprise_id = first.enterprise_id
    spot.street_id = next((one.street_id for one in cluster.sights if one.street_id), None)
    if cluster.kind == SpotKind.RISE:  # all over the street: no one place stands for it
        spot.medium = first.medium
    else:
        spot.place = next((one.place for one in cluster.sights if one.place and not one.hidden), "")[:200]
        spot.longitude, spot.latitude = cluster.centre or (None, None)
    with force_locale("zh_CN"):
        spot.title = headline(spot)[:200]


def headline(spot: Hotspot) -> str:
    street = db.session.get(Unit, spot.street_id) if spot.street_id else None
    where = street.name if street else _("未注明街道")
    if spot.kind is SpotKind.RISE:
        return f"{where} · {medium_label(spot.medium)}"
    if spot.kind is SpotKind.ENTERPRISE:
        found = db.session.get(Enterprise, spot.enterprise_id or 0)
        return found.name if found else where
    return spot.place or _("%(where)s 某处", where=where)


def medium_label(code: str) -> str:
    media = (signal.media for signal in module.signals() if signal.media)
    return next((str(of(code).label) for of in media if code in {one.value for one in of}), code)


def weigh(spot: Hotspot, cluster: Cluster, before: Hotspot | None, asked: Bounds) -> None:
    """Its rows, its reasons, its score: the weights of its occasions, and two for each further week in succession."""
    spot.rows = [one.subject for one in cluster.sights]
    spot.cases, spot.hidden = cluster.cases, cluster.hidden
    spot.weeks = by_week(cluster.like, spot.week_on, BARS)
    spot.score = cluster.weight + 2 * (spot.run - 1)
    spot.why = list(reasons(spot, cluster, before, asked))
    spot.proposal = proposal(spot, asked)


def reasons(spot: Hotspot, cluster: Cluster, before: Hotspot | None, asked: Bounds) -> Iterator[dict[str, Any]]:
    main: dict[str, Any] = {"code": cluster.kind, "n": cluster.cases, "days": asked.days}
    if cluster.mean is not None:
        yield main | {"mean": f"{cluster.mean:.1f}"}
    else:
        near = {"metres": NEAR} if cluster.kind == SpotKind.NEAR else {}
        yield main | {"fewest": asked.fewest} | near
    signals = sorted({one.occasion.split(":")[0] for one in cluster.sights})
    if len(signals) > 1:
        for code in signals:
            n = occasions(one for one in cluster.sights if one.occasion.startswith(f"{code}:"))
            yield {"code": "of", "signal": code, "n": n}
    if spot.run > 1:
        yield {"code": "run", "n": spot.run}
    if before is not None and before.state in {ACCEPTED, DECLINED}:
        yield {"code": "fresh", "n": fresh(before, cluster)}


def proposal(spot: Hotspot, asked: Bounds) -> Proposal:
    """A rise is a matter of the aspect; one place is inspected; what is twice enough or does not end asks for both."""
    if spot.kind is SpotKind.RISE:
        return Proposal.ASPECT
    lasting = spot.run >= LONG or spot.cases >= 2 * asked.fewest
    return Proposal.BOTH if lasting else Proposal.INSPECTION


def deciding_unit() -> int:
    """The desk that the settings name; without it the topmost unit."""
    rows = select(Unit.id).order_by(Unit.code != setting("complaints.desk"), Unit.path, Unit.id).limit(1)
    return db.session.scalars(rows).one()


def head_of(unit_id: int) -> int | None:
    day = dates.today()
    held = (Post.unit_id == unit_id, Post.role == Role.CHIEF, Post.since <= day)
    rows = select(Post.user_id).where(*held, Post.until.is_(None) | (Post.until >= day), User.active)
    return db.session.scalars(rows.join(User, User.id == Post.user_id).order_by(Post.id).limit(1)).first()
