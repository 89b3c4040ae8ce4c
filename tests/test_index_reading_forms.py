"""What the page printer puts beside prose, and which lines need no model."""

import random

import numpy as np
import pytest

from index.reading.candidates import candidates
from index.reading.lines import read_lines
from index.reading.marks import is_row
from index.reading.press import GoldPage, print_page
from index.reading.press_forms import furniture, notice, recast
from index.reading.rules import marked_kind
from index.reading.sight import Sight
from index.reading.style import column_widths
from index.reading.titles import title_scores
from index.reading.train_lines import gold_kinds
from index.reading.weights import load_weights
from tests.test_index_reading_damage import STORIES


def pages(style: str, count: int) -> list[GoldPage]:
    """Return pages printed from the stories at hand."""
    return [print_page(random.Random(seed), STORIES, style) for seed in range(count)]


@pytest.mark.parametrize("style", ["A", "B"])
def test_feet_are_printed_inside_texts_and_belong_to_no_article(style: str) -> None:
    inside = 0
    for page in pages(style, 60):
        places = [k for article in page.articles for s in article.spans for k in (s.start, s.end)]
        inside += any(min(places) < span.start < max(places) for span in page.left)
        taken = [set(range(s.start, s.end)) for a in page.articles for s in [*a.head, *a.spans]]
        assert all(cover.isdisjoint(range(span.start, span.end)) for span in page.left for cover in taken)
    assert inside >= 3


def test_furniture_notices_and_forms_are_of_many_kinds() -> None:
    rng = random.Random(1)
    assert len({furniture(rng)[:2] for _ in range(300)}) > 25
    assert len({notice(rng)[0] for _ in range(300)}) > 10
    texts = ["".join(recast(rng, STORIES[0][1])) for _ in range(60)]
    assert any("问：" in text for text in texts)
    assert any("一、" in text for text in texts)


def test_lines_that_no_model_is_asked_about_are_body() -> None:
    weights = load_weights()
    asked = total = 0
    for page in pages("A", 40):
        lines, _ = read_lines(page.text)
        kinds = [marked_kind(line.text) for line in lines]
        sight = Sight([line.text for line in lines], weights, True)
        chosen = candidates(sight, kinds, column_widths(sight.widths), np.zeros(len(lines), dtype=int))
        true = gold_kinds(page, lines)
        asked, total = asked + int(chosen.sum()), total + len(lines)
        wrong = [k for k in np.flatnonzero(~chosen) if not kinds[k] and true[k] != "body"]
        assert not wrong
    assert asked < 0.75 * total


def test_the_first_headline_is_asked_about_however_wide_it_is() -> None:
    weights = load_weights()
    head = "清淤整治见成效，沿岸居民又见游鱼"
    texts = [head, *("管理处今年清理了河流，又补" for _ in range(30))]
    sight = Sight(texts, weights, True)
    chosen = candidates(sight, [""] * len(texts), column_widths(sight.widths), np.zeros(31, dtype=int))
    assert chosen[0]
    assert not chosen[5:].any()


def test_headlines_score_higher_than_running_text() -> None:
    weights = load_weights()
    texts = ["全国人大常委会举行会议", "市领导调研防汛工作", "的时候他们已经在那里等", "了很久因为下着雨所以"]
    codes, lengths = weights.characters.encode_all(texts)
    scores = title_scores(weights.titles, codes, lengths)
    assert scores[:2].min() > scores[2:].max()


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("东港 123.4 6.1", True),
        ("第一名 城东队 32 21", True),
        ("2024年 1月 3日", False),
        ("1 2 3", False),
        ("今年 共 25 人", False),
        ("东港 123.4", False),
    ],
)
def test_rows_of_tables_are_known(text: str, row: bool) -> None:
    assert is_row(text) is row
