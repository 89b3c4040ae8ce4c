"""The two legs, each against an oracle: inverted files against rank_bm25, FAISS against a matrix product."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import faiss
import numpy as np
import pytest
from rank_bm25 import BM25Plus

from index import dense, lexical
from index.dense import DenseIndex, dense_file, read_dense, write_dense
from index.lexical import LexicalIndex, best
from index.postings import Postings, merge_postings


def corpus(size: int) -> list[list[str]]:
    random = np.random.default_rng(7)
    return [[str(term) for term in random.zipf(1.4, random.integers(0, 40)) if term < 300] for _ in range(size)]


def test_a_large_archive_scores_as_rank_bm25_does(monkeypatch: pytest.MonkeyPatch) -> None:
    passages, query = corpus(400), ["1", "2", "2", "17", "nowhere"]
    small = LexicalIndex.build(passages)
    monkeypatch.setattr(lexical, "SMALL", 0)
    large = LexicalIndex.build(passages)
    assert np.allclose(small.scores(query), large.scores(query), atol=1e-4)
    assert [n for n, _ in small.search(query, 20)] == [n for n, _ in large.search(query, 20)]
    assert small.idf("17") == pytest.approx(large.idf("17"), abs=1e-5)


def test_files_behind_one_another_score_as_one_and_removed_passages_count_no_more(tmp_path: Path) -> None:
    passages, query = corpus(900), ["1", "3", "17"]
    live = np.random.default_rng(1).random(900) < 0.7
    parts = LexicalIndex([Postings.build(passages[:600]), Postings.build(passages[600:])], live)
    whole = LexicalIndex.build([terms for terms, kept in zip(passages, live, strict=True) if kept])
    assert np.allclose(parts.scores(query)[live], whole.scores(query), atol=1e-5)
    assert not parts.scores(query)[~live].any()
    places = [np.where(live, np.cumsum(live) - 1, -1)[:600], np.where(live, np.cumsum(live) - 1, -1)[600:]]
    merge_postings([Postings.build(passages[:600]), Postings.build(passages[600:])], places, tmp_path / "merged")
    merged = Postings.load(tmp_path / "merged")
    oracle = Postings.build([terms for terms, kept in zip(passages, live, strict=True) if kept])
    for field in ("terms", "_ends", "_passages", "_counts", "lengths"):
        assert np.array_equal(getattr(merged, field), getattr(oracle, field)), field


def test_the_score_is_rank_bm25s_less_what_a_passage_without_the_term_gets() -> None:
    passages = [["a", "b"], ["a", "a", "c"], ["d"]]
    oracle = BM25Plus(passages, k1=1.5, b=0.75, delta=1.0)
    scores = LexicalIndex.build(passages).scores(["a"])
    assert np.allclose(scores, oracle.get_scores(["a"]) - oracle.idf["a"], atol=1e-6)
    assert scores[2] == 0


def test_passages_without_a_shared_term_are_left_out_and_ties_go_by_number() -> None:
    index = LexicalIndex.build([["x"], ["y"], ["x"]])
    assert [number for number, _ in index.search(["x"], 5)] == [0, 2]
    assert index.search(["unknown"], 5) == []
    assert [n for n, _ in index.search(["x"], 5, np.array([False, True, True]))] == [2]


def test_a_saved_lexical_index_scores_the_same(tmp_path: Path) -> None:
    passages = corpus(700)
    index = LexicalIndex.build(passages)
    Postings.build(passages).save(tmp_path / "lexical")
    loaded = LexicalIndex([Postings.load(tmp_path / "lexical")])
    assert np.array_equal(index.scores(["1", "5", "9"]), loaded.scores(["1", "5", "9"]))


def test_best_keeps_the_highest_and_orders_ties_by_number() -> None:
    assert best(np.array([0.0, 2.0, 1.0, 2.0, 3.0], dtype=np.float32), 3) == [(4, 3.0), (1, 2.0), (3, 2.0)]


def vectors(count: int) -> np.ndarray:
    rows = np.random.default_rng(3).normal(size=(count, 32)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_flat_search_is_the_matrix_product() -> None:
    rows = vectors(500)
    found = DenseIndex.build(rows).search(rows[17], 10)
    oracle = np.argsort(-(rows @ rows[17]), kind="stable")[:10]  # no two nearer than half precision tells apart
    assert [number for number, _ in found] == oracle.tolist()
    assert found[0][1] == pytest.approx(1.0, abs=1e-3)


def test_only_allowed_passages_come_back_and_a_saved_index_answers_the_same(tmp_path: Path) -> None:
    rows = vectors(200)
    index = DenseIndex.build(rows)
    allowed = np.zeros(200, dtype=bool)
    allowed[[3, 50, 120]] = True
    assert {number for number, _ in index.search(rows[0], 10, allowed)} == {3, 50, 120}
    write_dense(dense_file(rows), tmp_path)
    assert DenseIndex([read_dense(tmp_path, ["dense.faiss"])]).search(rows[5], 7) == index.search(rows[5], 7)


def test_an_index_made_of_the_vectors_of_others_gives_the_same_cosines() -> None:
    rows = vectors(300)
    whole, parts = DenseIndex.build(rows), [dense_file(rows[:100]), dense_file(rows[100:])]
    again = DenseIndex.build(np.concatenate([batch for part in parts for batch in part.batches()]))
    assert whole.search(rows[7], 20) == again.search(rows[7], 20) == DenseIndex(parts).search(rows[7], 20)
    assert DenseIndex(parts).cosines(rows[7], [299, 3]) == whole.cosines(rows[7], [299, 3])


@pytest.fixture
def coded(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Vectors of so many passages that they have codes, and so near each other as those of texts are."""
    monkeypatch.setattr(dense, "FLAT", 1000)
    monkeypatch.setattr(dense, "NEAREST", 100)
    draw = np.random.default_rng(3)
    rows = (draw.normal(size=(50, 64))[draw.integers(50, size=4000)] + draw.normal(size=(4000, 64))).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_codes_find_almost_what_flat_finds_and_their_cosines_are_the_vectors(coded: np.ndarray, tmp_path: Path) -> None:
    write_dense(dense_file(coded), tmp_path)
    index, hits = DenseIndex([read_dense(tmp_path, ["codes.faiss", "dense.faiss"])]), 0
    for query in coded[:50]:
        found = index.search(query, 10)
        hits += len({n for n, _ in found} & set(np.argsort(-(coded @ query))[:10].tolist()))
        assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
        assert [cosine for _, cosine in found] == index.cosines(query, [number for number, _ in found])
    assert hits >= 490
    assert (
        DenseIndex([read_dense(tmp_path, ["dense.faiss"])]).files[0].codes is None
    )  # one that nobody listed is not read


