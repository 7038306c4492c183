"""A short report over complaints, and the ways to its seal."""

from datetime import date

import pytest

from ems.complaints.models import ComplaintState
from ems.core.db import db
from ems.reports import sealing, work
from ems.reports.rules import WORKFLOW
from ems.web import pdf
from tests.factories import complaint

SECTIONS = {
    "lead": "{{year}}年，全局较好地完成了各项工作。",
    "work": "",
    "complaints": "共接到{{complaints.received}}件，办结{{complaints.closed}}件，答复率{{complaints.answered_rate}}%。",
    "problems": "部分点位反复投诉。",
}


@pytest.fixture
def cases(units, cast):
    """Three received this year, two of them closed, one in the street; two last year, one of them in December."""
    closed = {"state": ComplaintState.CLOSED, "closed_on": date(2026, 5, 20), "concluded_on": date(2026, 5, 20)}
    closed |= {"accepted_on": date(2026, 5, 2), "handled_on": date(2026, 5, 10), "answered_on": date(2026, 5, 12)}
    first = complaint(
        units, cast, received_on=date(2026, 3, 3), unit_id=units["street"].id, title="street的投诉", **closed
    )
    second = complaint(units, cast, received_on=date(2026, 5, 1), title="bureau的投诉", **closed)
    third = complaint(units, cast, received_on=date(2026, 11, 24), unit_id=units["other"].id, title="other的投诉")
    then = [complaint(units, cast, received_on=day) for day in (date(2025, 6, 1), date(2025, 12, 20))]
    return [first, second, third, *then]


@pytest.fixture
def report(cases, cast):
    """A draft by the officer, all its sections ready."""
    report = work.begin(db.session(), 2026, cast["officer"])
    for section in [s for s in report.sections if s.code not in SECTIONS]:
        db.session.delete(section)
    db.session.flush()
    db.session.expire(report, ["sections"])
    for section in report.sections:
        section.text, section.ready = SECTIONS[section.code], True
    db.session.commit()
    return report


@pytest.fixture
def approved(report, cast):
    WORKFLOW.fire("circulate", cast["officer"], report)
    WORKFLOW.fire("approve", cast["head"], report)
    db.session.commit()
    return report


@pytest.fixture
def press(monkeypatch):
    """Prints nothing, at once: what was to be printed."""
    sheets = []

    def printed(html):
        sheets.append(html)
        return b"%PDF-1.7 " + str(len(sheets)).encode()

    monkeypatch.setattr(pdf, "printed", printed)
    return sheets


@pytest.fixture
def sealed(approved, cast, press):
    held, paper = sealing.sealable(approved)
    sealing.seal(approved, held, paper, cast["leader"])
    db.session.commit()
    return approved
