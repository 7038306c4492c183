"""The database handle, the base model and the column types we reuse."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, Enum, ForeignKey, MetaData, String, TypeDecorator, event
from sqlalchemy.orm import ColumnProperty, DeclarativeBase, Mapped, Mapper, mapped_column, registry

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

pk = Annotated[int, mapped_column(primary_key=True)]
title = Annotated[str, mapped_column(String(200))]
short = Annotated[str, mapped_column(String(40))]
in_unit = Annotated[int, mapped_column(ForeignKey("unit.id"), index=True)]
by_user = Annotated[int, mapped_column(ForeignKey("user.id"))]


class Choice(StrEnum):
    """A closed list of words: each member is its code, and knows what people call it."""

    label: Any

    def __new__(cls, value: str, label: Any = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, Any]]:
        return [(member.value, member.label) for member in cls]


class Utc(TypeDecorator[datetime]):
    """An aware moment. SQLite gives naive ones back, so all are stored as UTC and returned as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


def stored(enum: type[Choice]) -> list[str]:
    return [member.value for member in enum]


TYPES: dict[Any, Any] = {Choice: Enum(Choice, native_enum=False, length=20, values_callable=stored), datetime: Utc}


class Base(DeclarativeBase):
    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map=TYPES)


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class InUnit(Model):
    """A row that belongs to one unit; `area` names the line of the act matrix that says who may do what with it."""

    __abstract__ = True
    area: ClassVar[str]

    id: Mapped[pk]
    unit_id: Mapped[in_unit]

    def veil(self, text: str) -> str:
        """What of a text may stand in its diary, and as the name of a file: a row that keeps a secret takes it out."""
        return text


@event.listens_for(Mapper, "before_mapper_configured")
def keeps_the_old_value(mapper: Mapper[Any], _class: type[Any]) -> None:
    """The log says from what to what: after a commit a value is loaded before it is written over."""
    for attribute in mapper.iterate_properties:
        if isinstance(attribute, ColumnProperty):
            attribute.active_history = True


@event.listens_for(Engine, "connect")
def sqlite_as_we_need_it(connection: Any, _record: object) -> None:
    """SQLite starts with foreign keys off, and gives up at once where another writes."""
    if type(connection).__module__.startswith("sqlite3"):
        for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 10000"):
            connection.execute(f"PRAGMA {pragma}")
