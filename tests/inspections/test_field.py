import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from ems.core import attachments, dates, duties
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.people import User
from ems.core.workflow import Step
from ems.inspections.models import Finding, Inspection, InspectionState, Refusal, Remedy, Severity, Verdict
from ems.inspections.moves import WORKFLOW
from ems.nonconformities.models import Nonconformity, Origin
from ems.orders.models import Order, OrderState
from tests.conftest import NOON, TODAY
from tests.factories import complaint, inspection, order
from tests.inspections.conftest import SIGNED, photo, sent


def post(as_, who, row, data):
    return as_(who).post(f"/inspections/{row.id}/field", data=data, content_type="multipart/form-data")


def test_who_may_not_fill_in_the_form(as_, cast, begun):
    for who in ("leader", "auditor", "hotline"):
        assert as_(cast[who]).get(f"/inspections/{begun.id}/field").status_code == 403
        assert post(as_, cast[who], begun, sent(begun, cast)).status_code == 403
    answer = post(as_, cast["chief"], begun, sent(begun, cast))
    assert (answer.status_code, "请由检查人员填写" in answer.text) == (409, True)
    assert db.session.get(Inspection, begun.id).state is InspectionState.OPEN


def test_nobody_but_the_officers_begins_it(as_, cast, units):
    row = inspection(units, cast)
    assert as_(cast["chief"]).post(f"/inspections/{row.id}/moves/open").status_code == 409
    answer = as_(cast["officer"]).post(f"/inspections/{row.id}/moves/open")
    assert answer.location.endswith(f"/inspections/{row.id}/field")


