"""A large index is hashed once, then again where a file was touched; a full check finds what a disk changed alone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import files, snapshot
from index.build import add_documents, build_index, index_settings
from index.encoder import load_encoder
from index.errors import SnapshotDamaged
from index.files import read_manifest
from index.page import list_corpus, why_left_out
from index.store import LocalStore
from index.tally import Tally, documents_sum

ENCODER = load_encoder()
SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index whose every segment counts as a large one, its files old enough to be remembered."""
    monkeypatch.setattr(snapshot, "MANY", 1)
    build_index(SEEDS, tmp_path / "index", ENCODER)
    time.sleep(0.1)
    load(tmp_path / "index")
    return tmp_path / "index"


def load(index: Path) -> None:
    snapshot.load_snapshot(index, ENCODER, index_settings(ENCODER)).archive.close()


def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that the names of files are put into when they are hashed."""
    names: list[str] = []
    hash_file = files.file_sha256
    monkeypatch.setattr(files, "file_sha256", lambda path: (names.append(path.name), hash_file(path))[1])
    return names


def test_what_was_found_whole_and_not_touched_is_not_hashed_again(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = hashed(monkeypatch)
    load(index)
    assert names == []
    path = next(index.rglob("dense.faiss"))
    path.write_bytes(path.read_bytes())  # the same bytes at another time
    load(index)
    assert names == ["dense.faiss"]


def test_a_file_that_was_touched_is_refused_also_with_its_old_time(index: Path) -> None:
    for path in sorted(path for path in index.rglob("*") if path.is_file() and path.parent.name != "generations"):
        if path.parent == index or path.suffix == ".json":
            continue
        stat, whole = path.stat(), path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        with pytest.raises(SnapshotDamaged, match=path.name):
            load(index)
        path.write_bytes(whole)
    load(index)


def test_a_full_check_reads_every_byte_and_what_it_finds_is_not_forgotten(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = hashed(monkeypatch)
    assert LocalStore(index).faults() == []
    assert {"archive.sqlite", "dense.faiss", "passages.npy"} <= set(names)
    real = files.file_sha256  # a disk that gives other bytes than were written, with the file's times as they were
    monkeypatch.setattr(files, "file_sha256", lambda path: "0" * 64 if path.name == "tokens.npy" else real(path))
    load(index)
    assert "tokens.npy" in LocalStore(index).faults()[0]
    with pytest.raises(SnapshotDamaged, match=r"tokens\.npy"):
        load(index)


def test_a_damaged_memory_of_what_was_checked_is_no_memory(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = hashed(monkeypatch)
    for text in ("", "[]", "{", '{"segments": 1}'):
        (index / "checked.json").write_text(text)
        names.clear()
        load(index)
        assert "dense.faiss" in names, text


def test_an_index_that_cannot_be_written_is_read(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (index / "checked.json").unlink()
    (index / "checked.json").mkdir()  # where nothing can be put, for root too
    names = hashed(monkeypatch)
    load(index)
    load(index)
    assert names.count("dense.faiss") == 2
    assert not list(index.glob(".checked.*")) or os.geteuid() == 0


def test_adding_a_page_hashes_that_page_alone(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "new.txt").write_text("今天新添了一页。档案馆在馆内展出。", encoding="utf-8")
    monkeypatch.setattr("index.build.WHOLE", 0)
    monkeypatch.setattr("index.build.GROWTH", 0)
    large = next(path.parent for path in index.rglob("dense.faiss"))
    names: list[Path] = []
    hash_file = files.file_sha256
    monkeypatch.setattr(files, "file_sha256", lambda path: (names.append(path), hash_file(path))[1])
    grown = add_documents(corpus, index, ENCODER, ["new.txt"])
    assert "new.txt" in grown.archive.document_ids()
    assert not [path for path in names if path.is_relative_to(large)]


def test_what_an_index_holds_is_the_sum_of_its_parts() -> None:
    documents = [("a.txt", "1" * 64), ("b.txt", "2" * 64), ("c/d.txt", "3" * 64)]
    whole = Tally(3, 4, 9, documents_sum(documents))
    parts = [Tally(1, 2, 4, documents_sum(documents[2:])), Tally(2, 2, 5, documents_sum(documents[:2]))]
    assert parts[0] + parts[1] == whole
    assert whole - parts[0] == parts[1]
    assert Tally.of_row(whole.row) == whole
    assert documents_sum(documents) == documents_sum(documents[::-1])
    assert documents_sum([("a.txt", "2" * 64)]) != documents_sum([("a.txt", "1" * 64)])


def test_the_manifest_tells_what_the_segment_holds(index: Path) -> None:
    manifest = snapshot.read_generation(index, snapshot.current_name(index))
    (entry,) = manifest["segments"]
    assert read_manifest(index / "segments" / entry["name"] / "segment.json")["holds"] == entry["holds"]
    assert entry["holds"]["pages"] == len(list_corpus(SEEDS).document_ids) == manifest["counts"]["pages"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a.txt", None),
        ("2024/A.MD", None),
        ("readme.txt", "README"),
        ("x/ReadMe2.md", "README"),
        (".a.txt", "dot-file"),
        ("x/.git/a.txt", "dot-file"),
        ("a.pdf", "neither .txt nor .md"),
        ("txt", "neither .txt nor .md"),
    ],
)
def test_why_a_file_is_no_page(name: str, why: str | None) -> None:
    assert why_left_out(name) == why


SCRIPT = """
import os, sys
from pathlib import Path
from index import build
from index.encoder import load_encoder
build.CHUNK = 1000
GUARD
    snapshot = build.build_index(Path(sys.argv[1]), Path(sys.argv[2]), load_encoder(), workers=2)
    print(snapshot.manifest["counts"]["pages"])
"""


@pytest.mark.parametrize("guard", ["if True:", 'if __name__ == "__main__":'])
def test_a_script_without_a_guard_builds_all_the_same(tmp_path: Path, guard: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("GUARD", guard), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, str(script), str(SEEDS), str(tmp_path / "index")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(len(list_corpus(SEEDS).document_ids))]
    assert "Traceback" not in done.stderr
    assert done.stderr.count("__main__") == (guard == "if True:")
