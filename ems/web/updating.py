"""Rows of a sheet that are here already: what each would change, cell by cell, before anything is written.

A blank cell changes nothing; one that says 清空 empties what stands there. A cell that reads as the record's own value
would be written changes nothing either, so a register exported and sent back says that nothing differs.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import false, select, update

from ems.core import cells, sheets
from ems.core.db import Choice, db
from ems.core.errors import Refused
from ems.web.forms import RowField
from ems.web.kinds import Change, Doubt, Given, Row, Updates
from ems.web.readings import Reading, Slot

if TYPE_CHECKING:
    from ems.web.imports import Judged

CLEAR = frozenset({"清空", "CLEAR"})
AT_ONCE = 500  # ids in one question to the database


def clears(value: Any) -> bool:
    return isinstance(value, str) and value.strip().upper() in CLEAR


def erased(slot: Slot) -> Reading:
    """What a cell that says 清空 leaves: what an empty form has."""
    return Reading("", slot.initial())


def matched(spec: Updates, rows: Sequence[Row], given: Given) -> Iterator[Doubt]:
    """Say of each row which record it is, if it is one: a record is named by one row of a sheet only."""
    yield from spec.match(rows, given)
    first: dict[int, Row] = {}
    for row in rows:
        if row.target is None:
            continue
        if row.target.id in first:
            why = _("与第 %(n)s 行是同一条记录（%(no)s）", n=first[row.target.id].number, no=row.target.no)
            yield Doubt(row, spec.keys[0], why, _("保留一行，删去另一行"), fault=True)
        first.setdefault(row.target.id, row)


def overlaid(spec: Updates, row: Row, slots: Mapping[str, Slot], readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """Lay the row's cells over what its record says. Returns the readings of cells that change something."""
    row.data = row.data | {name: getattr(row.target, name) for name in spec.fields}
    counted: dict[str, Reading] = {}
    for name, reading in readings.items():
        if name not in spec.fields or (blank(reading) and name not in row.cleared):
            continue
        slot, old = slots[name], getattr(row.target, name)
        before = spoken(spec, row.target, name, old)
        if name in row.cleared:
            emptied(row, slot, name, old, before)
        elif not same(spec, slot, before, old, reading):
            row.data[name] = reading.data
            counted[name] = reading
            row.changes.append(Change(row, name, str(slot.title), before, worded(slot, reading)))
    return counted


def same(spec: Updates, slot: Slot, before: str, old: Any, reading: Reading) -> bool:
    """A cell that says what stands there is no change, even if the list it is chosen from has it no longer."""
    was, name = slot.read(before), str(slot.field.name)
    if was.said == reading.said or (not reading.errors and was.data == reading.data):
        return True
    return name in spec.same and spec.same[name](old, reading.data)


def blank(reading: Reading) -> bool:
    """Says nothing: an empty cell, or 无 where that means so. A mistake is not nothing."""
    return not reading.said.strip() or (not reading.errors and reading.data in (None, ""))


def emptied(row: Row, slot: Slot, name: str, old: Any, before: str) -> None:
    column = type(row.target).__table__.c.get(name)
    has_to_be = column is not None and not column.nullable and not isinstance(old, str | bool)
    if has_to_be or slot.field.flags.required or isinstance(old, Choice):
        row.refused.append((name, _("不能清空"), _("写上新的内容，或留空不改")))
    elif old not in (None, "", False):
        row.data[name] = type(old)() if isinstance(old, str | bool) else None
        row.changes.append(Change(row, name, slot.title, before, ""))


def spoken(spec: Updates, target: Any, name: str, value: Any) -> str:
    """What a sheet would say of it."""
    if name in spec.said:
        return spec.said[name](target)
    return cells.text_of(sheets.plain(value)) if value is not None else ""


def worded(slot: Slot, reading: Reading) -> str:
    if isinstance(reading.data, Choice):
        return str(reading.data.label)
    return reading.said if isinstance(slot.field, RowField) else cells.text_of(sheets.plain(reading.data))


def summed(result: "Judged") -> str:
    """What a sheet that names records would do, in one line."""
    fresh, changed, n = len(result.fresh), len(result.changed), len(result.changes)
    same = len(result.rows) - fresh - changed
    parts = (
        (fresh, _("新增 %(n)s 行", n=fresh)),
        (changed, _("更新 %(changed)s 行（%(n)s 处）", changed=changed, n=n)),
        (same, _("无变化 %(n)s 行", n=same)),
    )
    return _("，").join(words for count, words in parts if count)


def digest(result: "Judged") -> str:
    """Of all that would change: whoever takes the sheet in means just these changes, not those of a later moment."""
    said = "\0".join(f"{c.row.number}\1{c.field}\1{c.old}\1{c.new}" for c in result.changes)
    return hashlib.sha256(f"{len(result.fresh)}\0{said}".encode()).hexdigest()[:16]


def hold(changed: Sequence[Row]) -> None:
    """The records stay as they were judged until the transaction ends. Raises `Refused` where one has changed since."""
    if not changed:
        return
    model: Any = type(changed[0].target)
    if db.engine.dialect.name == "sqlite":  # it knows no lock on a row: who writes locks the whole, if only nothing
        db.session.connection().execute(update(model.__table__).where(false()).values(id=model.id))
    for at in range(0, len(changed), AT_ONCE):
        part = changed[at : at + AT_ONCE]
        was = {row.target.id: {c.field: getattr(row.target, c.field) for c in row.changes} for row in part}
        asked = select(model).where(model.id.in_(was)).order_by(model.id).with_for_update(of=model)
        for target in db.session.scalars(asked.execution_options(populate_existing=True)).unique():
            if any(getattr(target, name) != value for name, value in was[target.id].items()):
                raise Refused(_("%(no)s 在核对之后又有改动，一行也没有存入。请重新核对。", no=target.no))


def written(spec: Updates, changed: Sequence[Row], given: Given) -> int:
    """Change the records. Returns how many. Not committed."""
    for row in changed:
        spec.change(row, given)
    return len(changed)


def diary(row: Row, given: Given) -> str:
    """For the record's diary: which sheet, which row, and from what to what."""
    nothing = _("空")
    told = _("；").join(f"{c.title} {c.old or nothing} → {c.new or nothing}" for c in row.changes)
    return _("由表格更新：%(file)s 第 %(n)s 行。%(told)s", file=given.file, n=row.number, told=told)
