"""What a phone sends from the spot: answers, photographs, signatures; and what comes of them."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO

from flask_babel import force_locale, gettext as _
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from ems.core import attachments, dates
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.core.workflow import step
from ems.inspections.field_models import FieldFile, Sort
from ems.inspections.forms import FieldForm
from ems.inspections.models import Inspection
from ems.inspections.moves import DONE

PNG = "data:image/png;base64,"
MOST = 400_000  # characters of a signature: far more than a finger draws
LARGEST = 8 * 1024 * 1024  # bytes of a picture that a phone made smaller before
SIGNATURE, OFFICER = "signature", "officer"  # begin the notes of signatures' files


@dataclass(frozen=True)
class Album:
    """The pictures of one inspection, each kept once: a form that was refused is sent again with the same ones."""

    of: Inspection
    by: User
    known: dict[str, Attachment]

    def add(self, name: str, file: IO[bytes], note: str) -> Attachment:
        """The picture, or the same one that was there before. Raises `Refused` for what is none."""
        kept = attachments.attach(self.of, name, file, self.by, note)
        if kept.digest in self.known:
            db.session.expunge(kept)
        return self.known.setdefault(kept.digest, kept)

    def fault(self, name: str, file: IO[bytes], note: str) -> str | None:
        """What is wrong with it, if it could not be taken."""
        try:
            self.add(name, file, note)
        except Refused as error:
            return str(error)
        return None


def album(inspection: Inspection, user: User) -> Album:
    known = {kept.digest: kept for kept in db.session.scalars(attachments.of(inspection)).unique()}
    return Album(inspection, user, known)


def keep(inspection: Inspection, form: FieldForm, user: User) -> list[str]:
    """Write down all that was sent, finished or not, and say which files could not be taken. Not committed."""
    form.populate_obj(inspection)
    book = album(inspection, user)
    note = " ".join(filter(None, (f"{dates.local(dates.now()):%m-%d %H:%M}", (form.photo_place.data or "").strip())))
    sent = [photo for photo in form.photos.data or [] if isinstance(photo, FileStorage) and photo.filename]
    faults = [book.fault(photo.filename or "", photo.stream, note) for photo in sent]
    faults.append(sign(book, form))
    return [fault for fault in faults if fault]


def sign(book: Album, form: FieldForm) -> str | None:
    sent = form.signature.data or ""
    if not sent:
        return None
    if (drawn := png(sent)) is None:
        return _("签名没有读出来，请重签。")
    note = f"{SIGNATURE} {form.person_present.data}"[:200]
    return book.fault(_("当事人签名") + ".png", BytesIO(drawn), note)


def png(sent: str) -> bytes | None:
    """The picture in a data URL, if it is one."""
    if not sent.startswith(PNG) or len(sent) > MOST:
        return None
    try:
        return base64.b64decode(sent.removeprefix(PNG), validate=True)
    except binascii.Error:
        return None


@dataclass(frozen=True)
class Taken:
    """What the phone says of one picture. `at` by its own clock, which was `ahead` of ours when it sent."""

    key: str
    sort: Sort
    at: datetime
    ahead: timedelta
    signer_id: int | None = None
    point: tuple[float, float] | None = None  # latitude, longitude
    accuracy: int | None = None


def receive(inspection: Inspection, user: User, file: FileStorage, taken: Taken) -> FieldFile:
    """Keep one picture. Not committed. Raises `Refused`."""
    if taken.sort is Sort.OFFICER and taken.signer_id not in {inspection.lead_id, inspection.second_id}:
        raise Refused(_("签名的人不是这次检查的检查人员，请先选第二名检查人，再重签。"))
    content = file.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(_("照片超过 8 MB，没有接收。"))
    name = file.filename or "photo.jpg"
    known = FieldFile(
        client_key=taken.key, inspection_id=inspection.id, sort=taken.sort, signer_id=taken.signer_id, by_id=user.id,
        taken_at=taken.at, received_at=dates.now(), ahead=round(taken.ahead.total_seconds()),
        latitude=taken.point and taken.point[0], longitude=taken.point and taken.point[1], accuracy=taken.accuracy,
    )  # fmt: skip
    known.attachment = album(inspection, user).add(name, BytesIO(content), noted(inspection, known))
    db.session.add(known)
    if inspection.state is DONE:  # taken before the end, and sent after it
        db.session.add(step(inspection, user, _("补传现场影像：%(name)s", name=name)))
    return known


def noted(inspection: Inspection, known: FieldFile) -> str:
    """Under the picture: when and where; a clock that is wrong is told."""
    if known.sort is Sort.PARTY:
        return f"{SIGNATURE} {inspection.person_present}"[:200]
    if known.sort is Sort.OFFICER:
        return f"{OFFICER} {known.signer_id}"
    place = f"{known.latitude:.5f},{known.longitude:.5f}" if known.latitude is not None else ""
    with force_locale("zh_CN"):  # it stands on the paper
        minutes = abs(known.ahead) // 60
        wrong = _("手机时间快 %(n)s 分钟", n=minutes) if known.ahead > 0 else _("手机时间慢 %(n)s 分钟", n=minutes)
    return " ".join(filter(None, (f"{dates.local(known.taken_at):%m-%d %H:%M}", place, wrong if known.astray else "")))


def received(key: str) -> FieldFile | None:
    return db.session.scalar(select(FieldFile).where(FieldFile.client_key == key))


def pictures(inspection: Inspection) -> tuple[list[Attachment], Attachment | None]:
    """The photographs, and the party's last signature."""
    found = [kept for kept in db.session.scalars(attachments.of(inspection)).unique() if kept.type.startswith("image/")]
    signed = [kept for kept in found if kept.note.startswith(SIGNATURE)]
    photos = [kept for kept in found if not kept.note.startswith((SIGNATURE, OFFICER))]
    return photos, signed[-1] if signed else None


def signatures(inspection: Inspection) -> dict[int, Attachment]:
    """The last signature of each officer, by whose it is."""
    found = db.session.scalars(attachments.of(inspection)).unique()
    signed = [kept for kept in found if kept.note.startswith(f"{OFFICER} ")]
    return {int(kept.note.split()[1]): kept for kept in signed if kept.note.split()[1].isdecimal()}
