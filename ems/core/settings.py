"""Settings people may change: words and numbers with a default, kept in the database."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ems.core.db import Model, db
from ems.core.once import once
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
    Known("complaints.public_filing", _l("开放网上反映环境问题"), False),
    Known("complaints.public_filing_daily", _l("网上反映每天最多收多少件（全站）"), 100),
    Known("orders.default_days", _l("限期整改默认天数"), 15),
    Known("nonconformities.days_major", _l("严重不符合默认整改天数"), 30),
    Known("nonconformities.days_minor", _l("一般不符合和观察项默认整改天数"), 60),
    Known("nonconformities.effect_after", _l("验证合格后满多少天可以评价措施有效性"), 30),
    Known("enterprises.recheck_months", _l("停产、关闭、转产、迁出后几个月复查（0 为不自动安排）"), 3),
    Known("scores.a", _l("企业环保信用评分：A 级不低于（分，满分 12）"), 10),
    Known("scores.b", _l("企业环保信用评分：B 级不低于（分）"), 7),
    Known("scores.c", _l("企业环保信用评分：C 级不低于（分），再低为 D 级"), 4),
    Known("self_check", _l("启用单位日常自查"), True),
    Known("tasks.silent_days", _l("督办事项多少天没有进展要提示"), 15),
    Known("hotspots.days", _l("热点研判回看的天数"), 30),
    Known("hotspots.fewest", _l("同一企业或同一地点几件以上为热点"), 3),
    Known("hotspots.fewest_rise", _l("同一街道同一类别几件以上才判断突增"), 5),
)
DEFAULTS = {known.key: known.default for known in KNOWN}


def setting(key: str) -> Any:
    """The value people set, or the default. Raises KeyError for a setting there is not."""
    row = once(("setting", key), lambda: db.session.get(Setting, key))
    return DEFAULTS[key] if row is None else row.value
