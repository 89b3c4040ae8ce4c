"""`python -m eval bench cmrc2018|drcd|xquad|FILE --data DIR`: a public question set, end to end.

Each passage is a document of a corpus, the index is built as the product builds it, and every question goes through
the same `Answerer` as the server's. FILE: JSON lines (`.xz` may be packed) with `question`, `context`, `answers`, and
`question_en` for questions in English. Of drcd the half is asked that nothing was fitted to.
"""

import argparse
import json
import lzma
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval.ask import ask_all
from eval.confidence import risk_coverage
from eval.outcome import Case, Outcome
from eval.setting import Setting, add_setting, read_setting
from eval.summary import estimates, sheet
from eval.swap import swapped
from eval.tables import difference_table, latency, text_table
from index.page import list_corpus
from rag.question import parse_question
from rag.train.data import tune_half

FILES = {"cmrc2018": "cmrc2018_dev", "drcd": "drcd_dev", "xquad": "xquad_zh_en"}
COVERAGES = (0.9, 0.7, 0.5)  # shares of the questions answered, at which wrong answers are counted

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Return the objects of a file of JSON lines, packed by xz or not."""
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def read_set(name: str, data: Path | None) -> list[Row]:
    """Return the rows of a set by its name in a data folder, or of a file.

    Raises:
        SystemExit: there is no such file; the message says what was looked for.
    """
    path = Path(name)
    if name in FILES:
        path = next(iter(data.glob(f"*/{FILES[name]}.jsonl.xz")), Path(FILES[name])) if data else Path(FILES[name])
    if not path.is_file():
        raise SystemExit(f"{path}: there is no such set. Name one of {', '.join(FILES)} with --data DIR, or a file.")
    return [row for row in read_rows(path) if name != "drcd" or not tune_half(row["context"])]


def document_of(context: str) -> str:
    """Return the document id of a passage."""
    return f"{sha256(context.encode()).hexdigest()[:16]}.txt"


def distractors(path: Path, known: set[str], count: int) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of other documents of a file (`text`, perhaps `title`)."""
    for row in read_rows(path)[:count]:
        whole = "\n\n".join(filter(None, (row.get("title"), row["text"])))
        if (name := f"other-{document_of(whole)}") not in known:
            known.add(name)
            yield name, whole


def cases(rows: Sequence[Row], english: bool = False) -> list[Case]:
    """Return the questions of a set; the kind is that of the answer asked for, as the product reads it."""
    found = []
    for number, row in enumerate(rows):
        question = row["question_en" if english else "question"]
        key, kind = f"{number:05}-{document_of(question)[:8]}", parse_question(question).kind
        found.append(Case(key, kind, question, (), tuple(row["answers"]), document_of(row["context"])))
    return found


def write_corpus(folder: Path, rows: Sequence[Row], others: Path | None = None, count: int = 0) -> int:
    """Write the passages of a set, and other documents of a file beside them; return how many documents there are."""
    folder.mkdir(parents=True)
    texts = {document_of(row["context"]): row["context"] for row in rows}
    texts |= dict(distractors(others, set(texts), count)) if others else {}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return len(texts)


def without_gold(asked: Sequence[Case], everything: Sequence[str]) -> list[Case]:
    """Return the questions asked of all documents but the one that answers: whatever is answered is wrong."""
    return [
        replace(case, document_id=None, documents=tuple(name for name in everything if name != case.document_id))
        for case in asked
    ]


