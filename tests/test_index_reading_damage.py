"""Reading damaged pages and plain texts: nothing is lost, and what was whole stays whole."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import read_articles
from index.reading.press import print_page
from tests.test_index_article import FRAGMENTS, check_reading, page_of, squeeze
from tests.test_index_reading import RIVER, SCHOOL

STORIES = [
    ("清淤整治见成效", RIVER),
    ("木工课进校园", SCHOOL),
    ("消防演练进社区 居民学会自救", tuple(text.replace("河", "楼") for text in RIVER)),
]
WOUNDS = ("drop", "swap", "repeat", "cut", "join", "insert", "mark")


def wound(rng: random.Random, text: str, kinds: list[str]) -> str:
    """Damage a page line by line, once for each kind."""
    lines = text.split("\n")
    for kind in kinds:
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        if kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "repeat":
            lines.insert(other, lines[at])
        elif kind == "cut":
            lines[at] = lines[at][rng.randint(0, len(lines[at])) :]
        elif kind == "join" and at + 1 < len(lines):
            lines[at : at + 2] = [lines[at] + rng.choice(("", " ", "\t", "\u3000")) + lines[at + 1]]
        elif kind == "insert":
            place = rng.randint(0, len(lines[at]))
            lines[at] = lines[at][:place] + rng.choice(FRAGMENTS) + lines[at][place:]
        elif kind == "mark":
            lines[at] = rng.choice(("# ", "## ", "**", "　　", "（上接A02版）", "\x00")) + lines[at]
    return rng.choice(("\n", "\n", "\r\n", "\r")).join(lines)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from("AB"), st.integers(0, 10**6), st.lists(st.sampled_from(WOUNDS), max_size=25))
def test_invariants_hold_on_damaged_generated_pages(style: str, seed: int, kinds: list[str]) -> None:
    rng = random.Random(seed)
    page = print_page(rng, STORIES[: rng.randint(1, 3)], style)
    check_reading(page_of(wound(rng, page.text, kinds)))


PLAIN = {
    "markdown": "# 城市河道治理手记\n\n开头一段，说明来由，写得长一些，好让它像一段文字。\n\n## 第一节 清淤\n\n"
    "清淤持续了三个月，共清出淤泥三万立方米。\n\n- 第一项工作\n- 第二项工作\n\n## 第二节 绿化\n\n"
    "河边种了柳树，**长势很好**，市民常来。\n",
    "notes": "- 买牛奶\n- 给张三打电话\n- 周五交报告\n- 修自行车\n",
    "english": "The River\n\nThe river was quiet that morning, and the boats lay along the bank.\n\n"
    "It had been a long time, and the children who had seen it were grown. They were many.\n",
    "poem": "静夜思\n\n床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。\n",
    "one line": "今天下雨。\n",
    "article": "清淤整治见成效\n\n" + "\n\n".join(RIVER) + "\n",
    "questions": "问：图书馆几点开门？\n答：早上九点。\n\n问：怎样办证？\n答：带身份证到一楼。\n",
}
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "BOM": lambda text: "\ufeff" + text,
    "tabs": lambda text: "\t" + text.replace("\n", "\n\t"),
    "full-width spaces": lambda text: "\u3000\u3000" + text.replace("\n", "\n\u3000\u3000"),
    "NUL": lambda text: text.replace("。", "。\x00"),
    "no last line break": lambda text: text.rstrip("\n"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", PLAIN)
def test_a_plain_text_is_one_article_in_its_order(kind: str, form: str) -> None:
    page = page_of(FORMS[form](PLAIN[kind]))
    reading = check_reading(page)
    (article,) = reading.articles
    assert not article.seams
    starts = [segment.raw_start for segment in article.segments]
    assert starts == sorted(starts)
    heads = "".join(part.text for part in article.parts if part.kind in ("headline", "kicker"))
    marks = "".join(part.text for part in reading.left if part.kind == "markup")
    assert len(squeeze(heads + article.text + marks)) == len(squeeze(page.text))
    assert all(part.kind == "markup" for part in reading.left)


@pytest.mark.parametrize("columns", [0, 17, 40])
def test_five_megabytes_of_clean_text_are_one_article(columns: int) -> None:
    rng = random.Random(5)
    sentences = [*RIVER, *SCHOOL]
    paragraphs = [f"第{number}天，" + "".join(rng.choices(sentences, k=6)) for number in range(8900)]
    lines = [
        "\n".join(text[k : k + columns] for k in range(0, len(text), columns)) if columns else text
        for text in paragraphs
    ]
    page = page_of("清淤整治见成效\n\n" + "\n\n".join(lines))
    assert len(page.text.encode()) > 4_900_000
    (article,) = read_articles(page).articles
    assert article.title == "清淤整治见成效"
    assert squeeze(article.text) == "".join(paragraphs)
