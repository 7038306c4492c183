"""The sheets of the platforms that send us cases: their columns, their words, what their numbers look like.

All of it is data, `seeds/platform.yaml`. Who complained is not among what can stand in a column.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Row, literal, select

from ems.complaints.models import Answer, Channel, Complaint, ComplaintState, Matter, Medium, Satisfaction
from ems.complaints.rules import REGISTER, STREET
from ems.core import seeds
from ems.core.db import db
from ems.core.people import Unit, User
from ems.core.register import Column

AT_ONCE = 500  # cases whose answers are fetched together
ANSWER, POINT, STATE = "answer", "point", "state"


class Value(NamedTuple):
    """What may stand in a column, and which field of an intake it fills."""

    of: Any
    field: str


VALUES: dict[str, Value] = {
    "external_no": Value(Complaint.external_no, "external_no"),
    "no": Value(Complaint.no, "no"),
    "matter": Value(Complaint.matter, "matter"),
    "medium": Value(Complaint.medium, "medium"),
    "title": Value(Complaint.title, "title"),
    "text": Value(Complaint.text, "text"),
    "place": Value(Complaint.place, "place"),
    "street": Value(STREET.name, "street_id"),
    POINT: Value(Complaint.longitude, "coordinates"),
    "enterprise": Value(Complaint.enterprise_name, "enterprise_name"),
    "received_on": Value(Complaint.received_on, "received_on"),
    "due_on": Value(Complaint.document_due_on, "document_due_on"),
    "unit": Value(Unit.name, "unit_id"),
    ANSWER: Value(literal(""), "answer"),
    "answered_on": Value(Complaint.answered_on, "answered_on"),
    "closed_on": Value(Complaint.closed_on, "closed_on"),
    "satisfaction": Value(Complaint.satisfaction, "satisfaction"),
    STATE: Value(Complaint.state, "reported_state"),
}
CHOICES = {"matter": Matter, "medium": Medium, "satisfaction": Satisfaction}


@dataclass(frozen=True)
class Platform:
    channel: Channel
    sheet: str
    number: re.Pattern[str]
    columns: tuple[Column, ...]  # each named after its value
    states: Mapping[ComplaintState, str]

    def word(self, state: ComplaintState) -> str:
        """What it calls one of our states."""
        return self.states.get(state, str(state.label))


@cache
def platforms() -> dict[Channel, Platform]:
    """Raises KeyError for a value of the data that there is not."""
    return {Channel(row["channel"]): made(row) for row in seeds.read("platform.yaml")}


def made(row: Mapping[str, Any]) -> Platform:
    columns = tuple(column(**told) for told in row["columns"])
    states = {ComplaintState(state): word for state, word in row["states"].items()}
    return Platform(Channel(row["channel"]), row["sheet"], re.compile(row["number"]), columns, states)


def column(heading: str, value: str, width: int = 14) -> Column:
    of, field = VALUES[value]
    return Column(value, heading, of, field, choice=CHOICES.get(value), width=width)


def known_by(no: str) -> Channel | None:
    """The platform whose numbers look like this one."""
    return next((channel for channel, one in platforms().items() if one.number.fullmatch(no)), None)


def rows(platform: Platform, me: User, asked: Mapping[str, str]) -> Iterator[list[Any]]:
    """What the register shows of this channel, in the platform's columns; the answers come by the hundred."""
    wanted = REGISTER.rows(me, {**asked, "channel": platform.channel.value}, (*platform.columns, LATITUDE))
    found = iter(db.session.execute(wanted.execution_options(yield_per=AT_ONCE)))
    while part := list(islice(found, AT_ONCE)):
        said = answers([row[0] for row in part])
        yield from (line(platform, row, said.get(row[0], "")) for row in part)


LATITUDE = Column("latitude", "", Complaint.latitude)


def line(platform: Platform, row: Row[Any], answer: str) -> list[Any]:
    cells: dict[str, Any] = dict(zip((column.name for column in platform.columns), row[1:-1], strict=True))
    known: dict[str, Any] = {ANSWER: answer}
    if STATE in cells:
        known[STATE] = platform.word(cells[STATE])
    if cells.get(POINT) is not None:
        known[POINT] = f"{cells[POINT]}, {row[-1]}"
    return list((cells | {name: value for name, value in known.items() if name in cells}).values())


def answers(ids: Sequence[int]) -> dict[int, str]:
    """All answers to a case, in their order, as one text."""
    found: dict[int, list[str]] = {}
    asked = select(Answer.complaint_id, Answer.text).where(Answer.complaint_id.in_(ids))
    for id, text in db.session.execute(asked.order_by(Answer.complaint_id, Answer.number)):
        found.setdefault(id, []).append(text)
    return {id: "\n".join(texts) for id, texts in found.items()}
