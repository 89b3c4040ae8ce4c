"""Headlines and their articles: the best placing there is, and two-line headlines kept whole."""

import random
from collections.abc import Sequence
from itertools import product

import pytest

from index.article import read_articles
from index.reading import headlines
from index.reading.chains import Chain
from index.reading.headlines import Floats, Gap, best_splits, headed_value, is_photo_news
from index.reading.press import print_page
from index.reading.units import Unit
from tests.test_index_article import page_of
from tests.test_index_reading import RIVER, SCHOOL
from tests.test_index_reading_damage import STORIES


def best_of_all(
    units: Sequence[Unit], chains: Sequence[Chain], gaps: Sequence[Gap], fits: Floats, usual: int, wrapped: bool
) -> float:
    """Return the greatest total by trying every split of every gap."""
    best = float("-inf")
    continued = [chain.units[0].kind == "continuation" or is_photo_news(chain.units) for chain in chains]
    for splits in product(*[range(len(gap.heads) + 1) for gap in gaps]):
        under: list[list[int]] = [[] for _ in chains]
        over: list[list[int]] = [[] for _ in chains]
        total = 0.0
        for gap, split in zip(gaps, splits, strict=True):
            total += headlines.SPLIT * (0 < split < len(gap.heads))
            for heads, owner, store, side in (
                (gap.heads[:split], gap.above, under, 1),
                (gap.heads[split:], gap.below, over, 0),
            ):
                if owner < 0:
                    total += headlines.HOMELESS * len(heads)
                elif heads:
                    store[owner] += heads
                    total += headlines.TURN * (side == usual) + headlines.UNDER * side * (not wrapped)
        total += sum(
            headed_value(units, chain, continued[n], over[n], under[n], fits[:, n]) for n, chain in enumerate(chains)
        )
        best = max(best, total)
    return best


@pytest.mark.parametrize("style", ["A", "B"])
def test_headlines_are_placed_as_well_as_can_be(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(
        units: Sequence[Unit], chains: Sequence[Chain], gaps: Sequence[Gap], fits: Floats, usual: int, wrapped: bool
    ) -> tuple[float, list[int]]:
        found = best_splits(units, chains, gaps, fits, usual, wrapped)
        compared.append(len(gaps))
        assert found[0] == pytest.approx(best_of_all(units, chains, gaps, fits, usual, wrapped))
        return found

    monkeypatch.setattr(headlines, "best_splits", compare)
    for seed in range(20):
        read_articles(page_of(print_page(random.Random(seed), STORIES, style).text))
    assert len(compared) >= 20
    assert max(compared) > 1


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
