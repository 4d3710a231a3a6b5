"""Columns, tables, a chart and sentences that several studies share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.errors import listed
from planner.results.table import Cell
from planner.studies.significance import Difference, cost_of, difference, gap_of, has_plan, is_strained

FUTURE = Column("future", "Future", width=30)
STATUS = Column("status", "Status", width=11)
COST = Column("cost_musd", "Net present cost", Form.MUSD, "USD million")
GAP = Column("gap", "Gap", Form.PERCENT, width=8)
CHANGE = Column("change_musd", "Change", Form.MUSD_CHANGE, "USD million")
LEAST = Column("change_least_musd", "at least", Form.MUSD_CHANGE, "USD million")
MOST = Column("change_most_musd", "at most", Form.MUSD_CHANGE, "USD million")
SHARE = Column("change_share", "Relative change", Form.PERCENT, width=9)
FINDING = Column("finding", "Finding", width=14)
SERVED = Column("served_share", "Least served workload", Form.PERCENT, width=10)
LEAST_SERVED = Column("least_served", "of", width=16)
UNSERVED = Column("worst_unserved_share", "Worst unserved", Form.PERCENT, width=10)
SEEN = Column("seen", "Seen from", width=10)
DECISIONS = Column("decisions", "Decisions that change", width=60)
BROKEN = Column("broken", "Hard limits violated", Form.COUNT, width=10)
PRICE = Column("breach_price_musd", "Violation cost", Form.MUSD, "USD million")
OWED = Column("owed_musd", "Owed after the end", Form.MUSD, "USD million")
COMPARED = (
    STATUS, COST, GAP, CHANGE, LEAST, MOST, SHARE, FINDING, SERVED, LEAST_SERVED, UNSERVED, BROKEN, PRICE, OWED,
)  # fmt: skip


def compared(result: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Cell]:
    """Returns the cells of `compared_columns` for a result beside the base; without a plan only its status."""
    if not has_plan(result):
        return {"status": str(result.get("status", "missing")), "finding": reason_of(result)}
    gap = difference(result, base)
    return {
        "status": str(result["status"]),
        "cost_musd": cost_of(result),
        "gap": gap_of(result),
        "finding": gap.word,
        "served_share": result["figures"].get("least_share_served"),
        "least_served": result.get("least_served"),
        "worst_unserved_share": max(result["unserved"].values(), default=None),
        "broken": len(result.get("breaches", ())),
        "breach_price_musd": result.get("breach_price_musd", 0.0),
        "owed_musd": owed_of(result),
        **{name: result["figures"].get(name) for name in base.get("further", ())},
        **change_cells(gap, cost_of(base)),
    }


def compared_columns(base: Mapping[str, Any]) -> tuple[Column, ...]:
    """Returns `COMPARED`, and a column for each key figure that not every case has."""
    further = base.get("further", {})
    named = {name: name.replace("_", " ").capitalize() for name in further}
    return (*COMPARED, *(Column(name, header, Form.NUMBER, str(further[name])) for name, header in named.items()))


def owed_of(result: Mapping[str, Any]) -> float | None:
    """Returns what a plan owes after its reported periods, USD million."""
    amount = result["figures"].get("owed_after_end")
    return None if amount is None else float(amount)


def change_cells(gap: Difference, base_musd: float) -> dict[str, Cell]:
    """Returns the cells of a change: found, and at least and at most as far as is proven."""
    return {
        "change_musd": gap.found,
        "change_least_musd": gap.least,
        "change_most_musd": gap.most,
        "change_share": gap.found / abs(base_musd) if base_musd else None,
    }


def strain_lines(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns sentences on futures whose plans break hard limits, proven or not that they must."""
    strained = {name: result for name, result in results.items() if has_plan(result) and is_strained(result)}
    proven = [name for name, result in strained.items() if float(result.get("breach_least_musd", 0.0)) > 0]
    open_still = [name for name in strained if name not in proven]
    lines = []
    if proven:
        lines.append(f"Hard limits cannot be met in {listed(proven)}: the least violation is priced and named.")
    if open_still:
        lines.append(f"No plan that meets all hard limits was found for {listed(open_still)}; there may be one.")
    return lines


