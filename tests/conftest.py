"""What the tests share: the seeds, and an index of them built once a run."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings

from api.settings import load_settings
from index.encoder import load_encoder
from index.source import Source
from index.store import LocalStore
from rag.answerer import Answerer
from tests.engine_suite import asks_an_engine
from tests.milvus_lite import Lite, quiet, running

settings.register_profile("wenbao", deadline=None)  # the first call of many reads a dictionary
settings.load_profile("wenbao")

LEFT_OUT = {
    **({} if shutil.which("chromium") else {"test_web_page.py": "there is no chromium on the path"}),
    **({} if os.environ.get("FRAMEWORKS_PYTHON") else {"test_api_frameworks.py": "run by `make test-frameworks`"}),
}
collect_ignore = list(LEFT_OUT)
SEEDS = Path(__file__).parent.parent / "seeds"
Place = Callable[[Path], str]
Build = Callable[[Path, Path], Source]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take where the tests' indexes lie."""
    parser.addoption(
        "--engine", choices=("folder", "milvus"), default="folder", help="run what asks an index; milvus: on a real one"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With an engine, leave out the tests that ask no index, and those that make no sense there."""
    if config.getoption("--engine") != "folder":
        left_out = [item for item in items if not asks_an_engine(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> Place:
    """What `--index` is given for an index that would lie in a folder: the folder, or with `--engine milvus` a name of
    its own on an engine."""
    if request.config.getoption("--engine") == "folder":
        return str
    lite: Lite = request.getfixturevalue("lite")
    return lambda folder: lite.url(f"t{sha256(str(folder).encode()).hexdigest()[:16]}")


@pytest.fixture(scope="session")
def build(place: Place) -> Build:
    """Index a corpus in a place, and return the index opened."""
    return lambda corpus, folder: load_settings(index=place(folder)).store.build(corpus, load_encoder(), quiet)


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory, place: Place, build: Build) -> str:
    folder = tmp_path_factory.mktemp("seeds-index")
    build(SEEDS, folder)
    return place(folder)


@pytest.fixture(scope="session")
def seeds_snapshot(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Source:
    return build(SEEDS, tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="session")
def seeds_folder(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The seeds in a folder, wherever the tests' indexes lie."""
    return LocalStore(tmp_path_factory.mktemp("seeds-folder")).build(SEEDS, load_encoder(), quiet)


@pytest.fixture(scope="session")
def answerer(seeds_snapshot: Source) -> Answerer:
    return Answerer(seeds_snapshot)


@pytest.fixture(scope="session")
def address(seeds_index: str) -> Iterator[str]:
    """The real server, on a free port."""
    with serving(seeds_index) as (_, address, _):
        yield address


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite]:
    """An engine that all tests share: each archive has a name of its own."""
    yield from running(tmp_path_factory.mktemp("lite") / "data")


@pytest.fixture
def own_lite(tmp_path: Path) -> Iterator[Lite]:
    """An engine that a test may kill or fill."""
    yield from running(tmp_path / "data")


@pytest.fixture(scope="session")
def seeds_there(lite: Lite) -> Source:
    """The seeds on the engine."""
    return load_settings(index=lite.url("seeds")).store.build(SEEDS, load_encoder(), quiet)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy of the seeds, to be changed."""
    shutil.copytree(SEEDS, tmp_path / "corpus")
    return tmp_path / "corpus"


@contextmanager
def serving(
    index: Path | str, *flags: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A real server of its own: its process, its address, and the lines that it has said so far."""
    command = [sys.executable, "-m", "api.cli", "serve", "--index", str(index), "--port", "0", *flags]
    root = Path(__file__).parent.parent
    variables = {**os.environ, **environment}
    with subprocess.Popen(
        command, cwd=root, stderr=subprocess.PIPE, text=True, env=variables, start_new_session=True
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        found = None
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"http://\S+:\d+", line):
                break
        assert found is not None, "".join(said)
        reader = threading.Thread(target=lambda: said.extend(process.stderr or ()))
        reader.start()
        try:
            yield process, found[0], said
        finally:
            process.terminate()
            process.wait(30)
            reader.join()


def pytest_report_header() -> list[str]:
    """Say which tests are left out on this machine, and why."""
    return [f"left out: {name} ({why})" for name, why in LEFT_OUT.items()]