def swap(asked: Sequence[Case], rows: Sequence[Row]) -> list[Case]:
    """Return the questions with a name or a year exchanged: whatever is answered is taken to be wrong."""
    texts = {document_of(row["context"]): row["context"] for row in rows}
    changed = swapped({case.id: (case.question, texts[str(case.document_id)]) for case in asked})
    if not changed:
        raise SystemExit("no question names a person, a place, an organisation or a year in Chinese: none to swap")
    return [replace(case, question=changed[case.id], document_id=None) for case in asked if case.id in changed]


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the measures by name, each with its 95 % interval; of questions that nothing answers, only refusals."""
    given = [o for o in outcomes if o.answered]
    confidence = [o.confidence for o in outcomes]
    body: dict[str, Any] = {"questions": len(outcomes), "answered": len(given) / len(outcomes)}
    if not any(o.answerable for o in outcomes):
        return body | {"median confidence": statistics.median(confidence)}
    body["answer length"] = statistics.mean(len(o.text or "") for o in given) if given else 0.0
    for found in estimates(sheet(outcomes)):
        body[found.name] = [found.value, found.low, found.high]
    curve = risk_coverage(confidence, [o.right for o in outcomes])
    return body | {f"wrong at {c:.0%} coverage": curve[int(c * len(curve)) - 1][1] for c in COVERAGES}


@dataclass(frozen=True)
class Bench:
    """A set laid out as a corpus, and its questions as they are asked."""

    corpus: Path
    documents: int
    cases: list[Case]

    def ask(self, setting: Setting, index: Path) -> tuple[list[Outcome], int]:
        """Return what comes of the questions, and how many passages are asked; the index is built in a folder."""
        answerer = setting.build(self.corpus, index)
        return ask_all(answerer, setting.cases(self.cases), self.corpus), answerer.snapshot.legs.count


def add_set(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is asked of a set."""
    parser.add_argument("--data", type=Path, help="the folder that holds the named sets")
    parser.add_argument("--limit", type=int, default=1000, help="questions asked at most, drawn at random")
    parser.add_argument("--distractors", type=Path, help="other documents to stand beside: JSON lines with `text`")
    parser.add_argument("--others", type=int, default=6500, help="how many of them")
    parser.add_argument("--english", action="store_true", help="ask the set's English questions")


def lay_out(name: str, options: argparse.Namespace, folder: Path) -> tuple[Bench, list[Row]]:
    """Write a set's corpus to a folder, and return it with the rows that are asked."""
    rows = read_set(name, options.data)
    documents = write_corpus(folder, rows, options.distractors, options.others)
    picked = random.Random(0).sample(rows, min(options.limit, len(rows)))
    return Bench(folder, documents, cases(picked, options.english)), picked


def main(argv: Sequence[str]) -> int:
    """Run one set and print its measures."""
    parser = argparse.ArgumentParser(prog="python -m eval bench", description=__doc__)
    parser.add_argument("set", metavar="SET", help=f"{', '.join(FILES)}, or a file")
    add_set(parser)
    parser.add_argument("--without-gold", action="store_true", help="take away the document that answers")
    parser.add_argument("--swap", action="store_true", help="exchange a name or a year of each question for another")
    parser.add_argument("--json", action="store_true")
    add_setting(parser)
    options = parser.parse_args(argv)
    setting = read_setting(options)
    with tempfile.TemporaryDirectory() as folder:
        bench, rows = lay_out(options.set, options, Path(folder) / "corpus")
        if options.swap:
            bench = replace(bench, cases=swap(bench.cases, rows))
        if options.without_gold:
            bench = replace(bench, cases=without_gold(bench.cases, list_corpus(bench.corpus).document_ids))
        outcomes, passages = bench.ask(setting, Path(folder) / "index")
        whole = bench.ask(Setting(), Path(folder) / "whole")[0] if setting.name else []
    body = {"set": options.set, "documents": bench.documents, "passages": passages, **report(outcomes)}
    if options.json:
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
        return 0
    sys.stdout.write(f"{text_table(['', ''], [[name, _printed(v)] for name, v in body.items()])}\n\n")
    if whole:
        sys.stdout.write(difference_table(sheet(whole), sheet(outcomes)) + "\n\n")
    sys.stdout.write(latency(outcomes) + "\n")
    return 0


def _printed(value: Any) -> str:
    if isinstance(value, list):
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
