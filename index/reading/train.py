"""Trains all of the reader's weights: `python -m index.reading.train --data DIR [--only trees]`.

DIR holds `text/*.jsonl.xz` (see `index.reading.train_corpus`). Needs the extra [train]; 45 minutes on a busy
machine, 25 of them for the characters, on one thread. The same data give the same weights.
Writes `weights/characters.npz`, `weights/trees.npz` and `weights/sources.json` with the SHA-256 of every source.
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.reading.characters import Characters, Codes, fold_table
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
from index.reading.train_titles import title_scorer, train_titles
from index.reading.train_trees import LOG_FORMAT, train_trees
from index.reading.weights import FOLDER, load_characters

ALPHABET = 5600  # characters with a code of their own
STEPS = 16_000  # of the seam model
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


def main(argv: Sequence[str] | None = None) -> int:
    """Train, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m index.reading.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--exclude", nargs="*", default=[], help="sources to leave out")
    parser.add_argument("--only", choices=("all", "characters", "trees"), default="all")
    parser.add_argument("--processes", type=int, default=2, help="of one thread each, for the trees")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    sources = [source for source in SOURCES if source not in arguments.exclude]
    hashes = {source: file_hash(arguments.data / "text" / f"{source}.jsonl.xz") for source in sources}
    for source, digest in hashes.items():
        LOG.info("%s %s", source, digest)
    arguments.out.mkdir(exist_ok=True)
    if arguments.only != "trees":
        train_characters(arguments.data, arguments.out, sources)
    if arguments.only == "characters":
        return 0
    characters, _ = load_characters(arguments.out)
    titles = train_titles(arguments.data, characters, sources)
    scores = title_scorer(titles, characters)
    stories: list[Story] = []
    for source in PAGE_SOURCES:
        if source in sources:
            stories += read_stories(arguments.data, source, "pages", scores) * (2 if source == "news_xwlb" else 1)
    train_trees(stories, arguments.out, titles, arguments.processes)
    (arguments.out / "sources.json").write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
