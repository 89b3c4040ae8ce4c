"""Trains what tells headlines from running text. See `index.reading.titles`."""

import random
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.reading.characters import Characters
from index.reading.titles import CELLS, STEP, line_cells, title_scores
from index.reading.train_corpus import read_rows, split_of

TITLED = ("news_xwlb", "news_readhub")  # sources whose headlines their editors wrote
PRIOR = 3.0  # pairs seen this often count half
CLAUSE_END = re.compile("[，。！？；\n]")


def train_titles(data: Path, characters: Characters, sources: Iterable[str]) -> npt.NDArray[np.int8]:
    """Return the table, in levels of STEP: from headlines, and from clauses and pieces of lines of the same split."""
    rng = random.Random("titles")
    headlines: list[str] = []
    clauses: list[str] = []
    for source in sources:
        for title, text in read_rows(data, source):
            if split_of(text) != "models":
                continue
            if source in TITLED and 6 <= len(title) <= 40:
                headlines.append(title)
            parts = [part for part in CLAUSE_END.split(text[:600]) if 6 <= len(part) <= 30]
            clauses += rng.sample(parts, min(2, len(parts)))
            if len(text) > 60:
                at = rng.randrange(min(len(text), 600) - 20)
                clauses.append(text[at : at + rng.randint(8, 18)].strip("\n"))
    heads, others = (_count(characters, texts) for texts in (headlines, clauses))
    seen = heads + others
    rates = heads / heads.sum(), others / others.sum()
    shares = (rates[0] / np.maximum(rates[0] + rates[1], 1e-12) * seen + PRIOR / 2) / (seen + PRIOR)
    return np.asarray(np.clip(np.rint(np.log(shares / (1 - shares)) / STEP), -127, 127), dtype=np.int8)


def _count(characters: Characters, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    codes, lengths = characters.encode_all(texts)
    return np.bincount(line_cells(codes, lengths)[0], minlength=CELLS).astype(np.float64)


def title_scorer(
    table: npt.NDArray[np.int8], characters: Characters
) -> Callable[[Sequence[str]], npt.NDArray[np.float32]]:
    """Return a function that gives texts' scores."""
    values = table.astype(np.float32) * np.float32(STEP)

    def scores(texts: Sequence[str]) -> npt.NDArray[np.float32]:
        codes, lengths = characters.encode_all(texts)
        return title_scores(values, codes, lengths)

    return scores
