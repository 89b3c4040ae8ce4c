"""`python -m eval STEP`: measure every step from outside; `STEPS` names them."""

import sys
from collections.abc import Callable
from pathlib import Path

from eval import (
    ablation,
    bench,
    bench_retrieval,
    calibrate,
    engine,
    engine_function,
    engine_vectors,
    fuzz,
    gate,
    load,
    pages,
    peers,
    report,
    run,
    scale,
)
from eval.check import check_questions
from eval.questions import read_questions


def check(argv: list[str]) -> int:
    """Prove that each gold answer stands at its offsets; print a line a fault."""
    corpus = Path(argv[0]) if argv else Path("seeds")
    faults = check_questions(read_questions(run.QUESTIONS), corpus)
    sys.stdout.write("\n".join(faults or ["no fault found"]) + "\n")
    return int(bool(faults))


STEPS: dict[str, Callable[[list[str]], int | None]] = {
    "run": run.main,
    "gate": gate.main,
    "bench": bench.main,
    "ablations": ablation.main,
    "peers": peers.main,
    "report": report.main,
    "retrieval": bench_retrieval.main,
    "pages": pages.main,
    "load": load.main,
    "fuzz": fuzz.main,
    "scale": scale.main,
    "engine": engine.main,
    "engine-function": engine_function.main,
    "engine-vectors": engine_vectors.main,
    "calibrate": calibrate.main,
    "check": check,
}


def main(argv: list[str]) -> int:
    """Run the step named first."""
    if not argv or argv[0] not in STEPS:
        sys.stderr.write(f"usage: python -m eval {'|'.join(STEPS)} [options]\n")
        return 2
    return STEPS[argv[0]](argv[1:]) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
