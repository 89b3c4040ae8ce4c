"""What a training run keeps in its folder, so that one that was stopped goes on where it was, and its processes.

A file is named after a hash of all that it was made from, and renamed to that when it is whole: what is there is right.
"""

import ast
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parent.parent.parent

Task = TypeVar("Task")
Result = TypeVar("Result")


def key_of(*parts: object) -> str:
    """Return 16 hex digits for what is printed the same."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def files_key(paths: Iterable[Path]) -> str:
    """Return 16 hex digits for the content of files, in this order."""
    return key_of(*(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths))


@cache
def code_key(module: str) -> str:
    """Return 16 hex digits for the source of a module and of all modules of ours that it imports."""
    found: dict[str, Path] = {}
    _gather(module, found)
    return files_key(found[name] for name in sorted(found))


def _gather(module: str, found: dict[str, Path]) -> None:
    folder = ROOT / module.replace(".", "/")
    path = next((path for path in (folder.with_suffix(".py"), folder / "__init__.py") if path.is_file()), None)
    if path is None or module in found:
        return
    found[module] = path
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            _gather(node.module, found)
            for alias in node.names:
                _gather(f"{node.module}.{alias.name}", found)


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give another name to write to, beside a file or folder that is there only when all of it is."""
    fresh = path.with_name(f".{path.name}")
    shutil.rmtree(fresh, ignore_errors=True)  # of a run that was killed
    path.parent.mkdir(parents=True, exist_ok=True)
    yield fresh
    os.replace(fresh, path)


def in_processes(work: Callable[[Task], Result], tasks: Iterable[Task], processes: int) -> Iterator[Result]:
    """Yield what some tasks come to, in their order; `processes` of them are done at the same time."""
    with ProcessPoolExecutor(processes, get_context("spawn"), _end_with_parent) as pool:
        yield from pool.map(work, tasks)


def _end_with_parent() -> None:
    """See to it that this process ends when the one that started it is killed."""
    threading.Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
