"""Fit the weights of `rag.fusion`: `python -m rag.train.fusion --data DIR [--out FILE]`.

Questions of sets that the encoder was not trained on are asked of small archives (their own passages) and of one large
one (all passages, and news beside them); the weights make the passages of the right document win (listwise logistic:
Cao et al., ICML 2007), and are then scaled so that the score is a probability.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rag.fusion import FEATURES, WEIGHTS, Floats
from rag.question import parse_question
from rag.retrieve import Retriever
from rag.train.sets import Set, news, opened, question_sets

QUESTIONS = 700  # of each set at most
DECAY = 1e-4  # L2 on the weights


@dataclass(frozen=True)
class Asked:
    """A question's candidates: a row for each, which of them are of the right document, and the question's weight.

    A row holds the features twice, with a 1: (features, 0, 0) for a passage in the question's language, and
    (0, features, 1) for one in another, so that one vector of weights ranks both together.
    """

    features: torch.Tensor
    right: torch.Tensor
    weight: float


def ask(sets: list[Set], documents: dict[str, str]) -> list[Asked]:
    """Ask the questions of an archive of these documents; return those whose right document is a candidate."""
    found = []
    with opened(documents) as archive:
        retriever, owners = Retriever(archive.snapshot), np.array(archive.owners)
        for one in sets:
            for question, document in one.questions[:QUESTIONS]:
                groups = retriever.candidates(parse_question(question[:512]))
                rows = np.concatenate([spread(one.fused, one.across) for one in groups])
                numbers = np.concatenate([one.candidates.numbers for one in groups])
                right = owners[numbers] == document
                if right.any():
                    weight = 1 / len(one.questions[:QUESTIONS])
                    found.append(Asked(torch.from_numpy(rows), torch.from_numpy(right), weight))
    return found


def spread(features: Floats, across: bool) -> Floats:
    """Return feature rows (n, m) as rows (n, 2 m + 1): see `Asked`."""
    none, one = np.zeros_like(features), np.full((len(features), 1), float(across), dtype=np.float32)
    return np.concatenate([none, features, one] if across else [features, none, one], axis=1)


def fit(asked: list[Asked]) -> dict[str, dict[str, Any]]:
    """Return weights and bias, within and across languages."""
    size = len(FEATURES)
    weights = torch.zeros(2 * size + 1, requires_grad=True)
    total = sum(one.weight for one in asked)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = DECAY * weights.square().sum()
        for one in asked:
            logits = one.features @ weights
            value = value + one.weight / total * (logits.logsumexp(0) - logits[one.right].logsumexp(0))
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    scale, bias = calibrate(asked, weights.detach())
    scaled = [round(weight * scale, 4) for weight in weights.detach().tolist()]
    return {
        "own": {"weights": dict(zip(FEATURES, scaled[:size], strict=True)), "bias": round(bias, 4)},
        "across": {"weights": dict(zip(FEATURES, scaled[size:-1], strict=True)), "bias": round(bias + scaled[-1], 4)},
    }


def calibrate(asked: list[Asked], weights: torch.Tensor) -> tuple[float, float]:
    """Return scale and bias that make the best candidate's score the probability that it is right (Platt 1999)."""
    logits = torch.stack([(one.features @ weights).max() for one in asked])
    right = torch.stack([one.right[(one.features @ weights).argmax()] for one in asked]).float()
    weight = torch.tensor([one.weight for one in asked])
    parameters = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([parameters], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(
            parameters[0] * logits + parameters[1], right, weight=weight / weight.mean()
        )
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    scale, bias = parameters.detach().tolist()
    return max(0.05, scale), bias


def main(arguments: list[str] | None = None) -> None:
    """Fit from the command line."""
    parser = argparse.ArgumentParser(prog="python -m rag.train.fusion", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--news", type=int, default=6000, metavar="DOCUMENTS")
    parser.add_argument("--exclude", nargs="*", default=[], metavar="NAME", help="sets to leave out")
    options = parser.parse_args(arguments)
    sets = question_sets(options.data, frozenset(options.exclude))
    pools = [ask([one], one.documents) for one in sets]
    every = {name: text for one in sets for name, text in one.documents.items()}
    pools.append(ask(sets, {**every, **news(options.data, options.news)}))
    sides = fit([asked for pool in pools for asked in pool])
    result = {"made_by": "python -m rag.train.fusion", "sets": [one.name for one in sets], **sides}
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
