"""Every page that a role comes to by the links it sees, at a desk and on a phone: whole, Chinese, within reach."""

import re
import shutil
from collections import deque
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, template_rendered
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from ems.core import dates
from ems.core.db import db
from ems.core.people import Unit, User
from tests.conftest import NOON
from tests.demo.conftest import built, made  # noqa: F401  a fixture
from tests.e2e.conftest import DESK, PATIENCE, PHONE, log_in, served

pytestmark = pytest.mark.xdist_group("demo")  # one process builds the year, and has one browser

ROLES = {
    "liaison": "sunxiaomei", "officer": "wanghaiyan", "hotline": "liuqian", "chief": "zhoujianguo",
    "leader": "zhenglixin", "auditor": "zhaolei", "sysadmin": "sysadmin", "secadmin": "secadmin",
    "logadmin": "logadmin",
}  # fmt: skip
NO_PAGES = re.compile(
    r"\.(export\w*|\w+_sheet|\w*pdf|\w*csv|read|parties|\w+_template|\w+_marked|static|opened|finding)$"
)
#: the fewest kinds of page a role comes to: what is no longer linked is missed
LEAST = {
    "liaison": 24, "officer": 52, "hotline": 25, "chief": 52, "leader": 30, "auditor": 27, "sysadmin": 10,
    "secadmin": 11, "logadmin": 6,
}  # fmt: skip
AXE = Axe()
STANDARD = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

#: names that are written so in Chinese too
WORDS = {
    "ISO", "Excel", "PDF", "CSV", "Ctrl", "Enter", "Tab", "Alt", "MB", "English", "COD", "pH", "VOCs", "HJ", "GB",
    "mg", "dB", "xlsx", "xls", "csv", "SQLite", "PostgreSQL", "EMS",
    "Outlook", "Webhook", "SEC",
}  # fmt: skip
#: the words of a page that are its own: not code, not what somebody typed as a name or a mark, not an input's value
READ = """() => {
  const apart = 'code, kbd, script, style, datalist, [lang=en]', said = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(apart)) said.push(walk.currentNode.data);
  for (const node of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    if (!node.closest(apart))
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) said.push(node.getAttribute(name) || '');
  return [document.title, ...said].join('\\n');
}"""
MARKS = re.compile(
    r"\{\{[^}]*\}\}|[\w.+-]+@[\w.-]+|https?://\S+|\S+\.(?:pdf|xlsx|png|jpg|csv)|[A-Za-z0-9_./-]*\d[A-Za-z0-9_./-]*"
)


@pytest.fixture(scope="module")
def house(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:  # noqa: F811
    return made(Path(shutil.copytree(built, tmp_path_factory.mktemp("pages") / "copy")))


@pytest.fixture(scope="module")
def site(house: Flask) -> Iterator[str]:
    dates.stop_everywhere(NOON)
    with served(house) as address:
        yield address
    dates.stop_everywhere(None)


@pytest.fixture(scope="module")
def names(house: Flask) -> set[str]:
    """What people and units are called in letters: data, not words of the page."""
    with house.app_context():
        found = {*db.session.scalars(select(User.username)), *db.session.scalars(select(Unit.code))}
        db.session.remove()
    return found


@pytest.fixture(scope="module")
def drawn(house: Flask) -> Iterator[list[str]]:
    """The templates the server has filled in, in their order."""
    found: list[str] = []

    def noted(_sender: object, template: object, **_more: object) -> None:
        found.append(str(getattr(template, "name", "")))

    with template_rendered.connected_to(noted, house):
        yield found


@pytest.fixture(scope="module")
def judged() -> set[str]:
    """The templates that axe has looked at: once is enough, whoever comes."""
    return set()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, locale="zh-CN", viewport=DESK)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def way(house: Flask, address: str) -> tuple[str, ...] | None:
    """What kind of page an address is: its endpoint, and the words in it (which move). None: no page, or not ours.

    Of the hundred rules one page stands for all.
    """
    parts = urlsplit(address)
    adapter = house.url_map.bind("localhost")
    try:
        endpoint, values = adapter.match(parts.path)
    except HTTPException:
        return None
    if NO_PAGES.search(endpoint):
        return None
    return (endpoint, *(value for name, value in values.items() if isinstance(value, str) and name != "code"))


def width_fault(page: Page) -> str:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return f"{page.viewport_size['width']} px: {wide} px too wide" if wide > 0 else ""


def foreign(page: Page, names: set[str]) -> str:
    said = MARKS.sub(" ", page.evaluate(READ))
    found = set(re.findall(r"[A-Za-z_]{2,}", said)) - WORDS - names
    return f"English: {sorted(found)}" if found else ""


def unfit(page: Page) -> Iterator[str]:
    """What axe has against the page as it stands."""
    for fault in AXE.run(page, options=STANDARD).response["violations"]:
        where = "; ".join(node["html"][:160] for node in fault["nodes"][:3])
        yield f"axe {page.viewport_size['width']} px: {fault['id']} {where}"


def faults(page: Page, names: set[str], template: str, judged: set[str]) -> Iterator[str]:
    yield foreign(page, names)
    new = template not in judged
    judged.add(template)
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        yield width_fault(page)
        if new:
            yield from unfit(page)
    page.set_viewport_size(DESK)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role(role, page, site, house, names, drawn, judged):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/login")
    log_in(page, ROLES[role])
    known, ahead, found = {("home.index",)}, deque(["/"]), []
    while ahead:
        path = ahead.popleft()
        answer = page.goto(path)
        about = [f"status {answer.status}"] if answer is None or answer.status != HTTPStatus.OK else []
        about += [*faults(page, names, drawn[-1], judged), *said]
        said.clear()
        found += [f"{path} ({drawn[-1]}): {fault}" for fault in about if fault]
        for address in page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)"):
            kind = way(house, address) if address.startswith(site) else None
            if kind and kind not in known:
                known.add(kind)
                ahead.append(address.split("#")[0])
    assert not found, "\n".join(found)
    assert len(known) >= LEAST[role], sorted(known)
