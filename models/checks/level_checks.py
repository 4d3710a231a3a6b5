"""Commitment levels: the fee for each year of a term, and the table of what counted, against what is recomputed."""

from __future__ import annotations

from models.checks.evidence import Evidence
from models.checks.level_years import fee_musd, level_line_names, years_of_term
from models.checks.money import compare_lines
from models.checks.plan_check import compares, recomputes
from models.checks.report import Recorder


@compares("costs.musd arrivals.units agreements.signed")
def commit_level(plan: Evidence, record: Recorder) -> None:
    """The fee is paid on what a year is short of its level, with what is carried, in its last period, exactly."""
    compare_lines(plan, record, "agreement", only="level", apart=level_line_names(plan))


@recomputes(
    "commit_levels",
    {
        "agreement": "*agreement",
        "year_of_term": "*whole",
        "from": "text",
        "to": "*period",
        "unit": "text",
        "level": "quantity",
        "counted": "quantity",
        "brought_forward": "quantity",
        "shortfall": "quantity",
        "fee_musd": "quantity",
    },
)
def commit_levels_table(plan: Evidence, record: Recorder) -> None:
    """Each year of a signed agreement that ends in the plan has its level, what counted, and what is short."""
    rows = {(row["agreement"], row["year_of_term"], row["to"]): row for row in plan.rows["commit_levels"]}
    expected = {(year.row.agreement, year.row.year_of_term, year.last): year for year in years_of_term(plan)}
    for key in {**expected, **rows}:
        where, row, year = (key[0], str(key[1]), plan.labels[key[2]]), rows.get(key), expected.get(key)
        if row is None or year is None:
            record.fault(where, "row", "missing" if row is None else "given", "one for each year that ends in the plan")
            continue
        record.same(row["from"], plan.calendar.label(year.first), where, "from")
        record.same(row["unit"], year.row.unit, where, "unit")
        record.equal(row["level"], year.row.amount, where, "level")
        record.equal(row["counted"], year.counted, where, "counted")
        record.equal(row["brought_forward"], year.brought_forward, where, "brought_forward", year.counted)
        record.equal(row["shortfall"], year.shortfall, where, "shortfall", year.row.amount)
        fee = fee_musd(plan, year.row, row["shortfall"])
        record.equal(row["fee_musd"], fee, where, "fee_musd", fee_musd(plan, year.row, year.row.amount))
