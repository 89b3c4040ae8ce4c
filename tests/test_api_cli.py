"""The command line as a user runs it: a process, its two streams, and its exit code."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from index.milvus.address import is_address

from .conftest import SEEDS, Place

QUESTION = "南海区有多少家社会办医疗机构？"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, place: Place) -> dict[str, str]:
    cache = tmp_path_factory.mktemp("cache")
    there = {"WENBAO_INDEX": place(cache)} if is_address(place(cache)) else {}
    return {**os.environ, "XDG_CACHE_HOME": str(cache), **there}


def wenbao(environment: dict[str, str], *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", *arguments]
    root = Path(__file__).parent.parent
    return subprocess.run(
        command, cwd=root, env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )


def test_ask_builds_answers_and_the_answer_verifies(environment: dict[str, str], tmp_path: Path) -> None:
    asked = wenbao(environment, "ask", QUESTION, "--json")
    assert asked.returncode == 0, asked.stderr
    body = json.loads(asked.stdout)
    assert body["short_answer"] == "1048家"
    assert wenbao(environment, "verify", "-", stdin=asked.stdout).returncode == 0
    changed = asked.stdout.replace("1048", "1049")
    assert wenbao(environment, "verify", "-", stdin=changed).returncode == 1
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for page in SEEDS.glob("*.txt"):
        text = page.read_bytes().decode("utf-8")
        (corpus / page.name).write_bytes(text.replace("1048", "1049").encode())
    assert wenbao(environment, "verify", "-", "--corpus", str(corpus), stdin=asked.stdout).returncode == 1


def test_a_refusal_exits_with_1_and_says_why(environment: dict[str, str]) -> None:
    refused = wenbao(environment, "ask", "你好", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["reason"] == "not_a_question"


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", ""),
        ("ask", QUESTION, "--corpus", "/nowhere/at/all"),
        ("build", "--corpus", "/nowhere/at/all"),
        ("verify", "/nowhere.json"),
        ("ask", QUESTION, "--top-k", "21"),
        ("nonsense",),
    ],
)
def test_what_cannot_run_exits_with_2_and_no_traceback(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    done = wenbao(environment, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_articles_search_and_doctor_run(environment: dict[str, str]) -> None:
    lines = wenbao(environment, "articles", str(SEEDS / "002_53c82c49c9095ff0.txt"), "--json").stdout.splitlines()
    names = {"document_id", "article_id", "title", "title_made", "text", "parts", "segments"}
    assert len(lines) == 3
    assert all(set(json.loads(line)) == names for line in lines)
    assert json.loads(wenbao(environment, "search", "知识产权", "--json").stdout)["passages"]
    assert wenbao(environment, "doctor").returncode == 0


def test_a_damaged_index_is_named_and_build_mends_it(environment: dict[str, str], tmp_path: Path) -> None:
    index = str(tmp_path / "index")
    assert wenbao(environment, "build", "--index", index).returncode == 0
    broken = next((tmp_path / "index").rglob("dense.faiss"))
    broken.write_bytes(broken.read_bytes()[:-9])
    damaged = wenbao(environment, "ask", QUESTION, "--index", index)
    assert damaged.returncode == 2
    assert "dense.faiss" in damaged.stderr
    assert "wenbao build" in damaged.stderr
    assert wenbao(environment, "build", "--index", index).returncode == 0
    assert wenbao(environment, "ask", QUESTION, "--index", index).returncode == 0


def test_a_terminal_is_shown_how_much_is_done_how_fast_and_how_long_it_takes_still(
    tmp_path: Path, place: Place
) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "api.cli", "build", "--index", place(tmp_path / "index")]
    size = {**os.environ, "COLUMNS": "120", "TERM": "xterm-256color"}
    with subprocess.Popen(command, cwd=SEEDS.parent, env=size, stdout=subprocess.DEVNULL, stderr=theirs) as build:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # what a terminal without a program says
            while piece := os.read(ours, 1 << 16):
                shown += piece
    os.close(ours)
    assert build.returncode == 0
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r", "\n").splitlines()
    assert any(re.search(r"pages read and indexed .* 100% 5/5 \d+/s 0:00:00", line) for line in lines), lines
