"""Questions with the groups of candidates that the ranker weighs, and labels of who is right (see `rag.train.rank`)."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.archive import Archive
from index.train_pairs import fold_number, held_out
from rag.question import parse_question
from rag.rank import Group
from rag.retrieve import Retriever
from rag.train.data import news_corpora
from rag.train.sets import Set, news, opened, question_sets, rows

QUESTIONS = 900  # of a set at most, of those the encoder was not trained on
SEEN = {"squad2_zh": 4000, "houjin_security": 4000, "cmrc2018_trial": 4000}  # questions the encoder was trained on
STRANGE = 60  # questions of each other set asked of a small archive, which cannot answer them
NEIGHBOURS = 120  # passages that follow each other, mostly of the same few articles: small archives of rivals
DISTRACTORS = 4000

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Pool:
    """A question's candidates by language, and the labels of each group's best: 2 of the right document and with the
    answer in it, 1 of the right document, 0 of another. `name`: archive and set; `seen`: the encoder was trained on it;
    `group` keeps one document's questions in one fold."""

    name: str
    seen: bool
    group: int
    groups: list[Group]
    labels: list[Labels]

    @property
    def right(self) -> bool:
        """Whether a right passage is among the best."""
        return any(labels.max(initial=0) > 0 for labels in self.labels)


@dataclass(frozen=True)
class Asking:
    """A question: the document that answers (None: none of the archive), and what of it a passage should hold."""

    text: str
    document: str | None
    answers: tuple[str, ...]


def ask(archive: str, sets: dict[str, list[Asking]], documents: dict[str, str]) -> Iterator[Pool]:
    """Yield the pools of the questions of some sets, asked of an archive of these documents."""
    with opened(documents) as laid:
        retriever, owners = Retriever(laid.snapshot), np.array(laid.owners)
        for name, askings in sets.items():
            for asking in askings:
                groups = [slim(one) for one in retriever.candidates(parse_question(asking.text[:512]))]
                if not any(len(one.best) for one in groups):
                    continue
                labels = [_labels(asking, one, owners, laid.snapshot.archive) for one in groups]
                group = fold_number(asking.document or asking.text, 1 << 30)
                yield Pool(f"{archive}: {name}", name.endswith(" seen"), group, groups, labels)
    sys.stderr.write(f"{archive}: {len(documents)} documents\n")


def slim(one: Group) -> Group:
    """Return a group without its interactions, which take half a megabyte."""
    return replace(one, candidates=replace(one.candidates, late=one.candidates.late.only([])))


def _labels(asking: Asking, one: Group, owners: npt.NDArray[np.str_], archive: Archive) -> Labels:
    numbers = one.candidates.numbers[one.best]
    if asking.document is None:
        return np.zeros(len(numbers), dtype=np.int32)
    labels: Labels = (owners[numbers] == asking.document).astype(np.int32)
    for place in np.flatnonzero(labels):
        passage, number, _ = archive.passage(int(numbers[place]))
        text = archive.article(number).text[passage.start : passage.end]
        labels[place] += any(answer in text for answer in asking.answers)
    return labels


def pools(data: Path, documents: int, seed: int, exclude: frozenset[str] = frozenset()) -> Iterator[Pool]:
    """Yield all pools: small archives, a large one, whole sets, neighbouring passages of them, news."""
    sets = question_sets(data, exclude)
    answers = {
        (row["question"], row["context"]): tuple(row.get("answers") or ())
        for name in {"drcd_dev", *SEEN} - exclude
        for row in rows(data, name)
    }
    askings = {one.name: _askings(one, answers)[:QUESTIONS] for one in sets}
    for one in sets:
        strange = [
            replace(asking, document=None)
            for name, other in askings.items()
            if name != one.name
            for asking in other[:STRANGE]
        ]
        yield from ask("closed", {one.name: askings[one.name], "none": strange}, one.documents)
    every = {name: text for one in sets for name, text in one.documents.items()}
    yield from ask("large", askings, {**every, **news(data, documents)})
    for name, most in SEEN.items():
        if name in exclude:
            continue
        kept, seen, whole = Set(name), Set(f"{name} seen"), Set("")
        for row in rows(data, name):
            if not row.get("is_impossible"):
                for one in (kept if held_out(name, row["context"]) else seen, whole):
                    one.add(row["question"], row["context"])
        both = {name: _askings(kept, answers), seen.name: _askings(seen, answers)[:most]}
        yield from ask("whole", both, whole.documents)
        for part in neighbours(whole.documents):
            inside = {kind: [asking for asking in found if asking.document in part] for kind, found in both.items()}
            yield from ask("few", inside, part)
    for corpus in news_corpora(data, DISTRACTORS, seed):
        found = [
            Asking(a.question, a.document, (*a.evidence, *a.answers))
            for a in corpus.askings
            if not a.history and a.question.strip() and a.document  # the rest ask for what a document leaves out
        ]
        yield from ask("news", {"all" if corpus.name == "news-all" else "few": found}, corpus.documents)


def neighbours(documents: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield runs of `NEIGHBOURS` documents, in their order; none of a short rest, or of a set that is not much more."""
    order = list(documents)
    if len(order) >= 2 * NEIGHBOURS:
        for start in range(0, len(order) - NEIGHBOURS // 2, NEIGHBOURS):
            yield {document: documents[document] for document in order[start : start + NEIGHBOURS]}


def _askings(one: Set, answers: dict[tuple[str, str], tuple[str, ...]]) -> list[Asking]:
    return [Asking(text, name, answers.get((text, one.documents[name]), ())) for text, name in one.questions]
