from datetime import date, timedelta
from functools import partial
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from ems.complaints.models import Identity
from ems.core import dates
from ems.core.attachments import Attachment
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.search import matches
from ems.core.workflow import Step
from ems.reminders.models import Message, MessageKind
from ems.tasks.models import Task, TaskState
from tests.conftest import TODAY
from tests.factories import complaint, late, task
from tests.test_house import count_queries

SENT = {"title": "自查问题整改", "source": "", "demand": "请三日内书面反馈。", "due_on": "2026-11-27"}


def send(as_, cast, units, duty, who="head", **changed):
    known = {"unit_id": units["street"].id, "owner_id": cast["liaison"].id}
    return as_(cast[who]).post(f"/tasks/new?duty={duty.id}", data=SENT | known | changed)


def late_case(units, cast, **known):
    """A complaint of the bureau that nobody took up in time, and a duty of it that is late."""
    case = complaint(units, cast, received_on=date(2026, 9, 1), title="某某饭店油烟扰民", **known)
    rows = select(Duty).where(Duty.subject_type == "complaint", Duty.subject_id == case.id, Duty.due_on < TODAY)
    return case, db.session.scalars(rows.order_by(Duty.id)).first()


def spaced(paper):
    """What the paper says, without the gaps between its words."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages).split())


@pytest.mark.parametrize("who", ["liaison", "officer", "hotline", "auditor", "outsider", "sysadmin"])
def test_who_may_not_issue_a_slip(as_, cast, units, who):
    duty = late(units, cast)
    assert as_(cast[who]).get(f"/tasks/new?duty={duty.id}").status_code == 403
    assert send(as_, cast, units, duty, who).status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Task)) == 0


def test_a_head_does_not_urge_another_units_duty(as_, cast, units):
    assert send(as_, cast, units, late(units, cast), "chief").status_code == 404


def test_administrators_and_other_units_see_no_slip(as_, cast, units):
    row = task(units, cast)
    for page in (f"/tasks/{row.id}", f"/tasks/{row.id}/slip", f"/tasks/{row.id}/slip.pdf"):
        assert as_(cast["outsider"]).get(page).status_code == 404
        assert as_(cast["logadmin"]).get(page).status_code == 403
    assert row.no not in as_(cast["outsider"]).get("/tasks/").text


def test_a_note_is_written_by_those_who_work_on_it(as_, cast, units):
    row = task(units, cast)
    assert as_(cast["auditor"]).post(f"/tasks/{row.id}/notes", data={"remark": "催"}).status_code == 409
    assert as_(cast["leader"]).post(f"/tasks/{row.id}/notes", data={"remark": "电话催办"}).status_code == 303
    assert "电话催办" in as_(cast["liaison"]).get(f"/tasks/{row.id}").text


def test_only_those_who_ask_or_answer_add_files(as_, cast, units):
    row = task(units, cast)
    for who, code in (("auditor", 403), ("leader", 303), ("liaison", 303)):
        data = {"file": (BytesIO(b"%PDF-1.4 x"), "a.pdf")}
        answer = as_(cast[who]).post(f"/files/task/{row.id}", data=data, content_type="multipart/form-data")
        assert answer.status_code == code, answer.text
    assert db.session.scalars(select(Attachment.subject_type)).all() == ["task", "task"]


def test_the_form_knows_the_matter_the_unit_the_person_and_the_day(as_, cast, units):
    page = as_(cast["leader"]).get(f"/tasks/new?duty={late(units, cast).id}").text
    assert 'value="整改通知 ZG-2026-0001：完成体系不符合纠正措施"' in page
    assert "于2026年11月27日前书面反馈" in page
    assert f'<option selected value="{units["street"].id}">' in page
    assert f'<option selected value="{cast["liaison"].id}">' in page
    assert 'value="2026-11-27"' in page
    assert f'value="{cast["leader"].id}"' not in page


def test_a_slip_is_issued_with_its_number_and_its_ground(as_, cast, units):
    duty = late(units, cast)
    answer = send(as_, cast, units, duty, source="高管办〔2026〕12号批示")
    assert answer.status_code == 303, answer.text
    row = db.session.scalars(select(Task)).one()
    assert (row.no, row.state, row.issued_by_id, row.issued_on, row.days_late) == (
        "DB-2026-0001", TaskState.ISSUED, cast["head"].id, TODAY, 10,
    )  # fmt: skip
    assert (row.subject_type, row.subject_id, row.rule, row.start_on) == (
        duty.subject_type, duty.subject_id, duty.rule, duty.start_on,
    )  # fmt: skip
    page = as_(cast["liaison"]).get(f"/tasks/{row.id}").text
    for words in (
        "已逾期 10 天",
        "纠正期限 2026-11-14，依据《ISO 14001》第10.2条",
        "高管办〔2026〕12号批示",
        "反馈办理情况",
    ):
        assert words in page
    mine = select(Duty.rule).where(Duty.owner_id == cast["liaison"].id, Duty.subject_type == "task")
    assert db.session.scalars(mine).all() == ["TASK_REPLY"]


def test_a_second_slip_is_refused_with_the_way_to_the_first(as_, cast, units):
    duty = late(units, cast)
    row = task(units, cast, duty=duty)
    for answer in (as_(cast["leader"]).get(f"/tasks/new?duty={duty.id}"), send(as_, cast, units, duty, "leader")):
        assert answer.status_code == 409
        assert f'href="/tasks/{row.id}"' in answer.text
    assert db.session.scalar(select(func.count()).select_from(Task)) == 1


def test_of_two_who_press_at_one_moment_one_gets_through(as_, cast, units, monkeypatch):
    """The other looked before the first had committed."""
    duty = late(units, cast)
    task(units, cast, duty=duty)
    monkeypatch.setattr("ems.tasks.work.standing", lambda _duty: None)
    answer = send(as_, cast, units, duty, "leader")
    assert (answer.status_code, "刚刚由别人下达了督办单" in answer.text) == (409, True)
    assert db.session.scalar(select(func.count()).select_from(Task)) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"demand": ""}, "督办要求：请填写。"),
        ({"due_on": "2026-11-23"}, "反馈期限：不能早于今天。"),
        ({"owner_id": "outsider"}, "承办人：这个人不负责这个承办单位"),
        ({"owner_id": "head"}, "承办人：请从列出的选项中选择。"),
    ],
)
def test_a_fault_names_its_field_and_nothing_typed_is_lost(as_, cast, units, changed, sentence):
    changed = {name: cast[value].id if value in cast else value for name, value in changed.items()}
    answer = send(as_, cast, units, late(units, cast), **{"title": "快办", **changed})
    assert (answer.status_code, sentence in answer.text, "快办" in answer.text) == (422, True, True)


def test_what_is_not_late_is_refused_in_words(as_, cast, units):
    duty = late(units, cast, due_on=TODAY + timedelta(days=5))
    answer = send(as_, cast, units, duty)
    assert (answer.status_code, "还没有逾期" in answer.text) == (409, True)


@pytest.mark.parametrize(
    "asked",
    ["", "duty=999", "duty=x", "subject=complaint&rule=X", "subject=a:1&start=never", f"subject=complaint:{'9' * 20}"],
)
def test_a_duty_there_is_not_is_not_found(as_, cast, asked):
    assert as_(cast["leader"]).get(f"/tasks/new?{asked}").status_code == 404


def test_the_unit_answers_and_who_asked_closes(as_, cast, units):
    row = task(units, cast)
    address = f"/tasks/{row.id}/moves"
    assert as_(cast["liaison"]).post(f"{address}/report", data={"report": ""}).status_code == 422
    assert as_(cast["liaison"]).post(f"{address}/report", data={"report": "已补齐台账。"}).status_code == 303
    assert row.no in as_(cast["head"]).get("/").text
    back = {"remark": "没有写明原因。", "due_on": "2026-12-01"}
    assert as_(cast["head"]).post(f"{address}/send_back", data=back | {"due_on": "2026-11-01"}).status_code == 422
    assert as_(cast["head"]).post(f"{address}/send_back", data=back).status_code == 303
    assert "反馈被退回" in as_(cast["liaison"]).get(f"/tasks/{row.id}").text
    assert "已补齐台账。" in as_(cast["liaison"]).get(f"{address}/report").text
    assert as_(cast["liaison"]).post(f"{address}/report", data={"report": "因人手不足，已补。"}).status_code == 303
    assert as_(cast["head"]).post(f"{address}/close", data={"remark": "属实。"}).status_code == 303
    db.session.refresh(row)
    assert (row.state, row.report, row.round) == (TaskState.CLOSED, "因人手不足，已补。", 2)
    moves = select(Step.move).where(Step.subject_type == "task").order_by(Step.id)
    assert db.session.scalars(moves).all() == ["issue", "report", "send_back", "report", "close"]


def test_a_slip_goes_to_somebody_of_the_unit(as_, cast, units):
    row = task(units, cast)
    address = f"/tasks/{row.id}/moves/reassign"
    for who, words in (("outsider", "不负责这个承办单位"), ("head", "下达人不能承办")):
        answer = as_(cast["leader"]).post(address, data={"owner_id": cast[who].id})
        assert (answer.status_code, words in answer.text) == (422, True)
    assert as_(cast["leader"]).post(address, data={"owner_id": cast["officer"].id}).status_code == 303
    db.session.refresh(row)
    assert row.owner_id == cast["officer"].id


def test_of_a_record_out_of_reach_a_reader_sees_the_number_alone(as_, cast, units):
    row = task(units, cast)
    order = f"/orders/{row.subject_id}"
    assert order in as_(cast["head"]).get(f"/tasks/{row.id}").text
    page = as_(cast["hotline"]).get(f"/tasks/{row.id}").text
    assert row.matter in page
    for words in (order, "内部整改 · "):
        assert words not in page


def test_a_confidential_record_is_its_number_on_page_and_paper(as_, cast, units):
    case, duty = late_case(units, cast, identity=Identity.CONFIDENTIAL)
    row = task(units, cast, duty=duty, owner_id=cast["officer"].id)
    for page in ("", "/slip"):
        said = as_(cast["head"]).get(f"/tasks/{row.id}{page}").text
        assert (case.no in said, "某某饭店" in said) == (True, False)
    said = spaced(as_(cast["head"]).get(f"/tasks/{row.id}/slip.pdf").data)
    assert (case.no in said, "某某饭店" in said) == (True, False)


def test_an_open_record_is_named_on_the_paper(as_, cast, units):
    _case, duty = late_case(units, cast)
    row = task(units, cast, duty=duty, owner_id=cast["officer"].id)
    assert "某某饭店油烟扰民" in as_(cast["head"]).get(f"/tasks/{row.id}/slip").text


def test_the_paper_is_one_page_and_says_all_of_it(as_, cast, units):
    row = task(units, cast, demand="请三日内书面反馈。" * 10)
    cast["leader"].language = "en"
    db.session.commit()
    answer = as_(cast["leader"]).get(f"/tasks/{row.id}/slip.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert len(PdfReader(BytesIO(answer.data)).pages) == 1
    said = spaced(answer.data)
    for words in (
        "高新区科技局（环保处）", "督办单", "DB-2026-0001", "石羊街道办事处", "整改通知ZG-2026-0001",
        "完成体系不符合纠正措施，应于2026年11月14日前办理", "已逾期10天",
        "纠正期限2026-11-14，依据《ISO14001》第10.2条",
        "请三日内书面反馈。", "2026年11月27日前书面反馈", "领导批示", "承办情况", "签收人", "2026年11月24日",
    ):  # fmt: skip
        assert words in said, words


def test_a_void_paper_says_so(as_, cast, units):
    row = task(units, cast, state=TaskState.VOID)
    assert "作废，不具效力" in as_(cast["head"]).get(f"/tasks/{row.id}/slip").text
    assert "作废" in spaced(as_(cast["head"]).get(f"/tasks/{row.id}/slip.pdf").data)


def test_the_list_of_what_is_late_below_leads_to_a_slip_and_then_to_it(as_, cast, units):
    duty = late(units, cast)
    page = "/duties?scope=below&when=late"
    for who, shown in (("head", True), ("leader", True), ("chief", False)):
        assert (f"/tasks/new?duty={duty.id}" in as_(cast[who]).get(page).text) is shown, who
    assert "/tasks/new" not in as_(cast["liaison"]).get("/duties?when=late").text
    row = task(units, cast, duty=duty)
    said = as_(cast["leader"]).get(page).text
    assert (f"/tasks/new?duty={duty.id}" in said, f'href="/tasks/{row.id}"' in said) == (False, True)


def test_the_record_itself_leads_to_a_slip(as_, cast, units):
    duty = late(units, cast)
    page = f"/orders/{duty.subject_id}"
    assert f"/tasks/new?duty={duty.id}" in as_(cast["head"]).get(page).text
    assert "/tasks/new" not in as_(cast["liaison"]).get(page).text
    row = task(units, cast, duty=duty)
    assert f'href="/tasks/{row.id}"' in as_(cast["liaison"]).get(page).text


def test_a_slip_itself_is_not_urged(as_, cast, units):
    row = task(units, cast, due_on=TODAY - timedelta(days=2))
    assert "/tasks/new" not in as_(cast["leader"]).get(f"/tasks/{row.id}").text


def test_a_message_to_a_head_leads_to_the_form(as_, cast, units):
    duty = late(units, cast)
    known = {"subject_type": duty.subject_type, "subject_id": duty.subject_id, "rule": duty.rule, "lead": -7}
    for kind, who in ((MessageKind.ESCALATED, "head"), (MessageKind.LATE, "chief"), (MessageKind.ESCALATED, "liaison")):
        about = {"start_on": duty.start_on, "due_on": duty.due_on, "title": "逾期", "text": "", "at": dates.now()}
        db.session.add(Message(person_id=cast[who].id, kind=kind, **known, **about))
    db.session.commit()
    address = f"/tasks/new?subject=correction_order:{duty.subject_id}&rule=RECT_NC&start=2026-11-14"
    assert "/tasks/new" not in as_(cast["chief"]).get("/inbox").text
    assert "/tasks/new" not in as_(cast["liaison"]).get("/inbox").text
    assert address in as_(cast["head"]).get("/inbox").text.replace("%3A", ":").replace("&amp;", "&")
    assert as_(cast["head"]).get(address).status_code == 200


def test_fifteen_late_duties_cost_as_many_queries_as_one(as_, cast, units):
    client = as_(cast["leader"])
    page = "/duties?scope=below&when=late"
    late(units, cast)
    client.get(page)
    one = count_queries(partial(client.get, page))
    for _n in range(14):
        late(units, cast)
    assert count_queries(partial(client.get, page)) == one


def test_the_list_is_narrowed_and_has_a_sheet(as_, cast, units):
    row = task(units, cast, due_on=TODAY - timedelta(days=1))
    client = as_(cast["head"])
    for asked in ("state=open", "state=issued", f"owner={cast['liaison'].id}", f"by={cast['head'].id}", "view=issued",
                  "view=late", "since=2026-11-24", "until=2026-11-24", f"q={row.no}"):  # fmt: skip
        assert f'href="/tasks/{row.id}"' in client.get(f"/tasks/?{asked}").text, asked
    for asked in ("state=closed", f"owner={cast['officer'].id}", f"by={cast['leader'].id}", "view=mine",
                  "view=reported", "since=2026-11-25", "until=2026-11-23"):  # fmt: skip
        assert f'href="/tasks/{row.id}"' not in client.get(f"/tasks/?{asked}").text, asked
    assert f'href="/tasks/{row.id}"' in as_(cast["liaison"]).get("/tasks/?view=mine").text
    sheet = client.get("/tasks/export.csv").data.decode("utf-8-sig")
    assert all(words in sheet for words in (row.no, row.matter, "石羊街道办事处"))


def test_a_slip_is_found_by_its_words(as_, cast, units):
    row = task(units, cast, demand="补齐危废台账")
    assert db.session.scalars(select(Task.id).where(matches(Task, "危废台账"))).all() == [row.id]
    assert row.no in as_(cast["liaison"]).get("/search?q=危废台账").text
