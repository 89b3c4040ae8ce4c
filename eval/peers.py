"""`python -m eval peers --data DIR`: this project and its peers on the same passages, with the same embedded model.

Each runs in a process of its own, on one thread: right article first and among the first five, MRR, with intervals, of
the handwritten questions by kind as well; the paired difference to this project; CPU milliseconds a question, CPU
seconds to build, peak memory of the process that answers, versions. This project builds from the raw files, page
reading included (in several processes); peers are given the passages that it made. Peers that are not installed
(`pip install -e '.[peers]'`; `--python` names an interpreter that has them) are left out, and named.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.ask import case_of, relevant_articles
from eval.bench import machine
from eval.intervals import bootstrap_interval, wilson_interval
from eval.peer import MISSING, OWN, PEERS, Asked, Work
from eval.questions import read_questions
from eval.ranking import ranking_values
from eval.run import QUESTIONS, SPLITS
from eval.sets import Bench, add_set, lay_out
from eval.tables import text_table
from index.build import build_index
from index.encoder import MODEL_FOLDER, load_encoder
from index.passage import indexed_text
from index.snapshot import Snapshot

OVER_SEEDS = "handwritten"
SETS = {"CMRC 2018": "cmrc2018", "DRCD": "drcd", "XQuAD zh": "xquad", "XQuAD en→zh": "xquad"}
LARGE = "CMRC 2018"  # the set that is asked again with other documents beside it
MEASURES = ("R@1", "R@5", "MRR@10")
KIND_MEASURES = ("R@1", "MRR@10")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Row = dict[str, Any]


def passages(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield the text that is indexed of every passage, and the article that it is of."""
    archive = snapshot.archive
    for number in range(snapshot.lexical.size):
        passage, article_number, _ = archive.passage(number)
        article = archive.article(article_number)
        title = "" if article.title_made else article.title
        yield indexed_text(title, passage, article.text), article.article_id


def handwritten(corpus: Path) -> tuple[Bench, dict[str, list[str]]]:
    """Return the handwritten questions that something answers, and the ids of each split and of each kind."""
    questions = [question for question in read_questions(QUESTIONS) if question.answerable]
    parts = {split: [q.id for q in questions if q.split == split] for split in SPLITS}
    parts |= {kind: [q.id for q in questions if q.kind == kind] for kind in sorted({q.kind for q in questions})}
    documents = len({question.document_id for question in questions})
    return Bench(corpus, documents, [case_of(question) for question in questions]), parts


