"""The yearly notice of the State Council on holidays, read as it is written: sentence by sentence, nothing guessed."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from flask_babel import gettext as _

HOLIDAYS = {
    "元旦": "元旦", "春节": "春节", "清明": "清明节", "劳动节": "劳动节", "五一": "劳动节", "端午": "端午节",
    "中秋": "中秋节", "国庆": "国庆节",
}  # fmt: skip
SEVEN = tuple(dict.fromkeys(HOLIDAYS.values()))  # 全国年节及纪念日放假办法 2
LONGEST = 20  # days: no holiday is longer, so a longer one is a slip of the hand
TOGETHER = 3  # holidays in one sentence that share its days (国庆节、中秋节); more than that is the preamble
WEEK = "一二三四五六日"

WHOLE, ISO = r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]?", r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
BARE = r"(?<![〕\])第\d])(\d{1,2})[日号]"  # 7日, but not 国办发明电〔2026〕7号
DAY = rf"(?:{WHOLE}|{ISO}|{BARE})"
NOTED = r"(?:\(([^()]*)\))?"
SPAN = re.compile(rf"{DAY}{NOTED}(?:[至到~—–―-]+{DAY}{NOTED})?")
SHORT = re.compile(rf"(?:(\d{{4}})年)?(\d{{1,2}})月(\d{{1,2}})[至到~—–―-]+(\d{{1,2}})[日号]{NOTED}")  # 10月1-7日
TOKEN = re.compile(
    rf"(?P<short>{SHORT.pattern})|(?P<span>{SPAN.pattern})|(?P<name>{'|'.join(HOLIDAYS)})"
    r"|(?P<on>(?:调休)?(?:照常|正常|补)?上班|补班|调休工作)|(?P<off>放假|调休放假|休息|公休|补休|休假)|共(?P<count>\d+)天"
)
ENDS = re.compile(r"[。;!\n]")
BROKEN = re.compile(rf"\n(?![一二三四五六七八九十]+、|\d+[.、]|{'|'.join(HOLIDAYS)})")  # a line that goes on
WISHES = re.compile(r"鼓励|倡导|建议|可以安排")  # what nobody must do is no holiday (2024: 鼓励安排职工在除夕休息)
STATED = re.compile(r"(\d{4})年(?!\d{1,2}月)")
LINE = re.compile(
    r"(\d{4})[-年./](\d{1,2})[-月./](\d{1,2})日?[\s,，、]+(放假|休|休息|上班|班|调休上班|按星期)(?:[\s,，、]+(.{0,80}))?"
)
ON, OFF, PLAIN = "上班", "放假", "按星期"


@dataclass
class Notice:
    """What was understood: day → whether it is worked (None: as its weekday), and why. With faults none is taken."""

    year: int | None = None
    days: dict[date, tuple[bool | None, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def put(self, day: date, works: bool | None, note: str) -> None:
        if day in self.days and self.days[day][0] is not works:
            self.faults.append(_("%(day)s 既写了放假，又写了上班。", day=day))
        self.days.setdefault(day, (works, note))


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, as somebody wrote them, with what stood in brackets behind each."""

    first: date
    last: date
    said: tuple[tuple[date, str], ...]

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


Years: TypeAlias = Callable[[int, int | None], int]  # month, and the year written, if any → the year meant


class Unreadable(ValueError):
    """A day there is not, or one nobody can tell: the message is for the person."""


def plain(text: str) -> str:
    """Half-width digits and signs, no blanks within a line."""
    folded = unicodedata.normalize("NFKC", text).replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[^\S\n]+", "", folded)


def read(text: str, year: int | None = None) -> Notice:
    """A day a line, or the text of the notice. `year`: the one meant where the text names none."""
    lines = [line.strip() for line in unicodedata.normalize("NFKC", text).splitlines()]
    if any(LINE.fullmatch(line) for line in lines):
        return by_lines(lines)
    whole = plain(text)
    stated = STATED.search(whole)
    found = Notice(int(stated[1]) if stated else year)
    reader = Reader(found)
    for sentence in ENDS.split(BROKEN.sub("", whole)):
        if sentence and not WISHES.search(sentence):
            reader.take(sentence)
    if not found.days and not found.faults:
        found.faults.append(_("没有读到任何放假或上班的日子。请粘贴通知全文，或每行写一天：2027-10-01 放假 国庆节。"))
    return found


def by_lines(lines: list[str]) -> Notice:
    found = Notice()
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        told = LINE.fullmatch(line)
        day = told and made(*map(int, told.groups()[:3]))
        if told is None or day is None:
            known = {"n": number, "line": line[:40]}
            found.faults.append(_("第 %(n)s 行看不懂：“%(line)s”。请写成 2027-10-01 放假 国庆节。", **known))
        elif day in found.days:
            found.faults.append(_("第 %(n)s 行：%(day)s 写了两次。", n=number, day=day))
        else:
            works = None if told[4] == PLAIN else told[4] in {"上班", "班", "调休上班"}
            found.days[day] = (works, (told[5] or "").strip())
    found.year = min(found.days).year if found.days else None
    return found


def made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


