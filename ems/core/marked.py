"""The sheet handed back: a new workbook, its rows in their order, what is wrong in front, the cells coloured."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any, NamedTuple

import xlsxwriter
from flask_babel import gettext as _

from ems.core.tables import Table, address

WIDEST = 32_000  # characters; a cell of Excel takes 32,767
TEXT_WIDTH = 18


class Finding(NamedTuple):
    """What is wrong with one cell, or doubtful: where, what stands there, what is the matter, and how to mend it."""

    row: int
    column: int | None  # none: of the row as a whole
    title: str
    value: str
    trouble: str
    remedy: str
    fault: bool  # refuses the sheet; else the row is taken and a check lists it

    @property
    def address(self) -> str:
        return _("第 %(n)s 行", n=self.row) if self.column is None else address(self.row, self.column)

    @property
    def sentence(self) -> str:
        return f"{self.address} {self.title}：{self.trouble.removesuffix('。')}。{self.remedy}"


def workbook(
    table: Table, findings: Iterable[Finding], note: str, changes: Sequence[tuple[int, str, str, str, str]] = ()
) -> BytesIO:
    """`note`: a line for the second sheet that says what came of it. `changes`: row, number, column, old, new."""
    said: defaultdict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        said[finding.row].append(finding)
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as file:
        looks = formats(file)
        marked(file.add_worksheet(_("标注")), looks, table, said)
        explained(file.add_worksheet(_("说明")), looks, note, [f for row in sorted(said) for f in said[row]])
        if changes:
            compared(file.add_worksheet(_("改动")), looks, changes)
    out.seek(0)
    return out


def formats(file: Any) -> dict[str, Any]:
    wrap, day = {"text_wrap": True, "valign": "top"}, {"num_format": "yyyy-mm-dd"}
    fault = {"bold": True, "bg_color": "#fde7e5", "border": 2, "border_color": "#a3201a"}
    doubt = {"bg_color": "#fff6d6", "border": 2, "border_color": "#a08400"}
    return {
        "head": file.add_format({"bold": True, "bg_color": "#e4f1eb", "border": 1, **wrap}),
        "fault": file.add_format(fault),
        "doubt": file.add_format(doubt),
        "fault day": file.add_format(fault | day),
        "doubt day": file.add_format(doubt | day),
        "": None,
        " day": file.add_format(day),
        "said": file.add_format({"font_color": "#a3201a", **wrap}),
        "wrap": file.add_format(wrap),
    }


def marked(sheet: Any, looks: dict[str, Any], table: Table, said: dict[int, list[Finding]]) -> None:
    for at, heading in enumerate([_("问题"), *table.headings]):
        sheet.write_string(0, at, heading, looks["head"])
    sheet.set_column(0, 0, 48)
    sheet.set_column(1, len(table.headings), TEXT_WIDTH)
    sheet.freeze_panes(1, 1)
    for n, line in enumerate(table.lines, start=1):
        found = said.get(line.number, ())
        if found:
            sheet.write_string(n, 0, "\n".join(f.sentence for f in found)[:WIDEST], looks["said"])
        coloured = {f.column: "doubt" for f in found if not f.fault} | {f.column: "fault" for f in found if f.fault}
        for at, value in enumerate(line.cells[: len(table.headings)]):
            look = coloured.get(at, "")
            put(sheet, n, at + 1, value, looks[f"{look} day" if isinstance(value, date) else look])


def compared(sheet: Any, looks: dict[str, Any], changes: Sequence[tuple[int, str, str, str, str]]) -> None:
    """What the sheet would change of records that are here."""
    sheet.set_column(0, 2, 16)
    sheet.set_column(3, 4, 40)
    for at, heading in enumerate([_("原表行号"), _("编号"), _("列"), _("原来"), _("改为")]):
        sheet.write_string(0, at, heading, looks["head"])
    for n, (row, *words) in enumerate(changes, start=1):
        sheet.write_number(n, 0, row)
        for at, word in enumerate(words, start=1):
            sheet.write_string(n, at, word[:WIDEST], looks["wrap"])


def put(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    """As it was read; a text never as a formula."""
    if value is None or value == "":
        if look is not None:
            sheet.write_blank(row, column, None, look)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, look)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, look)
    elif isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001  a cell has no zone
        sheet.write_datetime(row, column, moment, look)
    else:
        sheet.write_string(row, column, str(value)[:WIDEST], look)


def explained(sheet: Any, looks: dict[str, Any], note: str, findings: Sequence[Finding]) -> None:
    sheet.set_column(0, 1, 16)
    sheet.set_column(2, 4, 40)
    lines = (
        (note, None),
        (_("红色粗框：错误。改好全部错误后重新上传，整张表一次存入；有一处错误，一行也不存入。"), looks["fault"]),
        (_("黄色框：存疑。照常存入，由“体系体检”列出，以后可在系统里改正。"), looks["doubt"]),
        (_("可以直接在“标注”表里改，改好后上传这个文件：“问题”一列不会导入。"), None),
    )
    for n, (words, look) in enumerate(lines):
        sheet.write_string(n, 0, words, look)
    for at, heading in enumerate([_("原表单元格"), _("列"), _("填写的内容"), _("问题"), _("怎样改")]):
        sheet.write_string(len(lines) + 1, at, heading, looks["head"])
    for n, f in enumerate(findings, start=len(lines) + 2):
        sheet.write_string(n, 0, f.address, looks["fault" if f.fault else "doubt"])
        for at, words in enumerate([f.title, f.value, f.trouble, f.remedy], start=1):
            sheet.write_string(n, at, words[:WIDEST], looks["wrap"])
