"""A build or an add that is killed leaves the old index or the new one, whole; done again it ends as it should."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLING = Path(__file__).with_name("killing.py")
MOMENTS = int(os.environ.get("WENBAO_TORTURE", "6"))  # `make torture` sets 200


def killed(folder: Path, kind: str, how: str, count: int) -> dict[str, object]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    environment["PYTHONPATH"] = str(KILLING.parents[1])
    command = [sys.executable, str(KILLING), str(folder / kind), kind, how, str(count)]
    patience = 600 + 60 * count  # seconds: a kill and what comes after it take 1, where others work too 10
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=patience, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("kind", ["add", "build"])
def test_killed_at_every_point_where_it_writes(tmp_path: Path, kind: str) -> None:
    result = killed(tmp_path, kind, "every", 1000)
    assert result["wrong"] == []
    assert int(str(result["kills"])) > 20
    assert result["old"]
    assert result["new"]


@pytest.mark.parametrize("kind", ["add", "build"])
def test_killed_at_random_moments(tmp_path: Path, kind: str) -> None:
    result = killed(tmp_path, kind, "random", MOMENTS)
    assert result["wrong"] == []
    assert result["kills"] == MOMENTS
    assert int(str(result["old"])) + int(str(result["new"])) >= MOMENTS
