"""A call is taken with the keys alone, in few steps; what was typed outlives the browser, and who called does not."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from ems.core.db import db
from tests.conftest import NOON, TODAY
from tests.e2e.conftest import DESK, log_in
from tests.factories import complaint, enterprise

SAID = "楼下餐馆晚饭时段油烟直接往小区里排，张女士说打过 13800000162。"
STEPS = 14  # keys beside the words themselves: a field a second leaves half a minute to listen


def stored(page):
    return page.evaluate("JSON.stringify(localStorage)")


def kept(page, words):
    page.wait_for_function("words => JSON.stringify(localStorage).includes(words)", arg=words)


class Keys:
    """Counts what is pressed beside the words that are typed."""

    def __init__(self, page):
        self.page, self.n = page, 0

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.n += 1

    def type(self, words):
        self.page.keyboard.type(words)


def test_a_call_by_the_keys_alone_in_few_steps_with_its_likely_repeat_in_sight(enter, units, cast):
    firm = enterprise(units, cast, name="成都蜀味轩餐饮店")
    known = {"place": "天府三街88号", "received_on": TODAY - timedelta(days=7), "enterprise_id": firm.id}
    before = complaint(units, cast, **known).no
    db.session.remove()
    page = enter("hotline")
    page.goto("/complaints/new")
    keys = Keys(page)
    expect(page.get_by_label("来电号码")).to_be_focused()
    keys.type("13800000162")
    keys.press("Tab", "Tab")
    keys.type("张女士")
    keys.press("Tab")
    keys.type("天府三街 88 号")
    repeats = page.get_by_role("region", name="可能重复")
    expect(repeats.get_by_role("link", name=before)).to_be_visible()
    expect(repeats).to_contain_text("同一号码、同一地点")
    keys.press("Tab")
    keys.type("蜀味")
    expect(page.get_by_role("button", name="成都蜀味轩餐饮店")).to_be_visible()
    keys.press("ArrowDown", "Enter")  # the register's name, from beside the field
    expect(page.get_by_label("企业（可空）")).to_have_value("成都蜀味轩餐饮店")
    expect(page.get_by_role("region", name="这家企业")).to_contain_text("没有登记排污许可证")
    keys.press("Alt+5", "Tab")
    expect(page.get_by_label("反映内容")).to_be_focused()
    keys.type(SAID)
    keys.press("Tab", "ArrowRight")
    expect(page.get_by_label("要求保密")).to_be_checked()
    keys.press("Control+Enter")
    told = page.get_by_role("region", name="告诉来电人")
    expect(told).to_contain_text(re.compile(r"编号 TS-2026-\d+，查询码 \d{3} \d{3}，最迟 12月1日答复您"))
    assert keys.n <= STEPS, keys.n
    page.wait_for_function("!JSON.stringify(localStorage).includes('ems.draft')")  # what is filed need not lie here
    page.keyboard.press("Alt+N")
    expect(page.get_by_label("来电号码")).to_be_focused()
    expect(page.locator("#draft")).to_be_hidden()


def test_a_closed_browser_gives_the_draft_back_without_who_called(browser, site, cast):
    context = browser.new_context(base_url=site, locale="zh-CN", viewport=DESK)
    page = context.new_page()
    page.goto("/login")
    log_in(page, "hotline")
    page.goto("/complaints/new")
    page.get_by_label("来电号码").fill("138-0000-0162")
    page.get_by_label("称呼").fill("张女士")
    page.get_by_label("要求保密").check()
    page.get_by_label("地点").fill("天府三街 88 号")
    page.get_by_label("噪声").check()
    page.get_by_label("反映内容").fill(SAID)
    kept(page, "楼下餐馆")
    disk = context.storage_state()
    context.close()
    said = str(disk["origins"])
    assert "天府三街 88 号" in said
    for secret in ("13800000162", "138-0000-0162", "张女士", "confidential"):
        assert secret not in said

    again = browser.new_context(base_url=site, locale="zh-CN", viewport=DESK, storage_state=disk)
    page = again.new_page()
    page.goto("/complaints/new")
    expect(page.locator("#draft")).to_contain_text("已恢复没有登记完的内容")
    expect(page.get_by_label("地点")).to_have_value("天府三街 88 号")
    expect(page.get_by_label("噪声")).to_be_checked()
    expect(page.get_by_label("反映内容")).to_have_value(re.compile("■■■说打过 ■■■"))
    expect(page.get_by_label("称呼")).to_have_value("")
    expect(page.locator("[name=identity]:checked")).to_have_count(0)  # asked again
    page.get_by_role("button", name="丢弃草稿").click()
    expect(page.get_by_label("地点")).to_have_value("")
    assert "ems.draft" not in stored(page)
    again.close()


def test_an_expired_log_in_leads_back_to_the_draft_and_leaving_takes_it_along(enter, move_clock):
    page = enter("hotline")
    page.goto("/complaints/new")
    page.get_by_label("地点").fill("府城大道 1 号")
    page.get_by_label("反映内容").fill("夜间施工扰民。")
    kept(page, "夜间施工")
    move_clock(NOON + timedelta(hours=1))
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_contain_text("离开时间较长")
    page.evaluate("localStorage.setItem('ems.draft.999', JSON.stringify({at: Date.now(), said: {place: '别人的'}}))")
    log_in(page, "hotline")
    expect(page.get_by_label("地点")).to_have_value("府城大道 1 号")
    expect(page.locator("#draft")).to_contain_text("已恢复")
    assert "别人的" not in stored(page), "another's, on the same machine"
    other = page.context.new_page()
    other.goto("/complaints/")
    other.locator(".account summary").click()
    other.get_by_role("button", name="退出登录").click()
    expect(other.get_by_label("账号", exact=True)).to_be_visible()
    expect(page.locator("#left")).to_be_visible()
    page.get_by_label("反映内容").fill("还在写")
    page.close()
    assert "ems.draft" not in stored(other)
