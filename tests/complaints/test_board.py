"""The board: what stands where, what is most urgent, and who is offered which button."""

from datetime import date, timedelta
from functools import partial

from ems.complaints import board
from ems.complaints.models import Channel, ComplaintState
from ems.complaints.stages import Stage
from ems.core.db import db
from ems.core.policy import Act
from tests.conftest import TODAY
from tests.factories import complaint
from tests.test_house import count_queries

S = ComplaintState


def lanes(user, **asked):
    return {lane.stage: lane for lane in board.lanes(user, asked)}


def test_every_open_case_stands_in_one_column_and_no_other(app, units, cast):
    placed = {
        Stage.INTAKE: {"state": S.REGISTERED}, Stage.DISPATCH: {"state": S.RETURNED}, Stage.WORK: {"state": S.ASSIGNED},
        Stage.ANSWER: {"state": S.HANDLED}, Stage.CALL: {"state": S.REVISITED},
        Stage.HELD: {"state": S.ASSIGNED, "extension_asked": 5},
    }  # fmt: skip
    made = {stage: complaint(units, cast, accepted_on=TODAY, **known).id for stage, known in placed.items()}
    complaint(units, cast, state=S.CLOSED, closed_on=TODAY)
    complaint(units, cast, state=S.ASSIGNED, historical=True)
    found = lanes(cast["head"])
    assert {stage: [card.case.id for card in lane.cards] for stage, lane in found.items()} == {
        stage: [id] for stage, id in made.items()
    }


def test_the_most_urgent_is_first_and_the_rest_is_in_the_list(app, as_, units, cast, monkeypatch):
    monkeypatch.setattr(board, "ROWS", 2)
    made = [complaint(units, cast, received_on=TODAY - timedelta(days=n)) for n in (1, 6, 3)]
    lane = lanes(cast["head"])[Stage.INTAKE]
    assert [card.case.id for card in lane.cards] == [made[1].id, made[2].id]
    assert (lane.total, lane.more, lane.late) == (3, 1, 2)
    page = as_(cast["head"]).get("/complaints/board").text
    assert "还有 1 件" in page
    assert "/complaints/?stage=intake" in page
    listed = as_(cast["head"]).get("/complaints/?stage=intake").text
    assert all(case.no in listed for case in made)
    assert made[0].no not in as_(cast["head"]).get("/complaints/?stage=work").text
    assert as_(cast["head"]).get("/complaints/?stage=nowhere").status_code == 409


def test_it_is_narrowed_as_the_list_is_and_shows_only_ones_own(app, as_, units, cast):
    mine = complaint(units, cast, unit_id=units["street"].id, state=S.ASSIGNED, handler_id=cast["liaison"].id)
    other = complaint(units, cast, channel=Channel.LETTER)
    shown = as_(cast["liaison"]).get("/complaints/board").text
    assert (mine.no in shown, other.no in shown) == (True, False)
    assert as_(cast["sysadmin"]).get("/complaints/board").status_code == 403
    assert lanes(cast["head"], channel="letter")[Stage.WORK].total == 0
    assert lanes(cast["liaison"], view="mine")[Stage.WORK].total == 1


def test_a_button_is_offered_to_who_may_press_it(app, units, cast):
    case = complaint(units, cast, state=S.ASSIGNED, unit_id=units["street"].id)
    assert lanes(cast["liaison"])[Stage.WORK].cards[0].move.name == "investigate"
    assert lanes(cast["hotline"])[Stage.WORK].cards[0].move is None
    case.state = S.HANDLED
    db.session.commit()
    assert lanes(cast["officer"])[Stage.ANSWER].cards[0].move is None  # nobody handles it: no answer yet
    assert board.following(complaint(units, cast, state=S.ANSWERED, phone=None), {act: {2} for act in Act}) is not None


def test_it_costs_as_many_statements_for_many_as_for_one(app, as_, units, cast):
    client = as_(cast["head"])
    complaint(units, cast, received_on=date(2026, 11, 20))
    client.get("/complaints/board")
    one = count_queries(partial(client.get, "/complaints/board"))
    for state in (S.REGISTERED, S.ASSIGNED, S.HANDLED, S.ANSWERED):
        complaint(units, cast, state=state, handler_id=cast["officer"].id)
    assert count_queries(partial(client.get, "/complaints/board")) == one
