"""Measures of a page read, against its gold: sentences whole, B-cubed, headlines, seams, characters accounted for.

Everything is counted on raw characters that are not white space; captions and bylines are no sentences.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise

from index.article import Article, Reading
from index.reading.press import GoldArticle, GoldPage

Offsets = list[int]
_SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]*[”’）)」』]*|[。！？!?]+")


@dataclass
class Counts:
    """Sums over pages; the shares below are made of them."""

    pages: int = 0
    articles: int = 0
    perfect: int = 0
    sentences: int = 0
    whole: int = 0
    precision: float = 0.0
    recall: float = 0.0
    headlines: int = 0
    headlines_right: int = 0
    cut: int = 0
    healed: int = 0
    seams: list[tuple[float, bool]] = field(default_factory=list)  # each join's score, and whether it is right
    furniture: int = 0
    furniture_out: int = 0
    characters: int = 0
    accounted: int = 0

    def add(self, other: "Counts") -> None:
        """Add another page's counts."""
        for column in fields(self):
            setattr(self, column.name, getattr(self, column.name) + getattr(other, column.name))

    @property
    def joins(self) -> int:
        """Return how many seams were made."""
        return len(self.seams)

    def reliability(self, edges: Sequence[float]) -> list[tuple[int, float, float]]:
        """Return for each band of scores, from one edge to the next: how many joins, mean score, share that is right.

        A band's upper edge is not in it. Bands without joins are (0, 0, 0).
        """
        bands = []
        for low, high in pairwise(edges):
            band = [(score, right) for score, right in self.seams if low <= score < high]
            size = max(1, len(band))
            bands.append((len(band), sum(s for s, _ in band) / size, sum(r for _, r in band) / size))
        return bands

    def shares(self) -> dict[str, float]:
        """Return the measures, each in [0, 1]; 1 where nothing was to be measured."""

        def share(part: float, total: float) -> float:
            return part / total if total else 1.0

        precision, recall = share(self.precision, self.sentences), share(self.recall, self.sentences)
        return {
            "sentences whole": share(self.whole, self.sentences),
            "B3 precision": precision,
            "B3 recall": recall,
            "B3 F1": share(2 * precision * recall, precision + recall),
            "headline right": share(self.headlines_right, self.headlines),
            "cut sentences healed": share(self.healed, self.cut),
            "joins right": share(sum(right for _, right in self.seams), self.joins),
            "furniture kept out": share(self.furniture_out, self.furniture),
            "articles perfect": share(self.perfect, self.articles),
            "characters accounted": share(self.accounted, self.characters),
        }


def measure(gold: GoldPage, reading: Reading) -> Counts:
    """Compare one page read with its gold."""
    raw = gold.text
    places = _places(raw, reading.articles)
    sentences = [(k, s) for k, article in enumerate(gold.articles) for s in gold_sentences(raw, article)]
    counts = Counts(pages=1, articles=len(gold.articles), sentences=len(sentences))
    owners = [_owner(offsets, places) for _, offsets in sentences]
    _b_cubed(counts, [k for k, _ in sentences], owners)
    foreign = {offset for article in gold.articles for span in article.spans for offset in range(span.start, span.end)}
    for (_, offsets), _owner_number in zip(sentences, owners, strict=True):
        counts.whole += is_whole(offsets, places)
        if _is_cut(raw, offsets, foreign):
            counts.cut += 1
            counts.healed += is_whole(offsets, places)
    for number, article in enumerate(gold.articles):
        mine = [owner for (k, _), owner in zip(sentences, owners, strict=True) if k == number]
        _article(counts, raw, article, Counter(mine), reading.articles, places)
    _joins(counts, gold, reading.articles)
    _account(counts, gold, reading)
    return counts


def gold_sentences(raw: str, article: GoldArticle) -> list[Offsets]:
    """Return the sentences of an article's body, each as the raw offsets of its characters in reading order."""
    paragraphs: list[Offsets] = []
    for span in article.spans:
        if span.kind != "body":
            continue
        offsets = [k for k in range(span.start, span.end) if not raw[k].isspace() and raw[k] not in "*#"]
        if span.glued and paragraphs:
            paragraphs[-1] += offsets
        else:
            paragraphs.append(offsets)
    sentences = []
    for offsets in paragraphs:
        text = "".join(raw[k] for k in offsets)
        sentences += [offsets[match.start() : match.end()] for match in _SENTENCE.finditer(text)]
    return sentences


def is_whole(offsets: Offsets, places: dict[int, tuple[int, int]]) -> bool:
    """Say whether characters stand in one article, in order, with nothing between."""
    found = [places.get(offset, (-1, -1)) for offset in offsets]
    return found[0][0] >= 0 and all(b == (a[0], a[1] + 1) for a, b in pairwise(found))


