"""`make bench`: T1 to T9, T11, T13 and T17 for the complaints register, floors measured beside them."""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import count, cycle
from pathlib import Path
from typing import Any

import xlsxwriter

from ems import create_app
from ems.config import Config
from ems.core import dates
from ems.core.db import db
from tests.bench import many, rows
from tests.bench.load import Browser, timed, together
from tests.postgres import postgres

ROOT = Path(__file__).resolve().parents[2]
COUNTER = count(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, nargs="+", default=[10_000, 100_000], help="cases (10,000 and 100,000)")
    parser.add_argument("--creates", type=int, default=10_000, help="cases made by eight connections at once (10,000)")
    parser.add_argument("--duties", type=int, default=1_000_000, help="of the larger due scan (1,000,000; 0: no clock)")
    asked = parser.parse_args()
    table, lists = [], list[float]()
    for n in asked.n:
        found = at(n, asked.creates if n == asked.n[0] else asked.creates // 10)
        lists.append(found[0][1])
        table += [(f"{n:,}: {title}", *rest) for title, *rest in found]
    if len(lists) > 1:
        table.append((f"T4 list at {asked.n[-1]:,} / at {asked.n[0]:,}", lists[-1], lists[0], 1.6, 1.2))
    draw([*table, *(clocks(asked.duties) if asked.duties else ())])


def at(n: int, creates: int) -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as home:
        environment = surroundings(Path(home))
        app = create_app(Config.from_env())
        with app.app_context(), dates.stopped(dates.at_noon(rows.TODAY)):
            say(f"{n:,} cases …")
            rows.fill(n)
            ids = rows.ids(200)
            db.session.remove()
            db.engine.dispose()
        with served("app:app", environment) as ours, served("tests.bench.floor:app", environment) as floor:
            return pages(Browser(ours), Browser(floor), ids, creates)


def surroundings(home: Path, url: str = "") -> dict[str, str]:
    here = {"EMS_DATA": str(home), "EMS_DATABASE_URL": url or f"sqlite:///{home / 'ems.db'}"}
    here["FLOOR_DB"] = str(home / "ems.db")
    os.environ |= here
    return dict(os.environ)


@contextmanager
def served(target: str, environment: dict[str, str]) -> Iterator[int]:
    """Two workers, as in production. Yields the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "--keep-alive", "60", "-k", "gthread", "--threads", "2"]
    command += ["-b", f"127.0.0.1:{port}", "--log-level", "error", target]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def page(browser: Browser, path: str) -> bytes:
    status, body, _ = browser.ask("GET", path)
    if status != 200:
        raise SystemExit(f"{path}: {status} {body[:400].decode(errors='replace')}")
    return body


def create(browser: Browser, token: str) -> None:
    form = {"csrf_token": token, "channel": "12345", "place": "天府三街 88 号", "medium": "fume",
            "matter": "complaint", "identity": "open", "title": f"测量 {next(COUNTER)}",
            "text": "夜间有明显异响，请查明。", "unit_id": "1", "received_on": f"{dates.today()}",
            "phone": "13800000162", "external_no": ""}  # fmt: skip
    status, body, _ = browser.ask("POST", "/complaints/new", form)
    if status != 303:
        raise SystemExit(f"create: {status} {body[:2000].decode(errors='replace')}")


def bare_create(browser: Browser) -> None:
    browser.ask("POST", "/create", {"title": "测量", "text": "夜间有明显异响，请查明。", "place": "天府三街 88 号"})


def pages(ours: Browser, floor: Browser, ids: list[int], creates: int) -> list[tuple[Any, ...]]:
    ours.log_in("bench", rows.PASSWORD)
    floor.ask("GET", "/enter")
    token, ring = ours.token("/complaints/new"), cycle(ids)
    frequent, rare = "/complaints/?q=%E5%99%AA%E5%A3%B0", "/complaints/?q=%E8%8B%AF%E8%83%BA"  # 噪声, 苯胺
    listed, bare_list = timed(lambda: page(ours, "/complaints/")), timed(lambda: page(floor, "/list"))
    found, seldom = timed(lambda: page(ours, frequent)), timed(lambda: page(ours, rare))
    record = timed(lambda: page(ours, f"/complaints/{next(ring)}"))
    bare_record = timed(lambda: page(floor, f"/record/{next(ring)}"))
    made, bare_made = timed(lambda: create(ours, token)), timed(lambda: bare_create(floor))
    size = len(page(ours, "/complaints/"))
    once, bare = export(ours)
    lists = together(ours, lambda own: page(own, "/complaints/"), 60)
    bare_lists = together(floor, lambda own: page(own, "/list"), 60)
    creating = together(ours, lambda own: create(own, token), creates // 8)
    bare_creating = together(floor, bare_create, creates // 8)
    return [
        ("T1 list page of 50", listed["p50"], bare_list["p50"], 3.0, 1.5),
        ("T2 list p95 / p50", listed["p95"], listed["p50"], 2.0, 1.6),
        ("T3 bare lists a second / ours, 8 connections", bare_lists, lists, 1 / 0.35, 1 / 0.6),
        ("T5 search of a frequent word / our list", found["p50"], listed["p50"], 2.0, 1.3),
        ("T6 search of a rare word / our list", seldom["p50"], listed["p50"], 2.0, 1.3),
        ("T6 search of a frequent word, ms", found["p50"], 1.0, 25.0, 5.0),
        ("T7 record page", record["p50"], bare_record["p50"], 6.0, 3.0),
        ("T8 create", made["p50"], bare_made["p50"], 6.0, 3.0),
        ("T9 bare creates a second / ours, 8 connections", bare_creating, creating, 1 / 0.25, 1 / 0.5),
        ("T11 export to XLSX, all rows", once, bare, 1.2, 1.0),
        ("T17 list page, kB", size / 1024, 1.0, 40.0, 25.0),
    ]


def export(ours: Browser) -> tuple[float, float]:
    """Ours, against the bare library writing as many cells; milliseconds, the best of three."""
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        status, body, _ = ours.ask("GET", "/complaints/export.xlsx")
        spent.append((time.perf_counter() - start) * 1000)
        if status != 200:
            raise SystemExit(f"export: {status}")
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    cells = CalamineWorkbook.from_filelike(BytesIO(body)).get_sheet_by_index(0).to_python()
    bare = []
    for _ in range(3):
        start = time.perf_counter()
        with xlsxwriter.Workbook(BytesIO(), {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate(cells):
                for column, value in enumerate(row):
                    sheet.write_string(at, column, str(value))
        bare.append((time.perf_counter() - start) * 1000)
    return min(spent), min(bare)


def duties(where: str, url: str, home: Path, asked: int) -> list[tuple[Any, ...]]:
    """The clock's part, over so many duties in an empty database at `url`."""
    environment = surroundings(home, url)
    app = create_app(Config.from_env())

    def page() -> dict[str, float]:
        with served("app:app", environment) as port:
            browser = Browser(port)
            browser.log_in("reader", rows.PASSWORD)
            return timed(lambda: browser.ask("GET", "/duties?when=ahead"))

    say(f"{asked:,} duties on {where} …")
    with app.app_context():
        found = list(many.measure(f"{where}, {asked:,} duties", asked, max(asked // 50, 3_000), page))
        db.session.remove()
        db.engine.dispose()
    return found


def clocks(asked: int) -> Iterator[tuple[Any, ...]]:
    for where, n in (("SQLite", 10_000), ("SQLite", asked)):
        with tempfile.TemporaryDirectory() as home:
            yield from duties(where, f"sqlite:///{home}/ems.db", Path(home), n)
    with postgres() as url, tempfile.TemporaryDirectory() as home:
        yield from duties("PostgreSQL", url, Path(home), asked)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def draw(table: list[tuple[Any, ...]]) -> None:
    say("")
    print(f"{'':66}{'ours':>9}{'floor':>9}{'ratio':>8}{'must':>7}{'aim':>6}")
    for title, ours, floor, must, aim in table:
        ratio = ours / floor
        verdict = "aim" if ratio <= aim else "ok" if ratio <= must else "MISSED"
        print(f"{title:66}{ours:9.1f}{floor:9.1f}{ratio:8.2f}{must:7.1f}{aim:6.1f}  {verdict}")


if __name__ == "__main__":
    main()
