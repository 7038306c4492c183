"""A column of a sheet on its way into a field of a form: what was meant, what the field makes of it, what is wrong."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any, NamedTuple

from flask_babel import force_locale, gettext as _
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    FloatField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from ems.core import cells
from ems.core.cells import Converted, Counts
from ems.core.tables import plain
from ems.web.forms import Form, RowField

SPAN = re.compile(r"\s*(?:至|到|~|～|——|—)\s*")
WHOLE = re.compile(r"\.0+$")  # a whole number, as it stands in a CSV file some programs write
SIMPLE = {Length, InputRequired, DataRequired, Optional}
KEPT = 40  # characters; longer texts hardly come twice, so what was made of them is not remembered
LISTED = 12  # words of a list that a remedy spells out
YES = ("是", "有", "1", "√", "y", "yes", "true", "已", "对")
NO = ("否", "无", "0", "×", "n", "no", "false", "未", "不")


class Said(NamedTuple):
    """What is the matter, and how to mend it."""

    trouble: str
    remedy: str


class Reading(NamedTuple):
    said: str
    data: Any
    errors: tuple[Said, ...] = ()
    doubts: tuple[Said, ...] = ()
    counts: tuple[Converted, ...] = ()
    unknown: bool = False  # a word that is not in the list
    start: date | None = None  # of "2020-01-01 至 2024-12-31", which ends on `data`


class Filled:
    """One field's answer, as a posted form would hold it."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def __contains__(self, name: object) -> bool:
        return name == self.name

    def getlist(self, _name: str) -> list[str]:
        return [self.value]


