"""What anybody may see and do without an account: one case by number and code, and, where it is open, filing one."""

import re
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import event, func, select

from ems.complaints import attempts
from ems.complaints.attempts import PublicCount
from ems.complaints.models import Answer, Channel, Complaint, ComplaintState, Identity, Satisfaction, Way
from ems.complaints.moves import WORKFLOW
from ems.complaints.public_forms import signer
from ems.complaints.told import PLAIN, number
from ems.core import dates
from ems.core.attachments import Attachment
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.settings import Setting
from ems.core.workflow import Step
from tests.conftest import NOON, TODAY
from tests.factories import complaint

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def anybody(app):
    return app.test_client()


def look(client, no, code, address="203.0.113.9"):
    return client.post("/public/", data={"no": no, "code": code}, environ_overrides={"REMOTE_ADDR": address})


def given(case, text, **known):
    about = {"unit_id": case.unit_id, "number": len(case.answers) + 1, "given_on": TODAY, "way": Way.PHONE}
    case.answers.append(Answer(text=text, **about | known))


def seen(client, case):
    answer = look(client, case.no, case.query_code)
    assert answer.status_code == 303
    assert case.query_code not in answer.location
    return client.get(answer.location).text


def test_nobody_learns_who_complained_who_works_on_it_or_of_another_case(anybody, units, cast):
    other = complaint(units, cast, title="另一件事")
    case = complaint(units, cast, phone="13912345678", handler_id=cast["officer"].id, handling="内部处理情况")
    given(case, "张女士（139 1234 5678）：油烟净化器已装，复测达标。")
    db.session.commit()
    page = seen(anybody, case)
    assert "油烟净化器已装，复测达标" in page
    assert "科技局（环保处）" in page
    hidden = (
        "张女士",
        "13912345678",
        "139 1234 5678",
        "officer",
        "内部处理情况",
        other.no,
        other.title,
        case.query_code,
    )
    assert [word for word in hidden if word in page] == []
    assert "noindex" in page


def test_a_wrong_number_and_a_wrong_code_are_told_apart_by_nothing(anybody, units, cast):
    no = complaint(units, cast).no
    asked = []
    note = lambda *args: asked[-1].append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        pages = []
        for typed, code in ((no, "000000"), ("TS-2026-9999", "123456"), ("没有", "x")):
            asked.append([])
            answer = look(anybody, typed, code, f"203.0.113.{len(asked)}")
            plain = re.sub(r'value="[^"]*"', "", answer.text)
            pages.append((answer.status_code, plain))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert pages[0][0] == 422
    assert "编号与查询码不相符" in pages[0][1]
    assert pages[0] == pages[1] == pages[2]
    assert asked[0] == asked[1] == asked[2]
    case = db.session.scalars(select(Complaint)).one()
    case.query_code = ""  # a case without a code opens to nobody
    db.session.commit()
    assert look(anybody, case.no, attempts.NOBODYS, "203.0.113.7").status_code == 422


def test_guessing_at_one_number_ends_but_not_for_who_once_knew_the_code(app, anybody, units, cast):
    case = complaint(units, cast)
    assert look(anybody, case.no, "123456", "198.51.100.1").status_code == 303
    for n in range(attempts.WRONG["number"]):
        assert look(anybody, case.no, f"{n:06d}", f"203.0.113.{n}").status_code == 422
    for no in (case.no, "TS-2026-9999"):
        for n in range(attempts.WRONG["number"] + 1):
            answer = look(anybody, no, "000000", f"192.0.2.{n}")
    assert answer.status_code == 429  # of a number there is not, as of one there is
    shut = look(anybody, case.no, "123456", "198.51.100.2")
    assert (shut.status_code, "13:00 之后才能再查" in shut.text) == (429, True)
    assert look(app.test_client(), case.no, "123456", "198.51.100.1").status_code == 303
    with dates.stopped(NOON + timedelta(hours=1)):
        assert look(anybody, case.no, "123456", "198.51.100.2").status_code == 303


def test_one_address_guesses_no_further_though_it_takes_other_numbers(anybody, units, cast):
    case = complaint(units, cast)
    for n in range(attempts.WRONG["address"]):
        network = f"2001:db8:1:2::{n:x}"  # one household
        assert look(anybody, f"TS-2026-{n:04d}", "111111", network).status_code == 422
    assert look(anybody, case.no, "123456", "2001:db8:1:2::ffff").status_code == 429
    assert look(anybody, case.no, "123456", "2001:db8:1:3::1").status_code == 303


