"""`python -m eval run`: the handwritten questions, asked as the server asks them.

Of the test split only the totals are printed; kinds, and single questions (`--failures`, `--questions FILE`), are dev's
alone. The same code prints the same numbers, but for the times. With a setting (`--without`, `--fusion`, `--encoder`)
the whole product is asked as well, and the differences are printed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from api.settings import load_settings
from eval.ask import LEGS, ask_all, case_of
from eval.outcome import Outcome
from eval.questions import read_questions
from eval.ranking import MEASURES
from eval.setting import Setting, add_setting, read_setting
from eval.summary import by_kind, estimates, sheet
from eval.tables import difference_table, latency, printed, text_table
from index.encoder import load_encoder
from rag.answerer import Answerer

QUESTIONS = Path(__file__).parent / "questions" / "seeds.jsonl"
SPLITS = ("dev", "test")
WHOLE = Setting()


def run_split(answerer: Answerer, split: str, corpus: Path, setting: Setting = WHOLE) -> list[Outcome]:
    """Ask the handwritten questions of a split."""
    questions = [question for question in read_questions(QUESTIONS) if question.split == split]
    return ask_all(answerer, setting.cases(map(case_of, questions)), corpus)


def report(outcomes: Sequence[Outcome], split: str) -> str:
    """Return the tables of one split, by kind for dev alone."""
    answerable = [o for o in outcomes if o.answerable]
    found = {estimate.name: estimate for estimate in estimates(sheet(outcomes))}
    ranks = [[leg, *(printed(found[f"{leg} {measure}"]) for measure in MEASURES)] for leg in LEGS]
    rest = [[e.name, printed(e), str(e.count)] for e in found.values() if not e.name.startswith(LEGS)]
    parts = [
        f"## {split}: {len(answerable)} answerable, {len(outcomes) - len(answerable)} unanswerable",
        text_table(["right article found", *MEASURES], ranks),
        text_table(["answers", "value (95 %)", "of"], rest),
    ]
    if split == "dev":
        parts.append(_kinds(outcomes))
    return "\n\n".join([*parts, latency(outcomes)])


def _kinds(outcomes: Sequence[Outcome]) -> str:
    rows = []
    for part in by_kind(outcomes):
        first = "/".join(f"{value:.2f}" for value in part.first) if part.answerable else "-"
        shares = [f"{part.good:.3f} ({part.low:.2f}-{part.high:.2f})", f"{part.cited:.3f}", f"{part.refused:.3f}"]
        rows.append([part.kind, str(part.count), first, *shares])
    return text_table(["kind", "n", f"R@1 {'/'.join(LEGS)}", "as it should", "cited", "refused"], rows)


def failures(outcomes: Sequence[Outcome]) -> str:
    """Return a line for each question that was answered wrongly, refused, or answered though it cannot be."""
    bad = [o for o in outcomes if not o.good]
    return "\n".join(f"{o.id} {o.kind}: {o.question} → {o.confidence} {(o.text or f'({o.reason})')[:80]}" for o in bad)


def records(outcomes: Sequence[Outcome]) -> str:
    """Return each question with all that came of it, a line of JSON each."""
    return "".join(json.dumps(o.record(), ensure_ascii=False) + "\n" for o in outcomes)


def main(argv: Sequence[str]) -> int:
    """Run the evaluation and print its tables."""
    parser = argparse.ArgumentParser(prog="python -m eval run", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    parser.add_argument("--split", choices=SPLITS, action="append")
    parser.add_argument("--failures", action="store_true", help="list the questions of dev that went wrong")
    parser.add_argument("--questions", type=Path, metavar="FILE", help="write what came of every question of dev")
    parser.add_argument("--index", help="a folder or milvus://HOST/NAME, brought up to date; none: one for this run")
    add_setting(parser)
    arguments = parser.parse_args(argv)
    setting = read_setting(arguments)
    if arguments.index and setting.name:
        parser.error("--index is asked whole, without a setting")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.index:
            store = load_settings(index=arguments.index).store
            answerer = Answerer(store.build(arguments.corpus, load_encoder(), lambda *_: None))
        else:
            answerer = setting.build(arguments.corpus, Path(folder) / "index")
        whole = WHOLE.build(arguments.corpus, Path(folder) / "whole") if setting.name else None
        for split in arguments.split or SPLITS:
            outcomes = run_split(answerer, split, arguments.corpus, setting)
            sys.stdout.write(report(outcomes, split) + "\n\n")
            if whole:
                before = run_split(whole, split, arguments.corpus)
                sys.stdout.write(difference_table(sheet(before), sheet(outcomes)) + "\n\n")
            if split == "dev" and arguments.failures:
                sys.stdout.write(failures(outcomes) + "\n\n")
            if split == "dev" and arguments.questions:
                arguments.questions.write_text(records(outcomes), encoding="utf-8")
    return 0