@pytest.mark.parametrize("share", [0.9, 0.5, 0.05, 0.001, 0.0])
def test_codes_find_what_is_allowed(coded: np.ndarray, share: float) -> None:
    draw = np.random.default_rng(4)
    allowed, live = draw.random(4000) < share, draw.random(4000) < 0.9
    index, hits, wanted = DenseIndex([dense_file(coded)], live), 0, 0
    for query in coded[:40]:
        found = [number for number, _ in index.search(query, 10, allowed)]
        nearest = [n for n in np.argsort(-(coded @ query)).tolist() if allowed[n] and live[n]][:10]
        assert all(allowed[found] & live[found])
        assert len(found) == len(nearest)
        hits, wanted = hits + len(set(found) & set(nearest)), wanted + len(nearest)
    assert hits >= 0.98 * wanted


def test_what_is_allowed_is_found_however_far_away_it_is(coded: np.ndarray) -> None:
    index, query = DenseIndex([dense_file(coded)]), coded[0]
    far = np.zeros(4000, dtype=np.bool_)
    far[np.argsort(coded @ query)[:2000]] = True  # half of all, none of it among the nearest by codes
    nearest = [n for n in np.argsort(-(coded @ query)).tolist() if far[n]][:10]
    assert len({number for number, _ in index.search(query, 10, far)} & set(nearest)) >= 9


def test_every_thread_that_searches_computes_alone() -> None:
    vectors = np.eye(8, dtype=np.float32)
    index = DenseIndex.build(vectors)
    threads = []

    def work() -> None:
        faiss.omp_set_num_threads(3)  # as a new thread has it, on a machine with three cores
        index.search(vectors[0], 3)
        threads.append(faiss.omp_get_max_threads())

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
    assert threads == [1]
