"""`python -m eval scale N --articles FILE`: the product with N passages: building, disk, start, memory, questions.

The corpus is made of articles (JSON lines, `title` and `text` or `paragraphs`; .xz too), a page each; where there are
too few, of their sentences, put together anew. Exit 1 where a question fails.
"""

import argparse
import json
import lzma
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.bench import machine
from eval.load import by_step, closed, say
from eval.server import Server
from index.build import index_settings
from index.encoder import load_encoder
from index.passage import split_sentences
from index.snapshot import Snapshot, load_snapshot
from rag.answerer import Answerer

PER_FOLDER = 1000  # pages
PER_PASSAGE = 212  # characters of a page, about
QUESTIONS = 400
LOAD_SECONDS = 20.0
DEPTH = 10
ASKED = 200  # questions whose nearest passages are looked up
BATCH = 1 << 16  # vectors compared at a time
WARM = 50  # questions before those that count


def read_articles(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the (title, text) of articles in a file of JSON lines."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row.get("title", ""), row["text"] if "text" in row else "\n\n".join(row["paragraphs"])


def write_corpus(
    articles: Iterator[tuple[str, str]], passages: int, corpus: Path, seed: int = 0, count: int = QUESTIONS
) -> list[str]:
    """Write pages of about so many passages into a folder; return questions about some of them."""
    draw = random.Random(seed)
    sentences: list[str] = []
    titles: list[str] = []
    characters = number = 0
    while characters < passages * PER_PASSAGE:
        title, text = next(articles, ("", ""))
        if text:
            if len(sentences) < 400_000:
                titles.append(title)
                sentences += [text[start:end] for start, end in split_sentences(text)]
        else:
            title = draw.choice(titles)
            text = "\n".join("".join(draw.sample(sentences, 6)) for _ in range(4))
        folder = corpus / f"{number // PER_FOLDER:04}"
        if number % PER_FOLDER == 0:
            folder.mkdir(parents=True)
        page = f"{title}\n\n{text}" if title else text
        (folder / f"{number:07}.txt").write_text(page, encoding="utf-8")
        characters += len(page)
        number += 1
    told = [sentence for sentence in sentences if 25 <= len(sentence) <= 60]
    return [f"{sentence[: draw.randint(8, 18)]}是什么？" for sentence in draw.sample(told, min(count, len(told)))]


class _Watch:
    """The most memory that a process and its children took at a time, megabytes; pages shared count once."""

    def __init__(self, pid: int) -> None:
        self.most = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.5):
            self.most = max(self.most, sum(_private(pid) for pid in _family(self._pid)))


def _family(pid: int) -> Iterator[int]:
    yield pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if children.exists():
        for child in children.read_text(encoding="ascii").split():
            yield from _family(int(child))


