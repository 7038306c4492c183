"""The sheets of others, as a clerk sends them: where the header stands, which rows count, what was skipped and why."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from flask_babel import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from ems.core.errors import Refused
from ems.core.sheets import FORMULA

Span: TypeAlias = tuple[tuple[int, int], tuple[int, int]]  # first and last cell of merged ones: (row, column) from 0
Known: TypeAlias = Mapping[str, Sequence[str]]  # a heading as `plain` gives it → what it can mean, the likeliest first
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
UNPACKED = 400 * 1024 * 1024  # bytes; a sheet of 100,000 rows has some 60 MB
DEEP = 30  # rows in which a header is looked for
FIRST = 3  # cells in which a row may call itself a total
MANY = 100_000  # rows
TOTAL = re.compile(r"(本[页月年期]|全[部年]|累)?(合计|总计|小计|共计)|.{0,12}[小合]计|总数")
FOOT = re.compile(r"(填表|填报|制表|审核|复核|负责|联系|统计)(人|单位|日期|时间|员)?[:：]|(备?注|说明)\d*[:：]")
BRACKETED = re.compile(r"[(\[{【〔<《][^)\]}】〕>》]*[)\]}】〕>》]")
MARKS = re.compile(r"[\s()\[\]{}【】〔〕<>《》:：*＊_?？、·．.。\"'“”/-]")  # noqa: RUF001  marks people put in headings


class Grid(NamedTuple):
    """One sheet of a file."""

    name: str
    rows: list[list[Any]]
    merged: list[Span]


class Line(NamedTuple):
    """A row that counts, by the number it has in the file."""

    number: int
    cells: list[Any]


@dataclass(frozen=True)
class Table:
    """What was found on a sheet. Rows are numbered as the file shows them, from 1; columns from 0."""

    sheet: str
    position: int  # of the sheet in the file, from 1
    head: int  # the row of the header, its last if it takes two
    headings: list[str]
    lines: list[Line]
    titles: int = 0  # rows above the header
    blank: int = 0
    totals: list[int] = field(default_factory=list)
    feet: list[int] = field(default_factory=list)  # who filled it in, remarks below
    repeated: list[int] = field(default_factory=list)  # the header once more
    filled: int = 0  # cells that took the value of the merged block they are part of


def letter(column: int) -> str:
    """A B … Z AA …"""
    name = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        name, column = chr(65 + rest) + name, column - 1
    return name


def address(row: int, column: int) -> str:
    return f"{letter(column)}{row}"


def plain(heading: Any, *, whole: bool = True) -> str:
    """A heading for comparing. `whole`: with what stands in its brackets."""
    text = unicodedata.normalize("NFKC", str(heading)).lower()
    return MARKS.sub("", text if whole else BRACKETED.sub("", text))


def meanings(heading: str, known: Known) -> Sequence[str]:
    return known.get(plain(heading)) or known.get(plain(heading, whole=False)) or ()


def opened(name: str, content: bytes) -> list[Grid]:
    """The sheets of a file; what is in it decides, not its name. Raises `Refused` with a sentence for a clerk."""
    if content[:4] in {ZIP, OLE}:
        return workbook(name, content)
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta", b"<head")):
        raise Refused(_("“%(name)s”其实是网页格式。请用 Excel 或 WPS 打开，另存为 .xlsx 再上传。", name=name))
    if name.lower().endswith((".csv", ".txt", ".tsv")):
        return [Grid(_("文本"), list(comma_separated(name, content)), [])]
    raise Refused(
        _(
            "这个文件打不开：“%(name)s”里面不是 Excel 表格，可能被单位加密软件加密，请另存为未加密的 .xlsx 再上传。",
            name=name,
        )
    )


def workbook(name: str, content: bytes) -> list[Grid]:
    try:
        unpacked(name, content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [book.get_sheet_by_index(n) for n in range(len(book.sheet_names))]
        return [Grid(s.name, s.to_python(skip_empty_area=False), s.merged_cell_ranges or []) for s in sheets]
    except PasswordError as error:
        raise Refused(_("“%(name)s”设了打开密码。请去掉密码另存后再上传。", name=name)) from error
    except (CalamineError, zipfile.BadZipFile, ValueError) as error:
        raise Refused(
            _("这个文件打不开：“%(name)s”不是 Excel 表格，或已损坏。请用 Excel 打开后另存为 .xlsx 再上传。", name=name)
        ) from error


def unpacked(name: str, content: bytes) -> None:
    """Refuse what would not fit into memory, before it is unpacked."""
    if content[:4] == ZIP:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise Refused(_("“%(name)s”展开后太大，请按年度拆成几张表再上传。", name=name))


def comma_separated(name: str, content: bytes) -> Iterator[list[Any]]:
    text = decoded(name, content)
    start = text[:5000].lstrip().split("\n", 1)[0]
    if start.startswith("sep="):
        text, start = text.split("\n", 1)[1], ""
    sign = max(",\t;", key=start.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
            yield [cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell for cell in row]
    except csv.Error as error:
        raise Refused(_("“%(name)s”不是完整的 CSV 文件。请另存为 .xlsx 再上传。", name=name)) from error


def decoded(name: str, content: bytes) -> str:
    """UTF-8, or the GB 18030 that Excel writes here, or the UTF-16 of its "Unicode text"."""
    tried = ["utf-16"] if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ["utf-8-sig", "gb18030"]
    for encoding in tried:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused(_("认不出“%(name)s”的文字编码，可能被单位加密软件加密。请另存为未加密的 .xlsx 再上传。", name=name))


class Place(NamedTuple):
    """Where a header may stand: sheet, its first and last row (from 0), and how many fields it names."""

    sheet: int
    first: int
    last: int
    score: int


def find(grids: Sequence[Grid], known: Known) -> Place | None:
    """The header that names most of what is known, on whichever sheet; None if no heading is known."""
    places = [place for n, grid in enumerate(grids) for place in headers(n, grid, known)]
    best = max(places, key=lambda p: p.score, default=None)
    return best if best and best.score else guess(grids)


def headers(n: int, grid: Grid, known: Known) -> Iterator[Place]:
    for first in range(min(DEEP, len(grid.rows))):
        last = lowest(grid, first)
        named = headings(grid, first, last)
        found = {meant[0] for heading in named if heading and (meant := meanings(heading, known))}
        yield Place(n, first, last, len(found))


def lowest(grid: Grid, row: int) -> int:
    """The last row of a header that starts in `row`: some of its cells may reach down."""
    reach = [bottom for (top, _left), (bottom, _right) in grid.merged if top == row < bottom]
    return min(*reach, row + 2) if reach else row


def headings(grid: Grid, first: int, last: int) -> list[str]:
    """Of a header of two rows, each column's own word; the word over several is put before one that is no own word."""
    rows = [list(row) for row in grid.rows[first : last + 1]]
    for (top, left), (bottom, right) in grid.merged:
        if first <= top and bottom <= last:
            for r in range(top, bottom + 1):
                for c in range(left, right + 1):
                    rows[r - first][c] = grid.rows[top][left]
    width = max(map(len, rows), default=0)
    words = [[one_line(row[c]) for row in rows if c < len(row)] for c in range(width)]
    return ["".join(dict.fromkeys(filter(None, column))) for column in words]


