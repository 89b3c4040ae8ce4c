"""A training run on a tiny data folder: killed and run again it comes to the weights of one that was not."""

import json
import lzma
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from index.passage import split_sentences
from index.snapshot import Snapshot
from index.trees import Trees
from rag.answerer import short_answer, text_of
from rag.confidence import confidence_row, missing_from
from rag.features import NAMES
from rag.question import parse_question
from rag.read import Reader
from rag.retrieve import Retriever
from rag.span import SpanReader
from rag.train import alignment, confidence, kept, sentence
from rag.train.best import Looker
from rag.train.data import PUBLIC, Asking, Corpus
from rag.train.kept import code_key, written
from rag.train.pools import DEPTH, Laid, Piece, ask, lay

WEIGHTS = ("sentence.npz", "sentence.json", "confidence.npz", "confidence.json", "alignment.npz")
OTHERS = [name.split("/")[1] for name, _ in PUBLIC if name != "qa/cmrc2018_trial"]
QUESTIONS = 4  # made of an article


def made_of(text: str) -> list[tuple[str, str, tuple[int, int]]]:
    """Return questions made of sentences with a number: question, answer, sentence."""
    found = []
    for low, high in split_sentences(text):
        number = re.search(r"\d+(?:\.\d+)?[个家名人项年月元亩米公里万亿%]+", text[low:high])
        if number and len(text[low:high]) < 120:
            found.append((text[low:high].replace(number[0], "多少", 1).strip("。"), number[0], (low, high)))
    return found[:QUESTIONS]


@pytest.fixture(scope="module")
def data(seeds_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data in the form of the real ones: the seeds' articles as news, half of them as a public set too."""
    folder = tmp_path_factory.mktemp("data")
    archive = seeds_snapshot.archive
    texts = [archive.article(number).text for number in archive.article_numbers()]
    labelled, public = [], []
    for text in texts:
        for question, answer, place in made_of(text):
            row = {"question": question, "history": [], "answerable": True, "answers": [answer], "offset": 0}
            labelled.append({**row, "sha256": sha256(text.encode()).hexdigest(), "evidence": [place]})
            public.append({"question": question, "context": text, "answers": [answer]})
    news = [{"title": "", "text": text} for text in texts]
    rows = {"text/news_crud": news, "text/news_xwlb": [], "qa/cmrc2018_trial": public[::2]}
    for name, lines in rows.items():
        path = folder / f"{name}.jsonl.xz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(lzma.compress("".join(json.dumps(row) + "\n" for row in lines).encode()))
    (folder / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in labelled), encoding="utf-8")
    return folder


def options(data: Path, folder: Path, processes: int) -> list[str]:
    given = [
        "--data",
        data,
        "--questions",
        data / "questions.jsonl",
        "--out",
        folder / "out",
        "--work",
        folder / "work",
    ]
    return [*map(str, given), "--processes", str(processes), "--exclude", *OTHERS]


