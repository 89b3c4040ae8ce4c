"""What an index holds, counted and named: the same documents and settings give the same names, whoever built them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

SUMS = 1 << 128  # sums of documents are taken modulo this

Row = dict[str, Any]


@dataclass(frozen=True)
class Tally:
    """How many pages, articles and passages there are; `documents`: a number that stands for just these pages, in
    [0, 2^128), so that a whole archive's is known without a look at all of it: the sum of its parts'."""

    pages: int = 0
    articles: int = 0
    passages: int = 0
    documents: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return self._sum(other, 1)

    def __sub__(self, other: "Tally") -> "Tally":
        return self._sum(other, -1)

    def _sum(self, other: "Tally", sign: int) -> "Tally":
        others = asdict(other)
        sums = {name: value + sign * others[name] for name, value in asdict(self).items()}
        return Tally(**{**sums, "documents": sums["documents"] % SUMS})

    @property
    def row(self) -> Row:
        """The same for a manifest."""
        return {**asdict(self), "documents": f"{self.documents:032x}"}

    @classmethod
    def of_row(cls, row: Row) -> "Tally":
        """Read what `row` made."""
        return cls(**{**row, "documents": int(row["documents"], 16)})


def documents_sum(documents: Iterable[tuple[str, str]]) -> int:
    """Return the number that stands for documents, (document_id, sha256), in any order."""
    hashed = (hashlib.sha256(f"{sha256} {document_id}".encode()).digest() for document_id, sha256 in documents)
    return sum(int.from_bytes(digest[:16], "big") for digest in hashed) % SUMS


def segment_name(settings: Row, documents: Sequence[tuple[str, str]]) -> str:
    """Return the name of the segment of these documents, (document_id, sha256) by id: 24 hex digits.

    Equal settings and documents give equal segments, so that a build that was stopped finds what it had done.
    """
    return _name([settings, documents])[:24]


def content_name(settings: Row, holds: Tally) -> str:
    """Return the name of all that an index holds: 12 hex digits, the same for the same settings and documents."""
    return _name([settings, holds.row])[:12]


def _name(identity: object) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
