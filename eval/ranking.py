"""Retrieval, measured by ir-measures: R@1, R@5, RR@10, nDCG@10 of each question."""

from collections.abc import Collection, Mapping, Sequence

import ir_measures
from ir_measures import RR, Qrel, ScoredDoc, Success, nDCG

MEASURES = {"R@1": Success @ 1, "R@5": Success @ 5, "MRR@10": RR @ 10, "nDCG@10": nDCG @ 10}
NOWHERE = ""  # stands for the right article of a question that no article answers, and for what nothing found

Values = dict[str, dict[str, float]]
"""Measure → question id → value in [0, 1]."""


def ranking_values(rankings: Mapping[str, Sequence[str]], relevant: Mapping[str, Collection[str]]) -> Values:
    """Return the measures of rankings, each a question's articles (or documents), best first, every one once.

    R@k is 1 where one that answers is among the first k (ir-measures' Success@k; where a single one answers, recall).
    A question of which nothing right is known, or for which nothing was found, counts 0.
    """
    qrels = [Qrel(key, name, 1) for key in rankings for name in relevant[key] or (NOWHERE,)]
    run = [
        ScoredDoc(key, name, -float(place))
        for key, found in rankings.items()
        for place, name in enumerate(found or ("nothing",))
    ]
    values: Values = {name: dict.fromkeys(rankings, 0.0) for name in MEASURES}
    names = {measure: name for name, measure in MEASURES.items()}
    if rankings:
        for metric in ir_measures.iter_calc(list(names), qrels, run):
            values[names[metric.measure]][metric.query_id] = float(metric.value)
    return values
