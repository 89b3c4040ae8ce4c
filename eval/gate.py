"""`python -m eval gate`: fails where a slice of the dev questions is significantly worse than the stored baseline.

Every dev question is asked; what came of each is held against the same question's outcome in `eval/baseline.json`. A
slice is worse where the 95 % interval of the mean paired difference (bootstrap) lies below 0. The same code gives the
same outcomes and never fails. `--update` writes the baseline: a commit of its own, with the difference in its message.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.ask import LEGS
from eval.intervals import bootstrap_interval
from eval.outcome import Outcome
from eval.ranking import ranking_values
from eval.run import run_split
from eval.strings import cmrc_f1
from index.build import build_index
from index.encoder import load_encoder
from rag.answerer import Answerer

BASELINE = Path(__file__).parent / "baseline.json"
FEWEST = 8  # questions of a slice
DIGITS = 4

Slices = Mapping[str, Mapping[str, float]]
"""Slice → question id → value in [0, 1]."""


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


def slices(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return the values of every slice that has questions enough."""
    answerable = [o for o in outcomes if o.answerable]
    unanswerable = [o for o in outcomes if not o.answerable]
    found = {
        "answered right": {o.id: float(o.right) for o in answerable},
        "answered at all": {o.id: float(o.answered) for o in answerable},
        "right article cited": {o.id: float(o.cited) for o in answerable},
        "short answer F1": {o.id: cmrc_f1(o.short or "", o.answers) for o in answerable if o.wants_short},
        "verified": {o.id: float(o.verified) for o in outcomes},
        "refused": {o.id: float(not o.answered) for o in unanswerable},
    }
    relevant = {o.id: o.relevant for o in answerable}
    for leg in LEGS:
        found[f"{leg} MRR@10"] = ranking_values({o.id: o.rankings[leg] for o in answerable}, relevant)["MRR@10"]
    for kind in sorted({o.kind for o in outcomes}):
        found[f"{kind}: right"] = {o.id: float(o.good) for o in outcomes if o.kind == kind}
    return {
        name: {key: round(value, DIGITS) for key, value in part.items()}
        for name, part in found.items()
        if len(part) >= FEWEST
    }


def compare(before: Slices, now: Slices) -> list[Change]:
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


def read_baseline(path: Path) -> Slices:
    """Return a stored baseline.

    Raises:
        SystemExit: it is missing or not one; the message says what to do.
    """
    try:
        body: Slices = json.loads(path.read_text(encoding="utf-8"))["outcomes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"{path}: no baseline ({error}). `python -m eval gate --update` writes one.") from error
    return body


def measure(corpus: Path) -> dict[str, dict[str, float]]:
    """Build the index of a corpus, ask the dev questions, and return the slices."""
    with tempfile.TemporaryDirectory() as folder:
        answerer = Answerer(build_index(corpus, Path(folder), load_encoder()))
        return slices(run_split(answerer, "dev", corpus))


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
