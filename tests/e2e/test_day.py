"""The main job, in a browser: from a call to the sealed report."""

import json
import re
from datetime import date, datetime
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from ems.core.db import db
from ems.enterprises.models import EnterpriseClass
from ems.inspections import work as inspecting
from tests.e2e.conftest import PHONE, log_in, tab_to
from tests.factories import enterprise, permit

COMPANY, PLACE = "成都鹭岛餐饮有限公司", "天府三街 88 号"
DUE = date(2026, 12, 9)  # fifteen days
NEXT = datetime(2026, 12, 2, 8, 0)  # a Wednesday, the morning after the fifth working day


@pytest.fixture
def base(app, units, cast):
    """A restaurant in the register, the checklists, and a permit whose review ends this year."""
    inspecting.seed(db.session())
    place = enterprise(units, cast, name=COMPANY, kind=EnterpriseClass.CATERING, address=PLACE)
    permit(units, cast)
    db.session.commit()
    return place


@pytest.fixture
def clock_run(app):
    """`flask clock --once` at a moment of the bureau's time."""

    def ran(moment: datetime) -> str:
        answer = app.test_cli_runner().invoke(args=["clock", "--once", "--at", f"{moment:%Y-%m-%dT%H:%M}"])
        db.session.remove()
        assert answer.exit_code == 0, answer.output
        return answer.output

    return ran


def test_from_a_call_to_the_sealed_report(app, cast, units, base, enter, move_clock, clock_run):
    clerk = enter("hotline")
    first = take_call(clerk, "楼下餐馆晚饭时段油烟直接往小区里排。", place=PLACE, company=COMPANY)
    second = take_call(clerk, "工地夜里十一点还在打桩。", place="益州大道 300 号", medium="3")
    head = enter("chief")
    assign(head, first, "王海燕")
    assign(head, second, "王海燕")

    officer = enter("officer", PHONE)
    order = inspect(officer, first)
    expect_order(officer, order)
    fill_in_handling(officer, first)

    answer_and_close(clerk, first)
    assert figures(app)["complaints.received"] == 2
    assert figures(app)["complaints.closed"] == 1

    move_clock(NEXT)
    assert "晨间扫描：提醒" in clock_run(NEXT)
    assert "晨间扫描：没有到时间，或已经做过" in clock_run(NEXT)
    overdue_in_inbox(head, second)
    issue_slip(head, second)

    drafter, deputy, leader = enter("head"), enter("deputy"), enter("leader")
    report = prepare_report(drafter)
    nobody_approves_their_own(drafter, report)
    move(deputy, report, "审定", "审定")
    seal_and_open(leader, report, figures(app))


