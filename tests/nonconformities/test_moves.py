from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from ems.core import dates, duties
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.people import Role
from ems.nonconformities import work
from ems.nonconformities.models import Effect, Elsewhere, Grade, NcState, Nonconformity, Origin, SimilarState
from ems.nonconformities.moves import WORKFLOW, mine_to_look_at
from ems.nonconformities.part_moves import ACTIONS, SIMILAR
from ems.nonconformities.work import Fault
from tests.conftest import NOON, TODAY, person
from tests.factories import action, nonconformity, similar


def fire(name, user, row, remark="", **asked):
    flow = {"nonconformity": WORKFLOW, "corrective_action": ACTIONS, "similar_check": SIMILAR}[row.__tablename__]
    move = flow.find(name, user, row)
    for key, value in asked.items():
        setattr(row, key, value)
    from ems.core.workflow import carry_out  # noqa: PLC0415  beside `find`, as a page does

    carry_out(move, user, row, remark)
    db.session.commit()


def due(row):
    return {duty.rule: duty for duty in duties.of(type(row), [row.id])[row.id]}


SAID = {"correction": "台账已补齐。", "corrected_on": TODAY, "cause": "交接时没有讲。", "elsewhere": Elsewhere.NO}


def put_right(units, cast, **known):
    """The liaison officer has found the cause and done what they wanted to do about it."""
    row = nonconformity(units, cast, **known)
    fire("analyse", cast["liaison"], row, **SAID)
    fire("done", cast["liaison"], action(units, cast, of=row), done_on=TODAY, result="已增加。")
    fire("report", cast["liaison"], row)
    return row


def looked_at(units, cast, **known):
    row = put_right(units, cast, **known)
    fire("verify", cast["auditor"], row, verification="看了台账。")
    return row


@pytest.mark.parametrize("who", ["outsider", "auditor", "leader", "hotline", "sysadmin"])
def test_who_may_not_put_it_right(app, cast, units, who):
    with pytest.raises(Refused):
        WORKFLOW.fire("analyse", cast[who], nonconformity(units, cast))


@pytest.mark.parametrize("who", ["liaison", "officer", "outsider", "leader", "chief", "secadmin"])
def test_who_may_not_verify_or_judge(app, cast, units, who):
    row = put_right(units, cast)
    for move in ("verify", "send_back", "void"):
        with pytest.raises(Refused):
            WORKFLOW.fire(move, cast[who], row)


def test_nobody_verifies_what_they_had_a_hand_in(app, cast, units):
    row = put_right(units, cast, owner_id=cast["head"].id)
    with pytest.raises(Refused, match="您是责任人"):
        WORKFLOW.fire("verify", cast["head"], row)
    row.owner_id, row.actions[0].done_by_id = cast["liaison"].id, cast["head"].id
    with pytest.raises(Refused, match="您参与了这项整改"):
        WORKFLOW.fire("verify", cast["head"], row)


def test_all_that_is_missing_is_said_before_it_counts_as_put_right(app, cast, units):
    row = nonconformity(units, cast, state=NcState.ACTING)
    with pytest.raises(Refused) as said:
        WORKFLOW.fire("report", cast["liaison"], row)
    for words in ("还没有填写纠正", "还没有分析原因", "举一反三", "还没有纠正措施"):
        assert words in str(said.value), words
    action(units, cast, of=row)
    with pytest.raises(Refused, match="第 1 项纠正措施还没有完成"):
        WORKFLOW.fire("report", cast["liaison"], row)


def test_an_observation_needs_no_action(app, cast, units):
    row = nonconformity(units, cast, grade=Grade.OBSERVATION)
    fire("analyse", cast["liaison"], row, **SAID)
    fire("report", cast["liaison"], row)
    assert row.state is NcState.DONE


def test_from_what_is_wrong_to_whether_it_helped(app, cast, units):
    row = looked_at(units, cast)
    assert {name: duty.owner_id for name, duty in due(row).items() if not duty.met_on} == {
        "NC_EFFECT": cast["auditor"].id
    }
    assert (due(row)["NC_EFFECT"].due_on, row.in_time) == (TODAY + timedelta(days=90), True)
    with pytest.raises(Refused, match="效果还看不出来：2026-12-24 起可以评价"):
        WORKFLOW.fire("effective", cast["auditor"], row)
    with dates.stopped(NOON + timedelta(days=30)):
        fire("effective", cast["auditor"], row, effect_note="一个月里没有再缺。")
    assert (row.state, row.effect, row.closed_on) == (NcState.CLOSED, Effect.EFFECTIVE, TODAY + timedelta(days=30))
    assert all(duty.met_on for duty in due(row).values())


