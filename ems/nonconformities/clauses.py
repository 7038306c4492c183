"""The clauses of ISO 14001:2015 (GB/T 24001-2016) that can be offended against; the headings above them are not asked."""

from typing import Any

from flask_babel import lazy_gettext as _l

CLAUSES: dict[str, Any] = {
    "4.1": _l("理解组织及其所处的环境"), "4.2": _l("理解相关方的需求和期望"), "4.3": _l("确定环境管理体系的范围"),
    "4.4": _l("环境管理体系"), "5.1": _l("领导作用与承诺"), "5.2": _l("环境方针"),
    "5.3": _l("组织的岗位、职责和权限"), "6.1.1": _l("应对风险和机遇的措施"), "6.1.2": _l("环境因素"),
    "6.1.3": _l("合规义务"), "6.1.4": _l("措施的策划"), "6.2.1": _l("环境目标"),
    "6.2.2": _l("实现环境目标的措施的策划"), "7.1": _l("资源"), "7.2": _l("能力"), "7.3": _l("意识"),
    "7.4": _l("信息交流"), "7.5": _l("文件化信息"), "8.1": _l("运行策划和控制"), "8.2": _l("应急准备和响应"),
    "9.1.1": _l("监视、测量、分析和评价"), "9.1.2": _l("合规性评价"), "9.2": _l("内部审核"), "9.3": _l("管理评审"),
    "10.2": _l("不符合和纠正措施"), "10.3": _l("持续改进"),
}  # fmt: skip


def choices() -> list[tuple[str, str]]:
    return [(number, f"{number} {title}") for number, title in CLAUSES.items()]
