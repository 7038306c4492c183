from datetime import timedelta

import pytest
from sqlalchemy import select

from ems.complaints.models import Complaint, ComplaintState, Identity
from ems.core import settle
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Role, User
from ems.core.workflow import Step
from ems.people import handing
from ems.people.models import Handover
from tests.conftest import TODAY, person
from tests.factories import complaint, inspection, order, permit


@pytest.fixture
def successor(units, cast):
    return person("newcomer", Role.OFFICER, units["zone"])


def hand(client, leaver, successor, **form):
    return client.post(f"/handovers/new?leaver={leaver.id}&successor={successor.id}", data={"remark": "调离"} | form)


def assigned(units, cast, **known):
    about = {"state": ComplaintState.ASSIGNED, "accepted_on": TODAY, "assigned_on": TODAY, "decided_on": TODAY}
    return complaint(units, cast, **about | {"handler_id": cast["officer"].id} | known)


@pytest.mark.parametrize("name", ["liaison", "officer", "hotline", "auditor", "leader", "sysadmin", "logadmin"])
def test_who_may_not_hand_over(cast, as_, units, successor, name):
    assigned(units, cast)
    assert as_(cast[name]).get("/handovers/new").status_code == 403
    assert hand(as_(cast[name]), cast["officer"], successor).status_code == 403
    assert db.session.scalars(select(Handover)).all() == []


def test_a_head_hands_over_only_people_in_their_reach(cast, as_, units, successor):
    assigned(units, cast)
    assert hand(as_(cast["chief"]), cast["officer"], successor).status_code == 404
    theirs = [person(name, Role.OFFICER, units["brigade"]) for name in ("first", "second")]
    row = assigned(units, cast, handler_id=theirs[0].id, unit_id=units["brigade"].id)
    assert hand(as_(cast["chief"]), theirs[0], successor).status_code == 404
    assert hand(as_(cast["chief"]), *theirs).status_code == 303
    assert db.session.get_one(Complaint, row.id).handler_id == theirs[1].id


def test_what_lies_beyond_their_reach_stays_and_is_told(cast, as_, units):
    theirs = [person(name, Role.OFFICER, units["brigade"]) for name in ("first", "second")]
    near = assigned(units, cast, handler_id=theirs[0].id, unit_id=units["brigade"].id)
    far = assigned(units, cast, handler_id=theirs[0].id, unit_id=units["street"].id)
    page = as_(cast["chief"]).get(f"/handovers/new?leaver={theirs[0].id}").text
    assert "另有 1 项不在您的管理范围内" in page
    hand(as_(cast["chief"]), *theirs)
    assert db.session.get_one(Complaint, near.id).handler_id == theirs[1].id
    assert db.session.get_one(Complaint, far.id).handler_id == theirs[0].id


def test_a_successor_who_could_not_see_the_cases_is_refused(cast, as_, units):
    row = assigned(units, cast)
    answer = hand(as_(cast["secadmin"]), cast["officer"], cast["liaison"])
    assert answer.status_code == 409
    assert "看不到其中 1 项" in answer.text
    assert db.session.get_one(Complaint, row.id).handler_id == cast["officer"].id


def test_nobody_takes_over_from_themself_or_with_a_closed_account(cast, as_, units, successor):
    assigned(units, cast)
    client = as_(cast["secadmin"])
    assert hand(client, cast["officer"], cast["officer"]).status_code == 409
    successor.active = False
    db.session.commit()
    assert hand(client, cast["officer"], successor).status_code == 409


def test_where_there_is_nothing_there_is_no_paper(cast, as_, successor):
    answer = hand(as_(cast["secadmin"]), cast["officer"], successor)
    assert (answer.status_code, "没有可以移交的" in answer.text) == (409, True)


