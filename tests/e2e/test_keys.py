"""What the small script and the print style are for."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from ems.complaints.models import Complaint
from ems.core.db import db
from tests.e2e.conftest import tab_to
from tests.factories import complaint


@pytest.fixture
def case(units, cast):
    """Its number. The test's session is closed: the server's threads write to the same file."""
    no = complaint(units, cast, title="餐馆油烟扰民").no
    db.session.remove()
    return no


def open_case(page, no):
    page.goto(f"/search?q={no}")
    page.get_by_role("main").get_by_role("link", name=no).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("餐馆油烟扰民")


def test_a_form_pressed_twice_is_sent_once(enter):
    """The answer is held back until both presses are over; without the script two cases would be filed."""
    page, asked, held = enter("hotline"), [], []
    page.goto("/complaints/new")
    page.get_by_label("地点").fill("天府三街 88 号")
    page.get_by_label("反映内容").fill("楼下餐馆油烟直排。")

    def hold(route):
        if route.request.method != "POST":
            return route.continue_()
        asked.append(route.request.url)
        return held.append(route) if len(asked) == 1 else route.abort()

    page.route("**/complaints/new", hold)
    with page.expect_request(lambda request: request.method == "POST"):
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Control+Enter")
    page.keyboard.press("Shift")  # the browser has come past the second press
    times = len(asked)
    held[0].continue_()
    page.unroute_all(behavior="ignoreErrors")
    assert times == 1
    expect(page.get_by_role("heading", level=1)).to_have_text("登记成功")
    assert db.session.scalar(select(func.count()).select_from(Complaint)) == 1
    db.session.remove()


def test_a_digit_with_alt_picks_and_says_so(enter):
    """In a form without such keys, and while nobody is in a form, the keys do nothing."""
    page = enter("hotline")
    page.goto("/complaints/new")
    page.get_by_label("地点").focus()
    page.keyboard.press("Alt+3")
    expect(page.get_by_label("噪声")).to_be_checked()
    expect(page.get_by_label("噪声")).to_be_focused()
    page.get_by_label("全站搜索").focus()
    page.keyboard.press("Alt+4")
    expect(page.get_by_label("噪声")).to_be_checked()


def test_a_slash_leads_to_the_search_but_not_while_one_types(enter):
    page = enter("hotline")
    page.goto("/complaints/")
    page.keyboard.press("/")
    expect(page.get_by_label("全站搜索")).to_be_focused()
    page.keyboard.type("1/2")
    expect(page.get_by_label("全站搜索")).to_have_value("1/2")


def test_the_first_tab_leads_past_the_menu(enter):
    page = enter("hotline")
    page.goto("/complaints/")
    tab_to(page, page.get_by_role("link", name="跳到正文"), most=1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))


def test_on_paper_there_is_the_case_and_nothing_to_press(enter, case):
    page = enter("hotline")
    open_case(page, case)
    expect(page.get_by_role("button", name="受理", exact=True)).to_be_visible()
    page.emulate_media(media="print")
    for gone in (".band", "nav.menu", ".tabs-bottom", ".moves", ".page-head .acts", "form"):
        for part in page.locator(gone).all():
            expect(part).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for kept in ("期限", "基本情况", "办理日志"):
        expect(page.get_by_role("region", name=kept)).to_be_visible()
    main = page.locator("main").bounding_box()
    assert main["x"] < 20, "the menu's column is left over"


def test_the_list_on_paper_has_its_rows_and_no_filters(enter, case):
    page = enter("hotline")
    page.goto("/complaints/")
    page.emulate_media(media="print")
    for gone in (".band", "nav.menu", ".filters", ".views", ".pager", ".page-head .acts"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.get_by_role("cell", name=case)).to_be_visible()
