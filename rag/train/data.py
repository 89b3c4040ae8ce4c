"""Training data: corpora of documents with questions, read from the data folder and from the labelled questions.

Every corpus is built and asked as the product does it, so that the ranker learns on the product's own passages.
"""

import hashlib
import json
import lzma
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.train_pairs import fold_number
from rag.answer import Message

QUESTIONS = Path(__file__).parent / "questions.jsonl"
# name, questions taken at most; what is marked research or not stated can be left out with --exclude
PUBLIC = (
    ("qa/cmrc2018_trial", 1002),
    ("qa/squad2_zh", 2500),
    ("qa/houjin_security", 1200),
    ("qa/cail2019", 400),
    ("qa/dureader_robust_dev", 900),
    ("qa/dureader_qg_dev", 700),
    ("eval/drcd_dev", 4000),
)
NEWS = ("news_crud", "news_xwlb")
GROUP = 22  # news articles of a small corpus: about as many as five newspaper pages hold
BOTH = 2  # of so many questions one is asked of all news too: with more of them training takes longer than an hour
STRAYS = 12  # questions that a small corpus of news is asked and that have nothing to do with it


@dataclass(frozen=True)
class Asking:
    """A question with its gold: `document` None if nothing in the corpus answers it; `removed`: it is asked of the
    corpus without that document. `group` keeps one document's questions in one fold."""

    question: str
    history: tuple[Message, ...]
    document: str | None
    answers: tuple[str, ...]
    evidence: tuple[str, ...]
    group: int
    removed: bool = False

    @property
    def answerable(self) -> bool:
        """Whether what is asked holds the answer."""
        return self.document is not None and not self.removed


@dataclass(frozen=True)
class Corpus:
    """Documents by id, and questions over them. `news`: of the product's own kind."""

    name: str
    documents: dict[str, str]
    askings: tuple[Asking, ...]
    news: bool


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a `.jsonl.xz` file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def hashes(data: Path, exclude: frozenset[str], questions: Path = QUESTIONS) -> dict[str, str]:
    """Return the SHA-256 of every file that `news_corpora` and `public_corpora` read."""
    names = [name for name, _ in PUBLIC if name.split("/")[1] not in exclude] + [f"text/{name}" for name in NEWS]
    files = {name: data / f"{name}.jsonl.xz" for name in names} | {questions.name: questions}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def tune_half(context: str) -> bool:
    """Return whether a passage is of the half of a set that may be tuned on."""
    return int(hashlib.sha256(context.encode()).hexdigest(), 16) % 2 == 0


def public_corpora(data: Path, exclude: frozenset[str], seed: int) -> Iterator[Corpus]:
    """Yield the public question sets, each context a document."""
    for name, most in PUBLIC:
        if name.split("/")[1] in exclude:
            continue
        rows = [
            row for row in read_rows(data / f"{name}.jsonl.xz") if name != "eval/drcd_dev" or tune_half(row["context"])
        ]
        random.Random(seed).shuffle(rows)
        documents: dict[str, str] = {}
        askings = []
        for row in rows[:most]:
            document = f"{hashlib.sha256(row['context'].encode()).hexdigest()[:16]}.txt"
            documents[document] = row["context"]
            gold = None if row.get("is_impossible") or not row["answers"] else document
            group = int(document[:8], 16)
            askings.append(Asking(row["question"], (), gold, tuple(row["answers"]), (), group))
        yield Corpus(name.split("/")[1], documents, tuple(askings), news=False)


def strays(data: Path, exclude: frozenset[str], seed: int) -> list[Asking]:
    """Return the questions of the public sets, as asked of a corpus that cannot answer them."""
    found = [asking for corpus in public_corpora(data, exclude, seed) for asking in corpus.askings]
    random.Random(seed).shuffle(found)
    return [replace(asking, document=None, answers=(), evidence=()) for asking in found]


def news_corpora(
    data: Path, distractors: int, seed: int, exclude: frozenset[str] = frozenset(), questions: Path = QUESTIONS
) -> Iterator[Corpus]:
    """Yield the labelled news questions: over small groups of articles, with some questions that have nothing to do
    with them, and over all of them with other news."""
    labelled = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    wanted = {row["sha256"] for row in labelled if row["sha256"]}
    texts, others = _news_texts(data, wanted, distractors, seed)
    by_article: dict[str, list[dict[str, Any]]] = defaultdict(list)
    loose = [row for row in labelled if not row["sha256"]]
    for row in labelled:
        if row["sha256"] in texts:
            by_article[row["sha256"]].append(row)
    articles = sorted(by_article)
    random.Random(seed).shuffle(articles)
    foreign = strays(data, exclude, seed)
    for start in range(0, len(articles), GROUP):
        group = articles[start : start + GROUP]
        number = start // GROUP
        corpus = _news_corpus(f"news-{number}", group, by_article, texts, {}, loose[number::20])
        yield replace(corpus, askings=(*corpus.askings, *foreign[number * STRAYS : (number + 1) * STRAYS]))
    whole = _news_corpus("news-all", articles, by_article, texts, others, loose)
    yield replace(whole, askings=tuple(one for one in whole.askings if fold_number(one.question, BOTH) == 0))


def _news_corpus(
    name: str,
    articles: list[str],
    by_article: dict[str, list[dict[str, Any]]],
    texts: dict[str, str],
    others: dict[str, str],
    loose: list[dict[str, Any]],
) -> Corpus:
    documents = {f"{sha[:16]}.txt": texts[sha] for sha in articles} | others
    askings = []
    for row in [row for sha in articles for row in by_article[sha]] + loose:
        text = texts.get(row["sha256"], "")
        body = text[row["offset"] :] if row["sha256"] else ""
        evidence = tuple(body[low:high] for low, high in row["evidence"])
        history = tuple(Message(turn["role"], turn["content"]) for turn in row["history"])
        document = f"{row['sha256'][:16]}.txt" if row["answerable"] else None
        group = int((row["sha256"] or hashlib.sha256(row["question"].encode()).hexdigest())[:8], 16)
        askings.append(Asking(row["question"], history, document, tuple(row["answers"]), evidence, group))
    return Corpus(name, documents, tuple(askings), news=True)


def _news_texts(data: Path, wanted: set[str], distractors: int, seed: int) -> tuple[dict[str, str], dict[str, str]]:
    texts: dict[str, str] = {}
    others: dict[str, str] = {}
    for source in NEWS:
        for row in read_rows(data / f"text/{source}.jsonl.xz"):
            sha = hashlib.sha256(row["text"].encode()).hexdigest()
            title = row.get("title", "")
            whole = f"{title}\n\n{row['text']}" if title else row["text"]
            if sha in wanted:
                texts[sha] = whole
            elif int(sha[:8], 16) % 9 == seed % 9 and 200 <= len(row["text"]) <= 1500 and len(others) < distractors:
                others[f"other-{sha[:16]}.txt"] = whole
    return texts, others
