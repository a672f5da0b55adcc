import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.danger import find_danger
from ivr.human import wants_human
from ivr.replies import Answer, Reply, asks_again, is_filler, is_hello, read_reply


def lines(block: str) -> list[str]:
    return [line for line in block.strip().splitlines() if line]


@pytest.mark.parametrize(
    "text",
    lines("""
对
对的
对对对
对，没错
没错
没有错
是
是的
是的，没错
是啊，就是这个事
嗯，对
嗯对对
对，对，就是这样，是这样
正确
可以
行
好的
不错
没问题
对，你们快点来吧
对，没错，赶紧给修修吧
是的是的，谢谢
对 没 错
啊对
说得对
都对
是这个情况
差不多
您说对了
可不是嘛
应该是吧
没说错
没有别的了
"""),
)
def test_yes_is_heard(text: str) -> None:
    assert read_reply(text) == Reply(Answer.YES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("不对", ""),
        ("不对不对", ""),
        ("不是", ""),
        ("不是的", ""),
        ("错了", ""),
        ("你说错了", ""),
        ("没有", ""),
        ("嗯，不对", ""),
        ("对不起，不对", ""),
        ("不太对吧", ""),
        ("地址不对", ""),
        ("不对，是天通苑北", "天通苑北"),
        ("不对，应该是天通苑北一区", "天通苑北一区"),
        ("不是，我说的是回龙观", "回龙观"),
        ("不是不是，是三号楼", "三号楼"),
        ("错了，是电梯坏了", "电梯坏了"),
        ("地点不对，在望京", "在望京"),
        ("不是暖气，是漏水", "漏水"),
        ("不是，不是暖气，是热水", "热水"),
        ("天通苑南不对，天通苑北", "天通苑北"),
        ("对是对，但是楼号不对", ""),
        ("不是这个小区", ""),
        ("不", ""),
        ("不不不", ""),
        ("错的", ""),
        ("不对啊，我家在霍营", "我家在霍营"),
        ("不对，我说错了，是天通苑北二区", "天通苑北二区"),
    ],
)
def test_no_is_heard_with_the_words_that_say_it_right(text: str, words: str) -> None:
    assert read_reply(text) == Reply(Answer.NO, words)


@pytest.mark.parametrize(
    "text",
    [
        "再说一遍",
        "请您再说一遍",
        "没听清",
        "我没听清楚",
        "没听见",
        "什么？",
        "啥",
        "你说什么",
        "听不清",
        "慢点说",
        "重复一遍",
        "啊？什么",
    ],
)
def test_say_it_again_is_heard(text: str) -> None:
    assert read_reply(text).answer is Answer.AGAIN
    assert asks_again(text)


@pytest.mark.parametrize("text", ["嗯", "嗯嗯", "啊", "哦"])
def test_a_mere_sound_of_listening_is_no_full_yes(text: str) -> None:
    assert read_reply(text).answer is Answer.BACKCHANNEL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("是天通苑北", "天通苑北"),
        ("三号楼二单元", "三号楼二单元"),
        ("对面的楼也停水了", "对面的楼也停水了"),
        ("对，但是还有电梯也坏了", "对但是还有电梯也坏了"),
        ("", ""),
    ],
)
def test_other_words_are_kept_as_said(text: str, words: str) -> None:
    assert read_reply(text) == Reply(Answer.OTHER, words)


@pytest.mark.parametrize("text", ["我跟物业说了好几次他们都说没听见，根本不管", "楼上半夜放音响我跟他说他听不见一样"])
def test_a_matter_that_holds_such_words_does_not_ask_again(text: str) -> None:
    assert not asks_again(text)


@pytest.mark.parametrize("text", ["喂", "喂，你好", "您好", "喂喂，有人吗", "你好，是12345吗", "能听见吗", "你好，我想问一下"])
def test_a_mere_hello_is_no_matter(text: str) -> None:
    assert is_hello(text)


@pytest.mark.parametrize("text", ["喂，我家停水了", "你好，我要投诉物业", "是不是12345，我反映噪音"])
def test_a_hello_with_a_matter_is_a_matter(text: str) -> None:
    assert not is_hello(text)


@pytest.mark.parametrize(
    ("text", "filler"), [("嗯，那个", True), ("我想想", True), ("", True), ("，。", True), ("那个路灯", False)]
)
def test_who_only_thinks_has_said_nothing_yet(text: str, filler: bool) -> None:
    assert is_filler(text) is filler


@pytest.mark.parametrize(
    "text",
    lines("""
转人工
转人工吧
请帮我转人工
给我转人工服务
人工
人工服务
我要人工
要人工客服
找人工
接人工
叫接线员
接线员
我要跟人说话
我想跟真人说
我不想跟机器说话
别让我跟机器人说
换个人说
有没有真人
找个活人跟我说
还是转人工吧谢谢
我需要人工
我要找接线员
不要跟机器人聊，转人工
转 人工
能跟工作人员说吗
我不想跟你说，我要找人
人工人工人工
叫个人来听电话
别用机器糊弄我，找个人
能不能换人来
按零是人工吗
"""),
)
def test_a_wish_for_a_human_is_heard(text: str) -> None:
    assert wants_human(text)


@pytest.mark.parametrize(
    "text",
    lines("""
不用转人工
不要转人工
别转人工
先不转人工
不用找人工服务了
不需要人工
人工湖的水臭了
公园里的人工湖没人管
人工费太贵了
银行的人工客服转不进去
我打联通电话转人工转了半天
医院人工窗口排队太长
物业的客服态度不好
我要投诉客服
有人半夜施工
找人来修电梯
人家说不归他们管
工地的工人太吵
我找不到工作人员
人工智能骗人
找个人来修一修
能不能派个人来看看
我找了个人来修，修不好
叫居委会的人来
没有人工作
"""),
)
def test_other_talk_of_people_is_no_wish_for_a_human(text: str) -> None:
    assert not wants_human(text)


@pytest.mark.parametrize(
    "word", ["是啊", "喂", "呢", "嗯那个", "不行", "对对", "发生过", "没有人", "一个", "不对了", "转一下", "对不起", "我要"]
)
def test_the_same_word_a_hundred_times_is_read_at_once(word: str) -> None:
    for text in (word * 100 + "x", "没有" + word * 100 + "着火", "x" + word * 100):
        read_reply(text)
        wants_human(text)
        is_hello(text)
        is_filler(text)
        find_danger(text)


@given(st.text(max_size=100))
@settings(deadline=None)
def test_no_text_breaks_the_reading_of_answers(text: str) -> None:
    read_reply(text)
    wants_human(text)
    is_hello(text)
    is_filler(text)


@given(st.text(alphabet="嗯啊对不是错了没再说一遍我要转人工跟人那个喂你好，", max_size=60))
@settings(deadline=None)
def test_no_jumble_of_answers_takes_long_or_breaks(text: str) -> None:
    read_reply(text)
    wants_human(text)
    is_hello(text)
    is_filler(text)
