"""Reading plain texts and small broken pages: what a person would see."""

import random

import pytest

from index.article import Reading, read_articles
from index.page import decode_page
from index.reading.lines import glue, read_lines
from index.reading.marks import dateline_length, is_bare_names, is_byline, is_caption, is_continued, is_finished
from index.reading.press import print_page
from index.reading.style import is_wrapped

RIVER = (
    "今年以来，河道管理处对城区十二条河流开展清淤整治，累计清理淤泥三万余立方米。",
    "管理处负责人介绍，整治之后，河水的透明度提高了一倍，沿岸居民又能看见水里的鱼。",
    "下一步，管理处将在河边修建步道，让市民走得近、看得清。",
)
SCHOOL = (
    "市第三小学近日开设木工课，请来退休的老木匠教孩子们认识榫卯。",
    "老木匠说，孩子们学得很快，两个星期就做出了自己的小板凳。",
    "校长表示，木工课将列入下学期的课程表，每周两节。",
)


def read(text: str) -> Reading:
    """Read a page that holds this text."""
    return read_articles(decode_page("a.txt", text.encode("utf-8")))


def test_one_clean_article_stays_one() -> None:
    (article,) = read("清淤整治见成效\n\n" + "\n\n".join(RIVER) + "\n").articles
    assert article.title == "清淤整治见成效"
    assert article.text == "\n".join(RIVER)
    assert not article.seams


def test_two_articles_with_datelines_are_two() -> None:
    text = "\n\n".join(
        ("# 清淤整治见成效", "本报讯 " + RIVER[0], *RIVER[1:], "# 木工课进校园", "本报讯 " + SCHOOL[0], *SCHOOL[1:])
    )
    titles = [article.title for article in read(text).articles]
    assert titles == ["清淤整治见成效", "木工课进校园"]


def test_a_sentence_cut_by_another_article_is_healed_with_a_seam() -> None:
    cut = len(RIVER[1]) - 8
    lines = [
        "# 清淤整治见成效",
        "本报讯 " + RIVER[0],
        RIVER[1][:cut],
        "# 木工课进校园",
        "本报讯 " + SCHOOL[0],
        *SCHOOL[1:],
    ]
    reading = read("\n\n".join([*lines, RIVER[1][cut:], RIVER[2]]))
    river = reading.articles[0]
    assert RIVER[1] in river.text
    assert [river.text[seam.offset :][:4] for seam in river.seams] == [RIVER[1][cut:][:4]]
    assert all(0.5 <= seam.score <= 1 for seam in river.seams)


def test_a_continued_article_gets_no_headline() -> None:
    text = "\n\n".join(("# 木工课进校园", *SCHOOL, "（上接A01版）", *RIVER))
    last = read(text).articles[-1]
    assert last.title_made
    assert last.parts[0].kind == "continuation"


def test_hard_wrapped_lines_are_joined_without_spaces() -> None:
    page = print_page(random.Random(4), [("清淤整治见成效", RIVER)], "A", plain=True)
    (article,) = read(page.text).articles
    assert RIVER[1] in article.text


def test_an_english_text_keeps_its_words_apart() -> None:
    text = (
        "The river was quiet that morning, and the boats lay\nalong the bank as they had for years. Nobody spoke of\n"
    )
    text += (
        "the flood any more; it had been a long time, and the\nchildren who had seen it were grown. They were many.\n"
        * 2
    )
    assert "boats lay along the bank" in read(text).articles[0].text.replace("\n", " ")


def test_a_poem_keeps_its_lines() -> None:
    poem = "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。"
    (article,) = read("静夜思\n\n" + poem + "\n").articles
    assert poem in article.text


def test_a_list_of_short_notes_is_read_whole() -> None:
    notes = "买牛奶\n给张三打电话\n周五交报告\n修自行车\n"
    reading = read(notes)
    assert len(reading.articles) == 1
    kept = reading.articles[0].text + "".join(part.text for part in reading.articles[0].parts)
    assert all(note in kept for note in notes.split())


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("他说。”", True),
        ("他说，", False),
        ("完成36个", False),
        ("太好了！", True),
        ("等等……", True),
        ("“好。”）", True),
    ],
)
def test_a_line_is_finished_when_its_sentence_is(text: str, finished: bool) -> None:
    assert is_finished(text) is finished


def test_marks_of_print_are_known() -> None:
    assert is_byline("记者 顾勇 通讯员 朱波")
    assert not is_byline("记者在现场看到，河水很清。")
    assert is_bare_names("张成 范敏玲 刘丽珊")
    assert not is_bare_names("提质服务 优化营商环境")
    assert is_caption("图为孩子们在上课。")
    assert is_continued("（上接A01版）")
    assert dateline_length("本报讯 近日，") == 3
    assert dateline_length("海峡日报讯 记者王明报道 昨日，") == len("海峡日报讯 记者王明报道")
    assert dateline_length("近日，本报讯") == 0


def test_lines_are_glued_as_print_would() -> None:
    assert glue("知识", "产权") == ""
    assert glue("the boats lay", "along the bank") == " "
    assert glue("2024-", "2026年") == ""


def test_markup_is_kept_apart() -> None:
    lines, markup = read_lines("## 标题\n**重点。**正文")
    assert [line.text for line in lines] == ["标题", "重点。正文"]
    assert [line.level for line in lines] == [2, 0]
    assert markup == [(0, 2), (6, 8), (11, 13)]


def test_columns_are_wrapped_and_poems_are_not() -> None:
    page = print_page(random.Random(2), [("清淤整治见成效", RIVER), ("木工课进校园", SCHOOL)], "A", plain=True)
    assert is_wrapped(read_lines(page.text)[0])
    assert not is_wrapped(read_lines("床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。\n" * 3)[0])
    assert not is_wrapped(read_lines("\n\n".join(RIVER + SCHOOL))[0])


def test_columns_of_three_widths_are_still_wrapped() -> None:
    text = "".join(RIVER + SCHOOL)
    columns = ["\n\n".join(text[k : k + size] for k in range(0, 8 * size, size)) for size in (9, 15, 21)]
    assert is_wrapped(read_lines("\n\n".join(columns))[0])
