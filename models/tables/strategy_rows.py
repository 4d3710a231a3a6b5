"""Rows of the input tables about strategic moves, money, rules and uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

from models.tables.column_descriptions import MOST_MONTHS, NOT_MONTHS, NOT_SHARES, column
from models.tables.common_columns import (
    duration_months,
    duration_years,
    first_period,
    gates,
    last_period,
    late_exit,
    money_musd,
    value_from,
    value_row,
    value_table,
)
from models.tables.fleet_rows import BUDGET_CATEGORIES, InputRow, NamedRow

CARBON = ("sites.carbon_kg_per_kwh", "site_series.carbon_kg_per_kwh", "accelerators.embodied_kg")
"""The columns that say what is emitted."""
POLICY_KINDS = (
    "max_vendor_share",
    "min_vendor_share",
    "min_capability",
    "max_capability",
    "max_order_growth",
    "max_active_programmes",
)
TARGETS_OF_FIELD: dict[str, tuple[str, ...]] = {
    "supply": ("limits", "offers", "vendors", "accelerators"),
    "price": ("offers", "vendors", "accelerators"),
    "lead_time": ("offers", "vendors", "accelerators"),
    "demand": ("workloads",),
    "power": ("sites",),
    "electricity": ("sites",),
    "amount": ("budgets",),
    "slip": ("programmes", "acquisitions", "expansions"),
    "fail": ("programmes", "acquisitions", "expansions"),
    "respin": ("programmes",),
    "delivery": ("offers", "vendors", "accelerators"),
}
"""What each property of a disruption can hit, by table."""
DISRUPTION_FIELDS = tuple(TARGETS_OF_FIELD)
PERMANENT = ("fail", "respin")
"""Properties that stay as they are once they are known."""
LASTING = ("slip", *PERMANENT)
"""Properties that do not recover gradually."""
TARGETS = (
    "limits",
    "offers",
    "vendors",
    "accelerators",
    "workloads",
    "sites",
    "budgets",
    "programmes",
    "acquisitions",
    "expansions",
)


@dataclass(frozen=True, kw_only=True)
class Programme(NamedRow, theme="Own chips"):
    """An own chip design that can be taped out."""

    programme: str = column("name", key=True, example="own_chip")
    terminal_value_musd: float = column(
        "terminal value, once ready", unit="USD million", least=0, default=0.0, blank="0"
    )


@dataclass(frozen=True, kw_only=True)
class Route(NamedRow, theme="Own chips"):
    """A way to execute a programme."""

    programme: str = column("programme", key=True, refs=("programmes",), example="own_chip")
    route: str = column("name within the programme", key=True, example="in_house")
    design_months: float = duration_months("design time", typical=(4, 96), other_units=NOT_MONTHS, example="6")
    design_cost_musd: float = money_musd("design cost", typical=(1, 2e4), example="80")
    mask_set_musd: float = money_musd(
        "cost of the mask set, at tape-out", typical=(0.05, 1e3), default=0.0, blank="0", example="20"
    )
    tape_out_to_volume_months: float = duration_months(
        "tape-out to volume production", typical=(5, 48), other_units=NOT_MONTHS, default=0.0, blank="0", example="6"
    )
    respin_probability: float = column("probability of a respin", least=0, most=1, default=0.0, blank="0")
    respin_months: float = duration_months("delay of a respin", default=0.0, blank="0")
    respin_cost_musd: float = money_musd("cost of a respin", typical=(0.05, 5e3), default=0.0, blank="0")
    sustaining_musd_per_year: float = money_musd(
        "sustaining engineering, once ready",
        unit="USD million a year",
        typical=(0.05, 2e4),
        default=0.0,
        blank="0",
        example="10",
    )
    first_start: str | None = first_period("first period to start")
    last_start: str | None = last_period("last period to start")
    requires: tuple[str, ...] = gates("gates required to start")
    excludes: tuple[str, ...] = gates("gates that it excludes")


@dataclass(frozen=True, kw_only=True)
class Ramp(InputRow, theme="Own chips"):
    """How fast a programme's units can arrive after it is ready."""

    programme: str = column("programme", key=True, refs=("programmes",), example="own_chip")
    months_since_ready: float = duration_months("since ready", key=True, example="0")
    max_units_per_year: float = column("maximum arrivals", unit="units a year", least=0, example="20000")


