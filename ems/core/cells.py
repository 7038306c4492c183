"""Single cells of the sheets of others: what a person meant by them. Whatever is converted is counted."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core.db import Choice

UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
ODD_BLANK = re.compile("[\u00a0\u2000-\u200a\u202f\u3000]")
WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")
HALF = {code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)}
EXCEL_ZERO = date(1899, 12, 30)
SERIALS = (10_000, 80_000)  # 1927 to 2119: what a bare number in a column of days can mean
DIGITS = 1e15  # beyond this a spreadsheet has made up the last digits


class Converted(Choice):
    """What was not taken letter by letter."""

    WIDE = "wide", _l("全角字符")
    UNSEEN = "unseen", _l("不可见字符")
    BLANK = "blank", _l("特殊空格")
    NUMBER = "number", _l("按数字保存的编号")
    MEASURE = "measure", _l("数字里的单位或逗号")
    NOTHING = "nothing", _l("“无”“-”按空白")
    DOTTED = "dotted", _l("2019.8.5 式日期")
    SLASHED = "slashed", _l("2019/8/5 式日期")
    AMERICAN = "american", _l("12/31/2016 式日期（月/日/年）")
    BRITISH = "british", _l("31/12/2016 式日期（日/月/年）")
    WRITTEN = "written", _l("2019年8月5日 式日期")
    COMPACT = "compact", _l("20190805 式日期")
    CELL = "cell", _l("日期格式的单元格")
    SERIAL = "serial", _l("按数字保存的日期")
    LOOSE = "loose", _l("2019-8-5 式日期")
    TIMED = "timed", _l("带时刻的日期")
    SPAN = "span", _l("写在一格里的起止日期")


Counts = Counter[Converted]
NOTHING = frozenset({"-", "--", "—", "——", "/", "\\", "无", "无。", "暂无"})


def text_of(value: Any) -> str:
    """The value of a cell as a person would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, float):
        if abs(value) >= DIGITS:
            return f"{float(f'{value:.15g}'):.0f}"  # 15 digits hold, the rest is what a binary number makes up
        return f"{value:.0f}" if value == int(value) else repr(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" if value.time() != time.min else f"{value:%Y-%m-%d}"
    return str(value)


def seen(text: str, counts: Counts) -> str:
    """Without the characters nobody sees, and without blanks at its ends."""
    if text.isascii():
        return text.strip()
    if UNSEEN.search(text):
        counts[Converted.UNSEEN] += 1
        text = UNSEEN.sub("", text)
    return text.strip()


def word(text: str, counts: Counts) -> str:
    """A name or a word: digits and letters half-width, blanks plain. Chinese punctuation stays."""
    text = seen(text, counts)
    if text.isascii():
        return text
    if ODD_BLANK.search(text):
        counts[Converted.BLANK] += 1
        text = ODD_BLANK.sub(" ", text)
    if WIDE.search(text):
        counts[Converted.WIDE] += 1
        text = text.translate(HALF)
    return " ".join(text.split()) if "\n" in text else text


def code(value: Any, counts: Counts) -> str:
    """A number that is a name (a phone, a permit): all half-width."""
    if isinstance(value, float) and abs(value) >= DIGITS:
        counts[Converted.NUMBER] += 1
    text = seen(text_of(value), counts)
    folded = unicodedata.normalize("NFKC", text)
    if folded != text:
        counts[Converted.WIDE] += 1
    return " ".join(folded.split())


def exact(value: Any, counts: Counts) -> str:
    """Letter by letter, for whoever judges the writing itself."""
    if isinstance(value, float) and abs(value) >= DIGITS:
        counts[Converted.NUMBER] += 1
    return text_of(value)


def number(value: Any, counts: Counts) -> str:
    """A measure, as a form's field reads it: no commas between thousands, no word for its unit behind it."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return text_of(value)
    text = code(value, counts)
    bare = re.sub(r"(?<=\d)[,\s](?=\d{3}\b)", "", text).rstrip("天日件次个家元吨 ")
    if bare != text and bare[-1:].isdecimal():
        counts[Converted.MEASURE] += 1
        return bare
    return text


class Order(Enum):
    """Of days like 03/04/2019: what comes first."""

    MONTH = "month"
    DAY = "day"
    MIXED = "mixed"  # the column has both: none of them can be read
    OPEN = "open"  # the column does not tell


FORMS = (
    (Converted.LOOSE, re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")),
    (Converted.DOTTED, re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})\.?")),
    (Converted.SLASHED, re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})")),
    (Converted.WRITTEN, re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?")),
    (Converted.COMPACT, re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")),
)
TURNED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
TIME = re.compile(r"[T\s]+(?:[上下]午)?\d{1,2}(:\d{1,2}){1,2}(\.\d+)?\s*([AaPp][Mm])?$|\d{1,2}时(\d{1,2}分)?$")
ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Day:
    """A reading: no day where there is none to be read; `doubtful` where another reading is possible."""

    day: date | None
    doubtful: bool = False


def order_of(values: Iterable[Any]) -> Order:
    """What a column shows of the order in days like 12/31/2016."""
    found = [TURNED.fullmatch(TIME.sub("", plain_day(v))) for v in values if isinstance(v, str)]
    day_last = any(int(m[2]) > 12 for m in found if m)  # noqa: PLR2004  there is no thirteenth month
    day_first = any(int(m[1]) > 12 for m in found if m)  # noqa: PLR2004
    if day_last and day_first:
        return Order.MIXED
    return Order.MONTH if day_last else Order.DAY if day_first else Order.OPEN


def plain_day(value: str) -> str:
    text = value if value.isascii() else unicodedata.normalize("NFKC", UNSEEN.sub("", value))
    return text.strip()


def day(value: Any, order: Order, counts: Counts) -> Day | None:
    """The day a cell names, None for an empty one."""
    if isinstance(value, datetime | date):
        counts[Converted.CELL] += 1
        return Day(value.date() if isinstance(value, datetime) else value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return serial(float(value), counts)
    if not isinstance(value, str) or not (text := plain_day(value)):
        return None
    if not value.isascii():
        counts.update([Converted.WIDE] * bool(WIDE.search(value)) + [Converted.UNSEEN] * bool(UNSEEN.search(value)))
    if ISO.fullmatch(text):
        return Day(made(text[:4], text[5:7], text[8:]))
    bare = TIME.sub("", text)
    if bare != text:
        counts[Converted.TIMED] += 1
    bare = bare.replace(" ", "")
    for form, pattern in FORMS:
        if found := pattern.fullmatch(bare):
            if form is not Converted.LOOSE or not ISO.fullmatch(bare):
                counts[form] += 1
            return Day(made(*found.groups()))
    return turned(bare, order, counts)


def turned(text: str, order: Order, counts: Counts) -> Day:
    """12/31/2016, read as the column shows; where the column shows nothing, the month first, and doubtful."""
    found = TURNED.fullmatch(text)
    if found is None or order is Order.MIXED:
        return Day(None)
    first, second, year = found.groups()
    either = int(first) <= 12 and int(second) <= 12 and first != second  # noqa: PLR2004
    if order is Order.DAY:
        counts[Converted.BRITISH] += 1
        return Day(made(year, second, first), either)
    counts[Converted.AMERICAN] += 1
    return Day(made(year, first, second), either)


def serial(value: float, counts: Counts) -> Day:
    first, last = SERIALS
    if first <= value <= last:
        counts[Converted.SERIAL] += 1
        return Day(EXCEL_ZERO + timedelta(days=int(value)))
    found = FORMS[-1][1].fullmatch(text_of(value))
    if found:
        counts[Converted.COMPACT] += 1
    return Day(made(*found.groups()) if found else None)


def made(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
