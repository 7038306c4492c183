from datetime import date

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select, text

from ems.complaints.models import Channel, Complaint
from ems.core import duties, settle
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.rules import Rule
from tests.conftest import TODAY
from tests.core.rows import case, differences, duty


def test_the_check_finds_what_went_past_it(units, cast):
    row = case(units, cast)
    case(units, cast, accepted_on=TODAY)
    assert differences() == []
    db.session.execute(text(f"UPDATE complaint SET received_on = '2026-11-01' WHERE id = {row.id}"))
    found = {(d.subject_id, d.rule, f"{d.start_on}") for d in differences()}
    assert found == {(row.id, "PET_NOTICE", "2026-11-01"), (row.id, "PET_NOTICE", "2026-11-24")}
    assert len(settle.rebuild(db.session(), Complaint)) == 2
    assert differences() == []


def test_a_new_notice_moves_the_provisional_days(units, cast):
    case(units, cast, channel=Channel.H12345, received_on=date(2026, 12, 30))
    assert "暂定" in duty("HOT_12345").sentence
    db.session.add(Workday(day=date(2027, 1, 1), works=False, note="元旦"))
    db.session.flush()
    settle.rebuild(db.session(), Complaint)
    assert "收单日 2026-12-30 + 5 个工作日（1月1日放假）= 2027-01-07" in duty("HOT_12345").sentence


def rule(code):
    return db.session.scalars(select(Rule).where(Rule.code == code)).one()


def test_a_rule_changed_is_a_difference_until_rebuilt(units, cast):
    case(units, cast, channel=Channel.H12345)
    rule("HOT_12345").offset = 3
    db.session.commit()
    assert len(differences()) == 1
    settle.rebuild(db.session(), Complaint)
    assert duty("HOT_12345").due_on == date(2026, 11, 27)


def test_a_new_law_moves_no_day_that_began_under_the_old(units, cast):
    case(units, cast, channel=Channel.H12345, received_on=date(2026, 11, 20))
    before = duty("HOT_12345").due_on
    known = {c.key: getattr(rule("HOT_12345"), c.key) for c in Rule.__table__.c}
    db.session.add(Rule(**known | {"since": date(2026, 11, 23), "offset": 1}))
    db.session.commit()
    assert differences() == []
    assert duty("HOT_12345").due_on == before
    newer = case(units, cast, channel=Channel.H12345, received_on=TODAY)
    assert {d.due_on for d in settle_of(newer)} == {date(2026, 11, 25)}


def settle_of(row):
    return [d for d in duties.of(Complaint, [row.id])[row.id] if d.rule == "HOT_12345"]


def test_a_rule_switched_off_takes_its_duties_with_it(units, cast):
    row = case(units, cast, channel=Channel.H12345)
    rule("HOT_12345").enabled = False
    db.session.flush()
    settle.rebuild(db.session(), Complaint)
    assert duty("HOT_12345") is None
    row.received_on = date(2026, 11, 20)
    db.session.commit()
    assert duty("HOT_12345") is None
    assert differences() == []


days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
some_days = st.none() | days
some = st.fixed_dictionaries({
    "received_on": days, "accepted_on": some_days, "answered_on": some_days, "concluded_on": some_days,
    "extended_days": st.integers(0, 30), "channel": st.sampled_from(list(Channel)), "historical": st.booleans(),
})  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(some, min_size=1, max_size=3), st.lists(st.tuples(st.integers(0, 2), some), max_size=5))
def test_whatever_is_done_the_check_finds_nothing(units, cast, first, changes):
    rows = [case(units, cast, **values) for values in first]
    for at, values in changes:
        for key, value in values.items():
            setattr(rows[at % len(rows)], key, value)
        db.session.flush()
        assert differences() == []
    for row in rows:
        db.session.delete(row)
    db.session.commit()
    assert differences() == []
