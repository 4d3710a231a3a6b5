"""The document of a plan: what it says, in which order, and how much of it where there is little room."""

from __future__ import annotations

from collections.abc import Iterator

from planner.documents.blocks import Block, Document, Medium, Section, Sentence, TextBlock, TimelineBlock, Tone
from planner.documents.content import plan_binding, plan_decisions, plan_inputs, plan_money, plan_supply, plan_trust
from planner.documents.content.decision_worth import worth_sections, worth_table_sections
from planner.documents.content.labels_of_items import item_labels
from planner.documents.content.plan_contracts import contract_sections
from planner.documents.content.plan_headline import (
    decided,
    headline_claim,
    headlines,
    lookahead_note,
    span_of,
    tiles,
)
from planner.documents.content.plan_obligations import obligation_sections
from planner.documents.content.plan_stability import stability_sections
from planner.documents.content.plan_statements import statement_sections
from planner.documents.content.plan_timeline import groups_of
from planner.documents.item_labels import labelled
from planner.documents.timeline import Milestone
from planner.results.loaded_run import LoadedRun

_DETAIL = frozenset({Medium.PAGE})
_READ = frozenset({Medium.PAGE, Medium.MARKDOWN})
_DRAWN = frozenset({Medium.PAGE, Medium.SLIDES})
_SHOWN = frozenset({Medium.PAGE, Medium.MARKDOWN, Medium.SLIDES})
_FIRST = frozenset({Medium.PAGE, Medium.MARKDOWN, Medium.TERMINAL})
_SLIDES = frozenset({Medium.SLIDES})
_HOW_TO_READ = (
    "Decisions are values from a solver; prices of budgets, limits and power hold at this plan, with lots, deals, "
    "tape-outs and modules held as they are.",
    "Cash is what is paid in a period, not discounted; the net present cost also counts penalties and value left.",
)


def plan_document(loaded: LoadedRun) -> Document:
    """Returns the document of a plan, from its finished tables.

    Raises:
        CaseFaults: the run lacks a table.
    """
    ahead = lookahead_note(loaded)
    version = loaded.manifest.get("fleetplan_version", "")
    made = Document(
        kind="plan",
        title=loaded.case.settings.name,
        subject=f"Compute plan, {span_of(loaded)}",
        source=f"run {loaded.name}",
        headlines=tuple(headlines(loaded)),
        tiles=tuple(tiles(loaded)),
        claim=headline_claim(loaded),
        sections=tuple(_sections(loaded)),
        data=(
            plan_supply.service_rows(loaded),
            plan_supply.fleet_rows(loaded),
            plan_supply.vendor_rows(loaded),
            plan_supply.power_rows(loaded),
            plan_money.cash_by_category(loaded),
            plan_money.worth_rows(loaded),
            plan_money.budget_rows(loaded),
            plan_inputs.quality_rows(loaded),
        ),
        notes=(ahead,) if ahead else (),
        facts=tuple(plan_trust.run_facts(loaded.manifest)),
        how_to_read=_HOW_TO_READ,
        footer=f"Run {loaded.name}, written by fleetplan {version}.",
    )
    return labelled(made, item_labels(loaded.case))


