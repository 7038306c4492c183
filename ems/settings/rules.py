"""What an administrator may make of a time limit, and what the law keeps for itself (PRODUCT 3: 法定期限只能从严)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from ems.core.rules import Bearer, Kind, PauseKind, Rule, Span

LOCAL = "local"
MAKES_DUTIES = frozenset({Kind.DEADLINE, Kind.RECURRING, Kind.PRACTICE, Kind.DOCUMENT})
PROMISED = frozenset({Kind.DEADLINE, Kind.RECURRING, Kind.PRACTICE})
LONGEST = {Span.CALENDAR_DAY: 1096, Span.WORKING_DAY: 750, Span.MONTH: 36, Span.YEAR: 5, Span.HOUR: 720}
FARTHEST = 400  # days left, or late, at which anybody is told
MANY = 20  # leads of one rule: each costs the morning two statements
RUNGS = ("head", "leader")
EARLIEST, LATEST = 30, -90  # days left at which a rung may hear
DOES: dict[Kind, Any] = {
    Kind.DEADLINE: _l("起算之后生成待办，按期限提醒；过了期限算逾期。"),
    Kind.RECURRING: _l("每个周期生成一件待办，按期限提醒；过了期限算逾期。"),
    Kind.PRACTICE: _l("没有法律规定，按惯例生成待办和提醒；期限由本局自己定。"),
    Kind.DOCUMENT: _l("期限写在文件里，按文件载明的日子生成待办和提醒。"),
    Kind.VALIDITY: _l("不生成待办：到期之前由续期的规则提醒，这里只说明有效多久。"),
    Kind.MIN_PERIOD: _l("不生成待办：最短的期间，未满不得办理下一步；用到它的模块启用后由系统把关。"),
    Kind.LIMITATION: _l("不生成待办：届满后权利消灭；用到它的模块启用后在记录上警示。"),
    Kind.RETENTION: _l("不生成待办：期满之前不得销毁；本系统不销毁记录。"),
    Kind.RULE: _l("不生成待办：供办理时查对。"),
}
BORNE: dict[Bearer, Any] = {
    Bearer.OWN: _l("由本单位承担，逾期计入本单位。"),
    Bearer.ENTERPRISE: _l("由企业承担，本单位只作监督，逾期不算本单位的。"),
    Bearer.PARTY: _l("由当事人承担，本单位只作提示，逾期不算本单位的。"),
    Bearer.AUTHORITY: _l("由上级机关承担，本单位只作跟踪，逾期不算本单位的。"),
}


def binding(rule: Rule) -> bool:
    """Whether somebody above us said it: then it may be kept more strictly, not more loosely."""
    return rule.status != LOCAL and rule.kind is not Kind.PRACTICE and bool(rule.law or rule.status == "checked")


def length_is_ours(rule: Rule) -> bool:
    """Whether how long it lasts may be promised otherwise: of others' duties, and of terms, the law alone says it."""
    ours = rule.bearer is Bearer.OWN and rule.kind in PROMISED
    return ours and rule.unit in LONGEST and rule.offset is not None and spans(rule)[0] < spans(rule)[1]


def unit_is_ours(rule: Rule) -> bool:
    return rule.or_unit is not None and length_is_ours(rule)


def leads_are_ours(rule: Rule) -> bool:
    return bool(rule.leads) or rule.kind in MAKES_DUTIES


def ladder_is_ours(rule: Rule) -> bool:
    return rule.bearer is Bearer.OWN and rule.kind in MAKES_DUTIES


def spans(rule: Rule) -> tuple[int, int]:
    """The least and the greatest offset that may be promised."""
    legal, longest = rule.offset or 0, LONGEST[rule.unit]
    if legal < 0:
        return -max(longest, -legal), legal if binding(rule) else 0
    return (min(1, legal), legal) if binding(rule) else (0, longest)


def cited(rule: Rule) -> str:
    """《信访工作条例》第34条"""
    if not rule.law:
        return rule.source
    return _("《%(law)s》第%(article)s条", law=rule.law, article=rule.article) if rule.article else f"《{rule.law}》"


def length(offset: int | None, unit: Span) -> str:
    """60 日 · 前 7 个工作日"""
    n = abs(offset or 0)
    if unit not in LONGEST:
        return str(unit.label)
    words = f"{n} {unit.counted(n)}"
    return _("提前 %(length)s", length=words) if (offset or 0) < 0 else words


