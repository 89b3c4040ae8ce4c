"""The invariants of reading, on the seeds, on plain texts and under damage."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import LEFT_KINDS, PART_KINDS, Article, Reading, article_id, make_label, read_articles
from index.page import Page, decode_page, read_page

SEEDS = Path(__file__).parent.parent / "seeds"
SEED_IDS = sorted(path.name for path in SEEDS.glob("*.txt"))
FRAGMENTS = [
    "本报讯 近日,",
    "记者 顾勇 通讯员 朱波",
    "# ",
    "## ",
    "**",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "\u3000",
    "。",
    "，",
    "，“",
    "”",
    "\ufeff",
    "（上接A01版）",
    "建 设 示 范 县",
    "2024年 1月 3日",
    "提高自主创新能力",
    "服务群众",
    "The quick brown fox",
    "3.5%",
    "敖民极/摄",
    "A01",
    "\t",
    "\x85",
    "\u2028",
    "#",
    "*",
    "——",
    "图为企业管家深入企业调研。",
    "😀",
    "责编陈为彬",
    "高质量发展迈上新台阶",
]


def page_of(text: str) -> Page:
    """Return a page that holds this text."""
    return decode_page("a.txt", text.encode("utf-8"))


def squeeze(text: str) -> str:
    """Return the text without white space."""
    return "".join(text.split())


def check_article(page: Page, article: Article) -> list[tuple[int, int]]:
    """Check one article's invariants; return the raw ranges it uses."""
    last = 0
    for segment in article.segments:
        assert segment.text_start < segment.text_end
        assert article.text[last : segment.text_start].strip() == ""
        assert article.text[segment.text_start : segment.text_end] == page.text[segment.raw_start : segment.raw_end]
        last = segment.text_end
    assert last == len(article.text)
    joined = "".join(page.text[start:end] for start, end in article.raw_slices(0, len(article.text)))
    assert squeeze(joined) == squeeze(article.text)
    assert article.title
    for part in article.parts:
        assert part.kind in PART_KINDS
        assert squeeze("".join(page.text[a:b] for a, b in part.raw_segments)) == squeeze(part.text)
        if part.kind not in ("headline", "kicker"):
            assert article.text[part.start : part.end] == part.text
    assert all(0 <= seam.score <= 1 and 0 < seam.offset < len(article.text) for seam in article.seams)
    heads = [run for part in article.parts if part.kind in ("headline", "kicker") for run in part.raw_segments]
    return [(segment.raw_start, segment.raw_end) for segment in article.segments] + heads


def check_reading(page: Page) -> Reading:
    """Check that a page is read exactly: each character in one place, nothing changed, nothing lost."""
    reading = read_articles(page)
    used = [run for article in reading.articles for run in check_article(page, article)]
    for part in reading.left:
        assert part.kind in LEFT_KINDS
        used += part.raw_segments
    seen = [0] * len(page.text)
    for start, end in used:
        for offset in range(start, end):
            seen[offset] += 1
    assert all(
        count == 1 or (count == 0 and character.isspace())
        for count, character in zip(seen, page.text, strict=True)
        if not character.isspace()
    )
    assert max(seen, default=0) <= 1
    return reading


@pytest.mark.parametrize("document_id", SEED_IDS)
def test_every_character_of_a_seed_is_in_exactly_one_place(document_id: str) -> None:
    page = read_page(SEEDS, document_id)
    reading = check_reading(page)
    assert len({article.article_id for article in reading.articles}) == len(reading.articles)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=6)), max_size=60).map("".join))
def test_invariants_hold_on_any_text(text: str) -> None:
    check_reading(page_of(text.encode("utf-8", "ignore").decode("utf-8")))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SEED_IDS), st.lists(st.tuples(st.integers(0, 9000), st.sampled_from(FRAGMENTS)), max_size=12))
def test_invariants_hold_on_a_damaged_seed(document_id: str, wounds: list[tuple[int, str]]) -> None:
    text = read_page(SEEDS, document_id).text
    for place, fragment in wounds:
        text = text[:place] + fragment + text[place + len(fragment) :]
    check_reading(page_of(text))


def test_reading_twice_gives_the_same() -> None:
    page = read_page(SEEDS, SEED_IDS[0])
    assert read_articles(page) == read_articles(page)


def test_a_blank_page_has_no_article() -> None:
    assert read_articles(page_of(" \n\n\t")).articles == ()


def test_spaces_inside_words_are_closed_and_between_phrases_kept() -> None:
    reading = check_reading(
        page_of("2024年 1月 3日，推进建 设 示 范 县 工 作 方 案（试行），以“智慧治理 永续未来”为主题。\n")
    )
    assert reading.articles[0].text == "2024年1月3日，推进建设示范县工作方案（试行），以“智慧治理 永续未来”为主题。"


def test_a_one_line_file_is_one_article_without_a_title() -> None:
    (article,) = check_reading(page_of("今天下雨。")).articles
    assert (article.text, article.title, article.title_made) == ("今天下雨。", "今天下雨", True)


def test_article_ids_are_unique_for_names_that_look_alike() -> None:
    ids = {article_id(name, 1) for name in ("a/b.txt", "a-b.txt", "a b.txt", "a-b.md", "甲.txt", "乙.txt")}
    assert len(ids) == 6
    assert article_id("000_6386c4a8febe7e05.txt", 2) == "000_6386c4a8febe7e05.2"


def test_a_label_is_the_first_words_without_the_dateline() -> None:
    assert make_label("本报讯 近日,工信部公示名单。后文") == "近日,工信部公示名单"
    assert make_label("一" * 40) == "一" * 23 + "…"
