"""A comparison in the terminal: verdict first, then inputs, decisions, money, service and key figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table as Grid
from rich.text import Text

from planner.compare.grids import TextGrid, grids_of
from planner.compare.page import Page, decision_words, page_of
from planner.compare.parts import MUSD, Comparison, Standing
from planner.compare.words import figure, headline, legend, verdict_text
from planner.documents.safe_text import plain

WIDE = 116
"""From this many columns on, money by category and cash by year stand side by side."""
_STYLES = {
    Standing.SAME: "bold green",
    Standing.DIFFERENT: "bold",
    Standing.WITHIN: "bold yellow",
    Standing.UNKNOWN: "bold yellow",
    Standing.APART: "bold yellow",
}


def show_comparison(console: Console, comparison: Comparison, files: Sequence[str] = ()) -> None:
    """Prints a comparison, and the files that were written of it."""
    console.print(comparison_view(comparison, console.width))
    if files:
        console.print()
    for number, file in enumerate(files):
        console.print(Text.assemble(("Files  " if number == 0 else "       ", "bold"), plain(file)), soft_wrap=True)


def comparison_view(comparison: Comparison, width: int) -> RenderableType:
    """Returns a comparison as one renderable for a terminal of `width` columns."""
    page = page_of(comparison)
    first, *others = comparison.sides
    title = f"{', '.join(side.letter for side in others)} against {first.letter}"
    parts: list[RenderableType] = [
        Rule(Text(title, style="bold"), align="left", style="dim"),
        _runs(comparison),
        Text(""),
        *(_verdict(comparison, run) for run in comparison.others),
        Text(plain(headline(comparison))),
        *_bullets("Mind", comparison.notes, style="yellow"),
        *_bullets("Inputs", page.inputs or ("no input differs",), more=page.more_inputs),
    ]
    if page.decisions:
        parts += [Text(""), _decisions(comparison, page)]
    parts += [Text(""), _tables(comparison, page, width)]
    parts += [Text(text, style="dim") for text in legend([*page.present, *page.cash, *page.service, *page.key_figures])]
    return Group(*parts)


def _runs(comparison: Comparison) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "left", "left", "right", "left"):
        grid.add_column(justify=justify, overflow="fold")
    for side in comparison.sides:
        gap = "gap not known" if side.gap_musd is None else f"gap {figure(side.gap_musd, MUSD)}"
        case = f"{side.case}, {side.horizon}"
        cost = f"{figure(side.objective_musd, MUSD)} {MUSD}"
        cells = (plain(side.name), plain(case), cost, gap)
        grid.add_row(Text(side.letter, style="bold"), *(Text(cell) for cell in cells))
    return grid


def _verdict(comparison: Comparison, run: int) -> Text:
    return Text(verdict_text(comparison, run), style=_STYLES[comparison.verdicts[run - 1].standing])


def _bullets(title: str, lines: Sequence[str], *, more: str = "", style: str = "") -> Iterator[RenderableType]:
    if not lines:
        return
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, width=7)
    grid.add_column(overflow="fold")
    for number, line in enumerate([*lines, *([more] if more else [])]):
        grid.add_row(Text(title if number == 0 else "", style="bold"), Text(plain(line), style=style))
    yield Text("")
    yield grid


def _decisions(comparison: Comparison, page: Page) -> RenderableType:
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, expand=True)
    grid.add_column("Decision", overflow="fold", max_width=30)
    grid.add_column("What changed (bold: done in one run only)", overflow="fold", ratio=1)
    named = len(comparison.sides) > 2
    for entry in page.decisions:
        told = Text("\n").join(
            Text(plain(f"{comparison.sides[run].letter}  {text}" if named else text), style="bold" if flips else "")
            for run, text, flips in decision_words(comparison, entry)
        )
        name = Text.assemble((f"{entry.kind.value} ", "dim"), (plain(entry.item), "bold" if entry.is_flip else ""))
        grid.add_row(name, told)
    if page.more_decisions:
        grid.add_row(Text(""), Text(page.more_decisions, style="dim"))
    return grid


def _tables(comparison: Comparison, page: Page, width: int) -> RenderableType:
    money, cash, served, figures = (_drawn(grid) for grid in grids_of(comparison, page))
    rows: list[RenderableType] = []
    for pair in ((money, cash), (served, figures)):
        if width >= WIDE and len(comparison.sides) == 2:
            grid = Grid.grid(padding=(0, 2, 0, 0))
            grid.add_row(*pair)
            rows.append(grid)
        else:
            rows.append(Group(pair[0], Text(""), pair[1]))
    return Group(rows[0], Text(""), rows[1])


def _drawn(found: TextGrid) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    grid.add_column(found.title, overflow="fold")
    for header in found.headers:
        grid.add_column(header, justify="right", no_wrap=True)
    for row in found.rows:
        # Percentage points are shortened, so that two grids stand side by side on 120 columns.
        texts = (text.replace(" points", " pts") for text in row.cells)
        cells = (Text(text, style="dim" if quiet else "") for text, quiet in zip(texts, row.quiet, strict=True))
        grid.add_row(Text(plain(row.label)), *cells, style="bold" if row.is_total else "")
    return grid
