from sqlalchemy import select, text, update

from ems.complaints.models import Complaint
from ems.core import audit
from ems.core.audit import LogEntry, LogHead
from ems.core.db import db
from tests.core.rows import case


def entries(act=None):
    rows = db.session.scalars(select(LogEntry).where(LogEntry.subject_type == "complaint").order_by(LogEntry.id))
    return [row for row in rows if act in {None, row.act}]


def test_every_change_says_from_what_to_what(units, cast):
    row = case(units, cast)
    row.place = "府河支渠"
    db.session.commit()
    (changed,) = entries("changed")
    assert changed.changes == {"place": ["天府三街 88 号", "府河支渠"]}
    assert (changed.subject_id, changed.unit_id) == (row.id, units["bureau"].id)


def test_who_complained_is_not_in_the_log(units, cast):
    case(units, cast, phone="13912345678")
    (added,) = entries("added")
    assert added.changes["complainant"] == [None, audit.HIDDEN]
    assert "张女士" not in str(added.changes)
    assert "13912345678" not in str(added.changes)


def test_a_roll_back_leaves_no_entry(units, cast):
    row = case(units, cast)
    row.place = "别处"
    db.session.flush()
    db.session.rollback()
    row.title = "改"
    db.session.commit()
    assert [sorted(e.changes) for e in entries("changed")] == [["title"]]


def test_the_chain_is_whole(units, cast):
    for _n in range(3):
        case(units, cast)
    read, broken = audit.verify(db.session())
    assert broken is None
    assert read == db.session.scalars(select(LogHead.entries)).one()


def test_an_entry_changed_behind_its_back_is_found(units, cast):
    case(units, cast)
    (added,) = entries("added")
    db.session.execute(update(LogEntry).where(LogEntry.id == added.id).values(actor="somebody else"))
    assert audit.verify(db.session())[1] == added.id


def test_entries_cut_off_at_the_end_are_missed(units, cast):
    case(units, cast)
    last = max(e.id for e in entries())
    db.session.execute(text(f"DELETE FROM log_entry WHERE id >= {last}"))
    assert audit.verify(db.session())[1] is not None


def test_a_note_is_an_entry_too(units, cast):
    row = case(units, cast)
    audit.note(db.session(), "unmasked", "complaint", row.id, reason="核实时段")
    db.session.commit()
    assert entries("unmasked")[0].changes == {"reason": [None, "核实时段"]}


def test_identity_is_not_readable_in_the_database(units, cast):
    case(units, cast, phone="13912345678")
    raw = db.session.execute(text("SELECT complainant, phone FROM complaint")).one()
    assert "张女士" not in raw[0]
    assert "13912345678" not in raw[1]
    assert db.session.scalars(select(Complaint)).one().phone == "13912345678"
