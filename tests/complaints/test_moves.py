"""A case from the call to the close, and who may not."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.complaints.models import Answer, Channel, Complaint, ComplaintState
from ems.complaints.moves import WORKFLOW
from ems.core import dates, duties
from ems.core.db import db
from ems.core.workflow import Step
from tests.conftest import TODAY
from tests.factories import complaint

S = ComplaintState


@pytest.fixture
def case(units, cast):
    return complaint(units, cast)


def move(as_, who, case, name, **data):
    return as_(who).post(f"/complaints/{case.id}/moves/{name}", data=data)


def at(case, state, **known):
    case.state = state
    for key, value in known.items():
        setattr(case, key, value)
    db.session.commit()
    return case


@pytest.mark.parametrize(
    ("name", "state", "who"),
    [
        ("accept", S.REGISTERED, "officer"),
        ("accept", S.REGISTERED, "liaison"),
        ("assign", S.ACCEPTED, "officer"),
        ("assign", S.ACCEPTED, "leader"),
        ("investigate", S.ASSIGNED, "hotline"),
        ("answer", S.HANDLED, "auditor"),
        ("grant_extension", S.ASSIGNED, "officer"),
        ("grant_extension", S.ASSIGNED, "hotline"),
        ("reopen", S.CLOSED, "hotline"),
        ("void", S.REGISTERED, "hotline"),
        ("revisit", S.ANSWERED, "leader"),
    ],
)
def test_who_may_not(as_, cast, case, name, state, who):
    at(case, state, handler_id=cast["officer"].id, extension_asked=5, closed_on=TODAY)
    data = {"remark": "x", "text": "x", "satisfaction": "satisfied", "handling": "x"}
    answer = move(as_, cast[who], case, name, **data)
    assert answer.status_code in {403, 404, 409}
    assert db.session.get(Complaint, case.id).state is state


@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "logadmin"])
def test_administrators_never_see_a_case(as_, cast, case, who):
    assert as_(cast[who]).get(f"/complaints/{case.id}").status_code == 403


def test_another_unit_sees_none_of_it(as_, cast, case):
    assert as_(cast["outsider"]).get(f"/complaints/{case.id}").status_code == 404


def test_a_unit_sees_what_is_assigned_to_it(as_, cast, case, units):
    at(case, S.ACCEPTED, accepted_on=TODAY)
    assert as_(cast["liaison"]).get(f"/complaints/{case.id}").status_code == 404
    sent = move(as_, cast["hotline"], case, "assign", unit_id=units["street"].id, handler_id=cast["liaison"].id)
    assert sent.status_code == 303
    assert as_(cast["liaison"]).get(f"/complaints/{case.id}").status_code == 200


def test_from_the_call_to_the_close(as_, cast, case, units):
    hotline, officer = cast["hotline"], cast["officer"]
    for who, name, data in (
        (hotline, "accept", {}),
        (hotline, "assign", {"unit_id": units["brigade"].id, "handler_id": officer.id}),
        (officer, "investigate", {}),
        (officer, "handle", {"handling": "现场检查，责令停用无净化设施灶头。"}),
        (hotline, "answer", {"text": "已责令整改，复查合格。", "way": "phone"}),
        (hotline, "revisit", {"satisfaction": "satisfied", "remark": "表示感谢"}),
        (hotline, "close", {}),
    ):
        answer = move(as_, who, case, name, **data)
        assert answer.status_code == 303, (name, answer.text)
        assert answer.location.endswith(f"/complaints/{case.id}"), name
    assert case.state is S.CLOSED
    assert (case.answered_on, case.closed_on, case.concluded_on) == (TODAY, TODAY, TODAY)
    assert [d for d in duties.of(Complaint, [case.id])[case.id] if d.met_on is None] == []
    told = [s.move for s in db.session.scalars(select(Step).order_by(Step.id))]
    assert told == ["accept", "assign", "investigate", "handle", "answer", "revisit", "close"]


def test_the_callers_words_stay_when_the_answer_is_given(as_, cast, case):
    said = case.text
    at(case, S.HANDLED, handler_id=cast["officer"].id)
    move(as_, cast["hotline"], case, "answer", text="已整改。", way="phone")
    assert (case.text, [a.text for a in case.answers]) == (said, ["已整改。"])


def test_an_answer_is_never_changed_only_added_to(as_, cast, case):
    at(case, S.HANDLED, handler_id=cast["officer"].id)
    move(as_, cast["hotline"], case, "answer", text="第一次。", way="phone")
    assert as_(cast["hotline"]).get(f"/complaints/{case.id}/edit").status_code == 409
    move(as_, cast["hotline"], case, "supplement", text="第二次。", way="written")
    rows = db.session.execute(select(Answer.number, Answer.text).order_by(Answer.number)).all()
    assert [tuple(row) for row in rows] == [(1, "第一次。"), (2, "第二次。")]


def test_nobody_handles_it_so_nobody_answers(as_, cast, case):
    at(case, S.HANDLED)
    assert "请先指定经办人" in as_(cast["hotline"]).get(f"/complaints/{case.id}").text
    move(as_, cast["hotline"], case, "answer", text="x", way="phone")
    assert case.state is S.HANDLED


def test_with_a_number_known_there_is_a_call_back_first(as_, cast, case):
    at(case, S.ANSWERED, answered_on=TODAY, handler_id=cast["officer"].id)
    move(as_, cast["hotline"], case, "close")
    assert case.state is S.ANSWERED


def test_without_a_number_it_closes_after_the_answer(as_, cast, units):
    case = complaint(units, cast, phone=None)
    at(case, S.HANDLED, handler_id=cast["officer"].id)
    move(as_, cast["hotline"], case, "answer", text="已公示。", way="platform")
    assert move(as_, cast["hotline"], case, "close").status_code == 303
    assert case.state is S.CLOSED


def test_an_order_goes_back_within_one_working_day(as_, cast, case, units):
    at(case, S.ASSIGNED, unit_id=units["street"].id, assigned_on=date(2026, 11, 23), accepted_on=date(2026, 11, 23))
    assert move(as_, cast["liaison"], case, "return_order", remark="地点属桂溪街道").status_code == 303
    assert (case.state, case.assigned_on) == (S.RETURNED, None)
    assert "PET_DISPATCH" in {d.rule for d in duties.of(Complaint, [case.id])[case.id] if d.met_on is None}


def test_after_that_it_does_not(as_, cast, case, units):
    at(case, S.ASSIGNED, unit_id=units["street"].id, assigned_on=date(2026, 11, 20))
    move(as_, cast["liaison"], case, "return_order", remark="地点属桂溪街道")
    assert case.state is S.ASSIGNED


def test_a_return_needs_its_reason(as_, cast, case, units):
    at(case, S.ASSIGNED, unit_id=units["street"].id, assigned_on=TODAY)
    answer = move(as_, cast["liaison"], case, "return_order", remark="")
    assert (answer.status_code, "请写明理由" in answer.text) == (422, True)


def test_only_what_was_forwarded_can_be_objected_to(as_, cast, case, units):
    move(as_, cast["hotline"], case, "object", remark="不属职权")
    assert case.state is S.REGISTERED
    forwarded = complaint(units, cast, channel=Channel.SUPERIOR, received_on=date(2026, 11, 18))
    move(as_, cast["hotline"], forwarded, "object", remark="属市局职权")
    assert forwarded.state is S.OBJECTED
    late = complaint(units, cast, channel=Channel.SUPERIOR, received_on=date(2026, 11, 16))
    move(as_, cast["hotline"], late, "object", remark="属市局职权")
    assert late.state is S.REGISTERED


@pytest.mark.parametrize(
    ("channel", "days", "said"),
    [
        *((Channel.LETTER, days, "1 至 24 日（信访工作条例第三十四条") for days in (0, 31, 25)),
        *((Channel.H12345, days, "1 至 4 个工作日") for days in (0, 5, 24)),
    ],
)
def test_an_extension_has_its_limit_by_what_it_extends(as_, cast, case, channel, days, said):
    """The law's thirty days are of petitions; a platform's order has working days of its own."""
    at(case, S.ASSIGNED, channel=channel, extended_days=6, assigned_on=TODAY)
    answer = move(as_, cast["officer"], case, "ask_extension", extension_asked=days, remark="等待监测报告")
    assert (answer.status_code, case.extension_asked) == (422, None)
    assert said in answer.text


def test_the_day_a_leader_wrote_is_not_ours_to_put_off(as_, cast, case):
    at(case, S.ASSIGNED, channel=Channel.INSTRUCTION, document_due_on=date(2026, 12, 1), assigned_on=TODAY)
    answer = move(as_, cast["officer"], case, "ask_extension", extension_asked=5, remark="等待监测报告")
    assert case.extension_asked is None
    assert "批示件的期限由批示人定" in answer.text
    at(case, S.ASSIGNED, channel=Channel.SUPERIOR, accepted_on=TODAY, extended_days=10)
    found = {d.rule: d.due_on for d in duties.of(Complaint, [case.id])[case.id]}
    assert found["DOC_DUE"] == date(2026, 12, 1)
    assert found["PET_CLOSE"] == date(2027, 2, 2)


def test_an_extension_is_asked_by_one_and_granted_by_another(as_, cast, case):
    at(case, S.ASSIGNED, accepted_on=TODAY, assigned_on=TODAY)
    move(as_, cast["head"], case, "ask_extension", extension_asked=10, remark="等待监测报告")
    move(as_, cast["head"], case, "grant_extension", remark="电话告知")
    assert (case.extended_days, case.extension_asked) == (0, 10)
    move(as_, cast["chief"], case, "grant_extension", remark="")
    assert case.extended_days == 0
    move(as_, cast["chief"], case, "grant_extension", remark="11月24日电话告知反映人")
    assert (case.extended_days, case.extension_asked) == (10, None)
    extended = {d.rule: d.why.get("extra") for d in duties.of(Complaint, [case.id])[case.id]}
    assert extended["HOT_12345"] == 10


def test_reopened_it_has_days_of_its_own_and_keeps_the_old(as_, cast, case):
    at(case, S.CLOSED, accepted_on=TODAY, answered_on=TODAY, closed_on=TODAY, concluded_on=TODAY, assigned_on=TODAY)
    with dates.stopped(dates.at_noon(TODAY + timedelta(days=10))):
        assert move(as_, cast["chief"], case, "reopen", remark="反映人称又复发").status_code == 303
        found = {d.rule: (d.due_on, d.met_on) for d in duties.of(Complaint, [case.id])[case.id]}
    assert (case.state, case.closed_on) == (S.ASSIGNED, None)
    assert found["PET_REOPEN"] == (date(2026, 12, 21), None)
    assert found["HOT_12345"][1] == TODAY


def test_the_handler_does_not_reopen_or_void_their_own(as_, cast, case):
    at(case, S.CLOSED, closed_on=TODAY, handler_id=cast["chief"].id)
    move(as_, cast["chief"], case, "reopen", remark="x")
    assert case.state is S.CLOSED


def test_a_review_is_asked_for_within_thirty_days(as_, cast, case):
    at(case, S.CLOSED, closed_on=TODAY, answered_on=date(2026, 10, 20))
    move(as_, cast["hotline"], case, "ask_review", remark="")
    assert case.state is S.CLOSED
    at(case, S.CLOSED, answered_on=date(2026, 10, 26))
    move(as_, cast["hotline"], case, "ask_review", remark="")
    assert case.state is S.REVIEWING
    move(as_, cast["hotline"], case, "decide_review", remark="维持原答复")
    assert (case.state, case.review_decided_on) == (S.CLOSED, TODAY)
    move(as_, cast["hotline"], case, "ask_recheck", remark="")
    assert case.state is S.RECHECKING


def test_void_keeps_the_row_and_says_why(as_, cast, case):
    move(as_, cast["chief"], case, "void", remark="误登")
    assert case.state is S.VOID
    assert db.session.scalars(select(Step.remark).where(Step.move == "void")).all() == ["误登"]


def test_a_handler_of_another_unit_is_refused(as_, cast, case, units):
    at(case, S.ACCEPTED, accepted_on=TODAY)
    answer = move(as_, cast["hotline"], case, "assign", unit_id=units["street"].id, handler_id=cast["outsider"].id)
    assert (answer.status_code, case.state) == (422, S.ACCEPTED)
    assert "经办人不能办理这个单位的事项" in answer.text


def test_every_move_stands_on_the_page_with_its_verb(as_, cast, case):
    for state in S:
        at(case, state, closed_on=TODAY)
        page = as_(cast["head"]).get(f"/complaints/{case.id}").text
        for way in WORKFLOW.open_to(cast["head"], case):
            assert str(way.move.label) in page
