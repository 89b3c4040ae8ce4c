"""`python -m rag.train STEP --data DIR [options]`: train one learned part of `rag` and write its weights."""

import sys
from collections.abc import Callable

from rag.train import fusion, rank, sentence, span

STEPS: dict[str, Callable[[list[str]], int | None]] = {
    "sentence": sentence.main,
    "span": span.main,
    "fusion": fusion.main,
    "rank": rank.main,
}


def main(argv: list[str]) -> int:
    """Run the step named first."""
    if not argv or argv[0] not in STEPS:
        sys.stderr.write(f"usage: python -m rag.train {'|'.join(STEPS)} --data DIR\n")
        return 2
    return STEPS[argv[0]](argv[1:]) or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