def _is_cut(raw: str, offsets: Offsets, texts: set[int]) -> bool:
    """Say whether other text stands between the halves of a sentence on the page."""
    mine = set(offsets)
    for a, b in pairwise(offsets):
        if b < a or (b > a + 1 and any(k in texts and k not in mine and not raw[k].isspace() for k in range(a + 1, b))):
            return True
    return False


def _places(raw: str, articles: Sequence[Article]) -> dict[int, tuple[int, int]]:
    """Return for each raw offset its article and its number among the article's characters."""
    places = {}
    for number, article in enumerate(articles):
        at = 0
        for segment in article.segments:
            for offset in range(segment.raw_start, segment.raw_end):
                if not raw[offset].isspace():
                    places[offset] = (number, at)
                    at += 1
    return places


def _owner(offsets: Offsets, places: dict[int, tuple[int, int]]) -> int:
    return Counter(places.get(offset, (-1, -1))[0] for offset in offsets).most_common(1)[0][0]


def _b_cubed(counts: Counts, gold: Sequence[int], owners: Sequence[int]) -> None:
    """Add B-cubed precision and recall, summed over sentences. Source: Bagga and Baldwin 1998."""
    pairs, of_gold, of_owner = Counter(zip(gold, owners, strict=True)), Counter(gold), Counter(owners)
    for k, owner in zip(gold, owners, strict=True):
        counts.precision += pairs[k, owner] / of_owner[owner]
        counts.recall += pairs[k, owner] / of_gold[k]


def squeeze(text: str) -> str:
    """Return a text without white space."""
    return "".join(text.split())


def _article(
    counts: Counts,
    raw: str,
    gold: GoldArticle,
    owners: Counter[int],
    articles: Sequence[Article],
    places: dict[int, tuple[int, int]],
) -> None:
    """Count one gold article's headline, and whether all is right: complete, in order, nothing foreign inside."""
    owner = owners.most_common(1)[0][0] if owners else -1
    if owner < 0:
        counts.headlines += 1
        return
    counts.headlines += 1
    read = articles[owner]
    right = read.title_made if not gold.title else not read.title_made and squeeze(read.title) == squeeze(gold.title)
    counts.headlines_right += right
    loose = ("caption", "byline")
    wanted = [k for s in gold.spans if s.kind not in loose for k in range(s.start, s.end)]
    floating = {k for s in gold.spans if s.kind in loose for k in range(s.start, s.end)}
    wanted = [k for k in wanted if not raw[k].isspace() and raw[k] not in "*#"]
    got = [k for s in read.segments for k in range(s.raw_start, s.raw_end) if not raw[k].isspace()]
    ordered = [k for k in got if k not in floating] == wanted
    counts.perfect += right and ordered and {k for k in floating if not raw[k].isspace()} <= set(got)


def _joins(counts: Counts, gold: GoldPage, articles: Sequence[Article]) -> None:
    """Count the seams made, and those whose two sides follow each other in the gold text."""
    follows: dict[int, int] = {}
    for article in gold.articles:
        text = [
            k for s in article.spans if s.kind in ("body", "section", "continuation") for k in range(s.start, s.end)
        ]
        follows |= dict(pairwise(k for k in text if not gold.text[k].isspace() and gold.text[k] not in "*#"))
    loose = {
        k for a in gold.articles for s in a.spans if s.kind in ("caption", "byline") for k in range(s.start, s.end)
    }
    for read in articles:
        scores = {seam.offset: seam.score for seam in read.seams}
        slots = [k for s in read.segments for k in range(s.raw_start, s.raw_end)]
        firsts = {
            s.raw_start + at - s.text_start: score
            for s in read.segments
            for at, score in scores.items()
            if s.text_start <= at < s.text_end
        }
        for a, b in pairwise(k for k in slots if k not in loose and not gold.text[k].isspace()):
            if b in firsts:
                counts.seams.append((firsts[b], follows.get(a) == b))


def _account(counts: Counts, gold: GoldPage, reading: Reading) -> None:
    """Count characters in one place each, and the page's own lines that stand in no article."""
    raw = gold.text
    used = Counter(k for a in reading.articles for s in a.segments for k in range(s.raw_start, s.raw_end))
    heads = [part for a in reading.articles for part in a.parts if part.kind in ("headline", "kicker")]
    for part in [*heads, *reading.left]:
        used.update(k for start, end in part.raw_segments for k in range(start, end))
    solid = [k for k, character in enumerate(raw) if not character.isspace()]
    inside = {k for a in reading.articles for start, end in a.slices() for k in range(start, end)}
    for span in gold.left:
        counts.furniture += 1
        counts.furniture_out += inside.isdisjoint(range(span.start, span.end))
    counts.characters += len(solid)
    counts.accounted += sum(used[k] == 1 for k in solid)
