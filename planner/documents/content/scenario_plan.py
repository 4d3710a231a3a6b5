"""The document of a plan over scenarios: what is decided now and later, what that depends on, cost and risk.

Nothing is added up over branches: rows of one branch stand beside the scenarios that they are of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.documents.blocks import (
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
from planner.documents.content import scenario_branches as branches
from planner.documents.content import scenario_costs as costs
from planner.documents.content import scenario_decisions as decisions
from planner.documents.content.decision_worth import worth_sections, worth_table_sections
from planner.documents.content.labels_of_items import item_labels
from planner.documents.content.plan_contracts import contract_tables
from planner.documents.content.plan_headline import checked, lookahead_note, number, standing, warning_count
from planner.documents.content.plan_obligations import obligation_branches, obligation_spread
from planner.documents.content.plan_stability import stability_sections
from planner.documents.content.plan_statements import statement_spread
from planner.documents.content.plan_trust import check_table, check_words, finding_sections, run_facts
from planner.documents.content.scenario_branches import short_scenarios
from planner.documents.content.scenario_changes import disruption_tables, scenarios_table
from planner.documents.content.scenario_risk import risk_sections
from planner.documents.item_labels import labelled
from planner.documents.number_text import money
from planner.results.loaded_run import LoadedRun
from planner.versions import version

MUSD = "USD million"
_LISTS = frozenset({Medium.TERMINAL, Medium.MARKDOWN, Medium.PAGE, Medium.SUMMARY})
_DRAWN = frozenset({Medium.PAGE, Medium.SLIDES, Medium.SUMMARY})
_SLIDES = frozenset({Medium.SLIDES})
_FIRST = frozenset({Medium.TERMINAL, Medium.MARKDOWN, Medium.PAGE, Medium.SUMMARY, Medium.SHEETS})
_SHOWN = frozenset({Medium.MARKDOWN, Medium.PAGE, Medium.SHEETS})
_BEHIND = frozenset({Medium.PAGE, Medium.SHEETS})
_BRANCH = (
    Column("node", "Node", width=18, spare=1),
    Column("scenarios", "Scenarios", width=24),
    Column("probability", "Probability", Form.SHARE),
)
_FACTS = {"Net present cost of the plan": "Objective", "No plan can cost less than": "Objective at least"}
_MOST_OPEN = 24
"""Scenarios that a page lists without being asked."""
_HOW_TO_READ = (
    "What is decided now holds whichever scenario comes; what is decided later waits until it is known.",
    "Amounts of a branch are those of its scenarios, not weighted; key figures are expected values.",
    "The cost of a scenario is the discounted cost of its path through the plan.",
)


def scenario_plan_document(loaded: LoadedRun, planned_for: str) -> Document:
    """Returns the document of a plan over several scenarios; `planned_for` says in a line which they are."""
    ahead = lookahead_note(loaded)
    made = Document(
        kind="plan",
        title=f"{loaded.case.settings.name}: a plan over scenarios",
        subject=loaded.case.settings.name,
        source=f"run {loaded.name}",
        headlines=(Sentence(planned_for, Tone.STRONG), *_headlines(loaded)),
        tiles=tuple(costs.tiles(loaded)),
        claim=f"{loaded.case.settings.name}: {costs.cost_claim(loaded)}",
        sections=tuple(_sections(loaded)),
        data=(
            *costs.scenario_rows(loaded),
            branches.branch_table(loaded.case, branches.words_of(loaded), loaded.rows("branches")),
        ),
        notes=(ahead,) if ahead else (),
        how_to_read=_HOW_TO_READ,
        facts=tuple((_FACTS.get(name, name), value) for name, value in run_facts(loaded.manifest)),
        footer=f"Written by fleetplan {version()}.",
    )
    return labelled(made, item_labels(loaded.case))


def _headlines(loaded: LoadedRun) -> Iterator[Sentence]:
    yield Sentence(costs.cost_words(loaded), Tone.PLAIN, frozenset(Medium) - _SLIDES)
    settings, manifest = loaded.case.settings, loaded.manifest
    regrets = [number(row["regret_musd"]) for row in loaded.records("regret")]
    if regrets:
        yield Sentence(f"The largest regret over the scenarios is minimised: {money(max(regrets))} {MUSD}.")
        yield _regret_proof(manifest)
    else:
        if settings.risk_aversion:
            level = f"{100 * settings.risk_level:g} %"
            yield Sentence(
                f"The expected cost is minimised with weight {1 - settings.risk_aversion:g} and CVaR at {level} with "
                f"weight {settings.risk_aversion:g}: {money(float(manifest['objective_musd']))} {MUSD}."
            )
        yield standing(manifest)
    yield checked(manifest, ", path by path")
    yield from warning_count(loaded)


def _regret_proof(manifest: Mapping[str, Any]) -> Sentence:
    """How far the largest regret may lie above the least possible one: the search ends at the gap of the costs."""
    bound = manifest.get("bound_musd")
    if bound is None:
        return Sentence("How small the largest regret can be is not known.", Tone.CARE)
    words = f"The largest regret of any plan is at least {money(float(bound))} {MUSD}"
    if manifest.get("stop") == "gap":
        return Sentence(f"{words}; what lies between is within the gap of the costs.", Tone.GOOD)
    return Sentence(f"{words}; {standing(manifest).text.rpartition('. ')[2]}", Tone.CARE)


def _sections(loaded: LoadedRun) -> Iterator[Section]:
    tree, timeline = branches.tree_chart(loaded), decisions.branch_timeline(loaded)
    now, later = decisions.now_table(loaded), decisions.later_table(loaded)
    first = TextBlock((Sentence("To decide now", Tone.STRONG),)), decisions.now_text(loaded, 7)
    yield Section("overview", now.title, (*first, tree), media=_SLIDES)
    yield Section("now", now.title, (now,), "Now", _LISTS)
    yield Section("now-slide", now.title, (decisions.now_text(loaded),), media=_SLIDES, claim=_now_claim(loaded))
    if later.rows:
        yield Section("later", later.title, (later,), "Later", _LISTS)
        yield Section("later-slide", later.title, (decisions.later_text(loaded),), media=_SLIDES)
    yield from worth_sections(loaded)
    yield Section("tree", tree.title, (tree,), "Tree", _DRAWN, claim="What becomes known when")
    yield Section("timeline", timeline.title, (timeline,), "Timeline", frozenset({Medium.PAGE, Medium.SLIDES}))
    yield from worth_table_sections(loaded)
    yield from stability_sections(loaded)
    yield from _costs(loaded)
    yield from _over_time(loaded)
    yield from risk_sections(loaded)
    yield from obligation_spread(loaded)
    yield from statement_spread(loaded)
    yield Section("figures", "Key figures", (_figures(loaded),), "Figures", _SHOWN)
    table = decisions.distribution_table(loaded)
    yield Section("decisions", table.title, (table, decisions.decided_table(loaded)), "Decisions", _BEHIND,
                  is_folded=True)  # fmt: skip
    known = scenarios_table(loaded.case, loaded.rows("futures")), *disruption_tables(loaded.case)
    yield Section("scenarios", "What the scenarios are", known, "What differs", _SHOWN,
                  is_folded=len(known[0].rows) > _MOST_OPEN)  # fmt: skip
    yield Section("by-branch", "By period and branch", tuple(_by_branch(loaded)), "By branch", _BEHIND, is_folded=True)
    contracts = (*contract_tables(loaded, _BRANCH), *obligation_branches(loaded, _BRANCH))
    if contracts:
        yield Section("contracts", "Contracts by branch", contracts, "Contracts", _BEHIND, is_folded=True)
    yield from finding_sections(loaded)
    words, counts = check_words(loaded.manifest), check_table(loaded.manifest)
    yield Section("check", "Independent check", (words,), "Check", frozenset({Medium.PAGE}), details=(counts,))


def _now_claim(loaded: LoadedRun) -> str:
    branching = [row for row in loaded.rows("branches") if row["stage"] == 2]
    until = f": before {branching[0]['from']}, whichever scenario comes" if branching else ""
    return f"What to decide now{until}"


def _costs(loaded: LoadedRun) -> Iterator[Section]:
    futures = costs.futures_table(loaded)
    table = costs.costs_table(loaded, futures)
    chart = costs.cost_chart(loaded, table)
    claim = costs.tail_claim(loaded)
    yield Section("costs", "What the plan may cost", (chart, table), "Costs", frozenset(Medium), claim=claim)
    yield Section("futures", futures.title, (futures,), "Scenarios", _FIRST, is_continued=True,
                  is_folded=len(futures.rows) > _MOST_OPEN)  # fmt: skip


def _over_time(loaded: LoadedRun) -> Iterator[Section]:
    """Yields cash, power and service over time: together on the page and the first sheet, a slide and a sheet each."""
    charts, tables = costs.period_charts(loaded), tuple(costs.period_tables(loaded, tuple(_by_branch(loaded))))
    title = "Cash, power and service over time"
    page = frozenset({Medium.PAGE})
    yield Section("over-time", title, tuple(charts), "Over time", page | {Medium.SUMMARY})
    yield Section("over-time-tables", "Quantiles by period", tables, media=_BEHIND, is_continued=True, is_folded=True)
    for chart in charts:
        yield Section(chart.name, f"{chart.title}: how far scenarios lie apart", (chart,), media=_SLIDES)


def _figures(loaded: LoadedRun) -> TableBlock:
    columns = (
        Column("name", "Figure", width=32),
        Column("value", "Expected", Form.QUANTITY),
        Column("unit", "Unit", width=14),
        Column("periods", "Of", width=11, spare=1),
        Column("of", "Whose", width=14, spare=2),
    )
    note = "Expected values over the scenarios; most power is the most of any branch."
    rows = [{**row, "name": str(row["name"]).replace("_", " ")} for row in loaded.records("key_figures")]
    return TableBlock("key_figures", "Key figures", note, columns, rows_of(rows, columns))


def _by_branch(loaded: LoadedRun) -> Iterator[TableBlock]:
    every = len(loaded.rows("futures"))

    def rows(name: str) -> list[Mapping[str, Any]]:
        return [short_scenarios(row, every) for row in loaded.records(name)]

    money_columns = tuple(
        Column(f"{kind}_musd", title, Form.MUSD, MUSD)
        for kind, title in (("cash", "Cash"), ("capex", "Capital"), ("opex", "Running"), ("penalty", "Penalty"))
    )
    period = Column("period", "Period", width=9)
    columns = (period, *_BRANCH, *money_columns, Column("mw", "Power", Form.NUMBER, "MW"))
    yield TableBlock("by_period", "Money and power", "Not discounted.", columns,
                     rows_of(rows("period_figures"), columns), file="period_figures")  # fmt: skip
    columns = (
        Column("workload", "Workload", width=16), period, *_BRANCH, Column("demand_qps", "Demand", Form.NUMBER, "1/s"),
        Column("share_served", "Served", Form.PERCENT),
    )  # fmt: skip
    yield TableBlock("service", "Work", "At peak.", columns, rows_of(rows("service"), columns))
    columns = (
        Column("budget", "Budget", width=16), Column("span", "Span", width=12), *_BRANCH,
        Column("spent_musd", "Spent", Form.MUSD, MUSD), Column("available_musd", "Available", Form.MUSD, MUSD),
        Column("slack_musd", "Left", Form.MUSD, MUSD),
    )  # fmt: skip
    if budgets := rows("budgets"):
        yield TableBlock("budgets", "Budgets", "On each path.", columns, rows_of(budgets, columns))
    columns = (
        Column("what", "What is owed after the end", width=30), Column("year", "Year", Form.TEXT, width=7), *_BRANCH,
        Column("musd", "Amount", Form.MUSD, MUSD),
    )  # fmt: skip
    if owed := rows("owed"):
        yield TableBlock("owed", "Owed after the end", "Committed by the end, due later.", columns,
                         rows_of(owed, columns))  # fmt: skip
