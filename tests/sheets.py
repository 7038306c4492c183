"""Sheets as a clerk would send them, made up: titles over the header, merged blocks, a total row."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook


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


@pytest.fixture
def send(as_, cast):
    """Send a sheet and go to the page about it."""

    def sent(content, who="hotline", intake="complaints", name="台账.xlsx"):
        client = as_(cast[who])
        answer = client.post(f"/imports/{intake}/", data={"file": (BytesIO(content), name)})
        assert answer.status_code == 303, answer.text
        return client, answer.location

    return sent


@pytest.fixture
def load(send):
    """Send a sheet and take it in; it must be sound."""

    def loaded(content, **how):
        client, page = send(content, **how)
        assert "还没有存入" in client.get(page).text
        assert client.post(f"{page}/store").status_code == 303
        assert "一次存入" in client.get(page).text
        return client, page

    return loaded


def judged(client, page):
    """The findings of a sheet, as the marked sheet has them: cell → sentence."""
    file = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{page}/marked.xlsx").data))
    rows = file.get_sheet_by_name("说明").to_python()[6:]
    return {row[0]: f"{row[3]}；{row[4]}" for row in rows}