def run_peer(name: str, python: str, work: Path) -> Row | None:
    """Return what a peer found and what it cost; None where it is not installed.

    Raises:
        RuntimeError: it failed; the message is the end of what it said.
    """
    out = work.with_name("out.json")
    environment = {**os.environ, **ONE_THREAD, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable if name == OWN else python, "-m", "eval.peer", name, str(work), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode == MISSING:
        sys.stderr.write(f"{name}: left out ({done.stderr.strip().splitlines()[-1]})\n")
        return None
    if done.returncode:
        raise RuntimeError(f"{name}: exit status {done.returncode}\n{done.stderr[-2000:]}")
    row: Row = json.loads(out.read_text(encoding="utf-8"))
    return row


def compare(bench: Bench, names: Sequence[str], python: str, folder: Path, parts: Mapping[str, Sequence[str]]) -> Row:
    """Run the peers on a set; return a row for each, the best by R@1 first. `parts`: ids of questions that are also
    measured by themselves."""
    snapshot = build_index(bench.corpus, folder / "passages", load_encoder())
    texts, owners = zip(*passages(snapshot), strict=True)
    questions = [Asked(case.question, case.history) for case in bench.cases]
    work = folder / "work.json"
    given = Work(list(texts), questions, str(MODEL_FOLDER), str(bench.corpus), str(folder / "index"))
    work.write_text(json.dumps(asdict(given), ensure_ascii=False), encoding="utf-8")
    relevant = {case.id: relevant_articles(snapshot, case) for case in bench.cases}
    rows: list[Row] = []
    for name in names:
        row = run_peer(name, python, work)
        if row is None:
            continue
        found = [list(dict.fromkeys(owners[number] for number in numbers)) for numbers in row.pop("found")]
        values = ranking_values(dict(zip(relevant, found, strict=True)), relevant)
        kinds = {
            part: {m: interval(m, [values[m][key] for key in ids]) for m in KIND_MEASURES}
            for part, ids in parts.items()
        }
        own = name == OWN
        rows.append(
            {"name": name, "own": own, **row, "kinds": kinds, "values": {m: list(values[m].values()) for m in MEASURES}}
        )
    own = next(row for row in rows if row["own"])["values"]["R@1"]
    for row in rows:
        change = [a - b for a, b in zip(row["values"]["R@1"], own, strict=True)]
        row["difference"] = [sum(change) / len(change), *bootstrap_interval(change)]
        row["measures"] = {m: [sum(v) / len(v), *bootstrap_interval(v)] for m, v in row.pop("values").items()}
    rows.sort(key=lambda row: -row["measures"]["R@1"][0])
    counts = {part: len(ids) for part, ids in parts.items()}
    return {"questions": len(questions), "passages": len(texts), "kinds": counts, "rows": rows, "note": note(rows)}


def interval(measure: str, values: Sequence[float]) -> list[float]:
    """Return the mean of a measure with its 95 % interval, of a share Wilson's."""
    bounds = wilson_interval(sum(values), len(values)) if measure == "R@1" else bootstrap_interval(values)
    return [sum(values) / len(values), *bounds]


def note(rows: Sequence[Row]) -> str:
    """Return who is ahead of this project, in quality, also in that of a kind, and in time."""
    own = next(row for row in rows if row["own"])
    ahead = [row for row in rows if row["difference"][0] > 0]
    sure = [row["name"] for row in ahead if row["difference"][1] > 0]
    faster = [row["name"] for row in rows if row["ms"] < own["ms"]]
    told = f"Ahead of {OWN}: {'; '.join(row['name'] for row in ahead) or 'none'}"
    told += f" (significantly: {'; '.join(sure) or 'none'})." if ahead else "."
    for kind, values in own["kinds"].items():
        better = [row for row in rows if row["kinds"][kind]["R@1"][0] > values["R@1"][0]]
        shown = "; ".join(f"{row['name']} {row['kinds'][kind]['R@1'][0]:.3f}" for row in better)
        told += f" Ahead in {kind} ({values['R@1'][0]:.3f}): {shown}." if better else ""
    return f"{told} Faster: {'; '.join(faster) or 'none'}."


def table(part: Row) -> str:
    """Return the comparison on one set."""
    rows = []
    for row in part["rows"]:
        cells = [f"{value:.3f} ({low:.3f} to {high:.3f})" for value, low, high in row["measures"].values()]
        value, low, high = row["difference"]
        change = "" if row["own"] else f"{value:+.3f} ({low:+.3f} to {high:+.3f})"
        costs = [f"{row['ms']:.1f}", f"{row['build_s']:.1f}", f"{row['memory_mb']:.0f}"]
        rows.append([row["name"], *cells, change, *costs, row["version"]])
    head = [part["set"], *MEASURES, f"R@1 against {OWN}", "ms", "build s", "MB", "version"]
    counts = f"{part['questions']} questions, {part['passages']} passages. {part['note']}"
    return f"{text_table(head, rows)}\n{counts}\n{kind_table(part)}"


def kind_table(part: Row) -> str:
    """Return R@1 with its interval, and MRR, of every kind of question; nothing where there are none."""
    rows = []
    for kind, count in part["kinds"].items():
        found = [(*row["kinds"][kind]["R@1"], row["kinds"][kind]["MRR@10"][0]) for row in part["rows"]]
        rows.append([kind, str(count), *("{:.2f} ({:.2f} to {:.2f}), {:.2f}".format(*values) for values in found)])
    head = ["R@1, MRR@10", "n", *(row["name"] for row in part["rows"])]
    return f"\n{text_table(head, rows)}\n" if rows else ""


def main(argv: Sequence[str]) -> int:
    """Run the comparison and print a table for each set."""
    parser = argparse.ArgumentParser(prog="python -m eval peers", description=__doc__)
    add_set(parser)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"), help="of the handwritten questions")
    parser.add_argument(
        "--set", action="append", metavar="SET", help=f"{', '.join((OVER_SEEDS, *SETS))}, or a file; else all sets"
    )
    parser.add_argument(
        "--beside", type=int, default=500, metavar="N", help="questions asked with other documents beside"
    )
    parser.add_argument("--peer", action="append", choices=PEERS, help="only these, and this project")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there")
    options = parser.parse_args(argv)
    names = [name for name in PEERS if name == OWN or not options.peer or name in options.peer]
    closed, beside = (options.limit, None), (options.beside, options.distractors)
    asked = [(name, *closed) for name in options.set or (OVER_SEEDS, *SETS)]
    asked += [(LARGE, *beside)] if options.distractors else []
    body: Row = {"machine": machine(), "sets": []}
    for name, options.limit, options.distractors in asked:
        with tempfile.TemporaryDirectory() as folder:
            options.english = "en→" in name
            if name == OVER_SEEDS:
                bench, parts = handwritten(options.corpus)
            else:
                bench, parts = lay_out(SETS.get(name, name), options, Path(folder) / "corpus")[0], {}
            part = {"set": f"{name}, other documents beside" if options.distractors else name}
            part |= compare(bench, names, options.python, Path(folder), parts)
        body["sets"].append(part)
        sys.stdout.write(table(part) + "\n")
        sys.stdout.flush()
        if options.json:
            options.json.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0
