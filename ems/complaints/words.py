"""The words of other people's tables of complaints, headings among them, and which of ours they mean."""

from flask_babel import lazy_gettext as _l

from ems.complaints.models import Channel, ComplaintState, Identity, Matter, Medium, Satisfaction
from ems.complaints.moves import CLOSED, REFUSED, REGISTERED, TRANSFERRED
from ems.core.register import Column
from ems.core.tables import plain
from ems.web.kinds import mean

#: what the register's own columns do not say; its titles are those of a narrow list
COLUMNS = (
    Column("received_on", _l("收到日期"), None, "received_on",
           ("收件日期", "来电日期", "来电时间", "反映时间", "诉求时间", "举报时间", "日期", "受理日期")),
    Column("accepted_on", _l("受理日期"), None, "accepted_on"),
    Column("answered_on", _l("答复日期"), None, "answered_on", ("回复日期", "回复时间", "答复时间")),
    Column("closed_on", _l("办结日期"), None, "closed_on", ("办结时间", "结案日期", "完成日期", "办理完成时间")),
    Column("answer", _l("答复内容"), None, "answer",
           ("答复", "回复", "回复内容", "答复情况", "回复情况", "办理结果", "处理结果", "回复1")),
    Column("handling", _l("处理情况"), None, "handling", ("调查处理情况", "调查与处理情况", "查处情况")),
    Column("complainant", _l("反映人"), None, "complainant",
           ("联系人", "投诉人", "举报人", "来电人", "诉求人", "姓名", "匿名", "匿名or实名", "是否匿名", "称呼")),
    Column("phone", _l("联系电话"), None, "phone", ("电话", "来电号码", "手机", "手机号", "联系方式", "投诉人电话")),
    Column("identity", _l("身份"), None, "identity",
           ("是否保密", "是否要求保密", "要求保密", "保密要求", "是否需要保密", "身份要求")),
    Column("matter", _l("性质"), None, "matter", ("诉求类型", "事项类型", "信访类型", "诉求性质")),
    Column("channel", _l("来源"), None, "channel", ("信访来源", "来源渠道", "诉求来源", "受理方式")),
    Column("reported_channel", _l("原表来源"), None, "reported_channel", ("forumName",)),
    Column("title", _l("事项"), None, "title", ("诉求主题", "投诉标题", "事由", "投诉事项")),
    Column("text", _l("反映内容"), None, "text", ("投诉事由", "具体内容", "举报内容", "来电内容", "主要内容")),
    Column("medium", _l("要素"), None, "medium", ("污染类别", "污染要素", "环境要素")),
    Column("reported_days", _l("原表回复天数"), None, "reported_days", ("办结天数", "答复天数")),
    Column("satisfaction", _l("回访结果"), None, "satisfaction", ("满意度", "群众满意度")),
    Column("document_no", _l("转办文号"), None, "document_no", ("文号", "来文文号")),
    Column("unit_id", _l("承办单位"), None, "unit_id", ("办理单位", "责任部门", "承办部门")),
    Column("enterprise_name", _l("被投诉企业"), None, "enterprise_name", ("污染源名称", "涉事企业")),
    Column("external_no", _l("工单号"), None, "external_no", ("工单编号", "受理编号", "诉求件编号", "投诉编号")),
    Column("reported_state", _l("办理状态"), None, "reported_state", ("工单状态", "处理状态", "当前状态")),
    Column("no", _l("编号"), None, "no", ("承办单位案号",)),
    Column("place", _l("地点"), None, "place", ("事发地点", "地址", "投诉地址", "污染地点")),
    Column("coordinates", _l("坐标"), None, "coordinates", ("经纬度", "坐标（经纬度）", "地理坐标")),
    Column("document_due_on", _l("文件载明期限"), None, "document_due_on", ("办理期限", "办结期限", "截止日期")),
)  # fmt: skip
NAMELESS = frozenset({"匿名", "匿名者", "1", "是"})
NOT_NAMED = frozenset({"", "0", "否", "实名"})
MAILBOX = ("书记", "市长", "县长", "区长", "主任", "信箱", "留言", "论坛")
CHANNELS = (
    mean(Channel.WEB, "网站 网络 网上 网上信访 网民留言 官网 微信 微信公众号 微博 qq 邮件 电子邮件 邮箱 app e福州app")
    | mean(Channel.WEB, "论坛 信箱 书记信箱 市长信箱 领导信箱 留言板")
    | mean(Channel.H12345, "12345热线 12345app 12345平台 市长热线 政务热线 政务服务热线 市民热线")
    | mean(Channel.H12369, "12369热线 环保热线 环保举报热线 12369平台 12369微信")
    | mean(Channel.LETTER, "信件 书信 来信来函 信访件 写信")
    | mean(Channel.VISIT, "走访 接访 上门 上访 当面")
    | mean(Channel.SUPERIOR, "转办 上级交办 市局转办 市局交办 省厅转办 省厅交办 督察转办 督察交办")
    | mean(Channel.INSTRUCTION, "批示 领导交办 领导批办")
    | mean(Channel.OTHER, "电话 来电 短信 传真 媒体 记者 巡查 现场")
)
MATTERS = mean(Matter.COMPLAINT, "投诉 举报 信访 咨询 建议 求助 反映 意见 诉求 表扬") | mean(
    Matter.DISPUTE, "纠纷 污染纠纷 环境纠纷 调解"
)
NO_COMPLAINTS = frozenset(mean(None, "咨询 建议 求助 意见 表扬"))
IDENTITIES = mean(Identity.CONFIDENTIAL, "是 1 y 保密 需保密 需要保密 要求保密 不公开 不愿公开") | mean(
    Identity.OPEN, "否 0 n 不保密 无需保密 不需要保密 公开 实名"
)
MEDIA = (
    mean(Medium.AIR, "气 废气 大气污染 空气 粉尘 扬尘 烟尘 尾气")
    | mean(Medium.WATER, "废水 污水 水污染 水体 河道 黑臭水体")
    | mean(Medium.NOISE, "噪音 声 噪声污染 噪音扰民 施工噪声 震动 振动")
    | mean(Medium.WASTE, "固体废物 垃圾 渣土 危废 固废污染")
    | mean(Medium.FUME, "餐饮油烟 油烟污染 餐饮")
    | mean(Medium.ODOUR, "恶臭 臭气 臭味 异味恶臭")
    | mean(Medium.OTHER, "综合 辐射 电磁辐射 土壤 生态 环保")
)
CALLED_BACK = {"不满": Satisfaction.DISSATISFIED, "未接通": Satisfaction.UNREACHED, "较满意": Satisfaction.FAIR}
OURS = {channel: frozenset({plain(channel.value), plain(str(channel.label))}) for channel in Channel}
TOLD = (
    mean(CLOSED, "已办理 已办结 已回复 已答复 已处理 已完成 完成 结案 已结案 归档 已归档")
    | mean(REGISTERED, "待回复 未回复 待办理 未办理 办理中 处理中 待处理 未办结 在办")
    | mean(TRANSFERRED, "已转办 转办")
    | mean(REFUSED, "不受理")
)


def state_told(said: str) -> ComplaintState | None:
    """The state that a table's word means; None for a word nobody knows."""
    return STATES.get(plain(said))


STATES = {plain(word): state for word, state in TOLD.items()} | {
    plain(word): state for state in ComplaintState for word in (state.value, str(state.label))
}
