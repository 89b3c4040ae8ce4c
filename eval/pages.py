"""The benchmark of the page reader: `python -m eval pages [--articles FILE]`.

It prints the measures on the seeds (gold by hand) and, where articles are given, on pages printed from them and on
single clean articles, which must each stay one. FILE: JSON lines, `title` and `text` (paragraphs apart by line breaks)
or `paragraphs`; `.xz` may be packed.
"""

import argparse
import json
import lzma
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from eval.page_measures import Counts, measure
from index.article import Reading, read_articles
from index.page import Page, decode_page, read_page
from index.reading.press import GoldArticle, GoldPage, Span, print_page

GOLD = Path(__file__).parent / "gold" / "seeds.json"
SEEDS = Path(__file__).parent.parent / "seeds"
BANDS = (0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.01)  # of the scores of seams
Story = tuple[str, Sequence[str]]
Reader = Callable[[Page], Reading]


@dataclass(frozen=True)
class Result:
    """One row of the benchmark: what was read, its counts, and how fast (MB of UTF-8 a second of one core)."""

    name: str
    counts: Counts
    speed: float


def load_seeds(folder: Path = SEEDS) -> Iterator[tuple[str, GoldPage]]:
    """Yield each seed's document id and its gold."""
    for document_id, gold in json.loads(GOLD.read_text(encoding="utf-8")).items():
        articles = [
            GoldArticle(a["title"], [Span(*s) for s in a["head"]], [Span(*s) for s in a["spans"]])
            for a in gold["articles"]
        ]
        yield document_id, GoldPage(read_page(folder, document_id).text, articles, [Span(*s) for s in gold["left"]])


def load_stories(path: Path) -> list[Story]:
    """Return a JSON-lines file's stories; a title has six characters or more, a text 160, or they are left out."""
    stories: list[Story] = []
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8")
    for row in map(json.loads, filter(None, text.split("\n"))):
        paragraphs = [p.strip() for p in row.get("paragraphs") or row["text"].split("\n") if p.strip()]
        if len(row.get("title", "")) > 5 and sum(map(len, paragraphs)) >= 160:
            stories.append((row["title"], paragraphs))
    return stories


def generated(stories: Sequence[Story], style: str, count: int, seed: int) -> Iterator[tuple[str, GoldPage]]:
    """Yield pages of three to five stories each, in style "A" or "B"."""
    rng = random.Random(f"{style}{seed}")
    for number in range(count):
        size = min(len(stories), rng.randint(3, 5))
        yield f"{style}{number}.txt", print_page(rng, rng.sample(list(stories), size), style)


def singles(stories: Sequence[Story], count: int, seed: int) -> Iterator[tuple[str, Page]]:
    """Yield single clean articles: in columns, unwrapped, or wrapped at 30 or 40 characters; with and without dateline,
    `#` and indent."""
    rng = random.Random(f"single{seed}")
    for number, story in enumerate(rng.sample(list(stories), min(count, len(stories)))):
        style = "ABC"[number % 3]
        if style == "A":
            text = print_page(rng, [story], "A", plain=True).text
        else:
            lead = rng.choice(("", "本报讯 ", "新华社北京1月3日电 "))
            gap = rng.choice(("\n", "\n\n"))
            indent, columns = (rng.choice(("", "　　")), rng.choice((30, 40))) if style == "C" else ("", 1 << 20)
            wrapped = ["\n".join(wrap(indent + part, columns)) for part in (lead + story[1][0], *story[1][1:])]
            text = rng.choice(("# ", "")) + story[0] + gap + gap.join(wrapped) + "\n"
        yield f"single-{style}-{number}.txt", decode_page(f"{number}.txt", text.encode())


def wrap(text: str, columns: int) -> list[str]:
    """Return a text cut into lines of so many characters."""
    return [text[k : k + columns] for k in range(0, len(text), columns)]


def run(name: str, pages: Iterator[tuple[str, GoldPage]], reader: Reader = read_articles) -> Result:
    """Read pages and measure them."""
    counts, size, seconds = Counts(), 0, 0.0
    for document_id, gold in pages:
        raw = gold.text.encode("utf-8")
        page = decode_page(document_id, raw)
        began = time.process_time()
        reading = reader(page)
        seconds += time.process_time() - began
        size += len(raw)
        counts.add(measure(gold, reading))
    return Result(name, counts, size / 1e6 / seconds if seconds else 0.0)


def reliability(results: Sequence[Result]) -> str:
    """Return how often seams are right, by the score that the reader gives them."""
    total = Counts()
    for result in results:
        total.add(result.counts)
    lines = ["seams by score       joins    mean score    right"]
    for (low, high), (size, score, right) in zip(pairwise(BANDS), total.reliability(BANDS), strict=True):
        lines.append(f"{low:.2f} to {min(high, 1):.2f}   {size:12d}{score:14.3f}{right:9.3f}" if size else "")
    return "\n".join(filter(None, lines))


def table(results: Sequence[Result]) -> str:
    """Return the results as a table, one measure a line."""
    names = list(results[0].counts.shares())
    lines = [f"{'':22}" + "".join(f"{result.name:>14}" for result in results)]
    for name in names:
        lines.append(f"{name:22}" + "".join(f"{result.counts.shares()[name]:14.4f}" for result in results))
    for name in ("pages", "articles", "sentences", "cut", "joins"):
        lines.append(f"{name:22}" + "".join(f"{getattr(result.counts, name):14d}" for result in results))
    return "\n".join([*lines, f"{'MB/s':22}" + "".join(f"{result.speed:14.2f}" for result in results)])


def main(argv: Sequence[str]) -> int:
    """Run the benchmark and write its table to standard output. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m eval pages", description=__doc__)
    parser.add_argument("--articles", type=Path, help="clean articles to print pages from (JSON lines)")
    parser.add_argument("--count", type=int, default=100, help="pages of each style")
    parser.add_argument("--seed", type=int, default=1, help="of the first draw")
    parser.add_argument("--draws", type=int, default=1, help="draws of pages of each style, a column each")
    arguments = parser.parse_args(argv)
    results = [run("seeds", load_seeds())]
    one = ""
    if arguments.articles:
        stories = load_stories(arguments.articles)
        seeds = range(arguments.seed, arguments.seed + arguments.draws)
        drawn = [run(f"{s}, draw {k}", generated(stories, s, arguments.count, k)) for s in "AB" for k in seeds]
        clean = [read_articles(page) for k in seeds for _, page in singles(stories, 300, k)]
        whole = sum(len(reading.articles) == 1 for reading in clean)
        one = f"\nsingle articles read as one: {whole} of {len(clean)}\n{reliability(drawn)}"
        results += drawn
    sys.stdout.write(table(results) + one + "\n")
    return 0
