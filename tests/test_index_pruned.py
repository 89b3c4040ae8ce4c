"""The best passages found without a score for each are those found with one, to the last bit."""

import random
from pathlib import Path

import numpy as np
import pytest

from index import legs
from index.build import add_documents, build_index, remove_documents
from index.encoder import load_encoder
from index.legs import LocalLegs
from index.lexical import LexicalIndex, best
from index.postings import Postings
from index.pruned import find, scores_of
from index.snapshot import Snapshot
from index.source import Either, Wanted
from rag.answerer import Answerer

ENCODER = load_encoder()
SEEDS = Path(__file__).parents[1] / "seeds"


def archive(draw: random.Random, passages: int, live: bool) -> tuple[LexicalIndex, np.ndarray, np.ndarray]:
    """Passages of words as frequent as in a language, in two files, some of them removed, some English."""
    words = [f"w{number}" for number in range(400)]
    weights = [1 / (number + 1) for number in range(400)]
    texts = [draw.choices(words, weights, k=draw.randint(1, 60)) for _ in range(passages)]
    texts[7] = ["w0"] * 300  # more often than a count can tell
    half = passages // 3
    english = np.array([draw.random() < 0.1 for _ in texts])
    alive = np.array([draw.random() < 0.9 for _ in texts])
    files = [Postings.build(texts[:half]), Postings.build(texts[half:])]
    return LexicalIndex(files, alive if live else None), english, alive


def every(lexical: LexicalIndex, wanted: Wanted, english: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the score of every passage, and the most, as small archives have them."""
    whole = LocalLegs(lexical, None, None, None, None, english, None)  # type: ignore[arg-type]
    found = whole.words(wanted, 10)
    assert isinstance(found, legs.Scored)
    return found.scores, found.most


@pytest.mark.parametrize("live", [False, True])
def test_what_is_found_is_the_same_to_the_last_bit(live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.pruned.LIKELY", 50)
    monkeypatch.setattr("index.pruned.DEAR", 1)
    draw = random.Random(11)
    lexical, english, alive = archive(draw, 3000, live)
    read = 0
    count = lexical.postings
    asked = 0
    for round_ in range(150):
        words = [f"w{int(400 ** draw.random())}" for _ in range(draw.randint(0, 15))] + ["unknown"]
        either = [
            Either(
                tuple(
                    (tuple(f"w{draw.randint(1, 399)}" for _ in range(draw.randint(1, 3))), draw.random())
                    for _ in range(draw.randint(1, 5))
                ),
                draw.random() < 0.3,
            )
            for _ in range(draw.randint(0, 3) if round_ % 3 == 0 else 0)
        ]
        wanted = Wanted(tuple(words), tuple(either))
        scores, most = every(lexical, wanted, english)
        allowed = np.array([draw.random() < 0.3 for _ in range(3000)]) if round_ % 5 == 0 else None
        seen: list[str] = []
        monkeypatch.setattr(lexical, "postings", lambda term, seen=seen: (seen.append(term), count(term))[1])
        found = find(lexical, wanted, 40, english, allowed)
        monkeypatch.setattr(lexical, "postings", count)
        assert found.ranked == best(scores, 40, allowed)
        assert found.most == most
        numbers = np.array(draw.sample(range(3000), 50))
        assert (found.of(numbers) == scores[numbers]).all()
        assert not found.of(np.flatnonzero(~alive)).any() or not live
        read += sum(len(count(term)[0]) for term in set(seen))
        asked += sum(len(count(term)[0]) for term in {*words, *(t for e in either for s, _ in e.spellings for t in s)})
    assert read < 0.7 * asked  # else nothing is gained


def test_terms_that_nobody_knows_find_nothing() -> None:
    lexical, english, _ = archive(random.Random(1), 600, False)
    assert find(lexical, Wanted(("nowhere",)), 5, english).ranked == []
    assert find(lexical, Wanted(()), 5, english).most == 0
    assert scores_of(lexical, Wanted(("nowhere",)), english, np.arange(600)).max() == 0


def test_answers_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for page in SEEDS.glob("*.txt"):
        (corpus / page.name).write_bytes(page.read_bytes())
    sentences = [s for page in sorted(corpus.iterdir()) for s in page.read_text(encoding="utf-8").split("。")]
    draw = random.Random(2)
    for number in range(150):
        text = "。".join(draw.sample(sentences, 12))
        (corpus / f"{number}.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr("index.build.GROWTH", 0)
    build_index(corpus, tmp_path / "index", ENCODER)
    (corpus / "english.txt").write_text(
        "The city of Foshan opened 1048 clinics.\n\nThe mayor of Osaka came to Jinan in May. " * 30, encoding="utf-8"
    )
    monkeypatch.setattr("index.build.WHOLE", 0)
    add_documents(corpus, tmp_path / "index", ENCODER, ["english.txt"])
    snapshot = remove_documents(corpus, tmp_path / "index", ENCODER, ["3.txt"])
    plain = said(snapshot)
    monkeypatch.setattr(legs, "LARGE", 0)
    monkeypatch.setattr("index.pruned.LIKELY", 50)
    assert said(snapshot) == plain


QUESTIONS = (
    "南海区有多少家社会办医疗机构？",
    "济南高新区的书记是谁？",
    "Who is the mayor of Osaka?",
    "How many private clinics are there in Nanhai?",
    "“智慧治理”是什么？",
    "宁河的科技特派员有多少？",
    "今天天气怎么样？",
)


def said(snapshot: Snapshot) -> list[object]:
    answerer = Answerer(snapshot)
    return [(a.text, a.confidence, [(hit.number, hit.score) for hit in a.hits]) for a in map(answerer.ask, QUESTIONS)]
