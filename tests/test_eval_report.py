"""The report: the same numbers each time, a page that needs nothing else, what changed since the last one."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from eval import report
from eval.plots import Bar, curves, histogram, intervals, reliability_diagram
from eval.questions import read_questions
from eval.readme import END, START, write_figures
from eval.run import QUESTIONS

from .conftest import SEEDS

PEERS = {
    "sets": [
        {
            "set": "CMRC 2018",
            "questions": 10,
            "passages": 20,
            "kinds": {"follow_up": 4},
            "note": "Ahead of Wenbao: rank-bm25 <alone>.",
            "rows": [
                {
                    "name": name,
                    "own": name == "Wenbao",
                    "version": "1",
                    "measures": {m: [value, value - 0.1, value + 0.1] for m in ("R@1", "R@5", "MRR@10")},
                    "difference": [value - 0.8, value - 0.9, value - 0.7],
                    "kinds": {"follow_up": {"R@1": [value, 0.5, 1.0], "MRR@10": [value + 0.05, 0.6, 1.0]}},
                    "ms": ms,
                    "build_s": 1.0,
                    "memory_mb": 100.0,
                }
                for name, value, ms in (("Wenbao", 0.8, 9.0), ("rank-bm25 <alone>", 0.9, 3.0))
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    assert report.main(["--corpus", str(SEEDS), "--out", str(out)]) == 0
    first = read(out)
    old = json.loads(json.dumps(first))
    for question in old["measured"]["questions"][:2]:
        question |= {"text": "从前的回答", "good": not question["good"]}
    (out / "first.json").write_text(json.dumps(first["measured"]), encoding="utf-8")
    (out / "report.json").write_text(json.dumps(old), encoding="utf-8")
    (out / "peers.json").write_text(json.dumps(PEERS), encoding="utf-8")
    assert report.main(["--corpus", str(SEEDS), "--out", str(out)]) == 0
    return out


def read(folder: Path) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return body


def test_two_reports_have_the_same_numbers(folder: Path) -> None:
    assert json.dumps(read(folder)["measured"]) == (folder / "first.json").read_text(encoding="utf-8")


def test_the_page_needs_nothing_else(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r"https?:|<script|<link|<img|@import|url\(", page)
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 5
    for drawing in drawings:
        ET.fromstring(drawing)


def test_dev_is_shown_by_question_and_test_in_totals(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    wrong = [question for question in read(folder)["measured"]["questions"] if not question["good"]]
    assert wrong
    assert all(f"{question['id']} · " in page for question in wrong)
    for name in ("report.html", "report.md", "report.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert not [q.question for q in read_questions(QUESTIONS) if q.split == "test" and q.question in text]


def test_what_changed_since_the_last_report_is_shown(folder: Path) -> None:
    questions = read(folder)["changed"]["questions"]
    assert len(questions) == 2
    assert {question["was"] for question in questions} == {"从前的回答"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    better = sum(question["good"] for question in questions)
    assert f"{better} better, {2 - better} worse, 0 worded otherwise" in page


def test_a_peer_that_wins_is_named_ahead(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Ahead of Wenbao: rank-bm25 &lt;alone&gt;." in page
    assert "| rank-bm25 <alone> |" in (folder / "report.md").read_text(encoding="utf-8")


def test_peers_are_shown_by_kind(folder: Path) -> None:
    told = (folder / "report.md").read_text(encoding="utf-8")
    assert "## Peers by kind: CMRC 2018, R@1\n\n|  | n | Wenbao | rank-bm25 <alone> |" in told
    assert "| follow up | 4 | 0.850 (0.600 to 1.000) | 0.950 (0.600 to 1.000) |" in told


def test_the_readme_gets_its_figures_between_the_marks(folder: Path) -> None:
    readme = folder / "README.md"
    readme.write_text(f"before\n{START}\nold\n{END}\nafter\n", encoding="utf-8")
    body = read(folder)
    write_figures(readme, body)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{START}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text.split(END)[0].splitlines()
    right = body["measured"]["splits"]["test"]["measures"]["right"][0]
    assert f"{right:.3f}".removeprefix("0") in text
    assert "rank-bm25 <alone>" in text
    assert "| follow up | 4 | .800 (.500–1.000) | .900 (.500–1.000) |" in text
    write_figures(readme, body)
    assert readme.read_text(encoding="utf-8") == text
    readme.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="Put both marks"):
        write_figures(readme, body)


def test_plots_put_values_where_they_belong() -> None:
    drawn = ET.fromstring(intervals([Bar("a", "3", 0.5, 0.0, 1.0)], 130))
    circle, line = drawn.find(".//circle"), drawn.find(".//g/line")
    assert circle is not None
    assert line is not None
    # the plane is 500 wide and begins at 130
    assert (circle.get("cx"), line.get("x1"), line.get("x2")) == ("380.0", "130.0", "630.0")
    line = ET.fromstring(curves([("a", [(0.5, 0.0), (1.0, 0.2)], 0.5)], "x", "y")).find(".//polyline")
    assert line is not None
    # 300 × 250 from (52, 14); the axis goes to 0.2
    assert line.get("points") == "202.0,264.0 352.0,14.0"
    bubbles = ET.fromstring(reliability_diagram([("a", [(0.0, 1.0, 4)])])).findall(".//circle[@class='bubble']")
    assert [(b.get("cx"), b.get("cy")) for b in bubbles] == [("52.0", "14.0")]
    bars = ET.fromstring(histogram([1.0, 1.0, 9.0], "ms", [("p50", 1.0), ("p99", 9.0)], 4)).findall(".//rect")
    assert [round(float(b.get("height") or 0)) for b in bars] == [170, 0, 0, 85]
