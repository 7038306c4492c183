from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ems.core import duties, module
from ems.core.attachments import Attachment
from ems.core.dates import so_far
from ems.core.db import db
from ems.core.figures import share
from ems.core.people import Role
from ems.core.workflow import Step
from ems.tasks import matters
from ems.tasks.models import (
    PartState,
    SourceKind,
    StageState,
    Task,
    TaskPart,
    TaskStage,
    TaskState,
    Urgency,
)
from ems.tasks.moves import WORKFLOW
from tests.conftest import TODAY, person
from tests.sheets import csv

SENT = {
    "source_kind": "leader", "source_from": "李主任", "source_no": "高管办〔2026〕31号", "title": "锦江沿线污水口整治",
    "demand": "十日内查清并封堵。", "due_on": "2026-12-10", "urgency": "routine", "go": "issue",
}  # fmt: skip
STAGES = {
    "stages-0-title": "查清来源", "stages-0-due_on": "2026-11-27",
    "stages-1-title": "封堵", "stages-1-due_on": "2026-12-08",
}  # fmt: skip


def matter(units, cast, by="leader", steps=(), partners=(), **known):
    about = {"title": "锦江沿线污水口整治", "demand": "十日内查清并封堵。", "due_on": TODAY + timedelta(days=16)}
    about |= {"source_kind": SourceKind.LEADER, "unit_id": units["street"].id, "owner_id": cast["liaison"].id}
    row = Task(**about | known)
    matters.draw_up(row, cast[by], steps, partners)
    matters.issue(row, cast["head"] if by == "officer" else cast[by])
    db.session.commit()
    return row


def post(as_, who, address, **data):
    return as_(who).post(address, data=data, content_type="multipart/form-data")


def dues(row):
    return {duty.rule: duty for duty in duties.of(type(row), [row.id])[row.id]}


def new(as_, cast, units, who="leader", **changed):
    known = {"unit_id": units["street"].id, "owner_id": cast["liaison"].id}
    return post(as_, cast[who], "/tasks/matters/new", **SENT | known | changed)


@pytest.mark.parametrize("who", ["liaison", "hotline", "auditor", "outsider", "sysadmin"])
def test_who_may_not_draw_up_a_matter(as_, cast, units, who):
    assert new(as_, cast, units, who).status_code == 403
    assert as_(cast[who]).get("/imports/tasks/").status_code == 403


def test_an_officer_draws_up_and_a_chief_issues(as_, cast, units):
    answer = new(as_, cast, units, "officer", go="draft", **STAGES, partners=units["other"].id)
    assert answer.status_code == 303, answer.text
    row = db.session.scalars(select(Task)).one()
    assert (row.state, row.issued_by_id, dues(row), dues(row.stages[0])) == (TaskState.DRAFT, None, {}, {})
    address = f"/tasks/{row.id}/moves/issue"
    assert as_(cast["officer"]).post(address).status_code == 409
    assert as_(cast["liaison"]).get(f"/tasks/parts/{row.parts[0].id}").status_code == 404
    assert "等您签批" in (page := as_(cast["head"]).get("/").text)
    assert row.no in page
    assert post(as_, cast["officer"], f"/tasks/matters/{row.id}/edit", **SENT | {
        "unit_id": units["street"].id, "owner_id": cast["liaison"].id, "title": "改过的事项", "go": "draft"} | STAGES,
    ).status_code == 303  # fmt: skip
    assert as_(cast["head"]).post(address).status_code == 303
    db.session.refresh(row)
    assert (row.title, row.state, row.issued_by_id) == ("改过的事项", TaskState.ISSUED, cast["head"].id)
    assert (dues(row)["TASK_DUE"].owner_id, len(row.stages), row.parts) == (cast["liaison"].id, 2, [])
    assert dues(row.stages[0])["TASK_STAGE"].due_on.isoformat() == "2026-11-27"
    assert as_(cast["officer"]).get(f"/tasks/matters/{row.id}/edit").status_code == 409


