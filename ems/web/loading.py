"""From a file to rows: kept, read, judged, and taken in. What the pages and the command share; neither is committed."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ems.core import attachments, audit, bulk, dates, tables
from ems.core.db import db
from ems.core.errors import Refused
from ems.core.marked import Finding
from ems.core.people import User
from ems.core.uploads import SheetUpload
from ems.web import imports, matching
from ems.web.imports import Judged
from ems.web.kinds import INTAKES, Given
from ems.web.matching import Understood

REMEMBERED = 2000  # findings of a stored sheet that can be looked at again


def kept(intake: str, name: str, content: bytes, user: User) -> SheetUpload:
    """Keep the bytes. Raises `Refused` for what is no sheet."""
    if not content:
        raise Refused(_("文件“%(name)s”是空的，请重新选择。", name=name))
    if len(content) > attachments.LARGEST:
        raise Refused(_("文件“%(name)s”超过 20 MB，请按年度拆开再传。", name=name))
    tables.opened(name, content)
    digest = attachments.store(content)
    return SheetUpload(intake=intake, name=name[-200:], digest=digest, by_id=user.id, at=dates.now())


def read(upload: SheetUpload) -> Understood:
    told = None if upload.mapping is None else {int(at): name for at, name in upload.mapping.items()}
    return matching.understood(INTAKES[upload.intake], tables.opened(upload.name, upload.content), told)


def judged(upload: SheetUpload, user: User) -> Judged:
    """What would come of it now; of one that is stored, what came of it."""
    with bulk.uncollected():
        return judged_now(upload, user)


def judged_now(upload: SheetUpload, user: User) -> Judged:
    sheet = read(upload)
    given = Given(user, upload.name, upload.unit_id, upload.historical)
    if upload.stored_at:
        return Judged(sheet, given, findings=[Finding(*found) for found in upload.findings or ()])
    result = imports.judged(sheet, given)
    if result.fresh and (before := earlier(upload)):  # a record that is named is there once, however often it is sent
        day, said = dates.local(before.stored_at).date() if before.stored_at else "", before.by.name
        result.refusals.insert(
            0, _("同一个文件已由 %(name)s 于 %(day)s 存入 %(n)s 行，不再重复存入。", name=said, day=day, n=before.rows)
        )
    return result


def earlier(upload: SheetUpload) -> SheetUpload | None:
    """The very same bytes, taken in before: a table without numbers would be here twice, and nobody would notice."""
    same = (SheetUpload.digest == upload.digest, SheetUpload.intake == upload.intake)
    asked = select(SheetUpload).where(*same, SheetUpload.stored_at.isnot(None)).order_by(SheetUpload.id)
    return db.session.scalars(asked.limit(1)).first()


def taken(upload: SheetUpload, result: Judged) -> int:
    """Make its rows, and say in the log which file they came from."""
    with bulk.uncollected():
        rows = imports.taken_in(result)
    upload.stored_at, upload.rows = dates.now(), rows
    upload.findings = [list(finding) for finding in result.flags[:REMEMBERED]]
    db.session.add(upload)
    about: dict[str, Any] = {"file": upload.name, "digest": upload.digest, "sheet": result.sheet.table.sheet}
    counts = {"rows": str(rows), "flags": str(len(result.flags)), "changed": str(len(result.changed))}
    audit.note(db.session(), "loaded", result.sheet.kind.name, None, **about, **counts)
    return rows