def test_cases_and_their_duties_go_to_the_successor(cast, as_, units, successor):
    rows = [assigned(units, cast) for _n in range(3)]
    before = db.session.scalars(select(Duty.id).where(Duty.owner_id == cast["officer"].id)).all()
    assert before
    answer = hand(as_(cast["secadmin"]), cast["officer"], successor)
    assert answer.status_code == 303
    assert {db.session.get_one(Complaint, row.id).handler_id for row in rows} == {successor.id}
    owners = db.session.execute(select(Duty.owner_id).where(Duty.met_on.is_(None), Duty.owner_id.isnot(None))).scalars()
    assert cast["officer"].id not in set(owners)
    assert len(db.session.scalars(select(Duty.id).where(Duty.owner_id == successor.id)).all()) == len(before)
    assert settle.rebuild(db.session(), Complaint, check=True) == []


def test_every_column_that_names_the_person_moves(cast, as_, units):
    """The clerk who took a case answers for its first duties."""
    other = person("clerk", Role.HOTLINE, units["zone"])
    row = complaint(units, cast)
    assert db.session.scalars(select(Duty).where(Duty.owner_id == cast["hotline"].id)).all()
    hand(as_(cast["secadmin"]), cast["hotline"], other)
    assert db.session.get_one(Complaint, row.id).taken_by_id == other.id
    assert not db.session.scalars(select(Duty).where(Duty.owner_id == cast["hotline"].id, Duty.met_on.is_(None))).all()


def test_what_is_closed_keeps_whoever_did_it(cast, as_, units, successor):
    assigned(units, cast)
    done = complaint(
        units, cast, state=ComplaintState.CLOSED, handler_id=cast["officer"].id, received_on=TODAY - timedelta(days=9),
        accepted_on=TODAY, assigned_on=TODAY, handled_on=TODAY, answered_on=TODAY, revisited_on=TODAY, closed_on=TODAY,
        concluded_on=TODAY, decided_on=TODAY, notified_on=TODAY, investigated_on=TODAY,
    )  # fmt: skip
    hand(as_(cast["secadmin"]), cast["officer"], successor)
    assert db.session.get_one(Complaint, done.id).handler_id == cast["officer"].id


def test_the_paper_keeps_what_it_was(cast, as_, units, successor):
    row = assigned(units, cast, title="楼下餐馆油烟")
    due = min(db.session.scalars(select(Duty.due_on).where(Duty.owner_id == cast["officer"].id)))
    hand(as_(cast["secadmin"]), cast["officer"], successor)
    paper = db.session.scalars(select(Handover)).one()
    assert (paper.no, paper.title) == ("JJ-2026-0001", "officer → newcomer")
    assert (paper.from_id, paper.to_id, paper.by_id) == (cast["officer"].id, successor.id, cast["secadmin"].id)
    item = {"type": "complaint", "id": row.id, "no": row.no, "title": "楼下餐馆油烟", "due_on": f"{due}"}
    assert paper.items == [item]


def test_the_diary_and_the_log_tell_of_it(cast, as_, units, successor):
    row = assigned(units, cast)
    hand(as_(cast["secadmin"]), cast["officer"], successor)
    steps = db.session.scalars(select(Step).where(Step.subject_type == "complaint", Step.subject_id == row.id)).all()
    assert [(s.by_id, s.remark) for s in steps] == [
        (cast["secadmin"].id, "交接：由 officer 移交 newcomer，交接单 JJ-2026-0001")
    ]
    about = (LogEntry.subject_type == "complaint", LogEntry.subject_id == row.id, LogEntry.act == "changed")
    entry = db.session.scalars(select(LogEntry).where(*about)).one()
    assert entry.changes == {"handler_id": [f"{cast['officer'].id}", f"{successor.id}"]}
    assert entry.actor_id == cast["secadmin"].id
    paper = db.session.scalars(select(LogEntry).where(LogEntry.subject_type == "handover")).one()
    assert row.title not in str(paper.changes)


