"""An index that grows and shrinks answers as one that was built from nothing."""

import random
from pathlib import Path

import pytest

from api.settings import load_settings
from index import build, dense
from index.encoder import load_encoder
from index.errors import CorpusEmpty, PageUnreadable, QueryError, SnapshotError
from index.source import Source
from index.store import LocalStore, Store
from rag.answerer import Answerer

from .conftest import Place
from .milvus_lite import quiet

ENCODER = load_encoder()
SEEDS = Path(__file__).parents[1] / "seeds"
QUESTIONS = (
    "南海区有多少家社会办医疗机构？",
    "济南高新区的书记是谁？",
    "Osaka 的市长是谁？",
    "宁河的科技特派员有多少？",
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The pages of the seeds, and thirty notes made of their sentences."""
    folder, draw = tmp_path / "corpus", random.Random(5)
    folder.mkdir()
    sentences = []
    for page in sorted(SEEDS.glob("*.txt")):
        (folder / page.name).write_bytes(page.read_bytes())
        sentences += [s for s in page.read_text(encoding="utf-8").replace("\n", "").split("。") if 20 < len(s) < 200]
    for number in range(30):
        text = "。".join(draw.sample(sentences, 6))
        (folder / f"{number:03}_note.txt").write_text(f"{text}。", encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path, place: Place) -> Store:
    return load_settings(index=place(tmp_path / "index")).store


@pytest.fixture
def anew(tmp_path: Path, place: Place) -> Store:
    """A place where nothing was built before."""
    return load_settings(index=place(tmp_path / "anew")).store


@pytest.fixture(params=[build.WHOLE, 0], ids=["one segment", "many segments"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "WHOLE", request.param)
    monkeypatch.setattr(build, "GROWTH", 0 if request.param == 0 else build.GROWTH)


def said(snapshot: Source) -> list[object]:
    """Return what an archive answers, without what tells times and numbers within it apart."""
    answerer = Answerer(snapshot)
    return [
        (
            answer.text,
            answer.short_answer,
            round(answer.confidence, 6),
            [(hit.passage.passage_id, round(hit.score, 5), hit.lexical_rank, hit.dense_rank) for hit in answer.hits],
        )
        for answer in map(answerer.ask, QUESTIONS)
    ]


def names(source: Source) -> list[str]:
    return [document.document_id for document in source.archive.documents()]


@pytest.mark.usefixtures("many")
def test_it_answers_as_one_built_from_nothing(corpus: Path, tmp_path: Path, store: Store, anew: Store) -> None:
    away = tmp_path / "away"
    away.mkdir()
    for page in [*sorted(corpus.glob("*_note.txt"))[::2], sorted(corpus.glob("00*_6*"))[0]]:
        page.rename(away / page.name)
    store.build(corpus, ENCODER, quiet)
    for page in away.iterdir():
        page.rename(corpus / page.name)
    pages = sorted(page.name for page in corpus.iterdir())
    store.add(corpus, ENCODER, pages[:9], quiet)
    (corpus / pages[3]).write_text("今天没有新闻。", encoding="utf-8")
    for name in pages[12:15]:
        (corpus / name).unlink()
    grown, whole = (place.build(corpus, ENCODER, quiet) for place in (store, anew))
    if isinstance(store, LocalStore):
        assert (len(grown.manifest["segments"]) == 1) == (build.WHOLE > 0)
    assert grown.content == whole.content
    assert grown.manifest["counts"] == whole.manifest["counts"]
    assert names(grown) == names(whole)
    assert [grown.archive.article(n).article_id for n in grown.archive.article_numbers()] == [
        row[0] for row in grown.archive.article_headers(10_000, 0)
    ]
    assert said(grown) == said(whole)
    compact = store.compact(corpus, ENCODER, quiet)
    if isinstance(store, LocalStore):
        assert [entry["removed"] for entry in compact.manifest["segments"]] == [[]]
    assert said(compact) == said(whole)
    assert said(store.open(ENCODER)) == said(whole)


def test_no_merge_makes_a_segment_too_large_for_memory(
    corpus: Path, store: Store, anew: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = anew.build(corpus, ENCODER, quiet)
    monkeypatch.setattr(build, "MOST", 100)
    monkeypatch.setattr(build, "CHUNK", 10_000)
    parted = store.build(corpus, ENCODER, quiet, 1)
    sizes = [entry["holds"]["passages"] for entry in parted.manifest["segments"]]
    assert max(sizes) <= 100 < sum(sizes) == whole.legs.count
    assert len(sizes) <= 2 * sum(sizes) / 100
    assert said(parted) == said(whole)
    name = next(corpus.glob("000_6*")).name
    store.remove(corpus, ENCODER, [name], quiet)
    compact = store.compact(corpus, ENCODER, quiet)
    assert not any(entry["removed"] for entry in compact.manifest["segments"])
    assert max(entry["holds"]["passages"] for entry in compact.manifest["segments"]) <= 100


def test_in_between_nearly_every_question_finds_the_same_ten(
    corpus: Path, tmp_path: Path, store: Store, anew: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "FLAT", 60)  # passages: every large part has codes of its own
    monkeypatch.setattr(dense, "NEAREST", 80)
    monkeypatch.setattr(build, "WHOLE", 0)
    monkeypatch.setattr(build, "GROWTH", 0)
    notes = "".join(page.read_text(encoding="utf-8") for page in sorted(corpus.glob("*_note.txt"))).split("。")
    sentences, draw = [note for note in notes if len(note) > 20], random.Random(6)
    for number in range(90):
        (corpus / f"{number:03}_more.txt").write_text("。".join(draw.sample(sentences, 8)) + "。", encoding="utf-8")
    later = sorted(page.name for page in corpus.iterdir())[::3]
    for name in later:
        (corpus / name).rename(tmp_path / name)
    store.build(corpus, ENCODER, quiet)
    for name in later:
        (tmp_path / name).rename(corpus / name)
    store.add(corpus, ENCODER, later[:20], quiet)
    grown, whole = (place.build(corpus, ENCODER, quiet) for place in (store, anew))
    assert len(grown.manifest["segments"]) > 1
    assert grown.dense.files[0].codes is not None
    assert whole.dense.files[0].codes is not None
    questions = [f"{sentence[:16]}是什么？" for sentence in draw.sample(sentences, 100)]
    one, other = Answerer(grown), Answerer(whole)
    found = [[{hit.passage.passage_id for hit in a.search(q, 10)} for q in questions] for a in (one, other)]
    assert sum(here == there for here, there in zip(*found, strict=True)) >= 99


@pytest.mark.usefixtures("many")
def test_what_was_removed_is_gone_and_stays_out_until_it_is_added(corpus: Path, store: Store) -> None:
    store.build(corpus, ENCODER, quiet)
    name = next(corpus.glob("000_6*")).name
    assert Answerer(store.open(ENCODER)).ask(QUESTIONS[0]).short_answer == "1048家"
    for change in (lambda: store.remove(corpus, ENCODER, [name], quiet), lambda: store.build(corpus, ENCODER, quiet)):
        snapshot = change()
        assert name not in names(snapshot)
        assert snapshot.archive.page(name) is None
        assert name not in {hit.article.document_id for hit in Answerer(snapshot).search("南海区社会办医疗机构", 20)}
        assert snapshot.archive.articles_of_document(name) == []
    with pytest.raises(QueryError):
        store.remove(corpus, ENCODER, [name], quiet)
    assert Answerer(store.add(corpus, ENCODER, [name], quiet)).ask(QUESTIONS[0]).short_answer == "1048家"


@pytest.mark.usefixtures("many")
def test_only_what_changed_is_read(corpus: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, read = [], build.read_page
    store.build(corpus, ENCODER, quiet)
    monkeypatch.setattr(build, "read_page", lambda folder, name: (seen.append(name), read(folder, name))[1])
    name = sorted(corpus.iterdir())[7].name
    (corpus / name).write_text("新的一句话在这里。", encoding="utf-8")
    store.build(corpus, ENCODER, quiet)
    assert seen == [name]
    (corpus / name).touch()
    store.build(corpus, ENCODER, quiet)
    assert seen == [name]


def test_many_files_are_read_by_several_processes_and_give_the_same(
    corpus: Path, store: Store, anew: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = anew.build(corpus, ENCODER, quiet, 1)
    monkeypatch.setattr(build, "CHUNK", 15_000)
    stages: list[tuple[str, int, int]] = []
    two = store.build(corpus, ENCODER, lambda *told: stages.append(told), 2)
    assert said(one) == said(two)
    assert one.content == two.content
    assert "read" in {stage for stage, done, total in stages if done == total}


def test_a_build_that_was_stopped_goes_on_where_it_was(
    corpus: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, write = [], build.write_segment
    monkeypatch.setattr(build, "CHUNK", 15_000)

    def stop_at_third(*arguments: object) -> object:
        seen.append(arguments[1])
        if len(seen) == 3:
            raise KeyboardInterrupt
        return write(*arguments)

    monkeypatch.setattr(build, "write_segment", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        store.build(corpus, ENCODER, quiet, 1)
    monkeypatch.setattr(build, "write_segment", lambda *arguments: (seen.append(arguments[1]), write(*arguments))[1])
    store.build(corpus, ENCODER, quiet, 1)
    documents = [page.document_id for pages in seen for page in pages]
    assert len(documents) == len(set(documents)) + len(seen[2])  # only the third chunk was begun twice


def test_nothing_is_left_of_an_archive_that_would_be_empty(corpus: Path, store: Store, anew: Store) -> None:
    store.build(corpus, ENCODER, quiet)
    with pytest.raises(CorpusEmpty):
        store.remove(corpus, ENCODER, [page.name for page in corpus.iterdir()], quiet)
    with pytest.raises(SnapshotError, match="wenbao build"):
        anew.compact(corpus, ENCODER, quiet)
    with pytest.raises(PageUnreadable):
        store.add(corpus, ENCODER, ["nowhere.txt"], quiet)
    assert len(names(store.open(ENCODER))) == 35


@pytest.mark.usefixtures("many")
def test_a_page_without_text_is_a_document_without_articles(corpus: Path, store: Store) -> None:
    store.build(corpus, ENCODER, quiet)
    (corpus / "blank.txt").write_text(" \n", encoding="utf-8")
    snapshot = store.add(corpus, ENCODER, ["blank.txt"], quiet)
    assert "blank.txt" in names(snapshot)
    assert snapshot.archive.articles_of_document("blank.txt") == []
