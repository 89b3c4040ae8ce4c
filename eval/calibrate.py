"""`python -m eval calibrate`: make the confidence mean what it says, on the handwritten questions that tune (dev).

The confidence was fitted on news questions, of which many are near misses: for an archive that mostly answers it is too
low. Its log odds are stretched and shifted so that they fit dev (Platt 1999), the threshold with them, so that what is
answered and refused stays as it was. Prints the calibration error before and after, the latter also with each
question left out of what it is measured on.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.ask import ask_all, case_of
from eval.confidence import calibration_error
from eval.questions import read_questions
from eval.run import QUESTIONS
from index.build import build_index
from index.encoder import load_encoder
from rag.answerer import Answerer
from rag.confidence import RULED_OUT, ConfidenceModel
from rag.read import WEIGHTS

FOLDS = 10
LEAST = 0.001  # a probability, whose log odds are finite
STEPS = 50  # of Newton's method
PRIOR = 2.0  # strength of the belief that nothing has to be changed

Doubles = npt.NDArray[np.float64]


def fit(odds: Doubles, right: Doubles) -> tuple[float, float]:
    """Return slope and shift of the log odds under which outcomes are likeliest."""
    slope, shift = 1.0, 0.0
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(slope * odds + shift)))
        error, weight = p - right, p * (1 - p)
        gradient = np.array([error @ odds + PRIOR * (slope - 1), error.sum() + PRIOR * shift])
        curve = np.array([[weight @ (odds * odds) + PRIOR, weight @ odds], [weight @ odds, weight.sum() + PRIOR]])
        change = np.linalg.solve(curve, gradient)
        slope, shift = slope - float(change[0]), shift - float(change[1])
    return slope, shift


def moved(p: Doubles, slope: float, shift: float) -> Doubles:
    """Return probabilities with their log odds stretched and shifted."""
    kept = np.clip(p, LEAST, 1 - LEAST)
    odds = slope * np.log(kept / (1 - kept)) + shift
    result: Doubles = 1 / (1 + np.exp(-odds))
    return result


def main(argv: Sequence[str]) -> int:
    """Fit on dev, print what it does, and write `confidence.json`."""
    parser = argparse.ArgumentParser(prog="python -m eval calibrate", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("seeds"))
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder to write to")
    arguments = parser.parse_args(argv)
    cases = [case_of(question) for question in read_questions(QUESTIONS) if question.split == "dev"]
    with tempfile.TemporaryDirectory() as folder:
        model = replace(ConfidenceModel.load(), threshold=0.0)  # nothing is refused for being unlikely
        answerer = Answerer(build_index(arguments.corpus, Path(folder), load_encoder()), confidence=model)
        outcomes = ask_all(answerer, cases, arguments.corpus)
    judged = [o for o in outcomes if o.answered and o.confidence > RULED_OUT]
    p = np.clip([o.confidence for o in judged], LEAST, 1 - LEAST)
    right = np.array([float(o.right) for o in judged])
    odds = np.log(p / (1 - p))
    unseen = np.zeros(len(p))
    for fold in range(FOLDS):
        inside = np.arange(len(p)) % FOLDS == fold
        unseen[inside] = moved(p[inside], *fit(odds[~inside], right[~inside]))
    slope, shift = fit(odds, right)
    path = arguments.out / "confidence.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    knots = np.array(body["knots"])
    knots[:, 1] = moved(knots[:, 1], slope, shift)
    body["knots"] = [[x, round(y, 4)] for x, y in knots.tolist()]
    body["threshold"] = round(float(moved(np.array([body["threshold"]]), slope, shift)[0]), 3)
    path.write_text(json.dumps(body) + "\n", encoding="utf-8")
    errors = [calibration_error(values, right) for values in (p, unseen, moved(p, slope, shift))]
    told = "calibration error on dev {:.3f}; after, unseen {:.3f}; after {:.3f}".format(*errors)
    sys.stdout.write(f"slope {slope:.3f}, shift {shift:.3f}; {told}; threshold {body['threshold']}\n")
    return 0
