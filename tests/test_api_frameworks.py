"""Frameworks that pin older clients, in an environment of their own: FRAMEWORKS_PYTHON names its Python.

`make test-frameworks` makes one and runs this. Without it these tests are left out, by name.
"""

import os
import subprocess
from pathlib import Path

import pytest

from .test_examples import EXAMPLES, QUESTION


@pytest.mark.parametrize("name", ["langchain_client.py", "llamaindex_client.py"])
def test_a_framework_gets_the_answer_whole_and_streaming(name: str, address: str) -> None:
    command = [os.environ["FRAMEWORKS_PYTHON"], str(EXAMPLES / name), QUESTION, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=Path(EXAMPLES).parent)
    assert done.returncode == 0, done.stderr
    assert "1048家" in done.stdout
    assert "[1]" in done.stdout
    assert done.stdout.strip().endswith("the same while streaming: True")
