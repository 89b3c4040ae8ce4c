"""Training pairs for the embedded model, from a folder of data: (query-like text, passage-like text).

Each source yields pairs of one kind; the trainer draws every batch from one source, so that a batch's other passages
are fit rivals. Passages of question sets whose hash falls into the held-out fold are never used: retrieval weights are
fitted on them (`held_out`).
"""

import hashlib
import json
import lzma
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.text import fold, words

Pair = tuple[str, str]
Rng = np.random.Generator
Row = dict[str, str]

PARALLEL = ("tatoeba", "tw_law", "bible", "python_docs", "django_docs", "tensorflow_docs", "electron_docs",
            "paddle_docs", "tico19", "press_notes", "wmt22")  # fmt: skip
QUESTIONS = ("cmrc2018_trial", "squad2_zh", "cail2019", "houjin_security", "dureader_robust_dev", "dureader_qg_dev",
             "webqa")  # fmt: skip
OTHERS = ("cc_cedict", "nlpcc2016_kbqa", "news_crud", "news_readhub", "news_xwlb", "gov_reports", "cn_laws",
          "tech_lctt")  # fmt: skip
HELD_OUT_FOLDS = {"cmrc2018_trial": 2}  # one passage in so many is held out; 5 elsewhere
NEWS_HELD_OUT = 4  # one news text in so many is kept for distractors
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*[”’」』）)]*")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[^\x00-\x7f]+(?:\|[^\x00-\x7f]+)*")  # (Tw); 佛山市|佛山市[Fo2 shan1 Shi4]
_ASKING = ("什么", "谁", "多少", "哪里", "哪年", "何时", "哪个", "怎么", "为什么", "几")


@dataclass(frozen=True)
class Source:
    """A kind of pairs: its share of the training batches, and what makes it."""

    name: str
    share: float
    make: Callable[["Data", Rng], Iterator[Pair]]


@dataclass(frozen=True)
class Data:
    """A folder of `*/NAME.jsonl.xz` files, without the excluded ones."""

    folder: Path
    exclude: frozenset[str] = frozenset()

    def path(self, name: str) -> Path | None:
        """Return the file of a set, None where it is excluded or not there."""
        if name in self.exclude:
            return None
        return next(iter(sorted(self.folder.glob(f"[!e]*/{name}.jsonl.xz"))), None)

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a set; none where it is excluded or not there."""
        path = self.path(name)
        if path is not None:
            with lzma.open(path, "rt", encoding="utf-8") as lines:
                yield from map(json.loads, lines)

    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of the file of every set that is used, by name."""
        paths = {name: self.path(name) for name in sorted({*PARALLEL, *QUESTIONS, *OTHERS})}
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items() if path}


def fold_number(text: str, folds: int) -> int:
    """Return which of so many folds a text falls into, by its SHA-256."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % folds


def held_out(name: str, context: str) -> bool:
    """Tell whether a passage of a question set is kept from the encoder's training."""
    return fold_number(context, HELD_OUT_FOLDS.get(name, 5)) == 0


def chunk(text: str, rng: Rng, low: int = 150, high: int = 300) -> Iterator[list[str]]:
    """Yield runs of sentences of about `low` to `high` characters."""
    run: list[str] = []
    limit = int(rng.integers(low, high))
    for match in _SENTENCE.finditer(text):
        if not match[0].strip():
            continue
        run.append(match[0].strip())
        if sum(map(len, run)) >= limit:
            yield run
            run, limit = [], int(rng.integers(low, high))
    if sum(map(len, run)) >= 60:
        yield run


def window(context: str, answer: str, rng: Rng, width: int = 320) -> str:
    """Return about `width` characters of a context around an answer, at random offset."""
    place = context.find(answer) if answer else -1
    if len(context) <= width or place < 0:
        return context[: 2 * width]
    start = max(0, min(place - int(rng.integers(0, width - min(width - 1, len(answer)))), len(context) - width))
    return context[start : start + width]


def ask(sentence: str, rng: Rng) -> str:
    """Return a question-like form of a sentence: a run of it left out, an asking word in its place, one time in two."""
    sentence = sentence[:120]
    if rng.random() < 0.4:
        return sentence
    length = len(sentence)
    cut = max(1, int(length * rng.uniform(0.15, 0.5)))
    start = int(rng.integers(0, max(1, length - cut)))
    middle = str(rng.choice(_ASKING)) if rng.random() < 0.6 else ""
    return sentence[:start] + middle + sentence[start + cut :]


def question_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """Questions and the part of their passage around the answer; twice, at different offsets."""
    for name in QUESTIONS:
        for row in data.rows(name):
            if held_out(name, row["context"]) or (name == "cail2019" and rng.random() < 0.7):
                continue
            answer = row["answers"][0] if row.get("answers") else ""
            for _ in range(1 if len(row["context"]) < 320 else 2):
                yield row["question"], window(row["context"], answer, rng)


