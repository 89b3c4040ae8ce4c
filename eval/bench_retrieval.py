"""Retrieval on public question sets: `python -m eval.bench_retrieval --data DIR [--limit N] [--news N]`.

Every passage of a set is a document of its own; a question is answered where the first passage of the right document
comes first (R@1) or among the first five documents (R@5). Closed: the archive is the set's own documents. Large: news
documents stand beside them, others than training had beside it. Nothing here was trained or tuned on, except
`DRCD (tuned)`.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from index.lexical import best
from index.snapshot import Snapshot
from index.text import fold, terms
from rag.question import Question, parse_question
from rag.retrieve import Retriever
from rag.train.data import tune_half
from rag.train.sets import Set, news, opened, rows

DEPTH = 60
DENSE_SHARE = 0.33  # of the plain convex sum
RRF = 60  # Cormack et al., SIGIR 2009
LEGS = ("BM25", "dense")
KIND_SIZE, KIND_SLACK = 50, 0.005  # questions of a kind that is told apart, and how far below a leg it may be
Ranking = Callable[[Question], Sequence[int]]


def benches(data: Path) -> list[Set]:
    """Return the sets: Chinese questions on Chinese, English on Chinese, Chinese on English."""
    cmrc, drcd, tuned = Set("CMRC2018"), Set("DRCD"), Set("DRCD (tuned)")
    same, to_chinese, to_english = Set("XQuAD zh"), Set("XQuAD en→zh"), Set("XQuAD zh→en")
    for row in rows(data, "cmrc2018_dev"):
        cmrc.add(row["question"], row["context"])
    for row in rows(data, "drcd_dev"):
        half = tuned if tune_half(row["context"]) else drcd
        half.add(row["question"], row["context"])
    for row in rows(data, "xquad_zh_en"):
        same.add(row["question"], row["context"])
        to_chinese.add(row["question_en"], row["context"])
        to_english.add(row["question"], row["context_en"])
    return [cmrc, drcd, tuned, same, to_chinese, to_english]


def systems(snapshot: Snapshot) -> dict[str, Ranking]:
    """Return the rankings compared: each gives passage numbers, best first."""
    retriever = Retriever(snapshot)

    def lexical(question: Question) -> list[int]:
        return [n for n, _ in best(snapshot.lexical.scores(terms(fold(question.whole))), DEPTH)]

    def dense(question: Question) -> list[int]:
        return [n for n, _ in snapshot.dense.search(snapshot.encoder.encode([question.whole])[0], DEPTH)]

    def convex(question: Question) -> list[int]:
        scores = snapshot.lexical.scores(terms(fold(question.whole)))
        found = best(scores, DEPTH)
        near = dict(snapshot.dense.search(snapshot.encoder.encode([question.whole])[0], DEPTH))
        top = found[0][1] if found else 1.0
        both = {n: (1 - DENSE_SHARE) * scores[n] / top + DENSE_SHARE * near.get(n, 0.0) for n in {*dict(found), *near}}
        return sorted(both, key=lambda n: (-both[n], n))

    def ranks(question: Question) -> list[int]:
        sums: dict[int, float] = {}
        for found in (lexical(question), dense(question)):
            for rank, n in enumerate(found, 1):
                sums[n] = sums.get(n, 0.0) + 1 / (RRF + rank)
        return sorted(sums, key=lambda n: (-sums[n], n))

    def everything(question: Question) -> list[int]:
        return [hit.number for hit in retriever.search(question, 20)]

    return {"BM25": lexical, "dense": dense, "convex": convex, "RRF": ranks, "all": everything}


@dataclass(frozen=True)
class Measured:
    """Where each question's right document stands, from 1, and 0 where it was not found; and the median ms."""

    places: npt.NDArray[np.int64]
    milliseconds: float

    def line(self) -> str:
        """Return R@1, R@5 and MRR@10 by document, and the time."""
        found = self.places
        reciprocal = np.divide(1.0, found, out=np.zeros(len(found)), where=found > 0)
        five = ((found > 0) & (found <= 5)).mean()
        return (
            f"R@1 {(found == 1).mean():.3f}  R@5 {five:.3f}  MRR@10 {reciprocal.mean():.3f}  {self.milliseconds:.1f} ms"
        )


def measure(ranking: Ranking, asked: Sequence[tuple[Question, str]], owners: Sequence[str]) -> Measured:
    """Ask all questions; CPU time of this thread is counted."""
    places, times = [], []
    for question, document in asked:
        start = time.thread_time()
        numbers = ranking(question)
        times.append(time.thread_time() - start)
        order = list(dict.fromkeys(owners[number] for number in numbers))[:10]
        places.append(order.index(document) + 1 if document in order else 0)
    return Measured(np.array(places), float(np.median(times)) * 1000)


def by_kind(measured: dict[str, Measured], kinds: Sequence[str]) -> Iterator[str]:
    """Yield a line for each kind of question with `KIND_SIZE` or more: R@1 of all against the better leg's."""
    for kind in sorted(set(kinds)):
        inside = np.array([other == kind for other in kinds])
        if inside.sum() >= KIND_SIZE:
            first = {name: float((one.places[inside] == 1).mean()) for name, one in measured.items()}
            better = max(LEGS, key=lambda leg: first[leg])
            holds = first["all"] >= first[better] - KIND_SLACK
            yield (
                f"{kind:12} {inside.sum():5} questions  {better} {first[better]:.3f}  all {first['all']:.3f}"
                f"  {'holds' if holds else 'FALLS SHORT'}"
            )


def run(bench: Set, distractors: dict[str, str], limit: int) -> Iterator[str]:
    """Yield a line for each system."""
    with opened({**bench.documents, **distractors}) as archive:
        picked = np.random.default_rng(0).permutation(len(bench.questions))[:limit]
        asked = [(parse_question(text), document) for text, document in (bench.questions[place] for place in picked)]
        head = f"{bench.name:14} {len(archive.owners):6} passages"
        measured = {}
        for name, ranking in systems(archive.snapshot).items():
            measured[name] = measure(ranking, asked, archive.owners)
            yield f"{head} {len(asked):5} questions  {name:7} {measured[name].line()}"
        for line in by_kind(measured, [question.kind for question, _ in asked]):
            yield f"{head} {line}"


def main(arguments: list[str] | None = None) -> None:
    """Print the bench, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench_retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=2000, metavar="QUESTIONS")
    parser.add_argument("--news", type=int, default=6500, metavar="DOCUMENTS", help="about 20,000 passages")
    parser.add_argument("--sets", nargs="*", default=None, metavar="NAME")
    options = parser.parse_args(arguments)
    faiss.omp_set_num_threads(1)
    beside = news(options.data, options.news, benchmark=True)
    for bench in benches(options.data):
        if options.sets is None or bench.name in options.sets:
            for distractors in [{}, beside] if beside else [{}]:
                for line in run(bench, distractors, options.limit):
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
