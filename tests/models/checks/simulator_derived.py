"""The tables that the planner derives from finished ones, for plans of the simulator; the check recomputes them.

It does so from the case and the decisions, without a line in common.
"""

from planner.results.decisions_table import DECISIONS, decision_rows
from planner.results.milestones import MILESTONES, milestone_rows
from planner.results.owed_table import COLUMNS, owed_figures, owed_rows
from planner.results.totals import COLUMNS as TOTALS
from planner.results.totals import total_rows


def with_derived_tables(case, tables):
    """Adds the tables of decisions, milestones, what is owed and sums to those of a plan without branches."""
    decided = [row.cells for row in decision_rows(case, tables)]
    happened = [row.cells for row in milestone_rows({"1": case}, tables)]
    made = {"decisions": (DECISIONS, decided), "milestones": (MILESTONES, happened)}
    made["owed"] = (COLUMNS, owed_rows(case, tables))
    rows = {name: [dict(zip(columns.split(), row, strict=True)) for row in found]
            for name, (columns, found) in made.items()}  # fmt: skip
    cash = next(row["value"] for row in tables["key_figures"] if row["name"] == "cash_cost")
    owing = owed_figures(rows["owed"], cash)
    known = ("name", "value", "unit", "periods", "of")
    figures = [*tables["key_figures"], *(dict(zip(known, row, strict=True)) for row in owing)]
    return with_sums(case, {**tables, **rows, "key_figures": figures})


def with_sums(case, tables):
    """Adds the tables of sums, or makes them again, to the other tables of a plan without branches."""
    sums = {
        name: [dict(zip(TOTALS[name].split(), row, strict=True)) for row in found]
        for name, found in total_rows(case, tables).items()
    }
    return {**tables, **sums}
