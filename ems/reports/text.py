"""A section's text: its paragraphs, the figures named in them, and what is wrong with each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from ems.core.settings import setting
from ems.reports.models import Report, ReportSection
from ems.reports.values import Number, Value

PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}|(【[^】]*待[^】]*】)")
BLANK = "【待补充】"
ENDS = "，。；：、！？）》”%％"
DIGITS = "〇一二三四五六七八九十"


@dataclass(frozen=True)
class Piece:
    """A run of text, or a figure's number with its mark. `tail`: what must not be torn from the number."""

    text: str
    code: str = ""
    mark: str = ""  # ready; blank: no number yet; wrong: the text names it wrongly; none: bare text
    fault: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Part:
    """A section as it stands on the page. A fault of its text bars the approval, a missing number the sealing."""

    section: ReportSection
    heading: str
    paragraphs: Sequence[Sequence[Piece]]
    faults: Sequence[str]  # of the text itself
    lacks: Sequence[str]  # numbers that aren't there yet
    unready: bool

    @property
    def figures(self) -> list[Piece]:
        return [piece for paragraph in self.paragraphs for piece in paragraph if piece.mark]

    @property
    def blanks(self) -> int:
        return len(self.faults) + len(self.lacks)

    @property
    def barred(self) -> bool:
        return bool(self.blanks) or self.unready

    @property
    def text(self) -> str:
        return "\n\n".join("".join(p.text + p.tail for p in paragraph) for paragraph in self.paragraphs)


@dataclass(frozen=True)
class Standing:
    """How far a report is: what the bar below it tells."""

    figures: int
    blanks: int
    unready: int
    barred: Sequence[Part]  # what must be seen to first comes first


def standing(parts: Sequence[Part]) -> Standing:
    barred = [part for part in parts if part.barred]
    return Standing(
        figures=sum(len(part.figures) for part in parts),
        blanks=sum(part.blanks for part in parts),
        unready=sum(part.unready for part in parts),
        barred=sorted(barred, key=lambda part: not (part.faults or part.lacks)),
    )


def parts(report: Report, values: Mapping[str, Value]) -> list[Part]:
    """The sections in their order, numbered 一、 and （一） as GB/T 9704 asks, with their numbers put in."""
    found, first, second = [], 0, 0
    for section in report.sections:
        first, second = (first + 1, 0) if section.level == 1 else (first, second + (section.level > 1))
        heading = worded(section.title, report.year)
        if section.level and heading:
            heading = f"{numeral(first)}、{heading}" if section.level == 1 else f"（{numeral(second)}）{heading}"
        found.append(part(section, heading, values, report))
    return found


def part(section: ReportSection, heading: str, values: Mapping[str, Value], report: Report) -> Part:
    blocks = re.split(r"\n+", worded(section.text, report.year).strip())
    paragraphs = [list(pieces(block, values)) for block in blocks if block.strip()]
    faults = [piece.fault for paragraph in paragraphs for piece in paragraph if piece.mark == "wrong"]
    lacks = [piece.fault for paragraph in paragraphs for piece in paragraph if piece.mark == "blank"]
    bare = not paragraphs and heads_others(section, report)
    if not paragraphs and not bare:
        faults.append(_("没有正文"))
    return Part(section, heading, paragraphs, faults, lacks, unready=not section.ready and not bare)


def heads_others(section: ReportSection, report: Report) -> bool:
    """Whether sections of a lower level follow: such a heading needs no text of its own."""
    following = [s for s in report.sections if s.seq > section.seq]
    return bool(following) and following[0].level > section.level > 0


def worded(text: str, year: int) -> str:
    known = {"year": str(year), "next_year": str(year + 1), "bureau": str(setting("bureau"))}
    for name, said in known.items():
        text = text.replace(spelled(name), said)
    return text


def spelled(code: str) -> str:
    """How a text names a figure."""
    return f"{{{{{code}}}}}"


def pieces(block: str, values: Mapping[str, Value]) -> Iterator[Piece]:
    block, at, tail = block.strip(), 0, ""
    for match in PLACE.finditer(block):
        if match.start() > at:
            yield Piece(block[at : match.start()])
        tail = clinging(block[match.end() :])
        yield placed(match, values, tail)
        at = match.end() + len(tail)
    if at < len(block):
        yield Piece(block[at:])


def placed(match: re.Match[str], values: Mapping[str, Value], tail: str) -> Piece:
    code, marker = match[1] or "", match[2] or ""
    if marker:
        return Piece(marker, mark="wrong", fault=_("文中有“%(text)s”", text=marker), tail=tail)
    found = values.get(code)
    if found is None:
        return Piece(BLANK, code, "wrong", _("没有“%(code)s”这个数字", code=code), tail)
    if found.value is None:
        return Piece(BLANK, code, "blank", _("“%(title)s”没有数值", title=found.title), tail)
    if found.rate != tail.startswith(("%", "％")):
        fault = _("“%(title)s”的单位是“%(unit)s”，与文中不符", title=found.title, unit=found.unit)
        return Piece(written(found.value), code, "wrong", fault, tail)
    return Piece(written(found.value), code, "ready", "", tail)


def clinging(rest: str) -> str:
    """The measure and the mark after a number: they stay on its line."""
    end = 0 if rest[:1] in ENDS else 1
    while rest[end : end + 1] and rest[end] in ENDS:
        end += 1
    return rest[:end] if not rest[:1].isspace() and "{" not in rest[:end] and "【" not in rest[:end] else ""


def written(number: Number | None) -> str:
    """As it stands in a Chinese document: no thousands' commas, no idle zeros."""
    return "—" if number is None else f"{number:f}" if isinstance(number, Decimal) else str(number)


def changed(value: Value) -> str:
    """增 4 家，+9.3% · 提高 1.2 个百分点 · 持平; nothing where there is nothing to compare."""
    change = value.change
    if change is None:
        return ""
    if not change:
        return _("持平")
    n = written(-change if change < 0 else change)
    if value.rate:
        return _("提高 %(n)s 个百分点", n=n) if change > 0 else _("下降 %(n)s 个百分点", n=n)
    more = change > 0
    said = _("增 %(n)s %(unit)s", n=n, unit=value.unit) if more else _("减 %(n)s %(unit)s", n=n, unit=value.unit)
    return said + (_("，%(p)s", p=per_cent(value)) if value.last_year else "")


def briefly(value: Value) -> str:
    """+9.3% for a table; a rate by its points, what began at nothing by its number."""
    if not value.change:
        return "—" if value.change is None else "0"
    return per_cent(value) or (("+" if value.change > 0 else "") + written(value.change))


def per_cent(value: Value) -> str:
    """+9.3%, of the year before; nothing where that was nothing."""
    if value.change is None or not value.last_year or value.rate:
        return ""
    return f"{Decimal(value.change) * 100 / Decimal(value.last_year):+.1f}%"


def numeral(number: int) -> str:
    """1 to 99 as headings count: 一 … 十 … 九十九."""
    tens, ones = divmod(number, 10)
    return (DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (DIGITS[ones] if ones or not tens else "")
