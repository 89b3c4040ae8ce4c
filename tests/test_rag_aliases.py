"""One thing under several names."""

import pytest

from rag.aliases import aliases, met, read_as, slip
from rag.names import is_name
from rag.question import parse_question


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("申城", "龚正市长在上海会见了来访的客人"),
        ("卫健局", "区卫生健康局负责人介绍"),
        ("市监局", "巫溪县市场监督管理局查处案件"),
        ("南海区卫健局", "南海区卫生健康局"),
        ("北京市", "北京今天下雨"),
        ("舟山群岛", "舟山有两个民用机场"),
        ("陈诚于", "陈诚小学毕业后"),
        ("和澳洲", "与澳洲类似的政策"),
        ("特罗姆瑟", "斯特罗姆·瑟蒙德"),
        ("淄搏", "淄博高新区"),
        ("管敏馨", "浙大教授管敏鑫说"),
        ("浙大", "浙江大学教授介绍"),
        ("北京市民", "北京有三处会场"),
        ("中亚国家", "中亚五国元首出席"),
        ("台湾岛", "台湾东部海域"),
        ("上海", "在沪企业代表参加"),
        ("台湾", "涉台问题"),
        ("英国", "中英对话重启"),
    ],
)
def test_a_name_is_met_under_another_form(name: str, text: str) -> None:
    assert met(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("申城", "武汉今天下雨"),
        ("顺德区", "南海区有多少家医院"),
        ("王大明", "李小明说"),
        ("高雄", "上海台北城市论坛"),
        ("淄川", "淄博高新区"),
        ("上海", "沪语童谣"),
        ("英国", "英雄归来"),
        ("台湾", "台风来了"),
    ],
)
def test_another_name_is_not_met(name: str, text: str) -> None:
    assert not met(name, text)


def test_a_slip_is_found_with_what_stands_there() -> None:
    assert slip("管敏馨", "浙大教授管敏鑫说") == "管敏鑫"
    assert slip("北京", "北京") == "北京"


def test_aliases_go_both_ways() -> None:
    assert "上海" in aliases("申城")
    assert "申城" in aliases("上海")
    assert aliases("没有这个词") == ()


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("民主村社区改造了多少栋楼", "楼"),
        ("衡阳高新区共有多少家小巨人企业", "企业"),
        ("这个县有多少家庭", "家庭"),
    ],
)
def test_a_measure_word_is_cut_from_what_it_counts(text: str, content: str) -> None:
    assert content in parse_question(text).content


def test_what_a_name_is_read_as_is_told() -> None:
    assert read_as("管敏馨", "浙大教授管敏鑫说") == "管敏鑫"
    assert read_as("申城", "上海今天下雨") == "上海"
    assert read_as("上海", "上海今天下雨") is None
    assert read_as("上海", "武汉今天下雨") is None


@pytest.mark.parametrize("word", ["美丽", "许可", "强降雨", "曾于", "何原因", "钱起", "两国", "上门"])
def test_a_word_of_every_day_names_nothing(word: str) -> None:
    assert not is_name(word)


@pytest.mark.parametrize("word", ["南海区", "习近平", "王小明", "新华社", "何立峰", "钱学森", "于谦林"])
def test_a_name_still_does(word: str) -> None:
    assert is_name(word)
