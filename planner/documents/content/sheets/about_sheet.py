"""The last sheet: what was planned, how, by which versions, and how to read the workbook."""

from __future__ import annotations

from planner.documents.content.plan_trust import run_facts
from planner.documents.content.sheets.plan_lines import ABOUT, PlanLines
from planner.documents.live_workbook import AboutSheet

_HOW_TO_READ = (
    "Decisions and cost lines are values of the plan; totals, slack, discounting and checks are formulas over them. "
    "The solver does not run again: after a changed input no figure here is one of a plan for it. Every sheet then "
    "says 'Inputs changed: plan again', and after a changed value of the plan that a check fails; the hidden sheet "
    "'As solved' tells which cells.",
    "Cost lines are the ledger of the plan. A changed price or order shows in arrivals due, values at list prices "
    "and checks, not in the ledger's lines: put the inputs right in the case, and plan again.",
    "This workbook was not tested in Microsoft Office: LibreOffice and a formula engine stood in.",
    "Sheets are protected without a password, so that formulas are not overwritten by accident.",
)


def about_sheet(plan: PlanLines) -> AboutSheet:
    """Returns where the plan comes from, warnings, and how to read the workbook."""
    loaded = plan.facts.loaded
    settings, rate = loaded.case.settings, 100 * loaded.case.settings.discount_rate
    facts = (
        ("Case", settings.name),
        ("Run", loaded.name),
        ("Money", f"USD million, {settings.currency_basis}, discounted at {rate:g} % a year"),
        ("Discounting",
         "flows from the middle of their period, the value left from the end of the last optimised one"),
        ("Periods",
         f"{settings.periods} of one {settings.period} from {settings.start}, lookahead {settings.lookahead_periods}"),
    )  # fmt: skip
    warnings = tuple(("", str(text)) for text in loaded.manifest.get("warnings") or ["None."])
    parts = (
        ("Run", (*facts, *run_facts(loaded.manifest))),
        ("Warnings about the inputs", warnings),
        ("How to read it", tuple(("", sentence) for sentence in _HOW_TO_READ)),
    )
    return AboutSheet(ABOUT, "About this workbook", parts)
