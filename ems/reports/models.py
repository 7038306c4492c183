"""The year-end report (年终工作总结): its sections, and, once it is sealed (签发封存), its numbers as they stood."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import DDL, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ems.core.db import Choice, InUnit, Model, pk
from ems.core.errors import Refused
from ems.core.people import Unit, User
from ems.core.sets import DATA


class ReportState(Choice):
    DRAFT = "draft", _l("起草")
    COUNTERSIGNING = "countersigning", _l("会签")
    APPROVED = "approved", _l("审定")
    SEALED = "sealed", _l("签发")


ReportState.TONE = {  # type: ignore[attr-defined]
    "draft": "draft", "countersigning": "run", "approved": "run", "sealed": "done",
}  # fmt: skip


class SectionKind(Choice):
    DATA = "data", _l("数据")  # prose round figures
    OWN = "own", _l("撰写")


class Report(InUnit):
    """The report of one year. Sealed, it and its parts never change again: neither here nor in the database."""

    area = "reports"
    __table_args__ = (
        UniqueConstraint("year"),
        CheckConstraint("(state = 'sealed') = (digest IS NOT NULL)", "sealed_has_digest"),
        CheckConstraint("(digest IS NULL) = (pdf_digest IS NULL)", "sealed_has_paper"),
        CheckConstraint("sealed_by_id IS NULL OR sealed_by_id <> approved_by_id", "two_people"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    year: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[ReportState] = mapped_column(default=ReportState.DRAFT)
    round: Mapped[int] = mapped_column(default=1)  # 第几稿
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]
    sealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sealed_at: Mapped[datetime | None]
    until: Mapped[date | None]  # the last day counted, once sealed
    # the text with its numbers, once sealed
    rendered: Mapped[list[dict[str, str]] | None] = mapped_column(DATA, info={"unlogged": True})
    content_digest: Mapped[str | None] = mapped_column(String(64))  # of text and numbers; it stands in the paper
    pdf_digest: Mapped[str | None] = mapped_column(String(64))  # the paper is kept under it
    digest: Mapped[str | None] = mapped_column(String(64))  # of both
    version: Mapped[int] = mapped_column()

    unit: Mapped[Unit] = relationship()
    drafted_by: Mapped[User | None] = relationship(foreign_keys=[drafted_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    sealed_by: Mapped[User | None] = relationship(foreign_keys=[sealed_by_id])
    sections: Mapped[list["ReportSection"]] = relationship(back_populates="report", order_by="ReportSection.seq")
    figures: Mapped[list["SealedFigure"]] = relationship(back_populates="report", order_by="SealedFigure.seq")

    __mapper_args__ = {"version_id_col": version}

    @property
    def sealed(self) -> bool:
        return self.state is ReportState.SEALED


class ReportSection(InUnit):
    """A heading and what stands below it. `unit` is who contributes it: their people may edit it, and it alone."""

    area = "reports"
    __table_args__ = (
        UniqueConstraint("report_id", "code", name="uq_report_section_code"),
        UniqueConstraint("report_id", "seq", name="uq_report_section_seq"),
    )

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    seq: Mapped[int]
    code: Mapped[str] = mapped_column(String(40))
    level: Mapped[int]  # 0 lead, 1 一、, 2 （一）
    kind: Mapped[SectionKind]
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    ready: Mapped[bool] = mapped_column(default=False)
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    edited_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    report: Mapped[Report] = relationship(back_populates="sections")
    unit: Mapped[Unit] = relationship()
    edited_by: Mapped[User | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class SealedFigure(Model):
    """A figure as it stood when the report was sealed: the number, and its rows as the register showed them."""

    __tablename__ = "sealed_figure"
    __table_args__ = (UniqueConstraint("report_id", "code"),)

    id: Mapped[pk]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    seq: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(40))
    value: Mapped[str | None] = mapped_column(String(40))  # exact decimals, as text
    last_year: Mapped[str | None] = mapped_column(String(40))
    last_sealed: Mapped[bool]
    of: Mapped[str | None] = mapped_column(String(40))
    rows: Mapped[int]
    model: Mapped[str] = mapped_column(String(40))  # the table of the rows
    digest: Mapped[str] = mapped_column(String(64))  # of all of it, the rows too
    kept: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, info={"unlogged": True})  # see `seal.packed`

    report: Mapped[Report] = relationship(back_populates="figures")


PARTS = (Report, ReportSection, SealedFigure)


@event.listens_for(Session, "before_flush")
def what_is_sealed_stays(session: Session, _context: object, _instances: object) -> None:
    """Refuses a change to a sealed report or its parts. The triggers below refuse those who go round the session."""
    changed: list[Any] = [row for row in [*session.new, *session.deleted] if isinstance(row, PARTS)]
    changed += [row for row in session.dirty if isinstance(row, PARTS) and session.is_modified(row)]
    if not changed:
        return
    ids = {row.id if isinstance(row, Report) else row.report_id or row.report.id for row in changed}
    table: Any = Report.__table__
    asked = select(table.c.id).where(table.c.id.in_(ids - {None}), table.c.digest.isnot(None))
    if session.connection().execute(asked).first():
        raise Refused(_("报告已签发封存，不能再更改。"))


#: table, what is done to it, and when the database refuses that
GUARDED = (
    ("report", "UPDATE", "OLD.digest IS NOT NULL"),
    ("report", "DELETE", "OLD.digest IS NOT NULL"),
    ("report_section", "INSERT", "(SELECT digest FROM report WHERE id = NEW.report_id) IS NOT NULL"),
    ("report_section", "UPDATE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
    ("report_section", "DELETE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
    ("sealed_figure", "INSERT", "(SELECT digest FROM report WHERE id = NEW.report_id) IS NOT NULL"),
    ("sealed_figure", "UPDATE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
    ("sealed_figure", "DELETE", "(SELECT digest FROM report WHERE id = OLD.report_id) IS NOT NULL"),
)


def guards(dialect: str) -> list[str]:
    """The triggers that keep what is sealed, as the database takes them."""
    found = []
    for table, act, when in GUARDED:
        name = f"sealed_{table}_{act.lower()}"
        if dialect == "sqlite":
            refused = f"SELECT RAISE(ABORT, '{table} is sealed');"
            found.append(f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN {refused} END")
        else:
            refused = f"IF {when} THEN RAISE EXCEPTION '{table} is sealed'; END IF;"
            passed = "OLD" if act == "DELETE" else "NEW"
            body = f"$$ BEGIN {refused} RETURN {passed}; END $$ LANGUAGE plpgsql"
            found.append(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS {body}")
            found.append(f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    return found


for dialect in ("sqlite", "postgresql"):
    for statement in guards(dialect):
        event.listen(SealedFigure.__table__, "after_create", DDL(statement).execute_if(dialect=dialect))
