"""A comparison as one HTML file that opens offline: no script, no link, no request; every text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from planner.compare.charts import COLOURS, MOST_RUNS, cash_chart
from planner.compare.grids import TextGrid, category_name, grids_of
from planner.compare.page import Page, decision_words, page_of
from planner.compare.parts import FRACTION, MUSD, Comparison, Input, Line, Standing
from planner.compare.words import cell, change, figure, headline, legend, mark, share, verdict_text
from planner.documents.safe_text import plain

MOST_DETAILS = 400
_ONE_PAGE = 13
"""Notes, inputs and decisions up to this many leave room for the rest of the page; more are printed smaller."""
_STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{font:14px/1.4 system-ui,'Segoe UI',Arial,sans-serif;color:#1c1c1c;max-width:1060px;margin:22px auto;padding:0 18px}
h1{font-size:21px;margin:0 0 8px}h2{font-size:15px;margin:18px 0 5px;color:#1f3a5f}
table{border-collapse:collapse;font-size:13px}th{font-weight:600;text-align:left;border-bottom:1.5px solid #1f3a5f}
tr>*:first-child{min-width:150px}.r tr>*:first-child{min-width:0}.p{break-inside:avoid}
th,td{padding:2px 10px 2px 0;vertical-align:top;overflow-wrap:anywhere}td{border-bottom:1px solid #ececec}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr.t td{font-weight:600;border-top:1px solid #999}
.q{color:#8a8a8a}.v{border-left:4px solid #1f3a5f;background:#f2f5f9;padding:7px 12px;margin:5px 0}
.v.w{border-color:#d9a400;background:#fdf7e3}.v.s{border-color:#3c8d5a;background:#eef7f1}
.h{font-weight:600;margin:8px 0}.m{color:#7a5a00}ul{margin:4px 0 4px 18px;padding:0}
.g{display:flex;flex-wrap:wrap;gap:0 44px}
svg{width:100%;height:auto;max-width:820px}svg text{font:11px system-ui,Arial,sans-serif;fill:#555}
.k{display:inline-block;width:10px;height:10px;margin:0 5px 0 12px}details{margin:6px 0}
summary{cursor:pointer;font-weight:600}
.d{overflow-x:auto}footer{color:#8a8a8a;font-size:12px;margin-top:16px}
@media print{@page{size:A4;margin:10mm}body{font-size:9.5px;margin:0;max-width:none;padding:0}h1{font-size:15px}
h2{font-size:11px;margin:8px 0 2px}table{font-size:9px}th,td{padding:1px 7px 1px 0}details{display:none}
svg{max-width:460px}tr>*:first-child{min-width:90px}ul,.h{margin-top:2px;margin-bottom:2px}
footer{display:none}.v,.k{print-color-adjust:exact;-webkit-print-color-adjust:exact}.v{padding:4px 8px}body.s{zoom:.8}}
"""
_KINDS = {Standing.WITHIN: " w", Standing.UNKNOWN: " w", Standing.APART: " w", Standing.SAME: " s"}


def comparison_html(comparison: Comparison) -> str:
    """Returns a comparison as an HTML document: one page, and every change below it as details."""
    page = page_of(comparison)
    first, *others = comparison.sides
    title = f"{', '.join(side.letter for side in others)} against {first.letter}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_safe(title)}: {_safe(first.case)}</title><style>{_STYLE}</style></head>",
        '<body class="s">' if _is_long(comparison, page) else "<body>",
        f"<h1>{_safe(title)}: {_safe(first.case)}</h1>",
        _runs(comparison),
        *(_verdict(comparison, run) for run in comparison.others),
        f'<p class="h">{_safe(headline(comparison))}</p>',
        _list(comparison.notes, "m"),
        "<h2>What changed in the inputs</h2>",
        _list([*(page.inputs or ("no input differs",)), page.more_inputs]),
        _decisions(comparison, page),
        _money(comparison, page),
        _all(comparison),
        "<footer>Written by fleetplan. Differences are runs less the reference; money in USD million.</footer>",
        "</body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _is_long(comparison: Comparison, page: Page) -> bool:
    told = sum(len([*decision_words(comparison, entry)]) for entry in page.decisions)
    return told + len(comparison.notes) + len(page.inputs) + len(comparison.sides) > _ONE_PAGE


