"""What each line is, learned: body, headline, kicker, section, byline, caption."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from index.reading import marks
from index.reading.characters import code_points
from index.reading.lines import Line
from index.reading.rules import marked_kind
from index.reading.sight import Sight, cosine, coverage
from index.reading.weights import Weights

ROLES = ("body", "headline", "kicker", "section", "byline", "caption")
BYLINE, CAPTION = ROLES.index("byline"), ROLES.index("caption")
SEEN = 200  # characters of a line in which digits are counted
PICTURE_MARKS = "■▲▼△▽"
FIXED = ("continuation", "furniture", "credit")  # by rule alone
FULL = 1.5  # how near a full line's width is to its column's
WIDEST = 60.0  # wider lines are body
Floats = npt.NDArray[np.float32]


def shifted(values: Floats, by: int, fill: float) -> Floats:
    """Return values[k + by] at k, `fill` beyond the ends."""
    result = np.full_like(values, fill)
    count = len(values)
    if abs(by) < count:
        if by >= 0:
            result[: count - by] = values[by:]
        else:
            result[-by:] = values[:by]
    return result


def own_features(lines: Sequence[Line], kinds: Sequence[str], sight: Sight) -> Floats:
    """Return (lines, features) of each line by itself."""
    count = _counter(sight.texts)
    commas, spaces, digits = count("，,"), count(" "), count("0123456789", SEEN)
    sizes = np.minimum([len(text) for text in sight.texts], SEEN)
    colons, stops, uneven = count(":：") > 0, count("。"), count("“") != count("”")
    rows = []
    for k, (line, kind) in enumerate(zip(lines, kinds, strict=True)):
        text = line.text
        rows.append(
            (
                commas[k],
                text[-1] in "，,、；;",
                text[-1] in "。！？!?；;，,、：:",
                line.level,
                line.bold,
                spaces[k],
                marks.dateline_length(text) > 0,
                kind == "byline",
                marks.is_bare_names(text),
                kind == "caption",
                kind == "continuation",
                digits[k] / sizes[k],
                min(line.gap, 6),
                text[0] in "—-",
                text[0] in '“"‘《',
                colons[k],
                min(line.indent, 4),
                stops[k] > (text[-1] == "。"),
                uneven[k],
                max((len(word) for word in re.split(r"[ ,，、]", text[:120])), default=0),
                text[0] in "■▲▼◀►▶◆●",
            )
        )
    return np.column_stack([np.array(rows, dtype=np.float32), sight.widths, sight.finished, sight.start_scores])


def _counter(texts: Sequence[str]) -> Callable[..., Floats]:
    """Return a function that counts some characters in each text, in its first `seen` characters if that is given."""
    points = code_points("".join(texts))
    sizes = np.array([len(text) for text in texts])
    starts = np.cumsum(sizes) - sizes

    def count(characters: str, seen: int = 0) -> Floats:
        found = np.isin(points, [ord(character) for character in characters])
        if seen and sizes.max() > seen:
            found &= np.arange(len(points)) - np.repeat(starts, sizes) < seen
        return np.add.reduceat(found.astype(np.float32), starts)

    return count


def features(lines: Sequence[Line], kinds: Sequence[str], sight: Sight, reach: int) -> Floats:
    """Return (lines, features) for the role models. `reach`: how many lines a topic is looked for around each."""
    own = own_features(lines, kinds, sight)
    count = len(lines)
    number = np.arange(count)
    columns: list[npt.NDArray[np.floating]] = [own]
    columns += [shifted(own[:, k], by, -1)[:, None] for by in (-1, 1) for k in range(own.shape[1])]
    columns += [shifted(sight.widths, by, -1)[:, None] for by in (-4, -3, -2, 2, 3, 4)]
    columns += [shifted(own[:, k], by, -1)[:, None] for by in (-2, 2) for k in (3, 6, 7, 8, 9, 22)]
    wide = column_widths(sight)
    columns += [(sight.widths / np.maximum(wide, 1))[:, None], wide[:, None]]
    columns.append(_seam_features(sight))
    before, after = sight.windows(number - reach, number), sight.windows(number + 1, number + 1 + reach)
    later = sight.windows(number + 2, number + 2 + reach)
    topics = sight.topics
    for left, right in ((topics, before), (topics, after), (before, after), (before, later)):
        columns.append(cosine(left, right)[:, None])
    columns += [coverage(topics, before)[:, None], coverage(topics, after)[:, None]]
    columns.append(_page_features(lines, own, sight))
    return np.column_stack(columns).astype(np.float32)


def column_widths(sight: Sight) -> Floats:
    """Return the median width of the 19 lines around each line, the page's ends repeated."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(sight.widths, 9, mode="edge"), 19)
    return np.asarray(np.median(around, axis=1), dtype=np.float32)


