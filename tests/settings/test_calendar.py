import re
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ems.complaints.models import Channel, Complaint, ComplaintState
from ems.core import dates, module, settle
from ems.core.calendar import Workday
from ems.core.db import db
from ems.core.duties import Duty
from ems.core.people import Role, Unit
from tests.conftest import TODAY, person
from tests.factories import complaint
from tests.settings.notices import NEXT
from tests.sheets import xlsx

MONDAY = date(2026, 11, 30)


@pytest.fixture
def case(units, cast):
    """Taken up on Tuesday 2026-11-24, over 12345: some of its days are working days, one is a promise of our own."""
    return taken_up(units, cast, TODAY)


def taken_up(units, cast, day):
    about = {"channel": Channel.H12345, "state": ComplaintState.ACCEPTED, "received_on": day, "accepted_on": day}
    return complaint(units, cast, **about)


def days(case):
    db.session.expire_all()
    return {d.rule: d.due_on for d in db.session.scalars(select(Duty).where(Duty.subject_id == case.id))}


def set_day(client, day=MONDAY, works="off", note="临时放假"):
    return client.post("/settings/calendar", data={"day": day, "works": works, "note": note})


def test_a_day_off_moves_the_duties_that_run_over_it_at_once(cast, as_, case):
    before = days(case)
    wednesday = date(2026, 11, 25)
    answer = set_day(as_(cast["sysadmin"]), wednesday)
    assert answer.status_code == 303
    after = days(case)
    moved = {rule for rule in before if before[rule] != after[rule]}
    assert moved
    assert all(after[rule] > before[rule] for rule in moved)
    assert settle.rebuild(db.session(), Complaint, check=True) == []


def test_how_many_moved_is_told(cast, as_, case):
    client = as_(cast["sysadmin"])
    before = days(case)
    page = client.post(
        "/settings/calendar", data={"day": "2026-11-25", "works": "off", "note": "临时放假"}, follow_redirects=True
    ).text
    moved = [rule for rule, day in days(case).items() if before[rule] != day]
    assert f"重新计算后有 {len(moved)} 项期限变动" in page


def test_a_day_made_plain_again_moves_them_back(cast, as_, case):
    before = days(case)
    set_day(as_(cast["sysadmin"]), date(2026, 11, 25))
    set_day(as_(cast["sysadmin"]), date(2026, 11, 25), works="plain", note="")
    assert days(case) == before
    assert db.session.get(Workday, date(2026, 11, 25)) is None


def test_a_day_changed_says_why(cast, as_):
    answer = set_day(as_(cast["sysadmin"]), note="")
    assert (answer.status_code, "请写明是哪个节日" in answer.text) == (422, True)
    assert db.session.get(Workday, MONDAY) is None


def test_the_year_shows_days_unlike_their_weekday(cast, as_):
    page = as_(cast["head"]).get("/settings/calendar?year=2026").text
    assert "国庆节" in page
    assert "暂按周一至周五计算" not in page
    assert "暂按周一至周五计算" in as_(cast["head"]).get("/settings/calendar?year=2031").text
    assert as_(cast["head"]).get("/settings/calendar?year=99999").status_code == 200


NOTICE = "2027-10-01 放假 国庆节\n2027年10月4日，休，国庆节\n\n2027-10-09 上班 国庆节调休\n"


def read(client, **sent):
    return client.post("/settings/calendar/notice?year=2027", data=sent)


def take(client, page, **more):
    """Press the button under what was understood."""
    hidden = dict(re.findall(r'<input id="(days|source)" name="[a-z]+" type="hidden" value="([^"]*)"', page))
    return client.post("/settings/calendar/days", data={name: unescape(said) for name, said in hidden.items()} | more)


def of_2027():
    db.session.expire_all()
    rows = db.session.scalars(select(Workday).where(Workday.day >= date(2027, 1, 1)).order_by(Workday.day))
    return [(row.day, row.works, row.note) for row in rows]


