"""What pages call the states, kinds and reasons of the house. Chinese is the source text."""

from collections.abc import Mapping

from console.saying import say_later as _

STATES: Mapping[str, str] = {
    "open": _("通话中"),
    "proposed": _("待确认"),
    "confirmed": _("已确认"),
    "dispatched": _("已派发"),
    "accepted": _("已接收"),
    "resolved": _("已办结"),
    "closed": _("已归档"),
    "callback": _("待回拨"),
    "answered": _("已答复"),
    "merged": _("已并单"),
    "refused": _("被退回"),
    "cancelled": _("已取消"),
}
KINDS: Mapping[str, str] = {
    "complaint": _("投诉"),
    "help": _("求助"),
    "consultation": _("咨询"),
    "suggestion": _("建议"),
    "report": _("举报"),
    "praise": _("表扬"),
    "other": _("其他"),
}
URGENCIES: Mapping[str, str] = {"emergency": _("特急"), "urgent": _("紧急"), "normal": _("一般")}
PROVENANCES: Mapping[str, str] = {"machine": _("机器"), "edited": _("已改"), "typed": _("手填")}
ROLES: Mapping[str, str] = {
    "operator": _("坐席"),
    "supervisor": _("班长"),
    "admin": _("管理员"),
    "receiver": _("承办单位"),
    "service": _("其他系统"),
}
SEATS: Mapping[str, str] = {
    "free": _("空席"),
    "ready": _("空闲"),
    "ringing": _("来电接入中"),
    "talking": _("通话中"),
    "wrap_up": _("整理"),
    "paused": _("示忙"),
}
PAUSES: Mapping[str, str] = {
    "meal": _("用餐"),
    "rest": _("休息"),
    "training": _("培训"),
    "other": _("其他"),
    "arrived": _("刚就座"),
    "no_answer": _("振铃未接"),
    "no_telephone": _("话机不通"),
}
CALL_BACK_OUTCOMES: Mapping[str, str] = {
    "reached": _("已接通"),
    "no_answer": _("无人接听"),
    "busy": _("占线"),
    "unreachable": _("无法接通"),
    "operator_left": _("坐席中途挂断"),
    "operator_absent": _("坐席话机未接"),
    "failed": _("交换机未能呼出"),
}
CALL_BACK_STATES: Mapping[str, str] = {
    "ringing_operator": _("坐席话机振铃中"),
    "ringing_resident": _("正在呼叫市民"),
    "talking": _("通话中"),
}
CALL_BACK_PROBLEMS: Mapping[str, str] = {
    "not_seated": _("您还没有就座，请先选座席。"),
    "no_telephone": _("话机没有注册，请打开话机，或换一个座席。"),
    "seat_busy": _("正在接入来电或通话中，请先结束通话。"),
    "exchange_unavailable": _("电话交换机没有回应，没有拨出；请用自己的话机拨打，并告知管理员。"),
}
SEAT_PROBLEMS: Mapping[str, str] = {
    "unknown_seat": _("没有这个座席，请另选一个。"),
    "seat_taken": _("这个座席已有人就座，请另选一个。"),
    "not_seated": _("您还没有就座，请先选座席。"),
    "no_telephone": _("话机没有注册，请打开话机，或换一个座席。"),
    "seat_busy": _("正在接入来电或通话中，请先结束通话。"),
}
RECORDINGS: Mapping[str, str] = {
    "media caller,system": _("与系统的通话"),
    "carrier caller": _("来电留言"),
    "exchange caller": _("市民一方（全程）"),
    "exchange human": _("坐席一方"),
}
"""Source and tracks of a recording."""
FIELDS: Mapping[str, str] = {
    "kind": _("诉求类型"),
    "urgency": _("紧急程度"),
    "category_code": _("事项"),
    "location": _("地点"),
    "address": _("详细地址"),
    "summary": _("诉求摘要"),
    "note": _("备注"),
    "caller_name": _("来电人姓名"),
    "confidential": _("来电人要求保密"),
}
REASONS: Mapping[str, str] = {
    "call": _("市民来电"),
    "human_spoke": _("已由人工接听"),
    "human_speaks": _("人工已接起"),
    "no_human_reached": _("市民要求人工，未能接通"),
    "message": _("市民留言"),
    "with_a_human": _("正由人工接听"),
    "nothing_heard": _("未听到市民说话"),
    "goodbye": _("通话正常结束"),
    "transfer": _("转接人工"),
    "hung_up": _("市民挂断"),
    "failed": _("系统故障"),
    "overflow": _("线路繁忙"),
    "no_sign_of_life": _("通话中断，未再收到信号"),
    "confirmed": _("坐席确认"),
    "answered": _("当场答复"),
    "sent": _("已送达派单队列"),
    "queued": _("已送达派单队列"),
    "accepted": _("承办单位接收"),
    "refused": _("承办单位退回"),
    "called_back": _("已回拨"),
    "parted": _("拆单"),
    "message_understood": _("留言已识别"),
    "wrong_number": _("拨错号码"),
    "withdrawn": _("市民撤回"),
    "no_request": _("没有诉求"),
    "nuisance": _("骚扰电话"),
    "unreachable": _("多次回拨未接通"),
}
ALARMS: Mapping[str, str] = {
    "disk_nearly_full": _("磁盘快满了，新来电改由人工或运营商录音"),
    "disk_has_room": _("磁盘空间已恢复"),
    "order_stuck": _("有派单多次没有送达，仍在重试"),
    "order_dead": _("有派单已停止重试，请管理员处理"),
    "recording_lost": _("有一段录音没有取回"),
    "spool_broken": _("有一份暂存记录无法读入，请管理员处理"),
}
MACHINES: Mapping[str, str] = {
    "calls": _("来电系统"),
    "transfers": _("转接系统"),
    "flask outbox retry": _("命令行"),
    "sweeps": _("系统巡检"),
    "triage": _("机器研判"),
    "seats": _("坐席系统"),
    "relay": _("派单系统"),
    "recordings": _("录音系统"),
    "spool": _("来电系统"),
    "command line": _("命令行"),
}
ACTIONS: Mapping[str, str] = {
    "case.read": _("查看了工单"),
    "case.listed": _("列出了工单"),
    "case.opened": _("接手了工单"),
    "case.changed": _("修改了工单"),
    "case.confirmed": _("确认了工单"),
    "case.answered": _("当场答复了"),
    "case.cancelled": _("取消了工单"),
    "case.proposed": _("回拨后继续办理"),
    "case.merged": _("合并了工单"),
    "event.notice": _("填写了答复口径"),
    "number.revealed": _("查看了来电号码"),
    "recording.heard": _("听了录音"),
    "order.retried": _("重新送出了派单"),
    "user.login": _("登录了系统"),
    "user.added": _("建立了账号"),
    "user.password": _("修改了密码"),
    "user.closed": _("停用了账号"),
    "token.added": _("建立了令牌"),
    "token.revoked": _("作废了令牌"),
}


def word(words: Mapping[str, str], code: str | None) -> str:
    """The word for a code; the code itself where there is none."""
    return str(words.get(str(code), code)) if code else ""
