"""Trains the seam model: which text goes on after which, from cuts through clean news. See `index.reading.seams`."""

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from index.reading.characters import BREAK, Codes
from index.reading.seams import FAR, NEAR

EMBEDDING, HIDDEN, VECTOR = 64, 256, 128
BATCH, CUTS = 768, 4  # pairs a step; cuts of one article among them
BREAK_SHARE = 0.12  # of cuts fall where a paragraph ends


class Tower(nn.Module):
    """One side: the NEAR characters at the cut by place, the FAR ones as a weighted bag."""

    def __init__(self, alphabet: int) -> None:
        super().__init__()
        self.near = nn.Embedding(alphabet, EMBEDDING)
        self.far = nn.Embedding(alphabet, EMBEDDING)
        self.weight = nn.Embedding(alphabet, 1)
        self.first = nn.Linear((NEAR + 1) * EMBEDDING, HIDDEN)
        self.second = nn.Linear(HIDDEN, VECTOR)
        nn.init.normal_(self.near.weight, std=0.3)
        nn.init.normal_(self.far.weight, std=0.3)
        nn.init.zeros_(self.weight.weight)

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """Return vectors for (n, FAR) codes, the one at the cut first, 0 where there is none."""
        near = self.near(codes[:, :NEAR]).flatten(1)
        weight = torch.exp(self.weight(codes)).squeeze(-1) * (codes > 0)
        bag = nn.functional.embedding_bag(codes, self.far.weight, mode="sum", per_sample_weights=weight)
        bag = bag / weight.sum(1, keepdim=True).clamp(min=1e-3)
        hidden = torch.relu(self.first(torch.cat([near, bag], 1)))
        return self.second(hidden)  # type: ignore[no-any-return]


def sample(codes: Codes, starts: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[Codes, Codes]:
    """Return the two sides of BATCH random cuts, (BATCH, FAR) codes each, the character at the cut first."""
    articles = rng.integers(0, len(starts) - 1, BATCH // CUTS)
    low, high = np.repeat(starts[articles], CUTS) + 2, np.repeat(starts[articles + 1], CUTS) - 3
    cuts = low + (rng.random(BATCH) * np.maximum(high - low, 1)).astype(np.int64)
    breaks = rng.random(BATCH) < BREAK_SHARE
    window = np.arange(60)
    for k in np.flatnonzero(breaks):
        found = np.flatnonzero(codes[cuts[k] + window % (len(codes) - cuts[k])] == BREAK)
        if len(found) and cuts[k] + found[0] < high[k]:
            cuts[k] += found[0]
    steps = np.arange(FAR)
    reach_left = rng.integers(8, FAR + 1, BATCH)[:, None]
    reach_right = rng.integers(8, FAR + 1, BATCH)[:, None]
    left, right = cuts[:, None] - 1 - steps, cuts[:, None] + steps
    inside_left = (left >= low[:, None] - 2) & (steps < reach_left)
    inside_right = (right <= high[:, None] + 2) & (steps < reach_right)
    tails = np.where(inside_left, codes[np.maximum(left, 0)], 0)
    heads = np.where(inside_right, codes[np.minimum(right, len(codes) - 1)], 0)
    first = heads[:, 0] == BREAK  # a paragraph break belongs to neither side
    heads[first] = np.column_stack([heads[first, 1:], np.zeros((first.sum(), 1), dtype=heads.dtype)])
    return tails, heads


def train_seams(
    codes: Codes, starts: npt.NDArray[np.int64], alphabet: int, steps: int, report: Callable[[str], None]
) -> dict[str, npt.NDArray[np.float16]]:
    """Return the weights of both towers, trained so that the true pair stands out among BATCH (InfoNCE).

    `codes`: all articles, one after the other; `starts`: where each begins, and the end. Source: van den Oord 2018.
    """
    torch.manual_seed(7)
    rng = np.random.default_rng(7)
    tail, head = Tower(alphabet), Tower(alphabet)
    parameters = [*tail.parameters(), *head.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1.5e-3, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps, pct_start=0.05)
    target = torch.arange(BATCH)
    began, losses, right = time.time(), [], []
    for step in range(1, steps + 1):
        tails, heads = sample(codes, starts, rng)
        scores = tail(torch.from_numpy(tails)) @ head(torch.from_numpy(heads)).T / VECTOR**0.5
        loss = nn.functional.cross_entropy(scores, target) + nn.functional.cross_entropy(scores.T, target)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item() / 2)
        right.append(float((scores.argmax(1) == target).float().mean()))
        if step % 500 == 0:
            speed = step / (time.time() - began)
            shares = f"loss {np.mean(losses[-500:]):.3f} right {np.mean(right[-500:]):.3f}"
            report(f"seams {step}/{steps} {shares} {speed:.1f}/s")
    return {
        f"{side}_{name.replace('.', '_')}": value.detach().numpy().astype(np.float16)
        for side, tower in (("tail", tail), ("head", head))
        for name, value in tower.state_dict().items()
    }