@dataclass(frozen=True, kw_only=True)
class Acquisition(NamedRow, theme="Deals"):
    """A company that can be bought."""

    acquisition: str = column("name", key=True, example="chip_team")
    price_musd: float = money_musd("price at the date as_of", typical=(1, 2e5), example="300")
    price_growth_per_year: float = column(
        "yearly growth of the price", above=-1, typical=(-0.9, 2), other_units=NOT_SHARES, default=0.0, blank="0"
    )
    as_of: str | None = column(
        "date of the price, from which it grows", label="period", default=None, blank="start of the plan"
    )
    months_to_close: float = duration_months("signing to closing", default=0.0, blank="0", example="3")
    months_to_integrate: float = duration_months("closing to integrated", default=0.0, blank="0", example="6")
    integration_musd_per_year: float = money_musd(
        "integration cost", unit="USD million a year", typical=(0.05, 2e4), default=0.0, blank="0"
    )
    integration_years: float = duration_years(
        "duration of integration, from closing", typical=(0.25, 10), default=0.0, blank="0"
    )
    break_fee_share: float = column(
        "share of the price paid if the deal fails to close",
        least=0,
        most=1,
        default=0.0,
        blank="0: the contract has none",
        example="0.05",
    )
    contribution_musd_per_year: float = column(
        "yearly income once owned", unit="USD million a year", default=0.0, blank="0", example="20"
    )
    first_signing: str | None = first_period("first period to sign")
    last_signing: str | None = last_period("last period to sign")
    requires: tuple[str, ...] = gates("gates required to sign")
    excludes: tuple[str, ...] = gates("gates that it excludes")


@dataclass(frozen=True, kw_only=True)
class Agreement(NamedRow, theme="Deals"):
    """A supply agreement that can be signed."""

    agreement: str = column("name", key=True, example="wafer_agreement")
    first_signing: str | None = first_period("first period to sign")
    last_signing: str | None = last_period("last period to sign")
    lag_months: float = duration_months("signing to effect", default=0.0, blank="0")
    term_months: float = column(
        "term of the agreement",
        unit="months",
        above=0,
        most=MOST_MONTHS,
        typical=(4, 240),
        other_units=NOT_MONTHS,
        example="24",
    )
    prepayment_musd: float = money_musd("paid at signing", typical=(0.01, 1e5), default=0.0, blank="0", example="5")
    min_units_per_year: float = column(
        "take-or-pay quantity", unit="units a year", least=0, default=0.0, blank="0", example="640"
    )
    shortfall_usd_per_unit: float = column(
        "fee per unit of shortfall", unit="USD per unit", least=0, default=0.0, blank="0", example="3000"
    )
    shortfall_musd_per_mw: float = money_musd(
        "fee per MW of shortfall of a yearly level", unit="USD million per MW", default=0.0, blank="0", is_rare=True
    )
    late_exit_months: float | None = late_exit()
    taken_before: float | None = column(
        "units taken in the calendar year of the start before it; the year then counts from its beginning",
        unit="units", least=0, default=None, blank="the year counts from the start", is_rare=True,
    )  # fmt: skip
    requires: tuple[str, ...] = gates("gates required to sign")
    excludes: tuple[str, ...] = gates("gates that it excludes")


@dataclass(frozen=True, kw_only=True)
class AddedSupply(InputRow, theme="Deals"):
    """Supply that a live agreement or an owned company adds to a limit."""

    gate: str = column(
        "agreement or acquisition", key=True, refs=("agreements", "acquisitions"), example="wafer_agreement"
    )
    limit: str = column("limit", key=True, refs=("limits",), example="wafers")
    amount_per_year: float = column("supply added while live or owned", unit="a year", least=0, example="1000")


