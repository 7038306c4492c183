"""An enterprise (企业) under supervision with what is known of it, and its outlets (排放口)."""

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym, validates

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User
from ems.enterprises.credit_code import CodeDoubt, read

CUT = ("..", "…")  # a table that was too narrow leaves this at a name's end


class EnterpriseState(Choice):
    OPERATING = "operating", _l("运行")
    STOPPED = "stopped", _l("停产")
    CLOSED = "closed", _l("关闭")
    CONVERTED = "converted", _l("转产")
    RELOCATED = "relocated", _l("迁出")
    VOID = "void", _l("作废")


EnterpriseState.TONE = {  # type: ignore[attr-defined]
    "operating": "run", "stopped": "back", "closed": "stop", "converted": "done", "relocated": "stop", "void": "stop",
}  # fmt: skip


class EnterpriseClass(Choice):
    """What it is mainly looked after as; it may belong to more than one (`key`, `catering`, `discharger`)."""

    KEY = "key", _l("重点工业企业")
    CATERING = "catering", _l("饮食企业")
    DISCHARGER = "discharger", _l("排水大户")
    OTHER = "other", _l("其他")


class Enterprise(InUnit):
    """One enterprise, one file (一企一档). `unit` looks after it; `officer` (包联专干) answers for it."""

    area = "enterprises"
    __table_args__ = (
        CheckConstraint("longitude BETWEEN -180 AND 180", "longitude_on_earth"),
        CheckConstraint("latitude BETWEEN -90 AND 90", "latitude_on_earth"),
        CheckConstraint("NOT relapsed OR relapsed_on IS NOT NULL", "relapsed_has_date"),
        Index("ix_enterprise_name", "name"),
        Index("ix_enterprise_code", "credit_code"),
        Index("ix_enterprise_state", "state", "id"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[title]
    name_cut: Mapped[bool] = mapped_column(default=False)  # the table it came from showed only its beginning
    credit_code: Mapped[str | None] = mapped_column(String(60))
    credit_code_given: Mapped[str] = mapped_column(String(60), default="")
    code_doubt: Mapped[CodeDoubt | None]
    code_confirmed: Mapped[bool] = mapped_column(default=False)  # compared with the licence: doubtful, yet right
    former_names: Mapped[str] = mapped_column(String(400), default="")
    kind: Mapped[EnterpriseClass] = mapped_column(default=EnterpriseClass.OTHER)
    key: Mapped[bool] = mapped_column(default=False)
    catering: Mapped[bool] = mapped_column(default=False)
    discharger: Mapped[bool] = mapped_column(default=False)
    industry: Mapped[str] = mapped_column(String(80), default="")

    city: Mapped[str] = mapped_column(String(40), default="")
    street_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    address: Mapped[str] = mapped_column(String(200), default="")
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    legal_person: Mapped[str] = mapped_column(String(60), default="")
    contact: Mapped[str] = mapped_column(String(60), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    air_pollutants: Mapped[str] = mapped_column(Text, default="")
    air_standards: Mapped[str] = mapped_column(Text, default="")
    water_pollutants: Mapped[str] = mapped_column(Text, default="")
    water_standards: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    registered_on: Mapped[date | None]  # put on the register

    state: Mapped[EnterpriseState] = mapped_column(default=EnterpriseState.OPERATING)
    state_on: Mapped[date | None]  # since when it stands so
    stopped_on: Mapped[date | None] = mapped_column(index=True)
    closed_on: Mapped[date | None] = mapped_column(index=True)
    converted_on: Mapped[date | None] = mapped_column(index=True)
    relocated_on: Mapped[date | None] = mapped_column(index=True)
    resumed_on: Mapped[date | None]
    recheck_on: Mapped[date | None]  # planned
    rechecked_on: Mapped[date | None]  # that planned one was done; empty again once the next is planned
    last_rechecked_on: Mapped[date | None]
    relapsed: Mapped[bool] = mapped_column(default=False)  # the last re-check found it running again (死灰复燃)
    relapsed_on: Mapped[date | None] = mapped_column(index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"), index=True)  # it was there twice
    merged_on: Mapped[date | None]

    title = synonym("name")
    unit: Mapped[Unit] = relationship(foreign_keys="Enterprise.unit_id")
    street: Mapped[Unit | None] = relationship(foreign_keys=[street_id])
    officer: Mapped[User | None] = relationship()
    outlets: Mapped[list["Outlet"]] = relationship(back_populates="enterprise", order_by="Outlet.code, Outlet.id")

    @validates("name")
    def marks_a_cut_name(self, _key: str, name: str) -> str:
        self.name_cut = name.rstrip().endswith(CUT)
        return name

    @validates("kind")
    def belongs_to_its_class(self, _key: str, kind: EnterpriseClass) -> EnterpriseClass:
        if kind is not EnterpriseClass.OTHER:
            setattr(self, kind.value, True)
        return kind

    def take_code(self, given: str | None) -> None:
        """Keep the code as it was given, its reading, and what is doubtful about it."""
        reading = read(given)
        self.credit_code, self.credit_code_given, self.code_doubt = reading


class OutletMedium(Choice):
    GAS = "gas", _l("废气")
    WATER = "water", _l("废水")
    NOISE = "noise", _l("噪声")
    RAIN = "rain", _l("雨水")


class OutletState(Choice):
    IN_USE = "in_use", _l("在用")
    IDLE = "idle", _l("停用")
    VOID = "void", _l("作废")


OutletState.TONE = {"in_use": "run", "idle": "stop", "void": "stop"}  # type: ignore[attr-defined]

#: HJ 608-2017 says DA and DW; DN and YS stand on permits for noise and rain water
OUTLET_CODE = r"^(DA|DW|DN|YS)\d{3}$"


class Outlet(InUnit):
    """Where an enterprise discharges: signed (规整立标), measured on line, for what."""

    area = "enterprises"
    __table_args__ = (
        Index(
            "uq_outlet_code", "enterprise_id", "code", unique=True,
            sqlite_where=text("state <> 'void'"), postgresql_where=text("state <> 'void'"),
        ),
    )  # fmt: skip

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    code: Mapped[str | None] = mapped_column(String(10))  # of the permit; not known for some of the old tables
    name: Mapped[str] = mapped_column(String(120))
    medium: Mapped[OutletMedium | None]
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    signed: Mapped[bool] = mapped_column(default=False)
    signed_on: Mapped[date | None]
    online: Mapped[bool] = mapped_column(default=False)
    online_on: Mapped[date | None]
    pollutants: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    registered_on: Mapped[date | None]
    state: Mapped[OutletState] = mapped_column(default=OutletState.IN_USE)
    token: Mapped[str | None] = mapped_column(String(32), unique=True)  # in the code on its label; made once, kept
    labelled_on: Mapped[date | None]  # last printed

    no = synonym("code")
    title = synonym("name")
    enterprise: Mapped[Enterprise] = relationship(back_populates="outlets")
    unit: Mapped[Unit] = relationship()
