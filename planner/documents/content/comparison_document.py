"""What the documents of a comparison say: the verdict first, then what changed in inputs, decisions, money, service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.comparison.comparison_headline import ComparisonHeadline, decision_words, page_of
from planner.comparison.comparison_items import MUSD, ComparedBranches, ComparedDecision, Comparison, Standing
from planner.comparison.comparison_texts import headline, legend, verdict_text
from planner.documents.blocks import (
    BesideBlock,
    ChartBlock,
    ChartKind,
    Column,
    Document,
    Form,
    Medium,
    Section,
    Sentence,
    TableBlock,
    TextBlock,
    Tone,
)
from planner.documents.content.comparison_tables import (
    cash_by_year,
    decision_tables,
    future_table,
    input_table,
    line_tables,
    short_tables,
    stability_table,
)
from planner.documents.content.plan_stability import HOW, moved_words
from planner.documents.item_labels import labelled
from planner.results.table import Cell
from planner.versions import version

_FIRST = frozenset({Medium.TERMINAL, Medium.MARKDOWN, Medium.PAGE, Medium.SUMMARY})
_BEHIND = frozenset({Medium.PAGE, Medium.SHEETS})
_TONES = {
    Standing.SAME: Tone.GOOD,
    Standing.DIFFERENT: Tone.STRONG,
    Standing.WITHIN: Tone.CARE,
    Standing.UNKNOWN: Tone.CARE,
    Standing.APART: Tone.CARE,
}
_HOW_TO_READ = (
    "A plan costs at most its gap more than the least possible cost of its case.",
    "A cost difference of at most both gaps together is not significant.",
    "Differences are runs less the reference; money is in USD million.",
)


def comparison_document(comparison: Comparison) -> Document:
    """Returns the document of a comparison; the first run is the reference."""
    page = page_of(comparison)
    first, *others = comparison.sides
    verdicts = [
        Sentence(verdict_text(comparison, run), _TONES[comparison.verdicts[run - 1].standing])
        for run in comparison.others
    ]
    made = Document(
        kind="comparison",
        title=f"{', '.join(side.letter for side in others)} against {first.letter}: {first.case}",
        subject=first.case,
        source=f"comparison of {', '.join(side.name for side in comparison.sides)}",
        headlines=(
            *verdicts,
            Sentence(headline(comparison)),
            *(Sentence(note, Tone.CARE) for note in comparison.notes),
        ),
        sections=(*_first_page(comparison, page), *_details(comparison)),
        how_to_read=_HOW_TO_READ,
        facts=tuple((f"Run {side.letter}", f"{side.name}, inputs {side.case_hash}") for side in comparison.sides),
        footer=f"Written by fleetplan {version()}.",
    )
    return labelled(made, comparison.labels)


def _first_page(comparison: Comparison, page: ComparisonHeadline) -> Iterator[Section]:
    yield Section("runs", "Runs", (_runs(comparison),), media=frozenset(Medium))
    inputs = [*(page.inputs or ("no input differs",)), *([page.more_inputs] if page.more_inputs else [])]
    said = TextBlock(tuple(Sentence(line) for line in inputs), is_list=True)
    yield Section("changed-inputs", "What changed in the inputs", (said,), "Inputs", _FIRST)
    if comparison.branches is not None:
        yield from _branches(comparison, comparison.branches, page)
    elif page.decisions:
        name, title = "changed_decisions", "What changed in the decisions"
        blocks = _decisions(comparison, name, title, page.decisions, page.more_decisions)
        yield Section("changed-decisions", title, tuple(blocks), "Decisions", _FIRST)
    yield _stability(comparison)
    present, cash, served, figures = short_tables(comparison, page)
    chart = ChartBlock(
        "cash-by-year", f"Cash by year, {MUSD}", ChartKind.COLUMNS, "cash_by_year", "year", "cash_musd", "run"
    )
    yield Section("present", "Money", (BesideBlock((present, cash)),), "Money", _FIRST)
    by_year = cash_by_year(comparison)
    if by_year.rows:
        media = frozenset({Medium.PAGE, Medium.SUMMARY})
        yield Section("cash", chart.title, (chart,), "Cash", media)
        yield Section("cash-by-year", "Cash by year and run", (by_year,), media=frozenset({Medium.SHEETS}))
    legends = legend([*page.present, *page.cash, *page.service, *page.key_figures])
    if page.more_service:
        legends.insert(0, page.more_service)
    notes = (TextBlock(tuple(Sentence(line, Tone.FAINT) for line in legends)),) if legends else ()
    yield Section("served", "Service and key figures", (BesideBlock((served, figures)), *notes), "Service", _FIRST)


def _stability(comparison: Comparison) -> Section:
    """How much of the planned order value moved, and which strategic decisions flip, a sentence for each run."""
    said, first = [], comparison.sides[0]
    for run in comparison.others:
        one, letter = comparison.stability[run - 1], comparison.sides[run].letter
        if one.note:
            said.append(Sentence(f"{letter} against {first.letter}: {one.note}.", Tone.FAINT))
            continue
        flips = [{"kind": kind, "item": item, "before": was, "now": now} for kind, item, was, now in one.flipped]
        head: dict[str, Cell] = {
            "nervousness": one.nervousness, "moved_musd": one.moved_musd, "planned_musd": one.planned_musd,
        }  # fmt: skip
        span = f"{one.first} to {one.last}"
        said.append(Sentence(f"{letter} against {first.letter}, {span}: {moved_words(head, flips)}"))
    table, how = stability_table(comparison), Sentence(HOW, Tone.FAINT)
    title, block = "How far the plan moved", TextBlock((*said, how))
    return Section("stability", title, (block,), "Stability", _FIRST | {Medium.SHEETS}, details=(table,))


def _runs(comparison: Comparison) -> TableBlock:
    columns = (
        Column("letter", "", width=4),
        Column("run", "Run", width=24),
        Column("case", "Case", width=24, spare=2),
        Column("horizon", "Horizon", width=16, spare=3),
        Column("status", "Status", width=12, spare=4),
        Column("objective_musd", "Net present cost", Form.MUSD, MUSD),
        Column("bound_musd", "Least possible cost", Form.MUSD, MUSD, spare=5),
        Column("gap_musd", "Gap", Form.MUSD, MUSD, spare=1),
    )
    rows = tuple(
        (side.letter, side.name, side.case, side.horizon, side.status, side.objective_musd, side.bound_musd,
         side.gap_musd)
        for side in comparison.sides
    )  # fmt: skip
    note = "The first is the reference. Without a gap it is not known how far a plan lies from the least possible cost."
    return TableBlock("runs", "Runs", note, columns, rows)


def _branches(comparison: Comparison, branches: ComparedBranches, page: ComparisonHeadline) -> Iterator[Section]:
    """What is decided before scenarios differ comes first, then what waits, then what each scenario costs."""
    same = TextBlock((Sentence("No decision differs."),))
    title = f"What changed in what is decided before {branches.reveal}"
    blocks = tuple(_decisions(comparison, "changed_now", title, page.now, page.more_decisions)) if page.now else (same,)
    yield Section("changed-now", title, blocks, "Now", _FIRST)
    title = "What changed in what waits, by scenario"
    blocks = (
        tuple(_decisions(comparison, "changed_later", title, page.later, page.more_later)) if page.later else (same,)
    )
    yield Section("changed-later", title, blocks, "Later", _FIRST)
    futures = future_table(comparison, branches)
    said = TextBlock(tuple(Sentence(line, Tone.FAINT) for line in legend(branches.futures)))
    media = _FIRST | {Medium.SHEETS}
    yield Section("futures", futures.title, (futures, *((said,) if said.sentences else ())), "Scenarios", media)


def _decisions(
    comparison: Comparison, name: str, title: str, entries: Sequence[ComparedDecision], more: str
) -> Iterator[TableBlock | TextBlock]:
    named = len(comparison.sides) > 2
    rows, bold = [], set()
    for at, entry in enumerate(entries):
        words = tuple(
            f"{comparison.sides[run].letter}: {text}" if named else text
            for run, text, _ in decision_words(comparison, entry)
        )
        label = f"{entry.kind.value} {entry.item}"
        rows.append((", ".join(entry.scenarios), label, words) if entry.scenarios else (label, words))
        if entry.is_flip:
            bold.add(at)
    by_scenario = (Column("scenarios", "Scenarios", width=20),) if any(entry.scenarios for entry in entries) else ()
    columns = (*by_scenario, Column("decision", "Decision", width=30), Column("change", "What changed", width=39))
    note = "Bold: some run does what the other does not do at all."
    yield TableBlock(name, title, note, columns, tuple(rows), bold=frozenset(bold))
    if more:
        yield TextBlock((Sentence(more, Tone.FAINT),))


def _details(comparison: Comparison) -> Iterator[Section]:
    tables = (*decision_tables(comparison), *line_tables(comparison), input_table(comparison))
    yield Section("details", "Every line", tables, media=_BEHIND, is_folded=True)
