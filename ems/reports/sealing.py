"""Sealing (签发封存): all that a report says is frozen with a digest; and whether it still is what was sealed."""

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import force_locale, gettext as _
from sqlalchemy import Integer, cast, select

from ems.core import attachments, dates, module, sheets
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.figures import Figure, Period
from ems.core.people import User
from ems.core.policy import reach
from ems.core.sets import given
from ems.reports import text
from ems.reports.models import Report, SealedFigure
from ems.reports.rules import WORKFLOW
from ems.reports.text import Part
from ems.reports.values import Value, of_report
from ems.reports.work import paper
from ems.web import pdf

FIGURE = ("code", "title", "unit", "value", "last_year", "last_sealed", "of", "rows", "model")


@dataclass(frozen=True)
class Frozen:
    """A report as it stands: its words and numbers, and all rows behind them."""

    title: str
    until: date
    sections: list[dict[str, str]]
    figures: list[dict[str, Any]]  # what `SealedFigure` holds, `kept` not yet packed
    values: dict[str, Value]
    parts: list[Part]

    @property
    def digest(self) -> str:
        figures = [{key: figure[key] for key in FIGURE} | {"digest": figure["digest"]} for figure in self.figures]
        return content(self.title, self.until, self.sections, figures)


def content(title: str, until: date, sections: list[dict[str, str]], figures: list[dict[str, Any]]) -> str:
    return digest({"title": title, "until": until.isoformat(), "sections": sections, "figures": figures})


def digest(told: Any) -> str:
    """SHA-256 of the one way of writing `told` as JSON."""
    whole = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(whole.encode()).hexdigest()


def freeze(report: Report) -> Frozen:
    """Reads it all, in Chinese whoever seals. Nothing is written."""
    with force_locale("zh_CN"):
        period = dates.so_far(report.year)
        found = of_report(report)
        parts = text.parts(report, found)
        figures = [frozen(figure, found[code], period) for code, figure in module.figures().items()]
        sections = [{"code": p.section.code, "heading": p.heading, "text": p.text} for p in parts]
        return Frozen(report.title, period[1], sections, figures, found, parts)


def frozen(figure: Figure[Any], value: Value, period: Period) -> dict[str, Any]:
    columns, rows = stood(figure, period)
    told = {
        "code": figure.code, "title": value.title, "unit": value.unit, "value": said(value.value),
        "last_year": said(value.last_year), "last_sealed": value.sealed_last, "of": said(value.of), "rows": value.rows,
        "model": figure.model.__tablename__,
    }  # fmt: skip
    kept = {"columns": columns, "rows": rows}
    return told | {"digest": digest(told | kept), "kept": kept}


def said(number: Any) -> str | None:
    return None if number is None else text.written(number)


def stood(figure: Figure[Any], period: Period) -> tuple[list[str], list[list[Any]]]:
    """The rows behind a figure, each its id and what the register shows of it."""
    model = figure.model
    subject = next((s for s in module.subjects() if s.model is model), None)
    if subject and subject.register:
        register = subject.register
        columns = [(str(c.title), c.of) for c in register.listed]
        rows = register.join(select(model.id, *(of for _title, of in columns)).select_from(model))
    else:
        columns = [(_("编号"), subject.no), (_("名称"), subject.title)] if subject else []
        rows = select(model.id, *(of for _title, of in columns))
    found = db.session.execute(rows.where(figure.ids(period)).order_by(model.id))
    return [title for title, _of in columns], [[row[0], *map(words, row[1:])] for row in found]


def words(value: Any) -> Any:
    value = sheets.plain(value)
    return value.isoformat() if isinstance(value, date) else value


def sealable(report: Report) -> tuple[Frozen, bytes]:
    """What would be sealed, and its paper. Printing takes seconds, in which nothing is locked."""
    held = freeze(report)
    return held, pdf.printed(paper(report, held.parts, held.values, held.until, held.digest))


def seal(report: Report, held: Frozen, paper: bytes, user: User) -> None:
    """Keep it for good. Raises `Refused` where a row or a word changed while it was being printed."""
    db.session.expire_all()
    if freeze(report).digest != held.digest:
        raise Refused(_("生成 PDF 期间数据有变动，没有签发。请核对后重新签发。"))
    for seq, told in enumerate(held.figures):
        db.session.add(SealedFigure(**told | {"kept": packed(told["kept"]), "report_id": report.id, "seq": seq}))
    db.session.flush()  # before the report is sealed: after that the database takes no more
    WORKFLOW.fire("seal", user, report)
    report.sealed_by_id, report.sealed_at, report.until = user.id, dates.now(), held.until
    report.rendered, report.content_digest = held.sections, held.digest
    report.pdf_digest = attachments.store(paper)
    report.digest = whole(report)


def whole(report: Report) -> str:
    """The digest over everything: words, numbers, rows, paper, and who sealed it when."""
    at = report.sealed_at.isoformat(timespec="seconds") if report.sealed_at else ""
    told = {"content": report.content_digest, "pdf": report.pdf_digest, "by": report.sealed_by_id, "at": at}
    return digest(told | {"no": report.no, "year": report.year})


def packed(kept: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(), 9)


def unpacked(figure: SealedFigure) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(zlib.decompress(figure.kept))
    return kept


def faults(report: Report) -> Iterator[str]:
    """What of a sealed report is no longer as it was sealed; nothing, if all is."""
    for figure in report.figures:
        if digest(kept(figure) | unpacked(figure)) != figure.digest:
            yield _("数字“%(title)s”与封存时不一致", title=figure.title)
    figures = [kept(figure) | {"digest": figure.digest} for figure in report.figures]
    until, rendered = report.until or date.min, report.rendered or []
    if content(report.title, until, rendered, figures) != report.content_digest:
        yield _("正文或数字清单与封存时不一致")
    path = attachments.place(report.pdf_digest or "-")
    if not path.exists():
        yield _("PDF 文件不在了")
    elif hashlib.sha256(path.read_bytes()).hexdigest() != report.pdf_digest:
        yield _("PDF 文件与封存时不一致")
    if whole(report) != report.digest:
        yield _("总校验码与封存时不一致")


def kept(figure: SealedFigure) -> dict[str, Any]:
    return {key: getattr(figure, key) for key in FIGURE}


def seen(figure: SealedFigure, user: User) -> tuple[list[str], list[list[Any]]]:
    """The columns and rows as they stood, those of them that `user` may see today."""
    told = unpacked(figure)
    model = next((s.model for s in module.subjects() if s.type == figure.model), None)
    if model is None:
        return told["columns"], []
    table, id = given(db.engine.dialect.name, "ids")
    asked = select(model.id).join(table, model.id == cast(id, Integer))
    mine = asked.where(model.unit_id.in_(reach(user, model.area))).order_by(model.id)
    ids = set(db.session.scalars(mine, {"ids": [row[0] for row in told["rows"]]}))
    return told["columns"], [row for row in told["rows"] if row[0] in ids]
