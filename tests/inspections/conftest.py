"""The checklists, and what a phone sends."""

import base64
from functools import cache
from io import BytesIO

import pytest

from ems.core import seeds
from ems.core.db import db
from ems.inspections import work
from ems.inspections.moves import WORKFLOW
from tests.factories import inspection

#: the smallest PNG there is: one pixel
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SIGNED = "data:image/png;base64," + base64.b64encode(DOT).decode()


#: a file is read once: reading the checklists takes longer than a test
READ = cache(seeds.read)


@pytest.fixture(autouse=True)
def checklists(app, monkeypatch):
    monkeypatch.setattr(seeds, "read", READ)
    work.seed(db.session())
    db.session.commit()


@pytest.fixture
def begun(app, units, cast):
    """Of a key enterprise, begun by the officer."""
    row = inspection(units, cast)
    WORKFLOW.fire("open", cast["officer"], row)
    db.session.commit()
    return row


def sent(row, cast, *, fails=(), go="finish", **changed):
    """What a phone sends of a law inspection where all is well but the lines in `fails`."""
    data = {
        "second_id": cast["head"].id, "rights_told": "y", "facility_running": "yes", "place": "石羚路 12 号",
        "summary": "生产正常。", "person_present": "何志强", "person_title": "环保负责人", "refusal": "none", "go": go,
        "client_key": "phone-1",
    }  # fmt: skip
    for line in row.lines:
        data[f"line_{line.id}-verdict"] = "fails" if line.number in fails else "conforms"
        data[f"line_{line.id}-remedy"] = "order"
        if line.number in fails:
            data[f"line_{line.id}-remark"] = f"第 {line.number} 项的问题。"
    return data | changed


def photo(name="现场.png"):
    return (BytesIO(DOT), name)
