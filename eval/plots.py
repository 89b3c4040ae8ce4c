"""Plots as inline SVG: no script, colours from the page's own style, so that light and dark both fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, sqrt

import numpy as np

TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
ROW = 25  # height of a row of `intervals`

Point = tuple[float, float]


@dataclass(frozen=True)
class Bar:
    """A row of `intervals`: a value in [0, 1] with its interval; `style`: a class of the page's style."""

    label: str
    note: str
    value: float
    low: float
    high: float
    style: str = "one"


@dataclass(frozen=True)
class _Frame:
    """A plane from data to pixels: `left`, `top`, `width`, `height` of it, and how far both axes go."""

    left: float
    top: float
    width: float
    height: float
    most_x: float = 1.0
    most_y: float = 1.0

    def at(self, x: float, y: float) -> str:
        return f"{self.x(x):.1f},{self.y(y):.1f}"

    def x(self, value: float) -> float:
        return self.left + self.width * value / self.most_x

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - value / self.most_y)


def intervals(bars: Sequence[Bar], label_width: int = 150) -> str:
    """Return a row for each bar: a dot at the value, a line along the interval, the note at the right."""
    height = ROW * len(bars) + 34
    frame = _Frame(label_width, 8, 700 - label_width - 70, ROW * len(bars))
    parts = []
    for tick in TICKS:
        x = frame.x(tick)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="8" y2="{height - 26}"/>')
        parts.append(_text(x, height - 8, f"{tick:g}", "middle", "tick"))
    for number, bar in enumerate(bars):
        y = 8 + ROW * (number + 0.5)
        parts.append(_text(label_width - 12, y + 4.5, bar.label, "end", "label"))
        parts.append(
            f'<g class="{bar.style}"><title>{bar.value:.3f} ({bar.low:.3f} to {bar.high:.3f})</title>'
            f'<line class="span" x1="{frame.x(bar.low):.1f}" x2="{frame.x(bar.high):.1f}" y1="{y}" y2="{y}"/>'
            f'<circle class="dot" cx="{frame.x(bar.value):.1f}" cy="{y}" r="5"/></g>'
        )
        parts.append(_text(700 - 58, y + 4.5, bar.note, "start", "tick"))
    return _svg(700, height, parts)


def curves(series: Sequence[tuple[str, Sequence[Point], float]], x_label: str, y_label: str) -> str:
    """Return lines through points of a plane, each with its name in the legend, and a dot where x is the third."""
    most = max(y for _, points, _ in series for _, y in points)
    frame = _Frame(52, 14, 300, 250, 1.0, max(0.2, ceil(most / 0.2) * 0.2))
    parts = _axes(frame, x_label, y_label)
    for number, (name, points, here) in enumerate(series):
        style = ("one", "two")[number % 2]
        x, y = next((point for point in points if point[0] >= here), points[-1])
        parts.append(
            f'<g class="{style}"><polyline class="line" points="{" ".join(frame.at(*point) for point in points)}"/>'
            f'<circle class="dot" cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="5">'
            f"<title>{name}: {x:.2f} answered, {y:.2f} wrong</title></circle></g>"
        )
        parts += _legend(number, name, style)
    return _svg(370, 310, parts)


def reliability_diagram(series: Sequence[tuple[str, Sequence[tuple[float, float, int]]]]) -> str:
    """Return what was said against what was seen: a dot for each bin, its area as many questions as it has."""
    frame = _Frame(52, 14, 300, 250)
    parts = _axes(frame, "confidence", "right")
    parts.append(f'<polyline class="ideal" points="{frame.at(0, 0)} {frame.at(1, 1)}"/>')
    most = max((count for _, rows in series for _, _, count in rows), default=1)
    for number, (name, rows) in enumerate(series):
        style = ("one", "two")[number % 2]
        for said, seen, count in rows:
            title = f"{name}: said {said:.2f}, right {seen:.2f}, {count} questions"
            parts.append(
                f'<g class="{style}"><title>{escape(title)}</title><circle class="bubble" cx="{frame.x(said):.1f}"'
                f' cy="{frame.y(seen):.1f}" r="{3 + 13 * sqrt(count / most):.1f}"/></g>'
            )
        parts += _legend(number, name, style)
    return _svg(370, 310, parts)


def histogram(values: Sequence[float], label: str, marks: Sequence[tuple[str, float]], bins: int = 44) -> str:
    """Return how often values fall where, up to a little above the last mark, with named lines at the marks."""
    most = marks[-1][1] * 1.12
    counts, edges = np.histogram(np.minimum(values, most), bins=bins, range=(0, most))
    frame = _Frame(14, 26, 672, 170, most, float(max(counts.max(), 1)))
    parts = [f'<line class="axis" x1="14" x2="686" y1="{frame.y(0):.1f}" y2="{frame.y(0):.1f}"/>']
    for count, low, high in zip(counts.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        x, y = frame.x(low), frame.y(count)
        parts.append(
            f'<rect class="bar" x="{x + 0.7:.1f}" y="{y:.1f}" width="{frame.x(high) - x - 1.4:.1f}"'
            f' height="{frame.y(0) - y:.1f}"><title>{low:.1f}–{high:.1f}: {count}</title></rect>'
        )
    for name, value in marks:
        x = frame.x(value)
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="20" y2="{frame.y(0):.1f}"/>')
        parts.append(_text(x, 14, f"{name} {value:.1f}", "middle", "tick"))
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000) if most / step <= 8)
    for tick in range(0, int(most * 0.9), step):
        parts.append(_text(frame.x(tick), 214, str(tick), "middle", "tick"))
    parts.append(_text(686, 214, label, "end", "tick"))
    return _svg(700, 222, parts)


def _axes(frame: _Frame, x_label: str, y_label: str) -> list[str]:
    parts = []
    for tick in TICKS:
        x, y = frame.x(tick * frame.most_x), frame.y(tick * frame.most_y)
        parts.append(
            f'<line class="grid" x1="{frame.left}" x2="{frame.left + frame.width}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(_text(frame.left - 8, y + 4, f"{tick * frame.most_y:.2g}", "end", "tick"))
        parts.append(_text(x, frame.top + frame.height + 18, f"{tick:g}", "middle", "tick"))
    parts.append(_text(frame.left + frame.width / 2, frame.top + frame.height + 38, x_label, "middle", "axis-label"))
    turned = f'transform="rotate(-90 13 {frame.top + frame.height / 2})"'
    parts.append(_text(13, frame.top + frame.height / 2, y_label, "middle", "axis-label", turned))
    return parts


def _legend(number: int, name: str, style: str) -> list[str]:
    x = 66 + 90 * number
    return [
        f'<g class="{style}"><circle class="dot" cx="{x}" cy="6" r="4"/></g>',
        _text(x + 9, 10, name, "start", "tick"),
    ]


def _text(x: float, y: float, text: str, anchor: str, style: str, more: str = "") -> str:
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img">{"".join(parts)}</svg>'
