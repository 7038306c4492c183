"""New versions of a checklist: copied from the one in force, written as a draft, published from a day on.

What was asked before stays as it was: an inspection keeps the lines it was begun with.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select

from ems.core import dates, sheets, tables
from ems.core.cells import text_of
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.register import Column
from ems.inspections.models import Checklist, ChecklistItem, InspectionType, Severity
from ems.inspections.work import in_force

SAID = ("text", "text_en", "law", "article", "also_law", "also_article", "severity", "days")
LOCAL = "local"  # nobody compared its article with the law
MOST = 80  # items
LONGEST = {"text": 300, "text_en": 400, "law": 120, "article": 60, "also_law": 120, "also_article": 60}
DAYS = 365
COLUMNS = (
    Column("number", _l("序号"), None, kind="number", width=8),
    Column("code", _l("代号"), None, width=12),
    Column("text", _l("检查内容"), None, width=60),
    Column("text_en", _l("英文"), None, width=40),
    Column("law", _l("依据"), None, width=28),
    Column("article", _l("条款"), None, width=14),
    Column("also_law", _l("另据"), None, width=28),
    Column("also_article", _l("另据条款"), None, width=14),
    Column("severity", _l("程度"), None, width=10),
    Column("days", _l("整改天数"), None, kind="number", width=10),
)
HEADINGS = {
    "code": ("代号", "编号"), "text": ("检查内容", "内容", "检查项"), "text_en": ("英文", "英文内容"),
    "law": ("依据", "法规"), "article": ("条款",), "also_law": ("另据", "另据法规"), "also_article": ("另据条款",),
    "severity": ("程度", "严重程度"), "days": ("整改天数", "天数"),
}  # fmt: skip


def versions(type: InspectionType) -> Sequence[Checklist]:
    """The latest first, a draft before all."""
    rows = select(Checklist).where(Checklist.type == type).order_by(Checklist.version.desc(), Checklist.id)
    return db.session.scalars(rows).all()


def draft_of(type: InspectionType) -> Checklist | None:
    return next((one for one in versions(type) if one.draft), None)


def copied(item: ChecklistItem) -> ChecklistItem:
    known = {name: getattr(item, name) for name in ("number", "code", "status", *SAID)}
    return ChecklistItem(**known)


def begin(type: InspectionType) -> Checklist:
    """A draft that reads like the last version, or the one there is. Not committed."""
    if draft := draft_of(type):
        return draft
    last = next(iter(versions(type)), None)
    if last is None:
        raise Refused(_("“%(type)s”还没有检查表，请系统管理员载入基础数据。", type=type.label))
    known = {name: getattr(last, name) for name in ("title", "title_en")}
    draft = Checklist(type=type, version=last.version + 1, draft=True, since=first_day(type), **known)
    draft.items = [copied(item) for item in last.items]
    db.session.add(draft)
    db.session.flush()
    return draft


def first_day(type: InspectionType) -> date:
    """The first day from which a new version can hold: tomorrow, and after the last version that was published."""
    published = [one.since for one in versions(type) if not one.draft]
    return max([dates.today(), *published]) + timedelta(days=1)


def too_early(checklist: Checklist, day: date) -> str | None:
    """Of a type one version holds on each day: a new one begins after all others, and not in the past."""
    first = first_day(checklist.type)
    return None if day >= first else _("最早从 %(day)s 起施行：已施行和已公布的版本不能改动。", day=first)


def publish(checklist: Checklist, day: date) -> None:
    """It holds from `day` on. Raises `Refused`. Not committed."""
    if not checklist.draft:
        raise Refused(_("这一版已经公布。"))
    if said := too_early(checklist, day):
        raise Refused(said)
    if not checklist.items:
        raise Refused(_("没有检查项，不能公布。"))
    checklist.draft, checklist.since = False, day


def take_back(checklist: Checklist) -> None:
    """A published version that does not hold yet is a draft again. Raises `Refused`. Not committed."""
    if checklist.draft or checklist.since <= dates.today():
        raise Refused(_("这一版已经施行，不能撤回；要改的请另起一版。"))
    if draft_of(checklist.type):
        raise Refused(_("这一类已有草稿，请先公布或删除草稿。"))
    checklist.draft = True


def drop(checklist: Checklist) -> None:
    """A draft that is not wanted. Nothing points at its items. Not committed."""
    if not checklist.draft:
        raise Refused(_("已公布的版本不能删除。"))
    for item in checklist.items:
        db.session.delete(item)
    db.session.flush()
    db.session.delete(checklist)


def write(checklist: Checklist, rows: Iterable[dict[str, Any]]) -> None:
    """Put these items in the place of the draft's own, in their order. Not committed.

    An item keeps its code; where its article reads otherwise, nobody has compared it.
    """
    before = {item.code: item for item in checklist.items}
    made = []
    for number, row in enumerate(named(checklist, list(rows)), start=1):
        old = before.get(row["code"])
        cites = ("law", "article", "also_law", "also_article")
        same = old is not None and all(getattr(old, name) == row[name] for name in cites)
        made.append(ChecklistItem(number=number, status=old.status if old and same else LOCAL, **row))
    for item in list(checklist.items):
        db.session.delete(item)
    db.session.flush()  # the numbers are free before they are given again
    db.session.expire(checklist, ["items"])
    for item in made:
        item.checklist_id = checklist.id
    db.session.add_all(made)
    db.session.flush()
    db.session.expire(checklist, ["items"])


def named(checklist: Checklist, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A new item gets the next code that no version of the list has had."""
    used = {item.code for one in versions(checklist.type) for item in one.items} | {row["code"] for row in rows}
    letters = next((found[0] for code in sorted(used) if (found := re.match(r"[A-Z]+", code))), "X")
    last = max((int(found[1]) for code in used if (found := re.fullmatch(rf"{letters}(\d+)", code))), default=0)
    for row in rows:
        if not row["code"]:
            last += 1
            row = row | {"code": f"{letters}{last:02d}"}  # noqa: PLW2901
        yield row


