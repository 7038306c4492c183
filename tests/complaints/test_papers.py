"""Papers of a case: who may not write them, what never stands in them, their numbers, and the file that binds them."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from ems.complaints import papers
from ems.complaints.models import Answer, Channel, ComplaintState, Identity
from ems.complaints.paper_models import CasePaper, PaperKind, PaperState, ReplyTemplate
from ems.complaints.paper_rules import CHECKS
from ems.complaints.paper_words import filled, unknown
from ems.core import attachments, dates
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.workflow import Step
from tests.conftest import TODAY
from tests.factories import complaint

S = ComplaintState
NAME, PHONE = "张女士", "13800000162"


@pytest.fixture
def case(units, cast):
    """A letter that was taken up today and is with the street."""
    papers.seed(db.session())
    known = {"channel": Channel.LETTER, "state": S.ASSIGNED, "accepted_on": TODAY, "assigned_on": TODAY}
    return complaint(units, cast, unit_id=units["street"].id, handler_id=cast["liaison"].id, **known)


def draft(as_, who, case, kind, text="已经收悉，特此告知。", **more):
    return as_(who).post(f"/papers/new?complaint={case.id}&kind={kind}", data={"text": text, **more})


def issue(as_, who, paper):
    return as_(who).post(f"/papers/{paper.id}/moves/issue")


def last():
    return db.session.scalars(select(CasePaper).order_by(CasePaper.id.desc())).first()


def issued(as_, who, case, kind, **more):
    draft(as_, who, case, kind, **more)
    paper = last()
    assert issue(as_, who, paper).status_code == 303
    return paper


def words(content):
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return "".join(said.split())


def test_who_may_not_write_one(as_, cast, case):
    assert draft(as_, cast["liaison"], case, "acceptance").status_code == 403
    assert draft(as_, cast["auditor"], case, "acceptance").status_code == 403
    assert draft(as_, cast["officer"], case, "assignment", addressee="石羊街道").status_code == 403
    assert draft(as_, cast["outsider"], case, "acceptance").status_code in {403, 404}
    for kind, said in (
        ("refusal", "不予受理的决定"),
        ("transfer", "没有转送"),
        ("extension", "没有批准延期"),
        ("opinion", "尚未答复"),
    ):
        answer = draft(as_, cast["hotline"], case, kind)
        assert (answer.status_code, said in answer.text) == (409, True), kind
    assert last() is None


def test_numbers_run_by_kind_and_year_without_gap_or_double(as_, cast, case, units):
    first = issued(as_, cast["hotline"], case, "acceptance")
    assert (first.no, first.state, first.issued_on) == ("成高环信受〔2026〕1号", PaperState.ISSUED, TODAY)
    draft(as_, cast["hotline"], case, "assignment", addressee="石羊街道办事处")
    thrown = last()
    as_(cast["hotline"]).post(f"/papers/{thrown.id}/moves/discard", data={"remark": "重写"})
    assert (thrown.state, thrown.no) == (PaperState.VOID, None)
    other = issued(as_, cast["hotline"], case, "assignment", addressee="石羊街道办事处")
    assert other.no == "成高环信交〔2026〕1号"
    assert as_(cast["hotline"]).post(f"/papers/{first.id}/moves/void", data={"remark": "x"}).status_code == 409
    assert as_(cast["head"]).post(f"/papers/{first.id}/moves/void", data={"remark": "日期有误"}).status_code == 303
    again = issued(as_, cast["hotline"], case, "acceptance")
    assert (first.state, again.no) == (PaperState.VOID, "成高环信受〔2026〕2号")
    with dates.stopped(dates.at_noon(date(2027, 1, 4))):
        assert issued(as_, cast["hotline"], case, "assignment", addressee="石羊街道").no == "成高环信交〔2027〕1号"
    told = db.session.scalars(select(Step.remark).where(Step.subject_type == "complaint")).all()
    assert "出具受理告知书 成高环信受〔2026〕1号" in told


def test_an_issued_one_does_not_change_and_two_who_press_get_one_number(as_, cast, case):
    paper = issued(as_, cast["hotline"], case, "acceptance")
    assert issue(as_, cast["hotline"], paper).status_code == 409
    answer = as_(cast["hotline"]).post(f"/papers/{paper.id}/edit", data={"text": "改了"})
    assert (answer.status_code, "改了" in db.session.get(CasePaper, paper.id).text) == (409, False)
    assert draft(as_, cast["hotline"], case, "acceptance").location.endswith(f"/papers/{paper.id}")


def test_what_is_not_filled_in_and_who_complained_stand_against_the_issue(as_, cast, case):
    for text, said in (
        ("请于【请填写：办结期限】前办结。", "没有填写的内容：办结期限"),
        (f"反映人{NAME}称……", "出现了反映人的姓名或电话"),
        ("电话 138 0000 0162。", "出现了反映人的姓名或电话"),
    ):
        draft(as_, cast["hotline"], case, "assignment", text=text, addressee="石羊街道办事处")
        paper = last()
        answer = issue(as_, cast["hotline"], paper)
        assert (answer.status_code, said in answer.text, paper.no) == (409, True, None), text
        as_(cast["hotline"]).post(f"/papers/{paper.id}/moves/discard", data={"remark": "x"})
    answer = draft(as_, cast["hotline"], case, "assignment", text="{姓名}您好", addressee="石羊街道")
    assert (answer.status_code, "没有这样的字段：{姓名}" in answer.text) == (422, True)


def test_fields_say_the_case_and_run_nothing(case):
    assert filled("{编号}由{ 承办单位 }办，{受理日期}受理", case) == f"{case.no}由石羊街道办事处办，2026年11月24日受理"
    assert filled("{答复内容}", case) == "【请填写：答复内容】"
    assert filled("{case.phone}{0.__class__}", case).count("请填写") == 2
    assert unknown("{编号}{谁}{谁}{}{{") == ["谁"]
    case.text = f"我是{NAME}，电话{PHONE}。"
    said = filled("{反映内容}", case)
    assert (NAME in said, PHONE in said) == (False, False)
    case.identity = Identity.CONFIDENTIAL
    assert filled("{反映内容}", case) == "【请填写：反映内容】"
    assert case.title not in filled("{事项}", case)
    for template in db.session.scalars(select(ReplyTemplate)):
        assert unknown(template.text) == [], template.code


@pytest.mark.parametrize("identity", list(Identity))
def test_the_sheet_names_only_who_lets_it_be_known_and_is_the_same_ever_after(as_, cast, case, identity):
    case.identity = identity
    case.tell_who(NAME, PHONE)
    db.session.commit()
    paper = issued(as_, cast["hotline"], case, "acceptance")
    url = f"/papers/{paper.id}/paper.pdf"
    named = identity is Identity.OPEN
    assert as_(cast["liaison"]).get(url).status_code == (403 if named else 200)
    first = as_(cast["hotline"]).get(url)
    said = words(first.data)
    assert (NAME in said, PHONE in said, "成高环信受〔2026〕1号" in said) == (named, False, True)
    case.complainant = None
    db.session.commit()
    assert as_(cast["officer"]).get(url).data == first.data
    noted = db.session.scalars(select(LogEntry).where(LogEntry.act == "unmasked")).all()
    assert len(noted) == (2 if named else 0)
    assert NAME not in as_(cast["liaison"]).get(f"/papers/{paper.id}").text
    assert papers.whole(paper)
    paper.pdf_digest = "0" * 64
    assert not papers.whole(paper)


def test_it_is_delivered_on_a_day_that_can_be_and_checks_find_what_is_missing(as_, cast, case):
    def found(code):
        check = next(check for check in CHECKS if check.code == f"papers.{code}")
        return [row.id for row in db.session.scalars(check.found(cast["head"]))]

    case.received_on = TODAY - timedelta(days=20)
    db.session.commit()
    assert (found("no_notice"), found("undelivered"), found("left_draft")) == ([case.id], [], [])
    draft(as_, cast["hotline"], case, "acceptance")
    paper = last()
    with dates.stopped(dates.at_noon(TODAY + timedelta(days=11))):
        assert found("left_draft") == [paper.id]
    issue(as_, cast["hotline"], paper)
    assert found("no_notice") == []
    with dates.stopped(dates.at_noon(TODAY + timedelta(days=11))):
        assert found("undelivered") == [paper.id]
    url, data = f"/papers/{paper.id}/moves/deliver", {"delivery": "post", "receipt": "XA123"}
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        assert as_(cast["hotline"]).post(url, data=data | {"delivered_on": f"{day}"}).status_code == 422
    assert as_(cast["hotline"]).post(url, data=data | {"delivered_on": f"{TODAY}"}).status_code == 303
    assert (paper.state, paper.receipt) == (PaperState.DELIVERED, "XA123")
    assert "送达（邮寄）" in as_(cast["hotline"]).get(f"/complaints/{case.id}").text


def test_papers_are_seen_where_the_case_is_and_no_list_names_the_caller(as_, cast, case, units):
    paper = issued(as_, cast["hotline"], case, "acceptance")
    moved = {"unit_id": units["other"].id, "handler_id": cast["outsider"].id}
    as_(cast["hotline"]).post(f"/complaints/{case.id}/moves/reassign", data=moved)
    assert as_(cast["liaison"]).get(f"/papers/{paper.id}").status_code == 404
    assert as_(cast["outsider"]).get(f"/papers/{paper.id}").status_code == 200
    sheet = as_(cast["head"]).get("/papers/export.csv").get_data(as_text=True)
    assert (paper.no in sheet, NAME in sheet) == (True, False)
    assert NAME not in as_(cast["head"]).get("/papers/").text


def test_a_template_has_versions_and_what_was_drafted_keeps_its_own(as_, cast, case):
    old = papers.templates_for(PaperKind.ACCEPTANCE)[0]
    url, changed = (
        "/papers/templates/acceptance",
        {"name": "受理告知书", "kind": "acceptance", "text": "新的写法{编号}"},
    )
    assert as_(cast["officer"]).get(url).status_code == 200
    assert as_(cast["officer"]).post(url, data=changed).status_code == 403
    assert "没有这样的字段：{谁}" in as_(cast["chief"]).post(url, data=changed | {"text": "{谁}"}).text
    draft(as_, cast["hotline"], case, "acceptance")
    for _twice in range(2):  # nothing new is no version
        as_(cast["chief"]).post(url, data=changed)
    assert [t.version for t in papers.versions("acceptance")] == [2, 1]
    assert last().template_id == old.id
    as_(cast["hotline"]).post(f"{url}/retire")
    assert papers.templates_for(PaperKind.ACCEPTANCE) == []
    papers.seed(db.session())
    assert [t.version for t in papers.versions("acceptance")] == [3, 2, 1]


def test_an_answer_may_begin_with_a_template_and_is_not_sent_with_blanks(as_, cast, case):
    case.state = S.HANDLED
    db.session.commit()
    url = f"/complaints/{case.id}/moves/answer"
    one = next(t for t in papers.templates_for(None) if t.code == "answer-found")
    page = as_(cast["hotline"]).get(url).text
    assert f"{url}?template={one.id}" in page
    assert "【请填写：处理情况】" in as_(cast["hotline"]).get(f"{url}?template={one.id}").text
    answer = as_(cast["hotline"]).post(url, data={"text": "已查。【请填写：处理情况】", "way": "phone"})
    assert (answer.status_code, "没有填写的内容：处理情况" in answer.text, case.answers) == (422, True, [])


def picture():
    out = BytesIO()
    Image.new("RGB", (640, 400), "green").save(out, "JPEG")
    return BytesIO(out.getvalue())


def test_the_file_binds_all_of_it_and_covers_who_complained(as_, cast, case):
    case.text = f"我是{NAME}，电话{PHONE}，油烟太大。"
    case.answers.append(Answer(unit_id=case.unit_id, number=1, text=f"{NAME}您好，已整改。", given_on=TODAY))
    issued(as_, cast["hotline"], case, "acceptance")
    attachments.attach(case, "现场.jpg", picture(), cast["officer"])
    attachments.attach(case, f"{NAME}的录音.txt", BytesIO(b"x"), cast["officer"])
    db.session.commit()
    url = f"/complaints/{case.id}/dossier.pdf"
    assert as_(cast["outsider"]).get(url).status_code == 404
    answer = as_(cast["liaison"]).get(url)
    assert "TS-2026-" in answer.headers["Content-Disposition"]
    said, pages = words(answer.data), len(PdfReader(BytesIO(answer.data)).pages)
    assert (NAME in said, PHONE in said) == (False, False)
    assert all(part in said for part in ("卷内目录", "受理告知书", "现场.jpg", "张**的录音.txt", "138****0162"))
    assert f"卷内第{pages}页，共{pages}页" in said
    assert as_(cast["liaison"]).post(url, data={"remark": "x"}).status_code == 403
    assert as_(cast["hotline"]).post(url, data={"remark": ""}).status_code == 409
    whole = as_(cast["hotline"]).post(url, data={"remark": "复查机关调卷"})
    assert (NAME in words(whole.data), PHONE in words(whole.data)) == (True, True)
    steps = db.session.scalars(select(Step).where(Step.alarm, Step.subject_type == "complaint")).all()
    assert [s.remark for s in steps] == ["装订含身份的卷宗。事由：复查机关调卷"]
    case.identity = Identity.CONFIDENTIAL
    db.session.commit()
    covered = words(as_(cast["liaison"]).get(url).data)
    assert ("可能显示反映人身份，未装订" in covered, NAME in covered) == (True, False)


def test_who_asks_for_silence_after_a_paper_named_them_is_shown_only_to_those_named(as_, cast, case):
    paper = issued(as_, cast["hotline"], case, PaperKind.ACCEPTANCE)
    id, address = paper.id, f"/papers/{paper.id}/paper.pdf"
    assert as_(cast["officer"]).get(address).status_code == 200
    case.identity = Identity.CONFIDENTIAL
    db.session.commit()
    assert as_(cast["officer"]).get(address).status_code == 403
    assert as_(cast["hotline"]).get(address).status_code == 200
    known = {"delivery": "in_person", "delivered_on": f"{TODAY}", "receipt": "张女士签收"}
    assert as_(cast["hotline"]).post(f"/papers/{id}/moves/deliver", data=known).status_code == 303
    assert db.session.get(CasePaper, id).receipt == "张**签收"
