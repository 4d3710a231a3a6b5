"""A small bar chart of cash by year as SVG: no library, no script, no text that is not escaped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from planner.compare.parts import CASH, Comparison, Line
from planner.compare.words import figure

COLOURS = ("#1f3a5f", "#d9822b", "#4c9f70", "#a64d79", "#7a7a7a", "#c9b037")
MOST_RUNS = 6
_WIDTH, _HEIGHT = 720, 190
_LEFT, _BOTTOM, _TOP = 52, 20, 12
_STEPS = (1, 2, 2.5, 5, 10)
_TICKS = 4


def cash_chart(comparison: Comparison) -> str:
    """Returns grouped bars of cash by year, a colour a run, as an SVG element; nothing where there is no cash."""
    lines = [line for line in comparison.money if line.labels[0] == CASH and line.labels[1].isdigit()]
    values = [value for line in lines for value in line.values[:MOST_RUNS] if value is not None]
    top, low = max([0.0, *values]), min([0.0, *values])
    if not lines or top <= low:
        return ""
    step = _step(top - low)
    low, top = math.floor(low / step) * step, math.ceil(top / step) * step

    def y(value: float) -> float:
        return _TOP + (top - value) / (top - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_axis(y(0.0), [(tick, y(tick)) for tick in _ticks(low, top, step)])]
    width = (_WIDTH - _LEFT) / len(lines)
    for number, line in enumerate(lines):
        parts += _group(comparison, line, (_LEFT + number * width, width), y)
    label = "Cash by year, USD million, by run"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(parts)}</svg>"
    )


def _step(span: float) -> float:
    """Returns a round distance between lines of the axis."""
    rough = span / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in _STEPS if step * size >= rough * (1 - 1e-9))


def _ticks(low: float, top: float, step: float) -> list[float]:
    return [low + step * number for number in range(round((top - low) / step) + 1)]


def _axis(zero: float, ticks: Sequence[tuple[float, float]]) -> str:
    parts = []
    for tick, place in ticks:
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{place:.1f}" y2="{place:.1f}" stroke="#e3e3e3"/>')
        text = escape(figure(tick, "USD million"))
        parts.append(f'<text x="{_LEFT - 6}" y="{place + 3.5:.1f}" text-anchor="end">{text}</text>')
    parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="#888"/>')
    return "".join(parts)


def _group(comparison: Comparison, line: Line, place: tuple[float, float], y: Callable[[float], float]) -> list[str]:
    """Returns the bars of one year in a place given by its left edge and width."""
    left, width = place
    shown = line.values[:MOST_RUNS]
    bar = min(26.0, width * 0.8 / len(shown))
    start = left + (width - bar * len(shown)) / 2
    parts = []
    for run, value in enumerate(shown):
        if value is None:
            continue
        ends = y(value), y(0.0)
        side = comparison.sides[run]
        title = escape(f"{side.letter} {line.labels[1]}: {figure(value, line.unit)} {line.unit}")
        parts.append(
            f'<rect x="{start + run * bar:.1f}" y="{min(ends):.1f}" width="{bar - 1:.1f}" '
            f'height="{max(ends) - min(ends):.1f}" fill="{COLOURS[run]}"><title>{title}</title></rect>'
        )
    middle, foot = left + width / 2, _HEIGHT - 5
    return [*parts, f'<text x="{middle:.1f}" y="{foot}" text-anchor="middle">{escape(line.labels[1])}</text>']
