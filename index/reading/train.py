"""Trains all of the reader's weights: `python -m index.reading.train --data DIR [--only trees]`.

DIR holds `text/*.jsonl.xz` (see `index.reading.train_corpus`). Needs the extra [train]; 45 minutes on two threads.
Writes `weights/characters.npz`, `weights/trees.npz` and `weights/sources.json` with the SHA-256 of every source.
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading.characters import Characters, Codes, fold_table
from index.reading.roles import ROLES
from index.reading.sight import RARITIES, bigram_hashes
from index.reading.train_corpus import (
    PAGE_SOURCES,
    SOURCES,
    Story,
    cut_paragraphs,
    file_hash,
    read_rows,
    read_stories,
    split_of,
)
from index.reading.train_lines import link_examples, printed, role_examples, train_forest
from index.reading.weights import FOLDER, load_weights
from index.trees import Trees

ALPHABET = 5600  # characters with a code of their own
SLOTS = 1_150_000  # n-grams kept, 3 bytes each
STEPS = 26_000  # of the seam model
PAGES = {"A": 8000, "B": 12_000, "links": 6000}
ROUNDS = {"A": (150, 24), "B": (200, 31), "links": (200, 31), "next": (120, 15)}  # boosting rounds, leaves
SINGLES = 0.15  # share of pages with one clean article
LOG = logging.getLogger("train")


def read_codes(data: Path, sources: Sequence[str]) -> tuple[Characters, Codes, npt.NDArray[np.int64]]:
    """Return the alphabet, all articles of the split "models" as codes, and where each begins (and the end)."""
    texts = []
    for source in sources:
        for _, text in read_rows(data, source):
            if split_of(text) == "models":
                paragraphs = [part for part in text.split("\n") if part.strip()]
                whole = len(paragraphs) == 1 and len(text) > 250
                texts.append("\n".join(cut_paragraphs(text) if whole else paragraphs))
    counts: Counter[int] = Counter()
    table = fold_table()
    for letter, number in Counter("".join(texts)).items():
        if ord(letter) < len(table) and not letter.isspace():
            counts[int(table[ord(letter)])] += number
    characters = Characters(np.array(sorted(point for point, _ in counts.most_common(ALPHABET)), dtype=np.uint32))
    codes = [characters.encode("\n" + text + "\n") for text in texts]
    LOG.info("%d articles, %d characters", len(texts), sum(map(len, codes)))
    return characters, np.concatenate(codes), np.cumsum([0, *map(len, codes)])


def rarity(codes: Codes, starts: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return the inverse document frequency of hashed character bigrams, in sixteenths of a nat."""
    seen = np.zeros(RARITIES, dtype=np.int64)
    for low, high in pairwise(starts.tolist()):
        seen[np.unique(bigram_hashes(codes[low : high - 1], codes[low + 1 : high]) % RARITIES)] += 1
    nats = np.clip(np.log(len(starts) / (1 + seen)), 0, 15)
    return np.asarray(np.rint(nats * 16), dtype=np.uint8)


def train_characters(data: Path, folder: Path, sources: Sequence[str]) -> None:
    """Train and write the character models."""
    from index.reading.train_ngrams import train_ngrams
    from index.reading.train_seams import train_seams  # torch, an extra

    characters, codes, starts = read_codes(data, sources)
    unigrams, prints, levels = train_ngrams(codes, characters.size, SLOTS)
    seams = train_seams(codes, starts, characters.size, STEPS, LOG.info)
    np.savez_compressed(
        folder / "characters.npz",
        codepoints=characters.codepoints,
        rarity=rarity(codes, starts),
        unigrams=unigrams,
        prints=prints,
        levels=levels,
        **{"seam_" + name: value for name, value in seams.items()},  # type: ignore[arg-type]
    )


def train_trees(stories: Sequence[Story], folder: Path) -> None:
    """Train and write the trees: roles first, then links on pages whose roles were read by them."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for style in "AB":
        weights = load_weights(folder)
        pages = printed(stories, style, PAGES[style], 1, SINGLES)
        rows, labels = role_examples(pages, weights, style == "A")
        LOG.info("roles %s: %d lines", style, len(rows))
        arrays |= _forest(rows, labels, len(ROLES), style, f"roles_{style.lower()}_")
    np.savez_compressed(folder / "trees.npz", **arrays)  # type: ignore[arg-type]
    load_weights.cache_clear()
    rows, labels, open_ends = link_examples(printed(stories, "B", PAGES["links"], 5, SINGLES), load_weights(folder))
    LOG.info("links: %d pairs", len(rows))
    for name, chosen in (("links", open_ends), ("next", ~open_ends)):
        arrays |= _forest(rows[chosen], labels[chosen], 1, name, name + "_")
    np.savez_compressed(folder / "trees.npz", **arrays)  # type: ignore[arg-type]


def _forest(
    rows: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], classes: int, name: str, prefix: str
) -> Mapping[str, npt.NDArray[Any]]:
    rounds, leaves = ROUNDS[name]
    return Trees.from_lightgbm(train_forest(rows, labels, classes, rounds, leaves)).arrays(prefix)


def main(argv: Sequence[str] | None = None) -> int:
    """Train, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m index.reading.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--exclude", nargs="*", default=[], help="sources to leave out")
    parser.add_argument("--only", choices=("all", "trees"), default="all")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sources = [source for source in SOURCES if source not in arguments.exclude]
    arguments.out.mkdir(exist_ok=True)
    if arguments.only == "all":
        train_characters(arguments.data, arguments.out, sources)
    stories: list[Story] = []
    for source in PAGE_SOURCES:
        if source in sources:
            stories += read_stories(arguments.data, source, "pages") * (2 if source == "news_xwlb" else 1)
    train_trees(stories, arguments.out)
    hashes = {source: file_hash(arguments.data / "text" / f"{source}.jsonl.xz") for source in sources}
    (arguments.out / "sources.json").write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
