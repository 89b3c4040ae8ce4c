"""`python -m eval gate`: fails where a slice of the dev questions is significantly worse than the stored baseline.

Every dev question is asked; what came of each is held against the same question's outcome in `eval/baseline.json`. A
slice is worse where the 95 % interval of the mean paired difference (bootstrap) lies below 0. The same code gives the
same outcomes and never fails. `--update` writes the baseline: a commit of its own, with the difference in its message.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.measures import bootstrap_interval, character_f1
from eval.questions import read_questions
from eval.run import LEGS, QUESTIONS, Result, ask_all, kind_of_question
from index.build import build_index
from index.encoder import load_encoder
from rag.answerer import Answerer
from rag.kinds import SHORT_KINDS

BASELINE = Path(__file__).parent / "baseline.json"
FEWEST = 8  # questions of a slice
DIGITS = 4

Outcomes = Mapping[str, Mapping[str, float]]
"""Slice → question id → outcome in [0, 1]."""


@dataclass(frozen=True)
class Change:
    """What became of a slice: means over the questions that both runs have, and the interval of the difference."""

    name: str
    count: int
    before: float
    now: float
    low: float
    high: float

    @property
    def worse(self) -> bool:
        """Whether it is significantly worse."""
        return self.high < 0

    @property
    def better(self) -> bool:
        """Whether it is significantly better."""
        return self.low > 0


def outcomes(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Return the outcomes of every slice that has questions enough."""
    answerable = [r for r in results if r.answerable]
    unanswerable = [r for r in results if not r.answerable]
    asked_short = [r for r in answerable if kind_of_question(r) in SHORT_KINDS]
    slices: dict[str, tuple[Sequence[Result], Callable[[Result], float]]] = {
        "answered right": (answerable, lambda r: float(r.right)),
        "answered at all": (answerable, lambda r: float(r.answer.answerable)),
        "right article cited": (answerable, lambda r: float(r.cited)),
        "short answer F1": (asked_short, lambda r: character_f1(r.answer.short_answer or "", r.question.answers)),
        "verified": (results, lambda r: float(r.verified)),
        "refused": (unanswerable, lambda r: float(not r.answer.answerable)),
    }
    for leg in LEGS:
        slices[f"{leg} RR@10"] = (answerable, lambda r, leg=leg: 1 / (r.ranks[leg] or float("inf")))  # type: ignore[misc]
    for kind in sorted({r.question.kind for r in results}):
        part = [r for r in results if r.question.kind == kind]
        slices[f"{kind}: right"] = (part, lambda r: float(r.right if r.answerable else not r.answer.answerable))
    return {
        name: {r.question.id: round(value(r), DIGITS) for r in part}
        for name, (part, value) in slices.items()
        if len(part) >= FEWEST
    }


def compare(before: Outcomes, now: Outcomes) -> list[Change]:
    """Return what became of each slice of the baseline; a slice that is gone counts as wholly worse."""
    changes = []
    for name, old in before.items():
        new = now.get(name, {})
        ids = [key for key in old if key in new] or list(old)
        differences = [new.get(key, 0.0) - old[key] for key in ids]
        low, high = bootstrap_interval(differences)
        mean = sum(old[key] for key in ids) / len(ids)
        changes.append(Change(name, len(ids), mean, mean + sum(differences) / len(ids), low, high))
    return changes


def table(changes: Sequence[Change]) -> str:
    """Return the comparison, a slice a line."""
    lines = [f"{'slice':24}{'n':>5}{'before':>9}{'now':>9}{'change':>9}   95 %"]
    for change in changes:
        verdict = "WORSE" if change.worse else "better" if change.better else ""
        lines.append(
            f"{change.name:24}{change.count:5}{change.before:9.3f}{change.now:9.3f}{change.now - change.before:+9.3f}"
            f"   {change.low:+.3f} to {change.high:+.3f}  {verdict}".rstrip()
        )
    return "\n".join(lines)


def read_baseline(path: Path) -> Outcomes:
    """Return a stored baseline.

    Raises:
        SystemExit: it is missing or not one; the message says what to do.
    """
    try:
        body: Outcomes = json.loads(path.read_text(encoding="utf-8"))["outcomes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"{path}: no baseline ({error}). `python -m eval gate --update` writes one.") from error
    return body


def measure(corpus: Path) -> dict[str, dict[str, float]]:
    """Build the index of a corpus, ask the dev questions, and return the outcomes."""
    questions = [question for question in read_questions(QUESTIONS) if question.split == "dev"]
    with tempfile.TemporaryDirectory() as folder:
        answerer = Answerer(build_index(corpus, Path(folder), load_encoder()))
        return outcomes(ask_all(answerer, questions, corpus))


def main(argv: Sequence[str]) -> int:
    """Compare with the baseline, or write it. Returns 1 if a slice is worse."""
    parser = argparse.ArgumentParser(prog="python -m eval gate", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    parser.add_argument("--baseline", type=Path, default=BASELINE)
    parser.add_argument("--update", action="store_true", help="write the baseline")
    arguments = parser.parse_args(argv)
    now = measure(arguments.corpus)
    if arguments.baseline.exists() or not arguments.update:
        changes = compare(read_baseline(arguments.baseline), now)
        sys.stdout.write(table(changes) + "\n")
    else:
        changes = []
    if arguments.update:
        rows = [f'"{name}": {json.dumps(part, ensure_ascii=False)}' for name, part in now.items()]
        arguments.baseline.write_text('{"outcomes": {\n' + ",\n".join(rows) + "\n}}\n", encoding="utf-8")
        return 0
    worse = [change.name for change in changes if change.worse]
    sys.stdout.write(f"\nworse: {', '.join(worse)}\n" if worse else "\nno slice is significantly worse\n")
    return int(bool(worse))
