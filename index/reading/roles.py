"""What each line is, learned: body, headline, kicker, section, byline, caption."""

import re
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.candidates import FIXED, IMPRINT, candidates, could_be_byline
from index.reading.characters import code_points
from index.reading.lines import Line
from index.reading.review import in_doubt, review_features
from index.reading.rules import marked_kind
from index.reading.sight import Sight, cosine, coverage
from index.reading.style import column_widths
from index.reading.weights import Weights

ROLES = ("body", "headline", "kicker", "section", "byline", "caption", "furniture")
HEADLINE, BYLINE, CAPTION, FURNITURE = (ROLES.index(name) for name in ("headline", "byline", "caption", "furniture"))
COUNTED = ("，,", "0123456789", ":：", "。", "“", "”")  # classes of characters, each counted by itself
_WORD_ENDS = re.compile("[ ,，、]")
SEEN = 200  # characters of a line in which digits are counted
PICTURE_MARKS = "■▲▼△▽"
ROUGH, SURELY_BODY = 15, 0.97  # rounds of trees that all lines are shown; from this chance on they are shown no more
OWN = 26  # features of a line by itself
SIDE = 4  # lines on either side that a line's features know of
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def line_marks(lines: Sequence[Line], kinds: Sequence[str], texts: Sequence[str]) -> Floats:
    """Return (lines, 5): level, spaces, whether a dateline, a byline by its marks, and bare names."""
    columns: list[list[float]] = [
        [line.level for line in lines],
        [text.count(" ") for text in texts],
        [marks.dateline_length(text) > 0 for text in texts],
        [kind == "byline" for kind in kinds],
        [marks.is_bare_names(text) for text in texts],
    ]
    return np.array(columns, dtype=np.float32).T


def own_features(
    lines: Sequence[Line], kinds: Sequence[str], sight: Sight, marked: Floats, wanted: Ints, near: Ints
) -> Floats:
    """Return (lines, features) of the lines `wanted`, each by itself, 0 for others; how likely it begins a paragraph
    only for the lines `near`. `marked`: their `line_marks`."""
    result = np.zeros((sight.count, OWN), dtype=np.float32)
    starts = np.zeros(sight.count, dtype=np.float32)
    starts[near] = sight.starts_of(near)
    some = wanted.tolist()
    texts, lines, kinds = ([source[k] for k in some] for source in (sight.texts, lines, kinds))
    level, spaces, dated, byline, names = marked[wanted].T
    counts = _count_classes(texts)
    sizes = np.minimum([len(text) for text in texts], SEEN)
    first, last = [text[0] for text in texts], [text[-1] for text in texts]
    columns: list[npt.ArrayLike] = [
        counts["，,"],
        [letter in "，,、；;" for letter in last],
        [letter in "。！？!?；;，,、：:" for letter in last],
        level,
        [line.bold for line in lines],
        spaces,
        dated,
        byline,
        names,
        [kind == "caption" for kind in kinds],
        [kind == "continuation" for kind in kinds],
        counts["0123456789"] / sizes,
        [min(line.gap, 6) for line in lines],
        [letter in "—-" for letter in first],
        [letter in '“"‘《' for letter in first],
        counts[":："] > 0,
        [min(line.indent, 4) for line in lines],
        counts["。"] > np.array([letter == "。" for letter in last]),
        counts["“"] != counts["”"],
        [max(map(len, _WORD_ENDS.split(text[:120]))) for text in texts],
        [letter in "■▲▼◀►▶◆●" for letter in first],
        sight.widths[wanted],
        sight.finished[wanted],
        starts[wanted],
        sight.title_scores[wanted],
        [bool(IMPRINT.search(text)) for text in texts],
    ]
    result[wanted] = np.column_stack(columns)
    return result


def _count_classes(texts: Sequence[str]) -> dict[str, Floats]:
    """Return for each class of characters how many of them each text has; digits in its first SEEN characters."""
    sizes = np.array([len(text) for text in texts])
    starts = np.cumsum(sizes) - sizes
    classes = _class_table()[np.minimum(code_points("".join(texts)), 0xFFFF)]
    if sizes.max() > SEEN:
        far = np.arange(len(classes)) - np.repeat(starts, sizes) >= SEEN
        classes = np.where(far & (classes == 1 + COUNTED.index("0123456789")), 0, classes)
    flat = np.repeat(np.arange(len(texts)), sizes) * (len(COUNTED) + 1) + classes
    table = np.bincount(flat, minlength=len(texts) * (len(COUNTED) + 1)).reshape(len(texts), -1)
    return {name: table[:, k + 1].astype(np.float32) for k, name in enumerate(COUNTED)}


