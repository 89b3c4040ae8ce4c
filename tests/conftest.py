"""What the tests share: the seeds, and an index of them built once a run."""

import shutil
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


def pytest_report_header() -> str | None:
    """Say which tests are left out on this machine."""
    return f"left out, for there is no chromium on the path: {', '.join(collect_ignore)}" if collect_ignore else None
