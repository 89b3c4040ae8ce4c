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
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval.measures import (
    aurc,
    auroc,
    bootstrap_interval,
    calibration_error,
    cmrc_exact,
    cmrc_f1,
    holds,
    recall_at,
    risk_coverage,
)
from index.build import build_index
from index.encoder import load_encoder
from rag.answer import Answer
from rag.answerer import Answerer
from rag.train.data import tune_half

FILES = {"cmrc2018": "cmrc2018_dev", "drcd": "drcd_dev", "xquad": "xquad_zh_en"}
COVERAGES = (0.9, 0.7, 0.5)  # shares of the questions answered, at which wrong answers are counted
DEPTH = 5


@dataclass(frozen=True)
class Asked:
    """One question asked: the document that answers it, its gold answers, and what came back."""

    document: str
    answers: tuple[str, ...]
    answer: Answer

    @property
    def right(self) -> bool:
        """Whether the answer holds a gold one and is cited from its document."""
        cited = any(citation.article.document_id == self.document for citation in self.answer.citations)
        return cited and holds(self.answer.text or "", self.answers)

    @property
    def rank(self) -> int | None:
        """The rank of its document among those of the passages, None if it is not there."""
        found = list(dict.fromkeys(hit.article.document_id for hit in self.answer.hits))
        return found.index(self.document) + 1 if self.document in found else None


def read_set(name: str, data: Path | None) -> list[dict[str, Any]]:
    """Return the rows of a set by its name in a data folder, or of a file.

    Raises:
        SystemExit: there is no such file; the message says what was looked for.
    """
    path = Path(name)
    if name in FILES:
        path = next(iter(data.glob(f"*/{FILES[name]}.jsonl.xz")), Path(FILES[name])) if data else Path(FILES[name])
    if not path.is_file():
        raise SystemExit(f"{path}: there is no such set. Name one of {', '.join(FILES)} with --data DIR, or a file.")
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [row for row in rows if name != "drcd" or not tune_half(row["context"])]


def document_of(context: str) -> str:
    """Return the document id of a passage."""
    return f"{sha256(context.encode()).hexdigest()[:16]}.txt"


def distractors(path: Path, known: set[str], count: int) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of other documents of a file (`text`, perhaps `title`)."""
    raw = path.read_bytes()
    text = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8")
    for row in map(json.loads, text.splitlines()[:count]):
        whole = "\n\n".join(filter(None, (row.get("title"), row["text"])))
        if (name := f"other-{document_of(whole)}") not in known:
            known.add(name)
            yield name, whole


def ask_set(answerer: Answerer, rows: Sequence[dict[str, Any]], english: bool, without_gold: bool) -> list[Asked]:
    """Ask every question of a set; `without_gold`: of all documents but the one that answers it."""
    everything = answerer.snapshot.archive.document_ids()
    found = []
    for row in rows:
        document = document_of(row["context"])
        others = [name for name in everything if name != document] if without_gold else None
        answer = answerer.ask(row["question_en" if english else "question"], (), 20, others)
        found.append(Asked(document, tuple(row["answers"]), answer))
    return found


def report(found: Sequence[Asked], without_gold: bool) -> dict[str, Any]:
    """Return the measures by name."""
    given = [asked for asked in found if asked.answer.answerable]
    confidence = [asked.answer.confidence for asked in found]
    times = sorted(asked.answer.timings_ms["total"] for asked in found)
    body: dict[str, Any] = {
        "questions": len(found),
        "answered": len(given) / len(found),
        "ms p50": times[len(times) // 2],
        "ms p99": times[int(len(times) * 0.99)],
    }
    if without_gold:
        order = sorted(confidence, reverse=True)
        return body | {"answered wrongly": len(given) / len(found), "median confidence": order[len(order) // 2]}
    right = [asked.right for asked in found]
    low, high = bootstrap_interval([float(value) for value in right])
    short = [asked for asked in given if asked.answer.short_answer is not None]
    body |= {
        "R@1": recall_at([asked.rank for asked in found], 1),
        "R@5": recall_at([asked.rank for asked in found], DEPTH),
        "right": sum(right) / len(found),
        "right, from": low,
        "right, to": high,
        "answer length": statistics.mean(len(asked.answer.text or "") for asked in given) if given else 0.0,
        "short answers": len(short) / len(found),
        "short EM": sum(cmrc_exact(a.answer.short_answer or "", a.answers) for a in short) / max(1, len(short)),
        "short F1": sum(cmrc_f1(a.answer.short_answer or "", a.answers) for a in short) / max(1, len(short)),
        "AUROC right or not": auroc(confidence, right),
        "AURC": aurc(confidence, right),
        "calibration error": calibration_error(confidence, right),
    }
    curve = risk_coverage(confidence, right)
    return body | {f"wrong at {c:.0%} coverage": curve[int(c * len(curve)) - 1][1] for c in COVERAGES}


def main(argv: Sequence[str]) -> int:
    """Run one set and print its measures."""
    parser = argparse.ArgumentParser(prog="python -m eval bench", description=__doc__)
    parser.add_argument("set", metavar="SET", help=f"{', '.join(FILES)}, or a file")
    parser.add_argument("--data", type=Path, help="the folder that holds the named sets")
    parser.add_argument("--limit", type=int, default=1000, help="questions asked at most, drawn at random")
    parser.add_argument("--distractors", type=Path, help="other documents to stand beside: JSON lines with `text`")
    parser.add_argument("--others", type=int, default=6500, help="how many of them")
    parser.add_argument("--english", action="store_true", help="ask the set's English questions")
    parser.add_argument("--without-gold", action="store_true", help="take away the document that answers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    rows = read_set(options.set, options.data)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        texts = {document_of(row["context"]): row["context"] for row in rows}
        for name, text in texts.items():
            (corpus / name).write_text(text, encoding="utf-8")
        if options.distractors:
            for name, text in distractors(options.distractors, set(texts), options.others):
                (corpus / name).write_text(text, encoding="utf-8")
        answerer = Answerer(build_index(corpus, Path(folder) / "index", load_encoder()))
        picked = random.Random(0).sample(rows, min(options.limit, len(rows)))
        found = ask_set(answerer, picked, options.english, options.without_gold)
        passages = answerer.snapshot.lexical.size
    body = {"set": options.set, "documents": len(texts), "passages": passages, **report(found, options.without_gold)}
    if options.json:
        sys.stdout.write(json.dumps(body, ensure_ascii=False) + "\n")
    else:
        lines = [f"{k:24}{v:.3f}" if isinstance(v, float) else f"{k:24}{v}" for k, v in body.items()]
        sys.stdout.write("\n".join(lines) + "\n")
    return 0