class Reader:
    """One notice on its way from sentence to sentence: the holiday that is spoken of stays until another is named."""

    def __init__(self, notice: Notice) -> None:
        self.notice, self.names = notice, list[str]()

    def take(self, sentence: str) -> None:
        try:
            self.told(sentence)
        except Unreadable as error:
            self.notice.faults.append(_("“%(sentence)s”：%(why)s", sentence=sentence[:60], why=error))

    def told(self, sentence: str) -> None:
        heard: list[str] = []
        waiting: list[Span] = []
        off: list[Span] = []
        for token in TOKEN.finditer(sentence):
            if token["name"]:
                heard.append(HOLIDAYS[token["name"]])
            elif token["span"] or token["short"]:
                if heard:
                    self.names, heard = list(dict.fromkeys(heard)), []
                waiting.append(span(token[0], self.year_of))
                self.look(waiting[-1])
            elif token["count"]:
                self.count(off, int(token["count"]))
            else:
                off = self.put(waiting, works=token["on"] is not None)
                waiting = []
        if waiting and not signed(sentence):
            raise Unreadable(_("有日期，没有说放假还是上班。"))

    def put(self, spans: list[Span], *, works: bool) -> list[Span]:
        name = "、".join(self.names) if len(self.names) <= TOGETHER else ""
        for told in spans:
            for day in told.days:
                self.notice.put(day, works, _("%(name)s调休", name=name) if works else name)
        return [] if works else spans

    def look(self, told: Span) -> None:
        """The weekday in brackets behind a day is there to be compared: if it is another, the day or the year is."""
        for day, words in told.said:
            said = re.search(r"(?:周|星期|礼拜)([一二三四五六日天])", words)
            if said and said[1].replace("天", "日") != WEEK[day.weekday()]:
                self.notice.warnings.append(
                    _("%(day)s 写的是周%(said)s，按日历是周%(is)s。请核对日期和年份。",
                      day=day, said=said[1], **{"is": WEEK[day.weekday()]})
                )  # fmt: skip

    def count(self, off: list[Span], said: int) -> None:
        n = sum(len(told.days) for told in off)
        if off and n != said:
            self.notice.warnings.append(
                _("%(first)s 起的假期写的是共 %(said)s 天，按日期是 %(n)s 天。", first=off[0].first, said=said, n=n)
            )

    def year_of(self, month: int, told: int | None) -> int:
        if told is None and self.notice.year is None:
            raise Unreadable(_("没有写哪一年。"))
        if self.notice.year is None:
            self.notice.year = told
        before = self.names == ["元旦"] and month == 12  # noqa: PLR2004  New Year may begin in December
        return told or (self.notice.year or 0) - before


def signed(sentence: str) -> bool:
    """The day a notice was signed, at its end, with its year."""
    spans = [m for m in SPAN.finditer(sentence) if m[0]]
    return len(spans) == 1 and bool(spans[0][1] or spans[0][4]) and spans[0].end() == len(sentence)


def span(text: str, year_of: Years) -> Span:
    """From 10月1日 · 10月1日(周五)至7日(周四) · 10月1-7日 · 2027-10-01. Raises `Unreadable`."""
    if short := SHORT.fullmatch(text):
        year, month, first, last, said = short.groups()
        start = day_of((year, month, first, None, None, None, None), None, year_of)
        end = day_of((None, None, None, None, None, None, last), start, year_of)
        return within(start, end, ((end, said or ""),))
    found = SPAN.fullmatch(text)
    if found is None:
        raise Unreadable(_("日期看不懂。"))
    parts = found.groups()
    start = day_of(parts[:7], None, year_of)
    end = day_of(parts[8:15], start, year_of) if any(parts[8:15]) else start
    return within(start, end, ((start, parts[7] or ""), (end, parts[15] or "")))


def within(start: date, end: date, said: tuple[tuple[date, str], ...]) -> Span:
    if not 0 <= (end - start).days < LONGEST:
        raise Unreadable(_("%(first)s 至 %(last)s 不像一个假期，请核对起止日期。", first=start, last=end))
    return Span(start, end, said)


def day_of(parts: tuple[str | None, ...], after: date | None, year_of: Years) -> date:
    year, month, day, iso_year, iso_month, iso_day, bare = parts
    if bare and after is None:
        raise Unreadable(_("“%(day)s日”没有写月份。", day=bare))
    m = int(month or iso_month or (after.month if after else 0))
    y = year or iso_year
    told = int(y) if y else after.year + (m < after.month) if after else None
    found = made(year_of(m, told), m, int(day or iso_day or bare or 0))
    if found is None:
        raise Unreadable(_("没有 %(m)s 月 %(d)s 日这一天。", m=m, d=day or iso_day or bare))
    return found


def missing(days: Mapping[date, tuple[bool | None, str]]) -> Iterator[str]:
    """Holidays of the year of which nothing is said."""
    notes = " ".join(note for works, note in days.values() if works is False)
    yield from (name for name in SEVEN if name not in notes)


def written(days: Mapping[date, tuple[bool | None, str]]) -> str:
    """A day a line, as `read` takes it."""
    words = {True: ON, False: OFF, None: PLAIN}
    return "\n".join(f"{day} {words[works]} {note}".strip() for day, (works, note) in sorted(days.items()))
