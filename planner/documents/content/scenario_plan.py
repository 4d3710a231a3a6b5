"""What the documents of a plan over scenarios say: what is decided now, and what then by branch, futures, money, work.

Nothing is added up over branches: rows of one branch stand beside the scenarios that they are of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.case import Case
from planner.documents.blocks import (
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
    rows_of,
)
from planner.documents.content.plan_headline import checked, warning_count
from planner.documents.content.plan_trust import finding_sections
from planner.results.loaded_run import LoadedRun
from planner.versions import version

MUSD = "USD million"
_SCREEN = frozenset({Medium.TERMINAL, Medium.MARKDOWN, Medium.PAGE, Medium.SUMMARY, Medium.SHEETS})
_BEHIND = frozenset({Medium.PAGE, Medium.SHEETS})
_DECIDED = (
    Column("when", "When", width=9),
    Column("verb", "Decision", width=10),
    Column("item", "Of what", width=22),
    Column("how", "How", width=14, spare=3),
    Column("units", "Amount", Form.NUMBER),
    Column("unit", "", width=9, spare=1),
    Column("musd", "In all", Form.MUSD, MUSD),
    Column("effect", "What follows", width=30, spare=2),
)
_BRANCH = (Column("scenarios", "Scenarios", width=24), Column("probability", "Probability", Form.PERCENT))

Record = Mapping[str, Any]


def scenario_plan_document(loaded: LoadedRun, planned_for: str) -> Document:
    """Returns the document of a plan over several scenarios; `planned_for` says in a line which they are."""
    return Document(
        kind="plan",
        title=f"{loaded.case.settings.name}: a plan over scenarios",
        subject=loaded.case.settings.name,
        source=f"run {loaded.name}",
        headlines=(Sentence(planned_for), *_headlines(loaded)),
        sections=tuple(_sections(loaded)),
        how_to_read=(
            "What is decided now holds whichever scenario comes; what is decided later waits until it is known.",
            "Amounts of a branch are those of its scenarios, not weighted; key figures are expected values.",
            "The cost of a scenario is the discounted cost of its path through the plan.",
        ),
        facts=tuple(_facts(loaded.manifest)),
        footer=f"Written by fleetplan {version()}.",
    )


def _headlines(loaded: LoadedRun) -> Iterator[Sentence]:
    manifest = loaded.manifest
    cost, bound, gap = manifest["objective_musd"], manifest.get("bound_musd"), manifest.get("gap")
    said = f"The objective is {cost:,.6g} {MUSD}"
    if bound is None or gap is None:
        yield Sentence(f"{said}; how far it lies from the least possible one is not known.", Tone.CARE)
    else:
        proven = f"no plan over these scenarios has less than {bound:,.6g}, a gap of {100 * gap:.4g} %"
        yield Sentence(f"{said}; {proven}.", Tone.GOOD if manifest["status"] == "optimal" else Tone.CARE)
    yield checked(manifest, ", path by path")
    yield from warning_count(loaded)


def _sections(loaded: LoadedRun) -> Iterator[Section]:
    rows = [row for row in loaded.records("decisions") if row["reported"] == "yes"]
    everywhere = ";".join(loaded.manifest["scenarios"])
    now, later = _split(rows, everywhere, loaded)
    title = "What to decide now"
    if now:
        note = "Before the scenarios can be told apart: the same whichever comes."
        table = TableBlock("now", title, note, _DECIDED, rows_of(now, _DECIDED), file="decisions")
        yield Section("now", title, (table,), "Now", _SCREEN)
    else:
        yield Section("now", title, (TextBlock((Sentence("Nothing has to be decided now."),)),), "Now", _SCREEN)
    if later:
        columns = (_DECIDED[0], *_BRANCH, *_DECIDED[1:])
        title = "What to decide later, and for what it waits"
        note = "Each row holds where one of its scenarios comes."
        table = TableBlock("later", title, note, columns, rows_of(later, columns), file="decisions")
        yield Section("later", title, (table,), "Later", _SCREEN)
    yield Section("futures", "What each scenario costs", tuple(_futures(loaded)), "Scenarios", _SCREEN)
    yield Section("scenarios", "What the scenarios are", (_scenarios(loaded.case),), "What differs", _BEHIND)
    yield Section("figures", "Key figures", (_figures(loaded),), "Figures", _SCREEN)
    yield Section("by-branch", "By period and branch", tuple(_by_branch(loaded)), "By branch", _BEHIND)
    yield from finding_sections(loaded)


def _split(rows: Sequence[Record], everywhere: str, loaded: LoadedRun) -> tuple[list[Record], list[Record]]:
    """The decisions of the periods in which no scenario can be told apart from another, and all later ones."""
    labels = loaded.calendar.labels
    apart = [row["period"] for row in loaded.records("period_figures") if row["scenarios"] != everywhere]
    first = min((labels.index(str(label)) for label in apart), default=len(labels))
    now = [row for row in rows if loaded.calendar.period_at(str(row["when"])) < first]
    return now, [row for row in rows if row not in now]


def _futures(loaded: LoadedRun) -> Iterator[TableBlock | ChartBlock]:
    columns = (
        Column("scenario", "Scenario", width=24),
        Column("probability", "Probability", Form.PERCENT),
        Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
        Column("cash_musd", "Cash", Form.MUSD, MUSD, spare=1),
        Column("penalty_musd", "Penalty for unserved", Form.MUSD, MUSD, spare=2),
        Column("least_share_served", "Least share served", Form.PERCENT, spare=3),
        Column("least_served", "of", width=14, spare=4),
        Column("peak_mw", "Most power", Form.NUMBER, "MW", spare=5),
    )
    note = "Net present cost is discounted, over the optimised periods; the rest is of the reported ones."
    rows = rows_of(loaded.records("futures"), columns)
    yield TableBlock("futures", "What each scenario costs", note, columns, rows)
    yield ChartBlock("cost-by-scenario", f"Net present cost by scenario, {MUSD}", ChartKind.BARS, "futures",
                     "cost_musd", "scenario")  # fmt: skip


def _scenarios(case: Case) -> TableBlock:
    columns = (
        Column("scenario", "Scenario", width=24),
        Column("known_from", "Known from", width=12),
        Column("change", "What differs from the tables", width=60),
    )
    rows: list[tuple[str, str, str]] = []
    for row in case.scenarios:
        own = [value for value in case.scenario_values if value.scenario == row.scenario]
        for value in own:
            where = " ".join(part for part in (value.table, value.key, value.column) if part)
            since = f" from {value.period} on" if value.period else ""
            change = f"{where}: {value.effect} {value.value:g}{since}"
            rows.append((row.scenario, value.known_from or row.revealed, change))
        for name in row.disruptions:
            known = [one.known_from for one in case.disruptions if one.disruption == name and one.known_from]
            rows.append((row.scenario, known[0] if known else row.revealed, f"disruption {name}"))
        if not own and not row.disruptions:
            rows.append((row.scenario, "", "nothing: the base case"))
    return TableBlock("scenarios", "What the scenarios are", "Two scenarios are one as long as the same is known.",
                      columns, tuple(rows))  # fmt: skip


def _figures(loaded: LoadedRun) -> TableBlock:
    columns = (
        Column("name", "Figure", width=32),
        Column("value", "Expected", Form.NUMBER),
        Column("unit", "Unit", width=14),
        Column("periods", "Of", width=11, spare=1),
        Column("of", "Whose", width=14, spare=2),
    )
    note = "Expected values over the scenarios; most power is the most of any branch."
    return TableBlock("key_figures", "Key figures", note, columns, rows_of(loaded.records("key_figures"), columns))


def _by_branch(loaded: LoadedRun) -> Iterator[TableBlock]:
    money = tuple(
        Column(f"{kind}_musd", title, Form.MUSD, MUSD)
        for kind, title in (("cash", "Cash"), ("capex", "Capital"), ("opex", "Running"), ("penalty", "Penalty"))
    )
    period = Column("period", "Period", width=9)
    columns = (period, *_BRANCH, *money, Column("mw", "Power", Form.NUMBER, "MW"))
    rows = rows_of(loaded.records("period_figures"), columns)
    yield TableBlock("by_period", "Money and power", "Not discounted.", columns, rows, file="period_figures")
    columns = (
        Column("workload", "Workload", width=16), period, *_BRANCH, Column("demand_qps", "Demand", Form.NUMBER, "1/s"),
        Column("share_served", "Served", Form.PERCENT),
    )  # fmt: skip
    yield TableBlock("service", "Work", "At peak.", columns, rows_of(loaded.records("service"), columns))
    columns = (
        Column("budget", "Budget", width=16), Column("span", "Span", width=12), *_BRANCH,
        Column("spent_musd", "Spent", Form.MUSD, MUSD), Column("available_musd", "Available", Form.MUSD, MUSD),
        Column("slack_musd", "Left", Form.MUSD, MUSD),
    )  # fmt: skip
    yield TableBlock("budgets", "Budgets", "On each path.", columns, rows_of(loaded.records("budgets"), columns))
    columns = (
        Column("what", "What is owed after the end", width=30), Column("year", "Year", Form.TEXT, width=7), *_BRANCH,
        Column("musd", "Amount", Form.MUSD, MUSD),
    )  # fmt: skip
    if owed := loaded.records("owed"):
        yield TableBlock("owed", "Owed after the end", "Committed by the end, due later.", columns,
                         rows_of(owed, columns))  # fmt: skip


def _facts(manifest: Record) -> Iterator[tuple[str, str]]:
    solver = manifest["solver"]
    yield "Status", f"{manifest['status']}, stopped by {manifest['stop']}"
    yield "Solver", f"{solver['name']} {solver['version']}"
    yield "Command", str(manifest["command"])
    yield "Inputs", str(manifest["case_hash"])
