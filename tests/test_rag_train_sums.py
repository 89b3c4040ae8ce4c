"""Sums are fitted to what is right: on data made from known weights they are found again."""

import numpy as np

from rag.train.sums import listwise, logistic


def test_listwise_weights_make_the_right_row_win() -> None:
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(6, 3)).astype(np.float32) for _ in range(400)]
    truth = np.array([2.0, -1.0, 0.0], dtype=np.float32)
    labels = [(np.arange(6) == np.argmax(row @ truth)).astype(np.int32) for row in rows]
    found = listwise(rows, labels, [1.0] * len(rows))
    assert np.mean([label[np.argmax(row @ found)] for row, label in zip(rows, labels, strict=True)]) > 0.98
    np.testing.assert_allclose(found / found[0], truth / truth[0], atol=0.05)


def test_a_question_of_no_weight_teaches_nothing() -> None:
    rows = [np.eye(2, dtype=np.float32)] * 2
    labels = [np.array([1, 0], np.int32), np.array([0, 1], np.int32)]
    found = listwise(rows, labels, [1.0, 0.0])
    assert found[0] > found[1]


def test_logistic_weights_are_those_that_made_the_data() -> None:
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.normal(size=20_000), np.ones(20_000)]).astype(np.float32)
    right = rng.random(20_000) < 1 / (1 + np.exp(-(1.5 * rows[:, 0] - 0.5)))
    np.testing.assert_allclose(logistic(rows, right, np.ones(20_000, np.float32)), [1.5, -0.5], atol=0.08)
    offset = np.full(20_000, -0.5, np.float32)
    np.testing.assert_allclose(logistic(rows[:, :1], right, np.ones(20_000, np.float32), offset), [1.5], atol=0.08)
