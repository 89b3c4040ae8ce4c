"""Round trips with sabotage: what was published is read back whole, or refused by name."""

import fcntl
import json
import shutil
from pathlib import Path

import pytest

from api.settings import Settings
from index import dense
from index.build import build_index, changed_documents, index_settings
from index.encoder import load_encoder
from index.errors import (
    CorpusEmpty,
    CorpusMissing,
    PageUnreadable,
    SnapshotBusy,
    SnapshotDamaged,
    SnapshotMismatch,
    SnapshotMissing,
    SnapshotOutdated,
)
from index.snapshot import current_name, load_snapshot

ENCODER = load_encoder()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "2024" / "04").mkdir(parents=True)
    (folder / "a.txt").write_text(
        "南海区新建三座图书馆\n\n南海区今年新建了三座图书馆。市民可以免费借书。", encoding="utf-8"
    )
    (folder / "2024" / "04" / "b.md").write_text("# 春耕\n\n四月，农民开始插秧。", encoding="utf-8")
    (folder / "README.md").write_text("not a page", encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def index(tmp_path: Path, corpus: Path) -> Path:
    build_index(corpus, tmp_path / "index", ENCODER)
    return tmp_path / "index"


def load(index: Path) -> object:
    return load_snapshot(index, ENCODER, index_settings(ENCODER))


def test_what_was_built_is_read_back(index: Path) -> None:
    snapshot = load_snapshot(index, ENCODER, index_settings(ENCODER))
    assert snapshot.archive.document_ids() == ["2024/04/b.md", "a.txt"]
    assert snapshot.manifest["counts"]["pages"] == 2
    assert [name for name, _ in snapshot.manifest["left_out"]] == ["README.md", "picture.png"]
    assert snapshot.dense.size == snapshot.lexical.size == snapshot.manifest["counts"]["passages"]
    assert len(snapshot.tokens.sizes) == len(snapshot.english) == snapshot.dense.size


def test_the_same_corpus_gives_the_same_content(corpus: Path, tmp_path: Path) -> None:
    first = build_index(corpus, tmp_path / "one", ENCODER)
    second = build_index(corpus, tmp_path / "two", ENCODER)
    assert first.content == second.content
    (corpus / "a.txt").write_text("别的。", encoding="utf-8")
    assert build_index(corpus, tmp_path / "one", ENCODER).content != first.content


def test_every_file_damaged_in_turn_is_named(
    index: Path, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "a.txt").write_text("顺德区新建四座体育馆\n\n顺德区今年新建了四座体育馆。", encoding="utf-8")
    build_index(corpus, tmp_path / "other", ENCODER)
    foreign = {path.name: path.read_bytes() for path in (tmp_path / "other").rglob("*") if path.is_file()}
    by_faiss: list[str] = []
    monkeypatch.setattr(dense.faiss, "read_index", lambda path, *_: by_faiss.append(path))
    files = [p for p in index.rglob("*") if p.is_file() and p.parent != index]
    assert {"manifest.json", "segment.json", "archive.sqlite", "dense.faiss", "passages.npy"} <= {p.name for p in files}
    for path in sorted(files):
        whole = path.read_bytes()
        others = [foreign[path.name]] if foreign[path.name] != whole and path.name != "manifest.json" else []
        for broken in (whole[:-1], bytes([whole[0] ^ 1]) + whole[1:], *others):
            path.write_bytes(broken)
            with pytest.raises((SnapshotDamaged, SnapshotMismatch), match=path.name):
                load(index)
        path.unlink()
        with pytest.raises(SnapshotDamaged, match=path.name):
            load(index)
        path.write_bytes(whole)
    assert by_faiss == []
    monkeypatch.undo()
    load(index)


def test_a_missing_or_foreign_pointer_is_refused(index: Path) -> None:
    (index / "CURRENT").write_text("../../etc\n")
    with pytest.raises(SnapshotDamaged, match="CURRENT"):
        load(index)
    (index / "CURRENT").unlink()
    with pytest.raises(SnapshotMissing, match="wenbao build"):
        load(index)


def test_another_setting_is_named(index: Path) -> None:
    with pytest.raises(SnapshotMismatch, match="passage_length"):
        load_snapshot(index, ENCODER, {**index_settings(ENCODER), "passage_length": [1, 2]})


def test_an_older_format_and_an_older_reader_are_known(index: Path) -> None:
    settings = index_settings(ENCODER)
    with pytest.raises(SnapshotOutdated, match="reader"):
        load_snapshot(index, ENCODER, {**settings, "reader": settings["reader"] + 1})
    path = index / "generations" / current_name(index) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 1}))
    with pytest.raises(SnapshotOutdated, match="format 1"):
        load(index)


