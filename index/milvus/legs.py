"""Both legs on an engine: it proposes, and what it proposes is scored here, as a folder's index scores it.

The engine knows a term's weight in a passage (`rows.weights`), a question brings what the term is worth today. Their
product is BM25 but for the average length, which is fixed there, and for things said in several ways, of which it adds
up what only the best counts for: so it is taken for a bound. Passages are fetched by it until none that was not
fetched can be among the best, and are scored anew from their terms' counts, with the statistics of today.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.dense import Vectors
from index.errors import SnapshotStale
from index.lexical import best
from index.milvus.cache import Cache
from index.milvus.engine import Engine, Row, batches, listed
from index.milvus.library import MilvusLibrary
from index.milvus.matches import Matches
from index.milvus.rows import LENGTH, NOTHING, PASSED, PLACES, Known, known, unpack_counts
from index.milvus.scoring import Scorer, Statistics
from index.milvus.statistics import dimension
from index.milvus.vectors import search_params
from index.pruned import FLATTER
from index.source import Either, Passages, Wanted

FETCHED = 2.5  # passages fetched at first for each one wanted
GROWTH, MOST = 4, 1000  # by how much more are fetched if they were too few; never more than so many
FIRST = 4  # passages looked at at first for what a spelling adds at most
KEPT = 10_000  # passages kept in memory, 3 KB each; and what spellings add at most

_LIGHT = ("number", "length", "terms")


@dataclass(frozen=True)
class _Asked:
    """A search by words: the weights of its terms, the fields of a passage that are wanted, and among which it is."""

    question: dict[int, float]
    fields: Sequence[str]
    only: str = ""
    everywhere: bool = False


class MilvusLegs:
    """See `index.source.Legs`."""

    def __init__(self, engine: Engine, statistics: Statistics, library: MilvusLibrary, kind: str = "FLAT") -> None:
        """`kind`: of the index over the vectors."""
        self.engine, self.statistics, self.library, self._kind = engine, statistics, library, kind
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
        return Matches(self.statistics, self.known, wanted, self._ranked(wanted, depth), sum(most))

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
        fields = (*_LIGHT, "english") if any(either.english for either in wanted.either) else _LIGHT
        asked, fetched = _Asked(question, fields), int(depth * FETCHED)
        return self._sure(wanted, asked, depth, self._by_words([asked], fetched)[0], fetched)

    def _sure(
        self, wanted: Wanted, asked: "_Asked", depth: int, hits: list[Row], fetched: int
    ) -> list[tuple[int, float]]:
        """Return the `depth` best of what was fetched, and of more, until none that was not can be among them."""
        longer = max(1.0, self.statistics.average / LENGTH)  # how much more than its bound a passage can be worth
        while True:
            ranked = self._scored(wanted, self._live(hits))
            least = ranked[depth - 1][1] if len(ranked) >= depth else 0.0
            if len(hits) < fetched or fetched >= MOST or float(hits[-1]["distance"]) * longer <= least:
                return ranked[:depth]
            fetched = min(MOST, fetched * GROWTH)
            hits = self._by_words([asked], fetched)[0]

    def _by_words(self, asked: Sequence["_Asked"], count: int) -> list[list[Row]]:
        """Return what the engine proposes for searches that differ in their terms alone."""
        first = asked[0]
        questions = [one.question for one in asked]
        return self._search("words", questions, count, first.only, first.fields, first.everywhere)

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
            only = "english == true" if either.english else ""
            questions = [_Asked(self._bound(Wanted(key[0])), _LIGHT, only, everywhere=True) for key in some]
            for key, question, hits in zip(some, questions, self._by_words(questions, FIRST), strict=True):
                ranked = self._sure(Wanted(key[0]), question, 1, hits, FIRST)
                highest[key] = ranked[0][1] if ranked else 0.0
        self._spellings.put(highest)
        return max((float(np.float32(highest.get(key, 0.0)) * np.float32(w)) for key, w in asked.items()), default=0.0)

    def _search(
        self, field: str, data: list[Any], limit: int, only: str, fields: Sequence[str], everywhere: bool = False
    ) -> list[list[Row]]:
        generation = f"generation <= {self.statistics.generation}"
        within, effort = "" if everywhere else self._within, self.engine.address.effort
        found: list[list[Row]] = self.engine.call(
            "search",
            collection_name=self.engine.address.name,
            data=data,
            anns_field=field,
            limit=limit,
            filter=" and ".join(part for part in (generation, within, only) if part),
            output_fields=list(fields),
            **({"search_params": search_params(self._kind, effort, limit)} if field == "vector" else {}),
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
