"""What must give when a case has no plan: least repairs by kind, each proven to be minimal, priced and tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from models.case import Case
from models.whatif.changeable_inputs import RepairKind, changeable_inputs
from planner.case.recheck import cell_text
from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.documents.number_text import money
from planner.errors import CaseFaults, Fault, NoPlanFound, listed
from planner.results.table import Cell
from planner.studies.repair_texts import KIND_TEXTS, change_text, changes_text, size_text, value_text
from planner.studies.repair_work import AS_IT_STANDS, FEASIBLE, INFEASIBLE
from planner.studies.significance import (
    bound_of,
    cost_of,
    decision_in_words,
    difference,
    gap_of,
    has_plan,
    kind_in_words,
)
from planner.studies.study_columns import COST, GAP, LEAST_SERVED, SERVED, reason_of
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study
from planner.sweeps.points import Point

REPAIRS, CHANGES = "repairs", "changes"
_MENU = 3
"""So many repairs are looked for, before kinds that are not enough alone are no longer combined."""
_NOTES = (
    "`fleetplan repair CASE --apply N -o PLACE` writes the case with repair N as a folder or workbook, to be planned.",
    "A repair changes only what people can agree on: budgets, dates, service levels, limits and order sizes, power, "
    "policies. Demand, rates, prices and what is owned or ordered already are never changed.",
    "Least: of one kind, the smallest sum of changes in its measure; of dates, the fewest, then the fewest months. "
    "What is proven to be needed stands beside it; values are rounded so that they suffice.",
    "Minimal: with any one change a step smaller, or left out, and all others as they are, the case is proven to have "
    "no plan.",
)
REPAIR = Column("repair", "Repair", Form.COUNT, width=8)
KIND = Column("kind", "Kind", width=16)


def repair(context: StudyContext, *, over_scenarios: bool = False) -> Study:
    """Returns the study of the least repairs of a case without a plan, over its scenarios where that is asked for.

    Raises:
        CaseFaults: the case has a plan.
        NoPlanFound: it is not known whether it has one.
    """
    context = replace(context, over_scenarios=over_scenarios)
    case = context.case
    standing = context.solve([_point(context, ())])[AS_IT_STANDS]
    _require_infeasible(case, standing)
    present = [kind for kind in RepairKind if any(one.kind is kind for one in changeable_inputs(case))]
    answers = _answers(context, present)
    menu = sorted(
        (answer for answer in answers.values() if answer["status"] == "found"),
        key=lambda answer: (not has_plan(answer["plan"]), cost_of(answer["plan"]) if has_plan(answer["plan"]) else 0.0),
    )
    return Study(
        kind="repair",
        title="Least repairs",
        case_name=case.settings.name,
        headlines=tuple(_headlines(case, standing, menu, answers)),
        tables=(_repairs(case, menu), _kinds(menu, answers), _changes(case, menu), *_decisions(menu)),
        charts=_charts(menu),
        notes=_NOTES,
        facts={"scenarios_without_plan": list(standing["unmet"])} if standing["unmet"] else {},
        refers_to_base=not context.over_scenarios,
    )


def _answers(context: StudyContext, present: Sequence[RepairKind]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """The answers about single kinds, and about kinds together that are not enough apart, until the menu is full."""
    answers: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for count in range(1, len(present) + 1):
        enough = [set(kinds) for kinds, answer in answers.items() if answer["status"] == "found"]
        if len(enough) >= _MENU:
            break
        sets = [kinds for kinds in combinations(present, count) if not any(one <= _names(kinds) for one in enough)]
        found = context.solve([_point(context, kinds) for kinds in sets]) if sets else {}
        answers |= {tuple(kind.value for kind in kinds): found[_name(kinds)] for kinds in sets}
    return answers


def _names(kinds: Sequence[RepairKind]) -> set[str]:
    return {kind.value for kind in kinds}


def _point(context: StudyContext, kinds: Sequence[RepairKind]) -> Point:
    recipe: dict[str, Any] = {"kinds": [kind.value for kind in kinds]}
    if context.over_scenarios:
        recipe["over_scenarios"] = True
    return Point(_name(kinds) or AS_IT_STANDS, "repair", recipe)


def _name(kinds: Sequence[RepairKind]) -> str:
    return " and ".join(kind.value for kind in kinds)


def _require_infeasible(case: Case, standing: Mapping[str, Any]) -> None:
    name, status = case.settings.name, standing.get("status")
    if status == FEASIBLE:
        remedy = "Make it with `fleetplan plan`."
        raise CaseFaults([Fault(name, "has a plan that meets all requirements, so there is nothing to repair", remedy)])
    if status != INFEASIBLE:
        why = reason_of(standing) or "It was not found out in time whether there is a plan"
        msg = f"Whether {name} has a plan is open. {why}"
        raise NoPlanFound(msg)


def _headlines(
    case: Case,
    standing: Mapping[str, Any],
    menu: Sequence[Mapping[str, Any]],
    answers: Mapping[tuple[str, ...], Mapping[str, Any]],
) -> list[str]:
    where = ""
    if standing["unmet"]:
        scenarios, itself = ("scenario", "itself") if len(standing["unmet"]) == 1 else ("scenarios", "themselves")
        where = f" in the {scenarios} {listed(standing['unmet'], most=12)}, even planned by {itself}"
    elif standing["scenarios"] > 1:
        where = " in all scenarios together, although each is feasible by itself"
    lines = [" ".join((f"{case.settings.name} has no plan{where}.", *standing["conflict"]))]
    lines += [f"{place}. {changes_text(case, one['changes'])}: {_tried(one)}." for place, one in enumerate(menu, 1)]
    if not menu:
        lines.append("No repair was found: " + _structure(answers))
    cannot = [kinds[0] for kinds, answer in answers.items() if len(kinds) == 1 and answer["status"] == "none"]
    if cannot and menu:
        dates = " (of dates each single one, and all together)" if "time" in cannot else ""
        lines.append(f"Proven not to be enough alone: {listed(cannot, most=6)}{dates}.")
    return lines


def _structure(answers: Mapping[tuple[str, ...], Mapping[str, Any]]) -> str:
    if any(answer["status"] == "open" for answer in answers.values()):
        return "some answers were not found in time; the table says which."
    return (
        "even with all inputs that a repair may change at their loosest there is no plan. The conflict lies in gates, "
        "prices, demand, open orders or what is done already."
    )


def _tried(one: Mapping[str, Any]) -> str:
    plan = one["plan"]
    if not has_plan(plan):
        return f"no plan was found for the repaired case ({reason_of(plan)})"
    cost, bound = money(cost_of(plan)), bound_of(plan)
    proven = "" if bound is None or money(bound) == cost else f" (at least {money(bound)})"
    return f"then the plan costs {cost} USD million{proven}, {_price(one)[1]}"


def _price(one: Mapping[str, Any]) -> tuple[float | None, str]:
    """What a change itself costs or gives up, USD million, and in words; None without a price in the inputs."""
    kinds, plan = one["kinds"], one["plan"]
    added = sum(float(change["size"]) for change in one["changes"] if change["kind"] == "money")
    lost = float(plan["cash"].get("unserved", 0.0)) if has_plan(plan) and "service" in kinds else 0.0
    parts = [f"with {money(added)} USD million more of budgets"] if added else []
    parts += [f"{money(lost)} USD million of it penalties for what is not served"] if lost > 0 else []
    if not parts:
        return None, "and the change itself has no price in the inputs"
    return added + lost, " and ".join(parts)


def _repairs(case: Case, menu: Sequence[Mapping[str, Any]]) -> TableBlock:
    columns = (
        REPAIR,
        KIND,
        Column("change", "Change", width=60),
        COST,
        Column("bound_musd", "Plan at least", Form.MUSD, "USD million", spare=4),
        GAP,
        Column("more_musd", "Above the cheapest repair", Form.MUSD_CHANGE, "USD million"),
        Column("more_least_musd", "at least", Form.MUSD_CHANGE, "USD million", spare=3),
        Column("more_most_musd", "at most", Form.MUSD_CHANGE, "USD million", spare=3),
        Column("finding", "Finding", width=14, spare=2),
        Column(
            "price_musd",
            "Price of the change",
            Form.MUSD,
            "USD million",
            meaning="The budget added, or the penalties for what is not served; blank without a price in the inputs.",
        ),
        Column("size", "Sum of changes", Form.EXACT, width=10),
        Column("size_least", "proven to be needed", Form.NUMBER, width=10, spare=3),
        Column("unit", "in", width=18),
        SERVED,
        LEAST_SERVED,
        Column("minimal", "Minimal", width=12, spare=1),
        Column("tried", "Tried", width=24, spare=1),
    )
    planned = [one["plan"] for one in menu if has_plan(one["plan"])]
    records: list[dict[str, Cell]] = []
    for place, one in enumerate(menu, start=1):
        plan, price = one["plan"], _price(one)
        record: dict[str, Cell] = {
            "repair": place,
            "kind": " and ".join(one["kinds"]),
            "change": changes_text(case, one["changes"]),
            "price_musd": price[0],
            "size": float(f"{one['size']:.9g}"),
            "size_least": one["least"],
            "unit": size_text(one["kinds"], 1.0).split(" ", 1)[1],
            "minimal": "proven" if one["is_proven"] else "not proven",
            "tried": "a plan, checked" if has_plan(plan) else reason_of(plan) or "no plan found",
        }
        if has_plan(plan):
            record |= {"cost_musd": cost_of(plan), "bound_musd": bound_of(plan), "gap": gap_of(plan)}
            record |= {"served_share": plan["figures"].get("least_share_served"), "least_served": plan["least_served"]}
            if plan is not planned[0]:
                more = difference(plan, planned[0])
                record |= {"more_musd": more.found, "more_least_musd": more.least, "more_most_musd": more.most}
                record["finding"] = more.word
        records.append(record)
    note = "Each alone makes a plan possible. The cheapest plan comes first."
    return TableBlock(REPAIRS, "Repairs", note, columns, rows_of(records, columns))


def _kinds(menu: Sequence[Mapping[str, Any]], answers: Mapping[tuple[str, ...], Mapping[str, Any]]) -> TableBlock:
    columns = (
        KIND,
        Column("changes", "What it changes", width=44),
        REPAIR,
        Column("verdict", "Verdict", width=60),
        Column("cases", "Cases solved", Form.COUNT, width=8),
    )
    numbers = {tuple(one["kinds"]): place for place, one in enumerate(menu, start=1)}
    sets = [*((kind.value,) for kind in RepairKind), *(kinds for kinds in answers if len(kinds) > 1)]
    records: list[dict[str, Cell]] = []
    for kinds in sets:
        answer = answers.get(kinds, {"status": "no inputs"})
        records.append(
            {
                "kind": " and ".join(kinds),
                "changes": "; ".join(KIND_TEXTS[kind].partition(": ")[2] for kind in kinds),
                "repair": numbers.get(kinds),
                "verdict": _verdict(kinds, answer),
                "cases": answer.get("cases"),
            }
        )
    note = "Whether inputs of one kind are enough; kinds are combined where none is enough alone."
    return TableBlock("kinds", "What is enough, and what is not", note, columns, rows_of(records, columns))


def _verdict(kinds: tuple[str, ...], answer: Mapping[str, Any]) -> str:
    status = answer["status"]
    if status == "found":
        return "enough" + ("; each change proven to be needed" if answer["is_proven"] else "")
    if status == "no inputs":
        return "nothing to change: the case has no such input"
    if status == "none" and kinds == ("time",):
        return "cannot: no single date, nor all of them at their earliest; each case proven to have no plan"
    if status == "none" and "time" in kinds:
        # An earlier date need not allow more, so this is no proof for the dates between.
        return "not enough with all such inputs at their loosest and all dates at their earliest"
    if status == "none":
        return "cannot: proven to have no plan, even with all such inputs at their loosest"
    return "open: " + (reason_of(answer) or "an answer was not found in time")


def _changes(case: Case, menu: Sequence[Mapping[str, Any]]) -> TableBlock:
    columns = (
        REPAIR,
        Column("change", "Change", width=60),
        Column("table", "Table", width=14),
        Column("row", "Row of the table", Form.COUNT, width=8),
        Column("column", "Column", width=20),
        Column("before", "Before", width=16),
        Column("after", "After", width=16),
        Column("smaller", "Not enough", width=16, meaning="The next smaller change, all others as they are."),
        Column("proof", "Proof", width=30),
        Column("cell", "Cell", width=14, spare=9),
    )
    records: list[dict[str, Cell]] = [
        {
            "repair": place,
            "change": change_text(case, change),
            "table": change["table"],
            "row": int(change["row"]) + 1,
            "column": change["column"] or "(the row)",
            "before": value_text(case, change, "before"),
            "after": value_text(case, change, "after"),
            "smaller": value_text(case, change, "smaller"),
            "proof": "proven to have no plan" if change["is_proven"] else "not proven",
            "cell": cell_text(change["after"]),
        }
        for place, one in enumerate(menu, start=1)
        for change in one["changes"]
    ]
    note = "Each changed cell. Not enough is the next smaller change: with it, and all others, there is no plan."
    return TableBlock(CHANGES, "Changed cells", note, columns, rows_of(records, columns))


def _decisions(menu: Sequence[Mapping[str, Any]]) -> tuple[TableBlock, ...]:
    columns = (
        Column("kind", "Kind", width=12),
        Column("item", "Decision", width=26),
        *(Column(f"repair_{place}", f"Repair {place}", width=26) for place in range(1, len(menu) + 1)),
    )
    names = dict.fromkeys(name for one in menu if has_plan(one["plan"]) for name in one["plan"]["decisions"])
    records: list[dict[str, Cell]] = []
    for name in names:
        kind, item = kind_in_words(name)
        record: dict[str, Cell] = {"kind": kind, "item": item}
        for place, one in enumerate(menu, start=1):
            if has_plan(one["plan"]):
                record[f"repair_{place}"] = decision_in_words(one["plan"]["decisions"][name])
        records.append(record)
    note = "What the plan of each repaired case decides."
    title = "Strategic decisions after each repair"
    return (TableBlock("decisions", title, note, columns, rows_of(records, columns)),) if records else ()


def _charts(menu: Sequence[Mapping[str, Any]]) -> tuple[ChartBlock, ...]:
    if not any(has_plan(one["plan"]) for one in menu):
        return ()
    title = "Net present cost of the plan after each repair"
    return (ChartBlock("cost", title, ChartKind.BARS, REPAIRS, "cost_musd", "kind"),)
