"""Makes examples for the trees out of printed pages: what each line is, which piece follows which."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.reading import roles
from index.reading.chains import Chain
from index.reading.heading import MOST, Choice, Headings, turned
from index.reading.headlines import find_gaps
from index.reading.layout import OUTSIDE, find_articles, find_chains, page_kinds, page_units
from index.reading.lines import Line, read_lines
from index.reading.links import Bodies, find_links, is_near
from index.reading.naming import name_features
from index.reading.press import GoldPage, print_page
from index.reading.review import in_doubt, review_features
from index.reading.rules import marked_kind
from index.reading.train_corpus import Story
from index.reading.weights import Weights

Rows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


def printed(stories: Sequence[Story], style: str, count: int, seed: str, singles: float) -> Iterator[GoldPage]:
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
    rows: list[Rows] = []
    labels: list[Labels] = []
    for page in pages:
        lines, _ = read_lines(page.text)
        true = gold_kinds(page, lines)
        at, features = roles.asked_lines(lines, [marked_kind(line.text) for line in lines], weights, wrapped)
        _add_labelled(rows, labels, features, [true[k] for k in at])
    return np.concatenate(rows), np.concatenate(labels)


def review_examples(pages: Iterator[GoldPage], weights: Weights, wrapped: bool) -> tuple[Rows, Labels]:
    """Return features and role numbers of the lines that get a second look."""
    rows: list[Rows] = []
    labels: list[Labels] = []
    for page in pages:
        lines, _ = read_lines(page.text)
        kinds = [marked_kind(line.text) for line in lines]
        true = gold_kinds(page, lines)
        at, first, chances = roles.first_look(lines, kinds, weights, wrapped)
        chosen = in_doubt(chances[at])
        features = review_features(first[chosen], chances, at[chosen]) if chosen.any() else first[chosen]
        _add_labelled(rows, labels, features, [true[k] for k in at[chosen]])
    return np.concatenate(rows), np.concatenate(labels)


def _add_labelled(rows: list[Rows], labels: list[Labels], features: Rows, kinds: Sequence[str]) -> None:
    known = [k for k, kind in enumerate(kinds) if kind in roles.ROLES]
    if known:
        rows.append(features[known])
        labels.append(np.array([roles.ROLES.index(kinds[k]) for k in known]))


def link_examples(
    pages: Iterator[GoldPage], weights: Weights, wrapped: bool
) -> tuple[Rows, Labels, npt.NDArray[np.bool_]]:
    """Return features of candidate pairs, 1 where the second truly follows, and which pairs have an unfinished tail."""
    rows, labels, open_ends = [], [], []
    for page in pages:
        lines, _ = read_lines(page.text)
        units = page_units(lines, page_kinds(lines, weights, wrapped)[0], wrapped)
        bodies = Bodies([unit for unit in units if unit.kind not in OUTSIDE], weights)
        tails, heads = bodies.pairs(wrapped)
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


def seam_examples(pages: Iterator[GoldPage], weights: Weights) -> tuple[npt.NDArray[np.float64], Labels]:
    """Return the chances of links between pieces that stand apart on pages of style B, and 1 for each that is right."""
    chances, labels = [], []
    for page in pages:
        lines, _ = read_lines(page.text)
        kinds, _ = page_kinds(lines, weights, False)
        units = [unit for unit in page_units(lines, kinds, False) if unit.kind not in OUTSIDE]
        follows = _following(page)
        for link in find_links(units, weights, False):
            if not is_near(units, link.tail, link.head):
                end = units[link.tail].lines[-1].runs[-1][1]
                chances.append(link.chance)
                labels.append(follows.get(end) == units[link.head].lines[0].start)
    return np.array(chances), np.array(labels, dtype=np.int64)


def fit_calibration(chances: npt.NDArray[np.float64], labels: Labels) -> npt.NDArray[np.float64]:
    """Return slope and offset of the log odds that make the labels likeliest. Source: Platt 1999, smoothed targets."""
    right, wrong = labels.sum(), len(labels) - labels.sum()
    targets = np.where(labels == 1, (right + 1) / (right + 2), 1 / (wrong + 2))
    inputs = np.column_stack([np.log(chances / (1 - chances)), np.ones(len(chances))])
    weights = np.array([1.0, 0.0])
    for _ in range(50):  # Newton's method
        shares = 1 / (1 + np.exp(-inputs @ weights))
        hessian = inputs.T @ (inputs * (shares * (1 - shares))[:, None]) + 1e-6 * np.eye(2)
        weights = weights - np.linalg.solve(hessian, inputs.T @ (shares - targets))
    return weights


def head_examples(pages: Iterator[GoldPage], weights: Weights, wrapped: bool) -> tuple[Rows, Labels]:
    """Return features of everything that could head each chain, 1 for what does; chains without such are left out."""
    rows, labels = [], []
    for page in pages:
        lines, _ = read_lines(page.text)
        kinds, chances = page_kinds(lines, weights, wrapped)
        units = [unit for unit in page_units(lines, kinds, wrapped) if unit.kind not in OUTSIDE]
        owner = {s.start: n for n, article in enumerate(page.articles) for s in article.spans}
        heads = {s.start: n for n, article in enumerate(page.articles) for s in article.head}
        chains = find_chains(units, weights, wrapped)
        headings = Headings(units, chains, find_gaps(units, chains), chances, weights)
        choices = headings.choices()
        if not choices:
            continue
        below = [a.head[0].start > a.spans[0].start for a in page.articles if a.head and a.spans]
        usual = int(2 * sum(below) > len(below))
        owners = [_owner_of(owner, chain) for chain in chains]
        right = []
        for choice in choices:
            over, under = headings.taken(choice)
            both = Choice(choice.chain, MOST, MOST)
            around = [k for side in headings.taken(both) for k in side]
            wanted = [k for k in around if heads.get(units[k].lines[0].start, -2) == owners[choice.chain]]
            right.append(over + under == wanted)
        rows.append(turned(headings.features(choices, wrapped), choices, usual))
        labels.append(np.array(right, dtype=np.int64))
    return np.concatenate(rows), np.concatenate(labels)


def _owner_of(owner: dict[int, int], chain: Chain) -> int:
    starts = [line.start for unit in chain.units for line in unit.lines]
    return Counter(owner.get(start, -1) for start in starts).most_common(1)[0][0]


def name_examples(pages: Iterator[GoldPage], weights: Weights, wrapped: bool) -> tuple[Rows, Labels]:
    """Return features of the head lines of articles that have several, 1 where one is of the article's headline."""
    rows, labels = [], []
    for page in pages:
        lines, _ = read_lines(page.text)
        kinds, chances = page_kinds(lines, weights, wrapped)
        inside = [unit for unit in page_units(lines, kinds, wrapped) if unit.kind not in OUTSIDE]
        owner = {s.start: n for n, article in enumerate(page.articles) for s in article.spans}
        headline = {s.start: n for n, a in enumerate(page.articles) for s in a.head if s.kind == "headline"}
        chains, heads = find_articles(inside, chances, weights, wrapped)
        for n, (chain, own) in enumerate(zip(chains, heads.of_chain, strict=True)):
            article = _owner_of(owner, chain)
            if len(own) > 1:
                block = [inside[k] for k in own]
                rows.append(name_features(block, chain.units, chances, heads.fits[own, n], weights))
                labels.append(np.array([headline.get(unit.lines[0].start, -2) == article for unit in block], dtype=int))
    return np.concatenate(rows), np.concatenate(labels)


def _following(page: GoldPage) -> dict[int, int]:
    """Return for the end of each body span where the next one of its article begins."""
    follows: dict[int, int] = {}
    for article in page.articles:
        spans = [span for span in article.spans if span.kind == "body"]
        for left, right in zip(spans, spans[1:], strict=False):
            start = right.start
            while page.text[start].isspace() or page.text[start] == "*":
                start += 1
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
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,  # without, few examples make trees that are sure and wrong
        "num_threads": 1,
        "verbose": -1,
        "seed": 7,
        "deterministic": True,
    }
    if classes > 1:
        options["num_class"] = classes
    model = lightgbm.train(options, lightgbm.Dataset(rows, labels), rounds)
    dump: dict[str, Any] = model.dump_model()
    return dump
