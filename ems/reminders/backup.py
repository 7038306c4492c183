"""A copy of the SQLite database, whole at one moment while others go on writing; the last fourteen are kept."""

import sqlite3
from contextlib import closing
from pathlib import Path

from flask import current_app

from ems.core import dates
from ems.core.db import db

KEPT = 14


def backup() -> Path | None:
    """The file it made; None where the database is none of ours to copy (a server's, or one in memory)."""
    if db.engine.dialect.name != "sqlite" or not db.engine.url.database:
        return None
    folder = Path(current_app.config["BACKUPS"])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = folder / f"ems-{dates.local(dates.now()):%Y%m%d-%H%M}.db"
    half = made.with_suffix(".part")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    with closing(sqlite3.connect(db.engine.url.database)) as here, closing(sqlite3.connect(half)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    half.replace(made)
    for old in sorted(folder.glob("ems-*.db"))[:-KEPT]:
        old.unlink()
    return made
