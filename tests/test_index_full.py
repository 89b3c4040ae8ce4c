"""A disk that is full, or a folder that may not be written: one clear line, and the old index stays in use."""

import ctypes
import json
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "seeds"
DROP_FROM_BOUND, OVERRIDE = 24, 1  # prctl's PR_CAPBSET_DROP, and root's right to write where it may not
QUESTION = "南海区有多少家社会办医疗机构？"


def wenbao(*arguments: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line, with no file longer than so many bytes, bound by permissions also where root runs it."""

    def limited() -> None:
        ctypes.CDLL(None).prctl(DROP_FROM_BOUND, OVERRIDE, 0, 0, 0)
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing then fails, as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "api.cli", *arguments]
    root = Path(__file__).parents[1]
    return subprocess.run(command, cwd=root, preexec_fn=limited, capture_output=True, text=True, check=False)  # noqa: PLW1509


def test_a_full_disk_leaves_the_old_index_in_use(tmp_path: Path) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    shutil.copytree(SEEDS, corpus)
    added = corpus / "added.txt"
    where = ("--corpus", str(corpus), "--index", str(index))
    assert wenbao("build", *where).returncode == 0
    added.write_text("南海区今年新添了一座图书馆。", encoding="utf-8")
    largest = max(path.stat().st_size for path in index.rglob("*") if path.is_file())
    for limit in (0, 100, 5_000, 70_000, largest // 2, largest - 4096):
        stopped = wenbao("build", *where, limit=limit)
        assert (stopped.returncode, stopped.stdout) == (2, ""), limit
        assert "Traceback" not in stopped.stderr
        assert "still in use" in stopped.stderr or "cannot be written" in stopped.stderr
        answered = json.loads(wenbao("ask", QUESTION, *where, "--json").stdout)
        assert answered["short_answer"] == "1048家"
        assert not list(index.glob("*/.*"))
    assert wenbao("build", *where).returncode == 0
    assert wenbao("verify", "--index", str(index)).stdout.startswith("verified")


def test_a_folder_that_may_not_be_written_is_told_and_read_all_the_same(tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir(mode=0o500)
    stopped = wenbao("build", "--index", str(index))
    assert (stopped.returncode, stopped.stdout) == (2, "")
    assert "cannot be written" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    index.chmod(0o700)
    assert wenbao("build", "--index", str(index)).returncode == 0
    folders = [index, *(path for path in index.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    for path in index.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        stopped = wenbao("compact", "--index", str(index))
        assert (stopped.returncode, stopped.stdout) == (2, "")
        assert "cannot be written" in stopped.stderr
        assert json.loads(wenbao("ask", QUESTION, "--index", str(index), "--json").stdout)["short_answer"] == "1048家"
        assert wenbao("verify", "--index", str(index)).stdout.startswith("verified")
    finally:
        for folder in folders:
            folder.chmod(0o700)