@cache
def _class_table() -> npt.NDArray[np.int64]:
    """Return for each code point of the BMP its class, from 1; 0 for none."""
    table = np.zeros(65536, dtype=np.int64)
    for k, name in enumerate(COUNTED):
        table[[ord(letter) for letter in name]] = k + 1
    return table


def features(lines: Sequence[Line], kinds: Sequence[str], sight: Sight, reach: int, at: Ints, wide: Floats) -> Floats:
    """Return (len(at), features) of the lines `at`. `reach`: how many lines a topic is looked for around each.

    `wide`: the width of the column around each of the page's lines.
    """
    near, wanted = (np.unique(np.clip(at[:, None] + np.arange(-n, n + 1), 0, sight.count - 1)) for n in (1, 2))
    marked = line_marks(lines, kinds, sight.texts)
    own = own_features(lines, kinds, sight, marked, wanted, near)
    around = np.pad(own, ((SIDE, SIDE), (0, 0)), constant_values=-1)
    widths = np.pad(sight.widths, SIDE, constant_values=-1)
    here = at + SIDE
    columns: list[npt.NDArray[np.floating]] = [own[at], around[here - 1], around[here + 1]]
    columns.append(widths[here[:, None] + (-4, -3, -2, 2, 3, 4)])
    columns += [around[here + by][:, (3, 6, 7, 8, 9, 22)] for by in (-2, 2)]
    columns += [(sight.widths / np.maximum(wide, 1))[at, None], wide[at, None]]
    columns.append(_seam_features(sight, at))
    before, after = sight.windows(at - reach, at), sight.windows(at + 1, at + 1 + reach)
    later = sight.windows(at + 2, at + 2 + reach)
    topics = sight.topics[at]
    for left, right in ((topics, before), (topics, after), (before, after), (before, later)):
        columns.append(cosine(left, right)[:, None])
    columns += [coverage(topics, before)[:, None], coverage(topics, after)[:, None]]
    columns.append(_page_features(marked, sight)[at])
    return np.column_stack(columns).astype(np.float32)


def _seam_features(sight: Sight, at: Ints) -> Floats:
    """Return how well the text goes on into each line, out of it, and past it."""
    steps = np.arange(3)
    near = at[:, None] + steps - 2  # tails of the two lines before a line, and its own
    tails = _beside(sight.tails, near, sight.count)
    heads = _beside(sight.heads, near + 2, sight.count)  # its own, those of the two lines after it
    pairs = ((1, 0), (2, 1), (1, 1), (1, 2), (0, 1), (0, 0))
    columns = [np.einsum("ij,ij->i", tails[:, left], heads[:, right]) for left, right in pairs]
    return np.column_stack(columns) * np.float32(1 / np.sqrt(tails.shape[2]))


def _beside(vectors: Callable[[Ints], Floats], lines: Ints, count: int) -> Floats:
    """Return the vectors of all lines asked for, each made once; zeros beyond the page."""
    wanted = np.unique(np.clip(lines, 0, count - 1))
    made = vectors(wanted)
    made = np.vstack([made, np.zeros_like(made[:1])])
    inside = (lines >= 0) & (lines < count)
    return made[np.where(inside, np.searchsorted(wanted, np.clip(lines, 0, count - 1)), len(wanted))]