@pytest.mark.parametrize("name", ["head", "leader", "officer", "secadmin"])
def test_only_the_system_administrator_takes_a_notice_in(cast, as_, name):
    client = as_(cast[name])
    assert read(client, notice=NEXT).status_code == 403
    assert client.post("/settings/calendar/days", data={"days": NOTICE}).status_code == 403
    assert client.get("/settings/calendar/sheets/1").status_code == 403
    assert of_2027() == []


def test_a_notice_is_shown_first_and_changes_nothing(cast, as_):
    answer = read(as_(cast["sysadmin"]), notice=NEXT)
    assert answer.status_code == 200
    for words in ("核对 2027 年放假安排", "还没有录入", "2027-10-01 周五 至 2027-10-07 周四", "国庆节调休", "中秋节"):
        assert words in answer.text
    assert of_2027() == []


def test_the_notice_of_a_year_is_taken_in_one_go(cast, as_):
    client = as_(cast["sysadmin"])
    answer = take(client, read(client, notice=NOTICE).text)
    assert answer.location == "/settings/calendar?year=2027"
    assert of_2027() == [
        (date(2027, 10, 1), False, "国庆节"),
        (date(2027, 10, 4), False, "国庆节"),
        (date(2027, 10, 9), True, "国庆节调休"),
    ]


def test_only_days_unlike_their_weekday_are_kept(cast, as_):
    client = as_(cast["sysadmin"])
    take(client, read(client, notice=NEXT).text)
    assert all(works != (day.weekday() < 5) for day, works, _note in of_2027())
    assert (date(2027, 2, 5), False, "春节") in of_2027()
    assert (date(2027, 2, 14), True, "春节调休") in of_2027()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2027-10-40 放假 国庆节", "第 2 行看不懂"),
        ("国庆节放七天", "第 2 行看不懂"),
        ("2027-10-01 放假 国庆节", "写了两次"),
    ],
)
def test_a_notice_with_one_bad_line_is_not_taken_at_all(cast, as_, line, why):
    answer = read(as_(cast["sysadmin"]), notice=f"2027-10-01 放假 国庆节\n{line}")
    assert (answer.status_code, why in answer.text) == (422, True)
    assert of_2027() == []


def test_nothing_is_not_a_notice(cast, as_):
    answer = read(as_(cast["sysadmin"]), notice="  ")
    assert (answer.status_code, "请粘贴通知，或选择文件" in answer.text) == (422, True)


def test_days_that_were_tampered_with_are_not_taken(cast, as_):
    client = as_(cast["sysadmin"])
    for days in ("", "2027-10-01 放假 国庆节\nDROP TABLE workday", "x" * 20_001):
        assert "没有录入" in client.post("/settings/calendar/days", data={"days": days}, follow_redirects=True).text
    assert of_2027() == []


def test_doubts_are_shown_beside_what_was_understood(cast, as_):
    client = as_(cast["sysadmin"])
    page = read(client, notice="2027年国庆节：10月1日（周六）至7日放假。10月11日上班").text
    assert "2027-10-01 写的是周六，按日历是周五" in page
    assert "2027-10-11 不是周末，本来就上班" in page
    assert "没有读到元旦、春节、清明节、劳动节、端午节、中秋节的安排" in page


def test_of_a_year_that_is_there_only_what_changes_is_named_and_the_rest_goes_if_asked(cast, as_):
    client = as_(cast["sysadmin"])
    take(client, read(client, notice=NEXT).text)
    later = NEXT.replace("6月9日（周三）放假1天", "6月10日（周四）放假1天")
    page = read(client, notice=later).text
    assert "2027 年的安排已经录入过" in page
    assert "其中 1 天会使日历变动" in page
    assert "共 1 天：2027-06-09" in page
    kept = len(of_2027())
    take(client, page)
    assert len(of_2027()) == kept + 1
    take(client, page, whole="y")
    assert len(of_2027()) == kept
    assert date(2027, 6, 9) not in {day for day, _works, _note in of_2027()}