@dataclass(frozen=True, kw_only=True)
class Budget(NamedRow, theme="Budgets and policies", series=("amount_musd",)):
    """The maximum spending in a span on some categories."""

    budget: str = column("name", key=True, example="compute")
    categories: tuple[str, ...] = column(
        "cost categories", choices=("all", *BUDGET_CATEGORIES), many=True, example="all", constant=True
    )
    span: str = column("when", key=True, label="span", example="2027..2028", covers=True)
    amount_musd: float | None = money_musd("amount", typical=(1e-3, 1e7), default=None, blank="no limit", example="400")
    carry_over: bool = column("unspent money is carried to the next span", default=False, blank="no")
    spent_before_musd: float = column(
        "spent of the amount before the start of the plan, less what earlier spans left over", unit="USD million",
        default=0.0, blank="0", is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CarbonLimit(InputRow, theme="Budgets and policies"):
    """The carbon that may be emitted in a span: electricity of all sites, and embodied carbon of arrivals."""

    span: str = column("when", key=True, label="span", covers=True, example="2027..2028")
    tonnes: float | None = column(
        "maximum emissions", unit="t CO2e", least=0, default=None, blank="no limit", needs=CARBON, example="20000"
    )
    emitted_before_tonnes: float = column(
        "emitted of the amount before the start of the plan", unit="t CO2e", least=0, default=0.0, blank="0",
        is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Policy(NamedRow, theme="Budgets and policies"):
    """A policy of the company."""

    policy: str = column("name", key=True, example="steady_orders")
    kind: str = column("kind of policy", choices=POLICY_KINDS, example="max_order_growth")
    subject: str = column("vendor, accelerator or offer concerned", default="", blank="all")
    span: str = column("span in which it applies", label="span", key=True, example="2028")
    value: float = column("the bound", least=0, example="1")
    basis: str = column("basis of shares", choices=("capability", "spend"), default="capability", blank="capability")


@dataclass(frozen=True, kw_only=True)
class Commitment(InputRow, theme="Budgets and policies"):
    """A decision that is already made, fixed, or forbidden."""

    kind: str = column(
        "kind of decision", key=True, choices=("order", "start", "close", "sign", "build", "draw"), example="start"
    )
    item: str = column(
        "offer, programme, acquisition, agreement, expansion or facility",
        key=True,
        refs=("offers", "programmes", "acquisitions", "agreements", "expansions", "facilities"),
        example="own_chip",
    )
    route: str = column("route of a start", key=True, default="", blank="any", example="in_house")
    period: str = column("when", key=True, label="period", default="", blank="any time", example="2026Q1")
    quantity: float | None = column(
        "units of an order, modules of a build, USD million of a draw, 1 otherwise", least=0, default=None, blank="1"
    )
    status: str = column(
        "done: made already; fixed: exactly this; barred: forbidden",
        choices=("done", "fixed", "barred"),
        example="done",
    )
    late: str = column(
        "what was planned to be reached before the start of the plan and is not, so that it goes by delays; closed: "
        "neither closed nor owned; refunded: neither of both, and what comes back of its price has come",
        choices=("", "ready", "closed", "owned", "energised", "refunded"), default="", blank="nothing", is_rare=True,
    )  # fmt: skip
    reached: str = column(
        "when, before the start of the plan, a programme was ready, a company owned or modules energised",
        label="period", default="", blank="as planned", is_rare=True,
    )  # fmt: skip
    closed: str = column(
        "when, before the start of the plan, the acquisition of a company closed", label="period", default="",
        blank="as planned", is_rare=True,
    )  # fmt: skip
    respins_paid: float = column(
        "respins that were paid for by the start of the plan, of a tape-out before it: of those known later the others "
        "are paid", least=0, default=0.0, blank="0", is_rare=True,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Disruption(NamedRow, theme="Uncertainty"):
    """A disruption that may occur."""

    disruption: str = column("name", key=True, example="dry_year")
    target: str = column("target", key=True, refs=TARGETS, example="wafers")
    field: str = column("affected property", key=True, choices=DISRUPTION_FIELDS, example="supply")
    effect: str = column("kind of change", choices=("multiply", "add"), example="multiply")
    value: float = column("size of the change", example="0.5")
    start: str = column("onset", label="period", example="2028Q1")
    months: float = duration_months("duration at full strength", default=0.0, blank="0", example="6")
    recovery_months: float = duration_months("duration of the linear recovery", default=0.0, blank="0")
    probability_per_year: float = column("probability of onset", least=0, most=1, default=0.0, blank="0", example="0.1")
    known_from: str = column(
        "when a scenario with it is known", label="period", default="", blank="as the scenario is revealed"
    )


@dataclass(frozen=True, kw_only=True)
class Scenario(NamedRow, theme="Uncertainty"):
    """One possible future."""

    scenario: str = column("name", key=True, example="as_expected")
    probability: float = column("weight", least=0, most=1, example="1")
    revealed: str = column("when it becomes known", label="period", example="2028Q1")
    disruptions: tuple[str, ...] = column(
        "disruptions that occur", refs=("disruptions",), many=True, default=(), blank="none", example="dry_year"
    )


@dataclass(frozen=True, kw_only=True)
class ScenarioValue(InputRow, theme="Uncertainty"):
    """A value that differs in one scenario."""

    scenario: str = column("scenario", key=True, refs=("scenarios",), example="as_expected")
    table: str = value_table(key=True, example="demand")
    key: str = value_row(key=True, example="chat")
    period: str = value_from(example="2028Q1")
    effect: str = column("kind of change", choices=("multiply", "add", "set"), example="multiply")
    value: float = column("size of the change", example="1.2")
    known_from: str = column(
        "when this value becomes known", label="period", default="", blank="as the scenario is revealed"
    )
    column: str = column("column of the value", key=True, example="queries_per_day_million")


@dataclass(frozen=True, kw_only=True)
class Uncertain(NamedRow, theme="Uncertainty"):
    """An input with a distribution."""

    name: str = column("name", key=True, example="price of a lot")
    table: str = value_table(example="prices")
    key: str = value_row(default="", blank="all rows", example="own_chip_lots")
    distribution: str = column(
        "distribution", choices=("uniform", "triangular", "normal", "lognormal", "discrete"), example="uniform"
    )
    p1: float | None = column("first parameter", default=None, blank="none", example="0.9")
    p2: float | None = column("second parameter", default=None, blank="none", example="1.2")
    p3: float | None = column("third parameter", default=None, blank="none")
    effect: str = column(
        "use of the sample: as a factor, an addend, or the value",
        choices=("multiply", "add", "set"),
        default="set",
        blank="set",
        example="multiply",
    )
    low: float | None = column("lower bound", default=None, blank="none")
    high: float | None = column("upper bound", default=None, blank="none")
    group: str = column("rows of one group are perfectly correlated", default="", blank="none")
    column: str = column("column of the value", example="unit_price_usd")
