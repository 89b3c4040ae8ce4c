"""The README's figures, made of what `report.json` holds and put between their two marks."""

from pathlib import Path
from typing import Any

from eval.tables import markdown_table

START, END = "<!-- figures: make report -->", "<!-- /figures -->"
HANDWRITTEN = {
    "hybrid R@1": "right article first: everything",
    "bm25 R@1": "– BM25 alone",
    "dense R@1": "– vectors alone",
    "right": "the answer holds it, from the right article",
    "right article cited": "right article cited",
    "wrongly refused": "refused, though the pages answer",
    "refusal recall": "refused, of what the pages do not answer",
    "refusal precision": "of the refusals, rightly",
    "short answer given": "short answers given, of those asked for",
    "short answer EM": "– exact, of those given",
    "short answer F1": "– F1, of those given",
    "AUROC right or not": "right or not, by the confidence: AUROC",
    "AURC": "area under risk–coverage (less is better)",
    "calibration error": "calibration error",
    "verified": "verified word for word",
}
SETS = ("hybrid R@1", "hybrid R@5", "right", "wrongly refused", "short answer given", "short answer EM",
        "short answer F1", "AUROC right or not", "AURC", "calibration error")  # fmt: skip

AS_IT_COMES = "as it comes"

Body = dict[str, Any]


def figures(body: Body) -> str:
    """Return the block of figures, marks included."""
    about, splits = body["about"], body["measured"]["splits"]
    asked = " / ".join(f"{part['answerable']} + {part['questions'] - part['answerable']}" for part in splits.values())
    parts = [
        f"`make report`, {about['when']}, snapshot {about['snapshot']}. Handwritten questions, answerable + not, dev /"
        f" test: {asked}; dev tuned, test is only reported. In brackets 95 % intervals (bootstrap).",
        markdown_table(["", *splits], _rows(HANDWRITTEN, splits)),
    ]
    if found := body["measured"]["sets"]:
        names = {name: HANDWRITTEN.get(name, "among the first five") for name in SETS}
        head = ["", *(f"{name} ({part['questions']})" for name, part in found.items())]
        parts += [
            "Public sets, end to end over all passages of the set (halves on which nothing was fitted; right document"
            " first, answers that hold a gold one from the right document; refusals count against it):",
            markdown_table(head, _rows({**names, "hybrid R@1": "right document first"}, found)),
        ]
    if body["peers"]:
        parts += _peers(body["peers"]["sets"])
    if body["ablations"]:
        parts += _ablations(body["ablations"])
    return "\n\n".join([START, *parts, END])


def _rows(names: dict[str, str], found: Body) -> list[list[str]]:
    return [[words, *(_value(part["measures"].get(name)) for part in found.values())] for name, words in names.items()]


def _value(value: list[float] | None) -> str:
    if value is None:
        return "–"
    middle, low, high = (f"{v:.3f}".removeprefix("0") for v in value[:3])
    return middle if low == high else f"{middle} ({low}–{high})"


def _peers(sets: list[Body]) -> list[str]:
    """Return R@1 of every peer on every set, what each costs where there are most passages, and R@1 by kind."""
    names = [row["name"] for row in sets[0]["rows"]]
    large = max(sets, key=lambda part: part["passages"])
    rows = []
    for name in names:
        found = [next((row for row in part["rows"] if row["name"] == name), None) for part in sets]
        cost = next((row for row in large["rows"] if row["name"] == name), None)
        costs = [f"{cost['ms']:.1f}", f"{cost['build_s']:.0f}", f"{cost['memory_mb']:.0f}"] if cost else ["–"] * 3
        version = next(row["version"] for row in sets[0]["rows"] if row["name"] == name)
        rows.append([f"{name} ({version})", *(_value(r["measures"]["R@1"] if r else None) for r in found), *costs])
    head = ["", *(f"{part['set']}, {part['passages']} passages" for part in sets), "ms", "build s", "MB"]
    told = " ".join(f"{part['set']}: {part['note']}" for part in sets)
    return [
        "`python -m eval peers --data DIR --distractors FILE`, right article first, the same passages and the same"
        " embedded model for all, each as it comes and as its documentation says for Chinese; one thread; costs are"
        f" those at {large['passages']} passages. {told}",
        "Why some are faster: rank-bm25 and LangChain as they come cut text at spaces, so that a Chinese sentence is"
        " one word and hardly any passage is scored; on small pools what only adds two scores is done before what also"
        " compares the question's tokens with every candidate's and ranks the best against each other.",
        markdown_table(head, rows),
        *(text for part in sets if part["kinds"] for text in _peers_by_kind(part)),
    ]


def _peers_by_kind(part: Body) -> list[str]:
    """Return R@1 by kind of question, of this project and of the peers that are set up for Chinese."""
    shown = [row for row in part["rows"] if AS_IT_COMES not in row["name"]]
    rows = [
        [kind.replace("_", " "), str(count), *(_value(row["kinds"][kind]["R@1"]) for row in shown)]
        for kind, count in part["kinds"].items()
    ]
    told = (
        f"The same by kind, {part['set']} questions that the pages answer, both splits; with MRR and as they come in"
        " the report. Of a talk, peers are given what the user said, as one text:"
    )
    return [told, markdown_table(["", "n", *(row["name"] for row in shown)], rows)]


def _ablations(found: Body) -> list[str]:
    (whole, values), *others = found.items()
    names = [name for name in ("hybrid R@1", "right") if name in values]
    rows = [[whole, *(_value(values[name]) for name in names)]]
    rows += [[setting, *(_change(changes.get(name)) for name in names)] for setting, changes in others]
    told = "`python -m eval ablations`, dev, difference to everything with its paired interval:"
    return [told, markdown_table(["", *(HANDWRITTEN[name].partition(":")[0] for name in names)], rows)]


def _change(change: list[float] | None) -> str:
    return "{:+.3f} ({:+.3f} to {:+.3f})".format(*change) if change else "–"


def write_figures(readme: Path, body: Body) -> None:
    """Put the figures between the marks of a README.

    Raises:
        ValueError: it has no such marks.
    """
    text = readme.read_text(encoding="utf-8")
    if START not in text or END not in text:
        raise ValueError(f"{readme}: no {START} … {END}. Put both marks where the figures should stand.")
    before, after = text[: text.index(START)], text[text.index(END) + len(END) :]
    readme.write_text(before + figures(body) + after, encoding="utf-8")