def test_a_provisional_day_becomes_sure_and_the_page_says_how_many_moved(cast, as_, units):
    late = date(2026, 12, 30)
    row = complaint(
        units, cast, channel=Channel.H12345, state=ComplaintState.ACCEPTED, received_on=late, accepted_on=late
    )
    guess = db.session.scalars(select(Duty).where(Duty.subject_id == row.id, Duty.rule == "HOT_12345")).one()
    assert (guess.provisional, guess.due_on) == (True, date(2027, 1, 6))
    client = as_(cast["sysadmin"])
    assert "件未结期限是暂定的" in client.get("/settings/calendar?year=2027").text
    longer = NEXT.replace("3日（周日）放假，共3天", "4日（周一）放假，共4天")
    page = read(client, notice=longer)
    answer = take(client, page.text)
    assert "项期限变动" in client.get(answer.location).text
    db.session.expire_all()
    sure = db.session.scalars(select(Duty).where(Duty.subject_id == row.id, Duty.rule == "HOT_12345")).one()
    assert (sure.provisional, sure.due_on) == (False, date(2027, 1, 8))
    assert settle.rebuild(db.session(), Complaint, check=True) == []
    assert "件未结期限是暂定的" not in client.get("/settings/calendar?year=2027").text


def test_one_day_alone_does_not_make_a_year_announced(cast, as_):
    answer = set_day(as_(cast["sysadmin"]), date(2027, 3, 1))
    assert (answer.status_code, "2027 年的放假安排还没有录入" in answer.text) == (422, True)
    assert of_2027() == []