def _page_features(marked: Floats, sight: Sight) -> Floats:
    count = sight.count
    number = np.arange(count)
    short = sight.widths < 45
    level, spaces, dated, names = marked[:, 0], marked[:, 1], marked[:, 2], marked[:, 3] + marked[:, 4]
    same = np.zeros(count)
    for k in np.flatnonzero(short & (spaces + level > 0)):
        near = slice(max(0, k - 40), k + 41)
        alike = short[near] & (level[near] == level[k]) & (spaces[near] == spaces[k])
        same[k] = (alike & (np.abs(sight.widths[near] - sight.widths[k]) <= 1)).sum() - 1
    marked = (level > 0).sum()
    return np.column_stack(
        [
            number,
            count - number,
            np.full(count, count),
            np.full(count, dated.sum()),
            np.full(count, marked / count),
            np.full(count, names.sum()),
            _distance(dated > 0, -1),
            _distance(dated > 0, 1),
            _distance(names > 0, -1),
            _distance(names > 0, 1),
            _distance(level > 0, -1),
            np.bincount(level.astype(int))[level.astype(int)],
            same,
            np.full(count, level[level > 0].min() if marked else 0),
        ]
    ).astype(np.float32)


def _distance(flags: npt.NDArray[np.bool_], way: int) -> Floats:
    """Return how many lines back (−1) or ahead (1) the next flagged line is, not the line itself; 99 if none."""
    result = np.full(len(flags), 99, dtype=np.float32)
    order = range(len(flags)) if way < 0 else range(len(flags) - 1, -1, -1)
    last = -1
    for k in order:
        if last >= 0:
            result[k] = min(99, abs(k - last))
        if flags[k]:
            last = k
    return result


def line_roles(lines: Sequence[Line], weights: Weights, wrapped: bool) -> tuple[list[str], Floats]:
    """Return each line's kind and the probabilities of `ROLES`, (lines, 6)."""
    kinds = [marked_kind(line.text) for line in lines]
    at, rows, chances = first_look(lines, kinds, weights, wrapped)
    doubtful = in_doubt(chances[at])
    if doubtful.any():
        forest = weights.forests["review_a" if wrapped else "review_b"]
        chances[at[doubtful]] = forest.probabilities(review_features(rows[doubtful], chances, at[doubtful]))
    for k, line in enumerate(lines):
        if chances[k, BYLINE] > 0.5 and not could_be_byline(line.text):
            chances[k, BYLINE] = 0
        if kinds[k] == "caption" and (line.text[0] in PICTURE_MARKS or marks.is_photo_credit(line.text)):
            chances[k] = np.eye(len(ROLES))[CAPTION]
        if line.text[0] in "（(" and line.text[-1] in "）)" and kinds[k] not in FIXED:
            chances[k, 1:BYLINE] = 0  # a line in brackets heads nothing
            chances[k, BYLINE] += 0.5 * bool(re.search("记者|通讯员", line.text))
    likeliest = chances.argmax(axis=1)
    if min((likeliest == HEADLINE).sum(), (likeliest == 0).sum()) < 2:  # it may be a plain text, all of it its own
        chances[:, FURNITURE] = 0
    named = [ROLES[k] for k in chances.argmax(axis=1)]
    return [kind if kind in FIXED else role for kind, role in zip(kinds, named, strict=True)], chances


def first_look(
    lines: Sequence[Line], kinds: Sequence[str], weights: Weights, wrapped: bool
) -> tuple[Ints, Floats, Floats]:
    """Return which lines were asked about, their features, and all lines' probabilities of `ROLES`, without review."""
    at, rows = asked_lines(lines, kinds, weights, wrapped)
    chances = np.zeros((len(lines), len(ROLES)), dtype=np.float32)
    chances[:, 0] = 1
    if not len(at):
        return at, rows, chances
    forest = weights.forests["roles_a" if wrapped else "roles_b"]
    rest = forest.first(ROUGH).probabilities(rows)[:, 0] < SURELY_BODY  # the others are body: of 15,000 one was not
    if rest.any():
        chances[at[rest]] = forest.probabilities(rows[rest])
    return at, rows, chances


def asked_lines(lines: Sequence[Line], kinds: Sequence[str], weights: Weights, wrapped: bool) -> tuple[Ints, Floats]:
    """Return the numbers of the lines that the models are asked about, and their features."""
    sight = Sight([line.text for line in lines], weights, wrapped)
    wide = column_widths(sight.widths)
    indents = np.array([line.indent for line in lines])
    at = np.flatnonzero(candidates(sight, kinds, wide, indents))
    if not len(at):
        return at, np.zeros((0, 0), dtype=np.float32)
    return at, features(lines, kinds, sight, 12 if wrapped else 3, at, wide)
