"""Candidate pools: every training question asked of its corpus as the product does, with labelled feature rows."""

import hashlib
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.build import build_index
from index.encoder import load_encoder
from index.gloss import Gloss
from index.text import fold
from index.trees import Trees
from rag.analysis import Sentence
from rag.answer import Hit
from rag.asked import Asked
from rag.cite import bare
from rag.features import NAMES
from rag.names import tag
from rag.question import Question, parse_question
from rag.read import Reader
from rag.retrieve import Retriever
from rag.train.data import Asking, Corpus

DEPTH = 20
SHORTEST = 8  # characters of a sentence that counts as part of a long answer

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pool:
    """One question's candidates: feature rows (n, m), and labels: 2 the sentence that answers, 1 one that holds the
    answer by the way, 0 none. `answerable`: whether the corpus answers it at all; `group` keeps one document's
    questions in one fold."""

    question: Question
    asked: Asked
    glosses: tuple[Gloss, ...]
    rows: list[tuple[Hit, int, Sentence]]
    matrix: Floats
    labels: npt.NDArray[np.int32]
    answerable: bool
    group: int
    corpus: str
    news: bool


def build_pools(corpora: Iterable[Corpus]) -> list[Pool]:
    """Build each corpus into an index of its own, ask its questions, and label the candidates."""
    encoder = load_encoder("embedded")
    untrained = Trees.from_lightgbm({"tree_info": []}, NAMES)
    pools: list[Pool] = []
    for corpus in corpora:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder)
            (base / "corpus").mkdir()
            for name, text in corpus.documents.items():
                (base / "corpus" / name).write_text(text, encoding="utf-8")
            snapshot = build_index(base / "corpus", base / "index", encoder)
            retriever, reader = Retriever(snapshot), Reader(snapshot, untrained)
            askings = [*corpus.askings, *swapped(corpus)]
            found = [pool for asking in askings if (pool := _pool(asking, corpus, retriever, reader))]
            found += [
                pool
                for asking in corpus.askings
                if asking.document and len(corpus.documents) > 1 and _share(asking.question, "removed")
                if (pool := _pool(asking, corpus, retriever, reader, removed=True))
            ]
        pools += found
        held = sum(bool(pool.labels.max(initial=0)) for pool in found if pool.answerable)
        sys.stderr.write(
            f"{corpus.name}: {len(corpus.documents)} documents, {len(found)} questions, answer among the candidates"
            f" {held}/{sum(pool.answerable for pool in found)}, {time.perf_counter() - started:.0f} s\n"
        )
    return pools


def swapped(corpus: Corpus) -> list[Asking]:
    """Return questions that a corpus cannot answer: a year or a name of some of its own replaced by another one."""
    names: dict[str, list[str]] = {}
    for asking in corpus.askings:
        for name in parse_question(asking.question).names if asking.question.strip() else ():
            names.setdefault(tag(name), []).append(name)
    found = []
    for asking in corpus.askings:
        if asking.document and not asking.history and _share(asking.question, "swapped"):
            changed = _swap(asking.question, fold(corpus.documents[asking.document]), names)
            if changed:
                found.append(Asking(changed, (), None, (), (), asking.group))
    return found


def _swap(text: str, document: str, names: dict[str, list[str]]) -> str | None:
    choice = random.Random(text)
    if year := re.search(r"(?:19|20)\d\d", text):
        for other in (str(int(year[0]) + step) for step in choice.sample([-3, -2, -1, 1, 2, 3, 4], 7)):
            if other not in document:
                return text.replace(year[0], other)
    key = fold(text)
    for name in parse_question(text).names if len(key) == len(text) else ():
        others = [other for other in names.get(tag(name), []) if other not in document and len(other) >= 2]
        if tag(name) in ("nr", "ns", "nt") and others:
            place = key.index(name)
            return text[:place] + choice.choice(others) + text[place + len(name) :]
    return None


def _share(text: str, purpose: str) -> bool:
    """Return whether a question is of the sixth of all that serves a purpose."""
    return int(hashlib.sha256(f"{purpose} {text}".encode()).hexdigest(), 16) % 6 == 0


def _pool(asking: Asking, corpus: Corpus, retriever: Retriever, reader: Reader, removed: bool = False) -> Pool | None:
    if not 0 < len(asking.question.strip()) <= 512:
        return None
    question = parse_question(asking.question, asking.history)
    documents = [name for name in corpus.documents if name != asking.document] if removed else None
    hits = retriever.search(question, DEPTH, documents)
    glosses = tuple(retriever.glosses(question.whole)) if question.language == "en" else ()
    rows, asked, matrix = reader.candidates(question, hits, glosses)
    labels = np.array([label(asking, hit, sentence) for hit, _, sentence in rows], dtype=np.int32)
    if not asking.evidence and (labels == 1).any():  # no sentence is named: the one that shares most words
        holding = np.flatnonzero(labels == 1)
        labels[holding[np.argmax(matrix[holding, 3])]] = 2
    answerable = asking.document is not None and not removed
    return Pool(question, asked, glosses, rows, matrix, labels, answerable, asking.group, corpus.name, corpus.news)


def label(asking: Asking, hit: Hit, sentence: Sentence) -> int:
    """Return 2 for a sentence of the evidence (that holds an answer, if one is short), 1 for another one of the same
    document that holds an answer, 0 for the rest."""
    if asking.document is None or hit.article.document_id != asking.document:
        return 0
    text = bare(sentence.key)
    answers = [bare(fold(answer)) for answer in asking.answers]
    holds = any(answer in text or (len(text) >= SHORTEST and text.strip("。.") in answer) for answer in answers)
    if asking.evidence:
        inside = any(text in (whole := bare(fold(piece))) or whole in text for piece in asking.evidence)
        if inside and (holds or not asking.answers):
            return 2
    return int(holds)
