"""The log: every change of every row, by whom and from where, each entry chained to the one before by its hash."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, event, insert, inspect, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from ems.core import dates
from ems.core.db import Model
from ems.core.sets import DATA

START = "0" * 64
HIDDEN = "（保密）"
UNLOGGED = {"log_entry", "log_head", "step", "reminder", "message", "outbox", "notice", "slot"}


class LogEntry(Model):
    """One change of one row. `changes`: column → [old, new]; confidential values are noted, not spelled out."""

    __tablename__ = "log_entry"
    __table_args__ = (Index("ix_log_subject", "subject_type", "subject_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(60), default="")
    act: Mapped[str] = mapped_column(String(20))  # added, changed, deleted, or an event's name
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]] = mapped_column(DATA)
    hash: Mapped[str] = mapped_column(String(64))


class LogHead(Model):
    """The chain's last hash; its row is locked by whoever commits."""

    __tablename__ = "log_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    entries: Mapped[int]


def watch(session: scoped_session[Any]) -> None:
    if not event.contains(session, "after_flush", collect):
        event.listen(session, "after_flush", collect)
        event.listen(session, "before_commit", write)
        event.listen(session, "after_rollback", forget)


def collect(session: Session, _context: object) -> None:
    session.info.setdefault("log", []).extend(entries(session))


def forget(session: Session) -> None:
    session.info.pop("log", None)


def note(session: Session, act: str, subject_type: str = "", subject_id: int | None = None, **changes: Any) -> None:
    """Something worth an entry that is no change of a row: a log-in, a look at an identity, an export."""
    told = {name: [None, value] for name, value in changes.items()}
    about = {"subject_type": subject_type, "subject_id": subject_id, "unit_id": None, "changes": told}
    session.info.setdefault("log", []).append(made(session, act, **about))


def made(session: Session, act: str, **what: Any) -> dict[str, Any]:
    who = {"actor_id": session.info.get("actor_id"), "actor": session.info.get("actor", "system")}
    return {"at": dates.now(), **who, "address": session.info.get("address", ""), "act": act, **what}


def entries(session: Session) -> Iterator[dict[str, Any]]:
    for act, rows in (("added", session.new), ("changed", session.dirty), ("deleted", session.deleted)):
        for row in rows:
            if row.__tablename__ in UNLOGGED or (act == "changed" and row in session.deleted):
                continue
            changes = changes_of(row)
            if changes or act == "deleted":
                id = getattr(row, "id", None)
                kept = id if isinstance(id, int) else None
                about = {
                    "subject_type": row.__tablename__,
                    "subject_id": kept,
                    "unit_id": getattr(row, "unit_id", None),
                }
                yield made(session, act, **about, changes=changes)


def changes_of(row: Any) -> dict[str, list[str | None]]:
    state = inspect(row)
    found = {}
    for column in state.mapper.column_attrs:
        history, info = state.attrs[column.key].history, column.columns[0].info
        if not history.has_changes() or info.get("unlogged"):
            continue
        old, new = (history.deleted or [None])[0], (history.added or [None])[0]
        if info.get("secret"):
            found[column.key] = [old and HIDDEN, new and HIDDEN]
        else:
            found[column.key] = [None if value is None else str(value) for value in (old, new)]
    return found


def write(session: Session) -> None:
    """Chain the transaction's entries. The head is locked to the commit, so the chain has one order."""
    session.flush()
    waiting = session.info.pop("log", [])
    if not waiting:
        return
    connection = session.connection()
    head = connection.execute(select(LogHead.hash, LogHead.entries).where(LogHead.id == 1).with_for_update()).first()
    last, count = head or (START, 0)
    for row in waiting:
        last = row["hash"] = chained(last, row)
    connection.execute(insert(LogEntry), waiting)
    now = {"hash": last, "entries": count + len(waiting)}
    done = update(LogHead).where(LogHead.id == 1).values(**now) if head else insert(LogHead).values(id=1, **now)
    connection.execute(done)


def chained(before: str, row: Any) -> str:
    """The hash of an entry: of the one before, and of all that it says."""
    said = [before, row["at"].astimezone(UTC).isoformat(), row["actor_id"], row["actor"], row["address"], row["act"]]
    said += [row["subject_type"], row["subject_id"], row["unit_id"], row["changes"]]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def verify(session: Session) -> tuple[int, int | None]:
    """The number of entries read, and the id of the first that does not follow from the one before (none: None).

    A head that disagrees with the last entry (entries cut off at the end) counts as broken at the last id.
    """
    last, read, id = START, 0, 0
    rows = session.connection().execute(select(LogEntry.__table__).order_by(LogEntry.id)).yield_per(1000)
    for row in rows.mappings():
        id, read = row["id"], read + 1
        if row["hash"] != chained(last, row):
            return read, id
        last = row["hash"]
    head = session.connection().execute(select(LogHead.hash, LogHead.entries)).first()
    whole = (head is None and read == 0) or (head is not None and (head.hash, head.entries) == (last, read))
    return read, None if whole else id
