"""Settings people may change: words and numbers with a default, kept in the database."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ems.core.db import Model, db
from ems.core.sets import DATA


class Setting(Model):
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(DATA)


@dataclass(frozen=True)
class Known:
    key: str
    title: Any
    default: Any
    help: Any = ""


KNOWN = (
    Known("zone", _l("开发区名称"), "成都高新区"),
    Known("bureau", _l("本局名称"), "高新区科技局（环保处）"),
    Known("bureau_short", _l("发文机关代字"), "成高环"),
    Known("office_phone", _l("值班电话"), "028-8500-0000"),
    Known("complaints.desk", _l("投诉登记后先归哪个单位（单位代码）"), "keji"),
    Known("alarms.unit", _l("无人负责的事项报给哪个单位的负责人（单位代码）"), "keji"),
    Known("complaints.duplicate_days", _l("重复投诉提示的天数"), 30),
    Known("complaints.on_time_goal", _l("投诉按期办结率目标（%）"), 98),
    Known("orders.default_days", _l("限期整改默认天数"), 15),
    Known("self_check", _l("启用单位日常自查"), True),
)
DEFAULTS = {known.key: known.default for known in KNOWN}


def setting(key: str) -> Any:
    """The value people set, or the default. Raises KeyError for a setting there is not."""
    row = db.session.get(Setting, key)
    return DEFAULTS[key] if row is None else row.value
