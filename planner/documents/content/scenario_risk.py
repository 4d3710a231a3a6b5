"""What risk costs, what is regretted, and the value of information and of stages: where a run has been asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.documents.blocks import (
    Block,
    ChartBlock,
    ChartKind,
    Column,
    Derived,
    Form,
    Medium,
    Ref,
    Rule,
    Section,
    Sentence,
    TableBlock,
    TextBlock,
    rows_of,
)
from planner.documents.content.plan_headline import number
from planner.documents.number_text import money
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell

MUSD = "USD million"
_EVERYWHERE = frozenset(Medium)
_INFORMATION = (
    Column("name", "Value", width=14),
    Column("at_least_musd", "At least", Form.MUSD, MUSD),
    Column("at_most_musd", "At most", Form.MUSD, MUSD),
    Column("meaning", "What it is", width=60),
)
_CURVE = (
    Column("risk_aversion", "Risk aversion", Form.EXACT),
    Column("expected_musd", "Expected cost", Form.MUSD, MUSD),
    Column("cvar_musd", "CVaR", Form.MUSD, MUSD),
    Column("objective_musd", "Objective", Form.MUSD, MUSD, spare=1),
    Column("bound_musd", "Objective at least", Form.MUSD, MUSD, spare=2),
)
_REGRET = (
    Column("scenario", "Scenario", width=24),
    Column("cost_musd", "Cost of the plan", Form.MUSD, MUSD),
    Column("best_musd", "Best plan for it alone", Form.MUSD, MUSD),
    Column("best_at_least_musd", "at least", Form.MUSD, MUSD, spare=1),
    Column("regret_musd", "Regret", Form.MUSD, MUSD, has_bars=True),
    Column("regret_at_most_musd", "at most", Form.MUSD, MUSD, spare=2),
)
_WORTH = {
    "EVPI": "Knowing the scenario from the start would be worth {}.",
    "VSS": "Planning over the scenarios instead of for their mean is worth {}.",
    "VMS": "Deciding in stages instead of fixing all orders now is worth {}.",
}


def risk_sections(loaded: LoadedRun) -> Iterator[Section]:
    """Yields risk curve, regret and values of information as far as the run has their tables."""
    if rows := loaded.records("risk_curve"):
        title = "Expected cost against risk"
        note = "Each row is a plan of its own: the more risk aversion, the less the worst scenarios cost."
        table = TableBlock("risk_curve", title, note, _CURVE, rows_of(rows, _CURVE))
        chart = ChartBlock(
            "risk-curve", "Expected cost against CVaR", ChartKind.LINE, "risk_curve", "cvar_musd", "expected_musd",
            note="Each point is a plan for one risk aversion; to the left and down is better.", source=("risk_curve",),
        )  # fmt: skip
        yield Section("risk", title, (chart, table), "Risk", _EVERYWHERE, claim=_curve_claim(rows))
    if rows := loaded.records("regret"):
        title = "Regret by scenario"
        note = "Regret is the cost of the plan less that of the best plan for the scenario alone, known from the start."
        records = sorted(rows, key=lambda row: -number(row["regret_musd"]))
        table = TableBlock("regret", title, note, _REGRET, rows_of(records, _REGRET), derived=_regrets(records))
        chart = ChartBlock("regret", title, ChartKind.BARS, "regret", "regret_musd", "scenario", is_tabulated=True,
                           source=("regret",))  # fmt: skip
        most = f"The largest regret is {money(number(records[0]['regret_musd']))} {MUSD}: {records[0]['scenario']}"
        yield Section("regret", title, (chart, table), "Regret", _EVERYWHERE, claim=most)
    if rows := loaded.records("information"):
        title = "The value of information and of deciding in stages"
        note = (
            "Between the ends, which carry the gaps of all plans involved. WS ≤ RP ≤ RP_two_stage ≤ EEV_fixed and "
            "RP ≤ EEV are checked."
        )
        table = TableBlock("information", title, note, _INFORMATION, rows_of(rows, _INFORMATION))
        blocks: tuple[Block, ...] = (TextBlock(tuple(map(Sentence, worth_words(rows)))), table)
        yield Section("information", title, blocks, "Information", _EVERYWHERE)


def _regrets(records: Sequence[dict[str, Cell]]) -> dict[tuple[int, int], Derived]:
    """Regrets as differences of the costs beside them."""
    cost, best, regret = ([own.name for own in _REGRET].index(f"{name}_musd") for name in ("cost", "best", "regret"))
    return {
        (row, regret): Derived(
            Rule.DIFFERENCE, (Ref("regret", row, cost), Ref("regret", row, best)), number(record["regret_musd"]),
            "Regret = cost of the plan − best plan for the scenario alone",
        )
        for row, record in enumerate(records)
    }  # fmt: skip


def worth_words(rows: list[dict[str, Cell]]) -> Iterator[str]:
    """Yields the value of information and of deciding in stages in sentences, as far as it is known."""
    for row in rows:
        words = _WORTH.get(str(row["name"]))
        low, high = row["at_least_musd"], row["at_most_musd"]
        if words is None or (low is None and high is None):
            continue
        if high is None:
            amount = f"at least {money(number(low))} {MUSD}"
        elif low is None or number(low) <= 0:
            amount = f"at most {money(number(high))} {MUSD}"
        else:
            amount = f"{money(number(low))} to {money(number(high))} {MUSD}"
        yield words.format(amount)


def _curve_claim(rows: list[dict[str, Cell]]) -> str:
    ends = [
        f"{money(number(row['expected_musd']))} expected, CVaR {money(number(row['cvar_musd']))}"
        for row in (rows[0], rows[-1])
    ]
    return f"What less risk costs, {MUSD}: from {ends[0]}, to {ends[1]}"
