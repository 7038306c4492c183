"""What was filled in on a phone, maybe without network and long ago, against what stands here now.

A phone sends what it changed, and what stood in each place when it began. Where somebody else changed the same place
to something else meanwhile, nothing is written, and both are shown; all the rest goes together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ems.core import dates
from ems.core.db import Choice, db
from ems.core.people import User
from ems.inspections.field_models import ASTRAY
from ems.inspections.forms import FieldForm, LineForm, for_, part_of
from ems.inspections.models import CheckLine, Inspection, Refusal, Remedy, Running, Verdict

KEY = re.compile(r"[0-9a-z-]{2,60}")
LARGEST = 2**31  # beyond any id
LONGEST = timedelta(days=14)  # a phone may keep an inspection; before that its times are not believed
HEAD = (
    "second_id", "place", "rights_told", "facility_running", "summary", "separate_orders", "opinion", "person_present",
    "person_title", "refusal", "refusal_reason", "witness",
)  # fmt: skip
TICKED = ("rights_told", "separate_orders")
LINE = ("verdict", "remark", "remedy", "due_on")
WORDS: dict[str, type[Choice]] = {
    "facility_running": Running, "refusal": Refusal, "verdict": Verdict, "remedy": Remedy,
}  # fmt: skip


class Unsound(ValueError):
    """No page of ours sends this."""


@dataclass(frozen=True)
class Package:
    """`answers` and `base` by name: "summary", or "line_3", which is a dict of `LINE`."""

    key: str
    inspection_id: int | None
    ahead: timedelta  # the phone's clock before ours
    answers: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, str] = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def astray(self) -> bool:
        return abs(self.ahead) > ASTRAY


def read(sent: Any) -> Package:
    """Raises `Unsound`."""
    if not isinstance(sent, dict) or not KEY.fullmatch(str(sent.get("key", ""))):
        raise Unsound
    id, plan = sent.get("inspection"), sent.get("plan") or {}
    answers, base = sent.get("answers") or {}, sent.get("base") or {}
    known = id is None or (isinstance(id, int) and 0 < id < LARGEST)
    if not known or not all(isinstance(one, dict) for one in (plan, answers, base)):
        raise Unsound
    ahead = moment(sent.get("now")) - dates.now()
    times = {name: moment(sent[name]) - ahead for name in ("started_at", "ended_at") if sent.get(name)}
    told = {str(name): str(value)[:300] for name, value in plan.items()}
    return Package(sent["key"], id, ahead, plain(answers), plain(base), told, **times)


def moment(said: Any) -> datetime:
    """A time as the phone wrote it; within the years of a calendar."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError as error:
        raise Unsound from error
    if found.tzinfo is None or abs(found - dates.now()) > timedelta(days=3660):
        raise Unsound
    return found


def plain(sent: dict[str, Any]) -> dict[str, Any]:
    """Only what the form asks for, as `values` would say it."""
    found = {name: tidy(sent[name]) for name in HEAD if name in sent}
    for name, line in sent.items():
        if re.fullmatch(r"line_\d{1,4}", name):
            if not isinstance(line, dict):
                raise Unsound
            if any(isinstance(line.get(part), int) for part in LINE):  # words, all of them
                raise Unsound
            found[name] = {part: tidy(line.get(part)) for part in LINE}
    return found


