"""The plan as Markdown, for pasting into a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from planner.export.dossier import Dossier
from planner.export.report.cells import number, reported, sums, text
from planner.export.report.figure import Grid
from planner.export.report.money import budget_grid
from planner.export.report.quality import QUALITIES, quality_counts
from planner.export.report.relief import relief_grid
from planner.export.report.story import claims, lead, lookahead_note, tiles
from planner.export.report.trust import run_facts
from planner.show.decisions import steps_of
from planner.show.numbers import money, percent
from planner.show.remarks import owed_lines
from planner.show.worth import HELD, NOTHING_BINDS, dear_rows, full_rows, full_sentence, tightest

_MOST_RELIEF = 10
_SIGNS = re.compile(r"[\\`*\[\]<>|~&$#]|(?<![^\W_])_|_(?![^\W_])|(?<=:)/|@|(?<=www)\.", re.IGNORECASE)
_LEADS = re.compile(r"^(\s*\d*)([-+=.)])(?=\s|$)|^(\s*)([-+=])(?=[-+=])")
_BREAKS = re.compile(r"[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]+")


def plan_markdown(dossier: Dossier) -> str:
    """Returns the plan as GitHub-flavoured Markdown: headline, decisions, cash, service, what binds, status."""
    parts = [
        f"# {escaped(dossier.case.settings.name)}",
        escaped(lead(dossier)),
        *(f"- {'✔' if claim.good else '**!**'} {escaped(claim.text)}" for claim in claims(dossier)),
        "",
        _table(("figure", "value", "unit"), [(tile.label, tile.value, tile.unit) for tile in tiles(dossier)], {1}),
        escaped(lookahead_note(dossier)),
        "## What to do, and when",
        _decisions(dossier),
        "## Cash",
        _cash(dossier),
        "## Cash against budgets",
        _grid(budget_grid(dossier)),
        *_owed(dossier),
        "## Demand served, %",
        _service(dossier),
        "## What binds, and what relief is worth",
        *_relief(dossier),
        "## Inputs",
        _quality(dossier),
        "## Status and check",
        _table(("what", "value"), run_facts(dossier), set()),
    ]
    return _spaced(parts)


def escaped(words: str) -> str:
    r"""Returns text that Markdown shows as it is: no markup, no link, no new line or cell comes of it.

    >>> print(escaped("a|b_c <b>"), escaped("_x_ http://a.b"))
    a\|b_c \<b\> \_x\_ http:\/\/a.b
    """
    return _LEADS.sub(lambda found: f"{found[1] or found[3] or ''}\\{found[2] or found[4]}", _cell(words))


def _cell(words: str) -> str:
    """Returns text for the cell of a table, where no block can begin."""
    return _SIGNS.sub(r"\\\g<0>", _BREAKS.sub(" ", words)).replace(":\\//", ":\\/\\/")


def _decisions(dossier: Dossier) -> str:
    rows = []
    for step in steps_of(dossier.case, dossier.tables):
        doings = [*step.decisions, *(f"→ {line}" for line in step.milestones)] or ["nothing to decide"]
        said = "<br>".join(_cell(line) for line in doings)
        rows.append((_cell(step.label), said, money(step.cash_musd), f"{step.mw:,.0f}"))
    return _raw_table(("when", "what to do", "cash, USD million", "power, MW"), rows, {2, 3})


def _cash(dossier: Dossier) -> str:
    """Returns cash by period, capital apart from running cost, and beside it what is no cash."""
    header = ("period", "capex", "opex", "cash", "revenue", "penalty for unserved")
    columns = ("capex_musd", "opex_musd", "cash_musd", "revenue_musd", "penalty_musd")
    rows = [
        (text(row["period"]), *(money(number(row[column])) for column in columns))
        for row in reported(dossier, "period_figures")
    ]
    figures = ("capex", "opex", "cash_cost", "revenue", "unserved_penalty")
    rows.append(("all", *(money(dossier.figure(name) or 0.0) for name in figures)))
    left = dossier.figure("discounted_value_left")
    note = f"USD million, not discounted. Value left at the end, discounted: {money(left or 0.0)}."
    return f"{_table(header, rows, set(range(1, 6)))}\n\n{note}"


def _owed(dossier: Dossier) -> list[str]:
    rows = [(what, when, money(musd)) for what, when, musd in owed_lines(dossier.tables)]
    return ["## Owed after the end", _table(("what", "when", "USD million"), rows, {2})] if rows else []


def _service(dossier: Dossier) -> str:
    rows = [dict(row) | {"year": text(row["period"])[:4]} for row in reported(dossier, "service")]
    years = tuple(dict.fromkeys(period[:4] for period in dossier.periods))
    demand, served = (sums(rows, ("workload", "year"), f"{name}_qps") for name in ("demand", "served"))
    body = [
        (
            name,
            *(percent(served[name, year] / demand[name, year]) if demand.get((name, year)) else "" for year in years),
        )
        for name in dict.fromkeys(text(row["workload"]) for row in dossier.records("service_by_workload"))
    ]
    return _table(("workload, the least served first", *years), body, set(range(1, len(years) + 1)))


def _relief(dossier: Dossier) -> list[str]:
    table = dossier.table("binding")
    rows, full = dear_rows(table), full_rows(table)
    if not rows and not full:
        return [NOTHING_BINDS]
    parts = [HELD]
    if rows:
        parts += [f"- {escaped(line)}" for line in tightest(table)]
        parts += ["", _grid(relief_grid(rows[:_MOST_RELIEF]))]
    if full:
        parts += ["Nearly used up, yet more would save nothing while lots, deals, tape-outs and modules are held:", ""]
        parts += [f"- {escaped(full_sentence(row))}" for row in full[:5]]
    return parts


def _quality(dossier: Dossier) -> str:
    counts = quality_counts(dossier).values()
    totals = {name: sum(entry[name] for entry in counts) for name in QUALITIES}
    whole = sum(totals.values())
    said = ", ".join(f"{count:,} {name} ({percent(count / whole, 0)} %)" for name, count in totals.items() if count)
    unknown = " Of rows without a source nothing is known." if totals["no source"] else ""
    return f"{whole:,} rows of input: {said}.{unknown} A row counts by its weakest part, as its note and source tell."


def _grid(grid: Grid) -> str:
    return _table(grid.header, grid.rows, set(grid.numeric))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], numeric: set[int]) -> str:
    return _raw_table(header, [tuple(_cell(cell) for cell in row) for row in rows], numeric)


def _raw_table(header: Sequence[str], rows: Iterable[Sequence[str]], numeric: set[int]) -> str:
    """Returns a table from cells that are escaped already."""
    marks = ["--:" if place in numeric else "---" for place in range(len(header))]
    lines = [[_cell(name) for name in header], marks, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _spaced(parts: Iterable[str]) -> str:
    """Returns parts with a blank line between them, but for the lines of a list."""
    out: list[str] = []
    for part in (part for part in parts if part):
        if out and not (part.startswith("- ") and out[-1].startswith("- ")):
            out.append("")
        out.append(part)
    return "\n".join(out) + "\n"
