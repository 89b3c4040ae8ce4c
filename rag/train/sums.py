"""Weights of sums, fitted: listwise, so that right rows win, and logistic, so that a sum is a probability."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from rag.fusion import Floats

DECAY = 1e-4  # L2 on the weights
STEPS = 150  # of LBFGS at most


def listwise(rows: Sequence[Floats], labels: Sequence[npt.NDArray[np.int32]], weights: Sequence[float]) -> Floats:
    """Return the weights of a sum that makes right rows win (listwise logistic: Cao et al., ICML 2007)."""
    lengths = torch.tensor([len(row) for row in rows])
    owner_of = torch.repeat_interleave(torch.arange(len(rows)), lengths)
    features, right = torch.from_numpy(np.concatenate(rows)).float(), torch.from_numpy(np.concatenate(labels) > 0)
    share = torch.tensor(weights, dtype=torch.float32)
    share = share / share.sum()
    found = torch.zeros(features.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([found], max_iter=STEPS, line_search_fn="strong_wolfe")

    def log_sum(values: torch.Tensor) -> torch.Tensor:
        highest = torch.full((len(rows),), -1e9).scatter_reduce(0, owner_of, values, "amax").detach()
        return highest + torch.zeros(len(rows)).scatter_add(0, owner_of, (values - highest[owner_of]).exp()).log()

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        values = features @ found
        missed = log_sum(values) - log_sum(values.masked_fill(~right, -1e9))
        value = (share * missed).sum() + DECAY * found.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return found.detach().numpy()


def logistic(rows: Floats, right: npt.NDArray[np.bool_], weights: Floats, offset: Floats | None = None) -> Floats:
    """Return the weights of a logistic regression."""
    features, wanted = torch.from_numpy(rows).float(), torch.from_numpy(right).float()
    added = torch.zeros(len(rows)) if offset is None else torch.from_numpy(offset).float()
    share = torch.from_numpy(weights).float()
    found = torch.zeros(features.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([found], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(features @ found + added, wanted, weight=share)
        value = value + DECAY * found.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return found.detach().numpy()
