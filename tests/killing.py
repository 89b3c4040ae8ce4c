"""Kills a build or an add of pages at every point where it writes, or at random moments, and looks at what is left.

    python tests/killing.py FOLDER build|add every|random COUNT

COUNT: of the points, at most; of the kills at random moments. Prints one JSON object: how often it was killed, what was
left ("old", "new"), and everything that was wrong.
Each attempt is a fork of this process, which has loaded all code and no thread.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from index.build import add_documents, build_index, index_settings
from index.encoder import load_encoder
from index.errors import WenbaoError
from index.snapshot import load_snapshot
from rag.answerer import Answerer

WRITING = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.rmtree", "sqlite3.connect"}
PAGES = {"a.txt": "南海区今年新建了三座图书馆。", "b.txt": "李华是南海区图书馆的馆长。"}
ADDED = {"c.txt": "顺德区今年新建了两座体育馆。", "a.txt": "南海区今年新建了五座图书馆。"}
MOST_DRAWN = 3  # moments drawn for each kill that is wanted: some come when all is done
QUESTIONS = ("南海区今年新建了几座图书馆？", "顺德区新建了几座体育馆？")


class Killer:
    """Kills the process at the n-th time that it is about to write."""

    def __init__(self, at: int) -> None:
        self.left = at
        sys.addaudithook(self.see)
        self.sync, os.fsync = os.fsync, self.fsync  # which tells no auditor

    def see(self, event: str, arguments: Any) -> None:
        mode = arguments[1] if event == "open" else None
        if event in WRITING or (isinstance(mode, str) and set(mode) & set("wxa+")):
            self.count()

    def fsync(self, descriptor: int) -> None:
        self.count()
        self.sync(descriptor)

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


ENCODER = load_encoder()


def change(kind: str, corpus: Path, index: Path) -> str:
    if kind == "build":
        return build_index(corpus, index, ENCODER, workers=1).content
    return add_documents(corpus, index, ENCODER, sorted(ADDED)).content


def said(index: Path) -> list[Any]:
    """Return what an index answers, every file of it checked."""
    answerer = Answerer(load_snapshot(index, ENCODER, index_settings(ENCODER)))
    answers = [answerer.ask(question) for question in QUESTIONS]
    return [[a.text, a.short_answer, a.confidence, [hit.passage.passage_id for hit in a.hits]] for a in answers]


def forked(run: Any, after: float | None = None) -> tuple[bool, Any]:
    """Run a function in a fork; return whether it came to its end, and what it returned. `after`: kill it then."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            with os.fdopen(writing, "w") as pipe:
                json.dump(run(), pipe)
            status = 0
        except WenbaoError as error:
            sys.stderr.write(f"{error}\n")
        finally:
            os._exit(status)
    os.close(writing)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return status == 0, json.loads(told) if status == 0 else None


def main(folder: Path, kind: str, how: str, count: int) -> dict[str, Any]:
    corpus, index, kept = folder / "corpus", folder / "index", folder / "kept"
    corpus.mkdir(parents=True)
    for name, text in PAGES.items():
        (corpus / name).write_text(text, encoding="utf-8")
    forked(lambda: change("build", corpus, index))
    _, old = forked(lambda: said(index))
    shutil.copytree(index, kept)
    said(kept)  # in this process too, so that every fork has what it loads
    for name, text in ADDED.items():
        (corpus / name).write_text(text, encoding="utf-8")
    begun = time.monotonic()
    _, content = forked(lambda: change(kind, corpus, index))
    takes = time.monotonic() - begun
    _, new = forked(lambda: said(index))
    result: dict[str, Any] = {"kills": 0, "old": 0, "new": 0, "wrong": [] if old != new else ["nothing changed"]}
    draw = random.Random(0)
    for point in range(count if how == "every" else MOST_DRAWN * count):
        if result["kills"] == count:
            break
        shutil.rmtree(index)
        shutil.copytree(kept, index)
        if how == "every":
            ended, _ = forked(lambda at=point: (Killer(at), change(kind, corpus, index))[1])
        else:
            ended, _ = forked(lambda: change(kind, corpus, index), after=draw.uniform(0, takes))
            takes *= 0.9 if ended else 1.02  # so that most moments are before the end, and some at it
        result["kills"] += not ended
        whole, now = forked(lambda: said(index))
        state = "old" if now == old else "new" if now == new else None
        if not whole or state is None:
            result["wrong"].append(f"{point}: {now}")
        else:
            result[state] += 1
        if forked(lambda: change(kind, corpus, index))[1] != content:
            result["wrong"].append(f"{point}: what is done again does not end as it should")
        if list(index.glob("*/.*")):
            result["wrong"].append(f"{point}: something half written is left")
        if ended and how == "every":
            break
    return result


if __name__ == "__main__":
    found = main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
    sys.stdout.write(json.dumps(found, ensure_ascii=False))