def test_a_leader_issues_at_once_with_the_paper_it_came_of(as_, cast, units):
    answer = new(as_, cast, units, files=(BytesIO(b"%PDF-1.4 x"), "批示.pdf"))
    assert answer.status_code == 303, answer.text
    row = db.session.scalars(select(Task)).one()
    assert (row.state, row.of_its_own, row.no) == (TaskState.ISSUED, True, "DB-2026-0001")
    page = as_(cast["liaison"]).get(f"/tasks/{row.id}").text
    assert all(words in page for words in ("李主任", "高管办〔2026〕31号", "批示.pdf", "领导批示", "记录进展"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"source_from": "", "source_no": ""}, "至少填写一项"),
        ({"stages-0-title": "查清来源"}, "要一起填写"),
        ({"stages-0-title": "查清来源", "stages-0-due_on": "2026-12-20"}, "晚于办结期限"),
        ({"partners": "street"}, "不能同时协办"),
        ({"owner_id": "outsider"}, "不负责这个承办单位"),
    ],
)
def test_a_fault_of_the_form_is_said(as_, cast, units, changed, said):
    ids = {name: unit.id for name, unit in units.items()} | {"outsider": cast["outsider"].id}
    answer = new(as_, cast, units, **{name: ids.get(value, value) for name, value in changed.items()})
    assert (answer.status_code, said in answer.text, "十日内查清并封堵。" in answer.text) == (422, True, True)


def test_nobody_issues_to_themselves(as_, cast, units):
    known = {"unit_id": units["zone"].id, "owner_id": cast["head"].id}
    assert new(as_, cast, units, "leader", **known).status_code == 303
    row = matter(units, cast, by="leader")
    row.state, row.owner_id = TaskState.DRAFT, cast["leader"].id
    found = {way.move.name: way.objection for way in WORKFLOW.open_to(cast["leader"], row)}
    assert "您是承办人" in found["issue"]


def test_the_table_takes_no_half_duty_and_no_matter_without_a_source(app, cast, units):
    for changed in ({"rule": "X"}, {"source_kind": None}, {"percent": 130}):
        row = matter(units, cast)
        for name, value in changed.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()


def test_what_is_urgent_is_reported_on_every_week(as_, cast, units):
    row = matter(units, cast, urgency=Urgency.URGENT)
    assert dues(row)["TASK_PROGRESS"].due_on == TODAY + timedelta(days=7)
    row.watched_on = TODAY - timedelta(days=9)
    db.session.commit()
    assert dues(row)["TASK_PROGRESS"].overdue
    address = f"/tasks/{row.id}/progress"
    assert post(as_, cast["leader"], address, text="催").status_code == 403
    assert post(as_, cast["auditor"], address, text="x").status_code == 403
    assert post(as_, cast["liaison"], address, text="").status_code == 409
    assert post(as_, cast["liaison"], address, text="x", percent=101).status_code == 409
    sent = post(as_, cast["liaison"], address, text="已查清三处", percent=40, files=(BytesIO(b"%PDF-1.4 y"), "图.pdf"))
    assert sent.status_code == 303
    db.session.refresh(row)
    assert (row.percent, row.progressed_on, dues(row)["TASK_PROGRESS"].due_on) == (40, TODAY, TODAY + timedelta(days=7))
    assert all(words in as_(cast["leader"]).get(f"/tasks/{row.id}").text for words in ("已查清三处", "40%", "图.pdf"))
    assert "TASK_PROGRESS" not in dues(matter(units, cast))


def test_a_result_comes_with_its_evidence_and_after_its_stages(as_, cast, units):
    row = matter(units, cast, steps=[matters.Step("查清来源", TODAY + timedelta(days=3))])
    address, stage = f"/tasks/{row.id}/moves/report", row.stages[0]
    assert "还有 1 个阶段没有完成" in as_(cast["liaison"]).get(address).text
    assert post(as_, cast["leader"], f"/tasks/stages/{stage.id}/moves/finish", result="x").status_code == 409
    done = post(as_, cast["liaison"], f"/tasks/stages/{stage.id}/moves/finish", result="查清三处。")
    assert done.status_code == 303
    assert (stage.state, dues(stage)["TASK_STAGE"].met_on) == (StageState.DONE, TODAY)
    assert as_(cast["leader"]).get(f"/tasks/stages/{stage.id}").location.endswith(f"/tasks/{row.id}#stages")
    bare = post(as_, cast["liaison"], address, report="已封堵。")
    assert (bare.status_code, "请上传佐证材料，或者写明没有材料的原因" in bare.text) == (422, True)
    assert (
        post(as_, cast["liaison"], address, report="已封堵。", files=(BytesIO(b"%PDF-1.4 z"), "照片.pdf")).status_code
        == 303
    )
    assert "TASK_DUE" in dues(row)
    assert dues(row)["TASK_DUE"].met_on == TODAY
    assert as_(cast["liaison"]).post(f"/tasks/{row.id}/moves/close", data={"remark": "x"}).status_code == 409
    assert as_(cast["leader"]).post(f"/tasks/{row.id}/moves/close", data={"remark": "属实"}).status_code == 303