def test_a_run_that_was_killed_goes_on_and_comes_to_the_same_weights(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part, name, fewer in ((sentence, "ROUNDS", 8), (confidence, "ROUNDS", 8), (alignment, "EPOCHS", 2)):
        monkeypatch.setattr(part, name, fewer)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert sentence.main(options(data, whole, 2)) == 0
    command = [sys.executable, "-m", "rag.train", "sentence", *options(data, broken, 1)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "piece 1 of" in line)
        process.kill()
        process.stderr.read()  # until its own processes, which write there too, have ended
    there = {path: path.stat().st_mtime_ns for path in broken.glob("work/*/*.npz")}
    every = sorted(path.name for path in whole.glob("work/pools/*.npz"))
    assert 0 < len(there) < len(every)
    assert not (broken / "out").exists()
    assert sentence.main(options(data, broken, 2)) == 0
    assert {path: path.stat().st_mtime_ns for path in there} == there
    assert sorted(path.name for path in broken.glob("work/pools/*.npz")) == every
    with monkeypatch.context() as patch:
        patch.delattr(sentence, "fit")  # the rankers are there
        assert sentence.main([*options(data, whole, 2), "--out", str(tmp_path / "again")]) == 0
    for name in WEIGHTS:
        assert (whole / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
        assert (whole / "out" / name).read_bytes() == (broken / "out" / name).read_bytes(), name
    assert Trees.load(whole / "out" / "sentence.npz").predict(np.eye(len(NAMES), dtype=np.float32)).std() > 0


@pytest.fixture(scope="module")
def piece(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Piece:
    """Questions of some documents, asked."""
    folder = tmp_path_factory.mktemp("piece")
    rows = [json.loads(line) for line in (data / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    with lzma.open(data / "text" / "news_crud.jsonl.xz", "rt") as lines:
        texts = {sha256(text.encode()).hexdigest(): text for line in lines if (text := json.loads(line)["text"])}
    documents = {f"{sha[:16]}.txt": text for sha, text in texts.items()}
    askings = [
        Asking(row["question"], (), f"{row['sha256'][:16]}.txt", tuple(row["answers"]), (), 0) for row in rows
    ] + [Asking("Who wrote about the library in Nanhai?", (), None, (), (), 0)]
    corpus = Corpus("tiny", documents, tuple(askings), news=True)
    posed = lay(Laid(corpus, folder / "tiny"))
    made = Piece("tiny", True, folder / "tiny", tuple(posed), folder / "pools" / "tiny")
    ask(made)
    return made


def test_pools_hold_what_the_reader_sees(piece: Piece) -> None:
    snapshot = piece.open()
    retriever, reader = Retriever(snapshot), Reader(snapshot, Trees.from_lightgbm({"tree_info": []}, NAMES))
    pools = piece.pools()
    assert [pool.asking for pool in pools] == list(piece.askings)
    assert {asking.removed for asking in piece.askings} == {True, False}
    for pool in pools:
        question = parse_question(pool.asking.question)
        others = [name for name in snapshot.archive.document_ids() if name != pool.asking.document]
        hits = retriever.search(question, DEPTH, others if pool.asking.removed else None)
        glosses = tuple(retriever.glosses(question.whole)) if question.language == "en" else ()
        rows, _, matrix = reader.candidates(question, hits, glosses)
        np.testing.assert_array_equal(pool.matrix, matrix)
        assert pool.places.tolist() == [[hit.number, found.index] for hit, _, found in rows]
        right = [bool(label) for label in pool.labels]
        own = [pool.asking.answerable and hit.article.document_id == pool.asking.document for hit, _, _ in rows]
        assert all(a <= b for a, b in zip(right, own, strict=True))
    right = [pool.labels.max(initial=0) == 2 for pool in pools if pool.asking.answerable]
    assert np.mean(right) > 0.9


def test_the_best_candidates_made_again_are_those_that_the_reader_ranks(piece: Piece) -> None:
    snapshot, spans = piece.open(), SpanReader.load()
    reader = Reader(snapshot, Trees.load(sentence.WEIGHTS / "sentence.npz"))
    retriever, looker = Retriever(snapshot), Looker(snapshot)
    compared = 0
    for pool in piece.pools():
        question = parse_question(pool.asking.question)
        if pool.asking.removed or question.author or question.small_talk:
            continue  # a line that names the author is put first when it is asked, not here
        glosses = tuple(retriever.glosses(question.whole)) if question.language == "en" else ()
        ranked = reader.rank(question, retriever.search(question, DEPTH), glosses)
        scores = reader.score(pool.matrix)
        again = looker.ranked(pool, scores)
        assert [(c.hit.number, c.sentence, c.score) for c in again] == [
            (c.hit.number, c.sentence, c.score) for c in ranked
        ]
        best, missing = looker.best(pool, scores), missing_from(question, ranked[0], glosses)
        assert best is not None
        if not best.ruled_out:
            short = short_answer(spans, question, ranked, glosses)
            row = confidence_row(question, ranked, missing, short.score if short else 0.0)
            np.testing.assert_array_equal(best.row, row)
            assert len(best.words)
            assert text_of(short, ranked[0]) in ranked[0].hit.article.text
            compared += 1
    assert compared > 20


def test_a_key_follows_the_code_that_a_module_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("from a.c import d\n")
    keys = set()
    for c, other in (("d = 1", ""), ("d = 2", ""), ("d = 2", "d = 3")):
        (tmp_path / "a" / "c.py").write_text(c)
        (tmp_path / "a" / "other.py").write_text(other)
        keys.add(code_key("a.b"))
        code_key.cache_clear()
    assert len(keys) == 2


def test_what_is_not_whole_is_not_there(tmp_path: Path) -> None:
    def stopped() -> None:
        with written(tmp_path / "a" / "b.npz") as path:
            path.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stopped()
    assert not (tmp_path / "a" / "b.npz").exists()
    with written(tmp_path / "a" / "b.npz") as path:
        path.write_text("all")
    assert [(p.name, p.read_text()) for p in (tmp_path / "a").iterdir()] == [("b.npz", "all")]