def test_what_did_not_help_needs_something_new(app, cast, units):
    row = looked_at(units, cast)
    fire("ineffective", cast["auditor"], row, due_on=TODAY + timedelta(days=20), effect_note="又缺了。")
    assert (row.state, row.round, row.verified_on, row.first_effect) == (NcState.RETURNED, 2, None, "ineffective")
    fire("analyse", cast["liaison"], row)
    with pytest.raises(Refused, match="上一轮措施评价为无效，还没有新的纠正措施"):
        WORKFLOW.fire("report", cast["liaison"], row)
    fire("done", cast["liaison"], action(units, cast, of=row), done_on=TODAY, result="改为双人交接。")
    fire("report", cast["liaison"], row)
    assert (row.state, due(row)["RECT_NC"].due_on) == (NcState.DONE, TODAY + timedelta(days=20))


def test_the_database_closes_none_that_nobody_judged(app, cast, units):
    row = looked_at(units, cast)
    row.state, row.closed_on = NcState.CLOSED, TODAY
    with pytest.raises(IntegrityError):
        db.session.commit()
    db.session.rollback()


def test_more_time_is_asked_for_and_granted_by_another(app, cast, units):
    row = nonconformity(units, cast)
    fire("ask_extension", cast["liaison"], row, extension_asked=10)
    with pytest.raises(Refused):
        WORKFLOW.fire("grant_extension", cast["liaison"], row)
    fire("grant_extension", cast["head"], row)
    assert (row.ends_on, due(row)["RECT_NC"].due_on) == (TODAY + timedelta(days=40), TODAY + timedelta(days=40))
    row.due_on = TODAY - timedelta(days=41)
    with pytest.raises(Refused, match="已过，不能再申请延期"):
        WORKFLOW.fire("ask_extension", cast["liaison"], row)


def test_what_is_void_asks_nobody(app, cast, units):
    one = action(units, cast)
    row, asked = one.nonconformity, similar(units, cast, of=one.nonconformity)
    fire("void", cast["head"], row, "登记错了")
    assert (due(row), due(one), due(asked), asked.state) == ({}, {}, {}, SimilarState.VOID)


def test_what_is_to_be_verified_keeps_its_actions(app, cast, units):
    row = put_right(units, cast)
    with pytest.raises(Refused, match="纠正措施不能再改"):
        ACTIONS.fire("undone", cast["liaison"], row.actions[0])


def test_another_unit_answers_and_owns_up(app, cast, units):
    one = similar(units, cast)
    assert due(one)["NC_SIMILAR"].owner_id == cast["outsider"].id
    assert work.tell(one.nonconformity, [units["other"].id], "再问一次", cast["auditor"]) == []
    with pytest.raises(Refused):
        SIMILAR.fire("clear", cast["liaison"], one)
    fire("found", cast["outsider"], one, answer="危废台账也缺一个月\n九月没有记。")
    made = one.raised
    assert (made.unit_id, made.origin, made.title) == (units["other"].id, Origin.SIMILAR, "危废台账也缺一个月")
    assert (made.owner_id, one.nonconformity.told) == (cast["outsider"].id, [one])


def test_nothing_is_closed_while_a_unit_that_was_asked_is_silent(app, cast, units):
    row = looked_at(units, cast)
    similar(units, cast, of=row)
    with dates.stopped(NOON + timedelta(days=40)), pytest.raises(Refused, match="桂溪街道办事处还没有答复自查结果"):
        WORKFLOW.fire("effective", cast["auditor"], row)