def _seam_features(sight: Sight) -> Floats:
    """Return how well the text goes on into each line, out of it, and past it."""
    tails = np.vstack([np.zeros_like(sight.tails[:1]), sight.tails])  # tails[k]: before line k
    heads = np.vstack([sight.heads, np.zeros_like(sight.heads[:2])])
    scale = np.float32(1 / np.sqrt(tails.shape[1]))

    def along(a: int, b: int) -> Floats:
        count = sight.count
        left = tails[np.clip(np.arange(count) + a, 0, count)]
        right = heads[np.clip(np.arange(count) + b, 0, count + 1)]
        result: Floats = (left * right).sum(axis=1) * scale
        return result

    return np.column_stack([along(0, 0), along(1, 1), along(0, 1), along(0, 2), along(-1, 1), along(-1, 0)])


def _page_features(lines: Sequence[Line], own: Floats, sight: Sight) -> Floats:
    count = len(lines)
    number = np.arange(count)
    short = sight.widths < 45
    level, dated, names = own[:, 3], own[:, 6], own[:, 7] + own[:, 8]
    same = [
        sum(
            bool(short[j]) and j != k and level[j] == level[k] and own[j, 5] == own[k, 5]
            and abs(sight.widths[j] - sight.widths[k]) <= 1
            for j in range(max(0, k - 40), min(count, k + 41))
        )
        if short[k] and own[k, 5] + level[k] > 0
        else 0
        for k in range(count)
    ]  # fmt: skip
    marked = (level > 0).sum()
    return np.column_stack(
        [
            number,
            count - number,
            np.full(count, count),
            np.full(count, dated.sum()),
            np.full(count, marked / count),
            np.full(count, (own[:, 7] + own[:, 8]).sum()),
            _distance(dated > 0, -1),
            _distance(dated > 0, 1),
            _distance(names > 0, -1),
            _distance(names > 0, 1),
            _distance(level > 0, -1),
            np.array([(level == level[k]).sum() for k in range(count)]),
            np.array(same),
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


def candidates(sight: Sight, kinds: Sequence[str], wide: Floats) -> npt.NDArray[np.bool_]:
    """Return which lines the model is asked about: those not too wide, and not known by rule.

    `wide`: the width of the column around each line; in a wrapped page a full line with a stop inside is body.
    """
    known = np.array([kind in FIXED for kind in kinds], dtype=bool)
    if sight.running:
        stopped = np.array([any(mark in text for mark in "，。；,") for text in sight.texts], dtype=bool)
        known |= stopped & (np.abs(sight.widths - wide) <= FULL)
    result: npt.NDArray[np.bool_] = (sight.widths <= WIDEST) & ~known
    return result


def could_be_byline(text: str) -> bool:
    """Say whether a line has what a byline needs: names alone, or a word for those who report."""
    words = re.split(r"[ 、]+", text)
    named = sum(marks.is_name(word) for word in words) >= 0.6 * len(words)
    return named or bool(re.search(r"记者|通讯员|作者|翻译|报道|撰文|供稿|/文|文/|编译|实习生|[（(]", text))


def line_roles(lines: Sequence[Line], weights: Weights, wrapped: bool) -> tuple[list[str], Floats]:
    """Return each line's kind and the probabilities of `ROLES`, (lines, 6)."""
    kinds = [marked_kind(line.text) for line in lines]
    sight = Sight([line.text for line in lines], weights, wrapped)
    rows = features(lines, kinds, sight, 12 if wrapped else 3)
    asked = candidates(sight, kinds, column_widths(sight))
    chances = np.zeros((len(lines), len(ROLES)), dtype=np.float32)
    chances[:, 0] = 1
    if asked.any():
        forest = weights.forests["roles_a" if wrapped else "roles_b"]
        chances[asked] = forest.probabilities(rows[asked])
    for k, line in enumerate(lines):
        if chances[k, BYLINE] > 0.5 and not could_be_byline(line.text):
            chances[k, BYLINE] = 0
        if kinds[k] == "caption" and (line.text[0] in PICTURE_MARKS or marks.is_photo_credit(line.text)):
            chances[k] = np.eye(len(ROLES))[CAPTION]
        if line.text[0] in "（(" and line.text[-1] in "）)" and kinds[k] not in FIXED:
            chances[k, 1:BYLINE] = 0  # a line in brackets heads nothing
            chances[k, BYLINE] += 0.5 * bool(re.search("记者|通讯员", line.text))
    named = [ROLES[k] for k in chances.argmax(axis=1)]
    return [kind if kind in FIXED else role for kind, role in zip(kinds, named, strict=True)], chances
