"""Sheets as a clerk would send them, made up: titles over the header, merged blocks, a total row."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter


def xlsx(*rows: Sequence[Any], merged: Sequence[str] = (), name: str = "Sheet1", empty: int = 0) -> bytes:
    """A workbook of `rows`; `merged` ranges keep what stands in their first cell; `empty` bordered rows follow."""
    return book({name: rows}, merged, empty)


def book(sheets: dict[str, Sequence[Sequence[Any]]], merged: Sequence[str] = (), empty: int = 0) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"}) as file:
        border = file.add_format({"border": 1})
        for name, rows in sheets.items():
            sheet = file.add_worksheet(name)
            for at in merged:
                sheet.merge_range(at, "")
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    put(sheet, r, c, value, border)
            for r in range(len(rows), len(rows) + empty):
                for c in range(max(map(len, rows), default=0)):
                    sheet.write_blank(r, c, None, border)
    return out.getvalue()


def put(sheet: Any, row: int, column: int, value: Any, look: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, look)
    elif value is not None:
        sheet.write(row, column, value, look)


def csv(*rows: Sequence[str], encoding: str = "utf-8", sign: str = ",") -> bytes:
    quoted = (sign.join(f'"{cell}"' if "\n" in cell or sign in cell else cell for cell in row) for row in rows)
    return "\r\n".join(quoted).encode(encoding)
