"""Taking in the sheets of others: each row through its form, and all pass or none is kept. Nothing here commits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from flask_babel import gettext as _
from wtforms import ValidationError
from wtforms.validators import StopValidation

from ems.core import dates
from ems.core.cells import Converted
from ems.core.errors import Refused
from ems.core.marked import Finding
from ems.core.tables import Line
from ems.web import updating
from ems.web.kinds import Change, Doubt, Given, ImportKind, Row, Updates
from ems.web.matching import Understood
from ems.web.readings import Reading, Said, Slot

HISTORICAL = timedelta(days=180)
Pair: TypeAlias = tuple[Row, dict[str, Reading]]


@dataclass
class Judged:
    """What came of a sheet: nothing of it is stored yet."""

    sheet: Understood
    given: Given
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)  # of the sheet as a whole
    notes: list[str] = field(default_factory=list)
    counts: Counter[Converted] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)  # why → rows that are none of this kind

    @property
    def faults(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.fault]

    @property
    def flags(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.fault]

    @property
    def bad_rows(self) -> int:
        return len({finding.row for finding in self.faults})

    @property
    def sound(self) -> bool:
        return not self.refusals and not self.faults and bool(self.rows) and not self.idle

    @property
    def fresh(self) -> list[Row]:
        """Rows that make a new record."""
        return [row for row in self.rows if row.target is None]

    @property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if row.changes]

    @property
    def changes(self) -> list[Change]:
        return [change for row in self.rows for change in row.changes]

    @property
    def idle(self) -> bool:
        """All rows are records that are here, and say what those say."""
        return bool(self.rows) and not self.faults and not self.fresh and not self.changed

    def doubted(self, doubt: Doubt) -> None:
        said = doubt.row.said.get(doubt.field, "")
        self.found(doubt.row.number, doubt.field, said, doubt.trouble, doubt.remedy, fault=doubt.fault)

    def found(self, row: int, name: str, said: str, trouble: str, remedy: str, *, fault: bool) -> None:
        column = self.sheet.column(name) if name else None
        title = self.sheet.table.headings[column] if column is not None else self.sheet.kind.fields.get(name, "")
        self.findings.append(Finding(row, column, title, said, trouble, remedy, fault))


def judged(sheet: Understood, given: Given) -> Judged:
    """Every row through its form, then all of them together."""
    result = Judged(sheet, given)
    if sheet.missing and not names_records(sheet):
        listed = _("、").join(sheet.missing)
        result.refusals.append(_("没有找到这些列：%(names)s。请在“列的对应”里指明，或补上这些列。", names=listed))
        return result
    if given.unit_id is None:
        result.refusals.append(_("您没有可以存入的单位。请联系安全管理员核对您的岗位。"))
        return result
    Judging(result).run()
    for doubt in [*twice(sheet.kind, result.rows), *sheet.kind.judge(result.rows, given)]:
        result.doubted(doubt)
    result.notes += sheet.kind.remarks(result.rows, given)
    result.findings.sort(key=lambda f: (f.row, -1 if f.column is None else f.column))
    if not result.rows and not result.faults:
        result.refusals.append(_("没有可以存入的行。"))
    return result


def names_records(sheet: Understood) -> bool:
    """It may only change what is here, and then needs nothing but what names the records."""
    return sheet.kind.updates is not None and any(sheet.column(key) is not None for key in sheet.kind.updates.keys)


class Judging:
    """One sheet on its way through one form: the form is made once, for making it costs more than all its rules."""

    def __init__(self, result: Judged) -> None:
        self.result, self.kind, given = result, result.sheet.kind, result.given
        self.form = self.kind.form(formdata=None, meta={"csrf": False})
        self.form.given = given
        lines = result.sheet.table.lines
        self.slots = {
            name: Slot(
                self.form, name, (line.cells[at] for line in lines), self.kind.words.get(name, {}),
                code=name in self.kind.codes, nothing=name in self.kind.blank, exact=name in self.kind.exact,
                span=name in self.kind.spans,
            )
            for at, name in result.sheet.mapping.items()
        }  # fmt: skip
        self.empty = {f.name: f.data for f in self.form if f.name != "csrf_token"}
        if "unit_id" in self.empty:
            self.empty["unit_id"] = given.unit_id
        self.inline = [
            (name, check) for name in self.form._fields if (check := getattr(self.form, f"validate_{name}", None))
        ]

    def run(self) -> None:
        read: Iterator[Pair] = map(self.read, self.result.sheet.table.lines)
        if self.kind.updates:
            read = self.known(self.kind.updates, list(read))
        for row, readings in read:
            if row.target is None and (why := self.kind.skip(row)):
                self.result.left_out[why] += 1
                continue
            self.result.rows.append(row)
            self.told(row, readings)
            if row.target is None or row.changes:
                self.rules(row)

    def known(self, spec: Updates, read: list[Pair]) -> Iterator[Pair]:
        """Lay each row that names a record over it; the rest are new, and need what new ones do."""
        for doubt in updating.matched(spec, [row for row, _readings in read], self.result.given):
            self.result.doubted(doubt)
        missing = self.result.sheet.missing
        for row, readings in read:
            if row.target is None:
                row.refused += [
                    ("", _("没有“%(title)s”", title=title), _("补上这一列；改已有档案的写明编号")) for title in missing
                ]
                counted = readings
            else:
                counted = updating.overlaid(spec, row, self.slots, readings)
                row.historical = self.old(row)
            for name, trouble, remedy in row.refused:
                self.result.found(row.number, name, row.said.get(name, ""), trouble, remedy, fault=True)
            yield row, counted

    def read(self, line: Line) -> Pair:
        cleared = {
            name
            for at, name in self.result.sheet.mapping.items()
            if self.kind.updates and updating.clears(line.cells[at])
        }
        readings = {
            name: updating.erased(self.slots[name]) if name in cleared else self.slots[name].read(line.cells[at])
            for at, name in self.result.sheet.mapping.items()
        }
        row = Row(line.number, {name: r.said for name, r in readings.items()}, dict(self.empty), cleared=cleared)
        for name, reading in readings.items():
            if name != "unit_id" or reading.data is not None:
                row.data[name] = reading.data
            start = self.kind.spans.get(name)
            if start and reading.start and not row.data[start]:
                row.data[start] = reading.start
        row.historical = self.old(row)
        return row, readings

    def old(self, row: Row) -> bool:
        if not self.kind.dated or self.result.given.historical is not None:
            return bool(self.result.given.historical)
        day = row.data.get(self.kind.dated)
        return day is not None and dates.today() - day > HISTORICAL

    def told(self, row: Row, readings: Mapping[str, Reading]) -> None:
        for name, reading in readings.items():
            if reading.counts:
                self.result.counts.update(reading.counts)
            if not (reading.errors or reading.doubts):
                continue
            errors: Sequence[Said] = reading.errors
            doubts: Sequence[Said] = reading.doubts
            if reading.unknown and row.historical and name in self.kind.other:
                row.data[name] = self.kind.other[name]
                why = _("不在列表之中，按“%(other)s”存入，原词保留", other=self.kind.other[name].label)
                doubts = [Said(why, error.remedy) for error in errors]
                errors = []
            for error in errors:
                row.sound = False
                self.result.found(row.number, name, reading.said, error.trouble, error.remedy, fault=True)
            for doubt in doubts:
                self.result.found(row.number, name, reading.said, doubt.trouble, doubt.remedy, fault=False)

    def rules(self, row: Row) -> None:
        """The form's own rules over several fields (`validate_…`)."""
        if not self.inline or (self.kind.dated and row.data.get(self.kind.dated) is None):
            return  # without its day nobody knows which rules hold for it; the day is a fault already
        self.form.line = row
        for name, data in row.data.items():
            self.form._fields[name].data = data
        for name, check in self.inline:
            try:
                check(self.form._fields[name])
                row.data[name] = self.form._fields[name].data
            except (ValidationError, StopValidation) as error:
                row.sound = False
                said, remedy = row.said.get(name, ""), getattr(error, "remedy", _("按左边的提示改正"))
                self.result.found(row.number, name, said, str(error), remedy, fault=True)


def twice(kind: ImportKind, rows: Iterable[Row]) -> Iterator[Doubt]:
    """Rows with a number that an earlier one has."""
    for names in kind.unique:
        first: dict[tuple[Any, ...], int] = {}
        for row in rows:
            number = tuple(row.data.get(name) for name in names)
            if not all(number):
                continue
            if number in first:
                why = _("与第 %(n)s 行重复", n=first[number])
                yield Doubt(row, names[-1], why, _("保留一行，删去另一行；编号写错的请改正"), fault=True)
            first.setdefault(number, row.number)


def taken_in(result: Judged) -> int:
    """Make the new rows of a sound sheet, and change those it names. Returns how many. Not committed."""
    if not result.sound:
        raise Refused(_("表里还有错误，一行也没有存入。"))
    kind, changed = result.sheet.kind, 0
    if kind.updates:
        updating.hold(result.changed)
        changed = updating.written(kind.updates, result.changed, result.given)
    return changed + (kind.store(result.fresh, result.given) if result.fresh else 0)