@dataclass(frozen=True)
class Change:
    """How one item differs from the version before: new, gone, or other words."""

    kind: str  # added, dropped, changed
    item: ChecklistItem
    before: ChecklistItem | None = None
    fields: tuple[str, ...] = ()


def before(checklist: Checklist) -> Checklist | None:
    return next((one for one in versions(checklist.type) if one.version < checklist.version), None)


def compared(checklist: Checklist, other: Checklist) -> list[Change]:
    old = {item.code: item for item in other.items}
    found = []
    for item in checklist.items:
        was = old.pop(item.code, None)
        if was is None:
            found.append(Change("added", item))
        elif fields := tuple(name for name in SAID if getattr(item, name) != getattr(was, name)):
            found.append(Change("changed", item, was, fields))
    return [*found, *(Change("dropped", item) for item in old.values())]


def sheet(checklist: Checklist) -> BytesIO:
    """The list as a sheet that `read` takes back."""
    rows = ([getattr(item, column.name) for column in COLUMNS] for item in checklist.items)
    return sheets.book(str(checklist.title), COLUMNS, rows)


def read(name: str, content: bytes) -> list[dict[str, Any]]:
    """The items in a sheet. Raises `Refused` with all that is wrong, by its row."""
    rows, faults = [], []
    for line, cells in rows_of(name, content):
        row, wrong = item_of(cells)
        rows.append(row)
        faults += [_("第 %(n)s 行：%(what)s", n=line, what=what) for what in wrong]
    codes = [row["code"] for row in rows if row["code"]]
    faults += [_("代号 %(code)s 出现不止一次。", code=code) for code in sorted(set(codes)) if codes.count(code) > 1]
    if not rows:
        faults.append(_("表里没有检查项。"))
    if len(rows) > MOST:
        faults.append(_("一份检查表最多 %(n)s 项。", n=MOST))
    if faults:
        raise Refused(" ".join(faults[:8]))
    return rows


def rows_of(name: str, content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The first sheet that has a heading for what is asked."""
    words = {tables.plain(word): field for field, some in HEADINGS.items() for word in some}
    for grid in tables.opened(name, content):
        for head, row in enumerate(grid.rows[: tables.DEEP]):
            at = {words[w]: n for n, cell in enumerate(row) if (w := tables.plain(text_of(cell))) in words}
            if "text" in at:
                for line, cells in enumerate(grid.rows[head + 1 :], start=head + 2):
                    found = {field: text_of(cells[n]).strip() if n < len(cells) else "" for field, n in at.items()}
                    if any(found.values()):
                        yield line, found
                return
    raise Refused(_("没有找到“检查内容”这一列。请用导出的检查表修改后再导入。"))


def item_of(cells: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    row: dict[str, Any] = {name: cells.get(name, "") for name in LONGEST}
    row["code"] = re.sub(r"\W", "", cells.get("code", "")).upper()[:40]
    wrong = [_("“%(text)s…”太长。", text=row[name][:10]) for name, most in LONGEST.items() if len(row[name]) > most]
    if not row["text"]:
        wrong.append(_("没有检查内容。"))
    severity = {str(one.label): one for one in Severity} | {"": Severity.NORMAL}
    if (said := cells.get("severity", "")) not in severity:
        wrong.append(_("程度“%(said)s”只能是“严重”或者“一般”。", said=said))
    row["severity"] = severity.get(said, Severity.NORMAL)
    days = cells.get("days", "")
    if days and not (days.isdecimal() and 1 <= int(days) <= DAYS):
        wrong.append(_("整改天数“%(said)s”须是 1 到 %(most)s 的整数。", said=days, most=DAYS))
    row["days"] = int(days) if days.isdecimal() else None
    return row, wrong


def in_force_now(type: InspectionType) -> Checklist | None:
    return in_force(type, dates.today())
