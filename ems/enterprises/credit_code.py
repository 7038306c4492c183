"""Unified social credit codes (统一社会信用代码, GB 32100-2015): what a clerk's cell says, read without guessing.

A code has 18 characters of `ALPHABET`; the last one checks the others:

>>> check_character("91510100000000001")
'H'
>>> read("91510100000000001H").doubt is None
True

A reading is repaired only where one reading is possible, and is then said to be so:

>>> read("9151 0100 0000 0000 1h")
Reading(code='91510100000000001H', given='9151 0100 0000 0000 1h', doubt=<CodeDoubt.REPAIRED: 'repaired'>)
>>> read("91510100000000001H（01)").doubt
<CodeDoubt.SUFFIX: 'suffix'>

All else stays as it was given:

>>> read("915101000000000016")
Reading(code='915101000000000016', given='915101000000000016', doubt=<CodeDoubt.CHECK: 'check'>)
>>> read("9.15101E+17").doubt
<CodeDoubt.DIGITS_LOST: 'digits_lost'>
"""

import re
import unicodedata
from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from ems.core.db import Choice

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
LENGTH = 18
LONGEST = 60  # characters of a cell that are kept
NOTHING = frozenset({"", "-", "--", "—", "——", "0", "/", "\\", "无", "暂无", "不详", "未知", "NONE", "NULL", "N/A"})
SUFFIXED = re.compile(rf"([0-9A-Z]{{{LENGTH}}})[(\[【].*")
SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")
FLOAT = re.compile(r"(\d{15,})\.0+")


class CodeDoubt(Choice):
    """Why a code is doubtful: the first reason that holds."""

    MISSING = "missing", _l("未填写")
    DIGITS_LOST = "digits_lost", _l("末三位丢失（表格按数字保存）")
    LENGTH = "length", _l("位数不是 18 位")
    CHARACTER = "character", _l("含有不允许的字符")
    CHECK = "check", _l("校验码不符")
    SUFFIX = "suffix", _l("带有后缀")
    REPAIRED = "repaired", _l("已整理写法")


#: readings that are one enterprise's own code
SURE = frozenset({None, CodeDoubt.REPAIRED, CodeDoubt.SUFFIX})


class Reading(NamedTuple):
    code: str | None
    given: str
    doubt: CodeDoubt | None


def check_character(first: str) -> str:
    """The 18th character for the 17 of `first`. Raises ValueError for a character that no code has."""
    total = sum(weight * ALPHABET.index(c) for weight, c in zip(WEIGHTS, first, strict=True))
    return ALPHABET[-total % len(ALPHABET)]


def fault(code: str) -> CodeDoubt | None:
    """What is wrong with `code`, if anything is."""
    if len(code) != LENGTH:
        return CodeDoubt.LENGTH
    if not set(code) <= set(ALPHABET):
        return CodeDoubt.CHARACTER
    if code.isdecimal() and lost(code):
        return CodeDoubt.DIGITS_LOST
    return None if check_character(code[:-1]) == code[-1] else CodeDoubt.CHECK


def lost(code: str) -> bool:
    """Whether a spreadsheet may have had it as a number, which keeps 15 digits and makes up the last three."""
    return code.endswith("000") or int(float(f"{float(code):.15g}")) == int(code)


def plain(given: str) -> str:
    """Half-width, upper case, without blanks and characters that cannot be seen."""
    said = unicodedata.normalize("NFKC", given).upper()
    return "".join(c for c in said if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})


def read(given: str | None) -> Reading:
    """What `given` says, and what is doubtful about it. A code that does not hold is left as it stands."""
    given = (given or "")[:LONGEST]
    said, kept = plain(given), given.strip()
    if said in NOTHING:
        return Reading(None, given, CodeDoubt.MISSING)
    if SCIENTIFIC.fullmatch(said) or FLOAT.fullmatch(said):
        return Reading(kept, given, CodeDoubt.DIGITS_LOST)
    if (found := SUFFIXED.fullmatch(said)) and (wrong := fault(found[1])) in {None, CodeDoubt.DIGITS_LOST}:
        return Reading(kept, given, wrong) if wrong else Reading(found[1], given, CodeDoubt.SUFFIX)
    if wrong := fault(found[1] if found else said):
        return Reading(kept, given, wrong)
    return Reading(said, given, None if said == kept else CodeDoubt.REPAIRED)
