import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.contract import Transcript, Word
from asr.normalising import normalise, readable

TABLE = [
    ("", ""),
    ("我 家 住 在 回龙观", "我家住在回龙观"),
    ("  我  家 ", "我家"),
    ("我 用 wifi 上网", "我用wifi上网"),
    ("open the door", "open the door"),
    ("电话 是 一 三 八 零 零 一 三 八 零 零 零", "电话是13800138000"),
    ("幺 三 八 零 零 幺 三 八 零 零 零", "13800138000"),
    ("零 幺 零 六 二 二 二 三 三 三 三", "01062223333"),
    ("六 二 二 二 三 三 三", "6222333"),
    ("六 二 二 二 三 三", "六二二二三三"),
    ("十一 点", "十一点"),
    ("晚上 十一 点 半", "晚上十一点半"),
    ("三 号楼 二 单元 一零二", "三号楼二单元一零二"),
    ("二零二五 年 十一 月", "二零二五年十一月"),
    ("打 幺幺零", "打幺幺零"),
    ("一二三四五六七八万", "一二三四五六七八万"),
    ("十一二三四五六七八", "十一二三四五六七八"),
    ("三点一四一五九二六五", "三点一四一五九二六五"),
    ("一千 二百 块钱", "一千二百块钱"),
    ("一 一 二 二 三 三 四 四 和 五 五 六 六 七 七 八", "11223344和5566778"),
]


@pytest.mark.parametrize(("raw", "text"), TABLE)
def test_what_people_read(raw: str, text: str) -> None:
    assert readable(raw) == text


@given(st.text(alphabet="一二三幺零十百点号楼 ab我家，", max_size=60))
def test_a_second_time_changes_nothing(raw: str) -> None:
    once = readable(raw)
    assert readable(once) == once


def test_raw_text_and_words_stay() -> None:
    words = (Word("幺", 0, 100, 0.5),)
    done = normalise(Transcript("我 家", "我 家", words))
    assert (done.text, done.raw, done.words) == ("我家", "我 家", words)
