"""Search in Chinese text: pairs of neighbouring characters, so that a word of two is found and found exactly.

SQLite's own trigrams find nothing for two characters and say nothing; here the pairs are tokens, in FTS5 there and in
a GIN index over a tsvector on PostgreSQL. Words longer than two are checked again in the text itself.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import DDL, ColumnElement, String, Text, UniqueConstraint, delete, event, func, inspect, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, scoped_session

from ems.core.db import InUnit, Model, db
from ems.core.sets import insert

WORD = re.compile(r"\w+")
PAIR = 2
ADD = "INSERT INTO search_fts(rowid, pairs) VALUES (new.id, new.pairs);"
DROP = "INSERT INTO search_fts(search_fts, rowid, pairs) VALUES ('delete', old.id, old.pairs);"
SQLITE = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(pairs, content='search_text', content_rowid='id')",
    f"CREATE TRIGGER search_in AFTER INSERT ON search_text BEGIN {ADD} END",
    f"CREATE TRIGGER search_out AFTER DELETE ON search_text BEGIN {DROP} END",
    f"CREATE TRIGGER search_over AFTER UPDATE ON search_text BEGIN {DROP} {ADD} END",
)
POSTGRESQL = ("CREATE INDEX ix_search_pairs ON search_text USING gin (to_tsvector('simple', pairs))",)


class SearchText(Model):
    """What can be found of a row. `text` is folded: half-width, lower case."""

    __tablename__ = "search_text"
    __table_args__ = (UniqueConstraint("subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    pairs: Mapped[str] = mapped_column(Text)


for statement in SQLITE:
    event.listen(SearchText.__table__, "after_create", DDL(statement).execute_if(dialect="sqlite"))
event.listen(SearchText.__table__, "before_drop", DDL("DROP TABLE IF EXISTS search_fts").execute_if(dialect="sqlite"))
for statement in POSTGRESQL:
    event.listen(SearchText.__table__, "after_create", DDL(statement).execute_if(dialect="postgresql"))

#: table → the columns of it that can be found
FOUND: dict[type[InUnit], tuple[str, ...]] = {}


def fold(words: str) -> str:
    return unicodedata.normalize("NFKC", words).lower()


def pairs(words: str) -> Iterator[str]:
    """`废水排放` → 废水 水排 排放; a single character stands for itself."""
    for word in WORD.findall(fold(words)):
        yield from (word[n : n + PAIR] for n in range(max(1, len(word) - 1)))


def matches(model: type[InUnit], words: str) -> ColumnElement[bool]:
    """Rows of `model` that hold every one of `words`."""
    kind = SearchText.subject_type == model.__tablename__
    return model.id.in_(select(SearchText.subject_id).where(kind, *hits(words)))


def hits(words: str) -> list[ColumnElement[bool]]:
    tokens = list(dict.fromkeys(pairs(words)))
    if not tokens:
        return [SearchText.id.is_(None)]
    exact = [SearchText.text.contains(word, autoescape=True) for word in WORD.findall(fold(words)) if len(word) != PAIR]
    return [DIALECT[db.engine.dialect.name](tokens), *exact]


def on_sqlite(tokens: list[str]) -> ColumnElement[bool]:
    asked = " ".join(f'"{token}"*' if len(token) == 1 else f'"{token}"' for token in tokens)
    return SearchText.id.in_(text("SELECT rowid FROM search_fts WHERE search_fts MATCH :asked").bindparams(asked=asked))


def on_postgresql(tokens: list[str]) -> ColumnElement[bool]:
    asked = " & ".join(f"{token}:*" if len(token) == 1 else f"'{token}'" for token in tokens)
    return func.to_tsvector("simple", SearchText.pairs).op("@@", is_comparison=True)(func.to_tsquery("simple", asked))


DIALECT: Mapping[str, Callable[[list[str]], ColumnElement[bool]]] = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def watch(session: scoped_session[Any], found: Mapping[type[InUnit], tuple[str, ...]]) -> None:
    FOUND.update(found)
    if not event.contains(session, "after_flush", keep):
        event.listen(session, "after_flush", keep)


def keep(session: Session, _context: object) -> None:
    """The index follows in the flush that changes the row."""
    puts, gone = [], []
    for row in [*session.new, *session.dirty, *session.deleted]:
        names = FOUND.get(type(row))
        if names is None:
            continue
        if row in session.deleted:
            gone.append((row.__tablename__, row.id))
        elif any(inspect(row).attrs[name].history.has_changes() for name in names):
            puts.append(entry(row, names))
    for type_, id in gone:
        about = (SearchText.subject_type == type_, SearchText.subject_id == id)
        session.connection().execute(delete(SearchText).where(*about))
    if puts:
        put = insert(session.get_bind().dialect.name, SearchText)
        over = {name: put.excluded[name] for name in ("text", "pairs")}
        put = put.on_conflict_do_update(index_elements=["subject_type", "subject_id"], set_=over)
        session.connection().execute(put, puts)


def entry(row: InUnit, names: tuple[str, ...]) -> dict[str, Any]:
    words = fold("\n".join(str(value) for name in names if (value := getattr(row, name))))
    tokens = " ".join(dict.fromkeys(pairs(words)))
    return {"subject_type": row.__tablename__, "subject_id": row.id, "text": words, "pairs": tokens}


def rebuild(session: Session, model: type[InUnit]) -> int:
    """Index every row of `model` anew. Returns how many."""
    session.connection().execute(delete(SearchText).where(SearchText.subject_type == model.__tablename__))
    rows = [entry(row, FOUND[model]) for row in session.scalars(select(model).order_by(model.id))]
    if rows:
        session.connection().execute(insert(session.get_bind().dialect.name, SearchText), rows)
    return len(rows)
