"""Why an answer is what it is: what was understood and found, which features decided, the veto, the confidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from rag.aliases import read_as
from rag.alignment import Words
from rag.analysis import article_key
from rag.answer import Span
from rag.confidence import NAMES as CONFIDENCE_NAMES
from rag.confidence import ConfidenceModel, Verdict, confidence_row
from rag.features import NAMES
from rag.question import Question
from rag.read import Candidate, Reader

SHOWN = 5  # sentences, and features of each
DIGITS = 4


@dataclass(frozen=True)
class Read:
    """What was read for a question: the sentences, best first; of the best the short answer and what became of the
    question's words in it (`rag.alignment.align`); and what is thought of it."""

    ranked: Sequence[Candidate]
    short: Span | None
    words: Words
    verdict: Verdict


def explain(question: Question, read: Read, reader: Reader, confidence: ConfidenceModel) -> dict[str, Any]:
    """Return the explanation of one question's answer as plain values.

    What a feature did is how far the score falls when the feature is given its value in the next best sentence (for
    the confidence: its middle value over the sentences that were ranked): one at a time, so they need not add up.
    """
    ranked, verdict, span = read.ranked, read.verdict, read.short.score if read.short else 0.0
    body: dict[str, Any] = {
        "question": {
            "text": question.text,
            "whole": question.whole,
            "language": question.language,
            "kind": question.kind,
            "content": list(question.content),
            "names": list(question.names),
            "numbers": list(question.numbers),
            "units": list(question.units),
            "focus": question.focus,
        },
        "sentences": [_sentence(candidate) for candidate in ranked[:SHOWN]],
        "missing": list(verdict.missing),
        "read_as": _read_as(question, ranked),
        "ruled_out": verdict.reason == "entity_missing" and verdict.probability <= 0.05,
        "span": round(span, DIGITS),
        "probability": round(verdict.probability, DIGITS),
        "threshold": confidence.threshold,
        "reason": verdict.reason,
        "decided": [],
        "confidence": [],
    }
    if len(ranked) > 1:
        best, second = ranked[0], ranked[1]
        body["decided"] = _falls(reader.score, NAMES, best.row, second.row)
        row = confidence_row(question, ranked, verdict.missing, span)
        others = np.median(
            [confidence_row(question, ranked[k:], verdict.missing, 0.0) for k in range(min(len(ranked) - 1, 8))], axis=0
        )
        output = partial(confidence.outputs, words=read.words, kind=question.kind)
        body["confidence"] = _falls(output, CONFIDENCE_NAMES, row, others)
    return body


def _read_as(question: Question, ranked: Sequence[Candidate]) -> dict[str, str]:
    """Return the names of the question that the best article has otherwise, each with what stands there."""
    key = article_key(ranked[0].hit.article) if ranked else ""
    found = {name: read_as(name, key) for name in question.names}
    return {name: other for name, other in found.items() if other}


def _sentence(candidate: Candidate) -> dict[str, Any]:
    hit, sentence = candidate.hit, candidate.sentence
    return {
        "text": hit.article.text[sentence.start : sentence.end],
        "title": hit.article.title,
        "document_id": hit.article.document_id,
        "score": round(candidate.score, DIGITS),
        "passage_score": round(hit.score, DIGITS),
        "lexical_rank": hit.lexical_rank,
        "dense_rank": hit.dense_rank,
    }


def _falls(score: Any, names: Sequence[str], row: Any, other: Any) -> list[dict[str, Any]]:
    """Return the features whose change moves the score most, each with its value, the other value, and the fall."""
    rows = np.repeat(np.asarray(row, dtype=np.float32)[None, :], len(names) + 1, axis=0)
    rows[np.arange(len(names)), np.arange(len(names))] = other
    scores = score(rows)
    falls = scores[-1] - scores[:-1]
    order = np.argsort(-np.abs(falls), kind="stable")[:SHOWN]
    return [
        {
            "feature": names[k],
            "value": round(float(row[k]), DIGITS),
            "instead": round(float(other[k]), DIGITS),
            "fall": round(float(falls[k]), DIGITS),
        }
        for k in order.tolist()
        if falls[k]
    ]
