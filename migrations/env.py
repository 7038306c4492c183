"""Alembic's way in: our metadata, our database, and batches because SQLite cannot alter."""

from typing import Any

from alembic import context
from flask import current_app

from ems.core.db import Utc, db
from ems.core.secrets import Encrypted


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The search index is made by hand: what it is differs from one database to the other."""
    return not (kind in {"table", "index"} and (name or "").startswith(("search_fts", "ix_search_pairs")))


def plain(kind: str, shown: Any, _context: Any) -> Any:
    """Our own column types as the databases know them: a migration must not change when our code does."""
    if kind == "type" and isinstance(shown, Utc):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(shown, Encrypted):
        return "sa.Text()"
    return False


def bound(connection: Any, word: str) -> None:
    """SQLite alters a table by making it anew: with its keys watched, what points at the old one would go with it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA foreign_keys = {word}")
        connection.commit()


with current_app.app_context(), db.engine.connect() as connection:
    bound(connection, "OFF")
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=ours,
        render_item=plain,
    )
    with context.begin_transaction():
        context.run_migrations()
    bound(connection, "ON")
