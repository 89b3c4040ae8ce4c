"""Where articles end that no headline parts, and lines that look like what they are not. All texts are invented."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from eval.page_measures import measure
from index.article import read_articles
from index.reading import partings, press_columns
from index.reading.chains import Chain
from index.reading.headlines import Heads
from index.reading.homes import bring_home
from index.reading.layout import OUTSIDE, mend_datelines, page_kinds, page_links, page_units
from index.reading.lines import read_lines
from index.reading.marks import are_items
from index.reading.partings import Layout, lay_out
from index.reading.press import GoldPage, print_page
from index.reading.style import is_wrapped
from index.reading.units import make_unit
from index.reading.weights import load_weights
from tests.test_index_article import page_of
from tests.test_index_reading_damage import STORIES
from tests.test_index_reading_layouts import SCHOOL, TEA


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> list[GoldPage]:
    """Return pages whose headlines stand on any side of their articles, so that texts touch."""
    monkeypatch.setattr(press_columns, "MIXED", 1.0)
    return [print_page(random.Random(seed), STORIES, "A") for seed in range(60)]


def lay_out_page(text: str) -> Layout:
    """Return how a page is read."""
    weights = load_weights()
    lines, _ = read_lines(text)
    wrapped = is_wrapped(lines)
    kinds, chances = page_kinds(lines, weights, wrapped)
    units = [unit for unit in page_units(lines, kinds, wrapped) if unit.kind not in OUTSIDE]
    return lay_out(units, page_links(units, weights, wrapped), chances, weights, wrapped)


def right(pages: Sequence[GoldPage]) -> int:
    """Return how many articles of pages have their headline."""
    return sum(measure(page, read_articles(page_of(page.text))).headlines_right for page in pages)


def test_a_headline_left_over_parts_texts_that_touch(turned: list[GoldPage], monkeypatch: pytest.MonkeyPatch) -> None:
    found = right(turned)
    monkeypatch.setattr(partings, "MOST_CHANGES", 0)
    assert found > right(turned)


def test_the_likeliest_way_of_reading_leaves_fewer_lines_over(
    turned: list[GoldPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    after = [lay_out_page(page.text) for page in turned]
    monkeypatch.setattr(partings, "MOST_CHANGES", 0)
    before = [lay_out_page(page.text) for page in turned]
    for old, new in zip(before, after, strict=True):
        assert {(link.tail, link.head) for link in new.links} <= {(link.tail, link.head) for link in old.links}
        assert len(new.chains) - len(old.chains) == len(old.links) - len(new.links)
    assert sum(len(layout.heads.free) for layout in after) < sum(len(layout.heads.free) for layout in before)


def test_items_of_a_list_are_known_by_their_mould() -> None:
    assert are_items("守护粮食安全。严格市场准入。", "守护设备安全。开展专项检测。")
    assert are_items("一是抓队伍：培训三百人次。", "二是抓制度：修订十二项制度。")
    assert not are_items("守护粮食安全。严格市场准入。", "清淤工作已经完成。水质变好。")
    assert not are_items("守护粮食安全，严格市场准入，责任到人。", "守护设备安全，开展专项检测，责任到人。")


def test_a_name_that_a_dateline_runs_on_to_is_no_caption() -> None:
    text = "\n".join(
        ["江城晚报讯 记者 林晓 周宁波摄", "影报道 市水务局近日完成了城东", "片区六条河涌的清淤工作，共清出", "淤泥。"]
        * 3
    )
    lines, _ = read_lines(text)
    kinds = ["caption", "body", "body", "body"] * 3
    assert mend_datelines(lines, kinds) == ["body"] * 12
    short, _ = read_lines("记者 林晓\n今年报道城东片区六条河涌的清淤\n工作，共清出淤泥三万余立方米。")
    assert mend_datelines(short, ["byline", "body", "body"]) == ["byline", "body", "body"]


@pytest.mark.parametrize("below", [True, False])
def test_a_piece_without_a_headline_goes_on_above_itself_alone(below: bool) -> None:
    weights = load_weights()
    texts = [
        "云岭茶场的春茶已发往外省。" + TEA[0],
        "第三小学的木工课每周两节。" + SCHOOL[0],
        "茶芽萌发整齐，" + TEA[1] + TEA[0],
    ]
    if not below:
        texts = [texts[2], texts[1], texts[0]]
    lines, _ = read_lines("\n\n".join(texts))
    units = [make_unit([line], "body") for line in lines]
    units.insert(1 + below, replace(units[1], kind="headline"))  # so that no text stands right under the school's
    at = [k for k, unit in enumerate(units) if unit.kind == "body"]
    chains = [Chain([units[k]], [k]) for k in at]
    heads = Heads([[0], [0], []] if below else [[], [0], [0]], np.zeros((len(units), 3), dtype=np.float32))
    assert len(bring_home(units, chains, heads, weights, far=True)) == (2 if below else 3)
