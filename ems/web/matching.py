"""Which column of a sheet is which field: by its heading, by its synonyms, or as a person says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from flask_babel import force_locale, gettext as _

from ems.core import cells, tables
from ems.core.errors import Refused
from ems.core.register import Column
from ems.core.tables import Grid, Table, plain
from ems.web.kinds import ImportKind, Intake


@dataclass(frozen=True)
class Understood:
    """A sheet with its columns told apart: column → field."""

    kind: ImportKind
    table: Table
    mapping: dict[int, str]

    @property
    def missing(self) -> list[str]:
        return [self.kind.fields[name] for name in self.kind.needs if name not in self.mapping.values()]

    def column(self, name: str) -> int | None:
        return next((at for at, field in self.mapping.items() if field == name), None)

    def sample(self, at: int) -> str:
        """The first thing that stands in a column."""
        return next((said for line in self.table.lines if (said := cells.text_of(line.cells[at]).strip())), "")


def understood(intake: Intake, grids: Sequence[Grid], told: Mapping[int, str] | None = None) -> Understood:
    """The kind whose headings fit best, its table and its columns. `told`: what the person says the columns are."""
    tried = [found for kind in intake.kinds if (found := read_as(kind, grids, told))]
    if not tried:
        raise Refused(_("这个文件里没有数据。请核对是否选错了文件。"))
    return max(tried, key=lambda u: (not u.missing, len(u.mapping)))


def read_as(kind: ImportKind, grids: Sequence[Grid], told: Mapping[int, str] | None) -> Understood | None:
    known, ranks = synonyms(kind)
    place = tables.find(grids, known)
    if place is None:
        return None
    table = tables.table(grids, place)
    if told is not None:
        mapping = {at: name for at, name in told.items() if name in kind.fields and at < len(table.headings)}
        return Understood(kind, table, mapping)
    return Understood(kind, table, assigned(kind, table.headings, known, ranks))


def synonyms(kind: ImportKind) -> tuple[dict[str, list[str]], dict[tuple[str, str], int]]:
    """What each heading can mean, best first, and how good each meaning is: a title is better than a synonym."""
    ranks: dict[tuple[str, str], int] = {}
    for column in kind.columns:
        if column.field:
            for rank, heading in enumerate([*titles(column), *column.also, column.field]):
                ranks.setdefault((plain(heading), column.field), max(0, rank - 1))
    known: dict[str, list[str]] = {}
    for heading, name in sorted(ranks, key=lambda key: ranks[key]):
        known.setdefault(heading, []).append(name)
    return known, ranks


def titles(column: Column) -> list[str]:
    """In both languages: a sheet exported in one is taken back in the other."""
    said = []
    for language in ("zh_CN", "en"):
        with force_locale(language):
            said.append(str(column.title))
    return said


def assigned(
    kind: ImportKind, headings: Sequence[str], known: Mapping[str, Sequence[str]], ranks: Mapping[tuple[str, str], int]
) -> dict[int, str]:
    """Each field once, the best heading first; what is needed takes its column from what is not."""
    options = {at: tables.meanings(heading, known) for at, heading in enumerate(headings) if heading}

    def rank(at: int, name: str) -> int:
        return ranks.get((plain(headings[at]), name), ranks.get((plain(headings[at], whole=False), name), 0))

    mapping: dict[int, str] = {}
    pairs = ((rank(at, name), at, name) for at, names in options.items() for name in names)
    for _rank, at, name in sorted(pairs, key=lambda pair: pair[:2]):
        if at not in mapping and name not in mapping.values():
            mapping[at] = name
    for name in kind.needs:
        if name not in mapping.values():
            able = (at for at, names in options.items() if name in names and mapping.get(at) not in kind.needs)
            mapping |= dict.fromkeys(islice(able, 1), name)
    return dict(sorted(mapping.items()))


def columns(kind: ImportKind, headings: Sequence[str]) -> list[int]:
    """Where the fields stand without which nothing of this kind can be read, as far as they are there."""
    known, ranks = synonyms(kind)
    mapping = assigned(kind, headings, known, ranks)
    return [at for at, name in mapping.items() if name in kind.needs]
