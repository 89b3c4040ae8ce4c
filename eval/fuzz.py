"""`python -m eval fuzz`: the whole OpenAPI under schemathesis, with every check.

Two servers are asked: one open to all, one with keys. Every case must be answered as the schema says, none with a 5xx.
Exit 1 where one is not.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.server import Server

CONFIG = Path(__file__).parent / "schemathesis.toml"
KEY = "fuzz"
SECONDS = 60  # the server's deadline, and how long is waited: a 504 is to say that it hangs, not that others work
_PATIENT = {"WENBAO_DEADLINE_SECONDS": str(SECONDS)}
OPEN = {"WENBAO_FEEDBACK": "true", **_PATIENT}
KEYED = {"WENBAO_API_KEYS": f'["{KEY}"]', "WENBAO_ADMIN_KEYS": f'["{KEY}"]', **_PATIENT}
ROUNDS = 20  # at most, to reach so many cases
# Of two threads that parse Python at once, as hypothesis does, Python before 3.11.8 ends one now and then with
# "SystemError: AST constructor recursion depth mismatch" (CPython issue 106905).
WORKERS = "1"


@dataclass(frozen=True)
class Fuzzed:
    """How many cases were sent, whether all were answered as the schema says, and what schemathesis printed."""

    cases: int
    good: bool
    printed: str


def fuzz(port: int, examples: int, seed: int, key: str = "") -> Fuzzed:
    """Run schemathesis with every check over a server's OpenAPI. `examples`: cases for each operation and phase."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    command += [f"http://127.0.0.1:{port}/openapi.json", "--checks", "all", "--max-examples", str(examples)]
    command += ["--seed", str(seed), "--no-color", "--suppress-health-check", "all", "--workers", WORKERS]
    command += ["--request-timeout", str(SECONDS), "--max-response-time", str(SECONDS)]
    command += ["--header", f"Authorization: Bearer {key}"] if key else []
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    found = re.search(r"(\d+) generated", done.stdout)
    return Fuzzed(int(found[1]) if found else 0, done.returncode == 0, done.stdout + done.stderr)


def main(argv: Sequence[str]) -> int:
    """Send so many cases and print what came of them; 1 where one was answered otherwise than the schema says."""
    parser = argparse.ArgumentParser(prog="python -m eval fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="at least so many")
    parser.add_argument("--examples", type=int, default=100, help="for each operation in a round")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args(argv)
    total, good = 0, True
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            keys = bool(number % 2)
            with Server(Path("seeds"), Path(folder), **(KEYED if keys else OPEN)) as server:
                done = fuzz(server.port, given.examples, given.seed + number, KEY if keys else "")
                alive = server.answers()
            total += done.cases
            good = good and done.good and alive
            what = "with keys" if keys else "open"
            sys.stdout.write(f"round {number + 1}, {what}, seed {given.seed + number}: {done.cases} cases\n")
            if not done.good or not alive:
                sys.stdout.write(done.printed)
            if total >= given.cases or not done.cases:
                break
    sys.stdout.write(f"{total} cases, {'all as the schema says' if good else 'NOT all as the schema says'}\n")
    return int(not good)
