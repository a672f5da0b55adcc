from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.contract import Transcript, Word
from asr.numbered_names import NumberedNames, city_names
from asr.numerals import amount, digits, figures
from asr.written import normalise, readable, stretches

SPACES = """
 =>
我 家 住 在 回龙观 => 我家住在回龙观
  我  家  => 我家
我 用 wifi 上网 => 我用wifi上网
open the door => open the door
"""
PHONES = """
电话 是 一 三 八 零 零 一 三 八 零 零 零 => 电话是13800138000
幺 三 八 零 零 幺 三 八 零 零 零 => 13800138000
幺三八两个零一三八三个零 => 13800138000
我的号码是幺八六幺零零二二三三四 => 我的号码是18610022334
零 幺 零 六 二 二 二 三 三 三 三 => 01062223333
六 二 二 二 三 三 三 => 6222333
六 二 二 二 三 三 => 622233
打 幺幺零 => 打110
拨打一二零 => 拨打120
打一一九 => 打119
一二三四五热线 => 12345热线
拨打一二三四五 => 拨打12345
九六零零零幺 => 960001
一 一 二 二 三 三 四 四 和 五 五 六 六 七 七 八 => 11223344和5566778
工号三五六 => 工号356
尾号是八八六六 => 尾号是8866
验证码七七三四 => 验证码7734
"""
ADDRESSES = """
三 号楼 二 单元 一零二 => 3号楼2单元102
三号楼二单元五零一 => 3号楼2单元501
三号楼五零一的 => 3号楼501的
十二号楼六层 => 12号楼6层
二十一号楼 => 21号楼
一百一十九号 => 119号
甲三号院 => 甲3号院
乙十二号 => 乙12号
六十三号院 => 63号院
十一号院 => 11号院
五零一室 => 501室
一零零一室 => 1001室
房间四零三 => 房间403
四零三房间 => 403房间
五单元 => 5单元
二单元三层西户 => 2单元3层西户
三楼 => 3楼
一楼 => 1楼
二十八层 => 28层
六号门 => 6号门
一号楼一门一零一 => 1号楼1门101
八里庄十号院 => 八里庄10号院
六里桥南里三号楼 => 六里桥南里3号楼
天通苑北一区三号楼 => 天通苑北一区3号楼
甘家口三号院 => 甘家口3号院
劲松三区三百零五号楼 => 劲松三区305号楼
3号楼二单元 => 3号楼2单元
十八号 => 18号
第六层 => 第六层
七八层 => 七八层
三四号楼 => 三四号楼
两居室 => 两居室
一居室 => 一居室
一层灰 => 一层灰
三门 => 三门
四组 => 四组
"""
ROUTES = """
三百路 => 300路
三〇〇路 => 300路
三十七路 => 37路
坐四路公交车 => 坐4路公交车
八路公交站 => 8路公交站
六三四路 => 634路
地铁一号线 => 地铁1号线
十号线 => 10号线
运通一零一 => 运通101
四路通 => 四路通
五路居 => 五路居
一路走好 => 一路走好
十字路口 => 十字路口
二环路 => 二环路
一路灯都不亮 => 一路灯都不亮
"""
TIMES = """
十一 点 => 11点
晚上 十一 点 半 => 晚上11点半
夜里十二点 => 夜里12点
下午三点二十 => 下午3点20
三点五十分 => 3点50分
三点零五分 => 3点05分
八点过五分 => 8点过05分
三点一刻 => 3点一刻
六点钟 => 6点钟
两点半 => 2点半
两点到四点 => 2点到4点
从早上六点到晚上十点 => 从早上6点到晚上10点
凌晨两点多 => 凌晨2点多
下午一点 => 下午1点
一点钟 => 1点钟
十点左右 => 10点左右
二十三点以后 => 23点以后
一点 => 一点
一点也不 => 一点也不
有一点吵 => 有一点吵
我有三点意见 => 我有三点意见
三点要求 => 三点要求
三点五 => 三点五
三十点 => 三十点
"""
DATES = """
二零二五 年 十一 月 => 2025年11月
二零二五年十一月三号 => 2025年11月3号
一九九八年 => 1998年
九八年 => 98年
零九年 => 09年
二四年三月 => 24年3月
三月十五日 => 3月15日
十月一号 => 10月1号
五月份 => 5月份
十二月三十一号 => 12月31号
二十号 => 20号
五六年 => 五六年
十三月 => 十三月
十月怀胎 => 十月怀胎
十一黄金周 => 十一黄金周
五一放假 => 五一放假
六一儿童节 => 六一儿童节
三个月 => 三个月
"""
MONEY_AND_MEASURES = """
一千 二百 块钱 => 1200块钱
三百五十块钱 => 350块钱
三百五十块 => 350块
三千五百元 => 3500元
三万五千元 => 35000元
三万块 => 3万块
一亿元 => 1亿元
五块钱 => 5块钱
两块钱 => 2块钱
两万五千块钱 => 25000块钱
三十多块 => 30多块
一点五万元 => 1.5万元
一百零五元 => 105元
九十分贝 => 90分贝
五十平米 => 50平米
八十九点五平米 => 89.5平米
三点五公里 => 3.5公里
两百米 => 200米
三米 => 3米
三十八度 => 38度
零下十五度 => 零下15度
一点五倍 => 1.5倍
二十四小时 => 24小时
十五个人 => 15个人
一百多户 => 100多户
六十五岁 => 65岁
十分钟 => 10分钟
十年 => 10年
百分之三十 => 30%
百分之百 => 100%
百分之二点五 => 2.5%
百分之五点零五 => 5.05%
百分之几 => 百分之几
三个人 => 三个人
两个小时 => 两个小时
一度 => 一度
十几块 => 十几块
几十块 => 几十块
三四百块 => 三四百块
二三十个人 => 二三十个人
百十来个 => 百十来个
十来年 => 十来年
上百户 => 上百户
"""
PLATES = """
京A一二三四五 => 京A12345
京 a 八 八 六 六 零 => 京A88660
京N幺二三B五 => 京N123B5
冀B九九八七六 => 冀B99876
京A D一二三四五 => 京AD12345
京A一二 => 京A一二
北京A座 => 北京A座
"""
STAY = """
一些 => 一些
一下 => 一下
十分满意 => 十分满意
万一着火了 => 万一着火了
一样 => 一样
统一 => 统一
一直 => 一直
一定 => 一定
不管三七二十一 => 不管三七二十一
四合院 => 四合院
二手房 => 二手房
三轮车 => 三轮车
五金店 => 五金店
千万别 => 千万别
老百姓 => 老百姓
三三两两 => 三三两两
三分之一 => 三分之一
一二三四五六七八万 => 一二三四五六七八万
十一二三四五六七八 => 十一二三四五六七八
三点一四一五九二六五 => 三点一四一五九二六五
第三人民医院 => 第三人民医院
二维码 => 二维码
一刀切 => 一刀切
三无产品 => 三无产品
七上八下 => 七上八下
九一八 => 九一八
"""
NAMES = """
三里屯 => 三里屯
五道口 => 五道口
八里庄 => 八里庄
六里桥 => 六里桥
十里河 => 十里河
双井 => 双井
四惠 => 四惠
四惠东站 => 四惠东站
五棵松 => 五棵松
三〇一医院 => 三〇一医院
三号航站楼 => 三号航站楼
上地十街 => 上地十街
北七家 => 北七家
万寿路 => 万寿路
九棵树 => 九棵树
十三陵 => 十三陵
东四十条 => 东四十条
劲松一区 => 劲松一区
西二旗 => 西二旗
东五环 => 东五环
北苑一号院社区 => 北苑一号院社区
"""


