"""The last inspections as they were signed on a phone: strokes on a white ground, the same ones for the same day."""

import math
import struct
import zlib
from datetime import timedelta
from io import BytesIO
from random import Random

from sqlalchemy import select

from ems.core import dates
from ems.core.db import db
from ems.demo.world import SEED, World
from ems.inspections import field
from ems.inspections.field_models import FieldFile, Sort
from ems.inspections.models import LAW, Inspection, InspectionState, Refusal

LAST = 4  # inspections
WIDE, HIGH, PEN = 300, 90, 2  # pixels


def build(world: World) -> list[FieldFile]:
    """Those of the party and of both officers. Only what is done, by law, with somebody there who signed."""
    signed = (Inspection.person_present != "", Inspection.refusal == Refusal.NONE, Inspection.second_id.isnot(None))
    done = (Inspection.state == InspectionState.DONE, Inspection.type.in_(sorted(LAW)), *signed)
    rows = select(Inspection).where(*done).order_by(Inspection.done_on.desc(), Inspection.id.desc()).limit(LAST)
    return [one for row in world.session.scalars(rows).all() for one in sign(row)]


def sign(row: Inspection) -> list[FieldFile]:
    names: list[tuple[Sort, int | None, str]] = [(Sort.PARTY, None, row.person_present)]
    names += [(Sort.OFFICER, person.id, person.name) for person in row.officers]
    found, at = [], (row.ended_at or dates.now()) - timedelta(minutes=2)
    with dates.stopped(at):
        book = field.album(row, row.lead)
        for sort, id, name in names:
            one = FieldFile(
                client_key=f"demo-{row.id}-{sort}-{id}", inspection_id=row.id, sort=sort, signer_id=id,
                by_id=row.lead_id, taken_at=at, received_at=at, ahead=0,
            )  # fmt: skip
            picture = BytesIO(drawn(Random(f"{SEED} {name}"), len(name)))
            one.attachment = book.add(f"{name}签名.png", picture, field.noted(row, one))
            found.append(one)
    db.session.add_all(found)
    return found


def drawn(dice: Random, signs: int) -> bytes:
    """A line as a hand writes it, one knot for each sign of the name, as PNG."""
    rows = [bytearray(b"\xff" * WIDE) for _n in range(HIGH)]
    for n in range(signs):
        left, turns = 30 + n * 80, [dice.uniform(0.6, 2.6) for _n in range(4)]
        for step in range(900):
            at = step / 900 * 2 * math.pi
            x = left + 28 + 26 * math.sin(turns[0] * at) * math.cos(turns[1] * at / 2) + at * 3
            y = HIGH / 2 + 28 * math.sin(turns[2] * at + turns[3])
            for down in range(PEN):
                rows[min(int(y) + down, HIGH - 1)][min(int(x), WIDE - PEN)] = 25
                rows[min(int(y) + down, HIGH - 1)][min(int(x) + 1, WIDE - 1)] = 25
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    head = struct.pack(">IIBBBBB", WIDE, HIGH, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
