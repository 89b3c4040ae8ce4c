"""What readers say of answers: kept, exported, turned off, and never more than is said."""

import json
import os
import sqlite3
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import feedback
from api.app import create_app
from api.feedback import FILE, FeedbackBook
from api.settings import Settings

from .test_api_cli import wenbao

SAID = {
    "verdict": "wrong",
    "reason": "wrong_short_answer",
    "note": "应该是 <b>1291</b> 家\n第二行",
    "question": "南海区有多少家医疗机构？",
    "answer": "…1291家，…",
    "short_answer": "1048家",
    "confidence": 0.9,
    "citations": ["/articles/a.1#c=1-5", "/articles/a.2#c=1-5"],
    "snapshot": "abc",
}


def client(index: Path, **settings: bool) -> TestClient:
    return TestClient(create_app(Settings(index=index, **settings), None), raise_server_exceptions=False)


def test_what_is_said_is_kept_and_exported_as_json_lines(tmp_path: Path) -> None:
    page = client(tmp_path)
    assert page.get("/api/feedback").json() == {"open": True}
    assert page.post("/api/feedback", json=SAID).status_code == 201
    assert page.post("/api/feedback", json={"verdict": "right", "question": "谁？"}).status_code == 201
    exported = wenbao(dict(os.environ), "feedback", "export", "--index", str(tmp_path))
    assert exported.returncode == 0, exported.stderr
    first, second = [json.loads(line) for line in exported.stdout.splitlines()]
    assert {name: first[name] for name in SAID} == SAID
    assert (second["verdict"], second["reason"], second["answer"], second["citations"]) == ("right", None, None, [])
    assert set(first) == {*SAID, "id", "time", "rewritten_question"}  # nothing of who said it


def test_it_can_be_turned_off(tmp_path: Path) -> None:
    page = client(tmp_path, feedback=False)
    assert page.get("/api/feedback").json() == {"open": False}
    refused = page.post("/api/feedback", json=SAID)
    assert refused.status_code == 404
    assert refused.json()["error"]["code"] == "feedback_off"
    assert not (tmp_path / FILE).exists()
    assert list(FeedbackBook(tmp_path).read()) == []


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"reason": "bad"}, "reason"),
        ({"note": "x" * 1001}, "note"),
        ({"question": ""}, "question"),
        ({"question": "a\0b"}, "question"),
        ({"confidence": 2}, "confidence"),
        ({"citations": ["x"] * 21}, "citations"),
        ({"address": "127.0.0.1"}, "address"),
    ],
)
def test_what_is_no_feedback_is_refused(tmp_path: Path, change: dict[str, object], param: str) -> None:
    response = client(tmp_path).post("/api/feedback", json={**SAID, **change})
    assert response.status_code == 422
    assert response.json()["error"]["param"] == param


def test_another_site_cannot_write_it_without_asking(tmp_path: Path) -> None:
    """A form of another site sends text/plain, which needs no leave of the browser: it is refused."""
    response = client(tmp_path).post("/api/feedback", content=json.dumps(SAID), headers={"Content-Type": "text/plain"})
    assert response.status_code == 415


def test_a_full_or_damaged_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = client(tmp_path)
    page.post("/api/feedback", json=SAID)
    monkeypatch.setattr(feedback, "MOST", 1)
    assert page.post("/api/feedback", json=SAID).json()["error"]["code"] == "feedback_not_kept"
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    assert page.post("/api/feedback", json=SAID).status_code == 503
    exported = wenbao(dict(os.environ), "feedback", "export", "--index", str(tmp_path))
    assert exported.returncode == 2
    assert "cannot be read" in exported.stderr


def test_a_new_build_leaves_it_alone(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("# 标题\n\n某市现有医院25家，数量居全省前列。\n", encoding="utf-8")
    index = tmp_path / "index"
    client(index).post("/api/feedback", json=SAID)
    for _ in range(3):
        assert wenbao(dict(os.environ), "build", "--corpus", str(corpus), "--index", str(index)).returncode == 0
    with sqlite3.connect(index / FILE) as db:
        assert db.execute("SELECT count(*) FROM feedback").fetchone()[0] == 1
