"""What can answer at all: which candidates of a sentence are of the kind that a question asks for."""

import pytest

from index.gloss import Gloss, GlossTable
from index.text import fold
from rag.spans.candidates import candidates
from rag.spans.english import in_chinese
from rag.spans.features import prepare_span, spans_of
from rag.spans.fits import fitting
from rag.spans.tokens import CLASS, tokenise


def fits(question: str, kind: str, sentence: str) -> set[str]:
    tokens = tokenise(fold(sentence))
    spans = spans_of(tokens, *candidates(tokens))
    kept = fitting(prepare_span(fold(question), kind), spans)
    return {text for text, flag in zip(spans.texts, kept.tolist(), strict=True) if flag}


@pytest.mark.parametrize(
    ("question", "kind", "sentence", "there", "gone"),
    [
        ("大桥哪一年通车？", "date", "大桥于1988年3月15日通车。", "1988年", "1988年3月15日"),
        ("大桥什么时候通车？", "date", "大桥于1988年3月15日通车。", "1988年3月15日", "大桥"),
        ("工会在哪一年成立？", "date", "同年，工会于1943年成立。", "1943年", "同年"),
        ("省政府在民國幾年成立？", "date", "民國16年，省政府成立，開始十年建設。", "民国16年", "十年建设"),
        ("一共罚没了多少钱？", "number", "查处案件16件，罚没20余万元。", "20余万元", "16件"),
        ("网格员工资多少？", "number", "315名网格员每月领3800元。", "3800元", "315名"),
        ("现有工人多少？", "number", "现有工人近8万人。", "近8万人", "8万人"),
        ("小区什么时候改造？", "date", "小区2022年初改造。", "2022年初", "2022年"),
        ("牵手多少年？", "duration", "1974年结好，至今50周年。", "50周年", "1974年"),
        ("局长是谁？", "person", "局长申长雨出席。", "申长雨", "申长"),
        ("人均专利数在全省排第几？", "number", "人均拥有3件，位列全省第二。", "第二", "3件"),
        ("女性占百分之几？", "number", "会员有500人，女性占35%。", "35%", "500人"),
        ("工业总产值增长了多少？", "number", "总产值达672.51亿元，同比增长6.3%。", "6.3%", "672.51亿元"),
        ("发出多少份通知？", "number", "1月，发出通知27份。", "27份", "1月"),
        ("区委书记是谁？", "person", "北京市海淀区委书记于军出席。", "于军", "北京市"),
        ("记者是谁？", "person", "记者 路杰 徐磊 报道", "路杰 徐磊", "路杰"),
        ("谁打进三球？", "person", "艾史密斯打进三球。", "艾史密斯", "史密斯"),
        ("在哪座城市？", "place", "1937年在罗斯托夫成立。", "罗斯托夫", "1937年"),
        ("“僵尸”户是哪一类？", "name", "清理267户主体资格已注销的市场主体。", "主体资格", "267户"),
    ],
)
def test_what_cannot_answer_is_left_out(question: str, kind: str, sentence: str, there: str, gone: str) -> None:
    left = fits(question, kind, sentence)
    assert there in left
    assert gone not in left


def test_a_sentence_without_what_is_asked_for_has_no_short_answer() -> None:
    assert not fits("一共罚没了多少钱？", "number", "查处案件16件。")
    assert not fits("奖金是多少？", "number", "共收到作品1609件。")
    assert not fits("大桥什么时候通车？", "date", "大桥位于城东。")


def test_foreign_names_are_never_cut_at_their_dot() -> None:
    left = fits("谁获胜？", "person", "隆纳·雷根击败卡特获胜。")
    assert "隆纳·雷根" in left
    assert not left & {"隆纳", "雷根", "纳·雷根"}
    assert tokenise("米哈伊尔·普罗霍罗夫").classes.tolist() == [CLASS["person"]]


def test_an_english_question_is_read_in_the_chinese_words_of_the_text() -> None:
    glosses = (
        Gloss("companies", 9, 18, (("企业", 0.5), ("公司", 0.6))),
        Gloss("subsidies", 32, 41, (("补贴", 0.9),)),
    )
    question = "How many companies got their 4.5 subsidies in Gxyz?"
    assert in_chinese(question, glosses, "135家企业获得补贴。") == "多少企业 got 4.5 补贴 Gxyz"
    assert in_chinese(question, glosses, "135家公司获得补贴。") == "多少公司 got 4.5 补贴 Gxyz"


@pytest.mark.parametrize(
    ("question", "asking"),
    [
        ("Who chairs the committee?", "谁"),
        ("Which year was the bridge opened?", "哪一年"),
        ("How much did the bridge cost?", "多少钱"),
        ("Where was the meeting held?", "哪里"),
    ],
)
def test_the_english_question_word_is_put_into_chinese(question: str, asking: str) -> None:
    assert in_chinese(question, GlossTable().gloss(question), "").startswith(asking)
