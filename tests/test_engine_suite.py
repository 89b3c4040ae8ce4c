"""The suite on an engine leaves nothing out without a reason."""

import re
from pathlib import Path

import pytest

from tests.engine_suite import FOLDER_ONLY

HERE = Path(__file__).parent
OWN_FOLDER = re.compile(r"\b(?:build_index|add_documents|load_snapshot|LocalStore)\(|index=tmp_path|\"--index\", str")
SHARED = {"conftest.py", Path(__file__).name}


def test_who_makes_a_folders_index_says_why_it_is_none_of_an_engine() -> None:
    made = {path.name for path in HERE.glob("*.py") if OWN_FOLDER.search(path.read_text(encoding="utf-8"))}
    assert made - SHARED <= {name for name in FOLDER_ONLY if "::" not in name}


@pytest.mark.parametrize("name", FOLDER_ONLY)
def test_what_is_left_out_is_there(name: str) -> None:
    file, _, test = name.partition("[")[0].partition("::")
    assert f"def {test}" in (HERE / file).read_text(encoding="utf-8")
