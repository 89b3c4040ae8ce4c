"""What the command line prints: results on stdout, everything else on stderr."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from index.build import Progress

STAGES = {"read": "pages read and indexed", "merge": "pages put together"}

REASONS = {
    "not_a_question": "this is not a question to an archive",
    "no_match": "nothing in the archive is near to it",
    "entity_missing": "something that it names does not stand in the archive",
    "low_confidence": "what is nearest does not surely answer it",
}


def result(text: str) -> None:
    """Print a result. A reader that stopped reading, such as `head`, ends the program quietly."""
    try:
        sys.stdout.write(printable(text) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None


def json_result(body: Any) -> None:
    """Print a value as one line of JSON."""
    result(json.dumps(body, ensure_ascii=False))


def say(line: str) -> None:
    """Tell a person something that is no result."""
    sys.stderr.write(f"wenbao: {printable(line)}\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Return a text that any terminal takes: no control characters but line breaks and tabs, no lone surrogates."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(
        char if char.isprintable() or char in "\n\t\u3000" or char > "\x9f" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


@contextmanager
def progress_lines() -> Iterator[Progress]:
    """Give a progress function: bars where stderr is a terminal, one plain line a stage elsewhere."""
    if not sys.stderr.isatty():
        yield _plain_progress
        return
    from rich.console import Console  # only where somebody looks at it
    from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = ("{task.description}", BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), "{task.fields[rate]}/s")
    with Bars(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES.get(stage, stage), total=total, rate="–"), time.monotonic()
            task, started = tasks[stage]
            rate = f"{done / max(time.monotonic() - started, 1e-3):.0f}" if done else "–"
            bars.update(task, completed=done, total=total, rate=rate)

        yield show


def _plain_progress(stage: str, done: int, total: int) -> None:
    if done == total:
        say(f"{STAGES.get(stage, stage)}: {total}")


def answer_lines(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show an answer, or that there is none."""
    if body["rewritten_question"]:
        yield f"({body['rewritten_question']})"
    if body["answerable"]:
        yield body["answer"]
        yield ""
        if body["short_answer"]:
            yield f"→ {body['short_answer']}"
        for citation in body["citations"]:
            yield f"[{citation['index']}] {citation['title']} · {citation['document_id']} · {citation['url']}"
        return
    yield f"The archive does not say: {REASONS.get(body['reason'], body['reason'])}."
    if body["passages"]:
        yield "Nearest, but no answer:"
        yield from passage_lines(body["passages"])


def explanation_lines(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show why an answer is what it is."""
    asked = body["question"]
    yield f"{asked['whole']}  ({asked['language']}, {asked['kind']})"
    yield f"names {', '.join(asked['names']) or '–'} · numbers {', '.join(asked['numbers']) or '–'}"
    yield ""
    for number, sentence in enumerate(body["sentences"], 1):
        legs = f"words {sentence['lexical_rank'] or '–'}, meaning {sentence['dense_rank'] or '–'}"
        scores = f"{sentence['score']:+.2f} (passage {sentence['passage_score']:.2f}; {legs})"
        yield f"{number}. {scores} {sentence['title']}"
        yield f"   {sentence['text']}"
    for name, rows in (("the first sentence is ahead by", body["decided"]), ("the confidence", body["confidence"])):
        yield ""
        yield f"{name}:"
        for row in rows:
            yield f"   {row['fall']:+.3f} {row['feature']} = {row['value']:g} (instead of {row['instead']:g})"
    yield ""
    if body["missing"]:
        yield f"not in its article: {', '.join(body['missing'])}{' (ruled out)' if body['ruled_out'] else ''}"
    yield f"probability {body['probability']:.2f}, given from {body['threshold']:.2f}: {body['reason'] or 'answered'}"


def passage_lines(passages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines that show passages."""
    for number, passage in enumerate(passages, 1):
        yield f"{number}. {passage['title']} · {passage['passage_id']} · {passage['score']:.2f}"
        yield f"   {passage['text'].replace(chr(10), chr(10) + '   ')}"


def article_lines(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show an article."""
    made = " (no headline on the page)" if body["title_made"] else ""
    yield f"## {body['title']}{made}"
    yield f"{body['article_id']} · {body['document_id']} · {len(body['text'])} characters"
    yield ""
    yield body["text"]
    yield ""
