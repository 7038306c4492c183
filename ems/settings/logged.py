"""What the log calls the kinds of rows and their columns, for who reads it: every table that is logged, every column.

A column is called as its list says, else as its table here, else as most tables mean it.
"""

from typing import Any

from flask_babel import lazy_gettext as _l, lazy_pgettext as pgettext

from ems.core import module
from ems.core.settings import KNOWN

KINDS: dict[str, Any] = {
    "user": _l("账号"), "password_history": _l("用过的密码"), "post": _l("岗位"), "deputy": _l("代理"),
    "unit": _l("单位"), "setting": _l("设置"), "workday": _l("工作日"), "rule": _l("时限规则"),
    "rule_local": _l("本局时限"), "recount": _l("期限重算"), "duty": _l("期限"), "pause": _l("期限暂停"),
    "sequence": _l("编号序列"), "attachment": _l("附件"), "sheet_upload": _l("导入的表格"),
    "search_text": _l("检索文本"), "log": _l("日志"), "figures": _l("数据总览"),
    "inspection_quota": _l("检查计划的家数次数"), "inspection_target": _l("专项检查的企业"),
    "inspection_draw_pick": _l("抽取结果"), "officer_conflict": _l("回避登记"),
    "score_rule": _l("评分规则"), "score_waiver": _l("评分申诉"), "score_snapshot": _l("月末评分"),
    "robot": _l("群机器人"), "feed": _l("日历订阅"), "outbox": _l("发件箱"),
    "answer": _l("投诉答复"), "public_count": _l("网上查询次数"), "checklist": _l("检查表"),
    "checklist_item": _l("检查表内容"), "check_line": _l("检查项"), "field_file": _l("现场影像"),
    "correction_item": _l("整改事项"), "report_section": _l("总结章节"), "sealed_figure": _l("封存数字"),
    "task_progress": _l("督办进展"),
    "reply_template": _l("文书模板"), "case_link": _l("投诉关联"),
    "permit_limit": _l("许可限值"), "report_term": _l("执行报告要求"), "monitoring_plan": _l("自行监测要求"),
}  # fmt: skip