def test_an_extension_is_asked_by_one_and_granted_by_another(as_, cast, units):
    row = matter(units, cast, steps=[matters.Step("查清来源", TODAY + timedelta(days=3))])
    ask = f"/tasks/{row.id}/moves/wish"
    assert post(as_, cast["leader"], ask, extension_to="2026-12-30", remark="x").status_code == 409
    early = post(as_, cast["liaison"], ask, extension_to="2026-12-01", remark="x")
    assert (early.status_code, "要晚于现在的期限 2026-12-10" in early.text) == (422, True)
    assert post(as_, cast["liaison"], ask, extension_to="2026-12-20", remark="汛期").status_code == 303
    assert post(as_, cast["liaison"], ask, extension_to="2026-12-22", remark="汛期").status_code == 409
    assert row.no in as_(cast["leader"]).get("/leader").text
    assert as_(cast["leader"]).post(f"/tasks/{row.id}/moves/grant", data={"remark": "同意"}).status_code == 303
    db.session.refresh(row)
    assert (row.due_on.day, row.asked_by_on.day, row.extension_to, row.extensions) == (20, 20, None, 1)
    assert post(as_, cast["liaison"], ask, extension_to="2026-12-05", extension_stage=1, remark="x").status_code == 303
    assert as_(cast["leader"]).post(f"/tasks/{row.id}/moves/refuse", data={"remark": "按原期限"}).status_code == 303
    db.session.refresh(row)
    assert (row.due_on.day, row.stages[0].due_on.day, row.extension_to) == (20, 27, None)


def test_a_matter_goes_to_another_unit_with_a_reason(as_, cast, units):
    row = matter(units, cast, steps=[matters.Step("查清来源", TODAY + timedelta(days=3))])
    address = f"/tasks/{row.id}/moves/transfer"
    known = {"unit_id": units["other"].id, "owner_id": cast["outsider"].id}
    assert as_(cast["officer"]).post(address, data=known | {"remark": "x"}).status_code == 409
    assert as_(cast["leader"]).post(address, data=known).status_code == 422
    assert as_(cast["leader"]).post(address, data=known | {"remark": "地界属桂溪。"}).status_code == 303
    assert as_(cast["liaison"]).get(f"/tasks/{row.id}").status_code == 404
    page = as_(cast["outsider"]).get(f"/tasks/{row.id}").text
    assert "由石羊街道办事处转桂溪街道办事处办理。地界属桂溪。" in page
    assert (dues(row.stages[0])["TASK_STAGE"].owner_id, row.stages[0].unit_id) == (
        cast["outsider"].id,
        units["other"].id,
    )


def test_another_unit_gives_its_part_and_sees_no_more(as_, cast, units):
    row = matter(units, cast, partners=[units["other"].id])
    part = row.parts[0]
    assert dues(part)["TASK_PART"].owner_id is None
    page = as_(cast["outsider"]).get(f"/tasks/parts/{part.id}").text
    assert ("十日内查清并封堵。" in page, f'href="/tasks/{row.id}"' in page) == (True, False)
    assert as_(cast["outsider"]).get(f"/tasks/{row.id}").status_code == 404
    assert as_(cast["liaison"]).get(f"/tasks/parts/{part.id}").status_code == 404
    address = f"/tasks/parts/{part.id}/moves/give"
    sent = post(as_, cast["outsider"], address, text="已提供管网图。", files=(BytesIO(b"%PDF-1.4 p"), "管网.pdf"))
    assert sent.status_code == 303
    page = as_(cast["liaison"]).get(f"/tasks/{row.id}").text
    assert all(words in page for words in ("已提供管网图。", "管网.pdf", "桂溪街道办事处"))
    files = db.session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [file.subject_type for file in files] == ["task_part", "task"]
    assert as_(cast["head"]).post(f"/tasks/parts/{part.id}/moves/ask_again", data={"remark": "x"}).status_code == 409
    again = as_(cast["leader"]).post(f"/tasks/parts/{part.id}/moves/ask_again", data={"remark": "缺图例"})
    assert again.status_code == 303
    db.session.refresh(part)
    assert (part.state, dues(part)["TASK_PART"].met_on) == (PartState.ASKED, None)
    assert part.no in as_(cast["outsider"]).get("/tasks/parts/?view=asked").text
    assert part.no in as_(cast["outsider"]).get("/tasks/parts/export.csv").data.decode("utf-8-sig")