def one_line(value: Any) -> str:
    text = str(value)
    return " ".join(text.split()) if text.isascii() else "".join(text.split())


def guess(grids: Sequence[Grid]) -> Place | None:
    """No heading is known: the fullest row of texts near the top, for the person to say what its columns are."""
    rows = [(n, r, row) for n, grid in enumerate(grids) for r, row in enumerate(grid.rows[:DEEP])]
    texts = [Place(n, r, r, len({v for v in row if isinstance(v, str) and v.strip()})) for n, r, row in rows]
    best = max(texts, key=lambda p: p.score, default=None)
    return best._replace(score=0) if best and best.score else None


def table(grids: Sequence[Grid], place: Place) -> Table:
    grid = grids[place.sheet]
    if len(grid.rows) > MANY:
        raise Refused(_("一张表不超过 %(n)s 行，请按年度拆开再上传。", n=MANY))
    named = headings(grid, place.first, place.last)
    sorted_out = Sorting(named)
    for n, row in enumerate(grid.rows[place.last + 1 :], start=place.last + 2):
        sorted_out.take(n, row)
    filled = fill(sorted_out.lines, grid.merged, place.last)
    width = max((len(line.cells) for line in sorted_out.lines), default=0)
    named += [""] * (width - len(named))
    for line in sorted_out.lines:
        line.cells.extend([""] * (len(named) - len(line.cells)))
    sorted_out.skipped |= {"titles": place.first, "filled": filled}
    shown = trimmed(named, sorted_out.lines)
    return Table(grid.name, place.sheet + 1, place.last + 1, shown, sorted_out.lines, **sorted_out.skipped)


def trimmed(named: list[str], lines: Sequence[Line]) -> list[str]:
    """Without the empty columns at the right end, which borders and formats leave."""
    width = len(named)
    while width and not named[width - 1] and not any(one_line(line.cells[width - 1]) for line in lines):
        width -= 1
    return named[:width]


class Sorting:
    """Which rows of a sheet count."""

    def __init__(self, named: Iterable[str]) -> None:
        self.named = [plain(heading) for heading in named]
        self.lines: list[Line] = []
        self.skipped: dict[str, Any] = {"blank": 0, "totals": [], "feet": [], "repeated": []}

    def take(self, number: int, row: list[Any]) -> None:
        if kind := self.no_data(row):
            self.skip(kind, number)
        else:
            self.lines.append(Line(number, list(row)))

    def skip(self, kind: str, number: int) -> None:
        if kind == "blank":
            self.skipped["blank"] += 1
        else:
            self.skipped[kind].append(number)

    def no_data(self, row: Sequence[Any]) -> str:
        said = [value for value in row if value != "" and value is not None and not empty(value)]
        if not said:
            return "blank"
        for value in row[:FIRST]:
            if isinstance(value, str) and value and TOTAL.fullmatch(plain(value)):
                return "totals"
        if isinstance(said[0], str) and len(said) <= FIRST and FOOT.match(unicodedata.normalize("NFKC", said[0])):
            return "feet"
        if isinstance(said[0], str) and plain(said[0]) in self.named and self.same(row):
            return "repeated"
        return ""

    def same(self, row: Sequence[Any]) -> bool:
        return [plain(value) for value in row][: len(self.named)] == self.named[: len(row)]


def empty(value: Any) -> bool:
    """A blank, or what nobody sees."""
    return isinstance(value, str) and all(c.isspace() or unicodedata.category(c) == "Cf" for c in value)


def fill(lines: Sequence[Line], merged: Iterable[Span], head: int) -> int:
    """Put the value of a block merged downwards into each of its rows. Returns how many cells took it."""
    cells, filled = {line.number - 1: line.cells for line in lines}, 0
    for (top, left), (bottom, _right) in merged:
        if top <= head or top == bottom or top not in cells or left >= len(cells[top]):
            continue
        for row in range(top + 1, bottom + 1):
            if row in cells and left < len(cells[row]):
                cells[row][left] = cells[top][left]
                filled += 1
    return filled
