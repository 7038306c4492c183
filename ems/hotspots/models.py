"""A hot-spot (热点): what gathered at an enterprise, a place or in a street in one week's look back."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User
from ems.core.sets import DATA
from ems.enterprises.models import Enterprise


class SpotKind(Choice):
    ENTERPRISE = "enterprise", _l("同一企业")
    PLACE = "place", _l("同一地点")
    NEAR = "near", _l("300 米以内")
    RISE = "rise", _l("街道突增")


class SpotState(Choice):
    PROPOSED = "proposed", _l("待决定")
    ACCEPTED = "accepted", _l("已采纳")
    DECLINED = "declined", pgettext("state", "不采纳")
    LAPSED = "lapsed", _l("并入后一周")


SpotState.TONE = {  # type: ignore[attr-defined]
    "proposed": "run", "accepted": "done", "declined": "stop", "lapsed": "stop",
}  # fmt: skip


class Proposal(Choice):
    INSPECTION = "inspection", _l("专项检查")
    ASPECT = "aspect", _l("环境因素重新评价")
    BOTH = "both", _l("专项检查并重新评价")


class Decline(Choice):
    """Why nothing is done, in the words most often needed."""

    UNDER_WAY = "under_way", _l("已在办理，不重复安排")
    FADED = "faded", _l("近期已消退")
    ONE_CALLER = "one_caller", _l("同一人反复投诉")
    UNFOUNDED = "unfounded", _l("经核实不属实")
    NOT_OURS = "not_ours", _l("不属本局职责")
    OTHER = "other", _l("其他")


class Hotspot(InUnit):
    """One cluster in one week. `unit` decides: the bureau, wherever the cluster lies."""

    area = "hotspots"
    __table_args__ = (
        UniqueConstraint("week_on", "key"),
        CheckConstraint("state NOT IN ('accepted', 'declined') OR decided_on IS NOT NULL", "decided_has_date"),
        CheckConstraint("(state <> 'declined') OR (decline IS NOT NULL AND reason <> '')", "declined_has_reason"),
        Index("ix_hotspot_week", "week_on", "id"),
        Index("ix_hotspot_key", "key", "week_on"),
        Index("ix_hotspot_enterprise", "enterprise_id", "week_on"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    week_on: Mapped[date]  # its Monday
    kind: Mapped[SpotKind]
    key: Mapped[str] = mapped_column(String(240))  # what it is told by, week after week
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    place: Mapped[str] = mapped_column(String(200), default="")
    street_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    medium: Mapped[str] = mapped_column(String(20), default="")
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    hidden: Mapped[bool] = mapped_column(default=False)  # every row is confidential: only the number leaves the house

    rows: Mapped[list[str]] = mapped_column(DATA)  # "complaint:12"
    cases: Mapped[int]  # occasions: what one visit found counts once
    score: Mapped[int]
    run: Mapped[int] = mapped_column(default=1)  # weeks in succession
    why: Mapped[list[dict[str, Any]]] = mapped_column(DATA)
    weeks: Mapped[list[int]] = mapped_column(DATA)  # occasions in each of the last weeks, this one last
    proposal: Mapped[Proposal]

    state: Mapped[SpotState] = mapped_column(default=SpotState.PROPOSED)
    proposed_on: Mapped[date]  # for the first time: what nobody decided goes on to count
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("hotspot.id"))
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decline: Mapped[Decline | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    results: Mapped[list[str]] = mapped_column(DATA, default=list)  # what came of it: "inspection:5", "task:9"
    act_by_on: Mapped[date | None]  # fourteen days after it was accepted

    unit: Mapped[Unit] = relationship(foreign_keys="Hotspot.unit_id")
    street: Mapped[Unit | None] = relationship(foreign_keys=[street_id])
    enterprise: Mapped[Enterprise | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    previous: Mapped["Hotspot | None"] = relationship(remote_side="Hotspot.id")
