"""A nonconformity (不符合): what is wrong, why, what is done about it, who saw that it was, and whether it helped."""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym, validates

from ems.core.db import Choice, InUnit, title
from ems.core.people import Unit, User
from ems.enterprises.models import Enterprise

LONGEST_EXTENSION = 90  # days, all extensions together: a rule of the bureau's own


class Origin(Choice):
    """Where it came to light."""

    AUDIT = "audit", _l("审核")
    INSPECTION = "inspection", _l("现场检查")
    SELF_CHECK = "self_check", _l("日常自查")
    SYSTEM_CHECK = "system_check", _l("体系运行检查")
    COMPLAINT = "complaint", _l("投诉")
    EXCEEDANCE = "exceedance", _l("监测超标")
    TARGET = "target", _l("目标未完成")
    COMPLIANCE = "compliance", _l("合规性评价")
    CHECK = "check", _l("体系体检")
    INCIDENT = "incident", _l("突发事件")
    SIMILAR = "similar", _l("举一反三")
    OTHER = "other", _l("其他")


class Grade(Choice):
    MAJOR = "major", _l("严重不符合")
    MINOR = "minor", _l("一般不符合")
    OBSERVATION = "observation", _l("观察项")


class NcState(Choice):
    OPEN = "open", _l("已发出")
    ACTING = "acting", _l("整改中")
    RETURNED = "returned", _l("退回整改")
    DONE = "done", _l("待验证")
    VERIFIED = "verified", _l("待效果评价")
    CLOSED = "closed", _l("已关闭")
    VOID = "void", _l("作废")


NcState.TONE = {  # type: ignore[attr-defined]
    "open": "run", "acting": "run", "returned": "back", "done": "run", "verified": "run", "closed": "done",
    "void": "stop",
}  # fmt: skip


class Method(Choice):
    """How the cause was looked for."""

    WHYS = "whys", _l("连问五个为什么")
    FACTORS = "factors", _l("人机料法环测")
    OTHER = "other", _l("其他方法")


class Factor(Choice):
    """In what the cause lies (人机料法环测)."""

    PEOPLE = "people", _l("人员")
    EQUIPMENT = "equipment", _l("设备设施")
    MATERIAL = "material", _l("物料")
    PROCEDURE = "procedure", _l("制度方法")
    SURROUNDINGS = "surroundings", _l("环境条件")
    MEASUREMENT = "measurement", _l("监测计量")


class Elsewhere(Choice):
    """Whether the same is wrong elsewhere (举一反三)."""

    NO = "no", _l("已核查，别处没有")
    MENDED = "mended", _l("别处也有，已一并整改")
    TOLD = "told", _l("别处可能有，通知其他单位自查")


class Effect(Choice):
    EFFECTIVE = "effective", pgettext("effect", "有效")
    INEFFECTIVE = "ineffective", _l("无效")


