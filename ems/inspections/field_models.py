"""What a phone says of a picture beside the picture itself."""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.attachments import Attachment
from ems.core.db import Choice, Model, by_user, pk

ASTRAY = timedelta(minutes=10)  # a phone's clock may differ by this much before it is noted


class Sort(Choice):
    PHOTO = "photo", _l("照片")
    PARTY = "party", _l("当事人签名")
    OFFICER = "officer", _l("检查人签名")


class FieldFile(Model):
    """A photograph or a signature from the spot (现场影像): sent again under its key, it adds nothing."""

    __tablename__ = "field_file"
    __table_args__ = (
        CheckConstraint("(sort = 'officer') = (signer_id IS NOT NULL)", "officer_has_name"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", "point_is_whole"),
    )

    id: Mapped[pk]
    client_key: Mapped[str] = mapped_column(String(60), unique=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"))
    sort: Mapped[Sort]
    signer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # of an officer's signature
    by_id: Mapped[by_user] = mapped_column()
    taken_at: Mapped[datetime]  # by the phone's clock
    received_at: Mapped[datetime]
    ahead: Mapped[int]  # seconds by which the phone's clock was before ours when it sent; negative: behind
    latitude: Mapped[float | None]  # degrees, WGS-84
    longitude: Mapped[float | None]
    accuracy: Mapped[int | None]  # metres

    attachment: Mapped[Attachment] = relationship()

    @property
    def astray(self) -> bool:
        return abs(self.ahead) > ASTRAY.total_seconds()
