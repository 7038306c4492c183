"""A browser, a server of our own with a clock that the test moves, and people with real passwords."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
import waitress.server
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from sqlalchemy.orm import close_all_sessions

from ems.core import dates
from ems.core.db import db
from ems.core.people import Role, Unit, User
from ems.people import passwords
from tests.conftest import NOON, person

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
)  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "Gaoxin-2026"
NAMES = {
    "hotline": "刘倩", "chief": "周建国", "officer": "王海燕", "head": "陈立", "liaison": "孙晓梅", "leader": "郑立新",
    "deputy": "何敏",
}  # fmt: skip
PATIENCE = 15_000  # ms: two cores, and others at work on them


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module, not for the run: while it is there, no test of this thread can start an event loop of its own."""
    if CHROMIUM is None:
        pytest.fail("no Chromium here: .ci/system.sh test installs it")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which `app` answers, on a port the system picks, in threads of this process."""
    server = waitress.server.create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join()
        with app.app_context():
            close_all_sessions()
            db.engine.dispose()


@pytest.fixture
def move_clock() -> Iterator[Callable[[datetime], None]]:
    """Sets the clock of all threads of the server."""
    dates.stop_everywhere(NOON)
    yield dates.stop_everywhere
    dates.stop_everywhere(None)


@pytest.fixture
def database(database: str, tmp_path: Path) -> str:
    """A file: what is in memory only one thread sees."""
    return f"sqlite:///{tmp_path / 'ems.db'}" if database == "sqlite://" else database


@pytest.fixture
def cast(cast: dict[str, User], units: dict[str, Unit]) -> dict[str, User]:
    """The same as everywhere, with names as people have them, and with passwords; the officer sits in the bureau.

    And there is one more head of the zone.
    """
    cast["officer"].posts[0].unit_id = units["bureau"].id
    cast["deputy"] = person("deputy", Role.CHIEF, units["zone"], commit=False)
    for part, user in cast.items():
        user.name = NAMES.get(part, user.name)
        passwords.give(user, PASSWORD, own=True)
    db.session.commit()
    return cast


@pytest.fixture
def site(app: Flask, move_clock: Callable[[datetime], None]) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def enter(browser: Browser, site: str, cast: dict[str, User]) -> Iterator[Callable[..., Page]]:
    """Logs somebody in, with the keys alone, on a window of their own."""
    contexts = []

    def entered(username: str, size: dict[str, int] = DESK) -> Page:
        phone = size is PHONE
        context = browser.new_context(
            base_url=site, locale="zh-CN", viewport=size, is_mobile=phone, has_touch=phone, accept_downloads=True
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        log_in(page, username)
        return page

    yield entered
    for context in contexts:
        context.close()


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_label("账号", exact=True).focus()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page.locator(".account summary")).to_be_visible()


def tab_to(page: Page, target: Locator, most: int = 80) -> None:
    """Presses Tab until `target` has the focus, as who has no mouse does."""
    expect(target).to_be_visible()
    for _n in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {target}")
