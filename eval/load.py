"""`python -m eval load`: the server under load.

Closed loop: so many clients, each asking as soon as it has its answer. Open loop: questions come at a constant rate,
whatever the server does, and a latency is counted from the moment at which the question was to be asked; without
`--rate` the rate rises until the server cannot follow, and the last one that it could is the knee. With `--reload` a
new generation of the index is put in its place every so many seconds. Exit 1 where a request fails; beyond the knee the
server may say that it is busy (503).
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.questions import read_questions
from eval.run import QUESTIONS
from eval.server import Server
from index.build import build_index
from index.encoder import load_encoder

CLIENTS = 64  # connections of an open loop at most
IDLE_SECONDS = 5.0  # after which a connection is not used again: the server may be closing it
STEPS = (0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4)  # rates to the knee, as shares of what a closed loop reaches
WITHIN = 250.0  # milliseconds in which 99 of 100 answers are there where a server follows
STEP_SECONDS = 8.0


@dataclass
class Tally:
    """What came of a load: milliseconds of each answer, of these what was not the answer's own, what each of its steps
    took, and what failed."""

    seconds: float
    spent: list[float] = field(default_factory=list)
    around: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    snapshots: set[str] = field(default_factory=set)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.spent) / self.seconds

    @property
    def followed(self) -> bool:
        """Whether nothing failed, and nearly all answers were there in time."""
        return not self.failures and percentile(self.spent, 0.99) <= WITHIN

    def line(self) -> str:
        """Return it in one line."""
        failed = ", ".join(f"{count} × {what}" for what, count in self.failures.items()) or "0"
        return f"{self.rate:5.0f}/s  {percentiles(self.spent)}  failed: {failed}"


def by_step(steps: Mapping[str, Sequence[float]]) -> str:
    """Return the percentiles of every step, "question p50 0.3  p99 0.6; read p50 …"."""
    return "; ".join(f"{step} {percentiles(spent)}" for step, spent in steps.items())


def percentiles(values: Sequence[float]) -> str:
    """Return the median and the 99th percentile, "p50 1.2  p99 3.4"."""
    return f"p50 {percentile(values, 0.5):.1f}  p99 {percentile(values, 0.99):.1f}"


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of all lies; NaN where there are none."""
    ordered = sorted(values) or [float("nan")]
    return ordered[int(len(ordered) * share)]


def closed(port: int, questions: Sequence[str], clients: int, seconds: float) -> Tally:
    """Ask with so many clients, each as soon as it has its answer."""
    tally = Tally(seconds)
    until = time.perf_counter() + seconds

    def moments(client: int) -> Iterator[tuple[str, float]]:
        for number in itertools.count(client * 37):
            now = time.perf_counter()
            if now >= until:
                return
            yield questions[number % len(questions)], now

    _run(port, tally, [moments(client) for client in range(clients)])
    return tally


def open_loop(port: int, questions: Sequence[str], rate: float, seconds: float) -> Tally:
    """Ask at a constant rate; a question that no connection is free for is late, and its latency counts that."""
    tally = Tally(seconds)
    started = time.perf_counter()
    numbers = iter(range(int(rate * seconds)))
    lock = threading.Lock()

    def moments() -> Iterator[tuple[str, float]]:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            moment = started + number / rate
            time.sleep(max(0.0, moment - time.perf_counter()))
            yield questions[number % len(questions)], moment

    _run(port, tally, [moments() for _ in range(CLIENTS)])
    return tally


