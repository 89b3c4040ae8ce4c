"""`python -m eval report`: what was measured, as one page to look at (HTML, self-contained), as Markdown and as JSON.

Written to `build/report/`. With `--data DIR` the public sets are asked too. `peers.json` and `ablations.json` of that
folder, written by `python -m eval peers|ablations --json FILE`, are shown where they are there. Dev questions that
went wrong are listed, and those that changed since the report that is there; of the test split only totals.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eval.bench import machine
from eval.confidence import reliability, risk_coverage
from eval.outcome import Outcome
from eval.readme import write_figures
from eval.report_page import html_page, markdown
from eval.run import SPLITS, run_split
from eval.sets import add_set, lay_out
from eval.setting import Setting
from eval.summary import by_kind, estimates, sheet
from rag.answerer import Answerer

PACKAGES = ("wenbao", "numpy", "faiss-cpu", "rank-bm25", "jieba", "opencc", "tokenizers", "ir-measures")
SETS = {"CMRC 2018": "cmrc2018", "DRCD": "drcd", "XQuAD zh": "xquad", "XQuAD en→zh": "xquad"}
KEPT = ("id", "kind", "question", "answers", "answerable", "text", "short", "confidence", "reason", "right", "cited")
CURVE = 200  # points kept of a risk–coverage curve

Body = dict[str, Any]


def split_body(outcomes: Sequence[Outcome]) -> Body:
    """Return what is told of a split: its measures as [value, low, high, questions], and its confidence."""
    said, right = [o.confidence for o in outcomes], [o.right for o in outcomes]
    curve = risk_coverage(said, right)
    step = max(1, len(curve) // CURVE)
    return {
        "questions": len(outcomes),
        "answerable": sum(o.answerable for o in outcomes),
        "measures": {e.name: [e.value, e.low, e.high, e.count] for e in estimates(sheet(outcomes))},
        "risk": curve[step - 1 :: step],
        "answered": sum(o.answered for o in outcomes) / len(outcomes),
        "reliability": reliability(said, right),
    }


def measure(answerer: Answerer, corpus: Path) -> tuple[Body, dict[str, list[float]]]:
    """Ask both splits; return what was measured, the same for the same code, and the milliseconds by step."""
    splits, times = {}, dict[str, list[float]]()
    body: Body = {}
    for split in SPLITS:
        outcomes = run_split(answerer, split, corpus)
        splits[split] = split_body(outcomes)
        for outcome in outcomes:
            for step, spent in outcome.timings_ms.items():
                times.setdefault(step, []).append(spent)
        if split == "dev":
            body["kinds"] = [part.__dict__ for part in by_kind(outcomes)]
            body["questions"] = [_question(outcome) for outcome in outcomes]
    return {"splits": splits, **body}, times


def _question(outcome: Outcome) -> Body:
    return {**{name: getattr(outcome, name) for name in KEPT}, "good": outcome.good}


def measure_sets(options: argparse.Namespace) -> dict[str, Body]:
    """Ask the public sets of a data folder; nothing without one."""
    found = {}
    for name, key in SETS.items() if options.data else ():
        with tempfile.TemporaryDirectory() as folder:
            options.english = "en→" in name
            bench = lay_out(key, options, Path(folder) / "corpus")[0]
            outcomes, passages = bench.ask(Setting(), Path(folder) / "index")
        found[name] = {**split_body(outcomes), "documents": bench.documents, "passages": passages}
    return found


def about(answerer: Answerer, command: str) -> Body:
    """Return what was measured: the snapshot, the model, versions, the machine, and when."""
    manifest = answerer.snapshot.manifest
    return {
        "when": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        "snapshot": answerer.snapshot.content,
        "model": manifest["settings"]["model"],
        "counts": manifest["counts"],
        "machine": machine(),
        "versions": {name: version(name) for name in PACKAGES},
    }


def changed(before: Body, now: Body) -> Body:
    """Return the dev questions of both reports that went better or worse, or are answered otherwise."""
    old = {question["id"]: question for question in before["measured"]["questions"]}
    pairs = [(old[q["id"]], q) for q in now["measured"]["questions"] if q["id"] in old]
    pairs = [(was, q) for was, q in pairs if was["question"] == q["question"] and _said(was) != _said(q)]
    rows = [{**q, "was": was["text"] or f"({was['reason']})", "was_good": was["good"]} for was, q in pairs]
    return {"since": before["about"]["when"], "snapshot": before["about"]["snapshot"], "questions": rows}


def _said(question: Body) -> tuple[Any, ...]:
    return question["text"], question["good"]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def main(argv: Sequence[str]) -> int:
    """Measure, and write `report.html`, `report.md` and `report.json`."""
    parser = argparse.ArgumentParser(prog="python -m eval report", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    parser.add_argument("--out", type=Path, default=Path("build/report"))
    parser.add_argument("--readme", type=Path, metavar="FILE", help="put the figures into it, between their marks")
    add_set(parser)
    parser.set_defaults(limit=500)
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        answerer = Setting().build(options.corpus, Path(folder))
        measured, times = measure(answerer, options.corpus)
        body: Body = {"about": about(answerer, " ".join(["python -m eval report", *argv]))}
    body |= {"measured": {**measured, "sets": measure_sets(options)}, "times": times}
    body |= {name: _read(options.out / f"{name}.json") for name in ("peers", "ablations")}
    before = _read(options.out / "report.json")
    body["changed"] = changed(before, json.loads(json.dumps(body))) if before else None
    for name, text in {
        "json": json.dumps(body, ensure_ascii=False),
        "html": html_page(body),
        "md": markdown(body),
    }.items():
        (options.out / f"report.{name}").write_text(text, encoding="utf-8")
    if options.readme:
        write_figures(options.readme, body)
    sys.stdout.write(f"{options.out / 'report.html'}\n")
    return 0
