"""A million duties, made by SQL: how long the clock's scans take, and one person's page; what telling thousands holds.

The floor of a scan is the bare statements that find the same rows and insert them; of the page, itself at a thousand.
"""

import json
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from sqlalchemy import event, select, text

from ems.core import dates
from ems.core.db import db
from ems.core.people import Post, Role, Unit, User
from ems.people.passwords import hashed
from ems.reminders import steps, work
from ems.reminders.claim import claim
from tests.bench import rows

MANY, MINE, PEOPLE = 10_000_000, 60, 200  # no case has so high a number
CODES = ("PET_CLOSE", "DOC_DUE", "PERMIT_RENEW_DECIDE", "PERMIT_RENEW")  # of different leads
SERIES = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM s WHERE n < :last) SELECT n FROM s",
    "postgresql": "SELECT n FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS s(n)",
}
WHY = {"title": "按期办结", "trigger": "受理日", "start": "2026-11-01", "offset": 20, "unit": "calendar_day"}
WHY |= {"end": "2026-11-21", "due": "2026-11-21"}
FIRST = "(SELECT id FROM \"user\" WHERE username = 'p0')"


def people() -> None:
    """Two hundred who answer for duties, one in three a chief somewhere, and one whose page is looked at."""
    units = db.session.scalars(select(Unit).order_by(Unit.id)).all()
    since = rows.TODAY.replace(year=2020)
    made = [User(username=f"p{k}", name=f"经办人{k}", email=f"p{k}@example.org") for k in range(PEOPLE)]
    for k, user in enumerate(made):
        role = Role.CHIEF if k % 3 == 0 else Role.OFFICER
        user.posts = [Post(unit_id=units[k % len(units)].id, role=role, since=since)]
    made[0].posts.append(Post(unit_id=units[0].id, role=Role.LEADER, since=since))
    reader = User(username="reader", name="读者", must_change=False, password_hash=hashed(rows.PASSWORD))
    reader.posts = [Post(unit_id=units[0].id, role=Role.OFFICER, since=since)]
    db.session.add_all([*made, reader])
    db.session.commit()
    put(1, MINE, owner=f"{reader.id}", due="n % 40 + 400")


def put(first: int, last: int, *, due: str, owner: str = "", met: bool = False) -> None:
    """Duties of the subjects `first` to `last`: of the people in turn, one in fifty nobody's; or of `owner`."""
    codes = " ".join(f"WHEN {k} THEN '{code}'" for k, code in enumerate(CODES))
    fields = {
        "unit_id": "(SELECT min(id) FROM unit) + n % (SELECT count(*) FROM unit)", "subject_type": "'complaint'",
        "subject_id": "n", "rule": f"CASE n % {len(CODES)} {codes} END", "since": day("0", since="1900-01-01"),
        "start_on": day("-20 - n % 900"), "due_on": day(due), "met_on": day(due) if met else "NULL",
        "why": "CAST(:why AS jsonb)" if on_server() else ":why", "bearer": "'own'",
        "owner_id": owner or f"CASE WHEN n % 50 > 0 THEN {FIRST} + n % {PEOPLE} END",
    }  # fmt: skip
    made = f"SELECT {', '.join(fields.values())} FROM ({SERIES[db.engine.dialect.name]}) AS s"
    known = {"first": first, "last": last, "why": json.dumps(WHY)}
    db.session.execute(text(f"INSERT INTO duty ({', '.join(fields)}) {made}"), known)
    db.session.commit()


def on_server() -> bool:
    return db.engine.dialect.name == "postgresql"


def day(days: str, since: str = f"{rows.TODAY}") -> str:
    """So many days after that one."""
    return f"(DATE '{since}' + CAST({days} AS integer))" if on_server() else f"date('{since}', ({days}) || ' days')"


