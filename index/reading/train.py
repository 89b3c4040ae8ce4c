"""Trains all of the reader's weights: `python -m index.reading.train --data DIR [--only trees]`.

DIR holds `text/*.jsonl.xz` (see `index.reading.train_corpus`). Needs the extra [train]; 55 minutes on a busy
machine, one thread, 20 of them for the trees.
Writes `weights/characters.npz`, `weights/trees.npz` and `weights/sources.json` with the SHA-256 of every source.
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from index.reading.characters import Characters, Codes, fold_table
from index.reading.press import GoldPage
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
from index.reading.train_lines import (
    Labels,
    Rows,
    fit_calibration,
    head_examples,
    link_examples,
    name_examples,
    printed,
    review_examples,
    role_examples,
    seam_examples,
    train_forest,
)
from index.reading.train_titles import title_scorer, train_titles
from index.reading.weights import FOLDER, Weights, load_characters, load_weights
from index.trees import Trees

ALPHABET = 5600  # characters with a code of their own
STEPS = 16_000  # of the seam model
PAGES = {  # of each style that a model is for
    "roles_a": 4000,
    "roles_b": 4500,
    "review_a": 12000,
    "review_b": 6000,
    "links": 3500,
    "below": 1500,
    "heads": 3500,
    "names": 3500,
    "seams": 2500,
}
PARTS = (0, 0, 0, 1, 1, 1, 2)  # what articles go to: roles; what stands on roles; the calibration
ROUNDS = {  # boosting rounds, leaves
    "roles_a": (140, 24),
    "roles_b": (140, 28),
    "review_a": (140, 24),
    "review_b": (80, 24),
    "links": (200, 31),
    "next": (120, 15),
    "below": (100, 15),
    "heads": (170, 24),
    "names": (120, 15),
}
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
    ngrams = train_ngrams(codes, characters.size)
    seams = train_seams(codes, starts, characters.size, STEPS, LOG.info)
    np.savez_compressed(
        folder / "characters.npz",
        codepoints=characters.codepoints,
        rarity=rarity(codes, starts),
        **ngrams,  # type: ignore[arg-type]
        **{"seam_" + name: value for name, value in seams.items()},  # type: ignore[arg-type]
    )


def train_trees(stories: Sequence[Story], folder: Path, titles: npt.NDArray[np.int8]) -> None:
    """Train and write the trees, each kind on pages read by those before it, from articles that these have not seen."""
    arrays: dict[str, npt.NDArray[Any]] = {"titles": titles}
    parts: list[list[Story]] = [[], [], []]
    for story in stories:
        parts[PARTS[crc32(story.title.encode()) % len(PARTS)]].append(story)

    def pages(name: str, style: str) -> Iterator[GoldPage]:
        part = {"roles": 0, "seams": 2}.get(name[:5], 1)
        return printed(parts[part], style, PAGES[name], len(arrays), SINGLES)

    def grow(name: str, rows: Rows, labels: Labels, classes: int) -> None:
        LOG.info("%s: %d examples", name, len(rows))
        forest = Trees.from_lightgbm(train_forest(rows, labels, classes, *ROUNDS[name]))
        arrays.update(forest.arrays(name + "_"))

    def weights() -> Weights:
        np.savez_compressed(folder / "trees.npz", **arrays)  # type: ignore[arg-type]
        load_weights.cache_clear()
        return load_weights(folder)

    for look, examples in (("roles", role_examples), ("review", review_examples)):
        known = weights()
        for style in "AB":
            name = f"{look}_{style.lower()}"
            grow(name, *examples(pages(name, style), known, style == "A"), len(ROLES))
    known = weights()
    rows, labels, open_ends = link_examples(pages("links", "B"), known, False)
    for name, chosen in (("links", open_ends), ("next", ~open_ends)):
        grow(name, rows[chosen], labels[chosen], 1)
    rows, labels, _ = link_examples(pages("below", "A"), known, True)
    grow("below", rows, labels, 1)
    for name, made in (("heads", head_examples), ("names", name_examples)):
        known = weights()
        both = [made(pages(name, style), known, style == "A") for style in "AB"]
        grow(name, np.concatenate([rows for rows, _ in both]), np.concatenate([labels for _, labels in both]), 1)
    chances, right = seam_examples(pages("seams", "B"), known)
    arrays["calibration"] = fit_calibration(chances, right)
    LOG.info("seams: %d, right %.3f, calibration %s", len(right), right.mean(), arrays["calibration"])
    weights()


def main(argv: Sequence[str] | None = None) -> int:
    """Train, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m index.reading.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--exclude", nargs="*", default=[], help="sources to leave out")
    parser.add_argument("--only", choices=("all", "trees"), default="all")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    sources = [source for source in SOURCES if source not in arguments.exclude]
    hashes = {source: file_hash(arguments.data / "text" / f"{source}.jsonl.xz") for source in sources}
    for source, digest in hashes.items():
        LOG.info("%s %s", source, digest)
    arguments.out.mkdir(exist_ok=True)
    if arguments.only == "all":
        train_characters(arguments.data, arguments.out, sources)
    characters, _ = load_characters(arguments.out)
    titles = train_titles(arguments.data, characters, sources)
    scores = title_scorer(titles, characters)
    stories: list[Story] = []
    for source in PAGE_SOURCES:
        if source in sources:
            stories += read_stories(arguments.data, source, "pages", scores) * (2 if source == "news_xwlb" else 1)
    train_trees(stories, arguments.out, titles)
    (arguments.out / "sources.json").write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