def _rows(*tables: str) -> list[tuple[str, str]]:
    lines = [line for table in tables for line in table.split("\n") if "=>" in line]
    return [(heard, written.strip()) for heard, _, written in (line.partition("=>") for line in lines)]


TABLE = _rows(SPACES, PHONES, ADDRESSES, ROUTES, TIMES, DATES, MONEY_AND_MEASURES, PLATES, STAY, NAMES)
ROOT = Path(__file__).parents[3]
ANY_SPEECH = st.text(
    alphabet="一二三四五六七八九十百千万亿零幺两点号楼单元层室年月日分半块元路京A a0123多第个。，我在", max_size=40
)


@cache
def _names() -> NumberedNames:
    return city_names(ROOT / "config" / "gazetteer")


@pytest.mark.parametrize(("raw", "text"), TABLE)
def test_what_people_read(raw: str, text: str) -> None:
    assert readable(raw) == text


def test_the_table_is_long_enough_to_be_trusted() -> None:
    assert len(TABLE) >= 200
    assert len({raw for raw, _ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(("raw", "text"), TABLE)
def test_what_is_written_stays_when_it_is_written_again(raw: str, text: str) -> None:
    assert readable(text) == text


@settings(max_examples=300)
@given(ANY_SPEECH)
def test_a_second_time_changes_nothing(raw: str) -> None:
    once = readable(raw)
    assert readable(once) == once


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=60), ANY_SPEECH))
def test_any_text_comes_out_bounded_and_every_part_knows_what_was_heard(raw: str) -> None:
    parts = stretches(raw)
    heard, written = "".join(part.heard for part in parts), "".join(part.written for part in parts)
    assert heard.replace(" ", "") == "".join(raw.split()).replace(" ", "")
    assert written == readable(raw)
    assert len(written) <= 3 * len(raw)
    assert all(part.heard for part in parts)


