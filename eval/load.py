"""`python -m eval load`: the server under load.

Closed loop: so many clients, each asking as soon as it has its answer. Open loop: questions come at a constant rate,
whatever the server does, and a latency is counted from the moment at which the question was to be asked; without
`--rate` the rate rises until the server cannot follow. With `--reload` a new generation of the index is put in its
place every so many seconds. Exit 1 where a request fails.
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
STEPS = (0.25, 0.5, 0.7, 0.8, 0.9, 1.0, 1.2)  # rates to the knee, as shares of what a closed loop reaches
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

    def line(self) -> str:
        """Return it in one line."""
        failed = ", ".join(f"{count} × {what}" for what, count in self.failures.items()) or "0"
        return f"{self.rate:5.0f}/s  {percentiles(self.spent)}  failed: {failed}"


def by_step(steps: Mapping[str, Sequence[float]]) -> str:
    """Return the percentiles of every step, "question p50 0.3  p99 0.6; read p50 …"."""
    return "; ".join(f"{step} {percentiles(spent)}" for step, spent in steps.items())


def percentiles(values: Sequence[float]) -> str:
    """Return the median and the 99th percentile, "p50 1.2  p99 3.4"."""
    ordered = sorted(values) or [float("nan")]
    return f"p50 {ordered[len(ordered) // 2]:.1f}  p99 {ordered[int(len(ordered) * 0.99)]:.1f}"


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
        sys.stdout.write(f"closed loop, 4 clients: {warm.line()}\n")
        loads = [(given.rate, given.seconds)]
        if given.rate is None:
            loads = [(warm.rate * share, STEP_SECONDS) for share in STEPS]
        failed = sum(warm.failures.values())
        for rate, seconds in loads:
            with contextlib.ExitStack() as stack:
                moments = stack.enter_context(reloading(server, swap, given.reload)) if given.reload else []
                tally = open_loop(server.port, questions, rate, seconds)
            failed += sum(tally.failures.values())
            said = f"open loop, {rate:.0f} a second for {seconds:.0f} s, {len(moments)} reloads"
            sys.stdout.write(f"{said}: {tally.line()}\n")
        sys.stdout.write(f"memory {server.memory():.0f} MB\n")
    return int(failed > 0)
