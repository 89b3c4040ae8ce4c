"""Makes examples for the trees out of printed pages: what each line is, which piece follows which."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading import roles
from index.reading.lines import Line, read_lines
from index.reading.links import Bodies
from index.reading.press import GoldPage, print_page
from index.reading.rules import marked_kind
from index.reading.sight import Sight
from index.reading.style import is_wrapped
from index.reading.train_corpus import Story
from index.reading.units import Unit, make_unit
from index.reading.weights import Weights

Rows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def printed(stories: Sequence[Story], style: str, count: int, seed: int, singles: float) -> Iterator[GoldPage]:
    """Yield pages of one style, a share of them single clean articles."""
    rng = random.Random(f"train {style} {seed}")
    for _ in range(count):
        single = rng.random() < singles
        size = 1 if single else rng.randint(2, 6)
        chosen = [(story.title, story.paragraphs) for story in rng.sample(list(stories), size)]
        yield print_page(rng, chosen, style, plain=single and rng.random() < 0.7)


def gold_kinds(page: GoldPage, lines: Sequence[Line]) -> list[str]:
    """Return the true kind of each line."""
    kind_at = {s.start: s.kind for a in page.articles for s in [*a.head, *a.spans]} | {
        s.start: s.kind for s in page.left
    }
    kinds = []
    for line in lines:
        found = [kind_at[k] for k in range(max(0, line.start - 3), line.start + 1) if k in kind_at]
        kinds.append(found[-1] if found else "body")
    return kinds


def role_examples(pages: Iterator[GoldPage], weights: Weights, wrapped: bool) -> tuple[Rows, Labels]:
    """Return features and role numbers of the lines that the role model is asked about."""
    rows, labels = [], []
    for page in pages:
        lines, _ = read_lines(page.text)
        kinds = [marked_kind(line.text) for line in lines]
        sight = Sight([line.text for line in lines], weights, wrapped)
        true = gold_kinds(page, lines)
        asked = roles.candidates(sight, kinds, roles.column_widths(sight)) & np.array(
            [kind in roles.ROLES for kind in true]
        )
        if asked.any():
            rows.append(roles.features(lines, kinds, sight, 12 if wrapped else 3)[asked])
            labels.append(np.array([roles.ROLES.index(true[k]) for k in np.flatnonzero(asked)]))
    return np.concatenate(rows), np.concatenate(labels)


def read_units(page: GoldPage, weights: Weights) -> list[Unit]:
    """Return the units of a page of style B, named as the role model names them."""
    lines, _ = read_lines(page.text)
    named, _ = roles.line_roles(lines, weights, is_wrapped(lines))
    pairs = zip(lines, named, strict=True)
    return [make_unit([line], kind) for line, kind in pairs if kind not in ("furniture", "credit")]


def link_examples(pages: Iterator[GoldPage], weights: Weights) -> tuple[Rows, Labels, npt.NDArray[np.bool_]]:
    """Return features of candidate pairs, 1 where the second truly follows, and which pairs have an unfinished tail."""
    rows, labels, open_ends = [], [], []
    for page in pages:
        bodies = Bodies(read_units(page, weights), weights)
        tails, heads = bodies.pairs()
        if not len(tails):
            continue
        follows = _following(page)
        starts = [bodies.units[k].lines[0].start for k in bodies.at]
        ends = [bodies.units[k].lines[-1].runs[-1][1] for k in bodies.at]
        pairs = zip(tails.tolist(), heads.tolist(), strict=True)
        labels.append(np.array([follows.get(ends[i]) == starts[j] for i, j in pairs], dtype=np.int64))
        rows.append(bodies.features(tails, heads))
        open_ends.append(~bodies.sight.finished[tails])
    return np.concatenate(rows), np.concatenate(labels), np.concatenate(open_ends)


def _following(page: GoldPage) -> dict[int, int]:
    """Return for the end of each body span where the next one of its article begins."""
    follows: dict[int, int] = {}
    for article in page.articles:
        spans = [span for span in article.spans if span.kind == "body"]
        for left, right in zip(spans, spans[1:], strict=False):
            start = right.start
            while page.text[start : start + 2] == "**":
                start += 2
            follows[_trim(page.text, left.end)] = start
    return follows


def _trim(text: str, end: int) -> int:
    while text[end - 1].isspace():
        end -= 1
    return end


def train_forest(rows: Rows, labels: Labels, classes: int, rounds: int, leaves: int) -> dict[str, Any]:
    """Return the dump of a LightGBM model; deterministic."""
    import lightgbm  # an extra: needed for training alone

    options = {
        "objective": "multiclass" if classes > 1 else "binary",
        "num_leaves": leaves,
        "learning_rate": 0.1,
        "min_data_in_leaf": 30,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_threads": 2,
        "verbose": -1,
        "seed": 7,
        "deterministic": True,
    }
    if classes > 1:
        options["num_class"] = classes
    model = lightgbm.train(options, lightgbm.Dataset(rows, labels), rounds)
    dump: dict[str, Any] = model.dump_model()
    return dump
