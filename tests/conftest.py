"""What the tests share: the seeds, and an index of them built once a run."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from index.build import build_index
from index.encoder import load_encoder
from index.snapshot import Snapshot
from rag.answerer import Answerer

settings.register_profile("wenbao", deadline=None)  # the first call of many reads a dictionary
settings.load_profile("wenbao")

collect_ignore = [] if shutil.which("chromium") else ["test_web_page.py"]
SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds-index")
    build_index(SEEDS, folder, load_encoder())
    return folder


@pytest.fixture(scope="session")
def seeds_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return build_index(SEEDS, tmp_path_factory.mktemp("seeds"), load_encoder())


@pytest.fixture(scope="session")
def answerer(seeds_snapshot: Snapshot) -> Answerer:
    return Answerer(seeds_snapshot)


@pytest.fixture(scope="session")
def address(seeds_index: Path) -> Iterator[str]:
    """The real server, on a free port."""
    with serving(seeds_index) as (_, address):
        yield address


@contextmanager
def serving(index: Path, *flags: str) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """A real server of its own: its process and its address."""
    command = [sys.executable, "-m", "api.cli", "serve", "--index", str(index), "--port", "0", *flags]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = None
        for line in process.stderr:
            if found := re.search(r"http://\S+:\d+", line):
                break
        assert found is not None
        yield process, found[0]
        process.terminate()


def pytest_report_header() -> str | None:
    """Say which tests are left out on this machine."""
    return f"left out, for there is no chromium on the path: {', '.join(collect_ignore)}" if collect_ignore else None