def take_call(page: Page, said: str, place: str, company: str = "", medium: str = "5") -> str:
    """Takes a call and accepts it with the keys alone. The number of the case."""
    page.goto("/")
    tab_to(page, page.get_by_role("link", name="登记投诉"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("来电号码")).to_be_focused()
    page.keyboard.type("13800000162")
    tab_to(page, page.get_by_label("称呼"))
    page.keyboard.type("张女士")
    page.keyboard.press("Tab")
    page.keyboard.type(place)
    page.keyboard.press("Tab")
    page.keyboard.type(company)
    page.keyboard.press(f"Alt+{medium}")
    expect(page.locator(f'[data-key="{medium}"]')).to_be_checked()
    tab_to(page, page.get_by_label("反映内容"))
    page.keyboard.type(said)
    send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("登记成功")
    tab_to(page, page.get_by_role("button", name="受理", exact=True))
    page.keyboard.press("Enter")
    stands(page, "受理")
    return number(page)


def send(page: Page) -> None:
    """By the keys alone. The page's script is there once the page has loaded: no person is quicker, a test is."""
    page.wait_for_load_state()
    page.keyboard.press("Control+Enter")


def stands(page: Page, state: str) -> None:
    expect(page.locator(".page-head .state").first).to_have_text(state)  # a move in between shows two


def number(page: Page) -> str:
    found = re.search(r"TS-\d{4}-\d+", page.locator(".crumb").inner_text())
    assert found, page.url
    return found[0]


def find(page: Page, no: str) -> None:
    """Opens a case by its number, from the search that is on every page."""
    page.goto("/search?q=" + no)
    page.get_by_role("main").get_by_role("link", name=no).first.click()
    expect(page.locator(".crumb")).to_contain_text(no)


def assign(page: Page, no: str, handler: str) -> None:
    find(page, no)
    page.get_by_role("link", name="交办", exact=True).click()
    unit = page.get_by_label("承办单位", exact=True)
    unit.select_option(label=unit.locator("option", has_text="科技局（环保处）").first.inner_text())
    person = page.get_by_label("经办人")
    person.select_option(label=person.locator("option", has_text=handler).first.inner_text())
    page.get_by_role("button", name="交办").click()
    stands(page, "交办")


def inspect(page: Page, no: str) -> str:
    """On the phone: from the case to an inspection with one finding. The number of the order it ended in."""
    find(page, no)
    page.get_by_role("button", name="开始调查").tap()
    stands(page, "调查")
    page.get_by_role("region", name="现场检查").get_by_role("link", name="新增").tap()
    expect(page.get_by_label("被检查单位")).to_have_value(COMPANY)
    second = page.get_by_label("第二名检查人")
    second.select_option(label=second.locator("option", has_text="陈立").inner_text())
    page.get_by_role("button", name="现在开始检查").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text(COMPANY)

    page.get_by_text("完成检查", exact=True).tap()
    expect(page.get_by_role("alert")).to_contain_text("没有检查结果")
    page.get_by_label("已出示执法证件").check()
    page.get_by_text("正常运行", exact=True).tap()
    lines = page.locator("[data-line]")
    for n in range(1, lines.count()):
        lines.nth(n).get_by_text("符合", exact=True).tap()
    failing = lines.first
    failing.get_by_text("不符合", exact=True).tap()
    failing.get_by_label("发现的问题").fill("油烟净化器未运行，滤网积油。")
    failing.get_by_text("下达整改", exact=True).tap()
    failing.get_by_label("整改期限").fill(f"{DUE}")
    page.get_by_label("现场负责人").fill("何志强")
    expect(page.locator("[data-answered]")).to_contain_text(f"已答 {lines.count()} / {lines.count()} 项")
    page.get_by_text("完成检查", exact=True).tap()
    stands(page, "已完成")
    findings = page.get_by_role("region", name="发现的问题")
    expect(findings).to_contain_text("油烟净化器未运行，滤网积油。")
    return findings.get_by_role("link").inner_text()


def expect_order(page: Page, no: str) -> None:
    page.get_by_role("link", name=no, exact=True).tap()
    expect(page.locator(".crumb")).to_contain_text(no)
    stands(page, "已下达")
    expect(page.get_by_role("region", name="期限")).to_contain_text(f"{DUE}")


def fill_in_handling(page: Page, no: str) -> None:
    find(page, no)
    page.get_by_role("link", name="填写处理情况").tap()
    page.get_by_label("调查与处理情况").fill("现场检查属实，已下达限期整改通知。")
    page.get_by_role("button", name="填写处理情况").tap()
    stands(page, "处理")


def answer_and_close(page: Page, no: str) -> None:
    find(page, no)
    page.get_by_role("link", name="填写答复").click()
    page.get_by_label("答复内容").fill("经查属实，已责令限期整改，整改完成后复查。")
    send(page)
    stands(page, "答复")
    page.get_by_role("link", name="登记回访").click()
    page.get_by_label("满意", exact=True).check()
    send(page)
    stands(page, "回访")
    page.get_by_role("link", name="办结", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("办结")
    send(page)
    stands(page, "办结")


def overdue_in_inbox(page: Page, no: str) -> None:
    """Whoever was away for days is asked to log in again, and comes to where they wanted."""
    page.goto("/inbox")
    log_in(page, "chief")
    expect(page).to_have_url(re.compile("/inbox$"))
    entry = page.locator(".inbox li", has_text=no)
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text("责任：科技局（环保处） 王海燕")
    expect(entry).to_contain_text("12345 工单办结")
    entry.get_by_role("link", name=re.compile("^(?!出具督办单)")).click()
    expect(page.get_by_role("region", name="期限")).to_contain_text("超 1 天")


def issue_slip(page: Page, no: str) -> None:
    """From the message of what is late: the form knows the matter and the person, and the paper has its number."""
    page.goto("/inbox")
    page.locator(".inbox li", has_text=no).get_by_role("link", name=re.compile("^出具督办单")).click()
    expect(page.get_by_label("督办事项")).to_have_value(re.compile(f"{no}.*12345 工单办结"))
    expect(page.get_by_label("承办人").locator("option:checked")).to_contain_text("王海燕")
    send(page)
    stands(page, "已下达")
    slip = page.locator(".crumb").inner_text()
    page.locator(".page-head .acts").get_by_role("link", name="督办单").click()
    expect(page.get_by_role("heading", name="督办单")).to_be_visible()
    paper = page.locator(".letter-no").inner_text()
    assert re.fullmatch(r"DB-\d{4}-\d+", paper)
    assert paper in slip


def prepare_report(page: Page) -> str:
    """Begins the year's report, marks every section ready, sends it round. Its address."""
    page.goto("/reports/")
    page.get_by_label("年度").select_option("2026")
    page.get_by_role("button", name="起草总结").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2026年工作总结")
    ready = page.get_by_role("button", name=re.compile("^标为就绪"))
    for left in range(ready.count(), 0, -1):
        expect(ready).to_have_count(left)
        ready.first.click()
    expect(ready).to_have_count(0)
    expect(page.get_by_text("可以签发", exact=True)).to_be_visible()
    page.get_by_role("button", name="送会签").click()
    stands(page, "会签")
    return page.url.split("#")[0]


def nobody_approves_their_own(page: Page, report: str) -> None:
    page.goto(report)
    page.get_by_role("link", name="审定", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("您起草或修改过这份总结")


def move(page: Page, report: str, name: str, state: str) -> None:
    page.goto(report)
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name=name).click()
    stands(page, state)


def seal_and_open(page: Page, report: str, known: dict[str, object]) -> None:
    """The paper says what the figures say."""
    page.goto(report)
    page.get_by_role("link", name="签发封存").click()
    page.get_by_role("button", name="签发封存").click()
    expect(page.get_by_text("签发封存。数字、明细、正文和 PDF 不再变动。")).to_be_visible(timeout=60_000)
    paper = page.request.get(page.get_by_role("link", name="打开 PDF").get_attribute("href")).body()
    assert paper[:4] == b"%PDF"
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper)).pages)
    said = re.sub(r"\s", "", text)
    assert f"全年共接到环境投诉和纠纷{known['complaints.received']}件" in said
    assert f"下达限期整改通知{known['orders.issued']}份" in said


def figures(app) -> dict[str, object]:
    """`flask figures 2026 --json`."""
    answer = app.test_cli_runner().invoke(args=["figures", "2026", "--json"])
    db.session.remove()
    assert answer.exit_code == 0, answer.output
    return {one["code"]: one["value"] for one in json.loads(answer.output)}
