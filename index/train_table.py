"""How the embedded model's table is learned: losses, optimiser, loop.

In-batch contrast, first on mean vectors (InfoNCE, Henderson et al. 2017, arXiv:1705.00652), then jointly on mean
vectors and late interaction (MaxSim, Khattab & Zaharia, SIGIR 2020), since retrieval uses both. Small initial rows let
the rows' norms become the tokens' weights.
"""

import logging
import time
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from index.encoder import Floats

log = logging.getLogger("index.train")


@dataclass(frozen=True)
class Recipe:
    """What decides the weights, besides the data. `std`: of the initial rows; `scale`: inverse temperature."""

    size: int = 40_000
    dim: int = 256
    steps: int = 4500
    late_steps: int = 1000
    batch: int = 1536
    late_batch: int = 160
    std: float = 0.02
    rate: float = 0.015
    late_rate: float = 0.004
    scale: float = 25.0
    late_scale: float = 25.0
    late_share: float = 0.6
    seed: int = 1
    query_tokens: int = 64
    passage_tokens: int = 200
    count_characters: int = 16_000_000


@dataclass(frozen=True)
class Ids:
    """Texts as token ids, one after the other: text i is `ids[starts[i]:starts[i + 1]]`."""

    ids: Tensor
    starts: Tensor

    def take(self, rows: Tensor, limit: int) -> tuple[Tensor, Tensor]:
        """Return the flat ids of these texts, each cut at `limit`, and where each begins."""
        begins, lengths = self.starts[rows], (self.starts[rows + 1] - self.starts[rows]).clamp(max=limit)
        offsets = torch.cumsum(lengths, 0) - lengths
        places = torch.arange(int(lengths.sum())) + torch.repeat_interleave(begins - offsets, lengths)
        return self.ids[places].long(), offsets


@dataclass(frozen=True)
class Pairs:
    """The pairs of one source; `groups[i]` is equal for equal passages, which are no rivals of each other."""

    name: str
    share: float
    left: Ids
    right: Ids
    groups: Tensor


class RowAdam:
    """Adam (Kingma & Ba 2015) that touches only the rows of a batch: the cost follows the batch, not the table."""

    def __init__(self, table: Tensor, betas: tuple[float, float] = (0.9, 0.98)) -> None:
        self.table, self.betas, self.count = table, betas, 0
        self.mean, self.square = torch.zeros_like(table), torch.zeros_like(table)

    def step(self, rows: Tensor, gradient: Tensor, rate: float) -> None:
        """Move these rows (unique) against their gradient."""
        self.count += 1
        first, second = self.betas
        mean = self.mean[rows].mul_(first).add_(gradient, alpha=1 - first)
        square = self.square[rows].mul_(second).addcmul_(gradient, gradient, value=1 - second)
        self.mean[rows], self.square[rows] = mean, square
        step = rate / (1 - first**self.count)
        self.table[rows] -= step * mean / ((square / (1 - second**self.count)).sqrt_().add_(1e-8))


def encode_ids(tokenizer: Tokenizer, texts: list[str]) -> Ids:
    """Return the token ids of texts; an empty text becomes one unknown token."""
    flat, starts = [], [0]
    for begin in range(0, len(texts), 20_000):
        for encoding in tokenizer.encode_batch_fast(texts[begin : begin + 20_000], add_special_tokens=False):
            ids = encoding.ids[:400] or [0]
            flat.append(np.array(ids, dtype=np.int32))
            starts.append(starts[-1] + len(ids))
    return Ids(torch.from_numpy(np.concatenate(flat)), torch.tensor(starts))


def token_idf(pairs: list[Pairs], size: int) -> Floats:
    """Return log(N / (1 + texts with the token)) over the passages of all sources, (size,) float32, at least 0.1."""
    counts, total = np.zeros(size), 0
    for source in pairs:
        ids, starts = source.right.ids.numpy().astype(np.int64), source.right.starts.numpy()
        rows = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        counts += np.bincount(np.unique(rows * size + ids) % size, minlength=size)
        total += len(starts) - 1
    return np.maximum(np.log(total / (1 + counts)), 0.1).astype(np.float32)


def contrast(scores: Tensor, groups: Tensor) -> Tensor:
    """Return the symmetric InfoNCE loss of a square score matrix; equal passages are not each other's rivals."""
    same = (groups[:, None] == groups[None, :]) & ~torch.eye(len(groups), dtype=torch.bool)
    scores = scores.masked_fill(same, -1e4)
    target = torch.arange(len(groups))
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def mean_vectors(table: Tensor, ids: Tensor, offsets: Tensor) -> Tensor:
    """Return unit mean vectors of the texts, (n, dim)."""
    return F.normalize(F.embedding_bag(ids, table, offsets, mode="mean"), dim=1, eps=1e-6)


