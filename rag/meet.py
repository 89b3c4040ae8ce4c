"""How some passages meet a question, each against the others: what the ranker looks at.

Passages of one article share most of a question's words. What tells them apart is whether those words stand together,
in one sentence and in the question's order, and which of them the rivals lack.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.source import Source
from index.text import HAN_RUN
from rag.fusion import Candidates, Floats
from rag.question import Question, content_mask

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SENTENCE_ENDS = "。！？!?;；…"
NEAR = 6.0  # characters: how fast a word's worth falls with its distance from what is asked
LATIN_WORTH = 3.0  # of two characters that are not both Han, in idf: they stand in many words
MET, UNMET = 0.8, 0.5  # cosines from which a token counts as met, and below which as not met

_TOKENS = ("s1", "s2", "order", "local", "local_s1", "local_s2", "unmet")
_PAIRS = ("pairs", "pairs_s1", "pairs_s2", "triples", "rare_pairs", "rare_s1", "rare_s2", "near_s2")
_RIVAL = ("lexical", "maxsim", *_TOKENS[:-1], *_PAIRS)
MEETING = (*_TOKENS, *_PAIRS, *(f"{name}_rival" for name in _RIVAL), "asked_tokens", "asked_pairs", "candidates")


class Texts:
    """The passages of a snapshot as token ids, and the characters that tokens stand for."""

    def __init__(self, snapshot: Source) -> None:
        tokenizer = snapshot.static.tokenizer
        pieces = [tokenizer.id_to_token(token) or "" for token in range(tokenizer.get_vocab_size())]
        self._legs = snapshot.legs
        self.codes = np.frombuffer("".join(pieces).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
        self.lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.stops = np.isin(pieces, list(SENTENCE_ENDS))

    def cut(self, numbers: Sequence[int]) -> "Cut":
        """Return some passages cut into sentences. None may be empty."""
        runs = self._legs.passages(numbers).tokens
        sizes = np.array([len(run) for run in runs], dtype=np.int64)
        tokens = np.concatenate(runs).astype(np.int64)
        stops = self.stops[tokens]
        begins = np.zeros(len(tokens), dtype=np.bool_)
        begins[1:] = stops[:-1] & ~stops[1:]
        heads = np.cumsum(sizes) - sizes
        begins[heads] = True
        sentences = np.flatnonzero(begins)
        lengths = self.lengths[tokens]
        ends = np.cumsum(lengths)
        chars = self.codes[np.repeat(self.starts[tokens] - (ends - lengths), lengths) + np.arange(ends[-1])]
        return Cut(tokens, sentences, chars, (ends - lengths)[sentences], np.searchsorted(sentences, heads))


@dataclass(frozen=True)
class Cut:
    """Some passages laid end to end and cut into sentences. `tokens`: their ids; `sentences`: where each begins among
    them; `chars`: the same as code points; `lines`: where each sentence begins there; `first`: passage → its first
    sentence."""

    tokens: Ints
    sentences: Ints
    chars: Ints
    lines: Ints
    first: Ints

    def passages(self, values: Floats) -> Floats:
        """Return the highest of each passage's sentences, along the last axis."""
        result: Floats = np.maximum.reduceat(values, self.first, axis=-1)
        return result

    def two(self, values: Floats) -> Floats:
        """Return for each sentence the higher of it and the one after it in its passage, along the last axis."""
        result = values.copy()
        result[..., :-1] = np.maximum(values[..., :-1], values[..., 1:])
        last = self.first[1:] - 1
        result[..., last] = values[..., last]
        return result


def meeting(
    question: Question, ids: Sequence[int], candidates: Candidates, texts: Texts, idf: Callable[[str], float]
) -> Floats:
    """Return a row of `MEETING` for each candidate, none of them an empty passage.

    `ids`: the question's tokens in order. *_rival: what a candidate has more, or less, than the best of the others.
    s1, s2: in the best sentence, in the best two side by side. local, rare: weighed by how few candidates meet it.
    """
    count = len(candidates.numbers)
    pieces = texts.cut(candidates.numbers.tolist())
    columns = {"lexical": candidates.lexical, "maxsim": candidates.late.maxsim} | _by_tokens(candidates, pieces, ids)
    pairs = _asked_pairs(question, idf)
    columns |= _by_pairs(pairs, pieces) if len(pairs.codes) else dict.fromkeys(_PAIRS, np.zeros(count, np.float32))
    rivals = rival(np.stack([columns[name] for name in _RIVAL]))
    columns |= {f"{name}_rival": row for name, row in zip(_RIVAL, rivals, strict=True)}
    sizes = {"asked_tokens": len(ids), "asked_pairs": len(pairs.codes), "candidates": count}
    columns |= {name: np.full(count, size, dtype=np.float32) for name, size in sizes.items()}
    return np.stack([columns[name] for name in MEETING], axis=1).astype(np.float32)


def rival(values: Floats) -> Floats:
    """Return each value less the best of the others', along the last axis."""
    if values.shape[-1] < 2:
        return np.zeros_like(values)
    rising = np.sort(values, axis=-1)
    first, second = rising[..., -1:], rising[..., -2:-1]
    result: Floats = np.where(values == first, first - second, values - first)  # of two as good each has 0
    return result


