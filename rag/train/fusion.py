"""Fit the weights of `rag.fusion`: `python -m rag.train.fusion --data DIR [--out FILE]`.

Questions of sets that the encoder was not trained on are asked of small archives (their own passages) and of one large
one (all passages, and news beside them); the weights make the passages of the right document win (listwise logistic:
Cao et al., ICML 2007), and are then scaled so that the score is a probability.
"""

import argparse
import json
import lzma
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch

from index.build import build_index
from index.encoder import load_encoder
from index.train_pairs import NEWS_HELD_OUT, fold_number, held_out
from rag.fusion import FEATURES, WEIGHTS, Floats
from rag.question import parse_question
from rag.retrieve import Retriever

ENGLISH = Path(__file__).parent / "english.jsonl"
TUNED = {"drcd_dev": 2, "cmrc2018_trial": 2, "squad2_zh": 5, "houjin_security": 5}  # set → which share of its passages
QUESTIONS = 700  # of each set at most
DECAY = 1e-4  # L2 on the weights


@dataclass
class Set:
    """A set's documents by name, and its questions with the name of the document that answers."""

    name: str
    documents: dict[str, str] = field(default_factory=dict)
    questions: list[tuple[str, str]] = field(default_factory=list)

    def add(self, question: str, text: str) -> None:
        """Add a question that a text answers."""
        name = sha256(text.encode()).hexdigest()[:16] + ".txt"
        self.documents[name] = text
        if question.strip():
            self.questions.append((question, name))


def rows(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a set of the data folder."""
    with lzma.open(next(iter(data.glob(f"*/{name}.jsonl.xz"))), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def question_sets(data: Path, exclude: frozenset[str] = frozenset()) -> list[Set]:
    """Return the tuning halves: passages whose hash falls into fold 0, which the encoder never saw."""
    found = []
    english: dict[str, list[str]] = {}
    for line in ENGLISH.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        english.setdefault(row["context_sha256"], []).append(row["question"])
    asked_in_english = Set("english")
    for name, folds in TUNED.items():
        if name in exclude:
            continue
        one = Set(name)
        for row in rows(data, name):
            context = row["context"]
            tuned = fold_number(context, 2) == 0 if name == "drcd_dev" else held_out(name, context)
            if tuned and not row.get("is_impossible") and folds:
                one.add(row["question"], context)
        found.append(one)
        asked_in_english.documents.update(one.documents)
        for text in set(one.documents.values()):
            for question in english.get(sha256(text.encode()).hexdigest(), []):
                asked_in_english.add(question, text)
    return [*found, asked_in_english, *([] if "press_notes" in exclude else parallel_sets(data))]


def parallel_sets(data: Path) -> list[Set]:
    """Return press notes, the sentence of one language asked of those of the other; both ways."""
    to_chinese, to_english = Set("press to Chinese"), Set("press to English")
    for row in rows(data, "press_notes"):
        if fold_number(row["en"], 20) == 0:
            to_chinese.add(row["en"][:400], row["zh"])
            to_english.add(row["zh"][:400], row["en"])
    return [to_chinese, to_english]


def news(data: Path, count: int) -> dict[str, str]:
    """Return so many news documents that the encoder was not trained on."""
    found: dict[str, str] = {}
    for row in rows(data, "news_crud"):
        if fold_number(row["text"], NEWS_HELD_OUT) == 0:
            found[f"news-{len(found):05}.txt"] = row["text"]
            if len(found) == count:
                break
    return found


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
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for name, text in documents.items():
            (corpus / name).write_text(text, encoding="utf-8")
        snapshot = build_index(corpus, Path(folder) / "index", load_encoder())
        retriever = Retriever(snapshot)
        owners = np.array([owner(snapshot.archive.passage(n)[0].article_id) for n in range(snapshot.lexical.size)])
        for one in sets:
            for question, document in one.questions[:QUESTIONS]:
                groups = retriever.candidates(parse_question(question[:512]))
                rows = np.concatenate([spread(one.fused, one.across) for one in groups])
                numbers = np.concatenate([one.candidates.numbers for one in groups])
                right = owners[numbers] == document.removesuffix(".txt")
                if right.any():
                    weight = 1 / len(one.questions[:QUESTIONS])
                    found.append(Asked(torch.from_numpy(rows), torch.from_numpy(right), weight))
    return found


def spread(features: Floats, across: bool) -> Floats:
    """Return feature rows (n, m) as rows (n, 2 m + 1): see `Asked`."""
    none, one = np.zeros_like(features), np.full((len(features), 1), float(across), dtype=np.float32)
    return np.concatenate([none, features, one] if across else [features, none, one], axis=1)


def owner(article_id: str) -> str:
    """Return the document's name of an article id, without its ending."""
    return article_id.rsplit(".", 1)[0]


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
