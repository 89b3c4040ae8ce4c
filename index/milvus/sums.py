"""What an archive holds, added up over its documents and taken away again: what BM25 wants beside the terms."""

from dataclasses import asdict, dataclass
from typing import Any

from index.tally import Tally


@dataclass(frozen=True)
class Sums:
    """`holds`: see `index.tally`; `english`: passages in English; `length`: terms of all passages."""

    holds: Tally = Tally()
    english: int = 0
    length: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.holds + other.holds, self.english + other.english, self.length + other.length)

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(self.holds - other.holds, self.english - other.english, self.length - other.length)

    @property
    def row(self) -> dict[str, Any]:
        """The same for a manifest."""
        return {**asdict(self), "holds": self.holds.row}

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> "Sums":
        """Read what `row` made."""
        return cls(**{**row, "holds": Tally.of_row(row["holds"])})