def fill(upto: int, near: int) -> None:
    """So many duties in all, of which `near` are open and near; what is over lies in the last years."""
    have = db.session.scalar(text("SELECT count(*) FROM duty")) or 0
    put(MANY, MANY + near - 1, due="n % 18 - 10")
    put(2 * MANY, 2 * MANY + upto - have - near - 1, due="-(n % 900)", met=True)
    if on_server():  # now, and not in the background while we measure
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def measure(title: str, duties: int, near: int, page: Callable[[], dict[str, float]]) -> Iterator[tuple[Any, ...]]:
    """In an application's context, over an empty database. `page` times the page of one person's duties."""
    with dates.stopped(dates.at_noon(rows.TODAY)):
        rows.fill(MINE * 2)
        people()
        fill(1_000, 200)
        small = page()
        db.session.execute(text(f"DELETE FROM duty WHERE subject_id >= {MANY}"))
        fill(duties, near)
        yield (f"{title}: my duties / at 1,000", page()["p50"], small["p50"], 2.0, 1.2)
        yield from scans(f"T13 {title}")
        yield memory(title)


def scans(title: str) -> Iterator[tuple[Any, ...]]:
    bare_once, bare_again = best(bare_claim)
    once, again = best(claim)
    with counted() as seen:
        claim()
    n = db.session.scalar(text("SELECT count(*) FROM reminder"))
    minute = median(spent(lambda: claim(morning=False)) for _ in range(5))
    yield (f"{title}: scan, {n:,} reminders", once, bare_once, 3.0, 1.5)
    yield (f"{title}: scan again, nothing new", again, bare_again, 3.0, 1.5)
    yield (f"{title}: the scan of each minute, ms", minute, 1.0, 100.0, 50.0)
    yield (f"{title}: statements of a scan", len(seen), 1.0, 12.0, 10.0)


def best(scan: Callable[[], Any]) -> tuple[float, float]:
    """Of three: the first time, and once more. It leaves what it made."""
    firsts, seconds = [], []
    for _ in range(3):
        db.session.execute(text("DELETE FROM reminder"))
        db.session.commit()
        firsts.append(spent(scan))
        seconds.append(spent(scan))
    return min(firsts), min(seconds)


def spent(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def bare_claim() -> None:
    """One statement a span of days, its rules in a list: no chief is looked for, nobody stands in."""
    session = db.session()
    grouped: defaultdict[Any, list[str]] = defaultdict(list)
    for code, _since, *span in steps.in_days(session, steps.spoken(session), morning=True):
        grouped[tuple(span)].append(f"'{code}'")
    for (rung, lead, after, upto), codes in grouped.items():
        found = f"SELECT id, due_on, {lead}, '{rung}', false, coalesce(owner_id, 1), '{rows.TODAY}' FROM duty"
        near = f"met_on IS NULL AND due_on > '{after}' AND due_on <= '{upto}'"
        found += f" WHERE {near} AND rule IN ({', '.join(codes)})"
        fields = "duty_id, due_on, lead, rung, deputy, person_id, raised_at"
        session.connection().exec_driver_sql(f"INSERT INTO reminder ({fields}) {found} ON CONFLICT DO NOTHING")
    session.commit()


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements within."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def memory(title: str) -> tuple[Any, ...]:
    """What telling one person of thousands holds at its height, against telling them of as many as one slice."""
    person = db.session.scalar(text("SELECT min(id) FROM \"user\" WHERE username = 'p0'"))
    few, many = (held(person, n) for n in (work.SLICE, 5 * work.SLICE))
    return (f"{title}: telling {5 * work.SLICE:,} / {work.SLICE}, MB at most", many, few, 2.0, 1.3)


def held(person: int, n: int) -> float:
    """Megabytes at the height of telling `person` of `n` duties."""
    ask = db.session.execute
    ask(text("DELETE FROM message"))
    ask(text("UPDATE reminder SET told_at = raised_at"))
    some = "SELECT min(id) FROM reminder GROUP BY duty_id ORDER BY duty_id LIMIT :n"
    untold = f"told_at = NULL, person_id = :person, rung = 'person', lead = -id WHERE id IN ({some})"
    ask(text(f"UPDATE reminder SET {untold}"), {"person": person, "n": n})
    theirs = "id IN (SELECT duty_id FROM reminder WHERE told_at IS NULL)"
    ask(text(f"UPDATE duty SET owner_id = :person WHERE {theirs}"), {"person": person})
    db.session.commit()
    tracemalloc.start()
    work.tell_all()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    if (told := db.session.scalar(text("SELECT count(*) FROM message"))) != n:
        raise SystemExit(f"{told} of {n} told")
    return peak
