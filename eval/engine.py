"""`python -m eval engine milvus://HOST/NAME`: one archive in a folder and on an engine, asked the same questions.

Printed: for how many questions the top 10 and the answer are the same, what a question costs here and there, and what a
passage takes there, field by field. Without `--articles` the corpus is the seeds and the questions are dev's; with them
it is news, half of the questions written by hand (`rag/train/questions.jsonl`), half made of pieces of sentences.
Exit 1 where fewer than 99 in 100 are the same.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from api.settings import load_settings
from eval.ask import case_of
from eval.outcome import Case
from eval.questions import read_questions
from eval.run import QUESTIONS
from eval.scale import read_articles, write_corpus
from eval.tables import text_table
from index.encoder import load_encoder
from index.source import Source
from index.store import LocalStore
from rag.answer import Answer
from rag.answerer import Answerer

BY_HAND = Path(__file__).parent.parent / "rag" / "train" / "questions.jsonl"
SAME = 0.99  # share of questions
DEPTH = 10
SAMPLED = 500  # passages whose rows are weighed
SHOWN = 10  # questions whose answers differ


@dataclass(frozen=True)
class Timed:
    """An answer, and milliseconds: those it took, and those of this process's own work."""

    answer: Answer
    took: float
    worked: float

    @property
    def passages(self) -> list[str]:
        """The ids of its passages, best first."""
        return [hit.passage.passage_id for hit in self.answer.hits]

    @property
    def said(self) -> tuple[str | None, str | None, str | None]:
        """What is answered."""
        return self.answer.text, self.answer.short_answer, self.answer.reason


def ask(answerer: Answerer, case: Case) -> Timed:
    """Return the answer to a question, timed."""
    began, worked = time.perf_counter(), time.process_time()
    answer = answerer.ask(case.question, case.history, DEPTH)
    return Timed(answer, (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000)


def compare(pairs: Sequence[tuple[Timed, Timed]]) -> dict[str, float]:
    """Return the shares of questions with the same passages, in the same order, and with the same answer."""
    return {
        "the same top 10, in order": sum(a.passages == b.passages for a, b in pairs) / len(pairs),
        "the same top 10, in any order": sum(set(a.passages) == set(b.passages) for a, b in pairs) / len(pairs),
        "the same best passage": sum(a.passages[:1] == b.passages[:1] for a, b in pairs) / len(pairs),
        "the same answer": sum(a.said == b.said for a, b in pairs) / len(pairs),
    }


def news_cases(corpus: Path, files: Sequence[Path], passages: int, count: int) -> list[Case]:
    """Write news into a corpus folder, and return questions: half by hand, half from pieces of it."""
    articles = chain.from_iterable(map(read_articles, files))
    made = write_corpus(articles, passages, corpus, count=count // 2)
    rows = [json.loads(line) for line in BY_HAND.read_text(encoding="utf-8").splitlines()]
    plain = [row["question"] for row in rows if not row["history"]]
    step = max(1, len(plain) // (count - len(made)))
    asked = [*plain[::step][: count - len(made)], *made]
    return [Case(str(number), "", text, (), (), None) for number, text in enumerate(asked)]


def laid_out(arguments: argparse.Namespace, folder: Path) -> tuple[Path, list[Case]]:
    """Return a corpus and the questions to ask of it: news written into a folder, or the seeds with those of dev.

    `arguments`: of `options`.
    """
    if not arguments.articles:
        return Path("seeds"), [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"]
    corpus = folder / "corpus"
    return corpus, news_cases(corpus, arguments.articles, arguments.passages, arguments.questions)


def weigh(source: Source) -> list[list[str]]:
    """Return the bytes of a passage on the engine, by field, over some of the archive."""
    from index.milvus.rows import passages  # an extra
    from index.milvus.source import MilvusSource

    assert isinstance(source, MilvusSource)
    engine, name = source.legs.engine, source.legs.engine.address.name
    fields = list(passages(source.encoder.dim))
    page = next(engine.all_rows(name, "number", "", fields))[:SAMPLED]
    sizes: dict[str, Callable[[dict[str, object]], int]] = {
        "vector, 4 bytes a number": lambda row: 4 * len(row["vector"]),  # type: ignore[arg-type]
        "weights of terms, 8 bytes each": lambda row: 8 * len(row["words"]),  # type: ignore[arg-type]
        "counts of terms": lambda row: len(str(row["terms"])),
        "token ids": lambda row: len(str(row["tokens"])),
        "numbers and flags": lambda _: 8 * 3 + 4 * 2 + 1,
    }
    rows = [[what, f"{sum(map(size, page)) / len(page):.0f}"] for what, size in sizes.items()]
    keys = sorted({int(row["document"]) for row in page})[:100]
    texts = engine.rows(f"{name}_documents", f"key in {keys}", ["key", "payload", "passages", "piece"])
    held = sum(int(row["passages"]) for row in texts if not int(row["piece"]))
    rows.append(["texts and layout, its share of the page", f"{sum(len(row['payload']) for row in texts) / held:.0f}"])
    terms = source.legs.statistics.terms
    rows.append(["counts over the archive, 8 bytes a term", f"{8 * len(terms) / source.legs.count:.0f}"])
    return [*rows, ["together", str(sum(int(row[1]) for row in rows))]]


def options(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return the options of what asks an engine."""
    parser = argparse.ArgumentParser(prog=f"python -m eval {name}", description=description)
    parser.add_argument("index", help="milvus://HOST:PORT/NAME; a name that is not taken")
    parser.add_argument("--articles", type=Path, nargs="+", default=[], help="JSON lines of news, .xz too")
    parser.add_argument("--passages", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=500)
    return parser


def main(argv: Sequence[str]) -> int:
    """Build both, ask both, and print the tables."""
    arguments = options("engine", __doc__).parse_args(argv)
    store, encoder = load_settings(index=arguments.index).store, load_encoder()
    with tempfile.TemporaryDirectory() as folder:
        corpus, cases = laid_out(arguments, Path(folder))
        began = time.perf_counter()
        here = LocalStore(Path(folder) / "index").build(corpus, encoder, lambda *_: None, 1)
        built = time.perf_counter() - began
        there = store.build(corpus, encoder, lambda *_: None, 1)
        pushed = time.perf_counter() - began - built
        sys.stdout.write(f"{there.legs.count} passages, one process: {built:.0f} s here, {pushed:.0f} s there\n\n")
        one, other = Answerer(here), Answerer(there)
        pairs = [(ask(one, case), ask(other, case)) for case in cases]
    shares = compare(pairs)
    sys.stdout.write(
        text_table([f"of {len(pairs)} questions", ""], [[k, f"{v:.3f}"] for k, v in shares.items()]) + "\n\n"
    )
    times = [
        [name, *(_middle([getattr(pair[k], name) for pair in pairs]) for k in (0, 1))] for name in ("took", "worked")
    ]
    sys.stdout.write(text_table(["a question, median ms", "here", "there"], times) + "\n\n")
    sys.stdout.write(text_table(["a passage there", "bytes"], weigh(there)) + "\n")
    differing = [(case, a, b) for case, (a, b) in zip(cases, pairs, strict=True) if a.said != b.said]
    for case, a, b in differing[:SHOWN]:
        sys.stdout.write(f"{case.question}: {a.said[0] or a.said[2]} | {b.said[0] or b.said[2]}\n")
    return int(min(shares["the same top 10, in order"], shares["the same answer"]) < SAME)


def _middle(values: Sequence[float]) -> str:
    return f"{sorted(values)[len(values) // 2]:.1f}"
