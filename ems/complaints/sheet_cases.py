"""The cases that the rows of a sheet become, a thousand rows a statement."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ems.complaints import places
from ems.complaints.forms import headline
from ems.complaints.models import (
    Answer,
    Channel,
    Complaint,
    ComplaintState,
    Identity,
    holds,
)
from ems.complaints.moves import ACCEPTED, ANSWERED, CLOSED, REGISTERED
from ems.complaints.words import (
    MAILBOX,
    NAMELESS,
    NO_COMPLAINTS,
    NOT_NAMED,
    OURS,
    state_told,
)
from ems.core import bulk, dates, numbers
from ems.core.db import db
from ems.core.secrets import fingerprint, without
from ems.core.tables import plain
from ems.core.workflow import Step
from ems.enterprises.models import Enterprise
from ems.web.kinds import Given, Row

AT_ONCE = 5000  # values in one question to the database
HERE = "\0"


def store(rows: Sequence[Row], given: Given) -> int:
    """A case for each row, its answer, and where it came from, a thousand rows a statement."""
    firms = enterprises({row.data["enterprise_name"] for row in rows if row.data["enterprise_name"]})
    cases = [made(row, given, firms) for row in rows]
    for case, no in zip(cases, numbered(cases), strict=True):
        case["no"] = no
    session = db.session()
    ids = bulk.add(session, Complaint, cases)
    answered = [answer(id, case, row) for id, case, row in zip(ids, cases, rows, strict=True) if row.data["answer"]]
    bulk.add(session, Answer, answered)
    bulk.add(session, Step, list(origins(ids, cases, rows, given)))
    return len(cases)


def numbered(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    years = Counter(case["received_on"].year for case in cases)
    free = {year: iter(numbers.take(db.session(), "TS", year, n)) for year, n in sorted(years.items())}
    return [next(free[case["received_on"].year]) for case in cases]


def enterprises(names: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    listed = sorted(names)
    for at in range(0, len(listed), AT_ONCE):
        asked = select(Enterprise.name, Enterprise.id).where(Enterprise.name.in_(listed[at : at + AT_ONCE]))
        for name, id in db.session.execute(asked.order_by(Enterprise.id)):
            found.setdefault(name, id)
    return found


PLAIN = ("external_no", "street_id", "matter", "medium", "document_due_on", "unit_id", "received_on", "accepted_on",
         "answered_on", "closed_on", "satisfaction", "reported_days", "text")  # fmt: skip
OR_EMPTY = ("place", "handling", "enterprise_name", "document_no")


def made(row: Row, given: Given, firms: Mapping[str, int]) -> dict[str, Any]:
    """The columns of a case."""
    data = row.data
    case = {name: data[name] for name in PLAIN} | {name: data[name] or "" for name in OR_EMPTY}
    case |= who(row) | {"historical": row.historical, "taken_by_id": given.user.id, "state": state_of(row)}
    case["query_code"] = f"{secrets.randbelow(10**6):06d}"
    case["title"] = data["title"]
    case["enterprise_id"] = firms.get(case["enterprise_name"])
    case["reported_state"], case["reported_channel"] = row.said.get("reported_state", ""), reported(row)
    mailed = data["channel"] is Channel.OTHER and any(word in case["reported_channel"] for word in MAILBOX)
    case["channel"] = Channel.WEB if mailed else data["channel"]
    case["decided_on"] = case["notified_on"] = None if row.historical else data["accepted_on"]
    case["concluded_on"] = data["closed_on"]
    case["longitude"], case["latitude"] = where(data)
    if case["identity"] is not Identity.OPEN:
        case |= {name: hushed(row, case[name] or "") for name in ("title", "text", "place", "handling")}
    case["title"] = case["title"] or headline(case["text"])
    case["tells_number"] = holds(case["phone"], case["title"], case["text"], case["place"])
    return case


def hushed(row: Row, said: str) -> str:
    """As `Complaint.hush`."""
    return without(said, row.data["complainant"], row.data["phone"])


def where(data: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Of one column that says both, or of two."""
    if data["coordinates"]:
        return places.read(data["coordinates"])[:2]
    return data["longitude"], data["latitude"]


def who(row: Row) -> dict[str, Any]:
    """Who complained, as `Complaint.tell_who` keeps it; a number half hidden is nobody's, and must find no repeats."""
    said, phone = row.data["complainant"] or "", row.data["phone"] or None
    nameless = said in NAMELESS or row.data["identity"] is Identity.ANONYMOUS
    return {
        "identity": Identity.ANONYMOUS if nameless else row.data["identity"] or Identity.OPEN,
        "complainant": None if nameless or said in NOT_NAMED else said,
        "phone": phone,
        "phone_key": None if phone is None or "*" in phone else fingerprint(phone),
    }


def answer(id: int, case: Mapping[str, Any], row: Row) -> dict[str, Any]:
    known = {"complaint_id": id, "number": 1, "unit_id": case["unit_id"], "given_on": case["answered_on"]}
    said = row.data["answer"] if case["identity"] is Identity.OPEN else hushed(row, row.data["answer"])
    return {"text": said, "way": None, **known}


def reported(row: Row) -> str:
    """The table's own word for where it came from, unless it is ours."""
    said: str = row.said.get("channel") or row.said.get("reported_channel") or ""
    return "" if plain(said) in OURS[row.data["channel"]] else said[:40]


def state_of(row: Row) -> ComplaintState:
    """Of an old row, by the table's word, else by its answer; of a row of today, by the days it names."""
    told = state_told(row.said.get("reported_state", ""))
    if row.historical:
        if told is not None and told is not REGISTERED:
            return told
        return CLOSED if row.data["answer"] or row.data["closed_on"] else REGISTERED
    if row.data["closed_on"]:
        return CLOSED
    if row.data["answered_on"] and row.data["answer"]:
        return ANSWERED
    return ACCEPTED if row.data["accepted_on"] else REGISTERED


def origins(
    ids: Sequence[int], cases: Sequence[Mapping[str, Any]], rows: Sequence[Row], given: Given
) -> Iterator[dict[str, Any]]:
    """For the diary: which row of which file it was, and the words that were taken as others."""
    said = _(
        "由表格导入：%(file)s 第 %(n)s 行。", file=given.file.replace(HERE, ""), n=HERE
    )  # once: it is asked of all
    about = {"subject_type": "complaint", "at": dates.now(), "by_id": given.user.id, "before": ""}
    for id, case, row in zip(ids, cases, rows, strict=True):
        word = row.said.get("matter")
        more = _("原表性质：%(word)s。", word=word) if word in NO_COMPLAINTS else ""
        remark = said.replace(HERE, str(row.number)) + more
        move, after = ("", "") if row.historical else ("register", case["state"].value)
        yield {**about, "subject_id": id, "move": move, "after": after, "remark": remark}
