"""The log, for the log administrator: who did what to which record, and whether the chain is whole.

The columns that changed are named to whoever reads the log; what stood in them only to those whose reach includes the
row. What was typed at the door (log-ins that failed, names there are not) is the log's own business and is shown.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import Select, select

from ems.core import audit, dates, module, sheets
from ems.core.audit import LogEntry
from ems.core.db import db
from ems.core.people import User
from ems.core.policy import Act, reach
from ems.core.register import Column
from ems.settings.forms import LogForm
from ems.settings.logged import kinds, listed, titles
from ems.web.listing import XLSX
from ems.web.session import can, me, needs

bp = Blueprint("log", __name__, url_prefix="/log")
PAGE = 50
MOST = 20_000  # entries in one sheet
DOOR = {"logged in", "logged out", "login failed", "locked out", "login refused", "unlocked", "password reset"}
ACTS = {
    "added": _l("新增"), "changed": _l("修改"), "deleted": _l("删除"),
    "logged in": _l("登录"), "logged out": _l("退出"), "login failed": _l("登录失败"), "login refused": _l("拒绝登录"),
    "locked out": _l("登录锁定"), "unlocked": _l("解除锁定"), "password reset": _l("重置密码"),
    "exported": _l("导出"), "file voided": _l("附件作废"), "log verified": _l("校验日志"),
    "setting changed": _l("改设置"), "day set": _l("改日历"), "rule on": _l("启用规则"), "rule off": _l("停用规则"),
    "rule changed": _l("改规则"), "duties recounted": _l("重算期限"), "loaded": _l("导入"),
    "administrator made": _l("建立管理员"), "post taken back": _l("撤销岗位"), "deputy taken back": _l("撤销代理"),
    "sent again": _l("重发"), "unmasked": _l("查看身份"), "pause ended": _l("恢复计时"),
}  # fmt: skip
AREAS = {"user": "people", "post": "people", "deputy": "people", "unit": "units", "setting": "settings"}
AREAS |= {"workday": "settings", "rule": "settings", "rule_local": "settings", "log": "log"}


class Told(NamedTuple):
    entry: LogEntry
    act: Any
    kind: Any
    no: str
    changes: list[tuple[str, str | None, str | None]]
    spelt: bool
    titles: Mapping[str, Any]


@bp.get("/")
@needs("log", Act.VIEW)
def index() -> ResponseReturnValue:
    form = LogForm(request.args, meta={"csrf": False})
    form.validate()
    rows = asked(form, request.args)
    if request.args.get("before", "").isdecimal():
        rows = rows.where(LogEntry.id < int(request.args["before"]))
    found = db.session.scalars(rows.limit(PAGE + 1)).all()
    page = {"lines": told(found[:PAGE]), "older": found[PAGE - 1].id if len(found) > PAGE else None}
    return render_template(
        "settings/log.html", form=form, acts=ACTS, kinds=kinds(), **page
    ), 422 if form.errors else 200


def asked(form: LogForm, args: Mapping[str, str]) -> Select[LogEntry]:
    """Newest first. Days are the bureau's own."""
    found = select(LogEntry).order_by(LogEntry.id.desc())
    if words := (form.actor.data or "").strip():
        found = found.where(LogEntry.actor.contains(words, autoescape=True))
    if form.since.data:
        found = found.where(LogEntry.at >= midnight(form.since.data))
    if form.until.data:
        found = found.where(LogEntry.at < midnight(form.until.data + timedelta(days=1)))
    for name, column in (("act", LogEntry.act), ("kind", LogEntry.subject_type)):
        if args.get(name):
            found = found.where(column == args[name])
    if args.get("id", "").isdecimal():
        found = found.where(LogEntry.subject_id == int(args["id"]))
    return found


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), dates.HERE)


def told(entries: Iterable[LogEntry]) -> list[Told]:
    found, names, known, mine = list(entries), kinds(), listed(), Reach()
    numbers = numbers_of(found)
    lines = []
    for entry in found:
        spelt = entry.act in DOOR or mine.includes(entry)
        values = [(name, *(pair if spelt else (None, None))) for name, pair in entry.changes.items()]
        about = (entry.subject_type, entry.subject_id)
        no = numbers.get(about) or (f"#{entry.subject_id}" if entry.subject_id else "")
        lines.append(
            Told(
                entry,
                ACTS.get(entry.act, entry.act),
                names.get(entry.subject_type, entry.subject_type),
                no,
                values,
                spelt,
                titles(entry.subject_type, known),
            )
        )
    return lines


class Reach:
    """Which rows the reader's reach includes; each kind's units are asked for once."""

    def __init__(self) -> None:
        self.areas = AREAS | {subject.type: subject.model.area for subject in module.subjects()}
        self.units: dict[str, set[int]] = {}

    def includes(self, entry: LogEntry) -> bool:
        area = self.areas.get(entry.subject_type)
        if area is None or not can(area):
            return False
        if entry.unit_id is None:
            return entry.subject_type in AREAS
        if area not in self.units:
            self.units[area] = set(db.session.scalars(reach(me, area)))
        return entry.unit_id in self.units[area]


def numbers_of(entries: list[LogEntry]) -> dict[tuple[str, int | None], str]:
    """The numbers of the records on this page, the names of the accounts: one statement for each kind."""
    users = {entry.subject_id for entry in entries if entry.subject_type == "user"}
    names = db.session.execute(select(User.id, User.username).where(User.id.in_(users)))
    found: dict[tuple[str, int | None], str] = {("user", id): name for id, name in names}
    for subject in module.subjects():
        ids = {entry.subject_id for entry in entries if entry.subject_type == subject.type}
        if ids:
            rows = db.session.execute(select(subject.model.id, subject.no).where(subject.model.id.in_(ids)))
            found |= {(subject.type, id): no for id, no in rows}
    return found


@bp.get("/export.xlsx")
@needs("log", Act.VIEW)
def export() -> ResponseReturnValue:
    form = LogForm(request.args, meta={"csrf": False})
    form.validate()
    titles = (_("时间"), _("人员"), _("地址"), _("动作"), _("对象"), _("编号"), _("字段"), _("摘要值"))
    columns = [Column(f"{n}", title, None, width=20) for n, title in enumerate(titles)]
    found = db.session.scalars(asked(form, request.args).limit(MOST)).all()
    lines = (
        [t.entry.at, t.entry.actor, t.entry.address, str(t.act), str(t.kind), t.no, said(t), t.entry.hash]
        for t in told(found)
    )
    name = f"{_('日志')}_{dates.today():%Y%m%d}.xlsx"
    body = sheets.book(_("日志"), columns, lines)
    audit.note(db.session(), "exported", "log", None, file=name)
    db.session.commit()
    return send_file(body, XLSX, as_attachment=True, download_name=name)


def said(line: Told) -> str:
    changes = ((line.titles.get(name, name), old, new) for name, old, new in line.changes)
    return _("；").join(f"{title}{_('：')}{old} → {new}" if line.spelt else f"{title}" for title, old, new in changes)


@bp.post("/verify")
@needs("log", Act.VIEW)
def verify() -> ResponseReturnValue:
    """Follow the chain from the first entry to the last."""
    read, broken = audit.verify(db.session())
    audit.note(db.session(), "log verified", "log", None, read=read, broken=broken)
    db.session.commit()
    if broken is None:
        flash(_("日志完整：%(n)s 条，逐条相连。", n=read), "good")
    else:
        flash(_("日志在第 %(id)s 号记录处断开（共读 %(n)s 条）。请保全数据库并报告。", id=broken, n=read), "bad")
    return redirect(url_for("log.index"), 303)
