"""Files of any record, kept once under the digest of what is in them."""

import hashlib
import mimetypes
import os
from datetime import datetime
from pathlib import Path
from typing import IO

import puremagic
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, Index, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core import dates
from ems.core.db import InUnit, Model, db, pk
from ems.core.errors import Refused
from ems.core.people import User

LARGEST = 20 * 1024 * 1024
TAKEN = {".pdf", ".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".docx", ".xlsx", ".xls", ".doc", ".csv", ".txt", ".zip", ".mp3", ".m4a", ".wav", ".mp4", ".ofd"}  # fmt: skip  # noqa: E501
PLAIN = {".csv", ".txt"}  # nothing in them says what they are


class Attachment(Model):
    """One file of one record; two records may have the same bytes."""

    __table_args__ = (Index("ix_attachment_subject", "subject_type", "subject_id", "id"),)

    id: Mapped[pk]
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    void: Mapped[bool] = mapped_column(default=False)

    by: Mapped[User | None] = relationship(lazy="joined")

    @property
    def path(self) -> Path:
        return place(self.digest)


def place(digest: str) -> Path:
    return Path(current_app.config["FILES"]) / digest[:2] / digest


def store(content: bytes) -> str:
    """Keep the bytes; the same ones are kept once. Returns their SHA-256."""
    digest = hashlib.sha256(content).hexdigest()
    path = place(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(path)  # whole or not at all
    return digest


def attach(row: InUnit, name: str, file: IO[bytes], user: User | None, note: str = "") -> Attachment:
    """Keep an uploaded file with `row`. Raises `Refused` for what is too large, empty or of a kind not taken."""
    content, name = file.read(LARGEST + 1), row.veil(name)
    kind = Path(name).suffix.lower()
    if not content:
        raise Refused(_("文件“%(name)s”是空的，请重新选择。", name=name))
    if len(content) > LARGEST:
        raise Refused(_("文件“%(name)s”超过 20 MB，请压缩或拆分后再传。", name=name))
    if kind not in TAKEN or not sniffed(content, kind):
        raise Refused(_("不能接收“%(name)s”：文件类型不在允许之列，或内容与扩展名不符。", name=name))
    about = {"subject_type": row.__tablename__, "subject_id": row.id, "at": dates.now()}
    kept = Attachment(**about, name=name[-200:], type=mime(kind), size=len(content), digest=store(content), note=note)
    kept.by_id = user.id if user else None
    db.session.add(kept)
    return kept


def sniffed(content: bytes, kind: str) -> bool:
    """Whether what is in it is what its name says."""
    if kind in PLAIN:
        return b"\0" not in content[:4096]
    try:
        found = {match.extension for match in puremagic.magic_string(content)}
    except puremagic.PureError:
        return False
    same = ({".jpg", ".jpeg", ".jfif"}, {".docx", ".xlsx", ".zip", ".ofd"}, {".doc", ".xls"}, {".m4a", ".mp4", ".heic"})
    return bool(found & next((group for group in same if kind in group), {kind}))


def mime(kind: str) -> str:
    return mimetypes.types_map.get(kind, "application/octet-stream")


def of(row: InUnit) -> Select[Attachment]:
    about = (Attachment.subject_type == row.__tablename__, Attachment.subject_id == row.id, ~Attachment.void)
    return select(Attachment).where(*about).order_by(Attachment.id)
