"""Registers out to XLSX and CSV. Reading the sheets of others is `tables`."""

import csv as csv_module
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from io import BytesIO, TextIOWrapper
from typing import Any

import xlsxwriter
from flask_babel import gettext as _

from ems.core import dates
from ems.core.db import Choice
from ems.core.register import Column, Register
from ems.core.why import english

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(value: Any) -> Any:
    """`value` as people read it in a cell."""
    if type(value) is str or value is None:
        return value
    if isinstance(value, Choice):
        return spoken(type(value), value, english())
    if isinstance(value, int | float | date) and not isinstance(value, bool | datetime):
        return value
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return f"{dates.local(value):%Y-%m-%d %H:%M}"
    return str(value)


@cache  # a sheet of ten thousand rows says the same few words
def spoken(choice: type[Choice], word: str, _english: bool) -> str:
    """Two lists may have the same code for different words."""
    return str(choice(word).label)


def xlsx(register: Register[Any], rows: Iterable[Sequence[Any]]) -> BytesIO:
    """Each row: the id, which is left out, then the register's columns."""
    return book(str(register.name), register.columns, (row[1:] for row in rows))


def book(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> BytesIO:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as file:
        sheet = file.add_worksheet(name[:31])
        head = file.add_format({"bold": True, "bg_color": "#e4f1eb", "border": 1, "text_wrap": True, "valign": "top"})
        day = file.add_format({"num_format": "yyyy-mm-dd"})
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, str(column.title), head)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, 0, len(columns) - 1)
        for line, row in enumerate(rows, start=1):
            for at, value in enumerate(map(plain, row)):
                if isinstance(value, str):
                    sheet.write_string(line, at, value)  # never as a formula
                elif isinstance(value, date):
                    sheet.write_datetime(line, at, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001  a cell has no zone
                elif value is not None:
                    sheet.write_number(line, at, value)
    out.seek(0)
    return out


def csv(register: Register[Any], rows: Iterable[Sequence[Any]]) -> BytesIO:
    """With a byte-order mark, for Excel to read it as UTF-8; a text that would run as a formula is quoted."""
    out = BytesIO()
    text = TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv_module.writer(text)
    writer.writerow([str(column.title) for column in register.columns])
    for row in rows:
        writer.writerow([f"'{v}" if isinstance(v, str) and v.startswith(FORMULA) else v for v in map(plain, row[1:])])
    text.detach()
    out.seek(0)
    return out
