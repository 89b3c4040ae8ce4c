"""`python -m rag.train STEP --data DIR [options]`: train one learned part of `rag` and write its weights."""

import sys
from importlib import import_module

STEPS = ("sentence", "span", "fusion", "rank")


def main(argv: list[str]) -> int:
    """Run the step named first."""
    if not argv or argv[0] not in STEPS:
        sys.stderr.write(f"usage: python -m rag.train {'|'.join(STEPS)} --data DIR\n")
        return 2
    step = import_module(f"rag.train.{argv[0]}")  # its processes import this file again, and need no torch
    return int(step.main(argv[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