def _safe(text: str) -> str:
    return escape(plain(text), quote=True)


def _runs(comparison: Comparison) -> str:
    rows = []
    for number, side in enumerate(comparison.sides):
        key = f'<span class="k" style="background:{COLOURS[number]}"></span>' if number < MOST_RUNS else ""
        gap = "not known" if side.gap_musd is None else figure(side.gap_musd, MUSD)
        cells = [
            f"<b>{key}{side.letter}</b>",
            _safe(side.name),
            _safe(side.case),
            _safe(side.horizon),
            _safe(side.status),
        ]
        numbers = [figure(side.objective_musd, MUSD), gap]
        rows.append(_row(cells, [(text, False) for text in numbers]))
    heads = _head(("", "Run", "Case", "Horizon", "Status"), (f"Net present cost, {MUSD}", "Gap"))
    return f'<div class="r">{_table(heads, rows)}</div>'


def _verdict(comparison: Comparison, run: int) -> str:
    kind = _KINDS.get(comparison.verdicts[run - 1].standing, "")
    return f'<div class="v{kind}">{_safe(verdict_text(comparison, run))}</div>'


def _list(lines: Sequence[str], style: str = "") -> str:
    told = [f"<li>{_safe(line)}</li>" for line in lines if line]
    return f'<ul class="{style}">{"".join(told)}</ul>' if told else ""


def _decisions(comparison: Comparison, page: Page) -> str:
    if not page.decisions:
        return ""
    named = len(comparison.sides) > 2
    rows = []
    for entry in page.decisions:
        words = [
            _bold(f"{comparison.sides[run].letter}: {text}" if named else text, is_bold=flips)
            for run, text, flips in decision_words(comparison, entry)
        ]
        item = f"{_safe(entry.kind.value)} {_bold(entry.item, is_bold=entry.is_flip)}"
        rows.append(_row([item, "<br>".join(words)], []))
    heads = _head(("Decision", "What changed (bold: done in one run only)"), ())
    more = f'<p class="q">{_safe(page.more_decisions)}</p>' if page.more_decisions else ""
    return f"<h2>What changed in the decisions</h2>{_table(heads, rows)}{more}"


def _bold(text: str, *, is_bold: bool) -> str:
    return f"<strong>{_safe(text)}</strong>" if is_bold else _safe(text)


def _money(comparison: Comparison, page: Page) -> str:
    present, cash, served, figures = (_grid(grid) for grid in grids_of(comparison, page))
    chart = cash_chart(comparison)
    told = legend([*page.present, *page.cash, *page.service, *page.key_figures])
    notes = "".join(f'<div class="q">{_safe(text)}</div>' for text in told)
    picture = f'<div class="p"><h2>Cash by year, {MUSD}</h2>{chart}</div>' if chart else ""
    more = f'<p class="q">{_safe(page.more_service)}</p>' if page.more_service else ""
    return (
        f'<h2>Money</h2><div class="g"><div>{present}</div><div>{cash}</div></div>{picture}'
        f'<h2>Service and key figures</h2><div class="g"><div>{served}{more}</div><div>{figures}</div></div>{notes}'
    )


def _grid(grid: TextGrid) -> str:
    rows = []
    for row in grid.rows:
        style = "t" if row.is_total else ""
        rows.append(_row([_safe(row.label)], list(zip(row.cells, row.quiet, strict=True)), style))
    return _table(_head((grid.title,), grid.headers), rows)


