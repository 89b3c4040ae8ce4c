"""Both legs on an engine: it proposes, and what it proposes is scored here, as a folder's index scores it.

The engine knows a term's weight in a passage (`rows.weights`), a question brings what the term is worth today. Their
product is BM25 but for the average length, which is fixed there, and for things said in several ways, of which it adds
up what only the best counts for: so it is taken for a bound. Passages are fetched by it until none that was not
fetched can be among the best, and are scored anew from their terms' counts, with the statistics of today.
"""

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from index.dense import Vectors
from index.errors import SnapshotStale
from index.lexical import Scores, best
from index.milvus.cache import Cache
from index.milvus.engine import Engine, Row, batches, listed
from index.milvus.library import MilvusLibrary
from index.milvus.rows import LENGTH, NOTHING, PASSED, PLACES, Known, known, unpack_counts
from index.milvus.scoring import Scorer, Statistics
from index.milvus.statistics import dimension
from index.pruned import FLATTER
from index.source import Either, Numbers, Passages, Wanted

FETCHED = 2.5  # passages fetched at first for each one wanted
GROWTH, MOST = 4, 1000  # by how much more are fetched if they were too few; never more than so many
FIRST = 4  # passages looked at for what a spelling adds at most
KEPT = 10_000  # passages kept in memory, 3 KB each; and what spellings add at most

_LIGHT = ("number", "length", "terms")


class Matches:
    """What the lexical leg found (see `index.source.Matched`)."""

    def __init__(self, legs: "MilvusLegs", wanted: Wanted, ranked: list[tuple[int, float]], most: float) -> None:
        self.ranked, self.most = ranked, most
        self._legs, self._wanted = legs, wanted

    def of(self, numbers: Numbers) -> Scores:
        """Return the score of any passages."""
        rows = self._legs.known(numbers.tolist())
        scorer = Scorer(self._legs.statistics, [row.counts for row in rows], [row.length for row in rows])
        return scorer.all(self._wanted, np.array([row.english for row in rows], dtype=np.bool_))


