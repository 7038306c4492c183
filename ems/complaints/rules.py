"""What the register shows, and which clocks run on a complaint."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ems.complaints import places, stages
from ems.complaints.models import Channel, Complaint, ComplaintState, Medium
from ems.complaints.moves import ACCEPTED, ANSWERED, MERGED, OPEN, OVER, REGISTERED, RETURNED, VOID
from ems.core.db import db
from ems.core.duties import Clock, late
from ems.core.errors import Refused
from ems.core.people import Unit, User
from ems.core.register import Column, Filter, Register, View
from ems.enterprises.registers import numbered

HANDLER, STREET = aliased(User), aliased(Unit)
RADII = {"1000": _l("1 公里"), "3000": _l("3 公里")}


def named(rows: Select[Any]) -> Select[Any]:
    rows = rows.join(Unit, Unit.id == Complaint.unit_id).outerjoin(HANDLER, HANDLER.id == Complaint.handler_id)
    return rows.outerjoin(STREET, STREET.id == Complaint.street_id)


def units() -> list[tuple[int, str]]:
    return [
        (id, name) for id, name in db.session.execute(select(Unit.id, Unit.name).where(Unit.active).order_by(Unit.path))
    ]


def in_state(value: str) -> ColumnElement[bool]:
    return Complaint.state.in_(OPEN) if value == "open" else Complaint.state == ComplaintState(value)


def untold(rows: Sequence[Any], nexts: Mapping[int, Any]) -> set[int]:
    """Of a list's rows those of old tables, whose days nobody can tell; the others without a day have none to keep."""
    ids = [row[0] for row in rows if row[0] not in nexts]
    old = select(Complaint.id).where(Complaint.id.in_(ids), Complaint.historical).order_by(Complaint.id)
    return set(db.session.scalars(old)) if ids else set()


def around(point: str, radius: str) -> ColumnElement[bool]:
    """Within so many metres of a point; of three hundred, unless one of the others is asked for."""
    try:
        return places.near(places.read(point), int(radius) if radius in RADII else places.NEAR)
    except ValueError as error:
        raise Refused(_("坐标附近：%(why)s", why=error)) from error


REGISTER = Register(
    name=_l("投诉举报"),
    model=Complaint,
    columns=(
        Column("no", _l("编号"), Complaint.no, sort=True),
        Column("title", _l("事项"), Complaint.title, "title", ("标题", "主题", "subject", "诉求标题"), width=36),
        Column("enterprise", _l("企业"), Complaint.enterprise_name, "enterprise_name",
               ("被投诉企业", "被投诉单位", "企业名称"), width=24),
        Column("channel", _l("来源"), Complaint.channel, "channel", ("信息来源", "投诉渠道", "渠道", "受理渠道"),
               choice=Channel),
        Column("medium", _l("要素"), Complaint.medium, "medium", ("类别", "污染类型", "投诉类别"), choice=Medium),
        Column("state", _l("状态"), Complaint.state, "reported_state", ("stateInfo", "办理状态", "办理情况"),
               choice=ComplaintState, kind="state"),
        Column("unit", _l("承办"), Unit.name, "unit_id", ("承办单位", "责任单位"), width=20),
        Column("handler", _l("经办人"), HANDLER.name),
        Column("received_on", _l("收到"), Complaint.received_on, "received_on",
               ("受理时间", "收到日期", "登记日期", "时间", "投诉时间", "dateline", "来件日期"), kind="date",
               sort=True),
        Column("place", _l("地点"), Complaint.place, "place", ("投诉地点", "发生地点", "区域", "河流", "forumName"),
               listed=False, width=28),
        Column("street", _l("所在街道"), STREET.name, "street_id", ("街道", "街道办", "属地街道"), listed=False,
               width=20),
        Column("longitude", _l("经度"), Complaint.longitude, "longitude", ("经度（°）", "lng", "lon"), kind="number",
               listed=False),
        Column("latitude", _l("纬度"), Complaint.latitude, "latitude", ("纬度（°）", "lat"), kind="number",
               listed=False),
        Column("external_no", _l("工单号"), Complaint.external_no, "external_no", ("平台工单号", "诉求编号", "id"),
               listed=False, width=20),
        Column("text", _l("反映内容"), Complaint.text, "text",
               ("内容", "投诉内容", "投诉件内容", "诉求件内容", "诉求内容", "content"), listed=False, width=60),
        Column("accepted_on", _l("受理日期"), Complaint.accepted_on, kind="date", listed=False),
        Column("answered_on", _l("答复日期"), Complaint.answered_on, kind="date", listed=False),
        Column("closed_on", _l("办结日期"), Complaint.closed_on, kind="date", listed=False),
        Column("reported_days", _l("原表回复天数"), Complaint.reported_days, "reported_days",
               ("回复天数", "回复天数(最终回复-投诉)", "办理天数", "最终回复投诉事件"), kind="number", listed=False),
    ),
    filters=(
        Filter("channel", _l("来源"), lambda v: Complaint.channel == Channel(v), Channel.choices),
        Filter("medium", _l("要素"), lambda v: Complaint.medium == Medium(v), Medium.choices),
        Filter("state", _l("状态"), in_state, lambda: [("open", _l("未办结")), *ComplaintState.choices()]),
        Filter("stage", _l("环节"), stages.at, stages.Stage.choices),
        numbered(Complaint.enterprise_id),
        Filter("unit", _l("承办单位"), lambda v: Complaint.unit_id == int(v), units),
        Filter("street", _l("所在街道"), lambda v: Complaint.street_id == int(v), places.streets),
        Filter("near", _l("坐标附近"), around, beside="radius", example="104.0668, 30.5728"),
        Filter("radius", _l("半径"), lambda _v: true(), lambda: list(RADII.items()), blank=_l("300 米")),
        Filter("since", _l("收到不早于"), lambda v: Complaint.received_on >= date.fromisoformat(v), kind="date"),
        Filter("until", _l("收到不晚于"), lambda v: Complaint.received_on <= date.fromisoformat(v), kind="date"),
    ),
    views=(
        View("mine", _l("我经办"), lambda me: (Complaint.handler_id == me.id) & Complaint.state.in_(OPEN)),
        View("late", _l("逾期"), lambda _me: late(Complaint)),
        View("dispatch", _l("待受理交办"), lambda _me: Complaint.state.in_([REGISTERED, ACCEPTED])
             & Complaint.historical.is_(False)),
        View("revisit", _l("待回访"), lambda _me: (Complaint.state == ANSWERED) & Complaint.historical.is_(False)),
        View("returned", _l("退单"), lambda _me: Complaint.state == RETURNED),
    ),
    order="-received_on",
    join=named,
)  # fmt: skip