COMMON: dict[str, Any] = {
    "absent_id": _l("被代理人"), "accepted_on": _l("受理日期"), "act": _l("动作"), "active": _l("启用"),
    "also_article": _l("另据条款"), "also_law": _l("另据法规"), "annual": _l("年许可量"),
    "any_day": _l("非工作日也提醒"), "approved_at": _l("审定时间"), "approved_by_id": _l("审定人"),
    "article": _l("条款"), "asked": _l("条件"), "asked_by_on": _l("首次反馈期限"),
    "asked_from": _l("执行报告起要日期"), "assigned_on": _l("交办日期"), "at": _l("时间"), "badge": _l("执法证号"),
    "barred": _l("停用"), "basis": _l("依据"), "bearer": _l("责任方"), "broken": _l("断开处"), "by": _l("依据"),
    "by_id": _l("经手人"), "calendar": _l("日历年度"), "channel": _l("平台"), "chased_on": _l("督促日期"),
    "checker_id": _l("复查人"), "checklist_id": _l("检查表"), "closed_by_id": _l("办结人"),
    "closed_on": _l("办结日期"), "code": _l("代号"), "code_confirmed": _l("代码已核对"), "complainant": _l("投诉人"),
    "complaint_id": _l("投诉"), "concluded_on": _l("首次办结日期"), "content_digest": _l("内容摘要值"),
    "converted_on": _l("转产日期"), "corrected_on": _l("整改完成日期"), "day": _l("日期"), "days": _l("天数"),
    "decided_on": _l("决定日期"), "deferred": _l("已改定报送日期"), "demand": _l("要求"), "deputy": _l("代理人"),
    "deputy_id": _l("代理人"), "digest": _l("摘要值"), "direction": _l("方向"), "document_due_on": _l("文件载明期限"),
    "document_no": _l("转办文号"), "done": _l("已完成"), "done_on": _l("完成日期"), "drafted_by_id": _l("起草人"),
    "due_at": _l("到期时间"), "due_on": _l("期限"), "duties": _l("移交的期限"), "edited_at": _l("修改时间"),
    "edited_by_id": _l("修改人"), "email": _l("电子邮箱"), "enabled": _l("启用"), "ended_at": _l("结束时间"),
    "ended_by_id": _l("恢复人"), "entered_on": _l("录入日期"), "enterprise_id": _l("企业"), "error": _l("错误"),
    "excused": _l("已免"), "exemption": _l("免办原因"), "extended_days": _l("已延长天数"),
    "extension_asked": _l("申请延长天数"), "extension_by_id": _l("申请延长的人"), "facility_running": _l("治理设施"),
    "file": _l("文件"), "findings": _l("核对结果"), "finished_at": _l("完成时间"), "first_on": _l("自"),
    "flags": _l("存疑行数"), "frequency": _l("频次"), "from_id": _l("移交人"), "from_on": _l("起始日期"),
    "given_on": _l("答复日期"), "handled_on": _l("处理日期"), "handler_id": _l("经办人"),
    "handling": _l("调查与处理情况"), "hash": _l("校验值"), "held_from": _l("首次持证日期"),
    "historical": _l("历史资料"), "id": _l("序号"), "identity": _l("身份"), "inspection_id": _l("检查"),
    "intake": _l("导入类别"), "investigated_on": _l("调查日期"), "issued_by_id": _l("下达人"),
    "item_id": _l("检查表内容"), "items": _l("移交的记录"), "key": _l("名称"), "kind": _l("类别"),
    "ladder": _l("逐级提醒"), "language": _l("界面语言"), "last": _l("最后一个"), "last_on": _l("至"),
    "last_sealed": _l("上年数已封存"), "last_year": _l("上年数"), "law": _l("法规"), "lead_id": _l("检查人"),
    "leads": _l("提醒时点"), "left": _l("待重算"), "level": _l("层级"), "line_id": _l("检查项"),
    "made_at": _l("建立时间"), "mapping": _l("对应的列"), "matter": _l("性质"), "merged": _l("并入年报"),
    "met_at": _l("办理时间"), "met_on": _l("办理日期"), "model": _l("明细所在表"), "month": _l("月份"),
    "months": _l("间隔月数"), "moved": _l("变动"), "must_change": _l("须改密码"), "n": _l("数量"), "name": _l("名称"),
    "name_cut": _l("名称不全"), "name_en": _l("英文名称"), "no": _l("编号"), "note": _l("说明"),
    "notified_on": _l("告知日期"), "number": _l("顺序号"), "of": _l("分母"), "officer_id": _l("经办人"),
    "offset": _l("期限"), "opinion": _l("当事人意见"), "or_unit": _l("可改用的计算单位"), "order_id": _l("整改通知"),
    "order_item_id": _l("复查的整改事项"), "outlet": _l("排放口"), "outlet_id": _l("排放口"),
    "owner_id": _l("承办人"), "pairs": _l("检索词"), "parent_id": _l("上级单位"), "passed": _l("复查合格"),
    "password_hash": _l("密码"), "path": _l("层级路径"), "pauses": _l("可暂停的情形"), "pdf_digest": _l("文件摘要值"),
    "period": _l("周期"), "permit_id": _l("许可证"), "person_id": _l("人员"), "person_present": _l("现场负责人"),
    "person_title": _l("职务"), "phone": _l("电话"), "plan_id": _l("自行监测要求"), "pollutant": _l("污染物"),
    "prefix": _l("字头"), "previous_id": _l("上一版许可证"), "query_code": _l("查询码"), "read": _l("读取"),
    "ready": _l("已就绪"), "reason": _l("理由"), "recheck_asked_on": _l("申请复核日期"),
    "recheck_decided_on": _l("复核答复日期"), "recheck_planned_on": _l("计划复查日期"),
    "rechecked_on": _l("复查日期"), "refusal": _l("签名"), "refusal_reason": _l("未签名原因"),
    "relapsed": _l("死灰复燃"), "relocated_on": _l("搬迁日期"), "remark": _l("说明"), "remedy": _l("处理"),
    "renewal_accepted_on": _l("延续受理日期"), "renewal_decided_on": _l("延续决定日期"),
    "reopened_on": _l("重新办理日期"), "replied_on": _l("首次反馈日期"), "report": _l("办理情况"),
    "report_id": _l("总结"), "reported_by_id": _l("反馈人"), "reported_channel": _l("原表来源"),
    "resumed_on": _l("恢复日期"), "review_asked_on": _l("申请复查日期"), "review_decided_on": _l("复查答复日期"),
    "reviewer_id": _l("年审人"), "revisited_on": _l("回访日期"), "rights_told": _l("已告知权利"), "role": _l("岗位"),
    "roll": _l("遇假日"), "round": _l("轮次"), "rows": _l("行数"), "rule": _l("时限规则"), "said": _l("改动内容"),
    "satisfaction": _l("回访结果"), "sealed_at": _l("封存时间"), "sealed_by_id": _l("签发人"),
    "second_id": _l("第二名检查人"), "secret": _l("加签密钥"), "separate_orders": _l("逐项下达整改"),
    "seq": _l("顺序号"), "severity": _l("严重程度"), "sheet": _l("工作表"), "since": _l("自"), "size": _l("大小"),
    "source": _l("来源"), "standard": _l("执行标准"), "start_at": _l("起算时间"), "start_on": _l("起算日期"),
    "started_at": _l("开始时间"), "state": _l("状态"), "stated_on": _l("载明的报送日期"), "status": _l("核对情况"),
    "stopped_on": _l("停产日期"), "stored_at": _l("入库时间"), "subject_id": _l("所属记录序号"),
    "subject_type": _l("所属记录类别"), "summary": _l("现场情况"), "taken_by_id": _l("登记人"), "text": _l("内容"),
    "text_en": _l("英文内容"), "title": _l("标题"), "title_en": _l("英文标题"), "to_id": _l("接交人"),
    "total": _l("总数"), "transferred_to": _l("转送何处"), "trigger": _l("起算情形"),
    "trigger_en": _l("起算情形（英文）"), "type": _l("类型"), "unit": _l("单位"), "unit_id": _l("单位"),
    "unit_of": _l("计量单位"), "until": _l("至"), "until_on": _l("恢复日期"), "url": _l("地址"),
    "user_id": _l("账号"), "username": _l("账号名"), "value": _l("数值"), "verdict": _l("结果"),
    "verified_by_id": _l("核实人"), "verified_on": _l("核实日期"), "version": _l("版本"), "void": _l("作废"),
    "way": _l("答复方式"), "why": _l("期限由来"), "withdrawn": _l("已撤回"), "witness": _l("见证人"),
    "workday": _l("工作日"), "works": _l("上班"), "year": _l("年度"),
    "announced_at": _l("公布时间"), "author_id": _l("拟订人"), "avoid_own": _l("包联专干回避"),
    "by_risk": _l("按风险加权"), "confirmed_at": _l("确认时间"), "declared_by_id": _l("登记人"),
    "draft": _l("草稿"), "draw_id": _l("双随机抽查"), "drawn_at": _l("抽取时间"), "drawn_by_id": _l("抽取人"),
    "houses": _l("家数"), "of_unit_id": _l("回避的单位"), "plan_key": _l("计划来源"), "pool": _l("抽取名录"),
    "prepared_by_id": _l("拟订人"), "public_number": _l("公开数"), "rested_days": _l("不再抽取天数"),
    "scope_id": _l("企业范围"), "times": _l("每家次数"), "transcript_id": _l("定稿笔录"), "weights": _l("权重"),
    "witness_id": _l("监督人"),
}  # fmt: skip