def lost_line(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns a sentence on futures without a plan; none where each has one."""
    lost = [name for name, result in results.items() if not has_plan(result)]
    return [f"There is no plan for {listed(lost)}; the table says why."] if lost else []


def unaffected_line(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns a sentence on futures that change no input; none where each changes some."""
    idle = [name for name, result in results.items() if result.get("changes") == []]
    return [f"{listed(idle)} {'change' if len(idle) > 1 else 'changes'} no input of this case."] if idle else []


def reason_of(result: Mapping[str, Any]) -> str:
    """Returns in a line why a point has no plan."""
    why = result.get("why") or [result.get("message", "")]
    return " ".join(str(line).strip() for line in list(why)[:3]).strip()


CHANGES = (
    FUTURE,
    Column("table", "Table", width=14),
    Column("item", "Item", width=26),
    Column("column", "Column", width=20),
    Column("period", "Period", width=10),
    Column("before", "Before", Form.NUMBER),
    Column("after", "After", Form.NUMBER),
    Column("cause", "Cause", width=26),
)


def changes_table(results: Mapping[str, Mapping[str, Any]]) -> TableBlock:
    """Returns what each future changes in the inputs, from the results of its points by its name."""
    records: list[dict[str, Cell]] = []
    for name, result in results.items():
        records += [{"future": name, **change} for change in result.get("changes", [])]
        records += [{"future": name, "cause": sentence} for sentence in result.get("without_effect", [])]
    note = "Every input that a future changes, by period; a sentence instead of numbers states what has no effect."
    return TableBlock("changed_inputs", "Changed inputs", note, CHANGES, rows_of(records, CHANGES))


WORKLOAD = Column("workload", "Workload", width=20)


def by_name(results: Mapping[str, Mapping[str, Any]]) -> dict[tuple[Cell, ...], Mapping[str, Any]]:
    """Returns results that have one name as results by the cells of their labels."""
    return {(name,): result for name, result in results.items()}


def service_table(
    results: Mapping[tuple[Cell, ...], Mapping[str, Any]], base: Mapping[str, Any], labels: Sequence[Column] = (FUTURE,)
) -> TableBlock:
    """Returns what each workload gets in its worst period: undisturbed and at each point.

    `results` are by the cells of `labels`, the columns that tell the points apart.
    """
    columns = (
        *labels,
        WORKLOAD,
        Column("worst_share_served", "Served in its worst period", Form.PERCENT, width=12),
        Column("undisturbed_share", "undisturbed", Form.PERCENT, width=12),
    )
    records: list[dict[str, Cell]] = []
    for cells, result in results.items():
        for workload, worst in worst_shares(result):
            record = {column.name: cell for column, cell in zip(labels, cells, strict=True)}
            share = dict(worst_shares(base)).get(workload)
            record |= {"workload": workload, "worst_share_served": worst, "undisturbed_share": share}
            records.append(record)
    note = "The share of a workload's demand that is served in its worst period, least served first."
    return TableBlock("service", "Service by workload", note, columns, rows_of(records, columns))


def worst_shares(result: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Returns each workload with the share of it that is served in its worst period, least served first."""
    worst = result["unserved"] if has_plan(result) else {}
    return [(name, 1.0 - unserved) for name, unserved in sorted(worst.items(), key=lambda entry: (-entry[1], entry[0]))]


def breaches_table(results: Mapping[str, Mapping[str, Any]]) -> TableBlock:
    """Returns every hard limit that a future breaks, by how much and at which price."""
    columns = (
        FUTURE,
        Column("requirement", "Requirement", width=20),
        Column("where", "Where", width=30),
        Column("amount", "By", Form.NUMBER),
        Column("unit", "Unit", width=20),
        Column("price_musd", "Price", Form.MUSD, "USD million"),
    )
    records = [{"future": name, **row} for name, result in results.items() for row in result.get("breaches", [])]
    note = (
        "The least violation, by its price: unserved queries below the minimum service cost their penalty once more, "
        "a dollar over a budget one dollar more; exceeding any other limit by 100 % costs 1 % of the undisturbed cost."
    )
    return TableBlock("violations", "Hard limits that cannot be met", note, columns, rows_of(records, columns))


def futures_table(
    title: str,
    note: str,
    results: Mapping[str, Mapping[str, Any]],
    base: Mapping[str, Any],
    last: tuple[Column, Mapping[str, Cell]] | None,
) -> TableBlock:
    """Returns each future beside the undisturbed plan; `last` is one more column, with its cells by future."""
    further = {} if last is None else {last[0].name: last[1]}
    columns = (FUTURE, SEEN, *compared_columns(base), *(() if last is None else (last[0],)))
    records: list[dict[str, Cell]] = [
        {
            "future": name, "seen": result.get("seen"), **compared(result, base),
            **{column: cells.get(name) for column, cells in further.items()},
        }
        for name, result in results.items()
    ]  # fmt: skip
    return TableBlock("futures", title, note, columns, rows_of(records, columns))


def change_chart(title: str) -> ChartBlock:
    """Returns the chart of the changes of cost in `futures_table`."""
    return ChartBlock("change", title, ChartKind.BARS, "futures", "change_musd", "future", "finding", reference=0.0)


def money_table(own: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]) -> TableBlock:
    """Returns the change of present cost by category."""
    columns = (
        FUTURE,
        Column("category", "Category", width=16),
        Column("undisturbed_musd", "Undisturbed", Form.MUSD, "USD million"),
        Column("now_musd", "In this future", Form.MUSD, "USD million"),
        Column("change_musd", "Change", Form.MUSD_CHANGE, "USD million"),
    )
    records: list[dict[str, Cell]] = []
    for name, result in own.items():
        if has_plan(result):
            for category in sorted(base["cash"].keys() | result["cash"].keys()):
                before, now = base["cash"].get(category, 0.0), result["cash"].get(category, 0.0)
                records.append(
                    {
                        "future": name,
                        "category": category,
                        "undisturbed_musd": before,
                        "now_musd": now,
                        "change_musd": now - before,
                    }
                )
    note = "Discounted amounts of the plans that were found; single categories have no bounds of their own."
    return TableBlock("money", "Cost changes by category", note, columns, rows_of(records, columns))


def base_facts(base: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the facts of a study on its undisturbed plan, USD million."""
    return {"base_cost_musd": base["objective_musd"], "base_bound_musd": base["bound_musd"]}


def undisturbed_line(base: Mapping[str, Any]) -> str:
    """Returns what the undisturbed plan costs, as a sentence."""
    return f"Undisturbed, the plan costs {float(base['objective_musd']):,.0f} USD million."