def _sections(loaded: LoadedRun) -> Iterator[Section]:
    worth = plan_money.worth_chart(loaded)
    first = TextBlock((Sentence("First to do", Tone.STRONG),)), plan_decisions.first_to_do(loaded)
    yield Section("overview", worth.title, (*first, worth), media=_SLIDES)
    yield from worth_sections(loaded)
    steps = plan_decisions.steps_table(loaded)
    yield Section("decisions", steps.title, (steps,), "Decisions", _FIRST)
    yield _timeline(loaded)
    yield from worth_table_sections(loaded)
    yield from _service(loaded)
    yield from _money(loaded)
    yield Section("worth", "Where the money goes", (worth, plan_money.worth_table(loaded),
                  plan_money.line_table(loaded)), "Costs", _DETAIL)  # fmt: skip
    rules = plan_supply.vendor_rules(loaded)
    rule_blocks = (rules,) if rules.sentences else ()
    fleet = plan_supply.fleet_chart(loaded), plan_supply.vendor_chart(loaded), *rule_blocks
    claim = plan_supply.fleet_claim(loaded)
    yield Section("fleet", "Fleet and vendors", fleet, "Fleet", _DRAWN, claim=claim)
    yield Section("power", "Power by site", (plan_supply.power_chart(loaded),), "Power", _DETAIL)
    yield from further_sections(loaded)
    yield from _binding(loaded)
    basis = plan_inputs.assumptions(loaded), plan_inputs.quality_chart()
    claim = plan_inputs.inputs_claim(loaded)
    yield Section("inputs", "Assumptions and data quality", basis, "Assumptions", _SHOWN, claim=claim)
    every = tuple(plan_inputs.input_tables(loaded))
    title = "Every input, with its source"
    yield Section("every-input", title, (TextBlock((Sentence(plan_inputs.EVERY),)),), "Inputs", _DETAIL, details=every)
    yield from plan_trust.finding_sections(loaded)
    words, counts = plan_trust.check_words(loaded.manifest), plan_trust.check_table(loaded.manifest)
    yield Section("check", "Independent check", (words,), "Check", _DETAIL, details=(counts,))


def further_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields the parts that stand wherever they say, also on a sheet of the workbook, and only where there is anything.

    A new part is one entry in the list of its module.
    """
    for make in (*plan_supply.SECTIONS, contract_sections, obligation_sections, statement_sections, stability_sections):
        yield from make(loaded)


def _timeline(loaded: LoadedRun) -> Section:
    groups = groups_of(loaded)
    fails = any(mark.milestone is Milestone.FAILED for group in groups for row in group.rows for mark in row.marks)
    note = (
        "Pale: ordered and waiting (the lead time). Solid: the period of arrival, with units or MW. "
        f"Marks: signing (circle), tape-out (diamond), ready or owned (triangle){', failure (cross)' * fails}."
    )
    title, listed = "The plan on a timeline", plan_decisions.decision_list(loaded)
    source = "decisions", "orders", "tape_outs", "acquisitions", "agreements", "expansions"
    block = TimelineBlock("timeline", title, note, loaded.periods, tuple(groups), listed, source)
    claim = f"What is decided when: {', '.join(decided(loaded)) or 'nothing'}"
    return Section("timeline", title, (block,), "Timeline", _DRAWN, claim=claim)


def _service(loaded: LoadedRun) -> Iterator[Section]:
    chart, served = plan_supply.service_chart(loaded), plan_supply.served_table(loaded)
    claim = plan_supply.service_claim(loaded)
    details = (plan_supply.service_table(loaded),)
    yield Section("service", chart.title, (chart, served), "Service", _SHOWN, claim=claim, details=details)


def _money(loaded: LoadedRun) -> Iterator[Section]:
    chart, kinds = plan_money.cash_chart(loaded), plan_money.cash_kinds(loaded)
    yield Section("cash", "Cash", (kinds, chart), "Cash", _SHOWN, claim=plan_money.cash_claim(loaded))
    table = plan_money.cash_table(loaded)
    details = plan_money.cash_by_period(loaded)
    yield Section(
        "cash-by-year",
        table.title,
        (table, *plan_money.costs_by_year(loaded)),
        media=_READ,
        details=details,
        is_continued=True,
    )
    budgets = plan_money.budget_table(loaded)
    if budgets.rows:
        blocks = plan_money.budget_chart(loaded), budgets
        yield Section("budgets", "Cash against budgets", blocks, "Budgets", _READ)
    owed = plan_money.owed_table(loaded)
    if owed.rows:
        yield Section("owed", owed.title, (owed,), "Owed", _READ, details=(plan_money.owed_by_year(loaded),))


def _binding(loaded: LoadedRun) -> Iterator[Section]:
    table = loaded.table("binding")
    title = "What binds, and what more of it saves"
    said = plan_binding.sentences(table)
    yield Section("binding", title, said, "What binds", _FIRST)
    first, more, full = plan_binding.tables(table)
    if first or full:
        heading = first[0].title if first else "Nearly used up"
        blocks: tuple[Block, ...] = (*first, *full)
        yield Section("binding-table", heading, blocks, media=_SHOWN, claim=title, details=more, is_continued=True)
