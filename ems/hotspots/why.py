"""Why a cluster is a hot-spot, kept as numbers and said as sentences in the reader's language."""

from typing import Any

from flask_babel import lazy_gettext as _l

from ems.core import module

SAID = {
    "enterprise": _l("同一企业 %(days)s 日内 %(n)s 件（%(fewest)s 件以上为热点）"),
    "place": _l("同一地点 %(days)s 日内 %(n)s 件（%(fewest)s 件以上为热点）"),
    "near": _l("%(metres)s 米以内 %(days)s 日内 %(n)s 件（%(fewest)s 件以上为热点）"),
    "rise": _l("%(days)s 日内 %(n)s 件，此前 12 周平均每 %(days)s 日 %(mean)s 件"),
    "of": _l("%(title)s %(n)s 件"),
    "run": _l("连续 %(n)s 周为热点"),
    "fresh": _l("上次决定以后又有 %(n)s 件"),
}


def sentences(why: list[dict[str, Any]]) -> list[str]:
    return [str(SAID[one["code"]]) % (one | {"title": signal_title(one.get("signal", ""))}) for one in why]


def signal_title(code: str) -> str:
    return next((str(signal.title) for signal in module.signals() if signal.code == code), code)