def fact_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """Questions and one-line facts."""
    for row in data.rows("nlpcc2016_kbqa"):
        yield row["question"], row["context"]


def title_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """Headlines and the text below them."""
    for name, keep in (("news_readhub", 0.6), ("news_xwlb", 1.0), ("tech_lctt", 0.5), ("cn_laws", 1.0)):
        for row in data.rows(name):
            if row["title"] and rng.random() < keep:
                runs = list(chunk(row["text"], rng, 200, 350)) or [[row["text"]]]
                run = runs[0 if rng.random() < 0.5 else int(rng.integers(len(runs)))]
                yield row["title"], "".join(run)


def cloze_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """A sentence, often made a question, and the passage it stands in, mostly without it (inverse cloze task)."""
    for name, keep in (("news_crud", 0.35), ("news_xwlb", 0.6), ("gov_reports", 1.0), ("cn_laws", 0.3),
                       ("tech_lctt", 0.2), ("squad2_zh", 0.3), ("houjin_security", 0.3)):  # fmt: skip
        seen = set()
        for row in data.rows(name):
            text = row["text"] if "text" in row else row["context"]
            if rng.random() > keep or text in seen or (name == "news_crud" and fold_number(text, NEWS_HELD_OUT) == 0):
                continue
            if "context" in row and held_out(name, text):
                continue
            seen.add(text)
            for run in list(chunk(text, rng))[:6]:
                pick = int(rng.integers(len(run)))
                rest = run if rng.random() < 0.35 or len(run) == 1 else run[:pick] + run[pick + 1 :]
                yield ask(run[pick], rng), "".join(rest)


def parallel_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """English and Chinese sentences that say the same."""
    for name in PARALLEL:
        for row in data.rows(name):
            if len(row["zh"]) > 1 and len(row["en"]) > 2 and fold_number(row["en"], 20) != 0:
                yield row["en"][:600], row["zh"][:240]


def context_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """A sentence of one language and three consecutive ones of the other that hold its translation; both ways."""
    for name in ("tw_law", "python_docs", "django_docs", "tensorflow_docs", "bible", "wmt22", "tico19", "tatoeba"):
        rows = [r for r in data.rows(name) if len(r["zh"]) > 1 and len(r["en"]) > 2 and fold_number(r["en"], 20) != 0]
        for i in range(1, len(rows) - 1):
            one, other = ("en", "zh") if rng.random() < 0.7 else ("zh", "en")
            width = 200 if other == "zh" else 600
            three = [rows[j][other][:width] for j in (i - 1, i, i + 1)]
            yield rows[i][one][:400], " ".join(three)


def dictionary(data: Data) -> dict[str, list[str]]:
    """Return Chinese word → short English meanings, from CC-CEDICT."""
    meanings = defaultdict(list)
    for row in data.rows("cc_cedict"):
        for meaning in re.split(r"[;/]", _ASIDE.sub(" ", row["en"])):
            plain = " ".join(re.sub(r"^(to|a|an|the|surname) ", "", meaning.strip()).split())
            if plain and len(plain) < 60 and plain.isascii() and "variant of" not in plain and "see " not in plain:
                meanings[fold(row["zh"])].append(plain)
    return dict(meanings)


def dictionary_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """English meanings and Chinese words."""
    for word, meanings in dictionary(data).items():
        for meaning in meanings[:4]:
            yield meaning, word


def glossed_pairs(data: Data, rng: Rng) -> Iterator[Pair]:
    """A Chinese question or headline put into English word by word, and its passage; or the passage put so instead."""
    meanings = dictionary(data)
    for make, keep in ((question_pairs, 1.0), (title_pairs, 0.4), (cloze_pairs, 0.3)):
        for query, passage in make(data, rng):
            if meanings and rng.random() < keep:
                if rng.random() < 0.8:
                    yield gloss(query, meanings, rng), passage
                else:
                    yield query, gloss(passage[:160], meanings, rng)


def gloss(text: str, meanings: dict[str, list[str]], rng: Rng) -> str:
    """Return a Chinese text in English, word by word: one of each word's first meanings, or its characters'."""
    out = []
    for word in words(fold(text)):
        known = meanings.get(word.text)
        if known:
            out.append(known[int(rng.integers(min(3, len(known))))])
        elif word.text.isascii():
            out.append(word.text)
        elif len(word.text) > 1:
            out.extend(meanings[c][0] for c in word.text if c in meanings and rng.random() < 0.5)
    return " ".join(out)


SOURCES = (
    Source("question", 0.22, question_pairs),
    Source("fact", 0.02, fact_pairs),
    Source("title", 0.14, title_pairs),
    Source("cloze", 0.14, cloze_pairs),
    Source("parallel", 0.16, parallel_pairs),
    Source("context", 0.08, context_pairs),
    Source("dictionary", 0.06, dictionary_pairs),
    Source("glossed", 0.18, glossed_pairs),
)
