"""`make bench`: T1, T5, T7, T8, T11, T13, T17 for the complaints register, floors measured beside them."""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from itertools import count, cycle
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import event, select

from ems import create_app
from ems.config import Config
from ems.core import dates
from ems.core.db import db
from ems.core.rules import Rule
from ems.reminders import work
from tests.bench import rows
from tests.bench.load import Browser, timed

ROOT = Path(__file__).resolve().parents[2]
COUNTER = count(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=10_000, help="cases (10,000)")
    parser.add_argument("--duties", type=int, default=100_000, help="duties for the larger due scan (100,000)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        environment = surroundings(Path(home))
        app = create_app(Config.from_env())
        with app.app_context(), dates.stopped(dates.at_noon(rows.TODAY)):
            say(f"{asked.n:,} cases …")
            rows.fill(asked.n)
            ids = rows.ids(200)
        with served("app:app", environment) as ours, served("tests.bench.floor:app", environment) as floor:
            table = pages(Browser(ours), Browser(floor), ids)
    table += [due_scan(asked.n), due_scan(asked.duties)]
    draw(table)


def surroundings(home: Path) -> dict[str, str]:
    here = {"EMS_DATA": str(home), "EMS_DATABASE_URL": f"sqlite:///{home / 'ems.db'}", "FLOOR_DB": str(home / "ems.db")}
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


def pages(ours: Browser, floor: Browser, ids: list[int]) -> list[tuple[Any, ...]]:
    ours.log_in("bench", rows.PASSWORD)
    floor.ask("GET", "/enter")
    token, ring = ours.token("/complaints/new"), cycle(ids)

    def page(browser: Browser, path: str) -> bytes:
        status, body, _ = browser.ask("GET", path)
        if status != 200:
            raise SystemExit(f"{path}: {status} {body[:400].decode(errors='replace')}")
        return body

    def create() -> None:
        form = {"csrf_token": token, "channel": "12345", "place": "天府三街 88 号", "medium": "fume",
                "matter": "complaint", "identity": "open", "title": f"测量 {next(COUNTER)}",
                "text": "夜间有明显异响，请查明。", "unit_id": "1", "received_on": "2026-11-24",
                "phone": "13800000162", "external_no": ""}  # fmt: skip
        status, body, _ = ours.ask("POST", "/complaints/new", form)
        if status != 303:
            raise SystemExit(f"create: {status} {body[:2000].decode(errors='replace')}")

    def bare_create() -> None:
        floor.ask("POST", "/create", {"title": "测量", "text": "夜间有明显异响，请查明。", "place": "天府三街 88 号"})

    listed, bare_list = timed(lambda: page(ours, "/complaints/")), timed(lambda: page(floor, "/list"))
    found = timed(lambda: page(ours, "/complaints/?q=%E5%99%AA%E5%A3%B0"))
    record = timed(lambda: page(ours, f"/complaints/{next(ring)}"))
    bare_record = timed(lambda: page(floor, f"/record/{next(ring)}"))
    made, bare_made = timed(create), timed(bare_create)
    body = page(ours, "/complaints/")
    once, bare = export(ours)
    return [
        ("T1 list page of 50", listed["p50"], bare_list["p50"], 3.0, 1.5),
        ("T2 list p95 / p50", listed["p95"], listed["p50"], 2.0, 1.6),
        ("T5 search of two characters / our list", found["p50"], listed["p50"], 2.0, 1.3),
        ("T7 record page", record["p50"], bare_record["p50"], 6.0, 3.0),
        ("T8 create", made["p50"], bare_made["p50"], 6.0, 3.0),
        ("T11 export to XLSX, all rows", once, bare, 1.2, 1.0),
        ("T17 list page, kB", len(body) / 1024, 1.0, 40.0, 25.0),
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


def scan(title: str) -> tuple[Any, ...]:
    """The morning scan, against the bare SQL of its steps: each finds the near duties of its rules and inserts them."""
    with dates.stopped(dates.at_noon(rows.TODAY)):
        counted = Counted()
        start = time.perf_counter()
        claimed = work.claim()
        ours = (time.perf_counter() - start) * 1000
        statements = counted.end()
        steps = work.steps(db.session.scalars(select(Rule).order_by(Rule.code, Rule.since)).all())
        table = "CREATE TABLE bare_reminder (duty, due, lead, person, PRIMARY KEY (duty, due, lead))"
        db.session.connection().exec_driver_sql(table)
        start = time.perf_counter()
        for (lead, until), versions in steps.items():
            db.session.connection().exec_driver_sql(bare(lead, until, [code for code, _since in versions]))
        db.session.commit()
        floor = (time.perf_counter() - start) * 1000
        db.session.connection().exec_driver_sql("DROP TABLE bare_reminder")
        db.session.commit()
    return (f"{title} ({claimed:,} reminders, {statements} statements)", ours, floor, 2.0, 1.5)


def bare(lead: int, until: int | None, codes: list[str]) -> str:
    near = f"due_on <= '{rows.TODAY + timedelta(days=lead)}'"
    near += f" AND due_on > '{rows.TODAY + timedelta(days=until)}'" if until is not None else ""
    named = ", ".join(f"'{code}'" for code in sorted(set(codes)))
    found = f"SELECT id, due_on, {lead}, owner_id FROM duty WHERE met_on IS NULL AND {near} AND rule IN ({named})"
    return f"INSERT INTO bare_reminder {found} ON CONFLICT DO NOTHING"


class Counted:
    """How many statements run from now to `end`."""

    def __init__(self) -> None:
        self.seen = 0
        event.listen(db.engine, "before_cursor_execute", self.note)

    def note(self, *_args: Any) -> None:
        self.seen += 1

    def end(self) -> int:
        event.remove(db.engine, "before_cursor_execute", self.note)
        return self.seen


def due_scan(duties: int) -> tuple[Any, ...]:
    """Of a database with about so many duties, a fifth of them open."""
    with tempfile.TemporaryDirectory() as home:
        surroundings(Path(home))
        app = create_app(Config.from_env())
        with app.app_context(), dates.stopped(dates.at_noon(rows.TODAY)):
            rows.fill(duties // 3, days=150)
            found = scan(f"T13 due scan, about {duties:,} duties")
            db.session.remove()
            db.engine.dispose()
            return found


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def draw(table: list[tuple[Any, ...]]) -> None:
    say("")
    print(f"{'':58}{'ours':>9}{'floor':>9}{'ratio':>8}{'must':>7}{'aim':>6}")
    for title, ours, floor, must, aim in table:
        ratio = ours / floor
        verdict = "aim" if ratio <= aim else "ok" if ratio <= must else "MISSED"
        print(f"{title:58}{ours:9.1f}{floor:9.1f}{ratio:8.2f}{must:7.1f}{aim:6.1f}  {verdict}")


if __name__ == "__main__":
    main()
