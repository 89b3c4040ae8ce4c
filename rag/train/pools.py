"""Candidate pools: every training question asked of its corpus as the product does, with labelled feature rows.

Each corpus is built into an index that is kept, and asked in pieces, whose pools are kept too: what is there is not
made again.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.build import build_index, index_settings
from index.encoder import MODEL_FOLDER, Encoder, load_encoder
from index.gloss import Gloss
from index.snapshot import Snapshot, load_snapshot
from index.trees import Trees
from rag.features import NAMES
from rag.question import Question, parse_question
from rag.read import WEIGHTS, Reader
from rag.retrieve import Retriever
from rag.train.data import Asking, Corpus
from rag.train.kept import code_key, files_key, in_processes, key_of, written
from rag.train.posed import label, posed

DEPTH = 20
PIECE = 1000  # questions asked of a corpus in one go
MADE_WITH = (*(WEIGHTS / name for name in ("fusion.json", "rank.json", "rank.npz")), *sorted(MODEL_FOLDER.iterdir()))

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pool:
    """One question's candidates: feature rows (n, m), and labels: 2 the sentence that answers, 1 one that holds the
    answer by the way, 0 none. `places`: of each the number of its passage and its own in there, (n, 2). `corpus`: its
    name; `news`: whether it is of the product's own kind."""

    asking: Asking
    matrix: Floats
    labels: Labels
    places: Labels
    corpus: str
    news: bool


@dataclass(frozen=True)
class Piece:
    """Some questions of a corpus. `folder`: of its index; `base`: where their pools lie, without an ending."""

    corpus: str
    news: bool
    folder: Path
    askings: tuple[Asking, ...]
    base: Path

    @property
    def matrix(self) -> Path:
        """The feature rows of all pools."""
        return self.base.with_suffix(".npy")

    @property
    def rest(self) -> Path:
        """How many rows each pool has, their labels and places; written last."""
        return self.base.with_suffix(".npz")

    def open(self) -> Snapshot:
        """Return the index of the corpus."""
        return load_snapshot(self.folder / "index", encoder(), index_settings(encoder()))

    def pools(self) -> list[Pool]:
        """Return the pools, their rows left on the disk until they are looked at."""
        matrix: Floats = np.asarray(np.load(self.matrix, mmap_mode="r"))
        with np.load(self.rest) as file:
            counts, labels, places = file["counts"], file["labels"], file["places"]
        return [
            Pool(asking, matrix[part], labels[part], places[part], self.corpus, self.news)
            for asking, part in zip(self.askings, parts(counts), strict=True)
        ]


def parts(counts: Labels) -> Iterator[slice]:
    """Yield where each of some runs of rows lies, one after the other."""
    for count, end in zip(counts.tolist(), np.cumsum(counts).tolist(), strict=True):
        yield slice(end - count, end)


@cache
def encoder() -> Encoder:
    """Return the embedded model, opened once a process."""
    return load_encoder("embedded")


def build_pools(corpora: Iterable[Corpus], work: Path, processes: int) -> list[Piece]:
    """Build each corpus into an index of its own, ask its questions, and label the candidates.

    `work`: the folder where all that is kept; `processes`: how many do this at the same time.
    """
    started = time.monotonic()
    made = files_key(MADE_WITH)
    laid = [
        Laid(corpus, work / "corpora" / f"{corpus.name}-{key_of(code_key('index.build'), made, corpus.documents)}")
        for corpus in corpora
    ]
    pieces = []
    for place, (one, askings) in enumerate(zip(laid, in_processes(lay, laid, processes), strict=True), 1):
        for start in range(0, len(askings), PIECE):
            part = tuple(askings[start : start + PIECE])
            key = key_of(code_key("rag.train.pools"), made, one.folder.name, part)
            base = work / "pools" / f"{one.corpus.name}-{start // PIECE}-{key}"
            pieces.append(Piece(one.corpus.name, one.corpus.news, one.folder, part, base))
        _say(started, f"index {place} of {len(laid)}, {one.corpus.name}: {len(one.corpus.documents)} documents")
    missing = [piece for piece in pieces if not piece.rest.exists()]
    _say(started, f"{len(pieces) - len(missing)} of {len(pieces)} pieces are there")
    for place, (piece, told) in enumerate(zip(missing, in_processes(ask, missing, processes), strict=True), 1):
        _say(started, f"piece {place} of {len(missing)}, {piece.corpus}: {told}")
    return pieces


@dataclass(frozen=True)
class Laid:
    """A corpus, and the folder where it is kept."""

    corpus: Corpus
    folder: Path


def lay(one: Laid) -> list[Asking]:
    """Build the index of a corpus, unless it is there; return what it is asked."""
    if not one.folder.exists():
        with written(one.folder) as folder:
            (folder / "corpus").mkdir(parents=True)
            for name, text in one.corpus.documents.items():
                (folder / "corpus" / name).write_text(text, encoding="utf-8")
            build_index(folder / "corpus", folder / "index", encoder(), workers=1)
    return posed(one.corpus)


def ask(piece: Piece) -> str:
    """Ask the questions of a piece and keep their pools; return a line on how many candidates hold an answer."""
    snapshot = piece.open()
    retriever, reader = Retriever(snapshot), Reader(snapshot, Trees.from_lightgbm({"tree_info": []}, NAMES))
    documents = snapshot.archive.document_ids()
    found = [pool_of(asking, retriever, reader, documents) for asking in piece.askings]
    matrices, labels, places = (tuple(part) for part in zip(*found, strict=True))
    with written(piece.matrix) as path, path.open("wb") as file:
        np.save(file, np.concatenate(matrices))
    with written(piece.rest) as path, path.open("wb") as file:
        counts = np.array([len(one) for one in labels], dtype=np.int32)
        np.savez(file, counts=counts, labels=np.concatenate(labels), places=np.concatenate(places))
    answerable = [one for asking, one in zip(piece.askings, labels, strict=True) if asking.answerable]
    held = sum(bool(one.max(initial=0)) for one in answerable)
    return f"{len(found)} questions, answer among the candidates {held}/{len(answerable)}"


def pool_of(
    asking: Asking, retriever: Retriever, reader: Reader, documents: Sequence[str]
) -> tuple[Floats, Labels, Labels]:
    """Return the feature rows of a question's candidates, their labels and their places (see `Pool`).

    `documents`: all that the corpus has.
    """
    question = parse_question(asking.question, asking.history)
    others = [name for name in documents if name != asking.document] if asking.removed else None
    hits = retriever.search(question, DEPTH, others)
    rows, _, matrix = reader.candidates(question, hits, glosses_of(question, retriever))
    labels = np.array([label(asking, hit, sentence) for hit, _, sentence in rows], dtype=np.int32)
    if not asking.evidence and (labels == 1).any():  # no sentence is named: the one that shares most words
        holding = np.flatnonzero(labels == 1)
        labels[holding[np.argmax(matrix[holding, 3])]] = 2
    places = np.array([(hit.number, sentence.index) for hit, _, sentence in rows], dtype=np.int32)
    return matrix, labels, places.reshape(-1, 2)


def glosses_of(question: Question, retriever: Retriever) -> tuple[Gloss, ...]:
    """Return what the words of an English question may be in Chinese; nothing for another one."""
    return retriever.glosses(question.whole) if question.language == "en" else ()


def _say(started: float, line: str) -> None:
    sys.stderr.write(f"{time.monotonic() - started:6.0f} s  {line}\n")
    sys.stderr.flush()