def upload(client, content, name="安排.xlsx"):
    answer = client.post("/settings/calendar/notice", data={"file": (BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_sheet_is_shown_and_taken_in(cast, as_):
    client = as_(cast["sysadmin"])
    rows = [["节日", "放假时间", "调休上班"], ["国庆节", "2027年10月1日至7日", "2027年10月9日"]]
    page = client.get(upload(client, xlsx(*rows))).text
    assert "2027-10-01 周五 至 2027-10-07 周四" in page
    assert of_2027() == []
    take(client, page)
    assert len(of_2027()) == 6


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_text_of_the_notice_may_come_as_a_file(cast, as_, encoding):
    client = as_(cast["sysadmin"])
    page = client.get(upload(client, NEXT.encode(encoding), "通知.txt")).text
    assert "核对 2027 年放假安排" in page


def test_a_faulty_sheet_comes_back_marked(cast, as_):
    client = as_(cast["sysadmin"])
    rows = [["日期", "放假或上班", "名称"], ["2027-10-01", "放假", "国庆节"], ["2027-10-32", "放假", "国庆节"]]
    at = upload(client, xlsx(*rows))
    page = client.get(at).text
    assert "一天也没有录入" in page
    assert "没有 10 月 32 日这一天" in page
    book = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{at}/marked.xlsx").data))
    assert "没有 10 月 32 日这一天" in book.get_sheet_by_index(0).to_python()[2][0]
    assert of_2027() == []


def test_what_is_no_sheet_is_refused_in_words(cast, as_):
    answer = as_(cast["sysadmin"]).post("/settings/calendar/notice", data={"file": (BytesIO(b"%PDF-1.7"), "a.pdf")})
    assert answer.status_code == 409
    assert "这个文件打不开" in answer.text


def test_a_sheet_is_shown_to_whoever_sent_it(cast, as_):
    at = upload(as_(cast["sysadmin"]), xlsx(["日期", "类型"], ["2027-10-01", "放假"]))
    other = person("sysadmin2", Role.SYSADMIN, db.session.get(Unit, 1))
    assert as_(other).get(at).status_code == 404
    assert as_(other).get(f"{at}/marked.xlsx").status_code == 404


def test_the_year_goes_out_as_a_sheet_that_changes_nothing_when_it_comes_back(cast, as_):
    client = as_(cast["sysadmin"])
    sheet = as_(cast["head"]).get("/settings/calendar/2026.csv")
    lines = sheet.data.decode("utf-8-sig").splitlines()
    assert (len(lines), lines[0], lines[1]) == (366, "日期,放假或上班,名称,星期", "2026-01-01,放假,元旦,四")
    page = client.get(upload(client, sheet.data, "2026年工作日历.csv")).text
    assert "其中 0 天会使日历变动" in page
    assert as_(cast["officer"]).get("/settings/calendar/2026.csv").status_code == 403
    assert client.get("/settings/calendar/1066.csv").status_code == 404


# —— the notice of next year


MISSING = "2027 年的放假安排尚未录入"


def on(month, day):
    return dates.stopped(datetime(2026, month, day, 4, tzinfo=UTC))


@pytest.mark.parametrize(("month", "day", "tone"), [(11, 30, None), (12, 1, "warn"), (12, 14, "warn"), (12, 15, "bad")])
def test_from_december_on_the_administrator_is_told_that_next_year_is_missing(cast, as_, month, day, tone):
    with on(month, day):
        page = as_(cast["sysadmin"]).get("/").text
        found = re.search(
            r'<div class="note (\w+)" role="\w+">(?:(?!</div>).)*2027 年的放假安排尚未录入', page, re.DOTALL
        )
        assert (found and found[1]) == tone
        assert (MISSING in as_(cast["head"]).get("/settings/calendar").text) == bool(tone)


def test_once_it_is_there_nobody_is_told(cast, as_):
    client = as_(cast["sysadmin"])
    take(client, read(client, notice=NEXT).text)
    with on(12, 20):
        assert "尚未录入" not in as_(cast["sysadmin"]).get("/").text


def test_the_check_finds_the_days_that_hang_on_a_year_nobody_announced(cast, as_, units):
    check = next(c for c in module.checks() if c.code == "calendar.lacking")
    late = date(2026, 12, 30)
    taken_up(units, cast, late)
    assert db.session.scalars(check.found(cast["head"])).all() == []
    with on(12, 30):
        found = db.session.scalars(check.found(cast["head"])).all()
        assert {duty.rule for duty in found} >= {"HOT_12345"}
        assert "明年放假安排尚未录入" in as_(cast["head"]).get("/checks/").text
        client = as_(cast["sysadmin"])
        take(client, read(client, notice=NEXT).text)
        db.session.expire_all()
        assert db.session.scalars(check.found(cast["head"])).all() == []


# —— the command


def said(app, *words):
    return app.test_cli_runner().invoke(args=["calendar", *map(str, words)])


def test_the_command_tells_and_takes_in(app, tmp_path):
    file = tmp_path / "2027.txt"
    file.write_text(NEXT, encoding="utf-8")
    told = said(app, "import", file, "--check").output
    assert "2027-10-01 至 2027-10-07 放假 国庆节（7 天）" in told
    assert of_2027() == []
    assert said(app, "import", file).output.endswith("0 duties moved\n")
    assert (date(2027, 10, 9), True, "国庆节调休") in of_2027()


def test_the_command_refuses_what_it_cannot_read(app, tmp_path):
    file, faults = tmp_path / "2027.xlsx", tmp_path / "marked.xlsx"
    file.write_bytes(xlsx(["日期", "类型"], ["2027-10-32", "放假"]))
    answer = said(app, "import", file, "--faults", faults)
    assert answer.exit_code != 0
    assert "没有 10 月 32 日这一天" in answer.output
    assert faults.read_bytes()[:2] == b"PK"
    assert of_2027() == []
    file.write_bytes(b"nothing of the kind")
    assert said(app, "import", file).exit_code != 0


def test_the_command_sets_a_day_of_a_year_that_is_announced(app, case):
    before = days(case)
    assert said(app, "set", "2026-11-25", "off", "--note", "临时放假").exit_code == 0
    assert days(case) != before
    said(app, "set", "2026-11-25", "plain")
    assert days(case) == before
    assert "还没有录入" in said(app, "set", "2027-03-01", "off").output


def test_the_check_of_next_years_notice_opens_the_duties_that_hang_on_it(as_, cast, units):
    with dates.stopped(dates.at_noon(date(2026, 12, 2))):
        case = complaint(units, cast, received_on=date(2026, 12, 2), channel=Channel.LETTER, document_due_on=None)
        case.accepted_on = date(2026, 12, 2)
        db.session.commit()
        page = as_(cast["leader"]).get("/duties?check=calendar.lacking").text
    assert "明年放假安排尚未录入" in page
    assert case.no in page
