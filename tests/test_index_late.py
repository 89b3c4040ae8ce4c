"""Late interaction: by hand, against a plain loop, and within its time."""

import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from index.encoder import MODEL_FOLDER, StaticEncoder
from index.errors import ModelError
from index.late import SMALL, Late, TokenRuns

TABLE = np.array([[0, 0], [3, 0], [0, 4], [1, 1], [-2, 0]], dtype=np.float16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of tokens a = (3, 0), b = (0, 4), c = (1, 1), d = (-2, 0), with idf 1, 2, 0.5, 1."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, "b": 2, "c": 3, "d": 4}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    save_file({"embedding.weight": TABLE}, tmp_path / "model.safetensors")
    np.save(tmp_path / "idf.npy", np.array([1, 1, 2, 0.5, 1], dtype=np.float16))
    return tmp_path


def runs(*rows: list[int]) -> list[np.ndarray]:
    return [np.array(row, dtype=np.uint16) for row in rows]


def test_maxsim_is_the_weighted_mean_of_the_closest_cosines(folder: Path) -> None:
    found = Late(StaticEncoder(folder)).interact([1, 2], runs([1, 3], [2], [4], [3, 3, 3]))
    np.testing.assert_allclose(found.weights, [3 / 11, 8 / 11], atol=1e-6)
    near = np.sqrt(0.5)
    expected = [3 / 11 + 8 / 11 * near, 8 / 11, 0, near]
    np.testing.assert_allclose(found.maxsim, expected, atol=1e-6)
    np.testing.assert_allclose(found.exact, [3 / 11, 8 / 11, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found.weakest, [near, 0, 0, near], atol=1e-6)


def test_asking_a_token_twice_or_in_another_order_changes_nothing(folder: Path) -> None:
    late = Late(StaticEncoder(folder))
    once = late.interact([1, 3], runs([2, 1], [4])).maxsim
    np.testing.assert_array_equal(once, late.interact([3, 1, 1, 3], runs([1, 2, 2], [4, 4])).maxsim)


def test_no_token_on_either_side_is_no_similarity(folder: Path) -> None:
    late = Late(StaticEncoder(folder))
    assert late.interact([], runs([1], [2])).maxsim.tolist() == [0, 0]
    assert late.interact([1], runs([], [1], [])).maxsim.tolist() == [0, 1, 0]
    assert late.interact([1], []).maxsim.shape == (0,)


def test_every_cosine_is_kept_of_a_whole_and_none_of_a_part(folder: Path) -> None:
    late = Late(StaticEncoder(folder))
    found = late.interact([1, 2], runs([1, 3], [4]))
    near = np.sqrt(0.5)
    np.testing.assert_allclose(found.against(np.array([3, 1, 4])), [[near, 1, 0], [near, 0, 0]], atol=1e-6)
    assert late.interact([], runs([1, 3])).against(np.array([1, 3])).shape == (0, 2)
    with pytest.raises(ValueError, match="whole"):
        found.only([1]).against(np.array([3]))


def test_every_token_is_compared_with_every_other(folder: Path) -> None:
    found = Late(StaticEncoder(folder)).cosines(*runs([1, 3], [2, 3, 4]))
    near = np.sqrt(0.5)
    np.testing.assert_allclose(found, [[0, near, 0], [near, 1, 0]], atol=1e-6)


def test_it_equals_a_plain_loop_over_the_embedded_table() -> None:
    encoder = StaticEncoder(MODEL_FOLDER)
    rng = np.random.default_rng(3)
    question = rng.integers(1, 40_000, 12).tolist()
    passages = runs(*(rng.integers(1, 40_000, size).tolist() for size in (1, 7, 200, 64)))
    table = encoder.table.astype(np.float64)
    idf = np.load(MODEL_FOLDER / "idf.npy").astype(np.float64)
    norms = np.linalg.norm(table, axis=1)
    expected = []
    for passage in passages:
        best = [max(max(0, table[t] @ table[u] / norms[t] / norms[u]) for u in passage) for t in sorted(set(question))]
        weights = [norms[t] * idf[t] for t in sorted(set(question))]
        expected.append(np.dot(best, weights) / np.sum(weights))
    np.testing.assert_allclose(Late(encoder).interact(question, passages).maxsim, expected, atol=1e-5)


def test_what_is_kept_of_a_small_archives_tokens_is_what_is_worked_out() -> None:
    encoder = StaticEncoder(MODEL_FOLDER)
    rng = np.random.default_rng(5)
    vocabulary = np.sort(rng.choice(40_000, 500, replace=False)).astype(np.uint16)
    plain, kept = Late(encoder), Late(encoder, vocabulary)
    for stranger in ([], [int(np.setdiff1d(np.arange(600), vocabulary)[0])]):  # a token that the archive does not have
        passages = runs(*(rng.choice(vocabulary, size).tolist() for size in (90, 0, 40)), stranger)
        asked = [*rng.choice(40_000, 9).tolist(), int(vocabulary[3])]
        for _ in range(2):  # worked out, then kept
            one, other = plain.interact(asked, passages), kept.interact(asked, passages)
            np.testing.assert_allclose(one.best, other.best, atol=1e-6)
            np.testing.assert_allclose(one.against(passages[0]), other.against(passages[0]), atol=1e-6)


def test_a_small_archives_tokens_are_known_and_a_large_ones_are_not() -> None:
    ends = np.array([2, 5])
    assert TokenRuns([(np.array([7, 3, 7, 9, 3], dtype=np.uint16), ends)]).vocabulary().tolist() == [3, 7, 9]
    many = np.arange(SMALL + 1, dtype=np.uint16)
    assert TokenRuns([(many, np.array([len(many)]))]).vocabulary() is None


def test_passages_tokens_are_cut_out_of_the_arrays_of_all_files() -> None:
    first = (np.arange(6, dtype=np.uint16), np.array([2, 2, 6]))
    runs = TokenRuns([first, (np.array([7, 8], dtype=np.uint16), np.array([1, 2]))])
    assert [run.tolist() for run in runs.of([2, 0, 1, 4, 3])] == [[2, 3, 4, 5], [0, 1], [], [8], [7]]
    assert runs.sizes.tolist() == [2, 0, 4, 1, 1]


def test_sixty_passages_of_180_tokens_take_milliseconds() -> None:
    late = Late(StaticEncoder(MODEL_FOLDER))
    rng = np.random.default_rng(0)
    frequent = (40_000 * rng.random((60, 180)) ** 3).astype(np.uint16)  # few tokens are most of a text
    question, passages = rng.integers(0, 40_000, 15).tolist(), list(frequent)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        late.interact(question, passages)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.02  # 1.5 ms on an idle core with real passages, whose tokens repeat more


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"not an array"])
def test_damaged_idf_is_refused(folder: Path, damage: bytes) -> None:
    (folder / "idf.npy").write_bytes(damage)
    with pytest.raises(ModelError, match=r"idf\.npy"):
        Late(StaticEncoder(folder))


def test_idf_of_another_model_is_refused_and_none_is_one(folder: Path) -> None:
    np.save(folder / "idf.npy", np.ones(4, dtype=np.float16))
    with pytest.raises(ModelError, match="5 tokens"):
        Late(StaticEncoder(folder))
    (folder / "idf.npy").unlink()
    np.testing.assert_allclose(Late(StaticEncoder(folder)).interact([1, 2], []).weights, [3 / 7, 4 / 7], atol=1e-6)


def test_the_shipped_table_meets_every_token_with_finite_numbers_and_no_flag_of_the_processor() -> None:
    late, rng = Late(StaticEncoder(MODEL_FOLDER)), np.random.default_rng(0)
    every = np.arange(40_000, dtype=np.uint16)
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for asked in np.array_split(rng.permutation(every), 80):
            passages = np.split(rng.permutation(every)[:3000], np.sort(rng.integers(0, 3000, size=12)))
            found = late.interact(asked.tolist(), passages)
            for values in (found.weights, found.maxsim, found.exact, found.weakest):
                assert np.isfinite(values).all()
                assert (values >= 0).all()
                assert (values <= 1 + 1e-5).all()