def _all(comparison: Comparison) -> str:
    """Returns every change as tables that open on a click; long ones end with a count of the rest."""
    parts = [
        _details("Every decision", ("Kind", "Item", *_letters(comparison)), (), _decision_rows(comparison)),
        *(_line_details(comparison, title, lines) for title, lines in _parts(comparison)),
        _details(
            "Every change of input",
            ("Table", "Row", "Time", "Column", *_letters(comparison), "Change", "Where"),
            (),
            [_input_row(comparison, entry) for entry in comparison.inputs[:MOST_DETAILS]],
            len(comparison.inputs),
        ),
    ]
    return "".join(parts)


def _parts(comparison: Comparison) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    return (
        ("Every order that differs", comparison.orders),
        ("Every amount that differs", comparison.money),
        ("All service that differs", comparison.service),
    )


def _letters(comparison: Comparison) -> tuple[str, ...]:
    return tuple(side.letter for side in comparison.sides)


def _decision_rows(comparison: Comparison) -> list[str]:
    return [
        _row([_safe(entry.kind.value), _bold(entry.item, is_bold=entry.is_flip), *map(_safe, entry.texts)], [])
        for entry in comparison.decisions
    ]


def _line_details(comparison: Comparison, title: str, lines: Sequence[Line]) -> str:
    changed = [line for line in lines if line.is_changed]
    rows = []
    for line in changed:
        names = [_safe(category_name(label) if number == 0 else label) for number, label in enumerate(line.labels)]
        unit = "" if line.unit == FRACTION else line.unit
        numbers = [(figure(value, line.unit), False) for value in line.values]
        for run in comparison.others:
            told = " ".join(filter(None, [change(line, run), mark(line, run)]))
            numbers.append((told, line.standings[run - 1] is not Standing.DIFFERENT))
        rows.append(_row([*names, _safe(unit)], numbers))
    labels = ("",) * (len(changed[0].labels) + 1) if changed else ()
    heads = (*_letters(comparison), *(f"{side.letter} − {comparison.sides[0].letter}" for side in comparison.sides[1:]))
    return _details(title, labels, heads, rows)


def _input_row(comparison: Comparison, entry: Input) -> str:
    words = [
        " ".join(filter(None, [entry.changes[run - 1].value, share(entry.share(run))])) for run in comparison.others
    ]
    unit = f" ({entry.unit})" if entry.unit else ""
    cells = [entry.table, entry.row, entry.time, f"{entry.column}{unit}", *map(cell, entry.values)]
    places = ", ".join(dict.fromkeys(place for place in entry.places if place))
    return _row([*map(_safe, cells), _safe("; ".join(words)), _safe(places)], [])


def _details(
    title: str, labels: Sequence[str], numbers: Sequence[str], rows: Sequence[str], count: int | None = None
) -> str:
    """Returns a table that opens on a click; `count` is how many rows there are, where only the first were made."""
    if not rows:
        return ""
    there = len(rows) if count is None else count
    rest = there - MOST_DETAILS
    more = f'<p class="q">and {rest:,} more; the workbook has all of them</p>' if rest > 0 else ""
    table = _table(_head(labels, numbers), rows[:MOST_DETAILS])
    return f'<details><summary>{_safe(title)} ({there:,})</summary><div class="d">{table}</div>{more}</details>'


def _table(head: str, rows: Sequence[str]) -> str:
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _head(labels: Sequence[str], numbers: Sequence[str]) -> str:
    cells = [f"<th>{_safe(label)}</th>" for label in labels]
    cells += [f'<th class="n">{_safe(label)}</th>' for label in numbers]
    return f"<tr>{''.join(cells)}</tr>"


def _row(cells: Sequence[str], numbers: Sequence[tuple[str, bool]], style: str = "") -> str:
    """Returns a row of cells that are escaped already, then numbers (with whether they are quiet) that are not."""
    told = "".join(f"<td>{text}</td>" for text in cells)
    told += "".join(f'<td class="n{" q" if quiet else ""}">{_safe(text)}</td>' for text, quiet in numbers)
    return f'<tr class="{style}">{told}</tr>' if style else f"<tr>{told}</tr>"
