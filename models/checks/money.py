"""The ledger against itself and the plan: every line, its discounting, and the objective."""

from __future__ import annotations

import math

from models.checks.evidence import Evidence
from models.checks.level_years import level_line_names
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
from models.checks.plan_check import compares
from models.checks.report import Recorder
from models.checks.tables import END


def kind_of(category: str, line: str) -> str:
    """Returns the kind of a line, such as capex or opex; resale counts against capex."""
    if category in ("revenue", "value_left"):
        return category
    if category == "unserved":
        return "penalty"
    if category == "expansion":
        return "opex" if line.startswith(("rent ", "exit fee ")) else "capex"
    if category == "tape_out":
        return "opex" if line.startswith("sustaining ") else "capex"
    if category == "acquisition":
        return "opex" if line.startswith(("integration ", "contribution ")) else "capex"
    if category == "incentive":
        return "incentive"
    if category == "financing":
        return "borrowing" if line.startswith(("draw ", "repayment ")) else "opex"
    if category == "agreement":
        return "capex" if line.startswith("prepayment ") else "opex"
    return "capex" if category in ("hardware", "expansion", "resale") else "opex"


@compares("costs.kind")
def cost_kinds(plan: Evidence, record: Recorder) -> None:
    """Each line has the kind of its category and name, such as capital outlay, running cost or penalty."""
    for (category, line, t), kind in plan.kinds.items():
        label = END if t == plan.calendar.periods else plan.labels[t]
        record.same(kind, kind_of(category, line), (category, line, label), "kind")


def compare_lines(
    plan: Evidence, record: Recorder, category: str, *, only: str = "", apart: frozenset[str] = frozenset()
) -> None:
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


@compares("costs.musd orders.units")
def price_tiers(plan: Evidence, record: Recorder) -> None:
    """Bills of offers with volume discounts are C(Q(n)) − C(Q(p(n))), deposit and balance, or the lease's terms."""
    for category in ("hardware", "lease"):
        compare_lines(plan, record, category, only="tiers", apart=_tiered_lines(plan))


@compares("costs.musd arrivals.units agreements.signed")
def take_or_pay(plan: Evidence, record: Recorder) -> None:
    """The shortfall fee is paid on max(0, owed − arrived), in the last period of each year, exactly."""
    compare_lines(plan, record, "agreement", only="shortfall", apart=_shortfall_lines(plan))


@compares("costs.musd orders.units arrivals.units", category="hardware", lines=hardware_lines)
def cost_hardware(plan: Evidence, record: Recorder) -> None:
    """Deposits, balances, open balances and integration are what orders and arrivals cause."""
    compare_lines(plan, record, "hardware", apart=_tiered_lines(plan))


@compares("costs.musd fleet.units arrivals.units", category="lease", lines=lease_lines)
def cost_lease(plan: Evidence, record: Recorder) -> None:
    """Leases pay every period in term."""
    compare_lines(plan, record, "lease", apart=_tiered_lines(plan))


@compares("costs.musd expansions.modules", category="expansion", lines=expansion_lines)
def cost_expansion(plan: Evidence, record: Recorder) -> None:
    """Modules are paid evenly over their lead."""
    compare_lines(plan, record, "expansion")


@compares("costs.musd tape_outs.start tape_outs.route", category="tape_out", lines=tape_out_lines)
def cost_tape_out(plan: Evidence, record: Recorder) -> None:
    """Design, masks and sustaining engineering follow the start of a route."""
    compare_lines(plan, record, "tape_out")


@compares("costs.musd acquisitions.signed", category="acquisition", lines=acquisition_lines)
def cost_acquisition(plan: Evidence, record: Recorder) -> None:
    """Price, integration and contribution follow the signing."""
    compare_lines(plan, record, "acquisition")


@compares("costs.musd agreements.signed", category="agreement", lines=agreement_lines)
def cost_agreement(plan: Evidence, record: Recorder) -> None:
    """The prepayment is paid at signing."""
    compare_lines(plan, record, "agreement", apart=_shortfall_lines(plan) | level_line_names(plan))


@compares("costs.musd active.units", category="power", lines=power_lines)
def cost_power(plan: Evidence, record: Recorder) -> None:
    """Active units draw their facility power all hours."""
    compare_lines(plan, record, "power")


@compares("costs.musd active.units", category="maintenance", lines=maintenance_lines)
def cost_maintenance(plan: Evidence, record: Recorder) -> None:
    """Active owned units and sites are kept up."""
    compare_lines(plan, record, "maintenance")


@compares("costs.musd assignments.qps", category="variable", lines=variable_lines)
def cost_variable(plan: Evidence, record: Recorder) -> None:
    """Served queries cost what their accelerator takes."""
    compare_lines(plan, record, "variable")


@compares("costs.musd fleet.units arrivals.units", category="resale", lines=resale_lines)
def cost_resale(plan: Evidence, record: Recorder) -> None:
    """Sold units bring their value at their age."""
    compare_lines(plan, record, "resale")


@compares("costs.musd assignments.qps", category="revenue", lines=revenue_lines)
def cost_revenue(plan: Evidence, record: Recorder) -> None:
    """Served queries bring their revenue."""
    compare_lines(plan, record, "revenue")


@compares("costs.musd service.unserved_qps", category="unserved", lines=unserved_lines)
def cost_unserved(plan: Evidence, record: Recorder) -> None:
    """Unserved queries cost their penalty."""
    compare_lines(plan, record, "unserved")


@compares("costs.musd fleet.units expansions.modules", category="value_left", lines=value_left_lines)
def value_left(plan: Evidence, record: Recorder) -> None:
    """Units, modules and programmes keep a value at the end of the horizon."""
    compare_lines(plan, record, "value_left")


def discount_factor(plan: Evidence, period: int) -> float:
    """Returns (1 + r)^−((t+½)·Δ), for the column after the last period (1 + r)^−(T·Δ)."""
    middle = period if period == plan.calendar.periods else period + 0.5
    return float((1.0 + plan.case.settings.discount_rate) ** (-middle * plan.calendar.years))


@compares("costs.discounted_musd costs.musd")
def discounting(plan: Evidence, record: Recorder) -> None:
    """A discounted amount is amount × (1 + r)^−((t+½)·Δ), at the end of the horizon for the value left."""
    factors = [discount_factor(plan, t) for t in range(plan.calendar.periods + 1)]
    for (category, line, t), (musd, discounted) in plan.costs.items():
        label = END if t == plan.calendar.periods else plan.labels[t]
        record.equal(discounted, musd * factors[t], (category, line, label), "discounted USD million")


@compares("costs.discounted_musd")
def objective(plan: Evidence, record: Recorder) -> None:
    """The objective is the sum of the reported discounted lines, and of the recomputed lines."""
    if plan.objective is None:
        return
    factors = [discount_factor(plan, t) for t in range(plan.calendar.periods + 1)]
    reported = math.fsum(discounted for _, discounted in plan.costs.values())
    again = math.fsum(musd * factors[t] for lines in plan.expected.values() for (_, _, t), musd in lines.items())
    record.equal(plan.objective, reported, ("costs",), "objective against the reported lines, USD million")
    record.equal(plan.objective, again, ("costs",), "objective against the recomputed lines, USD million")