def _private(pid: int) -> float:
    """Return the megabytes of a process that no file backs, and that the system cannot take back."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(row.split()[1]) for row in rows if row.startswith("Pss_Anon:")) / 1024


def built(corpus: Path, index: Path) -> tuple[float, dict[str, float], float]:
    """Build as a process of its own; return its seconds, when each stage ended, and the most memory it took."""
    command = [sys.executable, "-m", "api.cli", "build", "--corpus", str(corpus), "--index", str(index)]
    started = time.perf_counter()
    ends: dict[str, float] = {}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        with _Watch(process.pid) as watch:
            for line in process.stderr:
                ends[line.split(":")[1].strip()] = time.perf_counter() - started
        if process.wait():
            raise RuntimeError(f"the build stopped with exit status {process.returncode}")
    return time.perf_counter() - started, ends, watch.most


def added(corpus: Path, index: Path) -> str:
    """Return the seconds of `wenbao add` of one new page, as a process of its own, and how many of them it worked."""
    page = corpus / f"added {time.time_ns()}.txt"
    text = f"今天新添了一页\n\n本报讯 今天，档案馆新添了一页报纸，编号为{page.name}。"
    page.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "api.cli", "add", str(page), "--corpus", str(corpus), "--index", str(index)]
    started, before = time.perf_counter(), os.times()
    subprocess.run(command, check=True, capture_output=True)
    spent, after = time.perf_counter() - started, os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return f"{spent:.1f} s ({worked:.1f} s of one core)"


def recall(snapshot: Snapshot, questions: Sequence[str]) -> float:
    """Return which share of the nearest passages the dense index finds, against a look at all of them."""
    rows = np.concatenate([batch.astype(np.float16) for file in snapshot.dense.files for batch in file.batches()])
    asked = snapshot.encoder.encode(questions[:ASKED])
    batches = range(0, len(rows), BATCH)
    scores = np.concatenate([asked @ rows[start : start + BATCH].astype(np.float32).T for start in batches], axis=1)
    hits = 0
    for row, vector in zip(scores, asked, strict=True):
        nearest = set(np.argpartition(-row, DEPTH)[:DEPTH].tolist())
        hits += len(nearest & {number for number, _ in snapshot.dense.search(vector, DEPTH)})
    return hits / (DEPTH * len(asked))


def asked(corpus: Path, index: Path, questions: Sequence[str]) -> tuple[list[str], bool]:
    """Return lines on the server of an index: its start, its memory, its answers; and whether none failed."""
    lines, good = [], True
    with Server(corpus, index, WENBAO_LOG="off") as server:
        for clients in (1, 4, 16):
            tally = closed(server.port, questions, clients, LOAD_SECONDS)
            lines.append(f"  clients {clients:2}: {tally.line()}; {by_step(tally.steps)}")
            good = good and not tally.failures
        lines.insert(0, f"server ready: {server.ready:.1f} s; memory {server.memory():.0f} MB, pages of files included")
    return lines, good


def main(argv: Sequence[str]) -> int:
    """Run the benchmark and print its lines."""
    parser = argparse.ArgumentParser(prog="python -m eval scale", description=__doc__)
    parser.add_argument("passages", type=int, help="about how many")
    parser.add_argument("--articles", type=Path, required=True, nargs="+", help="files of JSON lines")
    parser.add_argument("--folder", type=Path, help="where to work: kept, and asked again as it is (default: for once)")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as once:
        folder = arguments.folder or Path(once)
        corpus, index, asked_before = folder / "corpus", folder / "index", folder / "questions.json"
        articles = (article for path in arguments.articles for article in read_articles(path))
        say(machine())
        if not asked_before.exists():
            questions = write_corpus(articles, arguments.passages, corpus)
            asked_before.write_text(json.dumps(questions, ensure_ascii=False), encoding="utf-8")
        questions = json.loads(asked_before.read_text(encoding="utf-8"))
        size = sum(path.stat().st_size for path in corpus.rglob("*.txt"))
        there = (index / "CURRENT").exists()
        seconds, ends, memory = built(corpus, index)
        encoder = load_encoder()
        started = time.perf_counter()
        snapshot = load_snapshot(index, encoder, index_settings(encoder))
        opened = time.perf_counter() - started
        count = snapshot.lexical.count
        say(f"{count} passages of {snapshot.manifest['counts']['pages']} pages, {size / 1e6:.0f} MB of text")
        how = "looked through for changes" if there else f"built at {count / seconds:.0f} passages a second"
        say(f"{how}: {seconds:.0f} s; memory {memory:.0f} MB at most")
        last = 0.0
        for stage, end in ends.items():
            say(f"  {stage}: {end - last:.0f} s, {count / max(end - last, 0.1):.0f} passages a second")
            last = end
        disk = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
        say(f"on disk {disk / 1e6:.0f} MB, {disk / count:.0f} bytes a passage; checked and opened in {opened:.1f} s")
        say(f"recall@{DEPTH} of the dense index: {recall(snapshot, questions):.3f}")
        steps = within(snapshot, questions)
        say(f"an answer in the process, ms: {by_step(steps)}")
        say(f"`wenbao add` of a page: {added(corpus, index)}, of another {added(corpus, index)}")
        lines, good = asked(corpus, index, questions)
        say("\n".join(lines))
    return 0 if good else 1


def within(snapshot: Snapshot, questions: Sequence[str]) -> dict[str, list[float]]:
    """Return the milliseconds of every step of answers in this process, one thread, after a warm-up; "worked": those
    in which the machine let it work."""
    answerer = Answerer(snapshot)
    found: dict[str, list[float]] = {}
    for number, question in enumerate(questions):
        before = time.thread_time()
        timings = answerer.ask(question).timings_ms
        timings = {**timings, "worked": (time.thread_time() - before) * 1000}
        for step, spent in timings.items():
            if number >= WARM:
                found.setdefault(step, []).append(spent)
    return found
