"""Measures by hand: three lines each, numbers that can be checked with a pencil."""

import pytest

from eval import measures


def test_strings_are_compared_without_width_space_and_punctuation() -> None:
    assert measures.exact_match("１０４８ 家。", ["1048家"]) == 1
    assert measures.exact_match("1048", ["1048家"]) == 0
    assert measures.holds("其中社会办医疗机构1048家，", ["1048 家"])
    assert measures.exact_match("12.5", ["125"]) == 0
    assert measures.exact_match("50%", ["50"]) == 0
    assert not measures.holds("建于2015年", ["5"])
    assert not measures.holds("增长12.5", ["12"])
    assert measures.holds("建于2015年", ["2015"])
    assert not measures.holds("一和二", ["一", "三"], every=True)


def test_character_f1_is_of_the_longest_common_piece() -> None:
    # 1048 in common: precision 4/4, recall 4/5
    assert measures.character_f1("1048", ["1048家"]) == pytest.approx(2 * 1 * 0.8 / 1.8)
    assert measures.character_f1("甲", ["乙"]) == 0


def test_ranks() -> None:
    ranks = [1, 3, None, 2]
    assert measures.recall_at(ranks, 1) == 0.25
    assert measures.recall_at(ranks, 2) == 0.5
    assert measures.mrr_at(ranks, 2) == pytest.approx((1 + 0 + 0 + 0.5) / 4)


def test_auroc_counts_pairs_and_ties_half() -> None:
    # pairs (right, wrong): .9>.5 and .9>.1 won, .5=.5 half, .5>.1 won
    assert measures.auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == pytest.approx(3.5 / 4)


def test_risk_grows_with_coverage() -> None:
    assert measures.risk_coverage([0.9, 0.8, 0.1], [True, False, True]) == [
        (pytest.approx(1 / 3), 0.0),
        (pytest.approx(2 / 3), 0.5),
        (1.0, pytest.approx(1 / 3)),
    ]
    assert measures.aurc([0.9, 0.8, 0.1], [True, False, True]) == pytest.approx((0 + 0.5 + 1 / 3) / 3)


def test_calibration_error_is_the_gap_between_said_and_seen() -> None:
    assert measures.calibration_error([0.95, 0.95], [True, False]) == pytest.approx(0.45)
    assert measures.calibration_error([0.0, 1.0], [False, True]) == 0


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 1.0] * 50
    low, high = measures.bootstrap_interval(values)
    assert low < 0.5 < high
    assert (low, high) == measures.bootstrap_interval(values)
    assert measures.bootstrap_interval([1.0] * 9) == (1.0, 1.0)