def test_only_numbers_change_and_each_change_is_a_stretch_of_its_own() -> None:
    parts = stretches("我 住 三 号楼 二 单元 五零一 晚上 十一 点 回家")
    assert [(part.heard, part.written) for part in parts if part.heard != part.written] == [
        ("三号楼二单元五零一", "3号楼2单元501"),
        ("晚上十一点", "晚上11点"),
    ]


def test_a_very_long_text_is_no_burden() -> None:
    long = "三号楼" * 50_000
    assert len(readable(long)) == len(long)


def test_raw_text_and_words_stay() -> None:
    words = (Word("幺", 0, 100, 0.5),)
    done = normalise(Transcript("我 家", "我 家", words))
    assert (done.text, done.raw, done.words) == ("我家", "我 家", words)


def test_every_name_of_the_city_with_a_numeral_is_written_as_it_is() -> None:
    names = sorted(_names().all)
    assert len(names) > 1000
    assert [name for name in names if readable(f"我在{name}附近") != f"我在{name}附近"] == []


def test_a_bare_number_of_a_house_is_nobodys_name() -> None:
    assert list(_names().spans("十一号院")) == []
    assert list(_names().spans("住十一号院社区")) == [(1, 7)]


@pytest.mark.parametrize(
    ("spoken", "value"),
    [
        ("零", 0), ("十", 10), ("十五", 15), ("二十", 20), ("一百零五", 105), ("一百五", 150), ("三千零五十", 3050),
        ("一千一", 1100), ("两万三千", 23000), ("一万二", 12000), ("三百万", 3_000_000), ("一万零五", 10005),
        ("二三十", None), ("三四百", None), ("百十", None), ("百", None), ("三千零", None), ("十十", None),
        ("", None), ("楼", None),
    ],
)  # fmt: skip
def test_amounts_are_read_or_refused(spoken: str, value: int | None) -> None:
    assert amount(spoken) == value


@given(st.integers(min_value=0, max_value=99_999_999))
def test_every_amount_that_is_said_in_full_comes_back(value: int) -> None:
    assert amount(_say(value)) == value


def test_rows_of_digits_are_read_one_by_one() -> None:
    assert (digits("五零一"), digits("幺〇"), digits("十"), digits("")) == ("501", "10", None, None)
    assert (figures("七八"), figures("三百五"), figures("三万"), figures("两")) == (None, "350", "3万", "2")


def _say(value: int) -> str:
    if value >= 10_000:
        above, rest = divmod(value, 10_000)
        said = _say(above) + "万"
        return said if not rest else said + ("零" if rest < 1000 else "") + _say(rest)
    said, is_gap = "", False
    for step, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // step % 10
        if digit:
            said += ("零" if is_gap and said else "") + "零一二三四五六七八九"[digit] + sign
            is_gap = False
        else:
            is_gap = True
    return said or "零"
