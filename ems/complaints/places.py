"""Where it is, without a map: points as people write them, what lies near one, how else a place may be spelt."""

import re
import unicodedata
from math import cos, hypot, radians
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select

from ems.complaints.models import Complaint
from ems.core.db import db
from ems.core.people import Unit, UnitKind

NEAR = 300  # metres: one block, one trouble
METRES = 111_320  # of one degree of latitude
EAST, NORTH = (73.0, 136.0), (3.0, 54.0)  # China: no number can be both, so the order need not be told
ROUGH = 3  # decimals: with fewer a point stands for a square of a kilometre
SIGNS = re.compile(r"[东西南北经纬度EeNnWwSs:：°(（)）\[\]\s]+")
MINUTES = re.compile("['\"\u2032\u2033分秒]")  # of a degree
NUMBER = re.compile(r"-?\d{1,3}(?:\.(\d+))?")
EDGE = re.compile(r"(?<=[\u4e00-\u9fff])(?=\d)|(?<=\d)(?=[\u4e00-\u9fff])")


class Point(NamedTuple):
    """Degrees east and north. `doubt`: what the writer should look at again, in words."""

    longitude: float
    latitude: float
    doubt: str = ""


def read(said: str) -> Point:
    """`104.06, 30.55`, in either order. Raises ValueError with the sentence the person reads."""
    plain = unicodedata.normalize("NFKC", said).replace("、", ",").replace(";", ",")
    if MINUTES.search(plain):
        raise ValueError(_("请写成十进制度数，例如 104.0668, 30.5728。"))
    found = [NUMBER.fullmatch(part) for part in filter(None, re.split(r"[,\s]+", SIGNS.sub(" ", plain)))]
    if len(found) != 2 or not all(found):  # noqa: PLR2004  one east, one north
        raise ValueError(_("请写经度和纬度两个数，例如 104.0668, 30.5728。"))
    first, second = (float(part[0]) for part in found if part)
    rough = min(len(part[1] or "") for part in found if part) < ROUGH
    return placed(first, second, rough=rough)


def placed(first: float, second: float, *, rough: bool = False) -> Point:
    """Two numbers as a point of China. Raises ValueError for what lies elsewhere."""
    turned = inside(second, EAST) and inside(first, NORTH)
    if not turned and not (inside(first, EAST) and inside(second, NORTH)):
        raise ValueError(_("不在中国境内（经度 73–136，纬度 3–54），请核对坐标。"))
    east, north = (second, first) if turned else (first, second)
    doubts = [_("先写的是纬度，已按经度 %(east)s、纬度 %(north)s 读入。", east=east, north=north)] if turned else []
    doubts += [_("小数不足 3 位，误差可达 1 公里。")] if rough else []
    return Point(east, north, "".join(doubts))


def inside(value: float, span: tuple[float, float]) -> bool:
    return span[0] <= value <= span[1]


def near(point: Point, metres: int) -> ColumnElement[bool]:
    """Cases within so many metres. The box is what the index finds; the circle, plane at this size, is cut from it."""
    high = metres / METRES
    wide = high / cos(radians(point.latitude))
    north, east = Complaint.latitude - point.latitude, Complaint.longitude - point.longitude
    return and_(
        Complaint.latitude.between(point.latitude - high, point.latitude + high),
        Complaint.longitude.between(point.longitude - wide, point.longitude + wide),
        north * north / (high * high) + east * east / (wide * wide) <= 1,
    )


def metres_between(one: Point, other: Point) -> int:
    north = (one.latitude - other.latitude) * METRES
    east = (one.longitude - other.longitude) * METRES * cos(radians(one.latitude))
    return round(hypot(north, east))


def spellings(place: str) -> list[str]:
    """天府三街88号 is written in wide digits, too, and with blanks; an index takes words as they are."""
    said = place.strip()
    plain = " ".join(unicodedata.normalize("NFKC", said).split())
    tight = plain.replace(" ", "")
    return sorted({said, plain, tight, EDGE.sub(" ", tight)} - {""})


def streets() -> list[tuple[int, str]]:
    asked = select(Unit.id, Unit.name).where(Unit.kind == UnitKind.STREET, Unit.active).order_by(Unit.path, Unit.id)
    return [(id, name) for id, name in db.session.execute(asked)]
