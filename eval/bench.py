"""`python -m eval bench`: what the product costs: start, memory, milliseconds by step. It prints the machine."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from eval import sets
from eval.load import closed, percentiles
from eval.questions import read_questions
from eval.run import QUESTIONS
from eval.server import Server
from index.build import build_index
from index.encoder import load_encoder
from rag.answer import Message
from rag.answerer import Answerer

RUNS = 5
QUESTION = "南海区有多少家社会办医疗机构？"
LOAD_SECONDS = 5.0


def machine() -> str:
    """Return a line on the machine, its load, and Python."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) // 2**20 for line in _lines("/proc/meminfo") if "MemTotal" in line), 0)
    load = os.getloadavg()[0]
    processor = names[0] if names else platform.processor()
    return f"{processor}, {os.cpu_count()} cores, {memory} GB, load {load:.1f}; Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def cold_ask(corpus: Path, index: Path) -> float:
    """Return the median seconds of `wenbao ask` as a process of its own, the index at hand."""
    command = [sys.executable, "-m", "api.cli", "ask", QUESTION, "--corpus", str(corpus), "--index", str(index)]
    return statistics.median(_timed(command) for _ in range(RUNS))


def _timed(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def loopback(corpus: Path, index: Path) -> list[str]:
    """Return lines on the server: its start, memory, milliseconds of a question and what of them is HTTP, throughput.

    Raises:
        RuntimeError: it stops, or is not ready in time.
    """
    questions = [question.question for question in read_questions(QUESTIONS)]
    lines = []
    rates = {}
    for workers in (1, 2):
        with Server(corpus, index, "--workers", str(workers)) as server:
            closed(server.port, questions, 4, LOAD_SECONDS)  # its dictionaries and caches are warm after this
            if workers == 1:
                lines.append(f"server ready, index at hand: {server.ready:.2f} s; memory: {server.memory():.0f} MB")
            for clients in (1, 4, 16):
                before = server.cpu()
                tally = closed(server.port, questions, clients, LOAD_SECONDS)
                rates[workers, clients] = tally.rate
                cpu = (server.cpu() - before) / max(1, len(tally.spent)) * 1000
                line = f"workers {workers}, clients {clients:2}: {tally.line()}  processor {cpu:.1f} ms a question"
                lines.append(line + (f"; around the answer {percentiles(tally.around)}" if clients == 1 else ""))
    lines.append(f"two workers against one, 16 clients: {rates[2, 16] / rates[1, 16]:.2f} times")
    return lines


def steps(answerer: Answerer) -> dict[str, list[float]]:
    """Return the milliseconds of every step over the handwritten questions, in one process, after a warm-up; and those
    of the processor, which other work on the machine changes less."""
    found: dict[str, list[float]] = {}
    for warm in (False, True):
        for question in read_questions(QUESTIONS):
            started = time.thread_time()
            answer = answerer.ask(question.question, [Message(turn.role, turn.content) for turn in question.history])
            processor = (time.thread_time() - started) * 1000
            if warm:
                for step, spent in {**answer.timings_ms, "processor": processor}.items():
                    found.setdefault(step, []).append(spent)
    return found


def main(argv: Sequence[str]) -> int:
    """Run the benchmark and print its lines; with a set named first, that of the set."""
    if argv and not argv[0].startswith("-"):
        return sets.main(argv)
    parser = argparse.ArgumentParser(prog="python -m eval bench", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    corpus = parser.parse_args(argv).corpus
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder)
        started = time.perf_counter()
        answerer = Answerer(build_index(corpus, index, load_encoder()))
        built = time.perf_counter() - started
        lines = [
            machine(),
            f"build and open the index: {built:.2f} s ({answerer.snapshot.manifest['counts']['passages']} passages)",
            f"`wenbao ask`, cold, median of {RUNS}: {cold_ask(corpus, index):.2f} s",
            "questions over loopback, ms:",
            *(f"  {line}" for line in loopback(corpus, index)),
            "an answer in the process, ms:",
            *(f"  {step:9} ms: {percentiles(values)}" for step, values in steps(answerer).items()),
        ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
