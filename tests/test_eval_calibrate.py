"""Calibration: probabilities that are off by a stretch and a shift of their log odds are put right."""

import numpy as np

from eval.calibrate import fit, moved
from eval.confidence import calibration_error


def test_what_was_stretched_and_shifted_is_put_right() -> None:
    draw = np.random.default_rng(3)
    truth = draw.uniform(0.02, 0.98, 4000)
    right = (draw.random(4000) < truth).astype(float)
    told = moved(truth, 0.7, -0.9)
    slope, shift = fit(np.log(told / (1 - told)), right)
    again = moved(told, slope, shift)
    assert calibration_error(told, right) > 0.1
    assert calibration_error(again, right) < 0.03
    assert np.abs(again - truth).max() < 0.05


def test_what_is_right_already_stays_nearly_so() -> None:
    draw = np.random.default_rng(4)
    truth = draw.uniform(0.02, 0.98, 2000)
    right = (draw.random(2000) < truth).astype(float)
    slope, shift = fit(np.log(truth / (1 - truth)), right)
    assert abs(slope - 1) < 0.1
    assert abs(shift) < 0.15


def test_the_order_stays() -> None:
    p = np.linspace(0.01, 0.99, 50)
    assert (np.diff(moved(p, 1.2, 0.7)) > 0).all()