def test_one_key_is_raised_once_and_the_same_clause_again_is_told(app, cast, units):
    fault = Fault("噪声超标", "夜间超标 3 dB。", Origin.EXCEEDANCE, units["street"].id, source_key="m:1", clause="8.1")
    first, second = work.raise_(None, fault), work.raise_(cast["officer"], fault)
    assert (first.id, first.owner_id, first.no) == (second.id, cast["liaison"].id, "BF-2026-0001")
    assert first.due_on == TODAY + timedelta(days=60)
    again = work.raise_(None, Fault("噪声又超标", "", Origin.EXCEEDANCE, units["street"].id, clause="8.1"))
    assert (again.repeats_id, first.repeats_id, again.no) == (first.id, None, "BF-2026-0002")
    assert db.session.scalar(select(func.count()).select_from(Nonconformity)) == 2


def test_whoever_had_a_hand_in_it_verifies_nothing_whatever_others_do_afterwards(app, cast, units, as_):
    """The row names the last one who analysed it, the diary all; and an owner does not slip away at the end."""
    first = person("first", Role.CHIEF, units["street"])
    row = nonconformity(units, cast, verifier_id=first.id)
    fire("analyse", first, row, **SAID)
    fire("analyse", cast["liaison"], row, **SAID)
    fire("done", cast["liaison"], action(units, cast, of=row), done_on=TODAY, result="已增加。")
    fire("report", cast["liaison"], row)
    verify = f"/nonconformities/{row.id}/moves/verify"
    assert as_(first).post(verify, data={"verification": "看了。"}).status_code == 409
    assert db.session.scalars(select(Nonconformity).where(mine_to_look_at(first))).all() == []

    owner = person("owner", Role.CHIEF, units["street"])
    row = put_right(units, cast, owner_id=owner.id)
    given = {"owner_id": cast["liaison"].id, "verifier_id": "", "remark": ""}
    assert as_(owner).post(f"/nonconformities/{row.id}/moves/assign", data=given).status_code == 409
    assert as_(cast["auditor"]).get(f"/nonconformities/{row.id}/moves/assign").status_code == 200


def test_who_found_their_own_fault_does_not_put_its_day_off_and_blanks_are_no_words(app, cast, units, as_):
    row = nonconformity(units, cast, found_by_id=cast["liaison"].id)
    day, client = row.due_on, as_(cast["liaison"])
    said = {"title": row.title, "text": row.text, "origin": "other", "grade": "minor", "found_on": "2026-11-24"}
    said |= {"unit_id": units["street"].id, "owner_id": cast["liaison"].id, "verifier_id": "", "clause": "7.5"}
    later = client.post(f"/nonconformities/{row.id}/edit", data=said | {"due_on": f"{day + timedelta(days=1)}"})
    assert (later.status_code, "推后期限须申请延期" in later.text) == (422, True)
    unsaid = said | {"due_on": "", "grade": "observation"}
    assert client.post(f"/nonconformities/{row.id}/edit", data=unsaid).status_code == 303
    assert db.session.get(Nonconformity, row.id).due_on == day
    one = similar(units, cast)
    answer = as_(cast["outsider"]).post(f"/nonconformities/similar/{one.id}/moves/found", data={"answer": "  "})
    assert (answer.status_code, "请填写" in answer.text) == (422, True)


def test_what_others_found_the_units_head_neither_voids_nor_rewrites(app, cast, units, as_):
    mine = person("streets", Role.CHIEF, units["street"])
    row = nonconformity(units, cast, found_by_id=cast["auditor"].id)
    page = f"/nonconformities/{row.id}"
    answer = as_(mine).post(f"{page}/moves/void", data={"remark": "没有这回事"})
    assert (answer.status_code, "由发现人、验证人" in answer.text) == (409, True)
    assert [as_(who).get(f"{page}/edit").status_code for who in (mine, cast["auditor"])] == [409, 200]
    assert as_(cast["auditor"]).post(f"{page}/moves/void", data={"remark": "重复"}).status_code == 303
    own = nonconformity(units, cast, found_by_id=cast["liaison"].id, origin=Origin.SELF_CHECK)
    assert as_(mine).post(f"/nonconformities/{own.id}/moves/void", data={"remark": "重复"}).status_code == 303
    one, asked = similar(units, cast), person("others", Role.CHIEF, units["other"])
    page = f"/nonconformities/similar/{one.id}/moves/void"
    assert as_(asked).post(page, data={"remark": "不查"}).status_code == 409
    assert as_(cast["auditor"]).post(page, data={"remark": "问错了"}).status_code == 303