def test_what_a_leader_drew_up_the_head_of_the_unit_neither_rewrites_nor_issues(as_, cast, units):
    said = {"source_kind": "leader", "source_from": "管委会", "title": "污水口整治", "demand": "查清并封堵。"}
    said |= {"unit_id": units["street"].id, "owner_id": cast["liaison"].id, "urgency": "routine"}
    assert as_(cast["leader"]).post("/tasks/matters/new", data=said | {"due_on": "2026-12-10"}).status_code == 303
    row, mine = db.session.scalars(select(Task)).one(), person("streets", Role.CHIEF, units["street"])
    for page in (f"matters/{row.id}/edit", f"{row.id}/moves/issue", f"{row.id}/moves/drop"):
        answer = as_(mine).post(f"/tasks/{page}", data=said | {"due_on": "2027-12-10", "remark": "x"})
        assert (answer.status_code, "请由拟办人或局领导" in answer.text) == (409, True)
    assert as_(cast["leader"]).get(f"/tasks/matters/{row.id}/edit").status_code == 200
    assert as_(cast["head"]).post(f"/tasks/{row.id}/moves/issue").status_code == 303


def test_a_part_is_owed_until_the_matter_is_closed_and_asked_for_no_more_after_it(as_, cast, units):
    row = matter(units, cast, partners=[units["other"].id])
    part = f"/tasks/parts/{row.parts[0].id}/moves"
    done = {"report": "已查清。", "no_evidence": "现场口头"}
    assert as_(cast["liaison"]).post(f"/tasks/{row.id}/moves/report", data=done).status_code == 303
    assert as_(cast["outsider"]).post(f"{part}/give", data={"text": "已提供管网图。"}).status_code == 303
    assert as_(cast["leader"]).post(f"/tasks/{row.id}/moves/close", data={"remark": "可以"}).status_code == 303
    assert as_(cast["leader"]).post(f"{part}/ask_again", data={"remark": "缺图例"}).status_code == 409
    assert dues(row.parts[0])["TASK_PART"].met_on == TODAY


def test_a_void_matter_asks_nobody_for_anything(as_, cast, units):
    step = [matters.Step("查清来源", TODAY + timedelta(days=3))]
    row = matter(units, cast, urgency=Urgency.CRITICAL, steps=step, partners=[units["other"].id])
    assert as_(cast["leader"]).post(f"/tasks/{row.id}/moves/void", data={"remark": "撤销"}).status_code == 303
    assert (dues(row), dues(row.stages[0]), dues(row.parts[0])) == ({}, {}, {})


def test_the_paper_of_a_matter_has_its_source_its_stages_and_room_to_sign(as_, cast, units):
    steps = [matters.Step("查清来源", TODAY + timedelta(days=3)), matters.Step("封堵", TODAY + timedelta(days=9))]
    row = matter(
        units, cast, steps=steps, partners=[units["other"].id], source_from="李主任", source_no="高管办〔2026〕31号"
    )
    pages = PdfReader(BytesIO(as_(cast["leader"]).get(f"/tasks/{row.id}/slip.pdf").data)).pages
    said = "".join("".join(page.extract_text() for page in pages).split())
    assert len(pages) == 1
    for words in ("领导批示，李主任，高管办〔2026〕31号", "阶段1查清来源，2026年11月27日前完成",
                  "协办单位桂溪街道办事处", "办结期限2026年12月10日", "审核意见"):  # fmt: skip
        assert words in said, words


