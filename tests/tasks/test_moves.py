from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core import duties, module
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.errors import Refused
from ems.core.workflow import Step
from ems.tasks import work
from ems.tasks.models import Task, TaskState
from ems.tasks.moves import WORKFLOW
from tests.conftest import TODAY
from tests.factories import complaint, late, order, task


def due(row):
    return {duty.rule: duty for duty in duties.of(Task, [row.id])[row.id]}


def fire(name, user, row, remark=""):
    WORKFLOW.fire(name, user, row, remark)
    db.session.commit()


def answered(units, cast, **known):
    """The liaison has answered."""
    row = task(units, cast, **known)
    fire("report", cast["liaison"], row)
    return row


@pytest.mark.parametrize("who", ["outsider", "auditor", "leader", "sysadmin"])
def test_who_may_not_answer(app, cast, units, who):
    with pytest.raises(Refused):
        WORKFLOW.fire("report", cast[who], task(units, cast))


@pytest.mark.parametrize("who", ["liaison", "officer", "hotline", "auditor", "outsider", "chief", "secadmin"])
@pytest.mark.parametrize("move", ["close", "send_back", "void"])
def test_who_may_not_judge_the_answer(app, cast, units, who, move):
    with pytest.raises(Refused):
        WORKFLOW.fire(move, cast[who], answered(units, cast))


def test_whoever_asks_does_not_answer(app, cast, units):
    with pytest.raises(Refused, match="您是下达人，请由承办单位反馈"):
        WORKFLOW.fire("report", cast["head"], task(units, cast))


def test_another_head_does_not_close_what_a_leader_asked(app, cast, units):
    with pytest.raises(Refused, match="由下达人 leader 或局领导办理"):
        WORKFLOW.fire("close", cast["head"], answered(units, cast, by=cast["leader"]))


def test_nobody_closes_what_they_answered(app, cast, units):
    row = task(units, cast, by=cast["leader"])
    fire("report", cast["head"], row)
    with pytest.raises(Refused, match="办理情况是您反馈的"):
        WORKFLOW.fire("close", cast["head"], row)


def test_nobody_voids_what_they_are_asked(app, cast, units):
    row = task(units, cast, by=cast["leader"], owner_id=cast["head"].id)
    with pytest.raises(Refused, match="您是承办人"):
        WORKFLOW.fire("void", cast["head"], row, "不办了")


def test_no_row_says_that_one_person_answered_and_closed(app, cast, units):
    row = answered(units, cast)
    row.closed_by_id = row.reported_by_id
    with pytest.raises(IntegrityError):
        db.session.commit()


def test_a_slip_is_not_closed_before_it_is_answered(app, cast, units):
    with pytest.raises(Refused, match="现在是“已下达”"):
        WORKFLOW.fire("close", cast["head"], task(units, cast))


def test_who_asked_closes_it_and_a_leader_may_too(app, cast, units):
    for who in ("head", "leader"):
        row = answered(units, cast)
        fire("close", cast[who], row, "已核实。")
        assert (row.state, row.closed_on, row.closed_by_id) == (TaskState.CLOSED, TODAY, cast[who].id)


def test_the_duty_to_answer_arises_and_the_answer_meets_it(app, cast, units):
    row = task(units, cast)
    duty = due(row)["TASK_REPLY"]
    assert (duty.due_on, duty.owner_id, duty.ours, duty.met_on) == (date(2026, 11, 27), cast["liaison"].id, True, None)
    assert duty.sentence == "督办单载明的反馈期限 2026-11-27，依据本局工作制度"
    fire("report", cast["liaison"], row)
    assert due(row)["TASK_REPLY"].met_on == TODAY


def test_a_slip_sent_back_has_a_new_day_and_keeps_whether_the_first_answer_was_in_time(app, cast, units):
    row = answered(units, cast)
    row.due_on = date(2026, 12, 1)
    fire("send_back", cast["head"], row, "没有写明原因。")
    assert (row.state, row.round, row.reported_on, row.reported_by_id) == (TaskState.RETURNED, 2, None, None)
    assert (row.asked_by_on, row.replied_on) == (date(2026, 11, 27), TODAY)
    named = due(row)
    assert (len(named), named["TASK_REPLY"].due_on, named["TASK_REPLY"].met_on) == (1, date(2026, 12, 1), None)


def test_a_void_slip_asks_for_nothing(app, cast, units):
    row = task(units, cast)
    fire("void", cast["head"], row, "下达有误")
    assert due(row) == {}
    assert db.session.scalars(select(Step.alarm).where(Step.move == "void")).one()


def test_a_second_slip_for_one_duty_does_not_get_into_the_table(app, cast, units):
    duty = late(units, cast)
    task(units, cast, duty=duty)
    with pytest.raises(IntegrityError):
        task(units, cast, duty=duty)


def test_a_duty_may_be_asked_about_again_when_the_slip_is_closed(app, cast, units):
    duty = late(units, cast)
    row = task(units, cast, duty=duty)
    fire("report", cast["liaison"], row)
    fire("close", cast["head"], row, "限期一周。")
    assert work.standing(duty) is None
    assert task(units, cast, duty=duty).no != row.no


def only(user, duty):
    return " ".join(work.objections(duty, user))


def test_what_stands_against_a_slip(app, cast, units):
    assert only(cast["head"], late(units, cast)) == ""
    assert "不能督办自己" in only(cast["liaison"], late(units, cast))
    assert "还没有逾期（期限 2026-11-26）" in only(cast["head"], late(units, cast, due_on=TODAY + timedelta(days=2)))
    assert "已于 2026-11-20 办理" in only(cast["head"], late(units, cast, corrected_on=date(2026, 11, 20)))
    theirs = order(units, cast, due_on=TODAY - timedelta(days=9), issued_on=date(2026, 11, 1))
    owed = select(Duty).where(Duty.subject_id == theirs.id, Duty.rule == "ORDER_CORRECT")
    assert "这项期限由企业承担" in only(cast["head"], db.session.scalars(owed).one())
    row = task(units, cast, due_on=TODAY - timedelta(days=1))
    assert "请在原督办单上办理" in only(cast["leader"], due(row)["TASK_REPLY"])


def test_the_slip_keeps_what_it_is_about_when_the_duty_moves(app, cast, units):
    duty = late(units, cast)
    row = task(units, cast, duty=duty)
    said = (row.matter, row.asked, row.basis, row.matter_due_on, row.days_late)
    assert said == (
        "整改通知 ZG-2026-0001", "完成体系不符合纠正措施", "纠正期限 2026-11-14，依据《ISO 14001》第10.2条",
        date(2026, 11, 14), 10,
    )  # fmt: skip
    of = db.session.get(module.subject(duty.subject_type).model, duty.subject_id)
    of.due_on = date(2026, 12, 20)
    db.session.commit()
    assert (row.matter_due_on, row.days_late, work.now(row)) == (date(2026, 11, 14), 10, None)


def test_the_slip_names_a_record_by_its_number_alone(app, cast, units):
    case = complaint(units, cast, received_on=date(2026, 9, 1), title="某某饭店油烟")
    duty = db.session.scalars(select(Duty).where(Duty.subject_id == case.id).order_by(Duty.id).limit(1)).one()
    said = work.ground(duty)
    assert said.matter == f"投诉 {case.no}"
    assert "某某饭店" not in "".join(
        (said.matter, said.asked, said.basis, *map(str, work.suggested(duty, cast["head"]).values()))
    )