#: whatever came another way is a petition too: no live case is without a day
PETITION = (Channel.LETTER, Channel.VISIT, Channel.WEB, Channel.OTHER)
CALLER = Complaint.taken_by_id


def clock(
    rule: str,
    start: InstrumentedAttribute[Any],
    met: InstrumentedAttribute[Any],
    *channels: Channel,
    over: bool = False,
    work: bool = False,
    **more: Any,
) -> Clock:
    """A clock of these channels (none named: of all). Of an old table's rows only what was met is known.

    `over`: it ends with a case that was refused, passed on or voided; otherwise only with a void one.
    `work`: while a case is merged into another it does not run, for the work is done there.
    """
    further = more.pop("when", None)
    ends = (OVER if over else {VOID}) | ({MERGED} if work else set())

    def when(c: Any) -> ColumnElement[bool]:
        asked = [c.state.not_in(ends), or_(c.historical.is_(False), c[met.key].isnot(None))]
        return and_(*asked, *([c.channel.in_(channels)] if channels else []), *(further(c) if further else []))

    return Clock(rule, start=start, met=met, when=when, **more)


def can_be_called(c: Any) -> list[ColumnElement[bool]]:
    return [c.phone_key.isnot(None), c.state.in_([ANSWERED, *OVER]) | c.revisited_on.isnot(None)]


C = Complaint
#: what a clerk may tell the caller of each channel
TERMS = {
    Channel.H12345: ("HOT_12345_ACCEPT", "HOT_12345"),
    Channel.H12369: ("HOT_NOTICE", "HOT_CLOSE"),
    **dict.fromkeys(PETITION, ("PET_NOTICE", "PET_CLOSE")),
    Channel.SUPERIOR: ("PET_OBJECT", "PET_NOTICE_FWD", "PET_CLOSE"),
}
CLOCKS = (
    clock("PET_NOTICE", C.received_on, C.notified_on, *PETITION, owner=CALLER),
    clock("PET_NOTICE_FWD", C.received_on, C.notified_on, Channel.SUPERIOR, owner=CALLER, over=True),
    clock("PET_OBJECT", C.received_on, C.decided_on, Channel.SUPERIOR, owner=CALLER),
    clock("PET_CLOSE", C.accepted_on, C.concluded_on, *PETITION, Channel.SUPERIOR, extra=C.extended_days,
          owner=C.handler_id, work=True),
    clock("HOT_NOTICE", C.received_on, C.notified_on, Channel.H12369, owner=CALLER),
    clock("HOT_CLOSE", C.accepted_on, C.concluded_on, Channel.H12369, extra=C.extended_days, owner=C.handler_id,
          work=True),
    clock("HOT_12345_ACCEPT", C.received_on, C.decided_on, Channel.H12345, owner=CALLER),
    clock("HOT_12345", C.received_on, C.answered_on, Channel.H12345, extra=C.extended_days, owner=C.handler_id,
          over=True, work=True),
    clock("DOC_DUE", C.document_due_on, C.answered_on, Channel.SUPERIOR, Channel.INSTRUCTION, owner=C.handler_id,
          over=True, work=True),
    clock("PET_DISPATCH", C.accepted_on, C.assigned_on, owner=CALLER,
          when=lambda c: [c.state.in_([ACCEPTED, RETURNED]) | c.assigned_on.isnot(None)]),
    clock("PET_REVISIT", C.answered_on, C.revisited_on, owner=CALLER, when=can_be_called),
    clock("PET_REOPEN", C.reopened_on, C.closed_on, owner=C.handler_id, work=True),
    clock("PET_REVIEW", C.review_asked_on, C.review_decided_on, owner=CALLER),
    clock("PET_RECHECK", C.recheck_asked_on, C.recheck_decided_on, owner=CALLER),
)  # fmt: skip
