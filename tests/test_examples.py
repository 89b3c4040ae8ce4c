"""Every example runs against the real server."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
QUESTION = "南海区有多少家社会办医疗机构？"
COMMANDS = {
    "ask.sh": ["sh"],
    "ask.py": [sys.executable],
    "openai_client.py": [sys.executable],
    "ask.mjs": ["node"],
}


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_it_answers(name: str, address: str) -> None:
    program = {"ask.sh": "curl", "ask.mjs": "node"}.get(name)
    if program and not shutil.which(program):
        pytest.skip(f"there is no {program} on this machine")
    done = run([*COMMANDS[name], str(EXAMPLES / name), QUESTION, address])
    assert done.returncode == 0, done.stderr
    assert "1048家" in done.stdout
    assert "/articles/" in done.stdout
    assert "NOT as printed" not in done.stdout


def test_the_evaluation_tells_right_from_wrong(address: str, tmp_path: Path) -> None:
    good = run([sys.executable, str(EXAMPLES / "evaluate.py"), "", address])
    assert good.returncode == 0, good.stdout
    assert "3 of 3" in good.stdout
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"question": QUESTION, "answers": ["7家"]}), encoding="utf-8")
    bad = run([sys.executable, str(EXAMPLES / "evaluate.py"), str(questions), address])
    assert bad.returncode == 1
    assert "0 of 1" in bad.stdout


def test_the_assistants_configuration_names_a_command_that_there_is() -> None:
    server = json.loads((EXAMPLES / "assistant.json").read_text(encoding="utf-8"))["mcpServers"]["wenbao"]
    done = run([sys.executable, "-m", "api.cli", server["args"][0], "--help"])
    assert done.returncode == 0
    assert all(option in done.stdout for option in server["args"] if option.startswith("--"))


def test_every_example_is_listed() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in listed for path in EXAMPLES.iterdir() if path.name != "README.md")