def test_whoever_left_already_can_still_be_handed_over(cast, as_, units, successor):
    row = assigned(units, cast)
    cast["officer"].active = False
    cast["officer"].posts[0].until = TODAY - timedelta(days=1)
    db.session.commit()
    assert hand(as_(cast["head"]), cast["officer"], successor).status_code == 303
    assert db.session.get_one(Complaint, row.id).handler_id == successor.id


def test_after_it_the_account_can_be_closed(cast, as_, units, successor):
    assigned(units, cast)
    client = as_(cast["secadmin"])
    hand(client, cast["officer"], successor)
    client.post(f"/people/{cast['officer'].id}/deactivate")
    assert not db.session.get_one(User, cast["officer"].id).active


def test_an_administrators_paper_has_numbers_and_no_titles(cast, as_, units, successor):
    row = assigned(units, cast, title="楼下餐馆油烟")
    hand(as_(cast["secadmin"]), cast["officer"], successor)
    paper = db.session.scalars(select(Handover)).one()
    page = as_(cast["secadmin"]).get(f"/handovers/{paper.id}").text
    assert row.no in page
    assert "楼下餐馆油烟" not in page
    assert "移交人（签字）" in page
    assert "接交人（签字）" in page


def test_the_two_who_sign_read_the_paper_and_others_do_not(cast, as_, units, successor):
    assigned(units, cast, title="楼下餐馆油烟")
    hand(as_(cast["head"]), cast["officer"], successor)
    paper = db.session.scalars(select(Handover)).one()
    assert "楼下餐馆油烟" in as_(successor).get(f"/handovers/{paper.id}").text
    assert as_(cast["officer"]).get(f"/handovers/{paper.id}").status_code == 200
    assert as_(cast["liaison"]).get(f"/handovers/{paper.id}").status_code == 404
    assert as_(cast["chief"]).get(f"/handovers/{paper.id}").status_code == 404
    assert paper.no in as_(successor).get("/account").text


def test_a_confidential_case_is_a_number_on_paper(cast, as_, units, successor):
    assigned(units, cast, title="要求保密的事", identity=Identity.CONFIDENTIAL)
    hand(as_(cast["head"]), cast["officer"], successor)
    paper = db.session.scalars(select(Handover)).one()
    assert "要求保密的事" not in as_(cast["head"]).get(f"/handovers/{paper.id}").text


def test_the_two_officers_of_an_inspection_cannot_become_one(cast, as_, units, successor):
    row = inspection(units, cast)
    answer = hand(as_(cast["secadmin"]), cast["officer"], cast["head"])
    assert answer.status_code == 409
    assert f"{row.no} 中 head 已是另一名经办人" in answer.text
    assert db.session.scalars(select(Handover)).all() == []
    assert hand(as_(cast["secadmin"]), cast["officer"], successor).status_code == 303
    assert (db.session.get_one(type(row), row.id).lead_id, row.second_id) == (successor.id, cast["head"].id)


def test_one_step_moves_what_stands_in_every_module(cast, as_, units, successor):
    assigned(units, cast)
    rows = [make(units, cast) for make in (inspection, order, permit)]
    hand(as_(cast["secadmin"]), cast["officer"], successor)
    paper = db.session.scalars(select(Handover)).one()
    kinds = {item["type"] for item in paper.items}
    assert {"complaint", "enterprise"} | {row.__tablename__ for row in rows} <= kinds
    assert not db.session.scalars(select(Duty).where(Duty.owner_id == cast["officer"].id, Duty.met_on.is_(None))).all()
    assert paper.duties == len(
        db.session.scalars(select(Duty.id).where(Duty.owner_id == successor.id, Duty.met_on.is_(None))).all()
    )


def test_every_row_that_can_name_a_person_in_charge_is_known(app):
    named = {f"{model.__tablename__}.{column.key}" for model, known in handing.columns().items() for column in known}
    assert {"complaint.handler_id", "complaint.taken_by_id"} <= named
    for clocks in settle.CLOCKS.values():
        for clock in clocks:
            assert clock.owner is None or f"{clock.model.__tablename__}.{clock.owner.key}" in named
