"""The benchmark of the page reader: its gold is whole, its measures can fail."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from eval.page_measures import Counts, gold_sentences, measure
from eval.pages import generated, load_seeds, load_stories, main, run, singles
from index.article import Reading, read_articles
from index.page import decode_page
from index.reading.press import GoldPage, print_page

STORY = ("木工课进校园", ("市第三小学近日开设木工课。校长说，孩子们学得很快。", "下学期木工课每周两节，由老木匠执教。"))
OTHER = ("清淤整治见成效", ("管理处清理了十二条河流。居民又能看见水里的鱼。", "河边还将修建步道，让市民走得近。"))


def squeeze(text: str) -> str:
    """Return a text without white space."""
    return "".join(text.split())


def read(gold: GoldPage) -> Reading:
    """Read a printed page."""
    return read_articles(decode_page("a.txt", gold.text.encode()))


def test_the_gold_of_the_seeds_covers_each_character_once() -> None:
    titles = 0
    for _, gold in load_seeds():
        seen = [0] * len(gold.text)
        for span in [*gold.left, *(s for a in gold.articles for s in [*a.head, *a.spans])]:
            for offset in range(span.start, span.end):
                seen[offset] += 1
        assert all(count <= 1 for count in seen)
        assert all(c.isspace() or c in "#*" for c, count in zip(gold.text, seen, strict=True) if not count)
        titles += len(gold.articles)
    assert titles == 23


@pytest.mark.parametrize("style", ["A", "B"])
def test_printed_gold_gives_the_story_back(style: str) -> None:
    for seed in range(30):
        gold = print_page(random.Random(seed), [STORY, OTHER], style, plain=True)
        for article, (_, paragraphs) in zip(gold.articles, (STORY, OTHER), strict=True):
            read_back = squeeze("".join(gold.text[s.start : s.end] for s in article.spans if s.kind == "body"))
            wanted = squeeze("".join(paragraphs)).translate(str.maketrans("，；：！？（）", ",;:!?()"))
            found = read_back.translate(str.maketrans("，；：！？（）", ",;:!?()"))
            assert found.endswith(wanted) or wanted.startswith(found) or wanted.endswith(found.split("版)")[-1])


def test_the_same_seed_prints_the_same_pages() -> None:
    pages = [[gold.text for _, gold in generated([STORY, OTHER], "B", 3, 7)] for _ in range(2)]
    assert pages[0] == pages[1]


def test_sentences_of_the_gold_run_across_lines() -> None:
    gold = print_page(random.Random(1), [STORY], "A", plain=True)
    sentences = ["".join(gold.text[k] for k in offsets) for offsets in gold_sentences(gold.text, gold.articles[0])]
    assert sentences[-1] == "下学期木工课每周两节，由老木匠执教。"


def test_a_reading_with_two_articles_in_one_loses_precision() -> None:
    gold = print_page(random.Random(3), [STORY, OTHER], "B", plain=True)
    reading = read(gold)
    assert len(reading.articles) == 2
    first, second = reading.articles
    shift = len(first.text) + 1
    moved = tuple(replace(s, text_start=s.text_start + shift, text_end=s.text_end + shift) for s in second.segments)
    both = replace(first, text=first.text + "\n" + second.text, segments=first.segments + moved)
    good = measure(gold, reading).shares()
    bad = measure(gold, replace(reading, articles=(both,))).shares()
    assert good["B3 F1"] == 1.0
    assert bad["B3 precision"] < 0.8
    assert bad["headline right"] == 0.5
    assert bad["characters accounted"] < 1.0


def test_a_sentence_with_a_hole_is_not_whole() -> None:
    gold = print_page(random.Random(3), [STORY], "B", plain=True)
    reading = read(gold)
    (article,) = reading.articles
    segment = article.segments[0]
    cut = replace(segment, raw_start=segment.raw_start + 2, text_start=segment.text_start + 2)
    broken = replace(reading, articles=(replace(article, segments=(cut, *article.segments[1:])),))
    assert measure(gold, reading).whole - measure(gold, broken).whole == 1


def test_scores_of_seams_are_counted_in_their_bands() -> None:
    counts = Counts(seams=[(0.62, True), (0.68, False), (0.7, True), (1.0, True)])
    counts.add(Counts(seams=[(0.95, True)]))
    assert counts.joins == 5
    assert counts.shares()["joins right"] == 0.8
    assert counts.reliability((0.6, 0.7, 0.9, 1.01)) == [(2, 0.65, 0.5), (1, 0.7, 1.0), (2, 0.975, 1.0)]


def test_a_foot_inside_an_article_is_counted() -> None:
    gold = print_page(random.Random(3), [STORY], "B", plain=True)
    gold.left.append(gold.articles[0].spans.pop())
    assert measure(gold, read(gold)).shares()["furniture kept out"] == 0.0


def test_no_pages_give_full_shares() -> None:
    assert set(Counts().shares().values()) <= {0.0, 1.0}


def test_stories_are_read_from_json_lines(tmp_path: Path) -> None:
    rows = [{"title": STORY[0], "text": "\n".join(STORY[1] * 5)}, {"title": "", "text": "无题"}]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert [title for title, _ in load_stories(path)] == [STORY[0]]
    assert len(list(singles(load_stories(path), 300, 1))) == 1


def test_the_seeds_are_read_as_people_read_them() -> None:
    counts = run("seeds", load_seeds()).counts
    shares = counts.shares()
    assert shares["characters accounted"] == 1.0
    assert shares["sentences whole"] == 1.0
    assert counts.perfect == 23
    assert shares["B3 F1"] >= SEEDS_F1
    assert shares["headline right"] >= SEEDS_HEADLINES


SEEDS_F1, SEEDS_HEADLINES = 1.0, 1.0


def test_the_benchmark_prints_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"title": title, "paragraphs": list(texts) * 3} for title, texts in (STORY, OTHER)]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert main(["--articles", str(path), "--count", "2", "--draws", "2"]) == 0
    printed = capsys.readouterr().out
    assert "B3 F1" in printed
    assert "B, draw 2" in printed
    assert "seams by score" in printed
