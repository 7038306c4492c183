"""The pages on which a sheet is sent, looked at, put right and taken in. Each intake has its own, under its own act."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Flask, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from wtforms import SelectField

from ems.core import cells, marked, sheets
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.marked import Finding
from ems.core.policy import Act
from ems.core.register import Column
from ems.core.tables import Line, letter
from ems.core.uploads import SheetUpload
from ems.web import loading, matching, updating
from ems.web.forms import Form, RowField, SelectChoice
from ems.web.imports import Judged
from ems.web.kinds import INTAKES, Intake, homes
from ems.web.listing import XLSX
from ems.web.session import can, me, needs

SHOWN = 50  # findings on the page; the marked sheet has all
CHANGES = 200  # cells that would change, on the page; the marked sheet has all
NEAR = 1  # rows shown above and below one with a finding
WINDOW = 12  # rows
WIDE = 18  # characters of a cell
COLUMN = 5  # digits of a column's number, in any spreadsheet
LAST = 8  # uploads of mine on the first page
HISTORICAL = {"": None, "yes": True, "no": False}


class SheetForm(Form):
    file = FileField(_l("表格文件"), [FileRequired(_l("请先选择文件。"))])


class MeaningForm(Form):
    """What else there is to say of a sheet, beside which column is which."""

    historical = SelectField(
        _l("历史数据"),
        choices=[
            SelectChoice("", _l("收到日在 180 天以前的")),
            SelectChoice("yes", _l("全部行")),
            SelectChoice("no", _l("没有，全部按现行办理")),
        ],
    )
    unit_id = RowField(_l("没有写明单位的行归入"), list, blank=_l("默认单位"))


def init_app(app: Flask, intakes: Sequence[Intake]) -> None:
    INTAKES.update({intake.name: intake for intake in intakes})
    bp = Blueprint("imports", __name__, url_prefix="/imports")
    for intake in intakes:
        Pages(intake).declare(bp)
    app.register_blueprint(bp)


class Place(NamedTuple):
    """A row of the preview: its number, and its cells, each with how it is marked."""

    number: int
    cells: list[tuple[str, str]]


class Pages:
    """The views of one intake; every one of them asks for its area's LOAD."""

    def __init__(self, intake: Intake) -> None:
        self.intake, self.name = intake, intake.name

    def declare(self, bp: Blueprint) -> None:
        def rule(address: str, suffix: str, view: Callable[..., ResponseReturnValue], *methods: str) -> None:
            guarded = needs(self.intake.area, Act.LOAD)(view)
            bp.add_url_rule(f"/{self.name}{address}", f"{self.name}{suffix}", guarded, methods=list(methods))

        rule("/", "", self.send, "GET", "POST")
        rule("/template.xlsx", "_template", self.template, "GET")
        rule("/<int:id>", "_sheet", self.look, "GET")
        rule("/<int:id>", "_adjust", self.adjust, "POST")
        rule("/<int:id>/store", "_store", self.store, "POST")
        rule("/<int:id>/marked.xlsx", "_marked", self.marked, "GET")

    def send(self) -> ResponseReturnValue:
        form = SheetForm()
        if form.sent():
            file = form.file.data
            upload = loading.kept(self.name, file.filename or "", file.stream.read(), me)
            upload.unit_id = home(self.intake)
            db.session.add(upload)
            db.session.commit()
            return redirect(url_for(f".{self.name}_sheet", id=upload.id), 303)
        mine = select(SheetUpload).where(SheetUpload.by_id == me.id, SheetUpload.intake == self.name)
        before = db.session.scalars(mine.order_by(SheetUpload.id.desc()).limit(LAST)).unique().all()
        page = {"intake": self.intake, "form": form, "before": before}
        return render_template("import/send.html", **page), 422 if form.errors else 200

    def template(self) -> ResponseReturnValue:
        """An empty sheet with every heading that is known."""
        kind = self.intake.kinds[0]
        columns = [Column(name, title, None) for name, title in kind.fields.items()]
        name = _("导入模板_%(title)s.xlsx", title=self.intake.title)
        return send_file(sheets.book(str(kind.title), columns, []), XLSX, as_attachment=True, download_name=name)

    def look(self, id: int) -> ResponseReturnValue:
        upload = self.mine(id)
        result = loading.judged(upload, me)
        form = MeaningForm(data={"historical": told(upload.historical), "unit_id": upload.unit_id})
        form.unit_id.rows = lambda: homes(me, self.intake.area)
        page = {"intake": self.intake, "upload": upload, "result": result, "form": form, "shown": SHOWN}
        more = {"places": list(places(result)), "letter": letter, "also": others(self.intake, result)}
        more |= {
            "changes": result.changes[:CHANGES],
            "digest": updating.digest(result),
            "summed": updating.summed(result),
        }
        return render_template("import/sheet.html", heading=heading(upload, result), **page, **more)

    def adjust(self, id: int) -> ResponseReturnValue:
        """The person says which column is which, and what the rows are."""
        upload = self.mine(id)
        if upload.stored_at:
            raise Refused(_("这张表已经存入，不能再改对应。"))
        form = MeaningForm()
        form.unit_id.rows = lambda: homes(me, self.intake.area)
        if not form.sent():
            raise Refused(_("没有改成：请从列出的选项中选择。"))
        upload.mapping = mapped(self.intake)
        upload.historical = HISTORICAL[form.historical.data]
        upload.unit_id = form.unit_id.data or home(self.intake)
        db.session.commit()
        return redirect(url_for(f".{self.name}_sheet", id=id), 303)

    def store(self, id: int) -> ResponseReturnValue:
        """All of it, in one transaction, or nothing."""
        upload = self.mine(id)
        if not upload.stored_at:
            result = loading.judged(upload, me)
            if request.form.get("changes", "") not in {"", updating.digest(result)}:
                flash(_("档案在核对之后又有改动，请照下面重新核对。"), "warn")
            elif result.sound:
                loading.taken(upload, result)
                db.session.commit()
            else:
                flash(_("表里还有错误，一行也没有存入。"), "bad")
        return redirect(url_for(f".{self.name}_sheet", id=id), 303)

    def marked(self, id: int) -> ResponseReturnValue:
        upload = self.mine(id)
        result = loading.judged(upload, me)
        changes = [(c.row.number, c.row.target.no, c.title, c.old, c.new) for c in result.changes]
        body = marked.workbook(result.sheet.table, result.findings, heading(upload, result), changes)
        name = _("%(name)s_标注.xlsx", name=upload.name.rsplit(".", 1)[0])
        return send_file(body, XLSX, as_attachment=True, download_name=name)

    def mine(self, id: int) -> SheetUpload:
        asked = select(SheetUpload).where(SheetUpload.id == id, SheetUpload.by_id == me.id)
        found: SheetUpload = db.one_or_404(asked.where(SheetUpload.intake == self.name))
        return found


