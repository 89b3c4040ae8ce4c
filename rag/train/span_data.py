"""Training data for the short answer: a question, the sentence that answers, and the answer in it."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.gloss import GlossTable
from index.passage import split_sentences
from index.text import fold
from rag.analysis import bigrams_of
from rag.kinds import kind_of
from rag.question import language_of
from rag.spans.english import in_chinese
from rag.train.data import QUESTIONS, read_rows, tune_half

# name, questions taken at most, copies in an epoch
SETS = (
    ("qa/cmrc2018_trial", 1002, 3),
    ("qa/squad2_zh", 5000, 1),
    ("qa/houjin_security", 4500, 1),
    ("qa/cail2019", 2500, 1),
    ("qa/dureader_robust_dev", 1500, 1),
    ("qa/dureader_qg_dev", 1000, 1),
    ("qa/webqa", 3100, 1),
    ("eval/drcd_dev", 4000, 2),
)
NEWS_COPIES = 6
BENCHMARKS = ("cmrc2018_dev", "drcd_dev", "xquad_zh_en")


@dataclass(frozen=True)
class Example:
    """`text`: the article or passage; `sentence`: the span that answers; `answers`: gold strings, best first."""

    source: str
    question: str
    kind: str
    text: str
    sentence: tuple[int, int]
    answers: tuple[str, ...]
    copies: int
    held_out: bool


def digest(text: str) -> int:
    """Return a number that is the same for the same text everywhere."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def question_kind(question: str) -> str:
    """Return the kind of a question as asked."""
    key = fold(question)
    return kind_of(key, language_of(key))


def best_sentence(question: str, text: str, answers: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the sentence that holds an answer and shares most with the question; None where none holds one."""
    asked = bigrams_of(fold(question))
    spans = split_sentences(text)
    found = []
    for i, (low, high) in enumerate(spans):
        if any(answer in text[low:high] for answer in answers if answer):
            near = text[spans[i - 1][0] : low] if i else ""
            own, before = bigrams_of(fold(text[low:high])), bigrams_of(fold(near))
            found.append((len(asked & own) + 0.4 * len(asked & (before - own)), -low, (low, high)))
    return max(found)[2] if found else None


def public_examples(data: Path, exclude: frozenset[str], seed: int) -> Iterator[Example]:
    """Yield the examples of the public sets; of DRCD only the half that may be tuned on, a fifth of it held out."""
    for name, most, copies in SETS:
        short = name.split("/")[1]
        if short in exclude:
            continue
        rows = [r for r in read_rows(data / f"{name}.jsonl.xz") if short != "drcd_dev" or tune_half(r["context"])]
        random.Random(seed).shuffle(rows)
        for row in rows[:most]:
            answers = tuple(answer.strip() for answer in row["answers"] if answer.strip())
            if row.get("is_impossible") or not answers:
                continue
            sentence = best_sentence(row["question"], row["context"], answers)
            if sentence:
                held_out = short == "drcd_dev" and digest(row["context"]) // 2 % 5 == 0
                kind = question_kind(row["question"])
                yield Example(short, row["question"], kind, row["context"], sentence, answers, copies, held_out)


def news_examples(data: Path) -> Iterator[Example]:
    """Yield the labelled questions over news; every fifth article, in the order of the file, is held out."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    order = {sha: n for n, sha in enumerate(dict.fromkeys(row["sha256"] for row in rows if row["sha256"]))}
    texts, table = {}, GlossTable()
    for source in ("news_crud", "news_xwlb"):
        for row in read_rows(data / f"text/{source}.jsonl.xz"):
            sha = hashlib.sha256(row["text"].encode()).hexdigest()
            if sha in order:
                texts[sha] = row["text"]
    for row in rows:
        text = texts.get(row["sha256"], "")
        answers = tuple(row["answers"])
        question = row["question"]
        kind = question_kind(question)
        if language_of(fold(question)) == "en":
            question = in_chinese(question, table.gloss(question), text)
        for low, high in row["evidence"] if text and row["answerable"] and answers else ():
            if any(answer in text[low:high] for answer in answers):
                held_out = order[row["sha256"]] % 5 == 0
                yield Example("news", question, kind, text, (low, high), answers, NEWS_COPIES, held_out)
                break


def benchmark_examples(data: Path, name: str) -> Iterator[Example]:
    """Yield a benchmark's questions with a gold sentence; of DRCD only the half that is never tuned on."""
    for row in read_rows(data / f"eval/{name}.jsonl.xz"):
        if name == "drcd_dev" and tune_half(row["context"]):
            continue
        answers = tuple(row["answers"])
        sentence = best_sentence(row["question"], row["context"], answers)
        if sentence:
            kind = question_kind(row["question"])
            yield Example(name, row["question"], kind, row["context"], sentence, answers, 1, True)