def test_a_newer_format_is_refused(index: Path) -> None:
    path = index / "generations" / current_name(index) / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(SnapshotMismatch, match="99"):
        load(index)


def test_a_bad_corpus_leaves_the_index_in_use(index: Path, corpus: Path) -> None:
    before = current_name(index)
    (corpus / "bad.txt").write_bytes("中文".encode("gb18030"))
    with pytest.raises(PageUnreadable, match="bad.txt"):
        build_index(corpus, index, ENCODER)
    shutil.rmtree(corpus)
    with pytest.raises(CorpusMissing):
        build_index(corpus, index, ENCODER)
    corpus.mkdir()
    with pytest.raises(CorpusEmpty):
        build_index(corpus, index, ENCODER)
    (corpus / "blank.txt").write_text(" \n\n ", encoding="utf-8")
    with pytest.raises(CorpusEmpty):
        build_index(corpus, index, ENCODER)
    assert current_name(index) == before
    load(index)


def test_the_second_builder_is_told(index: Path, corpus: Path) -> None:
    with (index / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SnapshotBusy):
            build_index(corpus, index, ENCODER)
    build_index(corpus, index, ENCODER)


@pytest.mark.parametrize("kept", [2, 4])
def test_so_many_generations_are_kept_and_the_segments_of_these(index: Path, corpus: Path, kept: int) -> None:
    store = Settings(corpus=corpus, index=index, generations_kept=kept).store
    for number in range(6):
        (corpus / "a.txt").write_text(f"第{number}号。", encoding="utf-8")
        store.build(corpus, ENCODER, lambda *_: None)
    generations = sorted((index / "generations").iterdir(), key=lambda path: int(path.name.split(".")[1]))
    assert len(generations) == len(list((index / "segments").iterdir())) == kept
    assert generations[-1].name == store.current()
    for path in generations:  # each of them can still be used
        (index / "CURRENT").write_text(f"{path.name}\n", encoding="ascii")
        assert store.faults() == []
        assert store.open(ENCODER).name == path.name


def test_a_build_that_finds_nothing_changed_writes_nothing(index: Path, corpus: Path) -> None:
    before = sorted((p, p.stat().st_mtime_ns) for p in index.rglob("*") if p.is_file() and p.name != "lock")
    build_index(corpus, index, ENCODER)
    assert sorted((p, p.stat().st_mtime_ns) for p in index.rglob("*") if p.is_file() and p.name != "lock") == before


def test_a_damaged_index_is_built_anew(index: Path, corpus: Path) -> None:
    next((index / "segments").rglob("archive.sqlite")).write_bytes(b"no texts")
    with pytest.raises(SnapshotDamaged):
        load(index)
    build_index(corpus, index, ENCODER)
    load(index)


def test_changed_added_and_removed_documents_are_told(index: Path, corpus: Path) -> None:
    snapshot = load_snapshot(index, ENCODER, index_settings(ENCODER))
    assert changed_documents(corpus, snapshot) == []
    (corpus / "a.txt").write_text("新的内容。", encoding="utf-8")
    (corpus / "c.txt").write_text("另一页。", encoding="utf-8")
    (corpus / "2024" / "04" / "b.md").unlink()
    assert changed_documents(corpus, snapshot) == ["2024/04/b.md", "a.txt", "c.txt"]


def test_a_page_keeps_its_bom_its_newlines_and_its_nul(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    raw = "\ufeff第一行。\r\n第二\x00行。\n".encode()
    (folder / "odd.txt").write_bytes(raw)
    snapshot = build_index(folder, tmp_path / "odd-index", ENCODER)
    found = snapshot.archive.page("odd.txt")
    assert found is not None
    assert found[0].text == raw.decode()
