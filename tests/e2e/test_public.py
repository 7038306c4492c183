"""The caller's own way on a phone, in a browser of a stranger: file, read the number and code, look it up."""

import pytest
from playwright.sync_api import Browser, Page, expect

from ems.complaints.models import Complaint
from ems.core.db import db
from ems.core.settings import Setting
from tests.conftest import NOON
from tests.e2e.conftest import PATIENCE, PHONE


@pytest.fixture
def stranger(browser: Browser, site: str):
    context = browser.new_context(
        base_url=site, locale="zh-CN", viewport=PHONE, is_mobile=True, has_touch=True, java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def wide(page: Page) -> bool:
    return page.locator("html").bounding_box()["width"] > PHONE["width"]


def test_somebody_files_and_looks_up_without_account_and_without_script(
    app, units, cast, stranger, move_clock, tmp_path
):
    db.session.add(Setting(key="complaints.public_filing", value=True))
    db.session.commit()
    stranger.goto("/public/")
    stranger.get_by_role("link", name="还没有反映过？在网上填写").click()
    stranger.get_by_label("什么情况").fill("楼下冷却塔每晚轰鸣，无法入睡。")
    stranger.get_by_label("什么地点").fill("天府三街 88 号")
    stranger.get_by_text("噪声", exact=True).click()
    stranger.get_by_label("联系电话（可空）").fill("139 1234 5678")
    stranger.get_by_label("我已阅读以上说明").check()
    assert not wide(stranger)
    move_clock(NOON.replace(minute=1))
    stranger.get_by_role("button", name="反映这个问题").click()
    no, code = stranger.locator(".once code").all_text_contents()
    assert not wide(stranger)

    stranger.get_by_role("link", name="/public/").click()
    stranger.get_by_label("编号").fill(no.lower())
    stranger.get_by_label("查询码").fill("000000" if code != "000000" else "111111")
    stranger.get_by_role("button", name="查询", exact=True).click()
    expect(stranger.get_by_role("alert")).to_contain_text("编号与查询码不相符")
    stranger.get_by_label("查询码").fill(code)
    stranger.get_by_role("button", name="查询", exact=True).click()
    expect(stranger.get_by_role("heading", name=no)).to_be_visible()
    expect(stranger.get_by_text("已经登记，正在研究是否受理。")).to_be_visible()
    assert "139" not in stranger.locator("main").inner_text().replace("2026", "")
    assert code not in stranger.url
    assert not wide(stranger)
    stranger.get_by_role("button", name="结束查询").click()
    expect(stranger.get_by_label("编号")).to_be_visible()
    assert db.session.query(Complaint).count() == 1
