"""Tables of complaints: what a row must say, what speaks against it, and what is told before it is kept."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import FloatField, IntegerField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from ems.complaints import platform, sheet_updates
from ems.complaints.forms import MUST, ComplaintForm, PointField, firm
from ems.complaints.models import (
    Channel,
    Complaint,
    Identity,
    Matter,
    Medium,
    Satisfaction,
)
from ems.complaints.moves import CLOSED, VOID
from ems.complaints.rules import REGISTER
from ems.complaints.sheet_cases import store
from ems.complaints.sheet_updates import WEAK
from ems.complaints.words import (
    CALLED_BACK,
    CHANNELS,
    COLUMNS,
    IDENTITIES,
    MATTERS,
    MEDIA,
    NO_COMPLAINTS,
    state_told,
)
from ems.core import dates
from ems.core.db import db
from ems.core.policy import Act
from ems.web.forms import ChoiceField, DateField, RowField, units
from ems.web.kinds import Doubt, Given, ImportKind, Intake, Row

AT_ONCE = 5000  # values in one question to the database
OUTSIDE = _l("超出范围，请核对经纬度是否填反。")
UNKNOWN = frozenset({Channel.OTHER, Medium.OTHER})


class ComplaintRowForm(ComplaintForm):
    """A row of a table. Where it was is asked of a case that is still to be worked on, not of one long over."""

    line: Row

    received_on = DateField(_l("收到日期"), [InputRequired(MUST)])
    channel: Any = ChoiceField(_l("来源"), Channel, default=Channel.OTHER)
    medium: Any = ChoiceField(_l("要素"), Medium, default=Medium.OTHER)
    matter: Any = ChoiceField(_l("性质"), Matter, default=Matter.COMPLAINT)
    identity: Any = ChoiceField(_l("身份"), Identity, default=Identity.OPEN)
    title = StringField(_l("事项"), [Length(max=200)])
    place = StringField(_l("地点"), [Length(max=200)])
    enterprise_name = firm(_l("企业"))
    coordinates = PointField(_l("坐标"))
    text = TextAreaField(_l("反映内容"), [Length(max=20_000)])
    unit_id = RowField(_l("承办单位"), units("complaints", Act.LOAD), blank="")
    no = StringField(_l("编号"), [Length(max=40)])
    longitude = FloatField(_l("经度"), [Optional(), NumberRange(-180, 180, OUTSIDE)])
    latitude = FloatField(_l("纬度"), [Optional(), NumberRange(-90, 90, OUTSIDE)])
    answer = TextAreaField(_l("答复内容"), [Length(max=20_000)])
    handling = TextAreaField(_l("处理情况"), [Length(max=20_000)])
    accepted_on = DateField(_l("受理日期"), [Optional()])
    answered_on = DateField(_l("答复日期"), [Optional()])
    closed_on = DateField(_l("办结日期"), [Optional()])
    satisfaction = ChoiceField(_l("回访结果"), Satisfaction, blank="")
    reported_state = StringField(_l("状态"), [Length(max=40)])
    reported_channel = StringField(_l("原表来源"), [Length(max=40)])
    reported_days = IntegerField(_l("原表回复天数"), [Optional(), NumberRange(0, 9999)])

    def validate_channel(self, field: Any) -> None:
        if not self.line.historical:
            super().validate_channel(field)

    def validate_place(self, field: StringField) -> None:
        if not field.data and not self.line.historical:
            raise ValidationError(_("没有填写地点"))

    def validate_longitude(self, field: FloatField) -> None:
        if (field.data is None) != (self.latitude.data is None):
            raise ValidationError(_("经度和纬度要一起写"))

    def validate_text(self, field: TextAreaField) -> None:
        field.data = field.data or self.title.data
        if not field.data:
            raise ValidationError(_("没有填写反映内容"))

    def validate_accepted_on(self, field: DateField) -> None:
        self.in_order(field)

    def validate_answered_on(self, field: DateField) -> None:
        self.in_order(field)

    def validate_closed_on(self, field: DateField) -> None:
        self.in_order(field)

    def in_order(self, field: DateField) -> None:
        start = self.received_on.data
        if field.data and start and field.data < start:
            raise ValidationError(_("早于收到日期 %(day)s", day=start))
        if field.data and field.data > dates.today():
            raise ValidationError(_("晚于今天"))

    def validate_external_no(self, field: StringField) -> None:
        """Asked of all rows at once, in `judge`."""


def judge(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    fresh = [row for row in rows if row.target is None]
    yield from same_text(fresh)
    yield from same_number(fresh, given)
    yield from sheet_updates.allowed(rows)
    for row in fresh:
        said = row.said.get("title", "")
        if said.endswith(("..", "…")):
            yield Doubt(row, "title", _("标题可能被截断"), _("请补全"))
        if (told := row.said.get("reported_state")) and state_told(told) is None:
            yield Doubt(row, "reported_state", _("不认识这个状态，按有无答复判定"), _("可写：办结、登记"))
        if row.sound and not row.historical and over(row) and not all(row.data[name] for name in KNOWN_DAYS):
            row.historical = True
            why = _("已经办结而没有受理、答复、办结三个日期，期限无法判定，按历史数据存入")
            yield Doubt(row, "", why, _("补齐三个日期，或照此存入"))


KNOWN_DAYS = ("accepted_on", "answered_on", "closed_on")


def over(row: Row) -> bool:
    """Whether the table says that the case has been answered or closed."""
    told = state_told(row.said.get("reported_state", ""))
    return bool(row.data["answer"] or row.data["closed_on"] or told is CLOSED)


def same_text(rows: Sequence[Row]) -> Iterator[Doubt]:
    """The very same text in an earlier row, or in a case that is already here."""
    first: dict[str, int] = {}
    for row in rows:
        if text := row.data["text"]:
            if text in first:
                yield Doubt(row, "text", _("与第 %(n)s 行内容完全相同", n=first[text]), _("确属重复的，可存入后作废"))
            first.setdefault(text, row.number)
    for text, no in known("text", list(first)):
        row = next(row for row in rows if row.number == first[text])
        yield Doubt(row, "text", _("与已登记的 %(no)s 内容完全相同", no=no), _("确属重复的，可存入后作废"))


def known(name: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
    column = getattr(Complaint, name)
    for at in range(0, len(values), AT_ONCE):
        asked = select(column, func.min(Complaint.no)).where(
            column.in_(values[at : at + AT_ONCE]), Complaint.state != VOID
        )
        yield from ((value, no) for value, no in db.session.execute(asked.group_by(column).order_by(column)))


def same_number(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    """A platform's number is given once. A table's own count of its rows may meet that of another table."""
    wanted: dict[tuple[Any, str], Row] = {
        (row.data["channel"], no): row for row in rows if (no := row.data["external_no"])
    }  # fmt: skip
    values = sorted({no for _channel, no in wanted})
    for at in range(0, len(values), AT_ONCE):
        taken = select(Complaint).where(Complaint.external_no.in_(values[at : at + AT_ONCE])).order_by(Complaint.id)
        for case in db.session.scalars(taken):
            row = wanted.get((case.channel, case.external_no or ""))
            if row is not None:
                yield number_taken(row, case, given)


def number_taken(row: Row, case: Complaint, given: Given) -> Doubt:
    no = row.data["external_no"]
    same = (case.received_on, case.text) == (row.data["received_on"], row.data["text"])
    if row.historical and not same and no.isdecimal() and len(no) <= WEAK:
        row.data["external_no"] = f"{PurePath(given.file).stem[:40]}#{no}"
        kept = row.data["external_no"]
        why = _("%(no)s 已有序号 %(said)s，内容不同，按“%(kept)s”存入", no=case.no, said=no, kept=kept)
        return Doubt(row, "external_no", why, _("无须改动；原表的序号不是平台工单号"))
    why = _("这个工单号已经登记，见 %(no)s", no=case.no)
    return Doubt(row, "external_no", why, _("删去这一行，或改正工单号"), fault=True)


def remarks(rows: Sequence[Row], _given: Given) -> Iterator[str]:
    """What holds for many rows, said once."""
    words = Counter(row.said["matter"] for row in rows if row.said.get("matter") in NO_COMPLAINTS)
    if words:
        listed = _("、").join(_("%(word)s %(n)s 行", word=word, n=n) for word, n in words.most_common())
        yield _("%(listed)s 按“投诉”存入，原词写入办理日志。", listed=listed)
    rows = [row for row in rows if row.target is None]
    for channel, n in Counter(row.data["channel"] for row in rows if not row.said.get("channel")).items():
        if channel is not Channel.OTHER:
            yield _("%(n)s 行没有写来源，按工单号的样子认作 %(channel)s。", n=n, channel=channel.label)
    for name, title in (("channel", _("来源")), ("medium", _("要素"))):
        if any(name not in row.said and row.data[name] in UNKNOWN for row in rows):
            yield _("表里没有“%(title)s”一列：按“其他”存入。", title=title)
    if old := sum(row.historical for row in rows):
        yield _("%(n)s 行按历史数据存入：不计提醒，只计入当年数字，原表回复天数照原样保存。", n=old)


#: as the platforms call them; a heading changed there is known here
PLATFORMS = tuple(column for one in platform.platforms().values() for column in one.columns)
KIND = ImportKind(
    name="complaint",
    title=_l("投诉"),
    form=ComplaintRowForm,
    columns=(*COLUMNS, *PLATFORMS, *REGISTER.columns),  # their titles say more than the narrow ones of a list
    store=store,
    needs=("received_on", "text"),
    codes=frozenset({"external_no", "phone", "document_no"}),
    blank=frozenset({"place", "answer", "enterprise_name", "complainant", "phone", "handling", "external_no"}),
    words={
        "channel": CHANNELS, "identity": IDENTITIES, "matter": MATTERS, "medium": MEDIA, "satisfaction": CALLED_BACK,
    },
    other={"channel": Channel.OTHER, "medium": Medium.OTHER, "matter": Matter.COMPLAINT},
    unique=(("channel", "external_no"),),
    judge=judge,
    remarks=remarks,
    dated="received_on",
    updates=sheet_updates.UPDATES,
)  # fmt: skip
INTAKE = Intake("complaints", _l("投诉举报"), "complaints", "complaints.index", (KIND,))