class MilvusLegs:
    """See `index.source.Legs`."""

    def __init__(self, engine: Engine, statistics: Statistics, library: MilvusLibrary) -> None:
        self.engine, self.statistics, self.library = engine, statistics, library
        self._rows: Cache[int, Known] = Cache(KEPT)
        self._spellings: Cache[tuple[tuple[str, ...], bool], float] = Cache(KEPT)
        self._within = ""

    @property
    def count(self) -> int:
        """How many passages there are."""
        return self.statistics.count

    @property
    def english(self) -> int:
        """How many of them are English."""
        return self.statistics.english

    def knows(self, term: str) -> bool:
        """Tell whether any passage holds a term."""
        return self.statistics.terms.of(dimension(term)) > 0

    def idf(self, term: str) -> float:
        """Return ln((N + 1) / n) for a term in n of N passages; ln(N + 1) for one that is in none."""
        return self.statistics.idf(term)

    def within(self, documents: Sequence[str]) -> "MilvusLegs":
        """Return the same legs, looking at some documents alone."""
        narrowed = copy(self)
        narrowed._within = listed("document", self.library.keys(documents))
        return narrowed

    def words(self, wanted: Wanted, depth: int) -> Matches:
        """Return what BM25+ finds."""
        most = [self._most(either) for either in wanted.either]
        return Matches(self, wanted, self._ranked(wanted, depth), sum(most))

    def meaning(self, vector: Vectors, k: int, english: bool | None = None) -> list[tuple[int, float]]:
        """Return the k passages nearest to a unit vector."""
        only = "" if english is None else f"english == {str(english).lower()}"
        wanted = k
        while True:
            hits = self._search("vector", [vector.astype(np.float32)], wanted, only, PASSED)[0]
            live = self._live(hits)
            if len(live) >= k or len(hits) < wanted or wanted >= MOST:
                break
            wanted = min(MOST, wanted * GROWTH)
        self._rows.put({int(hit["number"]): known(hit["entity"]) for hit in live})
        found = [(int(hit["number"]), float(hit["distance"])) for hit in live]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]

    def cosines(self, vector: Vectors, numbers: list[int]) -> list[float]:
        """Return the cosine of some passages to a unit vector."""
        rows = self._read(numbers, (*PASSED, "vector"))
        self._rows.put({number: known(row) for number, row in rows.items()})
        vectors = np.array([rows[number]["vector"] for number in numbers], dtype=np.float32).reshape(-1, len(vector))
        return [float(cosine) for cosine in (vectors * vector).sum(axis=1)]

    def passages(self, numbers: Sequence[int]) -> Passages:
        """Return what is known of some passages."""
        rows = self.known(numbers)
        return Passages(
            np.array([row.article for row in rows], dtype=np.int64),
            np.array([row.english for row in rows], dtype=np.bool_),
            [row.tokens for row in rows],
        )

    def known(self, numbers: Sequence[int]) -> list[Known]:
        """Return passages as the ranker sees them: those that are not in memory are read, at once."""
        found = self._rows.get(numbers)
        missing = [number for number in numbers if number not in found]
        if missing:
            read = {number: known(row) for number, row in self._read(missing, PASSED).items()}
            self._rows.put(read)
            found |= read
        return [found[number] for number in numbers]

    def wake(self, dimension: int) -> None:
        """Have the engine bring both indexes into memory. `dimension`: of the vectors."""
        self._search("vector", [np.zeros(dimension, dtype=np.float32)], 1, "", ("number",))
        self._search("words", [{NOTHING: 1.0}], 1, "", ("number",))

    def score(self, terms: Sequence[str], number: int) -> float:
        """Return the engine's own product of terms and a passage, 0 where it does not find it by them."""
        hits = self._search("words", [self._bound(Wanted(tuple(terms)))], 1, f"number == {number}", ("number",))[0]
        return float(hits[0]["distance"]) if hits else 0.0

    def _ranked(self, wanted: Wanted, depth: int) -> list[tuple[int, float]]:
        """Return the best passages: as many are fetched by the engine's bound as are needed to be sure of them."""
        question = self._bound(wanted)
        if not question:
            return []
        longer = max(1.0, self.statistics.average / LENGTH)  # how much more than its bound a passage can be worth
        fetched = int(depth * FETCHED)
        fields = (*_LIGHT, "english") if any(either.english for either in wanted.either) else _LIGHT
        while True:
            hits = self._search("words", [question], fetched, "", fields)[0]
            live = self._live(hits)
            ranked = self._scored(wanted, live)
            least = ranked[depth - 1][1] if len(ranked) >= depth else 0.0
            if len(hits) < fetched or fetched >= MOST or float(hits[-1]["distance"]) * longer <= least:
                return ranked[:depth]
            fetched = min(MOST, fetched * GROWTH)

    def _scored(self, wanted: Wanted, hits: Sequence[Row]) -> list[tuple[int, float]]:
        entities = [hit["entity"] for hit in hits]
        scorer = Scorer(
            self.statistics, [unpack_counts(e["terms"]) for e in entities], [int(e["length"]) for e in entities]
        )
        english = np.array([bool(e.get("english", True)) for e in entities], dtype=np.bool_)
        numbers = np.array([int(hit["number"]) for hit in hits], dtype=np.int64)
        order = np.argsort(numbers)
        scores = scorer.all(wanted, english)[order]
        return [(int(numbers[order[place]]), score) for place, score in best(scores, len(hits))]

    def _bound(self, wanted: Wanted) -> dict[int, float]:
        """Return a sparse vector whose product with a passage is at least its score at the fixed length."""
        bound: dict[int, float] = {}

        def add(terms: dict[str, float]) -> None:
            for term, weight in terms.items():
                if self.knows(term):
                    place = dimension(term)
                    bound[place] = bound.get(place, 0.0) + weight * self.idf(term)

        for term in wanted.terms:
            add({term: 1.0})
        for either in wanted.either:
            highest: dict[str, float] = {}
            for spelling, weight in either.spellings:
                for term in set(spelling):
                    highest[term] = max(highest.get(term, 0.0), spelling.count(term) * weight**FLATTER)
            add(highest)
        return bound

    def _most(self, either: Either) -> float:
        """Return what the best of some spellings adds at most to any passage."""
        asked = {(spelling, either.english): weight**FLATTER for spelling, weight in either.spellings}
        highest = self._spellings.get(asked)
        missing = [key for key in asked if key not in highest and any(self.knows(term) for term in key[0])]
        for some in batches(missing):
            questions = [self._bound(Wanted(spelling)) for spelling, _ in some]
            only = "english == true" if either.english else ""
            for (spelling, english), hits in zip(
                some, self._search("words", questions, FIRST, only, _LIGHT, everywhere=True), strict=True
            ):
                ranked = self._scored(Wanted(spelling), self._live(hits))
                highest[spelling, english] = ranked[0][1] if ranked else 0.0
        self._spellings.put(highest)
        return max((weight * highest.get(key, 0.0) for key, weight in asked.items()), default=0.0)

    def _search(
        self, field: str, data: list[Any], limit: int, only: str, fields: Sequence[str], everywhere: bool = False
    ) -> list[list[Row]]:
        generation = f"generation <= {self.statistics.generation}"
        within = "" if everywhere else self._within
        found: list[list[Row]] = self.engine.call(
            "search",
            collection_name=self.engine.address.name,
            data=data,
            anns_field=field,
            limit=limit,
            filter=" and ".join(part for part in (generation, within, only) if part),
            output_fields=list(fields),
        )
        return [list(hits) for hits in found]

    def _live(self, hits: Sequence[Row]) -> list[Row]:
        gone = self.statistics.gone
        return [hit for hit in hits if int(hit["number"]) >> PLACES not in gone] if gone else list(hits)

    def _read(self, numbers: Sequence[int], fields: Sequence[str]) -> dict[int, Row]:
        """Return the rows of passages that there are, at once.

        Raises:
            SnapshotStale: one is not there any more: its document was removed two generations ago.
        """
        found: dict[int, Row] = {}
        for some in batches(numbers):
            rows = self.engine.call(
                "query", collection_name=self.engine.address.name, ids=list(some), output_fields=list(fields)
            )
            found |= {int(row["number"]): row for row in rows}
        if any(number not in found for number in numbers):
            raise SnapshotStale(f"{self.engine.address}: passages of this generation are gone. Open the newest.")
        return found
