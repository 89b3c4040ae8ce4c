"""Outcomes as numbers: every measure with its interval, and what two runs over the same questions differ in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.ask import LEGS
from eval.confidence import aurc, auroc, calibration_error
from eval.intervals import Rows, statistic_interval, wilson_interval
from eval.outcome import Outcome
from eval.ranking import MEASURES, ranking_values
from eval.strings import cmrc_exact, cmrc_f1

NAN = float("nan")
CONFIDENCE = ("AUROC right or not", "AUROC answerable or not", "AURC", "calibration error")
LESS_IS_BETTER = frozenset({"AURC", "calibration error", "wrongly refused"})


@dataclass(frozen=True)
class Sheet:
    """Outcomes as numbers: `rows` has a row for a question, a column for each of `names` (NaN where it does not
    apply), then the confidence, whether it was right, and whether it is answerable."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    rows: Rows

    def only(self, ids: Sequence[str]) -> Rows:
        """Return the rows of some questions, in their order."""
        place = {key: number for number, key in enumerate(self.ids)}
        return self.rows[[place[key] for key in ids]]


@dataclass(frozen=True)
class Estimate:
    """A measure: its value, its 95 % interval, and of how many questions."""

    name: str
    value: float
    low: float
    high: float
    count: int

    @property
    def verdict(self) -> str:
        """What a difference means: "better", "worse", or "" where the interval holds 0."""
        if self.low <= 0 <= self.high or not np.isfinite(self.value):
            return ""
        return "better" if (self.value > 0) != (self.name in LESS_IS_BETTER) else "worse"


@dataclass(frozen=True)
class Kind:
    """The questions of a kind: `first`: R@1 by leg; `good`: the share that went as it should, with its 95 % interval;
    `cited`: from the right article; `refused`."""

    kind: str
    count: int
    answerable: bool
    first: tuple[float, ...]
    good: float
    low: float
    high: float
    cited: float
    refused: float


def by_kind(outcomes: Sequence[Outcome]) -> list[Kind]:
    """Return what came of each kind of question, the answerable ones first."""
    found = []
    for kind in sorted({o.kind for o in outcomes}):
        part = [o for o in outcomes if o.kind == kind]
        relevant = {o.id: o.relevant for o in part}
        values = [ranking_values({o.id: o.rankings[leg] for o in part}, relevant)["R@1"].values() for leg in LEGS]
        good = [float(o.good) for o in part]
        shares = [float(np.mean(flags)) for flags in (good, [o.cited for o in part], [not o.answered for o in part])]
        first = tuple(float(np.mean(list(value))) for value in values)
        bounds = wilson_interval(sum(good), len(good))
        found.append(Kind(kind, len(part), part[0].answerable, first, shares[0], *bounds, *shares[1:]))
    return sorted(found, key=lambda part: not part.answerable)


def sheet(outcomes: Sequence[Outcome]) -> Sheet:
    """Return the numbers of outcomes. Measures of retrieval and of answers are of the answerable questions."""
    columns: dict[str, list[float]] = {}
    relevant = {o.id: o.relevant for o in outcomes if o.answerable}
    for leg in LEGS:
        values = ranking_values({o.id: o.rankings[leg] for o in outcomes if o.answerable}, relevant)
        for measure in MEASURES:
            columns[f"{leg} {measure}"] = [values[measure].get(o.id, NAN) for o in outcomes]
    all_answerable = all(o.answerable for o in outcomes)
    columns |= {
        "right": [o.right if o.answerable else NAN for o in outcomes],
        "right article cited": [o.cited if o.answerable else NAN for o in outcomes],
        "right page cited": [o.page if o.answerable else NAN for o in outcomes],
        "right, of those answered": [o.right if o.answered else NAN for o in outcomes],
        "wrongly refused": [not o.answered if o.answerable else NAN for o in outcomes],
        "refusal precision": [NAN if o.answered or all_answerable else not o.answerable for o in outcomes],
        "refusal recall": [NAN if o.answerable else not o.answered for o in outcomes],
        "short answer given": [o.short is not None if o.wants_short and o.answerable else NAN for o in outcomes],
        "short answer EM": [cmrc_exact(o.short or "", o.answers) if _short(o) else NAN for o in outcomes],
        "short answer F1": [cmrc_f1(o.short or "", o.answers) if _short(o) else NAN for o in outcomes],
        "verified": [float(o.verified) for o in outcomes],
    }
    tail = [[o.confidence, o.right, o.answerable] for o in outcomes]
    rows = np.array([*columns.values(), *zip(*tail, strict=True)], dtype=np.float64).T
    return Sheet(tuple(o.id for o in outcomes), tuple(columns), rows)


def _short(outcome: Outcome) -> bool:
    return outcome.answerable and outcome.wants_short and outcome.short is not None


def statistics(rows: Rows) -> Rows:
    """Return the measures of a sheet's rows, in the order of its names, then of `CONFIDENCE`."""
    known = np.isfinite(rows[:, :-3])
    counts = known.sum(axis=0)
    means = np.divide(np.nansum(rows[:, :-3], axis=0), counts, out=np.full(len(counts), NAN), where=counts > 0)
    said, right, answerable = rows[:, -3], rows[:, -2] > 0, rows[:, -1] > 0
    whole = [auroc(said, right), auroc(said, answerable), aurc(said, right), calibration_error(said, right)]
    return np.concatenate([means, whole])


def estimates(measured: Sheet) -> list[Estimate]:
    """Return every measure with its 95 % interval; those that apply to no question are left out."""
    return _estimates(measured, statistics(measured.rows), *statistic_interval(statistics, measured.rows))


def differences(before: Sheet, now: Sheet) -> list[Estimate]:
    """Return how much more each measure is now, over the questions that both have, with paired intervals."""
    ids = [key for key in before.ids if key in set(now.ids)]
    old, new = before.only(ids), now.only(ids)
    bounds = statistic_interval(statistics, new, old)
    return _estimates(Sheet(tuple(ids), now.names, new), statistics(new) - statistics(old), *bounds)


def _estimates(measured: Sheet, values: Rows, low: Rows, high: Rows) -> list[Estimate]:
    counts = [*np.isfinite(measured.rows[:, :-3]).sum(axis=0).tolist(), *[len(measured.rows)] * len(CONFIDENCE)]
    names = (*measured.names, *CONFIDENCE)
    rows = zip(names, values.tolist(), low.tolist(), high.tolist(), counts, strict=True)
    return [Estimate(*row) for row in rows if np.isfinite(row[1])]
