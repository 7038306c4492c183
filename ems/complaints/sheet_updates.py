"""Rows of a platform's sheet that are here already: which case each is, and what of it the sheet may put right.

A platform knows its own state, and may know better what was said and where. What we answered it does not know, and of
a case that is worked on only what a clerk could still correct.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ems.complaints import firms, places, platform
from ems.complaints.forms import FORMS
from ems.complaints.models import Channel, Complaint
from ems.core import audit, dates
from ems.core.db import db
from ems.core.policy import Act, reach
from ems.core.workflow import step
from ems.web import updating
from ems.web.kinds import Change, Doubt, Given, Row, Updates

AT_ONCE = 500  # values in one question to the database
WEAK = 6  # digits: a shorter number counts the rows of some table, it is not a platform's own
OURS = re.compile(r"TS-\d{4}-\d{4,}")
FREE = "reported_state"  # the platform's own word, at any time
FIELDS = frozenset({
    FREE, "title", "text", "place", "street_id", "coordinates", "longitude", "latitude", "enterprise_name", "medium",
    "document_no", "document_due_on",
})  # fmt: skip
ALSO = {"longitude": "coordinates", "latitude": "coordinates"}  # field of a sheet → the form's


def match(rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    """By our own number, else by the platform's on its channel; who does not say the channel is known by the number."""
    for row in rows:
        if not row.said.get("channel") and (channel := platform.known_by(row.data["external_no"] or "")):
            row.data["channel"] = channel
    ours = found_by(Complaint.no, {no for row in rows if (no := own(row))})
    theirs = found_by(Complaint.external_no, {no for row in rows if (no := row.data["external_no"])})
    by_no = {case.no: case for case in ours}
    by_order: defaultdict[str, list[Complaint]] = defaultdict(list)
    for case in theirs:
        by_order[case.external_no or ""].append(case)
    mine = set(db.session.scalars(reach(given.user, "complaints", Act.LOAD)))
    for row in rows:
        no = own(row)
        if no and no not in by_no:
            yield Doubt(row, "no", _("没有这个编号的投诉"), _("核对编号；新的投诉不填编号，存入时自动编号"), fault=True)
            continue
        cases = [by_no[no]] if no else meant(row, by_order[row.data["external_no"] or ""])
        yield from pointed(row, cases, mine)


def own(row: Row) -> str:
    """Our number, if it is one: another table's 编号 counts its rows."""
    said = (row.data.get("no") or "").strip().upper()
    return said if OURS.fullmatch(said) else ""


def found_by(column: Any, values: Collection[str]) -> list[Complaint]:
    said, found = sorted(values), list[Complaint]()
    for at in range(0, len(said), AT_ONCE):
        asked = select(Complaint).where(column.in_(said[at : at + AT_ONCE])).order_by(Complaint.id)
        found += db.session.scalars(asked.options(joinedload(Complaint.street))).unique()
    return found


def meant(row: Row, cases: Sequence[Complaint]) -> list[Complaint]:
    """Of the cases with this number, those of the channel. A table's own count of its rows may meet another table's."""
    if row.said.get("channel") or row.data["channel"] is not Channel.OTHER:
        cases = [case for case in cases if case.channel is row.data["channel"]]
    return [case for case in cases if not counted(row, case)]


def counted(row: Row, case: Complaint) -> bool:
    no = row.data["external_no"]
    other = (case.received_on, case.text) != (row.data["received_on"], row.data["text"] or row.data["title"])
    return bool(row.historical and no.isdecimal() and len(no) <= WEAK and other)


def pointed(row: Row, cases: Sequence[Complaint], mine: set[int]) -> Iterator[Doubt]:
    if len(cases) > 1:
        yield Doubt(row, "external_no", _("几个来源都有这个工单号"), _("加一列“来源”，写明是哪一个"), fault=True)
    elif cases and cases[0].unit_id not in mine:
        why = _("这个工单号已经登记，见 %(no)s，不归您维护", no=cases[0].no)
        yield Doubt(row, "external_no", why, _("删去这一行"), fault=True)
    elif cases:
        row.target = cases[0]


def allowed(rows: Sequence[Row]) -> Iterator[Doubt]:
    """Takes out what a sheet must not change, and points at what one of us changed since: the sheet would undo it."""
    for row in rows:
        if row.target is None:
            continue
        row.changes = [change for change in row.changes if not echoed(row.target, change)]
        open_to = set(FORMS[row.target.state]()._fields) | {FREE} if row.target.state in FORMS else {FREE}
        for change in [one for one in row.changes if ALSO.get(one.field, one.field) not in open_to]:
            row.changes.remove(change)
            row.data[change.field] = getattr(row.target, change.field)
            why = _("已办到“%(state)s”，这一格没有导入", state=row.target.state.label)
            yield Doubt(row, change.field, why, _("无须改动；确需更正的，在案件里写备注"))
    yield from ours([row for row in rows if row.target is not None and row.changes])


def echoed(case: Complaint, change: Change) -> bool:
    """Our own state, as we told it to the platform or a sheet, comes back; or what was said, with the caller in it."""
    if change.field in {"title", "text", "place"}:
        return bool(case.veil(str(change.new or "")) == getattr(case, change.field))
    one = platform.platforms().get(case.channel)
    told = {str(case.state.label), one.word(case.state) if one else ""}
    return change.field == FREE and change.new in told and not case.reported_state


def ours(rows: Sequence[Row]) -> Iterator[Doubt]:
    """Cells that one of us wrote by hand after the case came in."""
    by_id = {row.target.id: row for row in rows}
    ids = sorted(by_id)
    for at in range(0, len(ids), AT_ONCE):
        log = audit.LogEntry
        asked = select(log).where(log.subject_type == "complaint", log.subject_id.in_(ids[at : at + AT_ONCE]))
        last: dict[tuple[int | None, str], audit.LogEntry] = {}
        for entry in db.session.scalars(asked.where(log.act == "changed").order_by(log.id)):
            last |= {(entry.subject_id, name): entry for name in entry.changes}
        for (id, name), entry in last.items():
            if name != FREE and any(change.field == name for change in by_id[id or 0].changes):
                day = dates.local(entry.at).date()
                why = _("%(name)s 于 %(day)s 改过这一栏，存入会改回", name=entry.actor, day=day)
                yield Doubt(by_id[id or 0], name, why, _("请核对；不改的把这一格留空"))


def change(row: Row, given: Given) -> None:
    case: Complaint = row.target
    for one in row.changes:
        if one.field == "coordinates":
            point = places.read(row.data["coordinates"]) if row.data["coordinates"] else None
            case.longitude, case.latitude = (point.longitude, point.latitude) if point else (None, None)
        else:
            setattr(case, one.field, row.data[one.field])
    case.hush()
    if any(one.field == "enterprise_name" for one in row.changes):
        case.enterprise_id = firms.named(case.enterprise_name)
    db.session.add(step(case, given.user, updating.diary(row, given)))


def state_of(case: Complaint) -> str:
    """What a sheet would say of its state."""
    return case.reported_state or str(case.state.label)


def same_point(old: str, new: str) -> bool:
    return (places.read(old)[:2] if old else None) == (places.read(new)[:2] if new else None)


UPDATES = Updates(
    keys=("external_no", "no"),
    fields=FIELDS,
    match=match,
    change=change,
    said={FREE: state_of, "street_id": lambda case: case.street.name if case.street else ""},
    same={"coordinates": same_point},
)
