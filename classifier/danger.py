"""Danger to life or property that is happening now: phrases, minus harmless words that hold them, minus what is denied, feared or over."""

import re
from typing import Final

_GAS: Final = "(?:煤气|燃气|天然气|液化气)"
_HARMLESS: Final = re.compile(
    f"火车|灭火|消火栓|火锅|上火|打火机|救火|防火|火灾隐患|火灾险|演习|演练|{_GAS}(?:费|卡|表|公司|集团|价|本|安检|改造|补贴|站|灶|热水器|壁挂炉|停了|缴费|充值|开户|过户|安装|管道改造)|"
    "打不着火|点不着火|打不起火|没火|爆炸性|跳楼价|跳楼机|漏电保护|[气急吵热冷冻烦累愁臭吓坑笑晒渴饿]死(?:我|人|了)|电脑中毒|手机中毒|困难|困扰|犯困|疲困|捆|道德绑架|"
    "信息爆炸|爆炸头|砍价|杀价|大减价|打死(?:也|都|不)|剧本杀|要塌了似的|炸街|炸鸡|炸串|油炸|爆满|漏气(?:的话)?不热|放气|出轨|窝火|恼火|发火|红火|火爆|自然倒塌保险|电击器|怎么预防|火化|火葬"
)
_PHRASES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        "着(?:大|了|起)?火|起(?:大|了)?火|失火|火灾|烧起来|烧着了|火势|火苗|大火|自燃|冒(?:着|出)?(?:浓|黑|大)?烟|浓烟|纵火|放火",
        f"{_GAS}.{{0,6}}(?:泄漏|泄露|漏|味|臭)|(?:闻|嗅)(?:到|着|见).{{0,8}}{_GAS}|漏(?:煤|燃|天然)气|一氧化碳|臭鸡蛋味|报警器一直(?:在)?(?:叫|响)",
        "爆炸|炸了|要炸|炸弹",
        "触电|漏电|电着人|被电(?:了|倒|着)|冒火(?:花|星)|打火花|(?:高压线|电线|电缆).{0,4}(?:断了|断落|刮断|掉(?:下来|地上|在)|垂到地|耷拉到)",
        "跳楼|跳河|自杀|轻生|不想活|活不下去|活着没(?:意思|劲)|想死|割腕|上吊|同归于尽|安眠药",
        "持刀|拿着?(?:菜|砍)?刀|砍人|捅(?:人|了)|杀人|杀了我|要打死|抢劫|绑架|强奸|救命|正在打|在打我|又打我|就打我|群殴|打群架",
        "被困|困(?:在|住)|困着|关在(?:电梯|里)|(?:电梯|楼)里.{0,6}(?:有人|老人|孩子).{0,6}(?:出不来|困)|出不来(?:了)?|压(?:着|住)人|埋(?:着|住|在)",
        "(?:房|楼|墙|顶|棚|架|塔吊|桥).{0,5}(?:塌了|塌下|要塌|快塌|倒塌|垮了|泡塌|坍塌|要倒|快倒)|坍塌|塌方|塌陷.{0,6}掉(?:进|下)|山体滑坡|泥石流|决堤|漫过(?:堤|坝)|洪水|让水围",
        "溺水|落水|掉(?:进|到|下)(?:河|湖|井|水|冰|坑)|坠楼|坠井|掉下去(?:了)?一?个?(?:人|孩子|小孩)",
        "昏迷|昏过去|晕过去|晕倒|不省人事|叫不醒|没(?:有)?(?:呼吸|心跳|意识)|口吐白沫|抽搐|大出血|流了?(?:好多|很多|一地)血|心梗|脑出血|中毒|喘不上气|快不行了|羊水破",
        "走丢|走失|(?:老人|孩子|老太太|爸|妈|奶奶|爷爷).{0,12}(?:不见了|没回来|没到家|找不着|找不到了)",
        "井.{0,3}(?:没盖|没有盖|盖.{0,3}(?:丢|没了|不见))|大窟窿",
    )
)
_DENIED: Final = re.compile(
    "(?:没有?|没有人|没见|没发生|未|并非|不是|不算|没被|并没有?|从来没|从没)(?:发生|出现|什么|任何|闻到|看到|人|真的|造成|引起|被|过)*$"
)
_FEARED: Final = re.compile(
    "(?:怕(?!是)|担心|害怕|万一|可能会?|容易|防止|避免|预防|如果|要是|假如|一旦|会不会|早晚|迟早|就怕|生怕|以免|免得|哪天|不会|咨询|想问|怎么防|关于|等着|非得等)[^，？]{0,10}$|(?<!机)会(?:引起|引发|造成|导致)?$"
)
_OVER: Final = re.compile(
    "^(?:了)?(?:过[一两几]?[次回]|的时候|的话|怎么办理|扑灭|已经灭|的新闻|保险|的赔偿|以后怎么|的损失|鉴定|宣传|知识|补贴|抢救)"
)
_LONG_AGO: Final = re.compile("去年|前年|上个月|上次|以前|之前|那年|那次|年前|小时候")
_ONGOING: Final = re.compile("漏|冒|味|火花|耷拉|掉在|困")
_NOW: Final = re.compile("现在|刚才|刚刚|正在|今天|这会|又")
_CLAUSE: Final = re.compile("[，？]|但是|可是|不过|然后")


def danger_spans(text: str) -> list[tuple[int, int]]:
    """Where a cleaned text tells of danger; empty where it does not."""
    masked = _HARMLESS.sub(lambda match: "〇" * len(match.group()), text)
    spans: list[tuple[int, int]] = []
    start, past = 0, False
    for end in [*(match.start() for match in _CLAUSE.finditer(masked)), len(masked)]:
        clause = masked[start:end]
        past = (past or bool(_LONG_AGO.search(clause))) and not _NOW.search(clause)
        if not past:
            spans.extend((start + begin, start + stop) for begin, stop in _in_clause(clause))
        start = end
    return spans


def _in_clause(clause: str) -> list[tuple[int, int]]:
    found = []
    for phrase in _PHRASES:
        for match in phrase.finditer(clause):
            before, after = clause[: match.start()], clause[match.end() :]
            denied = _DENIED.search(before) and not re.search("(?:是不是|有没有|还没完)$", before)
            feared = _FEARED.search(before) and not (_ONGOING.search(match.group()) and "会" not in before[-2:])
            if not (denied or feared or _OVER.match(after)):
                found.append((match.start(), match.end()))
    return found
