"""The document of a plan: what it says, in which order, and how much of it where there is little room."""

from __future__ import annotations

from collections.abc import Iterator

from planner.documents.blocks import Block, Document, Medium, Section, Sentence, TextBlock, TimelineBlock, Tone
from planner.documents.content import plan_binding, plan_decisions, plan_inputs, plan_money, plan_supply, plan_trust
from planner.documents.content.plan_headline import (
    decided,
    headline_claim,
    headlines,
    lookahead_note,
    span_of,
    tiles,
)
from planner.documents.content.plan_timeline import groups_of
from planner.documents.timeline import Milestone
from planner.export.dossier import Dossier

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


def plan_document(dossier: Dossier) -> Document:
    """Returns the document of a plan, from its finished tables.

    Raises:
        CaseFaults: the run lacks a table.
    """
    ahead = lookahead_note(dossier)
    version = dossier.manifest.get("fleetplan_version", "")
    return Document(
        kind="plan",
        title=dossier.case.settings.name,
        subject=f"Compute plan, {span_of(dossier)}",
        source=f"run {dossier.name}",
        headlines=tuple(headlines(dossier)),
        tiles=tuple(tiles(dossier)),
        claim=headline_claim(dossier),
        sections=tuple(_sections(dossier)),
        data=(
            plan_supply.service_rows(dossier),
            plan_supply.fleet_rows(dossier),
            plan_supply.vendor_rows(dossier),
            plan_supply.power_rows(dossier),
            plan_money.cash_by_category(dossier),
            plan_money.worth_rows(dossier),
            plan_money.budget_rows(dossier),
            plan_inputs.quality_rows(dossier),
        ),
        notes=(ahead,) if ahead else (),
        facts=tuple(plan_trust.run_facts(dossier.manifest)),
        how_to_read=_HOW_TO_READ,
        footer=f"Run {dossier.name}, written by fleetplan {version}.",
    )


def _sections(dossier: Dossier) -> Iterator[Section]:
    worth = plan_money.worth_chart(dossier)
    first = TextBlock((Sentence("First to do", Tone.STRONG),)), plan_decisions.first_to_do(dossier)
    yield Section("overview", worth.title, (*first, worth), media=_SLIDES)
    steps = plan_decisions.steps_table(dossier)
    yield Section("decisions", steps.title, (steps,), "Decisions", _FIRST)
    yield _timeline(dossier)
    yield from _service(dossier)
    yield from _money(dossier)
    yield Section("worth", "Where the money goes", (worth, plan_money.worth_table(dossier),
                  plan_money.line_table(dossier)), "Costs", _DETAIL)  # fmt: skip
    rules = plan_supply.vendor_rules(dossier)
    told = (rules,) if rules.sentences else ()
    fleet = plan_supply.fleet_chart(dossier), plan_supply.vendor_chart(dossier), *told
    claim = plan_supply.fleet_claim(dossier)
    yield Section("fleet", "Fleet and vendors", fleet, "Fleet", _DRAWN, claim=claim)
    yield Section("power", "Power by site", (plan_supply.power_chart(dossier),), "Power", _DETAIL)
    yield from further_sections(dossier)
    yield from _binding(dossier)
    basis = plan_inputs.assumptions(dossier), plan_inputs.quality_chart()
    claim = plan_inputs.inputs_claim(dossier)
    yield Section("inputs", "Assumptions and data quality", basis, "Assumptions", _SHOWN, claim=claim)
    every = tuple(plan_inputs.input_tables(dossier))
    title = "Every input, with its source"
    yield Section("every-input", title, (TextBlock((Sentence(plan_inputs.EVERY),)),), "Inputs", _DETAIL, details=every)
    for title, text in plan_trust.complaints(dossier):
        yield Section(title.split()[0].lower(), title, (text,), media=_DETAIL)
    words, counts = plan_trust.check_words(dossier.manifest), plan_trust.check_table(dossier.manifest)
    yield Section("check", "Independent check", (words,), "Check", _DETAIL, details=(counts,))


def further_sections(dossier: Dossier) -> Iterator[Section]:
    """Yields the parts that stand wherever they say, also on a sheet of the workbook, and only where there is anything.

    A new part is one entry in the list of its module.
    """
    for make in plan_supply.SECTIONS:
        yield from make(dossier)


def _timeline(dossier: Dossier) -> Section:
    groups = groups_of(dossier)
    fails = any(mark.milestone is Milestone.FAILED for group in groups for row in group.rows for mark in row.marks)
    note = (
        "Pale: ordered and waiting (the lead time). Solid: the period of arrival, with units or MW. "
        f"Marks: signing (circle), tape-out (diamond), ready or owned (triangle){', failure (cross)' * fails}."
    )
    title, listed = "The plan on a timeline", plan_decisions.decision_list(dossier)
    source = "decisions", "orders", "tape_outs", "acquisitions", "agreements", "expansions"
    block = TimelineBlock("timeline", title, note, dossier.periods, tuple(groups), listed, source)
    claim = f"What is decided when: {', '.join(decided(dossier)) or 'nothing'}"
    return Section("timeline", title, (block,), "Timeline", _DRAWN, claim=claim)


def _service(dossier: Dossier) -> Iterator[Section]:
    chart, served = plan_supply.service_chart(dossier), plan_supply.served_table(dossier)
    claim = plan_supply.service_claim(dossier)
    details = (plan_supply.service_table(dossier),)
    yield Section("service", chart.title, (chart, served), "Service", _SHOWN, claim=claim, details=details)


def _money(dossier: Dossier) -> Iterator[Section]:
    chart, kinds = plan_money.cash_chart(dossier), plan_money.cash_kinds(dossier)
    yield Section("cash", "Cash", (kinds, chart), "Cash", _SHOWN, claim=plan_money.cash_claim(dossier))
    table = plan_money.cash_table(dossier)
    details = plan_money.cash_by_period(dossier)
    yield Section("cash-by-year", table.title, (table,), media=_READ, details=details, is_continued=True)
    budgets = plan_money.budget_table(dossier)
    if budgets.rows:
        blocks = plan_money.budget_chart(dossier), budgets
        yield Section("budgets", "Cash against budgets", blocks, "Budgets", _READ)
    owed = plan_money.owed_table(dossier)
    if owed.rows:
        yield Section("owed", owed.title, (owed,), "Owed", _READ, details=(plan_money.owed_by_year(dossier),))


def _binding(dossier: Dossier) -> Iterator[Section]:
    table = dossier.table("binding")
    title = "What binds, and what more of it saves"
    said = plan_binding.sentences(table)
    yield Section("binding", title, said, "What binds", _FIRST)
    first, more, full = plan_binding.tables(table)
    if first or full:
        heading = first[0].title if first else "Nearly used up"
        blocks: tuple[Block, ...] = (*first, *full)
        yield Section("binding-table", heading, blocks, media=_SHOWN, claim=title, details=more, is_continued=True)
