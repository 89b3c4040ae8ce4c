"""The report as a page and as Markdown, both made of what `report.json` holds."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from eval.plots import Bar, curves, histogram, intervals, reliability_diagram
from eval.tables import PERCENTILES, markdown_table, percentiles

TEMPLATE = Path(__file__).parent / "report.html"
TILES = {
    "hybrid R@1": "the right article comes first",
    "right": "answered, and the answer holds it, from the right article",
    "refusal recall": "refused, of what the pages do not answer",
    "short answer F1": "F1 of the short answers given",
    "verified": "stand word for word in the file",
}
PEER_MEASURES = ("R@1", "R@5", "MRR@10")
KIND_MEASURES = ("R@1", "MRR@10")

Body = dict[str, Any]
Table = tuple[str, list[str], list[list[str]]]
"""A title, a head, and rows."""


def tables(body: Body) -> Iterator[Table]:
    """Yield every table of the report."""
    splits: Body = body["measured"]["splits"]
    names = splits["dev"]["measures"]
    cells = [[_value(splits[s]["measures"].get(name)) for s in splits] for name in names]
    yield "Every measure", ["measure", *splits], [[n, *row] for n, row in zip(names, cells, strict=True)]
    kinds = [
        [
            k["kind"],
            str(k["count"]),
            _value([k["good"], k["low"], k["high"]]),
            f"{k['cited']:.2f}",
            f"{k['refused']:.2f}",
        ]
        for k in body["measured"]["kinds"]
    ]
    yield "By kind (dev)", ["kind", "questions", "as it should", "right article cited", "refused"], kinds
    times = [[step, *percentiles(spent)] for step, spent in body["times"].items()]
    yield "Milliseconds", ["step", *(f"p{p}" for p in PERCENTILES)], times
    if found := body["measured"]["sets"]:
        every = list(dict.fromkeys(name for part in found.values() for name in part["measures"]))
        rows = [[name, *(_value(part["measures"].get(name)) for part in found.values())] for name in every]
        counts = [[what, *(str(part[what]) for part in found.values())] for what in ("questions", "passages")]
        yield "Public sets", ["", *found], counts + rows
    if body["ablations"]:
        measures = list(next(iter(body["ablations"].values())))
        rows = [
            [name, *(_value(found.get(m), signed=number > 0) for m in measures)]
            for number, (name, found) in enumerate(body["ablations"].items())
        ]
        yield "A part taken away: the difference it makes", ["setting", *measures], rows
    for part in (body["peers"] or {}).get("sets", ()):
        yield _peer_table(part)
        if part["kinds"]:
            yield from (_peer_kinds(part, measure) for measure in KIND_MEASURES)


def _peer_table(part: Body) -> Table:
    rows = []
    for row in part["rows"]:
        costs = [f"{row['ms']:.1f}", f"{row['build_s']:.1f}", f"{row['memory_mb']:.0f}"]
        against = "–" if row["own"] else _value(row["difference"], signed=True)
        rows.append(
            [row["name"], *(_value(row["measures"][m]) for m in PEER_MEASURES), against, *costs, row["version"]]
        )
    head = ["", *PEER_MEASURES, "R@1, difference", "ms", "build s", "MB", "version"]
    return f"Peers: {part['set']}, {part['questions']} questions, {part['passages']} passages", head, rows


def _peer_kinds(part: Body, measure: str) -> Table:
    rows = [
        [kind.replace("_", " "), str(count), *(_value(row["kinds"][kind][measure]) for row in part["rows"])]
        for kind, count in part["kinds"].items()
    ]
    return f"Peers by kind: {part['set']}, {measure}", ["", "n", *(row["name"] for row in part["rows"])], rows


def _value(value: Sequence[float] | None, signed: bool = False) -> str:
    if value is None:
        return "–"
    shown = [f"{v:{'+' if signed else ''}.3f}" for v in value[:3]]
    sure = "*" if signed and (value[1] > 0 or value[2] < 0) else ""
    return f"{shown[0]}{sure} ({shown[1]} to {shown[2]})"


def markdown(body: Body) -> str:
    """Return the tables, and the dev questions that went wrong, as Markdown."""
    parts = ["# Wenbao 问报: how good it is", _subtitle(body)]
    for title, head, rows in tables(body):
        parts += [f"## {title}", markdown_table(head, rows)]
    wrong = [q for q in body["measured"]["questions"] if not q["good"]]
    rows = [
        [q["id"], q["kind"], q["question"], q["text"] or f"({q['reason']})", "; ".join(q["answers"])] for q in wrong
    ]
    flat = [[" ".join(cell.split()) for cell in row] for row in rows]
    parts += ["## Dev questions that went wrong", markdown_table(["id", "kind", "question", "answered", "gold"], flat)]
    return "\n\n".join([*parts, _colophon(body)]) + "\n"


def html_page(body: Body) -> str:
    """Return the page."""
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        subtitle=escape(_subtitle(body)), sections="\n".join(_sections(body)), colophon=escape(_colophon(body))
    )


def _subtitle(body: Body) -> str:
    about, splits = body["about"], body["measured"]["splits"]
    counts = ", ".join(f"{count} {what}" for what, count in about["counts"].items())
    asked = sum(part["questions"] for part in splits.values())
    made = f"snapshot {about['snapshot']} ({counts}) · {about['model']}"
    return f"{about['when']} · {asked} handwritten questions · {made}"


def _colophon(body: Body) -> str:
    about = body["about"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return (
        f"Made by `{about['command']}` on {about['machine']}. {versions}. Intervals: 95 %, percentile bootstrap over"
        " questions, 2,000 draws; differences are paired. Dev was tuned on; test is only reported, in totals."
    )


def _sections(body: Body) -> Iterator[str]:
    found = list(tables(body))
    splits, kinds = body["measured"]["splits"], body["measured"]["kinds"]
    yield f'<div class="tiles">{"".join(_tiles(splits, body["times"]["total"]))}</div>'
    yield "<h2>By kind of question</h2>" + _say(
        "Dev. Answerable kinds (red): the answer holds the gold and is cited from the right article; unanswerable kinds"
        " (blue): it was refused. The line is the 95 % interval; at the right, how many questions."
    )
    bars = [
        Bar(
            k["kind"].replace("_", " "),
            str(k["count"]),
            k["good"],
            k["low"],
            k["high"],
            "one" if k["answerable"] else "two",
        )
        for k in kinds
    ]
    yield f"<figure class='wide'>{intervals(bars)}</figure>"
    yield "<h2>Does it know when it is right?</h2>" + _say(
        "Left: the share of wrong answers among the surest questions, the more of them are answered; the dot is where"
        " it stops and refuses. Right: how sure it said it was, against how often it was right; on the dashed line both"
        " are the same. A refusal counts as not right, also where its best sentence was."
    )
    names = list(splits)
    lines = [(name, splits[name]["risk"], splits[name]["answered"]) for name in names]
    risk = curves(lines, "share of questions answered", "wrong")
    said = reliability_diagram([(name, splits[name]["reliability"]) for name in names])
    yield f'<div class="pair"><figure>{risk}</figure><figure>{said}</figure></div>'
    yield "<h2>Every measure</h2>" + _table(found[0])
    total = sorted(body["times"]["total"])
    marks = [(f"p{p}", total[len(total) * p // 100]) for p in PERCENTILES]
    yield "<h2>How long a question takes</h2>" + _say(f"One thread of {body['about']['machine']}.")
    yield f"<figure class='wide'>{histogram(total, 'milliseconds', marks)}</figure>{_table(found[2])}"
    for table in found[3:]:
        yield f"<h2>{escape(table[0])}</h2>"
        part = next((p for p in (body["peers"] or {}).get("sets", ()) if _peer_table(p)[0] == table[0]), None)
        yield _peers(part) if part else ""
        yield _table(table)
    yield from _questions(body)


def _tiles(splits: Body, times: Sequence[float]) -> Iterator[str]:
    for name, words in TILES.items():
        dev, test = (splits[s]["measures"][name] for s in ("dev", "test"))
        sure = f"dev {100 * dev[1]:.0f}–{100 * dev[2]:.0f} % · test {_percent(test[0])}"
        yield f'<div class="tile"><b>{_percent(dev[0])}</b><span>{words}</span><small>{sure}</small></div>'
    middle, late = (sorted(times)[int(len(times) * share)] for share in (0.5, 0.99))
    sure = f"p99 {late:.0f} ms"
    yield f'<div class="tile"><b>{middle:.0f} ms</b><span>a question, the median</span><small>{sure}</small></div>'


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + "\N{NO-BREAK SPACE}%"


def _peers(part: Body) -> str:
    bars = []
    for row in part["rows"]:
        value, low, high = row["measures"]["R@1"]
        bars.append(Bar(row["name"], f"{row['ms']:.1f} ms", value, low, high, "one" if row["own"] else "quiet"))
    told = f"R@1 with its interval; CPU milliseconds a question. {part['note']}"
    return f"{_say(told)}<figure class='wide'>{intervals(bars, 230)}</figure>"


def _say(text: str) -> str:
    return f'<p class="say">{escape(text)}</p>'


def _table(table: Table) -> str:
    many = ' class="many"' if len(table[1]) > 4 else ""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table[1])
    rows = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in table[2])
    return f'<div class="scroll"><table{many}><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cell(cell: str) -> str:
    value, bracket, rest = escape(cell).partition(" (")
    return f"{value} <small>({rest}</small>" if bracket and " to " in rest else escape(cell)


def _questions(body: Body) -> Iterator[str]:
    wrong = [q for q in body["measured"]["questions"] if not q["good"]]
    if change := body["changed"]:
        yield f"<h2>Changed since {escape(change['since'])}</h2>"
        rows = change["questions"]
        better, worse = (sum(q["good"] is flag and q["was_good"] is not flag for q in rows) for flag in (True, False))
        yield _say(f"Dev: {better} better, {worse} worse, {len(rows) - better - worse} worded otherwise.")
        yield "".join(_asked(q, q["was"]) for q in sorted(rows, key=lambda q: (q["good"], not q["was_good"])))
    yield f"<h2>Dev questions that went wrong ({len(wrong)} of {len(body['measured']['questions'])})</h2>"
    for title, part in (
        ("Answered, though the pages do not say", [q for q in wrong if not q["answerable"]]),
        ("Answered wrongly", [q for q in wrong if q["answerable"] and q["text"]]),
        ("Refused, though the pages say", [q for q in wrong if q["answerable"] and not q["text"]]),
    ):
        yield f"<h3>{title} ({len(part)})</h3>{''.join(_asked(q) for q in part)}"


def _asked(q: Body, was: str | None = None) -> str:
    told = [("was", was)] if was else []
    told += [("gold", "; ".join(q["answers"]) or "the pages do not say"), ("answered", q["text"] or f"({q['reason']})")]
    told += [("short", q["short"])] if q["short"] else []
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text or '')}</dd>" for name, text in told)
    tag = f"{escape(q['id'])} · {escape(q['kind'].replace('_', ' '))} · confidence {q['confidence']:.2f}"
    style = "asked better" if q["good"] else "asked"
    question = f'<div class="q">{escape(q["question"])}</div>'
    return f'<div class="{style}"><span class="tag">{tag}</span>{question}<dl>{rows}</dl></div>'
