"""What SECURITY.md promises and no other test holds."""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

from .conftest import SEEDS

ROOT = Path(__file__).parent.parent
OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto"):
        sys.exit(f"it went online: {event} {arguments}")
sys.addaudithook(refuse)
from api.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_nothing_is_fetched(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    for command in (("ask", "南海区有多少家社会办医疗机构？"), ("ask", "How many private clinics?"), ("doctor",)):
        arguments = [sys.executable, "-c", OFFLINE, *command, "--corpus", str(SEEDS)]
        done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert "online" not in done.stderr
        assert done.returncode in (0, 1), done.stderr


def test_the_lock_pins_what_is_needed() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    pinned: dict[str, set[str]] = {}
    for entry in entries:
        name, version = re.match(r"([a-z0-9-]+)==(\S+)", entry).groups()  # type: ignore[union-attr]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name
        pinned.setdefault(name, set()).add(version)
    assert "://" not in lock
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [_name(line) for line in project["dependencies"]]
    assert set(wanted) <= set(pinned)
    for asked in map(Requirement, project["dependencies"]):
        versions = pinned[_name(asked.name)]
        assert any(asked.specifier.contains(version) for version in versions), f"{asked}, but {versions} are pinned"
    for name in list(pinned):  # and what these need in turn
        for line in requires(name) or () if name in wanted else ():
            if ";" not in line:
                assert _name(line) in pinned, f"{line} of {name}"


def _name(line: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", line)[0].lower().replace("_", "-").replace(".", "-")


def test_every_test_that_security_names_is_there() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert len(named) > 25
    for file, test in named:
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), (file, test)
