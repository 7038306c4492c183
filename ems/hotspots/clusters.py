"""How rows gather to clusters: pure reckoning over what the signals gave, no table.

Three ways. By enterprise, and by place where its name is written alike: so many occasions in the days looked back on.
By distance: of the points not yet taken, the one with the most others within 300 m takes them all; then the next
(greedy, over a grid of cells as wide as that, so that each point looks at nine cells alone). By rise: in a street and
of a medium more than the mean of the twelve weeks before and three times its root, for counts that come by chance
scatter about their mean by its root (Poisson).
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

NEAR = 300  # metres
BEFORE = 84  # days: the twelve weeks before those looked at
SCATTER = 3
SHORTEST = 3  # characters of a place that says where it is
METRES = 111_320  # of one degree of latitude
LEADING = re.compile(r"^(四川省)?(成都市)?(成都)?(高新技术产业开发区|高新区)?")
TRAILING = re.compile(r"(附近|旁边|门口|对面|周边|旁)$")


@dataclass(frozen=True)
class Sight:
    """One row as a signal saw it."""

    subject: str
    occasion: str
    weight: int
    day: date
    enterprise_id: int | None = None
    place: str = ""
    street_id: int | None = None
    point: tuple[float, float] | None = None  # longitude, latitude
    medium: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Cluster:
    kind: str
    key: str
    sights: Sequence[Sight]
    like: Sequence[Sight] = field(default=())  # of the same place over all the weeks looked at, for the bars
    mean: float | None = None  # of a rise

    @property
    def cases(self) -> int:
        return occasions(self.sights)

    @property
    def weight(self) -> int:
        """Of each occasion its heaviest row."""
        heaviest: dict[str, int] = {}
        for one in self.sights:
            heaviest[one.occasion] = max(one.weight, heaviest.get(one.occasion, 0))
        return sum(heaviest.values())

    @property
    def hidden(self) -> bool:
        return all(one.hidden for one in self.sights)

    @property
    def centre(self) -> tuple[float, float] | None:
        known = [one.point for one in self.sights if one.point]
        if not known:
            return None
        return sum(lon for lon, _lat in known) / len(known), sum(lat for _lon, lat in known) / len(known)


def occasions(sights: Iterable[Sight]) -> int:
    return len({one.occasion for one in sights})


def clusters(sights: Sequence[Sight], last: date, days: int, fewest: int, fewest_rise: int) -> Iterator[Cluster]:
    """Each row of an enterprise's cluster is in no place's, and of a named place's in no other; a rise counts all."""
    first = last - timedelta(days=days - 1)
    recent = [one for one in sights if first <= one.day <= last]
    taken: set[str] = set()
    for gather in (by_enterprise, by_place, by_distance):
        found = list(gather([one for one in recent if one.subject not in taken], sights, fewest))
        taken |= {one.subject for cluster in found for one in cluster.sights}
        yield from found
    yield from by_rise(sights, first, days, fewest_rise)


def by_enterprise(recent: Iterable[Sight], sights: Sequence[Sight], fewest: int) -> Iterator[Cluster]:
    like = grouped(sights, lambda one: one.enterprise_id)
    for id, found in grouped(recent, lambda one: one.enterprise_id).items():
        if occasions(found) >= fewest:
            yield Cluster("enterprise", f"enterprise:{id}", found, like[id])


def by_place(recent: Iterable[Sight], sights: Sequence[Sight], fewest: int) -> Iterator[Cluster]:
    like = grouped(sights, lambda one: alike(one.place))
    for place, found in grouped(recent, lambda one: alike(one.place)).items():
        if occasions(found) >= fewest:
            yield Cluster("place", f"place:{place}", found, like[place])


def grouped(sights: Iterable[Sight], by: Callable[[Sight], Any]) -> dict[Any, list[Sight]]:
    """In the order of what they are grouped by; what has nothing to be grouped by is left out."""
    found: defaultdict[Any, list[Sight]] = defaultdict(list)
    for one in sights:
        if key := by(one):
            found[key].append(one)
    return dict(sorted(found.items(), key=lambda item: str(item[0])))


@lru_cache(maxsize=50_000)  # each is asked three times, and most places come again
def alike(place: str) -> str:
    """A place without what people write differently: width, blanks and signs, the city before it, 附近 behind it."""
    text = "".join(c for c in unicodedata.normalize("NFKC", place).casefold() if c.isalnum())
    text = TRAILING.sub("", LEADING.sub("", text))
    return text if len(text) >= SHORTEST else ""


def distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres, on a flat earth: over a zone of some kilometres exact to centimetres."""
    narrow = math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot((a[0] - b[0]) * narrow, a[1] - b[1]) * METRES


def cell(point: tuple[float, float]) -> tuple[int, int]:
    high = NEAR / METRES
    return int(point[0] * math.cos(math.radians(point[1])) // high), int(point[1] // high)


class Grid:
    """Points by cell: what lies near a point lies in its cell or the eight about it."""

    def __init__(self, sights: Iterable[Sight]) -> None:
        self.cells: defaultdict[tuple[int, int], list[tuple[tuple[float, float], Sight]]] = defaultdict(list)
        for one in sights:
            if one.point:
                self.cells[cell(one.point)].append((one.point, one))

    def around(self, point: tuple[float, float]) -> list[Sight]:
        x, y = cell(point)
        near = (pair for i in (-1, 0, 1) for j in (-1, 0, 1) for pair in self.cells.get((x + i, y + j), ()))
        return [one for other, one in near if distance(point, other) <= NEAR]


def by_distance(recent: Iterable[Sight], sights: Sequence[Sight], fewest: int) -> Iterator[Cluster]:
    points = [one for one in recent if one.point]
    grid, whole = Grid(points), Grid(sights)
    near = {one.subject: grid.around(one.point) for one in points if one.point}
    taken: set[str] = set()
    for one in sorted(points, key=lambda one: (-len(near[one.subject]), one.day, one.subject)):
        found = [other for other in near[one.subject] if other.subject not in taken] if one.subject not in taken else []
        if occasions(found) >= fewest:
            taken |= {other.subject for other in found}
            made = Cluster("near", "", sorted(found, key=lambda other: (other.day, other.subject)))
            lon, lat = made.centre or (0.0, 0.0)
            yield Cluster("near", f"near:{lon:.4f},{lat:.4f}", made.sights, whole.around((lon, lat)))


def by_rise(sights: Sequence[Sight], first: date, days: int, fewest: int) -> Iterator[Cluster]:
    begin = first - timedelta(days=BEFORE)
    both = grouped(sights, lambda one: (one.street_id, one.medium) if one.street_id and one.medium else None)
    for (street, medium), all_of_them in both.items():
        recent = [one for one in all_of_them if one.day >= first]
        mean = occasions(one for one in all_of_them if begin <= one.day < first) * days / BEFORE
        if rises(occasions(recent), mean, fewest):
            yield Cluster("rise", f"rise:{street}:{medium}", recent, all_of_them, mean)


def rises(n: int, mean: float, fewest: int) -> bool:
    """More than chance: beyond the mean by three times its root, the root of one at least."""
    return n >= fewest and n > mean + SCATTER * math.sqrt(max(mean, 1.0))


def by_week(sights: Iterable[Sight], monday: date, n: int) -> list[int]:
    """Occasions in each of the `n` weeks that end with the one of `monday`."""
    found: list[set[str]] = [set() for _week in range(n)]
    for one in sights:
        ago = (monday - (one.day - timedelta(days=one.day.weekday()))).days // 7
        if 0 <= ago < n:
            found[n - 1 - ago].add(one.occasion)
    return [len(week) for week in found]
