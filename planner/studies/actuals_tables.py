"""The tables of plan against actual: variances at three levels, deliveries, forecasts, dates, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from models.tables.actual_rows import PAID_CATEGORIES
from models.tables.column_descriptions import columns_of
from models.tables.strategy_rows import Uncertain
from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.content.cost_categories import category_name
from planner.results.table import Cell
from planner.tracking.plan_tracking import PlanTracking
from planner.tracking.variance_analysis import Variance

MUSD = "USD million"
CAUSES = ("price", "volume", "timing", "mix")
TOTAL = "in all"
PERIOD = Column("period", "Period", width=10)
CATEGORY = Column("category", "Category", width=20)
VENDOR = Column("vendor", "Vendor", width=16)
AMOUNTS = (
    Column("planned_musd", "Planned", Form.AMOUNT, MUSD),
    Column("actual_musd", "Actual", Form.AMOUNT, MUSD),
    Column("variance_musd", "Variance", Form.MUSD_CHANGE, MUSD, meaning="actual less planned: positive is dearer"),
    *(Column(f"{cause}_musd", cause.capitalize(), Form.MUSD_CHANGE, MUSD) for cause in CAUSES),
)
DEFINITION = (
    "Variance is actual less planned, positive where it costs more; price, volume, timing and mix add up to it. Price: "
    "at the actual quantity. Timing: planned for one period and received in another. Volume: other quantities, at the "
    "mean planned price of the vendor and category. Mix: dearer or cheaper items than that mean."
)


def sums_of(rows: Iterable[Variance]) -> dict[str, Cell]:
    """Returns the amounts of some variances added up, by column."""
    own = list(rows)
    planned, actual = sum(row.planned_musd for row in own), sum(row.actual_musd for row in own)
    sums: dict[str, Cell] = {"planned_musd": planned, "actual_musd": actual, "variance_musd": actual - planned}
    return sums | {f"{cause}_musd": sum(getattr(row, cause) for row in own) for cause in CAUSES}


def _grouped(
    rows: Sequence[Variance], key: Callable[[Variance], tuple[Any, ...]]
) -> dict[tuple[Any, ...], list[Variance]]:
    groups: dict[tuple[Any, ...], list[Variance]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def category_table(found: PlanTracking) -> TableBlock:
    """Returns planned, actual and variances by category, and their sum."""
    columns = (CATEGORY, *AMOUNTS)
    groups = _grouped(found.variances, lambda row: (row.category,))
    order = sorted(groups, key=lambda key: PAID_CATEGORIES.index(key[0]))
    records: list[dict[str, Cell]] = [{"category": category_name(key[0]), **sums_of(groups[key])} for key in order]
    records.append({"category": TOTAL, **sums_of(found.variances)})
    bold = frozenset({len(records) - 1})
    return TableBlock("by_category", "Plan against actual", DEFINITION, columns, rows_of(records, columns), bold=bold)


def causes_table(found: PlanTracking) -> TableBlock:
    """Returns how the planned amount becomes the actual one."""
    columns = (Column("cause", "Cause", width=40), Column("musd", "Change", Form.MUSD_CHANGE, MUSD))
    sums = sums_of(found.variances)
    records: list[dict[str, Cell]] = [{"cause": cause, "musd": sums[f"{cause}_musd"]} for cause in CAUSES]
    note = "What the difference between actual and planned cost comes from."
    return TableBlock("causes", "Causes of the variance", note, columns, rows_of(records, columns))


def period_table(found: PlanTracking) -> TableBlock:
    """Returns the variances by period, vendor and category."""
    columns = (PERIOD, VENDOR, CATEGORY, *AMOUNTS)
    groups = _grouped(found.variances, lambda row: (row.period, row.vendor, row.category))
    labels = found.periods.labels
    order = sorted(groups, key=lambda key: (labels.index(key[0]), key[1], PAID_CATEGORIES.index(key[2])))
    records: list[dict[str, Cell]] = [
        {"period": period, "vendor": vendor, "category": category_name(category), **sums_of(groups[key])}
        for key in order
        for period, vendor, category in [key]
    ]
    note = "Each row is the sum of its items; items without a vendor have none."
    return TableBlock("variances", "By period, vendor and category", note, columns, rows_of(records, columns))


def items_table(found: PlanTracking) -> TableBlock:
    """Returns the variances of each item and period with quantities and prices: what the other tables add up."""
    columns = (
        PERIOD, CATEGORY, VENDOR, Column("item", "Item", width=24), Column("unit", "Unit", width=10),
        Column("planned_quantity", "Planned quantity", Form.QUANTITY),
        Column("actual_quantity", "Actual quantity", Form.QUANTITY),
        Column("planned_price_usd", "Planned price", Form.AMOUNT, "USD"),
        Column("actual_price_usd", "Actual price", Form.AMOUNT, "USD"),
        *AMOUNTS,
    )  # fmt: skip
    records: list[dict[str, Cell]] = [
        {
            "period": row.period, "category": row.category, "vendor": row.vendor, "item": row.item, "unit": row.unit,
            "planned_quantity": row.planned_quantity, "actual_quantity": row.actual_quantity,
            "planned_price_usd": _price(row.planned_musd, row.planned_quantity),
            "actual_price_usd": _price(row.actual_musd, row.actual_quantity),
            **sums_of([row]),
        }
        for row in found.variances
    ]  # fmt: skip
    note = "Without a unit, amounts have no quantity: see the page on actuals."
    return TableBlock("variance_items", "By item", note, columns, rows_of(records, columns))


def _price(musd: float, quantity: float | None) -> float | None:
    return musd * 1e6 / quantity if quantity else None


def deliveries_table(found: PlanTracking) -> TableBlock:
    """Returns delivered against promised, by offer."""
    columns = (
        Column("offer", "Offer", width=24), VENDOR,
        Column("promised", "Promised", Form.QUANTITY, "units"),
        Column("delivered", "Delivered", Form.QUANTITY, "units"),
        Column("on_time", "On time", Form.QUANTITY, "units"),
        Column("late", "Late", Form.QUANTITY, "units"),
        Column("outstanding", "Outstanding", Form.QUANTITY, "units"),
        Column("unplanned", "Beyond promises", Form.QUANTITY, "units"),
        Column("share_on_time", "On time of promised", Form.SHARE),
        Column("mean_delay_months", "Mean delay", Form.NUMBER, "months"),
    )  # fmt: skip
    names = tuple(column.name for column in columns)
    records = [{name: getattr(row, name) for name in names} for row in found.deliveries]
    note = (
        "What was promised for the compared periods: by the column promised, else by the plan. On time is not after "
        "the promised period; the delay is that of delivered units, from the middle of one period to that of the other."
    )
    return TableBlock("deliveries", "Delivered against promised", note, columns, rows_of(records, columns))


def errors_table(found: PlanTracking) -> TableBlock:
    """Returns the forecast errors of each workload."""
    day = "million queries a day"
    columns = (
        Column("workload", "Workload", width=20), Column("periods", "Periods", Form.COUNT),
        Column("forecast", "Mean forecast", Form.QUANTITY, day),
        Column("observed", "Mean observed", Form.QUANTITY, day),
        Column("bias", "Bias", Form.PERCENT_CHANGE), Column("wmape", "WMAPE", Form.SHARE),
    )  # fmt: skip
    note = (
        "Bias is Σ (forecast − observed) / Σ observed, positive where the forecast was too high; WMAPE is "
        "Σ |forecast − observed| / Σ observed."
    )
    records = [asdict(row) for row in found.errors]
    return TableBlock("forecast_errors", "Forecast errors", note, columns, rows_of(records, columns))


def demand_table(found: PlanTracking) -> TableBlock:
    """Returns forecast and observed demand by period."""
    day = "million queries a day"
    columns = (
        Column("workload", "Workload", width=20), PERIOD,
        Column("forecast", "Forecast", Form.QUANTITY, day), Column("observed", "Observed", Form.QUANTITY, day),
        Column("months", "Months observed", Form.COUNT),
        Column("share_planned", "Served as planned", Form.SHARE), Column("share_served", "Served", Form.SHARE),
    )  # fmt: skip
    note = "The observed demand is the mean of the rows in the period, by their months."
    records = [asdict(row) for row in found.demand]
    return TableBlock("demand", "Demand", note, columns, rows_of(records, columns))


def proposals_table(found: PlanTracking) -> TableBlock:
    """Returns the proposed rows of `uncertain`, in the columns of that table."""
    facts = columns_of(Uncertain)
    columns = tuple(
        Column(name, name, Form.EXACT if name in ("p1", "p2", "p3", "low", "high") else Form.TEXT, width=18)
        for name in facts
    )
    records = [asdict(row) for row in found.proposals]
    note = "Fitted to observed / planned. Nothing uses them until they are in the table uncertain of a case."
    return TableBlock("proposed_uncertain", "Proposed rows of uncertain", note, columns, rows_of(records, columns))


def more_tables(found: PlanTracking) -> tuple[TableBlock, ...]:
    """Returns the tables of dates, failures, power and contracts that have rows."""
    made = (
        _plain(
            "event_dates", "Dates", "Months later than planned, negative earlier; blank where the plan has none.",
            (
                Column("item", "Item", width=24), Column("event", "Event", width=12),
                Column("planned", "Planned", width=10), Column("actual", "Actual or expected", width=10),
                Column("months_late", "Later", Form.NUMBER_CHANGE, "months"),
            ),
            [asdict(row) for row in found.events],
        ),
        _plain(
            "failures", "Failures", "Failed units by unit-year of the planned fleet, beside the input.",
            (
                Column("accelerator", "Accelerator", width=24), Column("failed", "Failed", Form.QUANTITY, "units"),
                Column("unit_years", "Planned fleet", Form.QUANTITY, "unit-years"),
                Column("rate", "Observed rate", Form.SHARE), Column("planned_rate", "Planned rate", Form.SHARE),
            ),
            [asdict(row) | {"rate": row.rate} for row in found.failures],
        ),
        _plain(
            "power_used", "Electricity", "Planned: the power drawn in every hour of the period.",
            (
                Column("site", "Site", width=20), PERIOD,
                Column("planned_mwh", "Planned", Form.QUANTITY, "MWh"),
                Column("used_mwh", "Used", Form.QUANTITY, "MWh"),
                Column("planned_mw", "Planned power", Form.QUANTITY, "MW"),
                Column("peak_mw", "Highest power", Form.QUANTITY, "MW"),
            ),
            [asdict(row) for row in found.power],
        ),
        _bills_table(found),
        _plain(
            "contract_commitments", "Contract commitments",
            "Applied is the effective cost of all charges that name the commitment, in the compared periods or not.",
            (
                Column("contract", "Contract", width=16), Column("commitment", "Commitment", width=16),
                Column("category", "Category", width=10), Column("start", "From", width=10),
                Column("end", "To", width=10), Column("committed_musd", "Committed", Form.AMOUNT, MUSD),
                Column("applied_musd", "Applied", Form.AMOUNT, MUSD),
            ),
            [asdict(row) for row in found.commitments],
        ),
    )  # fmt: skip
    return tuple(table for table in made if table.rows)


def _bills_table(found: PlanTracking) -> TableBlock:
    """Returns what clouds have billed, by each of the costs that a bill states."""
    columns = (
        Column("provider", "Provider", width=20), Column("service", "Service", width=14),
        Column("charge", "Charge", width=12), Column("rows", "Rows", Form.COUNT),
        Column("billed_musd", "Billed", Form.AMOUNT, MUSD),
        Column("effective_musd", "Effective", Form.AMOUNT, MUSD),
        Column("contracted_musd", "Contracted", Form.AMOUNT, MUSD),
        Column("list_musd", "List", Form.AMOUNT, MUSD),
        Column("mapped_musd", "Effective and named", Form.AMOUNT, MUSD),
    )  # fmt: skip
    records: list[dict[str, Cell]] = [
        {
            "provider": row.provider, "service": row.service, "charge": row.charge, "rows": row.rows,
            "billed_musd": row.billed, "effective_musd": row.effective, "contracted_musd": row.contracted,
            "list_musd": row.list_price, "mapped_musd": row.mapped,
        }
        for row in found.bills
    ]  # fmt: skip
    return _plain("bills", "Bills", "Effective cost is compared, as far as bill_items names it.", columns, records)


def coverage_table(found: PlanTracking) -> TableBlock:
    """Returns which categories are compared, by what, and what is planned of the others."""
    columns = (
        CATEGORY, Column("is_compared", "Compared", width=10),
        Column("planned_musd", "Planned", Form.AMOUNT, MUSD), Column("rows", "Rows of actuals", Form.COUNT),
        Column("basis", "By", width=34),
    )  # fmt: skip
    records: list[dict[str, Cell]] = [
        {
            "category": category_name(row.category), "is_compared": "yes" if row.is_compared else "no",
            "planned_musd": row.planned_musd, "rows": row.rows, "basis": row.basis if row.is_compared else "",
        }
        for row in found.costs.coverage
    ]  # fmt: skip
    note = "A category is compared where the actuals have a row of it, and then taken as complete."
    return TableBlock("coverage", "What is compared", note, columns, rows_of(records, columns))


def left_out_table(found: PlanTracking) -> TableBlock:
    """Returns the rows that are in no variance, each with its amount and the reason."""
    columns = (
        Column("place", "Row", width=28), Column("what", "What", width=28), PERIOD,
        Column("musd", "Amount", Form.AMOUNT, MUSD), Column("why", "Why", width=40),
    )  # fmt: skip
    records = [asdict(row) for row in found.costs.actual.left_out]
    note = "These amounts are in no other table."
    return TableBlock("not_compared", "Rows that are not compared", note, columns, rows_of(records, columns))


def _plain(
    name: str, title: str, note: str, columns: tuple[Column, ...], records: Sequence[dict[str, Cell]]
) -> TableBlock:
    return TableBlock(name, title, note, columns, rows_of(records, columns))