def test_a_leader_sees_by_unit_what_is_late_and_the_month_as_a_paper(as_, cast, units):
    row = matter(units, cast, steps=[matters.Step("查清来源", TODAY + timedelta(days=3))])
    late = matter(units, cast, due_on=TODAY + timedelta(days=1), title="拖了的事项")
    late.issued_on, late.due_on, late.asked_by_on = (
        TODAY - timedelta(days=20),
        TODAY - timedelta(days=5),
        TODAY - timedelta(days=5),
    )
    row.stages[0].due_on = TODAY - timedelta(days=1)
    db.session.commit()
    page = as_(cast["leader"]).get("/tasks/units").text
    assert all(
        words in page for words in ("1 个单位有督办事项逾期", "逾期 2 件", "阶段逾期", "拖了的事项", "石羊街道办事处")
    )
    assert "拖了的事项" not in as_(cast["outsider"]).get("/tasks/units").text
    assert (
        len({row.no, late.no} & set(as_(cast["leader"]).get("/tasks/?view=late").text.replace(">", "<").split("<")))
        == 2
    )
    page = as_(cast["leader"]).get("/tasks/bulletin/").text
    assert all(words in page for words in ("2026年11月督办通报", "共下达督办 2 件", "逾期未反馈 1 件"))
    paper = as_(cast["leader"]).get("/tasks/bulletin/2026/11.pdf")
    said = "".join("".join(page.extract_text() for page in PdfReader(BytesIO(paper.data)).pages).split())
    assert all(words in said for words in ("关于2026年11月督办事项办理情况的通报", "拖了的事项", "逾期天数"))
    for month in ("2026/12", "2026/13", "0/1"):
        assert as_(cast["leader"]).get(f"/tasks/bulletin/{month}").status_code == 404


def count(code, user=None):
    return module.figures()[code].of(user, so_far(2026))


def test_the_figures_of_matters_and_what_is_wrong_with_them(app, cast, units):
    done = matter(units, cast)
    for name, who in (("report", "liaison"), ("close", "leader")):
        WORKFLOW.fire(name, cast[who], done)
    waiting = matter(units, cast)
    WORKFLOW.fire("report", cast["liaison"], waiting)
    waiting.reported_on = TODAY - timedelta(days=10)
    quiet = matter(units, cast)
    quiet.issued_on = TODAY - timedelta(days=40)
    quiet.due_on = quiet.asked_by_on = TODAY - timedelta(days=2)
    db.session.commit()
    assert [count(f"tasks.matters{end}") for end in ("", "_closed", "_replied", "_in_time", "_late")] == [3, 1, 2, 2, 1]
    assert (count("tasks.issued"), f"{share(2, 2)}") == (0, "100.0")
    found = {c.code: [row.id for row in db.session.scalars(c.found(cast["head"]))] for c in module.checks()}
    assert found["tasks.no_evidence"] == [done.id]
    assert found["tasks.unjudged"] == [waiting.id]
    assert found["tasks.silent"] == [quiet.id]


def test_a_meetings_table_becomes_matters(app, cast, units, load, send):
    sheet = csv(
        ("议定事项", "责任单位", "责任人", "完成时限", "会议名称", "紧急程度"),
        ("清理秸秆", "石羊街道办事处", "liaison", "2026-12-20", "第12次专题会", "急"),
        ("清淤", "桂溪街道办事处", "", "2026-12-25", "", ""),
    )
    load(sheet, who="officer", intake="tasks", name="会议纪要.csv")
    rows = db.session.scalars(select(Task).order_by(Task.id)).all()
    assert [(row.title, row.state, row.urgency, row.source, row.source_kind) for row in rows] == [
        ("清理秸秆", TaskState.DRAFT, Urgency.URGENT, "第12次专题会", SourceKind.MEETING),
        ("清淤", TaskState.DRAFT, Urgency.ROUTINE, "会议纪要", SourceKind.MEETING),
    ]  # fmt: skip
    client, page = send(sheet + b"\r\n", who="leader", intake="tasks", name="会议纪要.csv")
    assert "这个单位已有同名事项 DB-2026-0001" in client.get(page).text
    assert client.post(f"{page}/store").status_code == 303
    assert [row.state for row in db.session.scalars(select(Task).order_by(Task.id))][2:] == [TaskState.ISSUED] * 2
    assert len(db.session.scalars(select(Step).where(Step.remark.like("由表格导入%"))).all()) == 4


def test_parts_and_stages_have_numbers_of_their_own(app, cast, units):
    row = matter(units, cast, steps=[matters.Step("一", TODAY)], partners=[units["other"].id])
    assert (db.session.scalars(select(TaskStage.no)).one(), db.session.scalars(select(TaskPart.no)).one()) == (
        f"{row.no}-1", f"{row.no}-X1",
    )  # fmt: skip
