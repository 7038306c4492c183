"""What is known of a nonconformity before anybody types: from the row, or the check, it starts at."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _

from ems.core import dates, module
from ems.core.db import InUnit
from ems.core.policy import Act
from ems.nonconformities import work
from ems.nonconformities.models import Origin
from ems.web.session import can, me, subject

#: what an address may name, the table it means, and where such a fault counts as found
SOURCES: dict[str, tuple[str, Origin]] = {
    "finding": ("inspection_finding", Origin.INSPECTION),
    "inspection": ("inspection", Origin.INSPECTION),
    "complaint": ("complaint", Origin.COMPLAINT),
    "order": ("correction_order", Origin.INSPECTION),
    "permit": ("permit", Origin.COMPLIANCE),
    "enterprise": ("enterprise", Origin.OTHER),
}
OWN_TYPES = {"self_check": Origin.SELF_CHECK, "system_check": Origin.SYSTEM_CHECK}


@dataclass(frozen=True)
class Given:
    source: str = ""
    source_key: str | None = None
    title: str = ""
    text: str = ""
    origin: Origin = Origin.OTHER
    unit_id: int | None = None
    verifier_id: int | None = None
    law: str = ""
    party: str = ""

    def fields(self) -> dict[str, Any]:
        """Those of the form."""
        return {name: value for name, value in asdict(self).items() if value and name not in {"source", "source_key"}}


def given(asked: Mapping[str, str]) -> Given:
    """From the address, through the gate of the row it names."""
    for name, (type, origin) in SOURCES.items():
        if (id := asked.get(name, "")).isdecimal() and len(id) <= work.DIGITS:
            return of_row(subject(type, int(id)), origin)
    if check := next((one for one in module.checks() if one.code == asked.get("check")), None):
        month = f"{dates.today():%Y-%m}"
        found = _("体系体检发现：%(title)s。", title=check.title)
        return Given(
            title=str(check.title), text=found, origin=Origin.CHECK, verifier_id=judge(), unit_id=None,
            source_key=f"check:{check.code}:{month}",
        )  # fmt: skip
    return Given(origin=Origin.OTHER, verifier_id=judge())


def of_row(row: InUnit, origin: Origin) -> Given:
    """What a row says of itself is asked of it by name; of a confidential one nothing is copied."""
    about = work.about(work.source_of(row), me)
    owner = row if row.__tablename__ == "enterprise" else getattr(row, "enterprise", None)
    kind = str(getattr(getattr(row, "inspection", row), "type", ""))
    is_finding = row.__tablename__ == "inspection_finding"
    line = getattr(row, "line", None)
    return Given(
        source=work.source_of(row), source_key=work.source_of(row) if is_finding else None,
        title=about.title if about and is_finding else "", text=about.title if about and is_finding else "",
        origin=OWN_TYPES.get(kind, origin), unit_id=row.unit_id, verifier_id=judge(),
        law=getattr(line, "law", "") or "", party=getattr(owner, "name", "") or "",
    )  # fmt: skip


def judge() -> int | None:
    """Who puts it down looks again, if they may."""
    return me.id if can("nonconformities", Act.APPROVE) else None