def mapped(intake: Intake) -> dict[str, str]:
    """Column → field, as sent. What is no column or no field of these sheets is passed over."""
    known = {name for kind in intake.kinds for name in kind.fields}
    asked = ((key.removeprefix("map_"), name) for key, name in request.form.items() if key.startswith("map_"))
    return {at: name for at, name in asked if at.isdecimal() and len(at) <= COLUMN and name in known}


def home(intake: Intake) -> int | None:
    return next((id for id, _name in homes(me, intake.area)), None)


def told(historical: bool | None) -> str:
    return next(word for word, value in HISTORICAL.items() if value is historical)


def heading(upload: SheetUpload, result: Judged) -> str:
    """What came of it, in one line."""
    if upload.stored_at:
        return _("已存入 %(n)s 行", n=upload.rows)
    if result.refusals:
        return _("导入没有完成：整张表没有读入")
    if result.faults:
        return _("导入没有完成：%(n)s 行中 %(bad)s 行有误", n=len(result.rows), bad=result.bad_rows)
    if result.idle:
        return _("无变化：%(n)s 行与现有档案一致", n=len(result.rows))
    if result.changed:
        return _("可以存入：%(told)s", told=updating.summed(result))
    return _("可以存入：%(n)s 行全部通过", n=len(result.rows))


def others(intake: Intake, result: Judged) -> list[Intake]:
    """Further intakes that find all they need on this very sheet, in columns that are not read here."""
    spare = {at for at in range(len(result.sheet.table.headings)) if at not in result.sheet.mapping}
    found = []
    for other in INTAKES.values():
        if other is intake or not can(other.area, Act.LOAD):
            continue
        for kind in other.kinds:
            needed = matching.columns(kind, result.sheet.table.headings)
            if len(needed) == len(kind.needs) and spare & set(needed):
                found.append(other)
                break
    return found


def places(result: Judged) -> Iterator[Place]:
    """The rows around the first findings, faults before doubts."""
    lines, marks = result.sheet.table.lines, marks_of(result)
    at = {line.number: n for n, line in enumerate(lines)}
    shown: set[int] = set()
    for finding in [*result.faults, *result.flags]:
        if finding.column is not None and finding.row in at and len(shown) < WINDOW:
            shown |= set(range(max(0, at[finding.row] - NEAR), min(len(lines), at[finding.row] + NEAR + 1)))
    width = len(result.sheet.table.headings)
    for n in sorted(shown)[:WINDOW]:
        yield Place(lines[n].number, list(cells_of(lines[n], width, marks)))


def marks_of(result: Judged) -> dict[tuple[int, int | None], str]:
    """Cell → bad or doubt; what refuses the sheet covers what is doubtful."""
    found: list[Finding] = [*result.flags, *result.faults]
    return {(f.row, f.column): "bad" if f.fault else "doubt" for f in found}


def cells_of(line: Line, width: int, marks: dict[tuple[int, int | None], str]) -> Iterator[tuple[str, str]]:
    for at, value in enumerate(line.cells[:width]):
        text: Any = " ".join(cells.text_of(value).split())
        yield (text if len(text) <= WIDE else f"{text[:WIDE]}…"), marks.get((line.number, at), "")
