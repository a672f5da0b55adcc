"""Whether a caller asks for a person instead of the machine."""

import re
from typing import Final

from ivr.phrases import one_of
from ivr.replies import bare

_WHO: Final = one_of("人工 真人 活人 接线员 话务员 接话员 客服人员 人工客服 人工座席 人工坐席")
_ALONE_WHO: Final = one_of("人工 人工服务 人工客服 人工座席 人工台 真人 接线员 话务员 客服 客服人员")
_POLITE: Final = one_of(
    "嗯 啊 呃 喂 你好 您好 我 要 请 给 帮 吧 了 谢谢 麻烦 的 快 快点 赶紧 一下 那 就 还是 直接 好 行 呀 呢 不 不行 "
    "按零 按0 是 吗"
)
_COUNT: Final = one_of("一下 一个 个 到 我 成 位 上 进")
_CALL: Final = one_of("转 接 换 找 叫 要 按 转接 接通")
_WISH: Final = one_of("要 想 能 让我 得 需要 可以")
_WITH: Final = one_of("跟 和 同 找 与 对着")
_PEOPLE: Final = one_of("人 真人 活人 一个人 个人 个真人 工作人员 你们工作人员 接线员 话务员 客服 人工 你们领导")
_TALK: Final = one_of("说 讲 聊 谈 通话 反映 沟通 对话")
_UNWILLING: Final = one_of("不想 不要 不愿意 不愿 懒得 不 别让我")
_MACHINE: Final = one_of("机器 机器人 电脑 录音")
_NOT: Final = one_of("不用 不要 不必 别 甭 不需要 先不 不想 用不着 无需 别给我 不用给我 没有 没")
_OTHERS: Final = one_of("银行 电信 联通 移动 铁通 医院 公司 物业 平台 他们 人家 它 淘宝 京东 快递 保险 社保 医保")
_HARD: Final = one_of("打不通 转不 接不通 没人接 排队 等了 半天")
_THINGS: Final = one_of("湖 草 草坪 智能 费 成本 授精 受孕 耳蜗 降雨 关节 呼吸 收费 喷泉 河道 售票 窗口 检票")

_REFUSED: Final = re.compile(f"{_UNWILLING}{_WITH}(?:你|这|个)*{_MACHINE}{_TALK}")
_ASKED: Final = re.compile(
    f"{_CALL}{_COUNT}*{_WHO}|我需要{_COUNT}*{_WHO}|{_WISH}{_WITH}{_PEOPLE}{_TALK}|有没有(?:真人|活人|人工)|"
    "[来找换叫]个(?:真人|活人|人)来?(?:接|说|听|吧|跟我)|[找换]个?人$|换个?人来$"
)
_ALONE: Final = re.compile(f"^(?:{_POLITE}*+{_ALONE_WHO})++{_POLITE}*+$")
_DENIED: Final = re.compile(f"(?<!有){_NOT}(?:再|帮我|麻烦|你)*{_CALL}?{_COUNT}*{_WHO}(?:服务)?")
_ELSEWHERE: Final = re.compile(f"{_OTHERS}.{{0,12}}人工|人工.{{0,6}}{_HARD}|人工{_THINGS}")


def wants_human(text: str) -> bool:
    """Asked, and neither denied ("不用转人工") nor told of somebody else's hotline ("银行的人工转不进去")."""
    said = _DENIED.sub("〇", bare(text))
    if _ALONE.match(said) or _REFUSED.search(said):
        return True
    return bool(_ASKED.search(said)) and not _ELSEWHERE.search(said)
