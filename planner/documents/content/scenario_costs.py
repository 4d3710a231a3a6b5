"""What the scenarios of a plan cost, and how cash, power and service differ between them over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.documents.blocks import (
    ChartBlock,
    ChartKind,
    Column,
    Derived,
    Form,
    Ref,
    Rule,
    TableBlock,
    TableCell,
    Tile,
    rows_of,
)
from planner.documents.colours import INK
from planner.documents.content.plan_headline import number, rounded_power
from planner.documents.number_text import counted, money, percent
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

MUSD = "USD million"
MOST_LINES = 8
"""Scenarios that have a line each in charts over time; of more, quantiles are drawn as bands."""
EXPECTED = "expected value"
_FUTURES = (
    Column("scenario", "Scenario", width=24),
    Column("probability", "Probability", Form.SHARE),
    Column("cost_musd", "Net present cost", Form.MUSD, MUSD),
    Column("cumulative_probability", "As much or less", Form.SHARE, spare=6),
    Column("tail_probability", "In the worst tail", Form.SHARE, spare=7),
    Column("cash_musd", "Cash", Form.MUSD, MUSD, spare=1),
    Column("penalty_musd", "Penalty for unserved", Form.MUSD, MUSD, spare=2),
    Column("least_share_served", "Least share served", Form.PERCENT, spare=3),
    Column("least_served", "of", width=14, spare=4),
    Column("peak_mw", "Most power", Form.NUMBER, "MW", spare=5),
)
_COSTS = (
    Column("what", "Cost over all scenarios", width=34),
    Column("musd", "Net present cost", Form.MUSD, MUSD),
)
_QUANTILES = (
    Column("expected", "Expected"), Column("least", "Least", spare=2), Column("p10", "P10", spare=1),
    Column("p25", "P25", spare=3), Column("p50", "Median"), Column("p75", "P75", spare=3),
    Column("p90", "P90", spare=1), Column("most", "Most", spare=2),
)  # fmt: skip
_MEASURES = (
    ("cash", "Cash by period", Form.MUSD, MUSD, "Not discounted."),
    ("power", "Power by period", Form.NUMBER, "MW", "Facility power that is drawn."),
    ("share_served", "Demand served by period", Form.PERCENT, "", "Share of the demand of each workload at peak."),
)
_ORDER = ("risk_adjusted", "expected", "cvar", "value_at_risk", "least", "quantile", "most")
_BANDS = (("p10", "p90", "P10 to P90"), ("p25", "p75", "P25 to P75"))


def futures_table(loaded: LoadedRun) -> TableBlock:
    """Returns what each scenario costs and how it is served, the most expensive last."""
    rows = sorted(loaded.rows("futures"), key=lambda row: number(row["cost_musd"]))
    note = (
        "Net present cost is discounted, over the optimised periods; the rest is of the reported ones. The worst tail "
        f"is the worst {percent(1 - loaded.case.settings.risk_level, 0)} % of probability."
    )
    return TableBlock("futures", "What each scenario costs", note, _FUTURES, rows_of(rows, _FUTURES))


def costs_table(loaded: LoadedRun, futures: TableBlock) -> TableBlock:
    """Returns mean, ends, quantiles and tail of the costs; mean and tail are formulas over the table of scenarios."""
    rows: list[tuple[TableCell, ...]] = []
    derived: dict[tuple[int, int], Derived] = {}
    weights = {"expected": "probability", "cvar": "tail_probability"}
    for row in sorted(loaded.rows("cost_distribution"), key=lambda row: _ORDER.index(str(row["figure"]))):
        name = str(row["figure"])
        if name == "risk_adjusted" and not number(row["level"]):
            continue
        if name in weights:
            says = f"{_cost_name(name, row['level'])} = costs of the scenarios, weighted"
            derived[len(rows), 1] = _weighted(futures, weights[name], "cost_musd", range(len(futures.rows)),
                                              number(row["musd"]), says)  # fmt: skip
        rows.append((_cost_name(name, row["level"]), row["musd"]))
    note = "A quantile is not exceeded with its probability; CVaR is the mean of the costs beyond value at risk."
    return TableBlock("cost_distribution", "Expected cost and risk", note, _COSTS, tuple(rows), derived=derived)


def _weighted(table: TableBlock, weight: str, value: str, rows: Sequence[int], result: float, says: str) -> Derived:
    pairs = [(Ref(table.name, row, table.place(value)), Ref(table.name, row, table.place(weight))) for row in rows]
    return Derived(Rule.WEIGHTED, tuple(ref for pair in pairs for ref in pair), result, says)


def _cost_name(name: str, level: Cell) -> str:
    share = percent(number(level), 0)
    return {
        "risk_adjusted": f"Risk-adjusted cost, risk aversion {number(level):g}",
        "expected": "Expected cost",
        "least": "Least cost of a scenario",
        "quantile": "Median" if number(level) == 0.5 else f"Quantile of {share} %",
        "most": "Greatest cost of a scenario",
        "value_at_risk": f"Value at risk at {share} %",
        "cvar": f"CVaR at {share} %",
    }.get(name, name)


def cost_chart(loaded: LoadedRun, costs: TableBlock) -> ChartBlock:
    """Returns the cumulative distribution of the costs of scenarios, with expected value and CVaR."""
    place = costs.place("musd")
    rows = {str(row[0]): at for at, row in enumerate(costs.rows)}
    level = _cost_name("cvar", loaded.case.settings.risk_level)
    rules = tuple(
        (label, Ref(costs.name, rows[name], place))
        for label, name in (("expected cost", "Expected cost"), (level, level))
    )
    count = len(loaded.rows("futures"))
    note = (
        f"Each step is a scenario, {count} in all: how probable it is that the plan costs as much or less. Dashed: the "
        f"expected cost, and the mean of the worst {percent(1 - loaded.case.settings.risk_level, 0)} % (CVaR)."
    )
    return ChartBlock(
        "cost-distribution", "How the cost may turn out", ChartKind.DISTRIBUTION, "futures", "cost_musd",
        "cumulative_probability", "scenario", note=note, rules=rules, source=("futures", "cost_distribution"),
        is_tabulated=True,
    )  # fmt: skip


def period_tables(loaded: LoadedRun, by_branch: Sequence[TableBlock]) -> Iterator[TableBlock]:
    """Yields a table of each measure by period: expected value and quantiles over the scenarios.

    Expected values are formulas over the tables of branches.
    """
    tables = {table.file or table.name: table for table in by_branch}
    for measure, title, form, unit, note in _MEASURES:
        records = [row for row in loaded.rows("period_distribution") if row["measure"] == measure]
        named = any(row["of"] for row in records)
        columns = (
            *((Column("of", "Workload", width=18),) if named else ()), Column("period", "Period", width=9),
            *(Column(own.name, own.title, form, unit, spare=own.spare) for own in _QUANTILES),
        )  # fmt: skip
        if records:
            source, value = _SOURCES[measure]
            derived = _expected(records, tables[source], value, columns)
            yield TableBlock(f"{measure}_by_period", f"{title}, over all scenarios", note, columns,
                             rows_of(records, columns), derived=derived, file="period_distribution")  # fmt: skip


def _expected(
    records: Sequence[dict[str, Cell]], table: TableBlock, value: str, columns: Sequence[Column]
) -> dict[tuple[int, int], Derived]:
    """The expected values that are weighted means of rows of branches that stand one below the other."""
    rows: dict[tuple[Cell, Cell], list[int]] = {}
    for at, row in enumerate(table.records()):
        rows.setdefault((row.get("workload", ""), row["period"]), []).append(at)
    place = [column.name for column in columns].index("expected")
    says = f"Expected value = {table.title.lower()} of the branches, weighted by probability"
    found = {}
    for at, record in enumerate(records):
        own = rows.get((record["of"], record["period"]), [])
        known = all(isinstance(table.rows[row][table.place(value)], int | float) for row in own)
        if own and known and own[-1] - own[0] == len(own) - 1:
            found[at, place] = _weighted(table, "probability", value, own, number(record["expected"]), says)
    return found


def scenario_rows(loaded: LoadedRun) -> Iterator[TableBlock]:
    """Yields what lines over time are drawn from: each measure by scenario and period, and its expected value."""
    names = [str(row["scenario"]) for row in loaded.rows("futures")]
    for measure, title, form, unit, _ in _MEASURES:
        table, column = _SOURCES[measure]
        rows: list[tuple[TableCell, ...]] = []
        for name in names if len(names) <= MOST_LINES else ():
            rows += [
                (row.get("workload", ""), row["period"], name, row[column])
                for row in loaded.rows(table)
                if row["period"] in loaded.periods and name in str(row["scenarios"]).split(";")
            ]
        rows += [
            (row["of"], row["period"], EXPECTED, row["expected"])
            for row in loaded.rows("period_distribution")
            if row["measure"] == measure
        ]
        columns = (
            Column("of", "Workload"), Column("period", "Period"), Column("scenario", "Scenario"),
            Column("value", title, form, unit),
        )  # fmt: skip
        yield TableBlock(f"{measure}_by_scenario", title, "", columns, tuple(rows))


_SOURCES = {
    "cash": ("period_figures", "cash_musd"),
    "power": ("period_figures", "mw"),
    "share_served": ("service", "share_served"),
}


def period_charts(loaded: LoadedRun) -> list[ChartBlock]:
    """Returns a chart of each measure over time: a line for each scenario, or bands where scenarios are many."""
    few = len(loaded.rows("futures")) <= MOST_LINES
    legend_note = "A line for each scenario; dashed: the expected value." if few else (
        "Line: the expected value. Bands: half of the scenarios by probability, and four fifths of them."
    )  # fmt: skip
    made = []
    for measure, title, _, _, note in _MEASURES:
        known = [row for row in loaded.rows("period_distribution") if row["measure"] == measure]
        if not known:
            continue
        table, y = (f"{measure}_by_scenario", "value") if few else (f"{measure}_by_period", "expected")
        source = ("period_distribution", _SOURCES[measure][0]) if few else ("period_distribution",)
        made.append(
            ChartBlock(
                f"{measure}-fan", title, ChartKind.FAN, table, "period", y, "scenario" if few else "",
                bands=() if few else _BANDS, line=EXPECTED, palette={EXPECTED: INK}, note=f"{legend_note} {note}",
                panel="of" if any(row["of"] for row in known) else "", labels=loaded.periods, source=source,
            )
        )  # fmt: skip
    return made


def tiles(loaded: LoadedRun) -> list[Tile]:
    """Returns the figures that are read first of a plan over scenarios."""
    costs = {str(row["figure"]): row for row in loaded.rows("cost_distribution")}
    futures = loaded.rows("futures")
    settings = loaded.case.settings
    least, most = (money(number(costs[name]["musd"])) for name in ("least", "most"))
    worst = max(futures, key=lambda row: number(row["cost_musd"]))
    basis = f"{MUSD}, net present ({settings.discount_rate * 100:.4g} % a year, {settings.currency_basis})"
    tail = percent(1 - settings.risk_level, 0)
    shares = [row for row in futures if row["least_share_served"] is not None]
    found = [
        Tile("Expected cost", money(number(costs["expected"]["musd"])), f"{basis}; {least} to {most} by scenario"),
        Tile(f"CVaR at {percent(settings.risk_level, 0)} %", money(number(costs["cvar"]["musd"])),
             f"{MUSD}: mean of the worst {tail} %"),
        Tile("Worst scenario", money(number(worst["cost_musd"])),
             f"{MUSD}: {worst['scenario']}, probability {percent(number(worst['probability']))} %"),
        Tile("Expected cash", money(loaded.figure("cash_cost") or 0.0), f"{MUSD}, reported periods, not discounted"),
    ]  # fmt: skip
    if shares:
        worst = min(shares, key=lambda row: round(number(row["least_share_served"]), 6))
        name = f" of {worst['least_served']}" if worst["least_served"] else ""
        where = f"%{name} in {worst['scenario']}, served least" if name else "% in every scenario"
        found.append(Tile("Least demand served", percent(number(worst["least_share_served"]), 2), where))
    peak = max(futures, key=lambda row: number(row["peak_mw"]))
    found.append(Tile("Most power", counted(rounded_power(peak["peak_mw"])), f"MW drawn, in {peak['scenario']}"))
    return found


def cost_words(loaded: LoadedRun) -> str:
    """Returns in a sentence how the cost of the plan may turn out."""
    return f"The plan costs {cost_claim(loaded)}; {tail_claim(loaded)[0].lower()}{tail_claim(loaded)[1:]}."


def cost_claim(loaded: LoadedRun) -> str:
    """Returns expected cost and range in a few words."""
    costs = {str(row["figure"]): money(number(row["musd"])) for row in loaded.rows("cost_distribution")}
    count = len(loaded.rows("futures"))
    return f"{costs['expected']} {MUSD} in expectation, {costs['least']} to {costs['most']} over its {count} scenarios"


def tail_claim(loaded: LoadedRun) -> str:
    """Returns what the worst scenarios cost in a few words."""
    cvar = next(row["musd"] for row in loaded.rows("cost_distribution") if row["figure"] == "cvar")
    return f"The worst {percent(1 - loaded.case.settings.risk_level, 0)} % average {money(number(cvar))} {MUSD}"