def _run(port: int, tally: Tally, loads: Sequence[Iterator[tuple[str, float]]]) -> None:
    threads = [threading.Thread(target=_client, args=(port, tally, load)) for load in loads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(port: int, tally: Tally, load: Iterator[tuple[str, float]]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    used = time.perf_counter()
    for question, moment in load:
        if time.perf_counter() - used > IDLE_SECONDS:
            connection.close()
        try:
            connection.request(
                "POST", "/api/ask", json.dumps({"question": question}), {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            body = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            tally.failures[type(error).__name__] += 1
            connection.close()
            continue
        used = time.perf_counter()
        if response.status == 200:
            tally.spent.append((used - moment) * 1000)
            tally.around.append(tally.spent[-1] - body["timings_ms"]["total"])
            for step, milliseconds in body["timings_ms"].items():
                tally.steps[step].append(milliseconds)
            tally.snapshots.add(body["snapshot"])
        else:
            tally.failures[str(response.status)] += 1
    connection.close()


@contextlib.contextmanager
def generations(corpus: Path) -> Iterator[tuple[Path, Path, Callable[[], None]]]:
    """Give a corpus and an index of it with two generations, and a function that puts the other one in its place."""
    with tempfile.TemporaryDirectory() as folder:
        pages, index = Path(folder) / "corpus", Path(folder) / "index"
        pages.mkdir()
        for page in sorted(corpus.glob("**/*.txt")):
            (pages / page.name).write_bytes(page.read_bytes())
        encoder, names = load_encoder(), []
        for text in ("甲报。第一版的一句话。", "甲报。第二版的一句话。"):
            (pages / "added.txt").write_text(text, encoding="utf-8")
            names.append(build_index(pages, index, encoder).name)
        turn = itertools.cycle(names)

        def swap() -> None:
            fresh = index / "CURRENT.load"
            fresh.write_text(next(turn) + "\n", encoding="ascii")
            os.replace(fresh, index / "CURRENT")

        yield pages, index, swap


@contextlib.contextmanager
def reloading(server: Server, swap: Callable[[], None], every: float) -> Iterator[list[float]]:
    """Put the other generation in its place every so many seconds; gives the list of the moments at which it did."""
    stop, moments = threading.Event(), list[float]()

    def run() -> None:
        while not stop.wait(every):
            swap()
            server.reload()
            moments.append(time.perf_counter())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield moments
    finally:
        stop.set()
        thread.join()


def main(argv: Sequence[str]) -> int:
    """Run a load and print its lines; 1 where a request failed."""
    parser = argparse.ArgumentParser(prog="python -m eval load", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rate", type=float, help="questions a second; without it the rate rises to the knee")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--reload", type=float, default=2.0, help="seconds between reloads; 0: none")
    given = parser.parse_args(argv)
    questions = [question.question for question in read_questions(QUESTIONS)]
    with (
        generations(given.corpus) as (corpus, index, swap),
        Server(corpus, index, "--workers", str(given.workers)) as server,
    ):
        warm = closed(server.port, questions, 4, STEP_SECONDS)
        say(f"closed loop, 4 clients: {warm.line()}")

        def opened(rate: float, seconds: float) -> Tally:
            with contextlib.ExitStack() as stack:
                moments = stack.enter_context(reloading(server, swap, given.reload)) if given.reload else []
                tally = open_loop(server.port, questions, rate, seconds)
            said = f"open loop, {rate:.0f} a second for {seconds:.0f} s, {len(moments)} reloads"
            say(f"{said}: {tally.line()}")
            return tally

        if given.rate is None:
            failed = climb(opened, warm.rate) + sum(warm.failures.values())
        else:
            failed = sum(opened(given.rate, given.seconds).failures.values()) + sum(warm.failures.values())
        say(f"memory {server.memory():.0f} MB")
    return int(failed > 0)


def climb(opened: Callable[[float, float], Tally], most: float) -> int:
    """Raise the rate until the server cannot follow, print the knee, and return how many requests failed that ought
    not to. `opened`: asks at a rate for so many seconds; `most`: answers a second of a closed loop."""
    knee, failed = 0.0, 0
    for share in STEPS:
        tally = opened(most * share, STEP_SECONDS)
        if not tally.followed:
            failed = sum(tally.failures.values()) - tally.failures["503"]
            say(f"the knee: {knee:.0f} a second; at {most * share:.0f} over 1 of 100 are not there in {WITHIN:.0f} ms")
            break
        knee = most * share
    else:
        say(f"the knee: beyond {knee:.0f} a second")
    return failed


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
