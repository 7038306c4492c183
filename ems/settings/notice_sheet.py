"""The holidays of a year in a sheet: a day a row, a holiday a row, or the notice's own text in a column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from ems.core import tables
from ems.core.cells import text_of
from ems.core.marked import Finding
from ems.core.tables import Grid, Line, Table
from ems.settings import notice
from ems.settings.notice import Notice, Span, Unreadable

HEADINGS: dict[str, tuple[str, ...]] = {
    "day": ("日期", "日子", "时间", "年月日"),
    "works": ("放假或上班", "放假上班", "类型", "类别", "安排", "性质", "状态", "上班放假", "是否上班", "休假上班"),
    "note": ("名称", "节日", "节假日", "节日名称", "节假日名称", "假期", "假日", "备注", "说明"),
    "off": ("放假时间", "放假日期", "放假安排", "假期时间", "休假日期", "放假"),
    "on": ("调休上班", "调休上班日期", "上班日期", "补班日期", "调休日期", "调休", "补班", "上班"),
    "from": ("开始", "开始日期", "起", "起始日期", "自"),
    "until": ("结束", "结束日期", "止", "截止日期", "至"),
}
KNOWN = {heading: (name,) for name, headings in HEADINGS.items() for heading in headings}
WORDS = {
    **dict.fromkeys(("上班", "班", "调休上班", "补班", "工作日", "上班日", "是"), "on"),
    **dict.fromkeys(("放假", "休", "休息", "假", "假日", "节假日", "法定节假日", "否"), "off"),
    **dict.fromkeys(("按星期", "周末", "公休", "双休"), "plain"),
}
COLON = "："


@dataclass
class SheetNotice:
    """A notice, and of a sheet with columns what is wrong in which cell."""

    notice: Notice
    table: Table | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings and not self.notice.faults


def read(name: str, grids: Sequence[Grid], year: int | None) -> SheetNotice:
    """`year`: the one meant where neither the cells nor the file's name and titles say it."""
    year = stated(name, grids) or year
    place = tables.find(grids, KNOWN)
    table = tables.table(grids, place) if place and place.score else None
    columns = mapped(table) if table else {}
    if table is None or not {"day", "off", "on", "from"} & set(columns):
        return SheetNotice(notice.read("\n".join(spoken(grids)), year))
    reading = Rows(SheetNotice(Notice(year), table), columns)
    for line in table.lines:
        reading.take(line)
    result = reading.result
    if not result.notice.days and not result.findings:
        result.notice.faults.append(_("表里没有读到任何放假或上班的日子。"))
    return result


def stated(name: str, grids: Sequence[Grid]) -> int | None:
    titles = [text_of(cell) for grid in grids for row in grid.rows[:3] for cell in row]
    found = re.search(r"20\d\d", " ".join([*titles, *(grid.name for grid in grids), name]))
    return int(found[0]) if found else None


def mapped(table: Table) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, heading in enumerate(table.headings):
        for name in tables.meanings(heading, KNOWN):
            found.setdefault(name, at)
    return found


def spoken(grids: Sequence[Grid]) -> Iterator[str]:
    """Each row as a line of text: its first cell names the holiday."""
    for grid in grids:
        for row in grid.rows:
            yield COLON.join(filter(None, (text_of(cell).strip() for cell in row)))


class Rows:
    """A sheet with columns, row by row."""

    def __init__(self, result: SheetNotice, columns: dict[str, int]) -> None:
        self.result, self.columns, self.notice = result, columns, result.notice
        self.reader = notice.Reader(self.notice)

    def take(self, line: Line) -> None:
        self.reader.names = [name] if (name := self.text(line, "note")) else []
        before = len(self.notice.faults)
        if "off" in self.columns or ("on" in self.columns and "works" not in self.columns):
            self.spans(line, "off", works=False)
            self.spans(line, "on", works=True)
        else:
            self.single(line)
        for fault in self.notice.faults[before:]:
            self.found(line, "day" if "day" in self.columns else "off", fault, _("保留一处，改正另一处。"))
        del self.notice.faults[before:]

    def spans(self, line: Line, name: str, *, works: bool) -> None:
        """Any number of days in a cell: 9月20日（周日）、10月10日（周六）."""
        text = notice.plain(self.text(line, name))
        if not text or text in {"-", "/", "无", "—"}:
            return
        told = [token[0] for token in notice.TOKEN.finditer(text) if token["span"] or token["short"]]
        try:
            self.put([notice.span(one, self.reader.year_of) for one in told or [text]], works=works)
        except Unreadable as error:
            self.found(line, name, str(error), _("请写成 10月1日至7日，或 2027-10-01。"))

    def single(self, line: Line) -> None:
        """One day, or from one to another, and a word that says what it is."""
        start = "from" if "from" in self.columns else "day"
        word = WORDS.get(notice.plain(self.text(line, "works")))
        if word is None:
            where = "works" if "works" in self.columns else start
            self.found(line, where, _("没有写明放假还是上班。"), _("请写“放假”或“上班”。"))
            return
        text = self.text(line, start) + (f"至{until}" if (until := self.text(line, "until")) else "")
        try:
            told = notice.span(notice.plain(text), self.reader.year_of)
        except Unreadable as error:
            self.found(line, start, str(error), _("请写成 2027-10-01，或 10月1日至7日。"))
            return
        if word == "plain":
            for day in told.days:
                self.notice.put(day, None, "")
        else:
            self.put([told], works=word == "on")

    def put(self, spans: list[Span], *, works: bool) -> None:
        for told in spans:
            self.reader.look(told)
            for day in told.days:
                name = "".join(self.reader.names)
                note = name if not works or "调休" in name or not name else _("%(name)s调休", name=name)
                self.notice.put(day, works, note)

    def text(self, line: Line, name: str) -> str:
        at = self.columns.get(name)
        value: Any = line.cells[at] if at is not None and at < len(line.cells) else ""
        if isinstance(value, datetime | date):
            return f"{value:%Y-%m-%d}"
        return text_of(value).strip()

    def found(self, line: Line, name: str, trouble: str, remedy: str) -> None:
        at, table = self.columns.get(name), self.result.table
        title = table.headings[at] if table and at is not None else ""
        self.result.findings.append(Finding(line.number, at, title, self.text(line, name), trouble, remedy, fault=True))
