"""The ledger against itself and the plan: every line, its discounting, and the objective."""

from __future__ import annotations

import math

from models.checks.evidence import Evidence, Lines
from models.checks.money_moves import acquisition_lines, agreement_lines, expansion_lines, tape_out_lines
from models.checks.money_running import (
    maintenance_lines,
    power_lines,
    resale_lines,
    revenue_lines,
    unserved_lines,
    value_left_lines,
    variable_lines,
)
from models.checks.money_supply import hardware_lines, lease_lines, tiered
from models.checks.report import Recorder
from models.checks.tables import END


def expected_lines(plan: Evidence) -> dict[str, Lines]:
    """Returns the cost lines that the plan causes, by category, USD million."""
    return {
        "hardware": hardware_lines(plan),
        "lease": lease_lines(plan),
        "expansion": expansion_lines(plan),
        "tape_out": tape_out_lines(plan),
        "acquisition": acquisition_lines(plan),
        "agreement": agreement_lines(plan),
        "power": power_lines(plan),
        "maintenance": maintenance_lines(plan),
        "variable": variable_lines(plan),
        "resale": resale_lines(plan),
        "revenue": revenue_lines(plan),
        "unserved": unserved_lines(plan),
        "value_left": value_left_lines(plan),
    }


def kind_of(category: str, line: str) -> str:
    """Returns what a line is: capex, opex, revenue, penalty or value_left; resale counts against capex."""
    if category in ("revenue", "value_left"):
        return category
    if category == "unserved":
        return "penalty"
    if category == "tape_out":
        return "opex" if line.startswith("sustaining ") else "capex"
    if category == "acquisition":
        return "opex" if line.startswith(("integration ", "contribution ")) else "capex"
    if category == "agreement":
        return "capex" if line.startswith("prepayment ") else "opex"
    return "capex" if category in ("hardware", "expansion", "resale") else "opex"


def cost_kinds(plan: Evidence, record: Recorder) -> None:
    """Each line is capital outlay, running cost, revenue, penalty or value left, by its category and what it is."""
    for (category, line, t), kind in plan.kinds.items():
        label = END if t == plan.calendar.periods else plan.labels[t]
        record.same(kind, kind_of(category, line), (category, line, label), "kind")


def _compare(plan: Evidence, record: Recorder, category: str, *, only: str = "", apart: frozenset[str]) -> None:
    """Compares the lines of a category: those named in `apart` belong to another requirement, or are all of `only`."""
    expected: dict[tuple[str, int], float] = {}
    for (what, item, t), musd in plan.expected[category].items():
        expected[f"{what} {item}", t] = musd
    found = {(line, t): musd for (group, line, t), (musd, _) in plan.costs.items() if group == category}
    for line, t in sorted({**expected, **found}):
        if (line in apart) == bool(only):
            label = END if t == plan.calendar.periods else plan.labels[t]
            where = (category, line, label)
            record.equal(found.get((line, t), 0.0), expected.get((line, t), 0.0), where, "USD million")


def _tiered_lines(plan: Evidence) -> frozenset[str]:
    return frozenset(f"units {offer}" for offer in tiered(plan))


def _shortfall_lines(plan: Evidence) -> frozenset[str]:
    return frozenset(f"shortfall {name}" for name in plan.facts.agreements)


def price_tiers(plan: Evidence, record: Recorder) -> None:
    """Bills of offers with volume discounts are C(Q(n)) − C(Q(p(n))), deposit and balance, or the lease's terms."""
    for category in ("hardware", "lease"):
        _compare(plan, record, category, only="tiers", apart=_tiered_lines(plan))


def take_or_pay(plan: Evidence, record: Recorder) -> None:
    """The shortfall fee is paid on max(0, owed − arrived), in the last period of each year, exactly."""
    _compare(plan, record, "agreement", only="shortfall", apart=_shortfall_lines(plan))


def cost_hardware(plan: Evidence, record: Recorder) -> None:
    """Deposits, balances, open balances and integration are what orders and arrivals cause."""
    _compare(plan, record, "hardware", apart=_tiered_lines(plan))


def cost_lease(plan: Evidence, record: Recorder) -> None:
    """Leases pay every period in term."""
    _compare(plan, record, "lease", apart=_tiered_lines(plan))


def cost_expansion(plan: Evidence, record: Recorder) -> None:
    """Modules are paid evenly over their lead."""
    _compare(plan, record, "expansion", apart=frozenset())


def cost_tape_out(plan: Evidence, record: Recorder) -> None:
    """Design, masks and sustaining engineering follow the start of a route."""
    _compare(plan, record, "tape_out", apart=frozenset())


def cost_acquisition(plan: Evidence, record: Recorder) -> None:
    """Price, integration and contribution follow the signing."""
    _compare(plan, record, "acquisition", apart=frozenset())


def cost_agreement(plan: Evidence, record: Recorder) -> None:
    """The prepayment is paid at signing."""
    _compare(plan, record, "agreement", apart=_shortfall_lines(plan))


def cost_power(plan: Evidence, record: Recorder) -> None:
    """Active units draw their facility power all hours."""
    _compare(plan, record, "power", apart=frozenset())


def cost_maintenance(plan: Evidence, record: Recorder) -> None:
    """Active owned units and sites are kept up."""
    _compare(plan, record, "maintenance", apart=frozenset())


def cost_variable(plan: Evidence, record: Recorder) -> None:
    """Served queries cost what their accelerator takes."""
    _compare(plan, record, "variable", apart=frozenset())


def cost_resale(plan: Evidence, record: Recorder) -> None:
    """Sold units bring their value at their age."""
    _compare(plan, record, "resale", apart=frozenset())


def cost_revenue(plan: Evidence, record: Recorder) -> None:
    """Served queries bring their revenue."""
    _compare(plan, record, "revenue", apart=frozenset())


def cost_unserved(plan: Evidence, record: Recorder) -> None:
    """Unserved queries cost their penalty."""
    _compare(plan, record, "unserved", apart=frozenset())


def value_left(plan: Evidence, record: Recorder) -> None:
    """Units, modules and programmes keep a value at the end of the horizon."""
    _compare(plan, record, "value_left", apart=frozenset())


def discount_factor(plan: Evidence, period: int) -> float:
    """Returns (1 + r)^−((t+½)·Δ), for the column after the last period (1 + r)^−(T·Δ)."""
    middle = period if period == plan.calendar.periods else period + 0.5
    return float((1.0 + plan.case.settings.discount_rate) ** (-middle * plan.calendar.years))


def discounting(plan: Evidence, record: Recorder) -> None:
    """A discounted amount is amount × (1 + r)^−((t+½)·Δ), at the end of the horizon for the value left."""
    factors = [discount_factor(plan, t) for t in range(plan.calendar.periods + 1)]
    for (category, line, t), (musd, discounted) in plan.costs.items():
        label = END if t == plan.calendar.periods else plan.labels[t]
        record.equal(discounted, musd * factors[t], (category, line, label), "discounted USD million")


def objective(plan: Evidence, record: Recorder) -> None:
    """The objective is the sum of the reported discounted lines, and of the lines worked out again."""
    if plan.objective is None:
        return
    factors = [discount_factor(plan, t) for t in range(plan.calendar.periods + 1)]
    reported = math.fsum(discounted for _, discounted in plan.costs.values())
    again = math.fsum(musd * factors[t] for lines in plan.expected.values() for (_, _, t), musd in lines.items())
    record.equal(plan.objective, reported, ("costs",), "objective against the reported lines, USD million")
    record.equal(plan.objective, again, ("costs",), "objective against the lines worked out again, USD million")