def test_what_was_counted_names_nobody_and_is_forgotten(anybody, units, cast):
    case = complaint(units, cast)
    look(anybody, case.no, "000000")
    look(anybody, case.no, "123456")
    kept = db.session.scalars(select(PublicCount.key)).all()
    assert len(kept) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in kept)
    with dates.stopped(NOON + timedelta(days=1)):
        attempts.tidy()
    assert db.session.scalar(select(func.count()).select_from(PublicCount)) == 1  # who knew the code, for 30 days
    with dates.stopped(NOON + timedelta(days=31)):
        attempts.tidy()
    assert db.session.scalar(select(func.count()).select_from(PublicCount)) == 0


def test_a_look_lasts_a_quarter_of_an_hour_and_ends_when_one_says_so(anybody, units, cast):
    case = complaint(units, cast)
    assert case.no in seen(anybody, case)
    with dates.stopped(NOON + timedelta(minutes=16)):
        assert anybody.get("/public/case").status_code == 303
    seen(anybody, case)
    anybody.post("/public/leave")
    assert anybody.get("/public/case").location == "/public/"
    assert db.session.get(Complaint, case.id).looked_up_on == TODAY
    assert anybody.get("/public/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("typed", ["TS-2026-0938", "ts 2026 938", "２０２６－０９３８", "20260938", " TS－2026—0938 "])
def test_a_number_is_understood_as_people_write_it(typed):
    assert number(typed) == "TS-2026-0938"


def test_every_state_is_said_in_plain_words_with_what_comes_next(anybody, units, cast):
    assert set(PLAIN) == {state.value for state in ComplaintState}
    case = complaint(units, cast, channel=Channel.WEB, received_on=TODAY - timedelta(days=3))
    page = seen(anybody, case)
    assert "已经登记，正在研究是否受理" in page
    assert "告知是否受理" in page
    assert "不迟于 2026-12-" in page
    WORKFLOW.fire("accept", cast["hotline"], case)
    db.session.commit()
    assert "不迟于 2027-01-" in seen(anybody, case)  # sixty days from the acceptance
    case.state, case.answered_on = ComplaintState.ANSWERED, TODAY
    given(case, "第一次答复。")
    given(case, "补充说明。")
    db.session.commit()
    page = seen(anybody, case)
    assert page.index("第一次答复。") < page.index("补充答复 1") < page.index("补充说明。")
    assert "请求复查（信访工作条例第三十五条）" in page


def test_the_caller_says_once_what_they_think_of_the_answer(anybody, units, cast):
    case = complaint(units, cast, state=ComplaintState.ANSWERED, answered_on=TODAY, phone="13912345678")
    given(case, "已处理。")
    db.session.commit()
    assert anybody.post("/public/case/opinion", data={"satisfaction": "satisfied"}).location == "/public/"
    seen(anybody, case)
    assert anybody.post("/public/case/opinion", data={}).status_code == 422
    assert anybody.post("/public/case/opinion", data={"satisfaction": "unreached"}).status_code == 422
    for word in ("dissatisfied", "satisfied"):
        anybody.post("/public/case/opinion", data={"satisfaction": word, "remark": "请打 13912345678"})
    said = db.session.scalars(select(Step.remark).where(Step.subject_id == case.id)).all()
    assert said == ["反映人网上评价：不满意。请打 139****5678"]
    assert db.session.get(Complaint, case.id).online_satisfaction is Satisfaction.DISSATISFIED


@pytest.fixture
def opened(app):
    db.session.add(Setting(key="complaints.public_filing", value=True))
    db.session.commit()


def form(opened_at=NOON - timedelta(seconds=30), key="a" * 32, **changed):
    return {
        "text": "楼下冷却塔轰鸣，无法入睡，请打 13912345678。", "place": "天府三街 88 号", "happened": "每晚 22 时",
        "medium": "noise", "identity": "confidential", "complainant": "欧阳小姐", "phone": "139-1234-5678",
        "agreed": "y", "ticket": signer().dumps([key, int(opened_at.timestamp())]),
    } | changed  # fmt: skip


def file(client, address="203.0.113.9", **changed):
    return client.post("/public/filing", data=form(**changed), environ_overrides={"REMOTE_ADDR": address})


def test_filing_is_shut_unless_the_bureau_opens_it(anybody, units, cast):
    assert anybody.get("/public/filing").status_code == 404
    assert file(anybody).status_code == 404
    assert "/public/filing" not in anybody.get("/public/").text
    assert not db.session.scalars(select(Complaint)).all()


@pytest.mark.usefixtures("opened")
def test_what_is_filed_waits_at_the_desk_and_its_clocks_run(anybody, units, cast, as_):
    answer = file(anybody, files=[(BytesIO(PDF), "欧阳小姐的证据.pdf")])
    case = db.session.scalars(select(Complaint)).one()
    assert answer.status_code == 200
    assert case.no in answer.text
    assert case.query_code in answer.text
    assert (case.channel, case.filed_online, case.taken_by_id) == (Channel.WEB, True, None)
    assert (case.unit_id, case.received_on, case.state) == (units["bureau"].id, TODAY, ComplaintState.REGISTERED)
    assert case.phone == "139-1234-5678"
    assert "13912345678" not in case.title + case.text  # who wants not to be known is not told by what they wrote
    assert not case.tells_number
    due = db.session.scalars(select(Duty)).one()
    assert (due.rule, due.owner_id) == ("PET_NOTICE", None)
    assert db.session.scalars(select(Attachment.name)).one() == "反映人提供的附件 1.pdf"
    logged = select(LogEntry.actor, LogEntry.address).where(LogEntry.subject_type.in_(["complaint", "attachment"]))
    assert {tuple(row) for row in db.session.execute(logged)} == {("公众（网上）", "")}
    assert case.no in as_(cast["hotline"]).get("/complaints/?view=dispatch").text
    assert "网上填写，尚无人受理" in as_(cast["hotline"]).get(f"/complaints/{case.id}").text
    WORKFLOW.fire("accept", cast["hotline"], case)
    assert case.taken_by_id == cast["hotline"].id


@pytest.mark.usefixtures("opened")
def test_a_form_sent_twice_is_one_case_with_the_same_code(anybody, units, cast):
    first, second = file(anybody), file(anybody)
    code = db.session.scalars(select(Complaint.query_code)).one()
    assert code in first.text
    assert code in second.text


@pytest.mark.usefixtures("opened")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"homepage": "http://spam.example"}, "请留空"), ({"opened_at": NOON}, "提交得太快"),
        ({"opened_at": NOON - timedelta(days=2)}, "打开的时间太久"), ({"ticket": "forged"}, "打开的时间太久"),
        ({"agreed": ""}, "请阅读说明后勾选"), ({"phone": "call me"}, "7 位以上的电话号码"),
        ({"files": [(BytesIO(b"MZ\x90"), "a.pdf")]}, "不是照片或 PDF"),
        ({"files": [(BytesIO(PDF), f"{n}.pdf") for n in range(4)]}, "最多 3 个文件"),
    ],
)  # fmt: skip
def test_machines_and_what_is_no_evidence_are_kept_out_and_nothing_typed_is_lost(anybody, units, cast, changed, said):
    answer = file(anybody, **changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "冷却塔轰鸣" in answer.text
    assert not db.session.scalars(select(Complaint)).all()


@pytest.mark.usefixtures("opened")
def test_one_address_and_the_whole_site_have_their_fill_a_day(anybody, units, cast):
    for n in range(5):
        assert file(anybody, key=f"{n}").status_code == 200
    full = file(anybody, key="6")
    assert (full.status_code, "今天网上登记的件数已满" in full.text, "冷却塔轰鸣" in full.text) == (429, True, True)
    db.session.add(Setting(key="complaints.public_filing_daily", value=6))
    db.session.commit()
    assert file(anybody, address="198.51.100.1", key="7").status_code == 200
    assert file(anybody, address="198.51.100.2", key="8").status_code == 429
    with dates.stopped(datetime.combine(TODAY + timedelta(days=1), NOON.timetz())):
        assert file(anybody, key="9", opened_at=NOON + timedelta(hours=23)).status_code == 200


@pytest.mark.usefixtures("opened")
def test_who_files_without_a_name_has_none(anybody, units, cast):
    file(anybody, identity="anonymous")
    case = db.session.scalars(select(Complaint)).one()
    assert (case.identity, case.complainant) == (Identity.ANONYMOUS, None)