def not_so_long(versions: Iterable[Rule], offset: int) -> str | None:
    """Stands against an offset that any version of the rule forbids: a case begun under the old one has it too."""
    for rule in versions:
        least, greatest = spans(rule)
        if least <= offset <= greatest:
            continue
        known = {"legal": length(rule.offset, rule.unit), "law": cited(rule), "a": least, "b": greatest}
        if not binding(rule):
            return _("应在 %(a)s 与 %(b)s 之间。", **known)
        if (rule.offset or 0) < 0:
            return _("%(law)s规定%(legal)s，本局只能更早：应在 %(a)s 与 %(b)s 之间。", **known)
        return _("%(law)s规定 %(legal)s，本局承诺只能更短：应在 %(a)s 与 %(b)s 之间。", **known)
    return None


BETWEEN = re.compile(r"[、,，;；\s]+")
MINUS = str.maketrans(dict.fromkeys("−–—\uff0d", "-"))


def read_leads(text: str) -> list[int]:
    """30、7、3、1、0、−1: the farthest first, each once. Raises ValueError with the word that is no number."""
    found = set()
    for word in filter(None, BETWEEN.split(text.strip().translate(MINUS))):
        if not re.fullmatch(r"[+-]?\d{1,4}", word):
            raise ValueError(word)
        found.add(int(word))
    return sorted(found, reverse=True)


def written(leads: Sequence[int]) -> str:
    return _("、").join(f"{n}".replace("-", "−") for n in leads)


def not_told_so(rule: Rule, leads: Sequence[int]) -> str | None:
    if not leads:
        return _("请至少填写一个。这条规则不能不提醒。") if rule.leads else None
    if len(leads) > MANY:
        return _("最多 %(n)s 个。", n=MANY)
    if max(abs(n) for n in leads) > FARTHEST:
        return _("每个数应在 −%(n)s 与 %(n)s 之间。", n=FARTHEST)
    if leads[0] < 0:
        return _("至少要有一个 0 或正数：只在逾期之后提醒，等于没有提醒。")
    return None


def rungs(ladder: Iterable[Sequence[Any]]) -> dict[str, int]:
    return {str(rung): int(left) for rung, left in ladder}


def not_climbed_so(rule: Rule, ladder: dict[str, int]) -> str | None:
    if binding(rule) and (set(rungs(rule.ladder)) - set(ladder)):
        return _("法定期限的逐级提醒可以推迟，不能取消：请填写单位负责人和局领导各在何时知道。")
    if any(not LATEST <= left <= EARLIEST for left in ladder.values()):
        return _("应在 %(a)s 与 −%(b)s 之间：正数为到期前，负数为逾期后。", a=EARLIEST, b=-LATEST)
    if len(ladder) == len(RUNGS) and ladder["leader"] > ladder["head"]:
        return _("局领导不应早于单位负责人知道。")
    return None


RUNG: dict[str, Any] = {"head": _l("单位负责人"), "leader": _l("局领导")}
TITLES: dict[str, Any] = {
    "offset": _l("期限"), "unit": _l("计算单位"), "leads": _l("提醒时点"), "ladder": _l("逐级提醒"),
    "enabled": _l("状态"),
}  # fmt: skip


def when(left: int, unit: Span) -> str:
    """How far before the day, or after it."""
    if unit is Span.HOUR:
        return _("到时") if left == 0 else _("前 %(n)s 小时", n=left) if left > 0 else _("超 %(n)s 小时", n=-left)
    return _("当天") if left == 0 else _("前 %(n)s 天", n=left) if left > 0 else _("超 %(n)s 天", n=-left)


def climbing(ladder: Iterable[Sequence[Any]]) -> str:
    return _("、").join(f"{RUNG[rung]} {written([left])}" for rung, left in rungs(ladder).items()) or _("不逐级提醒")


def pauses(rule: Rule) -> str:
    """What the law does not count of it."""
    return _("、").join(str(PauseKind(code).label) for code in rule.pauses)


def spoken(said: dict[str, Any]) -> list[tuple[Any, str, str]]:
    """What was changed: title, from, to."""
    words: dict[str, Any] = {
        "offset": str, "unit": lambda unit: str(Span(unit).label), "leads": lambda leads: written(leads) or _("不提醒"),
        "ladder": climbing, "enabled": lambda on: _("启用") if on else _("停用"),
    }  # fmt: skip
    return [(TITLES[name], words[name](old), words[name](new)) for name, (old, new) in said.items()]
