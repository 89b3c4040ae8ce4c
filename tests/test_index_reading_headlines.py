"""Headlines and their articles: the best placing there is, and two-line headlines kept whole."""

import random
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from index.article import read_articles
from index.reading import headlines
from index.reading.heading import MOST, Choice, Gap
from index.reading.headlines import DROPPED, Tables, best_splits, choice_tables
from index.reading.press import print_page
from tests.test_index_article import page_of
from tests.test_index_reading import RIVER, SCHOOL
from tests.test_index_reading_damage import STORIES


def best_of_all(gaps: Sequence[Gap], tables: Tables) -> float:
    """Return the greatest total by trying every split of every gap."""
    options = []
    for gap in gaps:
        above, below = (range(min(MOST, len(gap.heads)) + 1) if n >= 0 else (0,) for n in (gap.above, gap.below))
        options.append([(a, b) for a in above for b in below if a + b <= len(gap.heads)])
    best = float("-inf")
    for splits in product(*options):
        over, under = [0] * len(tables), [0] * len(tables)
        total = 0.0
        for gap, (above, below) in zip(gaps, splits, strict=True):
            total += DROPPED * (len(gap.heads) - above - below)
            if gap.above >= 0:
                under[gap.above] = above
            if gap.below >= 0:
                over[gap.below] = below
        best = max(best, total + sum(float(table[over[n], under[n]]) for n, table in enumerate(tables)))
    return best


@pytest.mark.parametrize("style", ["A", "B"])
def test_headlines_are_placed_as_well_as_can_be(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(gaps: Sequence[Gap], tables: Tables) -> tuple[float, list[tuple[int, int]]]:
        found = best_splits(gaps, tables)
        if np.prod([(len(gap.heads) + 1) ** 2 for gap in gaps]) < 20_000:
            compared.append(len(gaps))
            assert found[0] == pytest.approx(best_of_all(gaps, tables))
        return found

    monkeypatch.setattr(headlines, "best_splits", compare)
    for seed in range(20):
        read_articles(page_of(print_page(random.Random(seed), STORIES, style).text))
    assert len(compared) >= 15
    assert max(compared) > 1


@pytest.mark.parametrize("ring", [True, False])
def test_headlines_on_rings_are_placed_as_well_as_can_be(ring: bool) -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        gaps = [Gap([0, 1], 0, 1), Gap([2], 1, 2), Gap([3, 4], 2, 0 if ring else 3), Gap([5, 6, 7], -1, -1)]
        tables = list(rng.normal(size=(4, MOST + 1, MOST + 1)))
        total, splits = best_splits(gaps, tables)
        assert total == pytest.approx(best_of_all(gaps, tables))
        assert splits[3] == (0, 0)


def test_what_may_head_a_chain_shares_out_all_chances() -> None:
    choices = [Choice(0, 0, 0), Choice(0, 1, 0), Choice(1, 0, 0)]
    tables = choice_tables(choices, np.array([0.2, 0.6, 0.01]), 2)
    assert np.exp(tables[0][0, 0]) == pytest.approx(0.25)
    assert np.exp(tables[0][1, 0]) == pytest.approx(0.75)
    assert tables[1][0, 0] == pytest.approx(0.0)
    assert tables[1][1, 0] == -np.inf


def test_a_headline_of_two_lines_is_whole() -> None:
    text = "\n\n".join(
        (
            "# 十二条河流完成清淤整治",
            "# 沿岸居民又见游鱼",
            "本报讯 " + RIVER[0],
            *RIVER[1:],
            "# 老木匠走进三小课堂",
            "# 孩子们动手做板凳",
            "本报讯 " + SCHOOL[0],
            *SCHOOL[1:],
        )
    )
    titles = [article.title for article in read_articles(page_of(text)).articles]
    assert titles == ["十二条河流完成清淤整治 沿岸居民又见游鱼", "老木匠走进三小课堂 孩子们动手做板凳"]


def test_a_line_behind_a_dash_is_a_kicker() -> None:
    text = "\n\n".join(("# 清淤整治见成效", "——河道管理处工作侧记", "本报讯 " + RIVER[0], *RIVER[1:]))
    (article,) = read_articles(page_of(text)).articles
    assert article.title == "清淤整治见成效"
    assert [part.kind for part in article.parts[:2]] == ["headline", "kicker"]
