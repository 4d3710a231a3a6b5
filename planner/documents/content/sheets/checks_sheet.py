"""The sheet of checks: figures of the plan, live copies of its main requirements, and the one overall flag."""

from __future__ import annotations

from planner.documents.cell_text import FINE, SHARE, TINY, VERDICT
from planner.documents.content.sheets.plan_lines import CHECKS, MUSD, PlanLines
from planner.documents.formula_terms import ONE, Fold, Folded, Number
from planner.documents.line_items import Constant, TimeAxis
from planner.documents.live_workbook import (
    CHECK_COLUMNS,
    LEAST_SIZE,
    TOLERANCE,
    Check,
    CheckSheet,
    CountOfChanged,
    Verdicts,
)

_COLUMNS = TimeAxis(CHECK_COLUMNS, len(CHECK_COLUMNS))


def begin_checks(plan: PlanLines) -> CheckSheet:
    """Adds the figures that the plan came with, with which the other sheets are compared, and returns their sheet."""
    title = "Checks: do workbook, ledger and solver agree, and does the plan keep its rules"
    sheet = plan.sheets[CHECKS] = CheckSheet(CHECKS, title, _COLUMNS, "Difference, or figure")
    note = "as in the independent check"
    tolerance = Constant("Allowed difference", Number(TOLERANCE), "of the size", note, TINY, is_input=True)
    plan.constants[("tolerance",)] = sheet.add(tolerance)
    least = Constant("Size of what is next to nothing", Number(LEAST_SIZE), shape=FINE, is_input=True)
    plan.constants[("least size",)] = sheet.add(least)
    sheet.part("What the plan came with")
    objective = Number(float(plan.facts.loaded.manifest.get("objective_musd") or 0.0))
    ledger = Number(plan.facts.loaded.figure("net_present_cost") or 0.0)
    for name, label, amount, note in (
        ("objective", "Objective of the solver", objective, "manifest.json"),
        ("ledger", "Ledger: all discounted lines", ledger, "table key_figures"),
    ):
        plan.constants[(name,)] = sheet.add(Constant(label, amount, MUSD, note, FINE))
    for row in plan.facts.records("key_figures"):
        if row["value"] is not None:
            name, unit = str(row["name"]), str(row["unit"])
            shape, note = SHARE if unit == "fraction" else FINE, f"table key_figures, {row['periods']} periods"
            figure = Constant(name, Number(float(row["value"])), unit, note, shape)
            plan.constants["figure", name] = sheet.add(figure)
    return sheet


def finish_checks(plan: PlanLines, sheet: CheckSheet) -> None:
    """Adds the master check, the checks of all sheets, and the overall verdict, which stands first."""
    sheet.part("Master check: inputs, workbook, ledger and solver")
    master = [sheet.add(check) for check in (*_as_solved(), *_agreements(plan))]
    sheet.part("The rules of the plan, computed here")
    rules = [sheet.add(check) for other in plan.sheets.values() for check in other.checks]
    tolerance, least = plan.constants[("tolerance",)], plan.constants[("least size",)]
    verdicts = sheet.verdicts = Verdicts((*master, *rules), tolerance, least)
    overall = Folded(Fold.LEAST, (verdicts,))
    note = f"the least of the {len(verdicts.checks)} checks below"
    sheet.rows.insert(0, Constant("Overall", overall, note=note, shape=VERDICT, is_strong=True))
    check = plan.facts.loaded.manifest.get("check") or {}
    requirements = check.get("requirements") or {}
    sheet.part("The independent check of the plan, outside this workbook")
    passed = "passed" if check.get("passed") else "NOT PASSED"
    sheet.remark(f"{passed}: {check.get('comparisons', 0):,} comparisons of {len(requirements)} requirements")
    for name, count in requirements.items():
        sheet.add(Constant(str(name), Number(float(count)), "comparisons"))


def _as_solved() -> list[Check]:
    """Returns the checks that inputs and values of the plan are still those with which it was solved."""
    words = {True: "Inputs as they were solved", False: "Plan as it was solved"}
    note = "hidden sheet As solved"
    return [Check(label, CountOfChanged(is_input), ONE, "cells changed", note) for is_input, label in words.items()]


def _agreements(plan: PlanLines) -> list[Check]:
    """Returns the checks that workbook, ledger and solver agree on the net present cost."""
    npc, ledger, objective = (plan.constants[(name,)] for name in ("net present cost", "ledger", "objective"))
    pairs = (("Workbook and ledger", npc, ledger), ("Workbook and solver", npc, objective),
             ("Ledger and solver", ledger, objective))  # fmt: skip
    return [Check(f"{label}: net present cost", one - other, one, MUSD, "sheet Cash") for label, one, other in pairs]