def _worth_here(weights: Floats, met: Floats) -> Floats:
    """Return weights made anew for these candidates: what most of them meet tells little. (words,), sum 1."""
    worth = weights * np.log((met.shape[1] + 1) / (met.sum(axis=1) + 0.5))
    result: Floats = (worth / max(float(worth.sum()), 1e-9)).astype(np.float32)
    return result


def _by_tokens(candidates: Candidates, pieces: Cut, ids: Sequence[int]) -> dict[str, Floats]:
    """MaxSim within one sentence and two, in the question's order, and with weights of these candidates."""
    late = candidates.late
    grid = late.against(pieces.tokens)
    lines = np.maximum.reduceat(grid, pieces.sentences, axis=1)
    two = pieces.two(lines)
    here = _worth_here(late.weights, (late.best > MET).astype(np.float32))
    order = np.searchsorted(late.tokens, np.asarray(ids, dtype=np.int64))
    s1 = pieces.passages(late.weights @ lines)
    in_order = s1
    if len(order) > 1:
        left, right = order[:-1], order[1:]
        beside = np.zeros((len(left), len(pieces.tokens)), dtype=np.float32)
        np.minimum(grid[left, :-1], grid[right, 1:], out=beside[:, :-1])
        beside[:, pieces.sentences[pieces.first[1:]] - 1] = 0  # the next token is another passage's
        weights = np.sqrt(late.weights[left] * late.weights[right])
        met = np.maximum.reduceat(beside, pieces.sentences[pieces.first], axis=1)
        in_order = weights @ met / max(float(weights.sum()), 1e-9)
    return {
        "s1": s1,
        "s2": pieces.passages(late.weights @ two),
        "order": in_order,
        "local": here @ late.best,
        "local_s1": pieces.passages(here @ lines),
        "local_s2": pieces.passages(here @ two),
        "unmet": late.weights @ (late.best < UNMET).astype(np.float32),
    }


@dataclass(frozen=True)
class _Pairs:
    """Two characters side by side in a question's words: their codes, what they are worth (sum 1), the same by how near
    they stand to what is asked, and which of them overlaps the one after it."""

    codes: Ints
    weights: Floats
    near: Floats
    follows: Flags


def _asked_pairs(question: Question, idf: Callable[[str], float]) -> _Pairs:
    key, mask = question.key, content_mask(question)
    places = [i for i in range(len(key) - 1) if mask[i] and mask[i + 1]]
    asking = [i for i, content in enumerate(mask) if not content and key[i].isalnum()]
    codes = np.array([ord(key[i]) << 21 | ord(key[i + 1]) for i in places], dtype=np.int64)
    pairs = [key[i : i + 2] for i in places]
    worth = np.array([idf(pair) if HAN_RUN.fullmatch(pair) else LATIN_WORTH for pair in pairs], dtype=np.float32)
    far = np.array([min((abs(i - place) for place in asking), default=0) for i in places], dtype=np.float32)
    near = worth * np.exp(-far / NEAR)
    follows = np.diff(np.array(places, dtype=np.int64)) == 1
    return _Pairs(codes, _unit_sum(worth), _unit_sum(near), follows)


def _unit_sum(weights: Floats) -> Floats:
    result: Floats = (weights / max(float(weights.sum()), 1e-9)).astype(np.float32)
    return result


def _by_pairs(asked: _Pairs, pieces: Cut) -> dict[str, Floats]:
    """Which of the question's character pairs stand in a passage, a sentence, two; and three characters in a row."""
    doubled = pieces.chars[:-1] << 21 | pieces.chars[1:]
    found = np.zeros((len(asked.codes), len(pieces.chars)), dtype=np.bool_)
    np.equal(asked.codes[:, None], doubled, out=found[:, :-1])
    found[:, pieces.lines[pieces.first[1:]] - 1] = False  # the next character is another passage's
    lines = _any(found, pieces.lines)
    met, two = pieces.passages(lines), pieces.two(lines)
    here = _worth_here(asked.weights, met)
    rows = np.flatnonzero(asked.follows)
    triples = np.zeros(len(pieces.first), dtype=np.float32)
    if len(rows):
        runs = found[rows, :-1] & found[rows + 1, 1:]
        weights = _unit_sum(asked.weights[rows] + asked.weights[rows + 1])
        triples = weights @ _any(runs, pieces.lines[pieces.first])
    return {
        "pairs": asked.weights @ met,
        "pairs_s1": pieces.passages(asked.weights @ lines),
        "pairs_s2": pieces.passages(asked.weights @ two),
        "triples": triples,
        "rare_pairs": here @ met,
        "rare_s1": pieces.passages(here @ lines),
        "rare_s2": pieces.passages(here @ two),
        "near_s2": pieces.passages(asked.near @ two),
    }


def _any(found: Flags, starts: Ints) -> Floats:
    return np.logical_or.reduceat(found, starts, axis=1).astype(np.float32)