def tidy(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    if value is None or (isinstance(value, bool | int) and abs(value) < LARGEST):
        return value
    raise Unsound


def at(said: datetime | None, earliest: datetime | None = None) -> datetime:
    """When it was on the spot, by our clock: not in the future, not before `earliest`, not of long ago."""
    now = dates.now()
    return min(max(said or now, earliest or now - LONGEST), now)


def values(inspection: Inspection, lines: list[CheckLine] | None = None) -> dict[str, Any]:
    """All that the form holds, as it stands here."""
    found = {name: tidy(getattr(inspection, name)) for name in HEAD}  # of a new row no flush has set the defaults yet
    found |= {name: found[name] or "" for name in HEAD if name not in {*TICKED, *WORDS, "second_id"}}
    found |= {name: bool(found[name]) for name in TICKED} | {"refusal": found["refusal"] or Refusal.NONE}
    for line in inspection.lines if lines is None else lines:
        day = line.due_on.isoformat() if line.due_on else None
        found[f"line_{line.number}"] = {
            "verdict": line.verdict, "remark": tidy(line.remark or ""), "remedy": line.remedy or Remedy.ORDER,
            "due_on": day,
        }  # fmt: skip
    return found


@dataclass(frozen=True)
class Clash:
    """One place that two have filled in, each in their own way."""

    name: str
    label: str
    mine: str
    theirs: str
    now: Any

    def told(self) -> dict[str, Any]:
        return vars(self)


def clashes(inspection: Inspection, sent: Package) -> list[Clash]:
    """What stands here now is neither what the phone began with nor what it says."""
    now = values(inspection)
    apart = [name for name, mine in sent.answers.items() if now.get(name) not in (mine, sent.base.get(name))]
    return [clash(inspection, name, sent.answers[name], now.get(name)) for name in apart]


def differing(inspection: Inspection, sent: Package) -> list[Clash]:
    """Where an inspection that ended reads otherwise than the phone."""
    now = values(inspection)
    apart = [name for name, mine in sent.answers.items() if now.get(name) != mine]
    return [clash(inspection, name, sent.answers[name], now.get(name)) for name in apart]


def clash(inspection: Inspection, name: str, mine: Any, theirs: Any) -> Clash:
    lines = {f"line_{line.number}": line for line in inspection.lines}
    if name in lines:
        label = f"{lines[name].number}. {lines[name].text}"
        return Clash(name, label, spelled(mine), spelled(theirs), theirs)
    label = str(for_(inspection, formdata=None)[name].label.text) if name in HEAD else name
    return Clash(name, label, worded(name, mine), worded(name, theirs), theirs)


def spelled(line: Any) -> str:
    """不符合 · 油烟净化器未运行 · 下达整改 2026-12-09"""
    if not isinstance(line, dict):
        return _("没有这一项")
    said = [worded("verdict", line["verdict"])]
    if line["verdict"] == Verdict.FAILS:
        said += [line["remark"], worded("remedy", line["remedy"]), line["due_on"]]
    return " · ".join(filter(None, said))


def worded(name: str, value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return _("未填")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name == "second_id":
        found = db.session.get(User, value)
        return found.name if found else _("未填")
    if name in WORDS:
        return next((str(one.label) for one in WORDS[name] if one.value == value), str(value))
    return str(value)


def merged(inspection: Inspection, sent: Package) -> FieldForm:
    """The form with what stands here and, over it, what the phone changed: checked as if it were typed at a desk."""
    said = values(inspection) | {name: value for name, value in sent.answers.items() if known(inspection, name)}
    return for_(inspection, formdata=MultiDict(flat(inspection, said)))


def known(inspection: Inspection, name: str) -> bool:
    return name in HEAD or any(name == f"line_{line.number}" for line in inspection.lines)


def flat(inspection: Inspection, said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """As a browser would post it: of an empty choice and a box not ticked it says nothing."""
    pairs = [(name, said[name]) for name in HEAD]
    for line in inspection.lines:
        pairs += [(f"{part_of(line)}-{part}", said[f"line_{line.number}"][part]) for part in LINE]
    for name, value in pairs:
        if value is True:
            yield name, "y"
        elif value not in (None, False) or name.split("-")[-1] not in {*TICKED, *WORDS}:
            yield name, "" if value is None else str(value)


def faults(form: FieldForm) -> list[str]:
    """What the form has against it, each in one sentence."""
    return [sentence for field in form for sentence in of_field(field)]


def of_field(field: Any) -> Iterator[str]:
    if isinstance(getattr(field, "form", None), LineForm):
        yield from (f"{part.label.text}：{error}" for part in field.form for error in part.errors)
    else:
        yield from (f"{field.label.text}：{error}" for error in field.errors)
