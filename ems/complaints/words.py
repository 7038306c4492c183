"""The words of other people's tables of complaints, and which of ours they mean."""

from ems.complaints.models import Channel, ComplaintState, Matter, Medium, Satisfaction
from ems.complaints.moves import CLOSED, REFUSED, REGISTERED, TRANSFERRED
from ems.core.tables import plain
from ems.web.kinds import mean

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
