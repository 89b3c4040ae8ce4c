"""`python -m eval bench`: what the product costs: start, memory, milliseconds by step. It prints the machine."""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from eval import sets
from eval.questions import read_questions
from eval.run import QUESTIONS
from index.build import build_index
from index.encoder import load_encoder
from rag.answer import Message
from rag.answerer import Answerer

RUNS = 5
QUESTION = "南海区有多少家社会办医疗机构？"
READY_SECONDS = 30.0


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


def server(corpus: Path, index: Path) -> tuple[float, float, list[float]]:
    """Return the seconds until a server answers, its memory in MB after the questions, and the milliseconds of each.

    Raises:
        RuntimeError: it stops, or is not ready in time.
    """
    command = [sys.executable, "-m", "api.cli", "serve", "--corpus", str(corpus), "--index", str(index)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--port", str(port)], stderr=subprocess.DEVNULL)
    try:
        while not _ready(port):
            if process.poll() is not None:
                raise RuntimeError(f"the server stopped with exit status {process.returncode}")
            if time.perf_counter() - started > READY_SECONDS:
                raise RuntimeError(f"the server was not ready after {READY_SECONDS:.0f} s")
            time.sleep(0.02)
        ready = time.perf_counter() - started
        spent = [_post(port, question.question) for question in read_questions(QUESTIONS)[:200]]
        status = _lines(f"/proc/{process.pid}/status")
        memory = next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS")), float("nan"))
        return ready, memory, spent
    finally:
        process.terminate()
        process.wait(10)


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _post(port: int, question: str) -> float:
    data = json.dumps({"question": question}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/ask", data, headers)
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()
    return (time.perf_counter() - started) * 1000


def steps(answerer: Answerer) -> dict[str, list[float]]:
    """Return the milliseconds of every step over the handwritten questions, in one process, after a warm-up."""
    found: dict[str, list[float]] = {}
    for warm in (False, True):
        for question in read_questions(QUESTIONS):
            answer = answerer.ask(question.question, [Message(turn.role, turn.content) for turn in question.history])
            if warm:
                for step, spent in answer.timings_ms.items():
                    found.setdefault(step, []).append(spent)
    return found


def percentiles(values: Sequence[float]) -> str:
    """Return the median and the 99th percentile, "p50 1.2  p99 3.4"."""
    ordered = sorted(values)
    return f"p50 {ordered[len(ordered) // 2]:.1f}  p99 {ordered[int(len(ordered) * 0.99)]:.1f}"


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
        ready, memory, spent = server(corpus, index)
        lines = [
            machine(),
            f"build and open the index: {built:.2f} s ({answerer.snapshot.manifest['counts']['passages']} passages)",
            f"`wenbao ask`, cold, median of {RUNS}: {cold_ask(corpus, index):.2f} s",
            f"server ready, index at hand: {ready:.2f} s; memory after {len(spent)} questions: {memory:.0f} MB",
            f"a question over loopback, ms: {percentiles(spent)}",
            *(f"  {step:9} ms: {percentiles(values)}" for step, values in steps(answerer).items()),
        ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0