def late_scores(table: Tensor, idf: Tensor, left: tuple[Tensor, Tensor], right: tuple[Tensor, Tensor]) -> Tensor:
    """Return MaxSim of every left text with every right one, (n, m) in [0, 1]: sum w_t max_u cos(t, u) / sum w_t."""
    norms = table.norm(dim=1).clamp(min=1e-6)
    unit = table / norms[:, None]
    (q, q_offsets), (p, p_offsets) = left, right
    q_unique, q_place = torch.unique(q, return_inverse=True)
    p_unique, p_place = torch.unique(p, return_inverse=True)
    cosines = unit[q_unique] @ unit[p_unique].T
    with torch.no_grad():  # which token of each passage is closest; the gradient flows through it alone
        columns = _padded(p_place, p_offsets)  # (m, longest)
        near = cosines[:, columns.flatten()].view(len(q_unique), *columns.shape).argmax(2)
        closest = columns.gather(1, near.T).T  # (distinct query tokens, m)
    best = cosines.gather(1, closest).clamp(min=0)
    weights = (norms * idf)[q]
    rows = torch.repeat_interleave(torch.arange(len(q_offsets)), torch.diff(q_offsets, append=torch.tensor([len(q)])))
    total = torch.zeros(len(q_offsets)).index_add(0, rows, weights).clamp(min=1e-6)
    sums = torch.zeros(len(q_offsets), len(p_offsets)).index_add(0, rows, best[q_place] * weights[:, None])
    return sums / total[:, None]


def _padded(flat: Tensor, offsets: Tensor) -> Tensor:
    """Return runs of a flat tensor as rows, (runs, longest); shorter ones repeat their first value."""
    lengths = torch.diff(offsets, append=torch.tensor([len(flat)]))
    places = torch.arange(int(lengths.max())).expand(len(offsets), -1)
    return flat[offsets[:, None] + torch.where(places < lengths[:, None], places, 0)]


def train_table(pairs: list[Pairs], recipe: Recipe) -> tuple[Floats, list[float]]:
    """Return the trained table, (size, dim) float32, and the loss every hundred steps."""
    generator = torch.Generator().manual_seed(recipe.seed)
    table = torch.randn(recipe.size, recipe.dim, generator=generator) * recipe.std
    idf = torch.from_numpy(token_idf(pairs, recipe.size))
    shares = torch.tensor([source.share for source in pairs])
    total, since = recipe.steps + recipe.late_steps, time.perf_counter()
    losses: list[float] = []
    adam = RowAdam(table)
    for step in range(total):
        late = step >= recipe.steps
        source = pairs[int(torch.multinomial(shares, 1, generator=generator))]
        size = min(recipe.late_batch if late else recipe.batch, len(source.groups))
        rows = torch.randint(len(source.groups), (size,), generator=generator)
        left = source.left.take(rows, recipe.query_tokens if not late else 32)
        right = source.right.take(rows, recipe.passage_tokens)
        used, places = torch.unique(torch.cat([left[0], right[0]]), return_inverse=True)
        part = table[used].requires_grad_()
        a, b = (places[: len(left[0])], left[1]), (places[len(left[0]) :], right[1])
        scores = mean_vectors(part, *a) @ mean_vectors(part, *b).T * recipe.scale
        loss = contrast(scores, source.groups[rows])
        if late:
            close = contrast(late_scores(part, idf[used], a, b) * recipe.late_scale, source.groups[rows])
            loss = (1 - recipe.late_share) * loss + recipe.late_share * close
        loss.backward()  # type: ignore[no-untyped-call]
        assert part.grad is not None
        adam.step(used, part.grad, learning_rate(step, recipe))
        losses.append(float(loss.detach()))
        if step % 100 == 99:
            log.info(
                "step %d of %d, loss %.3f, %.0f s", step + 1, total, np.mean(losses[-100:]), time.perf_counter() - since
            )
    table[0] *= 0.01 / max(
        float(table[0].norm()), 1e-6
    )  # unknown characters say next to nothing; zero would be NaN alone
    return table.numpy(), [round(float(np.mean(losses[i : i + 100])), 4) for i in range(0, total, 100)]


def learning_rate(step: int, recipe: Recipe) -> float:
    """Return the rate at a step: 20 steps of warm-up, then linear to a tenth; the late phase decays to zero."""
    if step < recipe.steps:
        return recipe.rate * min(1.0, (step + 1) / 20) * (1 - 0.9 * step / recipe.steps)
    return recipe.late_rate * (1 - (step - recipe.steps) / max(1, recipe.late_steps))
