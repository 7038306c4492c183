"""Alembic's way in: our metadata, our database, and batches because SQLite cannot alter."""

from typing import Any

from alembic import context
from flask import current_app

from ems.core.db import db


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """The search index is made by hand: what it is differs from one database to the other."""
    return not (kind in {"table", "index"} and (name or "").startswith(("search_fts", "ix_search_pairs")))


with current_app.app_context(), db.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=db.metadata, render_as_batch=True, compare_type=True, include_object=ours
    )
    with context.begin_transaction():
        context.run_migrations()
