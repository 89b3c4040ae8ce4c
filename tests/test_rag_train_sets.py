"""What retrieval is fitted on, and what it is not: halves, folds, archives laid out."""

import json
import lzma
from pathlib import Path

from eval.bench_retrieval import benches
from rag.train.rank_pools import NEIGHBOURS, neighbours
from rag.train.sets import news, opened, question_sets


def write(data: Path, name: str, rows: list[dict[str, object]]) -> None:
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(data / f"{name}.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_no_passage_of_a_benchmark_is_one_that_retrieval_is_fitted_on(tmp_path: Path) -> None:
    passages = [f"第{i}座水库位于青山镇。" for i in range(200)]
    write(tmp_path, "eval/drcd_dev", [{"question": "在哪？", "context": text} for text in passages])
    write(tmp_path, "eval/cmrc2018_dev", [])
    write(tmp_path, "eval/xquad_zh_en", [])
    (fitted,) = (
        one
        for one in question_sets(tmp_path, frozenset({"cmrc2018_trial", "squad2_zh", "houjin_security", "press_notes"}))
        if one.name == "drcd_dev"
    )
    found = {one.name: set(one.documents) for one in benches(tmp_path)}
    assert 60 < len(fitted.documents) < 140
    assert set(fitted.documents) == found["DRCD (tuned)"]
    assert not set(fitted.documents) & found["DRCD"]
    assert len(fitted.documents) + len(found["DRCD"]) == len(passages)


def test_the_news_beside_the_benchmark_is_not_that_beside_training(tmp_path: Path) -> None:
    write(tmp_path, "text/news_crud", [{"text": f"新闻{i}。"} for i in range(400)])
    beside, trained = (set(news(tmp_path, 1000, benchmark).values()) for benchmark in (True, False))
    assert len(beside) > 20
    assert len(trained) > 20
    assert not beside & trained
    assert len(news(tmp_path, 7)) == 7
    assert not news(tmp_path, 0)


def test_an_archive_is_laid_out_with_the_document_of_every_passage() -> None:
    documents = {"a.txt": "青山镇去年修建了三座水库。", "b.txt": "白河县的果农卖出了八十吨苹果。" * 40}
    with opened(documents) as archive:
        assert len(archive.owners) == archive.snapshot.lexical.size > 2
        for number, owner in enumerate(archive.owners):
            passage, article, _ = archive.snapshot.archive.passage(number)
            text = archive.snapshot.archive.article(article).text
            assert text[passage.start : passage.end] in documents[owner]


def test_neighbours_are_runs_of_documents_in_their_order() -> None:
    documents = {str(i): "" for i in range(2 * NEIGHBOURS + NEIGHBOURS // 2)}
    assert [len(part) for part in neighbours(documents)] == [NEIGHBOURS, NEIGHBOURS]
    assert [name for part in neighbours(documents) for name in part] == list(documents)[: 2 * NEIGHBOURS]
    assert not list(neighbours({"a": ""}))
