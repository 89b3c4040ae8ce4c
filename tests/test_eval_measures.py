"""Measures by hand: three lines each, numbers that can be checked with a pencil."""

import math

import numpy as np
import pytest

from eval import confidence, intervals, ranking, strings


def test_strings_are_compared_without_width_space_and_punctuation() -> None:
    assert strings.holds("其中社会办医疗机构1048家，", ["１０４８ 家。"])
    assert not strings.holds("建于2015年", ["5"])
    assert not strings.holds("增长12.5", ["12"])
    assert not strings.holds("增长12.5", ["125"])
    assert not strings.holds("占50%", ["占5"])
    assert strings.holds("建于2015年", ["2015"])
    assert strings.holds("一和二", ["一", "三"])
    assert not strings.holds("一和二", ["一", "三"], every=True)


def test_exact_match_and_f1_are_cmrcs() -> None:
    assert strings.cmrc_exact("《报》，", ["报"]) == 1
    assert strings.cmrc_exact("1048", ["1048家"]) == 0
    # Latin words and numbers are one token: 1048 in common, precision 1/1, recall 1/2
    assert strings.cmrc_f1("1048", ["1048家"]) == pytest.approx(2 / 3)
    # 北京 in common: precision 2/2, recall 2/3; the better of two gold answers counts
    assert strings.cmrc_f1("北京", ["甲", "北京市"]) == pytest.approx(0.8)
    assert strings.cmrc_f1("甲", ["乙"]) == 0


def test_rankings_are_measured_as_the_library_does() -> None:
    rankings = {"first": ["a", "b"], "third": ["x", "y", "a"], "nothing": [], "unknown": ["a"]}
    found = ranking.ranking_values(rankings, {"first": ["a"], "third": ["a"], "nothing": ["a"], "unknown": []})
    assert found["R@1"] == {"first": 1, "third": 0, "nothing": 0, "unknown": 0}
    assert found["R@5"] == {"first": 1, "third": 1, "nothing": 0, "unknown": 0}
    assert found["MRR@10"] == {"first": 1, "third": pytest.approx(1 / 3), "nothing": 0, "unknown": 0}
    # one right article at the third place: 1 / log2(3 + 1)
    assert found["nDCG@10"]["third"] == pytest.approx(1 / math.log2(4))


def test_of_two_right_articles_the_second_counts_too() -> None:
    found = ranking.ranking_values({"q": ["a", "x", "b"]}, {"q": ["a", "b"]})
    assert found["nDCG@10"]["q"] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert found["R@1"]["q"] == 1


def test_auroc_counts_pairs_and_ties_half() -> None:
    # pairs (right, wrong): .9>.5 and .9>.1 won, .5=.5 half, .5>.1 won
    assert confidence.auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == pytest.approx(3.5 / 4)


def test_risk_grows_with_coverage() -> None:
    assert confidence.risk_coverage([0.9, 0.8, 0.1], [True, False, True]) == [
        (pytest.approx(1 / 3), 0.0),
        (pytest.approx(2 / 3), 0.5),
        (1.0, pytest.approx(1 / 3)),
    ]
    assert confidence.aurc([0.9, 0.8, 0.1], [True, False, True]) == pytest.approx((0 + 0.5 + 1 / 3) / 3)


def test_calibration_error_is_the_gap_between_said_and_seen() -> None:
    assert confidence.calibration_error([0.95, 0.95], [True, False]) == pytest.approx(0.45)
    assert confidence.calibration_error([0.0, 1.0], [False, True]) == 0


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    values = [0.0, 1.0] * 50
    low, high = intervals.bootstrap_interval(values)
    assert low < 0.5 < high
    assert (low, high) == intervals.bootstrap_interval(values)
    assert intervals.bootstrap_interval([1.0] * 9) == (1.0, 1.0)


def test_the_score_interval_of_a_share_by_hand() -> None:
    # all of 4: 1 / (1 + 1.96² / 4) = .510
    assert intervals.wilson_interval(4, 4) == (pytest.approx(0.510, abs=5e-4), 1.0)
    low, high = intervals.wilson_interval(5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=5e-4), pytest.approx(0.7634, abs=5e-4))


def test_paired_intervals_are_narrower_than_those_of_two_runs() -> None:
    before = np.array([[0.0], [1.0]] * 40)
    now = np.maximum(before, np.array([[1.0]] * 8 + [[0.0]] * 72))  # 4 questions of 80 better, none worse
    low, high = intervals.statistic_interval(lambda rows: rows.mean(axis=0), now, before)
    assert 0 <= low[0] <= 0.05 <= high[0]
    alone = intervals.statistic_interval(lambda rows: rows.mean(axis=0), now)
    assert high[0] - low[0] < alone[1][0] - alone[0][0]


def test_a_measure_that_no_draw_has_is_nan() -> None:
    low, high = intervals.statistic_interval(lambda rows: rows.mean(axis=0), np.full((3, 1), np.nan))
    assert np.isnan(low[0])
    assert np.isnan(high[0])
