"""What the confidence is told of each question's best candidates, made again from the kept index, piece by piece."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.snapshot import Snapshot
from rag.alignment import NO_WORDS, Words, align
from rag.analysis import Sentence, analyse
from rag.answer import Hit
from rag.answerer import short_answer, text_of
from rag.asked import prepare
from rag.confidence import NAMES, confidence_row, missing_from, ruled_out
from rag.kinds import KINDS
from rag.question import parse_question
from rag.read import WEIGHTS, Candidate
from rag.retrieve import Retriever
from rag.span import SpanReader
from rag.train.kept import code_key, files_key, in_processes, key_of, written
from rag.train.pools import Floats, Piece, Pool, glosses_of, parts

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Best:
    """A question's best candidate: whether it is right, and whether it is ruled out without a look at the rest; if not,
    the features of the confidence, (features,), what became of the words, its kind."""

    right: bool
    ruled_out: bool
    row: Floats
    words: Words
    kind: str


@dataclass(frozen=True)
class Ranked:
    """A piece whose pools are ranked: the scores of all their rows, and the file where their best are kept."""

    piece: Piece
    scores: Doubles
    path: Path


def best_of(pieces: Sequence[Piece], scores: Sequence[Doubles], work: Path, processes: int) -> list[Best | None]:
    """Return the best of each pool, in order; None where there is nothing to say. `scores`: of each pool's rows."""
    made = key_of(code_key("rag.train.best"), files_key(sorted(WEIGHTS.glob("span*"))))
    ranked, start = [], 0
    for piece in pieces:
        own = np.concatenate(scores[start : start + len(piece.askings)])
        start += len(piece.askings)
        key = key_of(made, piece.base.name, own.tobytes())
        ranked.append(Ranked(piece, own, work / "best" / f"{piece.corpus}-{key}.npz"))
    missing = [one for one in ranked if not one.path.exists()]
    for place, one in enumerate(in_processes(look, missing, processes), 1):
        sys.stderr.write(f"best sentences: piece {place} of {len(missing)}, {one}\n")
    return [best for one in ranked for best in read(one.path)]


def look(ranked: Ranked) -> str:
    """Look at the best candidates of a piece and keep what is seen; return the corpus's name."""
    snapshot, pools = ranked.piece.open(), ranked.piece.pools()
    looker = Looker(snapshot)
    own = parts(np.array([len(pool.labels) for pool in pools], dtype=np.int32))
    found = [looker.best(pool, ranked.scores[part]) for pool, part in zip(pools, own, strict=True)]
    told = [best for best in found if best]
    states = np.array([0 if best is None else 1 + best.right + 2 * best.ruled_out for best in found], dtype=np.int8)
    with written(ranked.path) as path, path.open("wb") as file:
        np.savez(
            file,
            states=states,
            rows=np.array([best.row for best in told], dtype=np.float32).reshape(-1, len(NAMES)),
            kinds=np.array([KINDS.index(best.kind) for best in told], dtype=np.int32),
            **_together("asked", [best.words.asked for best in told]),
            **_together("beside", [best.words.beside for best in told]),
        )
    return ranked.piece.corpus


def read(path: Path) -> list[Best | None]:
    """Read what `look` kept."""
    with np.load(path) as file:
        states = file["states"].tolist()
        words = map(Words, _apart(file, "asked"), _apart(file, "beside"))
        told = zip(file["rows"], words, file["kinds"].tolist(), strict=True)
    found: list[Best | None] = []
    for state in states:
        if not state:
            found.append(None)
            continue
        row, own, kind = next(told)
        found.append(Best(bool((state - 1) & 1), bool((state - 1) & 2), row, own, KINDS[kind]))
    return found


def _together(name: str, sets: Sequence[Floats]) -> dict[str, Any]:
    """Return what is kept of some sets of rows: all rows, and how many are whose."""
    return {
        name: np.concatenate(sets or [np.zeros((0, 0), np.float32)]),
        f"{name}_of": np.array([len(one) for one in sets], np.int32),
    }


def _apart(file: Mapping[str, Any], name: str) -> list[Floats]:
    rows = file[name]
    return [rows[part] for part in parts(file[f"{name}_of"])]


class Looker:
    """Makes candidates of one index again from their places, and looks at the best."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._retriever = Retriever(snapshot)
        self._analysed = lru_cache(8192)(self._analyse)

    def _analyse(self, number: int) -> tuple[Hit, tuple[Sentence, ...]]:
        passage, article_number, words = self._snapshot.archive.passage(number)
        article = self._snapshot.archive.article(article_number)
        return Hit(number, passage, article, 0.0, None, None, 0.0, 0.0), analyse(article, passage, words)

    def ranked(self, pool: Pool, scores: Doubles) -> list[Candidate]:
        """Return the candidates of a pool, best first; their hits know no scores of their own."""
        found = []
        for i in np.lexsort((np.arange(len(scores)), -scores)).tolist():
            number, index = pool.places[i].tolist()
            hit, sentences = self._analysed(number)
            found.append(Candidate(hit, sentences[index], float(scores[i]), pool.matrix[i]))
        return found

    def best(self, pool: Pool, scores: Doubles) -> Best | None:
        """Return what the confidence is told of a pool's best; None where there is nothing to say."""
        question = parse_question(pool.asking.question, pool.asking.history)
        if question.small_talk or not len(scores):
            return None
        ranked, glosses = self.ranked(pool, scores), glosses_of(question, self._retriever)
        right = bool(pool.labels[int(np.argmax(scores))] > 0)
        missing = missing_from(question, ranked[0], glosses)
        if ruled_out(question, ranked[0], missing):
            return Best(right, True, np.zeros(len(NAMES), dtype=np.float32), NO_WORDS, question.kind)
        short = short_answer(_spans(), question, ranked, glosses)
        asked = prepare(question, self._snapshot.legs.idf, glosses, self._snapshot.legs.count)
        words = align(asked, ranked[0], text_of(short, ranked[0]), self._snapshot.static, self._snapshot.late)
        return Best(
            right, False, confidence_row(question, ranked, missing, short.score if short else 0.0), words, question.kind
        )


@cache
def _spans() -> SpanReader:
    return SpanReader.load()
