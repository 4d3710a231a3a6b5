"""A comparison as Markdown, for pasting into a document; no text of the runs becomes markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from planner.compare.grids import TextGrid, grids_of
from planner.compare.page import decision_words, page_of
from planner.compare.parts import MUSD, Comparison
from planner.compare.words import figure, headline, legend, verdict_text
from planner.documents.safe_text import plain

_MARKUP = re.compile(r"[\\`*{}\[\]#!|~$@^=]|(?<![^\W_])_|_(?![^\W_])|(?<=[A-Za-z]):(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_LEADS = re.compile(r"^(\s*)([-+>]|\d+(?=[.)]))")


def escaped(text: str) -> str:
    r"""Returns text as Markdown that shows exactly it, on one line.

    >>> escaped("own_chip"), escaped("[x](http://y)"), escaped("- a < b")
    ('own_chip', '\\[x\\](http\\://y)', '\\- a &lt; b')
    """
    safe = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = _MARKUP.sub(lambda found: f"\\{found.group()}", safe)
    return _LEADS.sub(lambda found: f"{found.group(1)}{_numbered(found.group(2))}", safe)


def comparison_markdown(comparison: Comparison) -> str:
    """Returns the page of a comparison as GitHub-flavoured Markdown."""
    page = page_of(comparison)
    first, *others = comparison.sides
    title = f"# {', '.join(side.letter for side in others)} against {first.letter}: {escaped(first.case)}"
    parts = [
        [title],
        _table(("", "Run", "Case", "Horizon", f"Net present cost, {MUSD}", "Gap"), _runs(comparison)),
        [f"**{escaped(verdict_text(comparison, run))}**  " for run in comparison.others],
        [escaped(headline(comparison))],
        [f"> {escaped(note)}  " for note in comparison.notes],
        ["## What changed in the inputs"],
        [f"- {escaped(line)}" for line in (*(page.inputs or ("no input differs",)), page.more_inputs) if line],
    ]
    if page.decisions:
        parts += [["## What changed in the decisions"], [*_decisions(comparison)], [escaped(page.more_decisions)]]
    for grid, heading in zip(grids_of(comparison, page), ("Money", "", "Service", "Key figures"), strict=True):
        parts += [[f"## {heading}"] if heading else [], [*_numbers(grid)]]
    parts.append([escaped(page.more_service)])
    parts.append(legend([*page.present, *page.cash, *page.service, *page.key_figures]))
    return "\n\n".join("\n".join(part) for part in parts if any(part)) + "\n"


def _numbered(lead: str) -> str:
    # A digit cannot be escaped; a joiner of no width before it would show elsewhere, an entity does not.
    return f"&#{ord(lead[0])};{lead[1:]}" if lead[0].isdigit() else f"\\{lead}"


def _runs(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    for side in comparison.sides:
        gap = "not known" if side.gap_musd is None else figure(side.gap_musd, MUSD)
        cost = figure(side.objective_musd, MUSD)
        yield side.letter, escaped(side.name), escaped(side.case), side.horizon, cost, gap


def _table(headers: Sequence[str], rows: Iterator[tuple[str, ...]], *, numbers: bool = False) -> list[str]:
    marks = ["---", *("---:" if numbers else "---" for _ in headers[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (headers, marks, *rows)]


def _decisions(comparison: Comparison) -> Iterator[str]:
    named = len(comparison.sides) > 2

    def told() -> Iterator[tuple[str, ...]]:
        for entry in page_of(comparison).decisions:
            words = [
                f"{comparison.sides[run].letter}: {_bold(escaped(text), flips)}"
                if named
                else _bold(escaped(text), flips)
                for run, text, flips in decision_words(comparison, entry)
            ]
            yield f"{entry.kind.value} {_bold(escaped(entry.item), entry.is_flip)}", "<br>".join(words)

    yield from _table(("Decision", "What changed (bold: done in one run only)"), told())


def _bold(text: str, flips: bool) -> str:
    return f"**{text}**" if flips else text


def _numbers(grid: TextGrid) -> Iterator[str]:
    def rows() -> Iterator[tuple[str, ...]]:
        for row in grid.rows:
            label = escaped(row.label)
            yield (f"**{label}**" if row.is_total else label, *row.cells)

    yield from _table((grid.title, *grid.headers), rows(), numbers=True)
