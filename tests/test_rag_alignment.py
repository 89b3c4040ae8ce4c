"""What became of a question's words in a sentence, and the network over it."""

from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from rag.alignment import MOST, NAMES, AlignmentNetwork, Words, align
from rag.answerer import Answerer
from rag.beside import BESIDE
from rag.beside import MOST as MOST_BESIDE
from rag.confidence import NAMES as KNOWN
from rag.kinds import KINDS
from rag.question import parse_question
from rag.train.alignment import Alignment


def column(name: str) -> int:
    return NAMES.index(name)


def test_each_word_is_looked_at_by_itself(answerer: Answerer) -> None:
    question = parse_question("乌鲁木齐高新区科技局的局长是谁？")
    reader, source = answerer._reader, answerer.snapshot
    best = next(c for c in reader.rank(question, answerer.search(question.text, 8)) if "副局长江林" in c.sentence.key)
    rows = align(reader.asked(question), best, "江林", source.static, source.late).asked
    words = [spellings[0] for _, spellings in reader.asked(question).concepts]
    head = rows[words.index("局长")]
    assert rows.shape == (len(words), len(NAMES))
    assert head[column("here")] == 1
    assert head[column("is_noun")] == 1
    assert head[column("answered")] == 1
    assert head[column("from_answer")] < 0.1
    place = rows[words.index("乌鲁木齐")]
    assert place[column("is_ns")] == 1
    assert place[column("soft")] == pytest.approx(1, abs=1e-3)
    assert rows[:, -15:].sum(axis=1).tolist() == [1] * len(words)
    without = align(reader.asked(question), best, "", source.static, source.late).asked
    assert without[:, column("answered")].max() == 0


def test_what_stands_beside_the_answer_is_looked_at(answerer: Answerer) -> None:
    question = parse_question("南海区有多少家公立医院？")
    reader, source = answerer._reader, answerer.snapshot
    best = next(c for c in reader.rank(question, answerer.search(question.text, 8)) if "1291家" in c.sentence.key)
    rows = align(reader.asked(question), best, "1291家", source.static, source.late).beside
    counted = rows[0]  # 机构, or the whole name that the number counts
    assert 0 < len(rows) <= MOST_BESIDE
    assert counted[BESIDE.index("touching")] == 1
    assert counted[BESIDE.index("side")] == -1
    assert counted[BESIDE.index("asked")] == 0
    assert rows[:, BESIDE.index("gap")].tolist() == sorted(rows[:, BESIDE.index("gap")].tolist())
    asked = align(
        reader.asked(parse_question("南海区有多少家医疗卫生机构？")), best, "1291家", source.static, source.late
    ).beside
    assert asked[0][BESIDE.index("asked")] == 1
    without = align(reader.asked(question), best, "", source.static, source.late).beside
    assert len(without) == MOST_BESIDE


def test_the_network_learns_and_says_the_same_without_torch(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    words = [
        Words(
            random.random((int(n), len(NAMES)), dtype=np.float32),
            random.random((int(m), len(BESIDE)), dtype=np.float32),
        )
        for n, m in zip(random.integers(0, MOST + 1, 1200), random.integers(0, MOST_BESIDE + 1, 1200), strict=True)
    ]
    rows = random.normal(size=(1200, len(KNOWN))).astype(np.float32)
    kinds = [KINDS[int(k)] for k in random.integers(0, len(KINDS), 1200)]
    for one in words:
        one.asked[:, column("here")] = random.random(len(one.asked)) < 0.9
    right = np.array([float(one.asked[:, column("here")].all()) for one in words])  # every word is met
    trained = Alignment(words[:900], rows[:900], kinds[:900], right[:900], np.ones(900), 1)
    said = trained.logits(words[900:], rows[900:], kinds[900:])
    assert said[right[900:] > 0].mean() > said[right[900:] == 0].mean() + 1
    trained.save(tmp_path / "alignment.npz")
    network = AlignmentNetwork.load(tmp_path)
    own = [network.logit(*each) for each in zip(words[900:], rows[900:], kinds[900:], strict=True)]
    assert np.allclose(own, said, atol=1e-4)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"alignment\.npz"):
        AlignmentNetwork.load(tmp_path)
    (tmp_path / "alignment.npz").write_bytes(b"PK nothing")
    with pytest.raises(ModelError, match="cannot be read"):
        AlignmentNetwork.load(tmp_path)
    np.savez(tmp_path / "alignment.npz", names=np.array(["other"]), mean=np.zeros(1), scale=np.ones(1))
    with pytest.raises(ModelError, match="other features"):
        AlignmentNetwork.load(tmp_path)