class Nonconformity(InUnit):
    """One nonconformity of `unit`, which must put it right; `owner` does so in person.

    `source` is the row it came of ("inspection:12"). What a module raises by itself carries a `source_key`, so that it
    is raised once. `due_on` is the day by which all actions are to be done, `ends_on` the one after all extensions.
    """

    __tablename__ = "nonconformity"
    area = "nonconformities"
    __table_args__ = (
        CheckConstraint(f"extended_days BETWEEN 0 AND {LONGEST_EXTENSION}", "extension_within_rule"),
        CheckConstraint("(state <> 'closed') OR (closed_on IS NOT NULL)", "closed_has_date"),
        CheckConstraint(
            "(state <> 'closed') OR historical OR"
            " (effect = 'effective' AND judged_on IS NOT NULL AND verified_on IS NOT NULL)",
            "closed_is_judged",
        ),
        CheckConstraint("verified_by_id IS NULL OR owner_id IS NULL OR verified_by_id <> owner_id OR historical",
                        "verified_by_another"),
        UniqueConstraint("source_key"),
        Index("ix_nonconformity_state", "state", "ends_on", "id"),
        Index("ix_nonconformity_found", "found_on", "id"),
        Index("ix_nonconformity_closed", "closed_on"),
        Index("ix_nonconformity_owner", "owner_id", "state"),
        Index("ix_nonconformity_source", "source"),
        Index("ix_nonconformity_clause", "unit_id", "clause", "found_on"),
        Index("ix_nonconformity_done", "first_done_on"),
        Index("ix_nonconformity_enterprise", "enterprise_id", "found_on"),
    )  # fmt: skip

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    text: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[Origin] = mapped_column(default=Origin.OTHER)
    source: Mapped[str] = mapped_column(String(60), default="")
    source_key: Mapped[str | None] = mapped_column(String(120))
    grade: Mapped[Grade] = mapped_column(default=Grade.MINOR)
    clause: Mapped[str] = mapped_column(String(20), default="")
    law: Mapped[str] = mapped_column(String(240), default="")  # as it is cited
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("enterprise.id"))
    found_on: Mapped[date]
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # nobody: the system
    raised_on: Mapped[date]  # when it came on the register
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("nonconformity.id"))  # the last one like it
    historical: Mapped[bool] = mapped_column(default=False)  # from an older register, as it stood there

    state: Mapped[NcState] = mapped_column(default=NcState.OPEN)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who is to look; nobody: the unit's head
    due_on: Mapped[date]
    extended_days: Mapped[int] = mapped_column(default=0)
    ends_on: Mapped[date]
    extension_asked: Mapped[int | None]
    extension_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    round: Mapped[int] = mapped_column(default=1)  # one more each time it was not put right, or did not help

    correction: Mapped[str] = mapped_column(Text, default="")
    corrected_on: Mapped[date | None]
    corrected_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    method: Mapped[Method | None]
    factor: Mapped[Factor | None]
    cause: Mapped[str] = mapped_column(Text, default="")
    analysed_on: Mapped[date | None]
    analysed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    elsewhere: Mapped[Elsewhere | None]
    elsewhere_note: Mapped[str] = mapped_column(Text, default="")

    done_on: Mapped[date | None]  # all actions were reported done
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    first_done_on: Mapped[date | None]  # of the first round: a return keeps whether it was in time
    in_time: Mapped[bool | None]
    verification: Mapped[str] = mapped_column(Text, default="")
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    looked_at: Mapped[str] = mapped_column(String(60), default="")  # the inspection that saw it put right
    effect: Mapped[Effect | None]
    effect_note: Mapped[str] = mapped_column(Text, default="")
    judged_on: Mapped[date | None]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    first_judged_on: Mapped[date | None]
    first_effect: Mapped[Effect | None]
    closed_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship()
    enterprise: Mapped[Enterprise | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    verifier: Mapped[User | None] = relationship(foreign_keys=[verifier_id])
    found_by: Mapped[User | None] = relationship(foreign_keys=[found_by_id])
    corrected_by: Mapped[User | None] = relationship(foreign_keys=[corrected_by_id])
    analysed_by: Mapped[User | None] = relationship(foreign_keys=[analysed_by_id])
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])
    verified_by: Mapped[User | None] = relationship(foreign_keys=[verified_by_id])
    judged_by: Mapped[User | None] = relationship(foreign_keys=[judged_by_id])
    repeats: Mapped["Nonconformity | None"] = relationship(remote_side="Nonconformity.id", foreign_keys=[repeats_id])
    actions: Mapped[list["CorrectiveAction"]] = relationship(
        back_populates="nonconformity", order_by="CorrectiveAction.number"
    )
    told: Mapped[list["SimilarCheck"]] = relationship(
        back_populates="nonconformity", foreign_keys="SimilarCheck.nonconformity_id", order_by="SimilarCheck.id"
    )

    @validates("due_on", "extended_days")
    def ends_with_its_extensions(self, key: str, value: Any) -> Any:
        """One place says when it ends."""
        due = value if key == "due_on" else self.due_on
        days = value if key == "extended_days" else self.extended_days
        if due is not None:
            self.ends_on = due + timedelta(days=days or 0)
        return value

    @property
    def standing(self) -> list["CorrectiveAction"]:
        return [action for action in self.actions if action.state is not ActionState.DROPPED]


class ActionState(Choice):
    OPEN = "open", _l("未完成")
    DONE = "done", _l("已完成")
    DROPPED = "dropped", pgettext("state", "取消")


ActionState.TONE = {"open": "run", "done": "done", "dropped": "stop"}  # type: ignore[attr-defined]


class CorrectiveAction(InUnit):
    """One corrective action (纠正措施): it takes away a cause, so that the same does not happen again."""

    __tablename__ = "corrective_action"
    area = "nonconformities"
    __table_args__ = (
        UniqueConstraint("nonconformity_id", "number"),
        CheckConstraint("(state <> 'done') OR (done_on IS NOT NULL)", "done_has_date"),
        Index("ix_corrective_action_owner", "owner_id", "state"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformity.id"))
    number: Mapped[int]
    round: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(String(500))
    state: Mapped[ActionState] = mapped_column(default=ActionState.OPEN)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    result: Mapped[str] = mapped_column(Text, default="")

    title = synonym("text")
    nonconformity: Mapped[Nonconformity] = relationship(back_populates="actions")
    unit: Mapped[Unit] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    done_by: Mapped[User | None] = relationship(foreign_keys=[done_by_id])


class SimilarState(Choice):
    ASKED = "asked", _l("待自查")
    CLEAR = "clear", _l("没有同类问题")
    FOUND = "found", _l("发现同类问题")
    VOID = "void", _l("作废")


SimilarState.TONE = {"asked": "run", "clear": "done", "found": "back", "void": "stop"}  # type: ignore[attr-defined]


class SimilarCheck(InUnit):
    """Another unit is asked whether the same is wrong there (举一反三). `raised` is what it found.

    What is asked stands here as it was written: that unit may not see the nonconformity itself.
    """

    __tablename__ = "similar_check"
    area = "nonconformities"
    __table_args__ = (
        UniqueConstraint("nonconformity_id", "unit_id"),
        CheckConstraint("(state IN ('asked', 'void')) OR (answered_on IS NOT NULL)", "answered_has_date"),
    )

    no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[title]
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformity.id"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[SimilarState] = mapped_column(default=SimilarState.ASKED)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_on: Mapped[date]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_on: Mapped[date | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    raised_id: Mapped[int | None] = mapped_column(ForeignKey("nonconformity.id"))

    nonconformity: Mapped[Nonconformity] = relationship(back_populates="told", foreign_keys=[nonconformity_id])
    raised: Mapped[Nonconformity | None] = relationship(foreign_keys=[raised_id])
    unit: Mapped[Unit] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
