"""Question sets that retrieval is fitted on, and archives laid out of their passages, each a document of its own."""

import json
import lzma
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.build import build_index
from index.encoder import load_encoder
from index.snapshot import Snapshot
from index.train_pairs import NEWS_HELD_OUT, fold_number, held_out
from rag.train.data import tune_half

ENGLISH = Path(__file__).parent / "english.jsonl"
TUNED = ("drcd_dev", "cmrc2018_trial", "squad2_zh", "houjin_security")


@dataclass
class Set:
    """A set's documents by name, and its questions with the name of the document that answers."""

    name: str
    documents: dict[str, str] = field(default_factory=dict)
    questions: list[tuple[str, str]] = field(default_factory=list)

    def add(self, question: str, text: str) -> None:
        """Add a question that a text answers; a blank one adds the text alone."""
        name = sha256(text.encode()).hexdigest()[:16] + ".txt"
        self.documents[name] = text
        if question.strip():
            self.questions.append((question, name))


@dataclass(frozen=True)
class Opened:
    """An archive of documents that is built: its snapshot, and each passage's document by number."""

    snapshot: Snapshot
    owners: tuple[str, ...]


@contextmanager
def opened(documents: Mapping[str, str]) -> Iterator[Opened]:
    """Lay documents out in a folder of their own and build them with the embedded model; all goes when it is left."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for name, text in documents.items():
            (corpus / name).write_text(text, encoding="utf-8")
        snapshot = build_index(corpus, Path(folder) / "index", load_encoder())
        archive = snapshot.archive
        owners = (archive.passage(number)[0].article_id for number in range(snapshot.lexical.size))
        yield Opened(snapshot, tuple(archive_id.rsplit(".", 1)[0] + ".txt" for archive_id in owners))


def rows(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a set of the data folder."""
    with lzma.open(next(iter(data.glob(f"*/{name}.jsonl.xz"))), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def tuned(name: str, context: str) -> bool:
    """Return whether a passage may be fitted on: of DRCD the tuning half, elsewhere what the encoder never saw."""
    return tune_half(context) if name == "drcd_dev" else held_out(name, context)


def question_sets(data: Path, exclude: frozenset[str] = frozenset()) -> list[Set]:
    """Return the tuning parts of `TUNED`, English questions on their passages, and parallel sentences."""
    found = []
    english: dict[str, list[str]] = {}
    for line in ENGLISH.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        english.setdefault(row["context_sha256"], []).append(row["question"])
    asked_in_english = Set("english")
    for name in TUNED:
        if name in exclude:
            continue
        one = Set(name)
        for row in rows(data, name):
            if tuned(name, row["context"]) and not row.get("is_impossible"):
                one.add(row["question"], row["context"])
        found.append(one)
        asked_in_english.documents.update(one.documents)
        for text in set(one.documents.values()):
            for question in english.get(sha256(text.encode()).hexdigest(), []):
                asked_in_english.add(question, text)
    return [*found, asked_in_english, *([] if "press_notes" in exclude else parallel_sets(data))]


def parallel_sets(data: Path) -> list[Set]:
    """Return press notes, the sentence of one language asked of those of the other; both ways."""
    to_chinese, to_english = Set("press to Chinese"), Set("press to English")
    for row in rows(data, "press_notes"):
        if fold_number(row["en"], 20) == 0:
            to_chinese.add(row["en"][:400], row["zh"])
            to_english.add(row["zh"][:400], row["en"])
    return [to_chinese, to_english]


def news(data: Path, count: int, benchmark: bool = False) -> dict[str, str]:
    """Return so many news documents that the encoder was not trained on: to train beside, or those of the benchmark."""
    found: dict[str, str] = {}
    wanted = NEWS_HELD_OUT if benchmark else 0
    for row in rows(data, "news_crud") if count else ():
        if fold_number(row["text"], 2 * NEWS_HELD_OUT) == wanted:
            found[f"news-{len(found):05}.txt"] = row["text"]
            if len(found) == count:
                break
    return found