def test_a_draft_keeps_everything_typed(as_, cast, begun):
    data = sent(begun, cast, fails={2}, go="save", summary="二号线停产。", refusal="refused", refusal_reason="不认可",
                witness="社区网格员", opinion="没有意见")  # fmt: skip
    del data[f"line_{begun.lines[4].id}-verdict"]
    client = as_(cast["officer"])
    answer = client.post(f"/inspections/{begun.id}/field", data=data)
    assert answer.status_code == 303, answer.text
    page = client.get(answer.location).text
    for words in ("二号线停产。", "不认可", "社区网格员", "没有意见", "第 2 项的问题。", "何志强", "已暂存。"):
        assert words in page, words
    row = db.session.get(Inspection, begun.id)
    assert (row.state, row.answered, row.refusal) == (InspectionState.OPEN, len(row.lines) - 1, Refusal.REFUSED)
    assert db.session.scalars(select(Finding)).all() == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"second_id": ""}, "缺第二名检查人员"),
        ({"rights_told": ""}, "请确认已出示执法证件并告知权利义务。"),
        ({"facility_running": ""}, "请选择治理设施是否正常运行"),
        ({"person_present": ""}, "请填写现场负责人姓名"),
        ({"refusal": "refused"}, "拒绝签名的，请写明原因。"),
        ({"refusal": "absent", "refusal_reason": "门卫称负责人外出"}, "不在场的，请填写见证人。"),
    ],
)
def test_it_does_not_end_while_something_is_missing_and_nothing_typed_is_lost(as_, cast, begun, changed, sentence):
    data = {name: value for name, value in sent(begun, cast, **changed).items() if value != ""}
    answer = post(as_, cast["officer"], begun, data | ({"second_id": ""} if "second_id" in changed else {}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "石羚路 12 号" in answer.text
    row = db.session.get(Inspection, begun.id)
    assert (row.state, row.summary, row.answered) == (InspectionState.OPEN, "生产正常。", len(row.lines))


def test_it_names_the_lines_without_an_answer(as_, cast, begun):
    data = sent(begun, cast)
    for n in (1, 4):
        del data[f"line_{begun.lines[n].id}-verdict"]
    answer = post(as_, cast["officer"], begun, data)
    assert (answer.status_code, "还有 2 项没有检查结果：第 2、5 项。" in answer.text) == (422, True)


def test_a_line_that_fails_says_what_was_found(as_, cast, begun):
    data = sent(begun, cast, fails={3}) | {f"line_{begun.lines[2].id}-remark": " "}
    answer = post(as_, cast["officer"], begun, data)
    assert (answer.status_code, "第 3 项不符合，请写明发现的问题。" in answer.text) == (422, True)


def test_an_officer_without_a_badge_does_not_count(as_, cast, begun):
    db.session.get(User, cast["head"].id).badge = ""
    db.session.commit()
    answer = post(as_, cast["officer"], begun, sent(begun, cast))
    assert (answer.status_code, "head没有登记执法证号" in answer.text) == (422, True)


def test_the_second_officer_is_somebody_else(as_, cast, begun):
    answer = post(as_, cast["officer"], begun, sent(begun, cast, second_id=cast["officer"].id, summary="别丢"))
    assert answer.status_code == 422
    assert "第二名检查人须是另一人" in answer.text
    assert "别丢" in answer.text


def test_a_day_that_is_none_is_told_at_its_line_and_the_rest_stays(as_, cast, begun):
    data = sent(begun, cast, fails={2}) | {f"line_{begun.lines[1].id}-due_on": "月底"}
    answer = post(as_, cast["officer"], begun, data)
    assert answer.status_code == 422
    assert "整改期限：不是有效日期" in answer.text
    assert "第 2 项的问题。" in answer.text
    assert db.session.get(Inspection, begun.id).summary == ""


def test_all_well_ends_without_findings(as_, cast, begun):
    answer = post(as_, cast["officer"], begun, sent(begun, cast))
    assert answer.status_code == 303, answer.text
    row = db.session.get(Inspection, begun.id)
    assert (row.state, row.done_on, row.findings) == (InspectionState.DONE, TODAY, [])
    (duty,) = duties.of(Inspection, [row.id])[row.id]
    assert (duty.met_on, duty.on_time) == (TODAY, True)


def test_a_finding_becomes_an_order_with_its_days(as_, cast, begun):
    """Line 5 gives fifteen days: 2026-12-09, and a re-check within five working days after it."""
    assert post(as_, cast["officer"], begun, sent(begun, cast, fails={5})).status_code == 303
    finding, made = db.session.scalars(select(Finding)).one(), db.session.scalars(select(Order)).one()
    assert (finding.no, finding.order_id, finding.due_on) == ("JC-2026-0001-05", made.id, date(2026, 12, 9))
    assert (made.state, made.issued_on, made.source) == (OrderState.ISSUED, TODAY, f"inspection:{begun.id}")
    assert (made.enterprise_id, made.issued_by_id) == (begun.enterprise_id, cast["officer"].id)
    assert [(i.text, i.code, i.source) for i in made.items] == [
        ("第 5 项的问题。", "KI05", f"inspection_finding:{finding.id}")
    ]
    days = {duty.rule: duty.due_on for duty in duties.of(Order, [made.id])[made.id]}
    assert days == {"ORDER_CORRECT": date(2026, 12, 9), "ORDER_RECHECK": date(2026, 12, 16)}
    assert made.no in as_(cast["officer"]).get(f"/inspections/{begun.id}").text


def test_findings_of_one_day_make_one_order_and_those_of_another_their_own(as_, cast, begun):
    """Lines 5 and 6 give fifteen days, line 3 seven."""
    post(as_, cast["officer"], begun, sent(begun, cast, fails={3, 5, 6}))
    made = db.session.scalars(select(Order).order_by(Order.due_on)).all()
    assert [(one.due_on, len(one.items)) for one in made] == [(date(2026, 12, 1), 1), (date(2026, 12, 9), 2)]


def test_one_day_for_all_makes_one_order(as_, cast, begun):
    data = sent(begun, cast, fails={3, 5})
    data |= {f"line_{begun.lines[n].id}-due_on": "2026-12-05" for n in (2, 4)}
    post(as_, cast["officer"], begun, data)
    made = db.session.scalars(select(Order)).one()
    assert (made.due_on, len(made.items)) == (date(2026, 12, 5), 2)


def test_as_ticked_each_finding_has_its_own_order(as_, cast, begun):
    post(as_, cast["officer"], begun, sent(begun, cast, fails={5, 6}, separate_orders="y"))
    assert [len(one.items) for one in db.session.scalars(select(Order).order_by(Order.id))] == [1, 1]


def test_what_was_mended_at_once_needs_no_order(as_, cast, begun):
    data = sent(begun, cast, fails={5}) | {f"line_{begun.lines[4].id}-remedy": "fixed"}
    post(as_, cast["officer"], begun, data)
    assert db.session.scalars(select(Finding.remedy)).all() == [Remedy.FIXED]
    assert db.session.scalars(select(Order)).all() == []


def test_what_was_only_noted_may_be_ordered_later_by_those_who_were_there(as_, cast, begun):
    post(as_, cast["officer"], begun, sent(begun, cast, fails={5}) | {f"line_{begun.lines[4].id}-remedy": "noted"})
    finding = db.session.scalars(select(Finding)).one()
    page = f"/inspections/findings/{finding.id}/order"
    assert as_(cast["leader"]).post(page, data={"due_on": "2026-12-20"}).status_code == 403
    assert as_(cast["chief"]).post(page, data={"due_on": "2026-12-20"}).status_code == 409
    assert as_(cast["officer"]).post(page, data={"due_on": "2026-11-01"}).status_code == 409
    assert as_(cast["officer"]).post(page, data={"due_on": "2026-12-20"}).status_code == 303
    assert db.session.scalars(select(Order.due_on)).all() == [date(2026, 12, 20)]
    assert as_(cast["officer"]).post(page, data={"due_on": "2026-12-20"}).status_code == 409


def test_a_term_gone_by_is_refused(as_, cast, begun):
    data = sent(begun, cast, fails={5}) | {f"line_{begun.lines[4].id}-due_on": "2026-11-20"}
    answer = post(as_, cast["officer"], begun, data)
    assert (answer.status_code, "第 5 项的整改期限 2026-11-20 已经过去" in answer.text) == (422, True)


def test_the_usual_day_moves_on_with_a_draft_and_a_chosen_one_stays(as_, cast, begun):
    data = sent(begun, cast, fails={5, 6}, go="save")
    data |= {f"line_{begun.lines[4].id}-due_on": "2026-12-09", f"line_{begun.lines[5].id}-due_on": "2026-12-31"}
    post(as_, cast["officer"], begun, data)
    with dates.stopped(NOON + timedelta(days=2)):
        page = as_(cast["officer"]).get(f"/inspections/{begun.id}/field").text
    assert page.count('value="2026-12-11"') >= 1
    assert 'value="2026-12-31"' in page


def test_sent_twice_it_ends_once(as_, cast, begun):
    data = sent(begun, cast, fails={5})
    client = as_(cast["officer"])
    first, second = (client.post(f"/inspections/{begun.id}/field", data=data) for _n in range(2))
    assert (first.status_code, second.status_code, first.location) == (303, 303, second.location)
    assert len(db.session.scalars(select(Finding)).all()) == len(db.session.scalars(select(Order)).all()) == 1
    assert db.session.get(Inspection, begun.id).client_key == "phone-1"
    assert "这次检查已经完成，下面是已存的记录。" in client.get(second.location).text


def test_a_photograph_is_kept_once_with_its_time_and_place(as_, cast, begun):
    for _n in range(2):
        data = sent(begun, cast, go="save", photos=[photo()], photo_place="30.60200,104.04500")
        assert post(as_, cast["officer"], begun, data).status_code == 303
    (kept,) = db.session.scalars(attachments.of(begun)).unique().all()
    assert (kept.name, kept.note) == ("现场.png", "11-24 12:00 30.60200,104.04500")
    assert "现场.png" in as_(cast["officer"]).get(f"/inspections/{begun.id}/field").text


def test_a_file_that_is_no_picture_is_named_and_the_rest_is_kept(as_, cast, begun):
    data = sent(begun, cast, go="save", photos=[photo("现场.exe"), photo("全景.png")])
    answer = post(as_, cast["officer"], begun, data)
    assert (answer.status_code, "不能接收“现场.exe”" in answer.text) == (422, True)
    assert db.session.scalars(select(Attachment.name)).all() == ["全景.png"]
    assert db.session.get(Inspection, begun.id).summary == "生产正常。"


def test_a_signature_is_a_picture_beside_the_typed_name(as_, cast, begun):
    post(as_, cast["officer"], begun, sent(begun, cast, signature=SIGNED))
    (kept,) = db.session.scalars(attachments.of(begun)).unique().all()
    assert (kept.name, kept.note, kept.type) == ("当事人签名.png", "signature 何志强", "image/png")
    assert f"/files/{kept.id}/" in as_(cast["officer"]).get(f"/inspections/{begun.id}/transcript").text


@pytest.mark.parametrize(
    "sent_as", ["data:text/html;base64,PGI+", "data:image/png;base64,no", "data:image/png;base64," + "A" * 400_000]
)
def test_a_signature_that_is_none_is_not_kept(as_, cast, begun, sent_as):
    answer = post(as_, cast["officer"], begun, sent(begun, cast, signature=sent_as))
    assert (answer.status_code, "签名" in answer.text) == (422, True)
    assert db.session.scalars(select(Attachment)).all() == []


def test_the_case_it_came_of_hears_of_it(as_, cast, units):
    case = complaint(units, cast)
    row = inspection(units, cast, source=f"complaint:{case.id}")
    WORKFLOW.fire("open", cast["officer"], row)
    db.session.commit()
    post(as_, cast["officer"], row, sent(row, cast, fails={5}))
    about = (Step.subject_type == "complaint", Step.subject_id == case.id)
    assert db.session.scalars(select(Step.remark).where(*about)).all() == [
        f"现场检查 {row.no} 完成，发现问题 1 个。生产正常。"
    ]


def recheck(units, cast):
    asked = order(units, cast)
    row = inspection(units, cast, type="order_recheck", order_id=asked.id, enterprise=asked.enterprise)
    WORKFLOW.fire("open", cast["officer"], row)
    db.session.commit()
    return asked, row


def test_a_recheck_asks_for_each_point_of_the_order_first(app, cast, units):
    asked, row = recheck(units, cast)
    assert [line.text for line in row.lines[:2]] == ["整改到位：标志牌缺失，立柱已倒。", "整改到位：台账缺两个月。"]
    assert [line.order_item_id for line in row.lines[:2]] == [item.id for item in asked.items]
    assert len(row.lines) == 2 + len(row.checklist.items)


def test_a_recheck_where_all_is_well_ends_the_order(as_, cast, units):
    asked, row = recheck(units, cast)
    assert post(as_, cast["officer"], row, sent(row, cast)).status_code == 303
    db.session.refresh(asked)
    assert (asked.state, asked.passed, asked.rechecked_on, asked.closed_on) == (OrderState.CLOSED, True, TODAY, TODAY)
    assert asked.verified_by_id == cast["head"].id


def test_a_recheck_that_fails_sends_the_order_on_and_makes_no_second_one(as_, cast, units):
    asked, row = recheck(units, cast)
    assert post(as_, cast["officer"], row, sent(row, cast, fails={2})).status_code == 303
    db.session.refresh(asked)
    assert (asked.state, asked.passed) == (OrderState.FAILED, False)
    assert [item.verified_on for item in asked.items] == [TODAY, None]
    assert db.session.scalars(select(Order.id)).all() == [asked.id]
    assert db.session.scalars(select(Finding.order_id)).all() == [asked.id]


def test_a_recheck_of_an_order_ended_meanwhile_only_leaves_a_word(as_, cast, units):
    asked, row = recheck(units, cast)
    asked.state, asked.closed_on = OrderState.CLOSED, TODAY
    db.session.commit()
    assert post(as_, cast["officer"], row, sent(row, cast)).status_code == 303
    db.session.refresh(asked)
    assert (asked.rechecked_on, asked.verified_by_id) == (None, None)


def test_a_recheck_dropped_leaves_the_order_without_a_plan(app, cast, units):
    asked, row = recheck(units, cast)
    assert asked.recheck_planned_on == TODAY
    WORKFLOW.fire("void", cast["chief"], row, "改日")
    assert asked.recheck_planned_on is None


def test_a_liaison_officer_checks_the_own_unit_alone(as_, cast, units):
    known = {"type": "self_check", "unit_id": units["street"].id, "party": "石羊街道办事处", "second_id": None}
    row = inspection(units, cast, lead_id=cast["liaison"].id, enterprise_id=None, **known)
    assert as_(cast["outsider"]).post(f"/inspections/{row.id}/moves/open").status_code == 404
    assert as_(cast["liaison"]).post(f"/inspections/{row.id}/moves/open").status_code == 303
    data = {f"line_{line.id}-verdict": "conforms" for line in row.lines} | {"go": "finish"}
    data |= {f"line_{row.lines[0].id}-verdict": "fails", f"line_{row.lines[0].id}-remark": "托盘有积液"}
    answer = post(as_, cast["liaison"], row, data)
    assert answer.status_code == 303, answer.text
    made = db.session.scalars(select(Nonconformity)).one()
    assert (made.origin, made.unit_id, made.title) == (Origin.SELF_CHECK, units["street"].id, "托盘有积液")
    assert (made.owner_id, made.verifier_id) == (cast["liaison"].id, None)
    assert db.session.scalars(select(Order)).all() == []
    assert row.findings[0].nonconformity_id == made.id
    assert made.no in as_(cast["liaison"]).get(f"/inspections/{row.id}").text


def test_an_inspection_that_ended_is_sealed(as_, cast, begun):
    post(as_, cast["officer"], begun, sent(begun, cast))
    post(as_, cast["officer"], begun, sent(begun, cast, fails={2}, summary="改了"))
    row = db.session.get(Inspection, begun.id)
    assert (row.summary, row.lines[1].verdict) == ("生产正常。", Verdict.CONFORMS)
    assert as_(cast["officer"]).get(f"/inspections/{begun.id}/field").status_code == 303


def test_no_script_stands_in_the_page(as_, cast, begun):
    page = as_(cast["officer"]).get(f"/inspections/{begun.id}/field").text
    assert re.findall(r"<script(?![^>]*\bsrc=)|\bon\w+=\"|<style", page) == []


def test_the_transcript_says_who_what_and_what_they_were_told(as_, cast, begun):
    post(as_, cast["officer"], begun, sent(begun, cast, fails={5}))
    page = as_(cast["officer"]).get(f"/inspections/{begun.id}/transcript").text
    for words in ("现场检查（勘察）笔录", "川A-001", "有权陈述和申辩", "第 5 项的问题。", "何志强", "2026年11月24日"):
        assert words in page, words


def test_sent_at_the_same_moment_the_first_one_stands(as_, cast, begun):
    """The other one's finding is there before ours: no line is found twice, and nothing of ours is kept."""
    about = {"unit_id": begun.unit_id, "inspection_id": begun.id, "line_id": begun.lines[4].id, "found_on": TODAY}
    db.session.add(Finding(**about, no="JC-2026-0001-99", text="先到", severity=Severity.NORMAL, remedy=Remedy.FIXED))
    db.session.commit()
    answer = post(as_, cast["officer"], begun, sent(begun, cast, fails={5}))
    assert (answer.status_code, answer.location) == (303, f"/inspections/{begun.id}")
    assert db.session.scalars(select(Finding.text)).all() == ["先到"]
    assert db.session.scalars(select(Order)).all() == []