class Slot:
    """Reads the cells of one column. The same cell is read once: what a field makes of it hangs on nothing else."""

    def __init__(self, form: Form, name: str, values: Iterable[Any], words: Mapping[str, Any], **told: bool) -> None:
        self.form, self.field = form, form[name]
        words_told = ("code", "nothing", "exact", "span")
        self.code, self.nothing, self.exact, self.span = (told.get(word, False) for word in words_told)
        self.title = str(self.field.label.text)
        self.words = vocabulary(self.field, words)
        self.order = cells.order_of(values) if isinstance(self.field, DateField) else cells.Order.OPEN
        self.longest = longest(self.field)
        self.known: dict[Any, Reading] = {}

    def read(self, value: Any) -> Reading:
        key = value if isinstance(value, str) else (type(value), value)  # 1.0 and True are equal, and say other things
        known = self.known.get(key)
        if known is None:
            counts: Counts = Counter()
            known = self.made(value, counts)._replace(counts=tuple(counts.elements()))
            if not isinstance(value, str) or len(value) <= KEPT:
                self.known[key] = known
        return known

    def made(self, value: Any, counts: Counts) -> Reading:
        if isinstance(self.field, DateField):
            return self.dated(value, counts)
        text = self.text(value, counts)
        if (self.nothing or self.words is not None) and text in cells.NOTHING:
            counts[Converted.NOTHING] += 1
            text = ""
        return self.through(text) if self.words is None else self.chosen(text)

    def text(self, value: Any, counts: Counts) -> str:
        if isinstance(self.field, IntegerField | DecimalField | FloatField):
            number = cells.number(value, counts)
            return WHOLE.sub("", number) if isinstance(self.field, IntegerField) else number
        if self.exact:
            return cells.exact(value, counts)
        if self.code:
            return cells.code(value, counts)
        read = cells.seen if isinstance(self.field, TextAreaField) else cells.word
        return read(cells.text_of(value), counts)

    def through(self, text: str, said: str | None = None) -> Reading:
        """What the form's field makes of it, and which of its rules it breaks."""
        if 0 < len(text) <= self.longest:
            for change in self.field.filters:
                text = change(text)
            return Reading(text, text)
        self.field.process(Filled(self.field.name, text))
        self.field.validate(self.form)
        shown = text if said is None else said
        return Reading(shown, self.field.data, tuple(Said(str(e), self.remedy(shown)) for e in self.field.errors))

    def dated(self, value: Any, counts: Counts) -> Reading:
        read = cells.day(value, self.order, counts)
        if read is None:
            return self.through("")
        said = cells.text_of(value)
        if read.day is None and self.span and (both := self.spanned(said, counts)):
            return both
        if read.day is None:
            wrong = Said(_("不是有效日期"), _("改为 2026-12-03 这样的年月日"))
            if self.field.flags.required:
                return Reading(said, None, (wrong,))
            return Reading(said, None, (), (wrong._replace(trouble=_("不是有效日期，按空白存入")),))
        made = self.through(f"{read.day}", said)
        if read.doubtful:
            why = _("月和日的先后看不出来，按 %(day)s 读入", day=read.day)
            return made._replace(doubts=(Said(why, _("请核对；不对的改为 2026-12-03 这样的年月日")),))
        return made

    def spanned(self, said: str, counts: Counts) -> Reading | None:
        """From a day to a day, in one cell."""
        parts = SPAN.split(said)
        if len(parts) != 2:  # noqa: PLR2004  where from and where to
            return None
        first, last = (cells.day(part, self.order, counts) for part in parts)
        if not (first and first.day and last and last.day):
            return None
        counts[Converted.SPAN] += 1
        return self.through(f"{last.day}", said)._replace(start=first.day)

    def chosen(self, word: str) -> Reading:
        assert self.words is not None  # noqa: S101  for the type checker: `made` asked
        if not word:
            return self.through("") if self.field.flags.required else Reading("", self.initial())
        found = self.words.get(plain(word), self.words.get(plain(word, whole=False)))
        if found is None:
            return Reading(word, None, (Said(self.stranger(), self.remedy(word)),), unknown=True)
        if isinstance(self.field, BooleanField):
            return Reading(word, found)
        return self.through(str(getattr(found, "value", found)), word)

    def initial(self) -> Any:
        self.field.process(None)
        return self.field.data

    def stranger(self) -> str:
        return _("没有这个%(title)s", title=self.title) if isinstance(self.field, RowField) else _("不在列表之中")

    def remedy(self, said: str) -> str:
        if not said and self.field.flags.required:
            return _("补填%(title)s", title=self.title)
        if isinstance(self.field, DateField):
            return _("改为 2026-12-03 这样的年月日")
        if isinstance(self.field, IntegerField | DecimalField | FloatField):
            return _("只写数字，例如 12")
        labels = offered(self.field)
        if not labels:
            return _("按左边的提示改正")
        if near := get_close_matches(said, labels, 1, 0.4):
            return _("是否“%(label)s”？请照清单填写", label=near[0])
        listed = _("、").join(labels[:LISTED])
        return _("填其中之一：%(words)s", words=listed + ("……" if len(labels) > LISTED else ""))


def longest(field: Field) -> int:
    """How long a text may be that breaks no rule; 0 where the field asks more of it.

    A field asked in full costs twenty times as much, and a sheet has a hundred thousand cells.
    """
    rules: list[Any] = list(field.validators)
    if type(field) not in {StringField, TextAreaField} or not all(type(rule) in SIMPLE for rule in rules):
        return 0
    return min((rule.max for rule in rules if type(rule) is Length), default=0)


def offered(field: Field) -> list[str]:
    if isinstance(field, BooleanField):
        return [_("是"), _("否")]
    if isinstance(field, RowField):
        return [name for _id, name in field.rows()]
    if isinstance(field, SelectField):
        return [label for label, _value in listed(field)]
    return []


def listed(field: Any) -> list[tuple[str, Any]]:
    """What a list offers: label and value."""
    return [(str(choice.label), choice.value) for choice in field.iter_choices() if choice.value]


def vocabulary(field: Field, words: Mapping[str, Any]) -> dict[str, Any] | None:
    """Each word that means something in this field; None where any text will do."""
    if isinstance(field, BooleanField):
        return dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    if isinstance(field, RowField):
        known = {plain(name): id for id, name in field.rows()}
    elif isinstance(field, SelectField):
        known = {plain(value): value for _label, value in listed(field)}
        for language in ("en", "zh_CN"):  # a sheet speaks its writer's language, not its reader's
            with force_locale(language):
                known |= {plain(label): value for label, value in listed(field)}
    else:
        return None
    return {plain(word): value for word, value in words.items()} | known
