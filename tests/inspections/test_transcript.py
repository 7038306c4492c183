"""笔录 on paper, printed once for good; and the sheet that is read on the way."""

from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from ems.complaints.models import Identity
from ems.core import attachments, module
from ems.core.db import db
from ems.inspections.models import InspectionState, InspectionType, Refusal, Verdict
from ems.inspections.moves import WORKFLOW
from tests.conftest import TODAY
from tests.factories import complaint, enterprise, inspection, order, permit
from tests.inspections.conftest import DOT


def ended(units, cast, who="officer", **known):
    """Begun and ended today; the third line failed."""
    row = inspection(units, cast, **known)
    WORKFLOW.fire("open", cast[who], row)
    for line in row.lines:
        line.verdict = Verdict.FAILS if line.number == 3 else Verdict.CONFORMS
        line.remark = "风机停运，旁路阀开启。" if line.number == 3 else ""
    row.rights_told, row.facility_running, row.summary = True, "no", "车间正在生产。"
    row.person_present, row.person_title = "何志强", "环保负责人"
    db.session.flush()
    for name, note in (("照片.png", "11-24 10:30 30.57,104.06"), ("签名.png", "signature 何志强")):
        attachments.attach(row, name, BytesIO(DOT + note.encode()), cast[who], note)
    WORKFLOW.fire("finish", cast[who], row)
    db.session.commit()
    return row


def words(content):
    """All that stands in it, without the blanks between."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_who_may_not_print_it_for_good(as_, cast, units):
    row = ended(units, cast)
    page = f"/inspections/{row.id}/transcript"
    assert as_(cast["liaison"]).post(page).status_code == 404
    for who, code in (("leader", 403), ("chief", 409)):
        assert as_(cast[who]).post(page).status_code == code
    begun = inspection(units, cast)
    WORKFLOW.fire("open", cast["officer"], begun)
    db.session.commit()
    assert as_(cast["officer"]).post(f"/inspections/{begun.id}/transcript").status_code == 409


def test_printed_for_good_the_same_bytes_come_again(as_, cast, units):
    row, mine = ended(units, cast), as_(cast["officer"])
    page = f"/inspections/{row.id}/transcript"
    draft = mine.get(f"{page}.pdf")
    assert "未定稿" in words(draft.data)
    assert mine.post(page).status_code == 303
    first = mine.get(f"{page}.pdf").data
    said = words(first)
    for part in (
        "现场检查（勘察）笔录", row.no, "川A-001", "何志强", "风机停运，旁路阀开启。", "《排污许可管理条例》第17条",
        "有权要求与案件有直接利害关系的检查人员回避", "第1页", "共3页", "10:30",
    ):  # fmt: skip
        assert part.replace(" ", "") in said, part
    assert "未定稿" not in said
    row.summary = "事后改的话。"
    db.session.commit()
    assert mine.get(f"{page}.pdf").data == first
    assert mine.post(page).status_code == 409
    kept = db.session.get(attachments.Attachment, row.transcript_id)
    assert attachments.store(first) == kept.digest
    assert "已定稿" in mine.get(page).text


def test_a_refusal_names_its_witness(as_, cast, units):
    row = ended(units, cast)
    row.refusal, row.refusal_reason, row.witness = Refusal.REFUSED, "不认可结果", "石羊街道李明"
    db.session.commit()
    said = words(as_(cast["officer"]).get(f"/inspections/{row.id}/transcript.pdf").data)
    assert "不认可结果" in said
    assert "石羊街道李明" in said


@pytest.mark.parametrize(
    ("type", "title"),
    [(InspectionType.SELF_CHECK, "日常自查记录"), (InspectionType.SYSTEM_CHECK, "体系运行检查记录")],
)
def test_a_units_own_check_has_words_of_its_own(as_, cast, units, type, title):
    who = "liaison" if type is InspectionType.SELF_CHECK else "officer"
    known = {"enterprise_id": None, "party": "石羊街道办事处", "unit_id": units["street"].id, "second_id": None}
    row = inspection(units, cast, type=type, lead_id=cast[who].id, **known)
    said = words(as_(cast["officer"]).get(f"/inspections/{row.id}/transcript.pdf").data)
    assert title in said
    assert "执法证" not in said


def test_one_done_long_ago_without_a_transcript_is_found(as_, cast, units):
    row = ended(units, cast)
    (check,) = [one for one in module.checks() if one.code == "inspections.unprinted"]
    assert db.session.scalars(check.found(cast["head"])).all() == []
    row.done_on = TODAY - timedelta(days=11)
    db.session.commit()
    assert db.session.scalars(check.found(cast["head"])).all() == [row]
    attachments.attach(row, "纸质笔录.pdf", BytesIO(b"%PDF-1.4\n%scan\n"), cast["officer"])
    db.session.commit()
    assert db.session.scalars(check.found(cast["head"])).all() == []


# —— 行前单


def test_what_is_read_on_the_way(as_, cast, units):
    owner = enterprise(units, cast, phone="028-1234")
    ended(units, cast, enterprise=owner)
    order(units, cast, enterprise=owner)
    permit(units, cast, enterprise=owner)
    complaint(units, cast, enterprise_id=owner.id, title="夜间噪声扰民")
    quiet = complaint(units, cast, enterprise_id=owner.id, title="邻居王女士家门口异味", identity=Identity.CONFIDENTIAL)
    old = complaint(units, cast, enterprise_id=owner.id, received_on=TODAY - timedelta(days=400))
    row = inspection(units, cast, enterprise=owner)
    page = as_(cast["officer"]).get(f"/inspections/{row.id}/previsit").text
    for part in ("风机停运", "028-1234", "夜间噪声扰民", quiet.no, str(quiet.medium.label)):
        assert part in page, part
    assert "邻居王女士" not in page
    assert old.no not in page
    paper = words(as_(cast["officer"]).get(f"/inspections/{row.id}/previsit.pdf").data)
    assert quiet.no in paper
    assert "邻居王女士" not in paper
    assert "行前单" in as_(cast["officer"]).get(f"/inspections/{row.id}").text
    assert as_(cast["liaison"]).get(f"/inspections/{row.id}/previsit").status_code == 404


def test_without_an_enterprise_it_says_so(as_, cast, units):
    row = inspection(units, cast, enterprise_id=None, party="", place="绕城两侧退耕地", type="straw")
    assert row.state is InspectionState.PLANNED
    assert "没有对应到企业档案" in as_(cast["officer"]).get(f"/inspections/{row.id}/previsit").text