OWN: dict[str, dict[str, Any]] = {
    "case_paper": {
        "addressee": _l("主送"), "bureau": _l("署名机关"), "caller": _l("称谓"), "delivered_on": _l("送达日期"),
        "delivery": _l("送达方式"), "drafted_on": _l("拟稿日期"), "due_on": _l("载明期限"),
        "issued_by_id": _l("出具人"), "kind": _l("文种"), "receipt": _l("回执"), "serial": _l("文号序号"),
        "template_id": _l("文书模板"), "text": _l("正文"), "no": _l("文号"),
    },
    "case_link": {
        "from_id": _l("本件"), "to_id": _l("另一件"), "kind": _l("关系"), "linked_on": _l("关联日期"),
        "undone_on": _l("撤销日期"), "undone_by_id": _l("撤销人"), "undone_reason": _l("撤销理由"),
    },
    "reply_template": {"kind": _l("用于"), "made_by_id": _l("修改人"), "retired": _l("停用")},
    "field_file": {
        "client_key": _l("手机编号"), "attachment_id": _l("附件"), "sort": _l("种类"), "signer_id": _l("签名人"),
        "taken_at": _l("拍摄时间"), "received_at": _l("收到时间"), "ahead": _l("手机时间快慢（秒）"),
        "latitude": _l("纬度"), "longitude": _l("经度"), "accuracy": _l("定位精度（米）"),
    },
    "attachment": {"note": _l("附件说明"), "by_id": _l("上传人"), "at": _l("上传时间")},
    "check_line": {"remark": _l("发现的问题"), "days": _l("整改天数"), "due_on": _l("整改期限")},
    "complaint": {
        "phone": _l("来电号码"), "uncalled": _l("不回访的理由"), "tells_number": _l("内容里有反映人的电话"),
        "filed_online": _l("网上填写"), "filing_key": _l("网上填写的表单号"), "looked_up_on": _l("首次网上查询"),
        "online_satisfaction": _l("网上评价"),
    },
    "public_count": {"span": _l("计数时段")},
    "nonconformity": {
        "source": _l("来自哪条记录"), "source_key": _l("自动登记的标识"), "found_by_id": _l("发现人"),
        "raised_on": _l("登记日期"), "repeats_id": _l("上一次同类不符合"), "verifier_id": _l("验证人"),
        "owner_id": _l("责任人"), "due_on": _l("整改期限"), "ends_on": _l("延期后的整改期限"),
        "correction": _l("纠正"), "corrected_on": _l("纠正完成日期"), "corrected_by_id": _l("纠正的人"),
        "method": _l("分析方法"), "factor": _l("原因归类"), "cause": _l("原因分析"), "analysed_on": _l("分析日期"),
        "analysed_by_id": _l("分析人"), "elsewhere": _l("举一反三"), "elsewhere_note": _l("举一反三的说明"),
        "done_on": _l("整改完成日期"), "done_by_id": _l("报整改完成的人"), "first_done_on": _l("首次整改完成日期"),
        "in_time": _l("按期整改"), "verification": _l("验证情况"), "verified_by_id": _l("验证的人"),
        "looked_at": _l("验证所在的检查"), "effect": _l("有效性"), "effect_note": _l("评价依据"),
        "judged_on": _l("评价日期"), "judged_by_id": _l("评价人"), "first_judged_on": _l("首次评价日期"),
        "first_effect": _l("首次评价结果"), "closed_on": _l("关闭日期"),
    },
    "corrective_action": {
        "nonconformity_id": pgettext("register", "不符合"), "text": _l("措施"), "owner_id": _l("谁来做"),
        "due_on": _l("完成期限"), "done_by_id": _l("登记完成的人"), "result": _l("完成情况"),
    },
    "similar_check": {
        "nonconformity_id": pgettext("register", "不符合"), "owner_id": _l("自查人"), "asked_on": _l("通知日期"),
        "asked_by_id": _l("通知人"), "answered_on": _l("答复日期"), "answered_by_id": _l("答复人"),
        "answer": _l("自查情况"), "raised_id": _l("发现后登记的不符合"),
    },
    "inspection_finding": {"nonconformity_id": pgettext("register", "不符合")},
    "correction_order": {"demand": _l("整改要求"), "report": _l("整改情况"), "due_on": _l("整改期限")},
    "deputy": {"reason": _l("事由")},
    "inspection": {"plan_id": _l("检查计划")},
    "inspection_draw": {"plan_id": _l("检查计划")},
    "inspection_quota": {"plan_id": _l("检查计划")},
    "inspection_target": {"plan_id": _l("检查计划")},
    "officer_conflict": {"credit_code": _l("统一社会信用代码")},
    "pause": {"from_on": _l("暂停日期"), "kind": _l("不计入的情形"), "by_id": _l("批准人"), "at": _l("批准时间")},
    "rule": {"unit": _l("计算单位"), "day": _l("固定日期"), "since": _l("施行日期"), "source": _l("依据")},
    "rule_local": {"unit": _l("计算单位"), "by_id": _l("改动人"), "at": _l("改动时间")},
    "score_rule": {
        "since": _l("自何日起"), "source": _l("取数来源"), "codes": _l("取数代号"),
        "tenths": _l("每件扣分（十分之一分）"), "cap": _l("最多扣分（十分之一分）"),
        "months": _l("回看月数"), "by_id": _l("改动人"), "at": _l("改动时间"),
    },
    "score_snapshot": {"tenths": _l("得分（十分之一分）")},
    "score_waiver": {
        "rule": _l("扣分项"), "reason": _l("申诉理由"), "answer": _l("审定理由"), "asked_by_id": _l("登记人"),
        "asked_on": _l("登记日期"), "decided_by_id": _l("审定人"),
    },
    "enterprise": {"closed_on": _l("关闭日期"), "merged_into_id": _l("并入的档案"), "merged_on": _l("合并日期")},
    "outlet": {"token": _l("标签口令"), "labelled_on": _l("标签打印日期")},
    "sealed_figure": {"unit": _l("计量单位")},
    "task": {
        "demand": _l("督办要求"), "origin": _l("起因记录"), "watched_on": _l("进展起算日期"),
        "progressed_on": _l("上次进展日期"), "no_evidence": _l("没有材料的原因"), "extension_to": _l("申请延期到"),
        "extension_stage": _l("申请延期的阶段"), "due_on": _l("期限"), "issued_on": _l("下达日期"),
    },
    "task_stage": {
        "task_id": _l("督办单"), "asked_on": _l("下达日期"), "done_by_id": _l("完成人"), "result": _l("完成情况"),
    },
    "task_part": {
        "task_id": _l("督办单"), "asked_on": _l("下达日期"), "given_on": _l("反馈日期"), "given_by_id": _l("反馈人"),
        "text": _l("协办情况"),
    },
    "task_progress": {"task_id": _l("督办单"), "percent": _l("完成百分比"), "text": _l("进展")},
    "hotspot": {
        "week_on": _l("周（周一）"), "key": _l("归并依据"), "place": _l("地点"), "street_id": _l("街道"),
        "medium": _l("环境要素"), "longitude": _l("经度"), "latitude": _l("纬度"), "rows": _l("相关记录"),
        "cases": _l("件数"), "score": _l("分值"), "why": _l("理由"), "weeks": _l("各周件数"),
        "proposal": _l("建议"), "proposed_on": _l("提出日期"), "hidden": _l("全部要求保密"),
        "previous_id": _l("上一周的热点"), "decided_by_id": _l("决定人"), "decline": _l("不采纳的原因"),
        "reason": _l("决定理由"), "results": _l("处置记录"), "act_by_on": _l("应处置日期"), "owner_id": _l("责任人"),
    },
    "user": {"name": _l("姓名")},
    "workday": {"note": _l("名称")},
}  # fmt: skip


def kinds() -> dict[str, Any]:
    return KINDS | {subject.type: subject.name for subject in module.subjects()}


def listed() -> dict[str, dict[str, Any]]:
    """What the columns of each kind of record are called by its list."""
    return {s.type: {c.field or c.name: c.title for c in s.register.columns} for s in module.subjects() if s.register}


def titles(kind: str, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The titles of a kind's columns; `known` are the lists'. A setting is called as its page calls it."""
    own = {setting.key: setting.title for setting in KNOWN} if kind == "setting" else OWN.get(kind, {})
    return COMMON | own | known.get(kind, {})
