"""What a phone sends from the spot: answers, photographs, a signature; and what comes of them."""

import base64
import binascii
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ems.core import attachments, dates
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import User
from ems.inspections.forms import FieldForm
from ems.inspections.models import Inspection

PNG = "data:image/png;base64,"
MOST = 400_000  # characters of a signature: far more than a finger draws
SIGNATURE = "signature"  # begins the note of a signature's file


@dataclass(frozen=True)
class Album:
    """The pictures of one inspection, each kept once: a form that was refused is sent again with the same ones."""

    of: Inspection
    by: User
    known: set[str]

    def add(self, name: str, file: IO[bytes], note: str) -> str | None:
        """What is wrong with it, if it could not be taken."""
        try:
            kept = attachments.attach(self.of, name, file, self.by, note)
        except Refused as error:
            return str(error)
        if kept.digest in self.known:
            db.session.expunge(kept)
        self.known.add(kept.digest)
        return None


def keep(inspection: Inspection, form: FieldForm, user: User) -> list[str]:
    """Write down all that was sent, finished or not, and say which files could not be taken. Not committed."""
    form.populate_obj(inspection)
    album = Album(inspection, user, {kept.digest for kept in db.session.scalars(attachments.of(inspection)).unique()})
    note = " ".join(filter(None, (f"{dates.local(dates.now()):%m-%d %H:%M}", (form.photo_place.data or "").strip())))
    sent = [photo for photo in form.photos.data or [] if isinstance(photo, FileStorage) and photo.filename]
    faults = [album.add(photo.filename or "", photo.stream, note) for photo in sent]
    faults.append(sign(album, form))
    return [fault for fault in faults if fault]


def sign(album: Album, form: FieldForm) -> str | None:
    sent = form.signature.data or ""
    if not sent:
        return None
    if (drawn := png(sent)) is None:
        return _("签名没有读出来，请重签。")
    note = f"{SIGNATURE} {form.person_present.data}"[:200]
    return album.add(_("当事人签名") + ".png", BytesIO(drawn), note)


def png(sent: str) -> bytes | None:
    """The picture in a data URL, if it is one."""
    if not sent.startswith(PNG) or len(sent) > MOST:
        return None
    try:
        return base64.b64decode(sent.removeprefix(PNG), validate=True)
    except binascii.Error:
        return None


def pictures(inspection: Inspection) -> tuple[list[Attachment], Attachment | None]:
    """The photographs, and the last signature."""
    found = [kept for kept in db.session.scalars(attachments.of(inspection)).unique() if kept.type.startswith("image/")]
    signed = [kept for kept in found if kept.note.startswith(SIGNATURE)]
    return [kept for kept in found if kept not in signed], signed[-1] if signed else None
