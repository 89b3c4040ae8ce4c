"""`python -m eval ablations`: the same questions with one part of the product taken away, or another in its place.

Each setting is held against the whole product over the same questions (dev of the handwritten ones, or `--set`); a
difference has its paired 95 % interval, and `!` where it is significant.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.outcome import Outcome
from eval.run import run_split
from eval.sets import FILES, add_set, lay_out
from eval.setting import PARTS, Setting
from eval.summary import Estimate, differences, estimates, sheet
from eval.tables import percentiles, printed, text_table

MEASURES = ("hybrid R@1", "hybrid MRR@10", "right", "wrongly refused", "refusal recall", "AUROC right or not")
ALONE = {
    "BM25 alone": Setting(("dense", "maxsim", "gloss"), "convex"),
    "dense alone": Setting(("lexical", "maxsim", "gloss"), "convex"),
    "both, reciprocal ranks": Setting(("maxsim",), "rrf"),
    "both, convex sum": Setting(("maxsim",), "convex"),
}
WITHOUT = {f"without {part}": Setting((part,)) for part in PARTS}


def settings(encoders: Sequence[str]) -> dict[str, Setting]:
    """Return what is compared, by name; the whole product first."""
    return {"everything": Setting(), **ALONE, **WITHOUT, **{name: Setting(encoder=name) for name in encoders}}


def table(runs: dict[str, list[Outcome]]) -> tuple[str, dict[str, Any]]:
    """Return the comparison with the first of the runs, as text and for JSON. Times are the median of a question."""
    whole, *others = runs
    first = {e.name: e for e in estimates(sheet(runs[whole]))}
    changes = {name: {d.name: d for d in differences(sheet(runs[whole]), sheet(runs[name]))} for name in others}
    head = [name for name in MEASURES if name in first]
    rows = [[whole, *(printed(first[m]) for m in head), _middle(runs[whole])]]
    rows += [[name, *(_change(changes[name].get(m)) for m in head), _middle(runs[name])] for name in others]
    body = {
        name: {m: [found[m].value, found[m].low, found[m].high] for m in head if m in found}
        for name, found in {whole: first, **changes}.items()
    }
    return text_table(["setting", *head, "ms"], rows), body


def _change(change: Estimate | None) -> str:
    return f"{printed(change, signed=True)}{'!' if change.verdict else ' '}" if change else "-"


def _middle(outcomes: Sequence[Outcome]) -> str:
    return percentiles([o.timings_ms["total"] for o in outcomes])[0]


def main(argv: Sequence[str]) -> int:
    """Run every setting and print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m eval ablations", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"), help="of the handwritten questions")
    parser.add_argument("--set", metavar="SET", help=f"ask a public set instead: {', '.join(FILES)}, or a file")
    add_set(parser)
    parser.add_argument("--encoder", action="append", default=[], help="compare another encoder too: folder or name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the differences there")
    options = parser.parse_args(argv)
    runs: dict[str, list[Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = lay_out(options.set, options, Path(folder) / "corpus")[0] if options.set else None
        for number, (name, setting) in enumerate(settings(options.encoder).items()):
            index = Path(folder) / str(number)
            if bench:
                runs[name] = bench.ask(setting, index)[0]
            else:
                runs[name] = run_split(setting.build(options.corpus, index), "dev", options.corpus, setting)
    text, body = table(runs)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0
