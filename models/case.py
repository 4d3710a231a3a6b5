"""The case: everything that is known before a plan is made, as typed rows of the input tables.

The meaning of every column is part of the contract with the users; the conventions (payment, rounding,
prorating) are in `docs/formulation.md`. Blank cells arrive here as the column's default: None means
"no limit", "all" or "divisible", as the column says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, get_args, get_type_hints

from models.calendar import MONTHS_OF_KIND, Calendar
from models.tables.column_descriptions import MOST_YEARS, NOT_YEARS, column
from models.tables.contract_rows import CommitLevel, Facility, IncentiveMilestone, MilestoneValue
from models.tables.disruption_rows import Backlog, Delay, LeadTime, Role
from models.tables.fleet_rows import (
    Accelerator,
    Demand,
    InputRow,
    Limit,
    LimitUse,
    Offer,
    Price,
    PriceTier,
    Resale,
    Throughput,
    Workload,
)
from models.tables.holding_rows import OpeningFleet, OpenLease, OpenOrder, PastOrder
from models.tables.site_rows import Expansion, Site, SiteSeries
from models.tables.strategy_rows import (
    CARBON,
    Acquisition,
    AddedSupply,
    Agreement,
    Budget,
    CarbonLimit,
    Commitment,
    Disruption,
    Policy,
    Programme,
    Ramp,
    Route,
    Scenario,
    ScenarioValue,
    Uncertain,
)

SCHEMA_VERSION = 1
MOST_PERIODS = 1200


@dataclass(frozen=True)
class Settings:
    """The settings of `plan.toml`."""

    schema_version: int = column("version of the input tables", least=1, whole=True, example=str(SCHEMA_VERSION))
    name: str = column("name of the case", example="my case")
    currency_basis: str = column("price basis of all amounts", choices=("nominal", "real"), example="real")
    start: str = column("first period", label="period", example="2027Q1")
    period: str = column("length of a period", choices=tuple(MONTHS_OF_KIND), example="quarter")
    periods: int = column("number of reported periods", least=1, most=MOST_PERIODS, whole=True, example="8")
    discount_rate: float = column(
        "yearly discount rate", unit="1/year", above=-1, most=1, typical=(0.0, 0.4), example="0.08"
    )
    lookahead_periods: int = column(
        "periods optimised beyond the reported ones", least=0, most=MOST_PERIODS, whole=True, default=0, blank="0"
    )
    early_retirement: bool = column("units may be sold before the end of their life", default=True, blank="true")
    tape_out_risk: str = column(
        "respins that are planned for while their number is not known: as expected, none, or one",
        choices=("expected", "optimistic", "pessimistic"),
        default="expected",
        blank="expected",
    )
    objective: str = column(
        "what a plan over scenarios minimises: cost, or the greatest regret",
        choices=("cost", "regret"),
        default="cost",
        blank="cost",
    )
    risk_aversion: float = column("weight of CVaR in the objective", least=0, most=1, default=0.0, blank="0")
    risk_level: float = column("confidence level of CVaR", least=0, most=0.999, default=0.9, blank="0.9")
    use_scenarios: bool = column("plan over the scenarios, if the case has any", default=True, blank="true")
    demand_interpolation: str = column(
        "demand between its labels", choices=("step", "linear", "geometric"), default="step", blank="step"
    )
    lead_rounding: str = column(
        "rounding of lead times to periods", choices=("up", "nearest"), default="up", blank="up"
    )
    count_owed: str = column(
        "payments due after the horizon: report only, or count in the objective",
        choices=("report", "count"),
        default="report",
        blank="report",
    )
    carried_from: str | None = column(
        "run that the case was carried over from: that something can no longer be ordered or reached in time is then "
        "a warning",
        default=None,
        blank="none",
    )
    carbon_usd_per_tonne: float = column(
        "price of carbon emissions",
        unit="USD per t CO2e",
        least=0,
        default=0.0,
        blank="0",
        spends="carbon",
        needs=CARBON,
    )
    borrowing_rate: float | None = column(
        "statements: yearly rate at which payments of leases are discounted", unit="1/year", above=-1, most=1,
        typical=(0.0, 0.4), default=None, blank="discount_rate",
    )  # fmt: skip
    lease_classification: str = column(
        "statements: leases of more than a year are finance leases by tests of their term and value, all, or none",
        choices=("tests", "finance", "operating"),
        default="tests",
        blank="tests",
    )
    accelerator_years: float | None = column(
        "statements: years over which accelerators lose their value", unit="years", above=0, most=MOST_YEARS,
        typical=(1, 15), other_units=NOT_YEARS, default=None, blank="their life_years",
    )  # fmt: skip
    power_years: float | None = column(
        "statements: years over which power modules lose their value", unit="years", above=0, most=MOST_YEARS,
        typical=(3, 50), other_units=NOT_YEARS, default=None, blank="their life_years, or 20",
    )  # fmt: skip
    capitalise_programmes: bool = column(
        "statements: design, masks and respins of own chips are an asset, not a cost when they are paid",
        default=False,
        blank="false",
    )
    programme_years: float = column(
        "statements: years over which capitalised programmes lose their value", unit="years", above=0, most=MOST_YEARS,
        typical=(1, 15), other_units=NOT_YEARS, default=5.0, blank="5",
    )  # fmt: skip

    @property
    def calendar(self) -> Calendar:
        """The optimised periods, lookahead included; raises LabelError where the start does not begin a period."""
        return Calendar(self.start, self.period, self.periods + self.lookahead_periods, self.lead_rounding)


@dataclass(frozen=True)
class SolverSettings:
    """The table `[solver]` of `plan.toml`; None means the default of the command."""

    name: str | None = column("engine", default=None, blank="the default of the command", example="native")
    gap: float = column("relative gap at which to stop", least=0, most=1, default=0.001, blank="0.001")
    time_limit_s: float | None = column(
        "time limit", unit="s", above=0, default=None, blank="the default of the command", example="60"
    )
    threads: int | None = column(
        "threads", least=1, most=1024, whole=True, default=None, blank="the default of the command", example="2"
    )
    seed: int = column("random seed", least=0, most=2**31 - 1, whole=True, default=0, blank="0")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One company's situation: settings and tables, checked and typed.

    Rows keep the order of their file. Nothing here is derived; `models.data` turns it into arrays.
    """

    settings: Settings
    solver: SolverSettings = field(default_factory=SolverSettings)
    workloads: tuple[Workload, ...]
    demand: tuple[Demand, ...]
    accelerators: tuple[Accelerator, ...]
    throughput: tuple[Throughput, ...]
    resale: tuple[Resale, ...] = ()
    offers: tuple[Offer, ...]
    prices: tuple[Price, ...]
    price_tiers: tuple[PriceTier, ...] = ()
    limits: tuple[Limit, ...] = ()
    limit_use: tuple[LimitUse, ...] = ()
    sites: tuple[Site, ...]
    expansions: tuple[Expansion, ...] = ()
    opening_fleet: tuple[OpeningFleet, ...] = ()
    open_leases: tuple[OpenLease, ...] = ()
    open_orders: tuple[OpenOrder, ...] = ()
    past_orders: tuple[PastOrder, ...] = ()
    programmes: tuple[Programme, ...] = ()
    routes: tuple[Route, ...] = ()
    ramp: tuple[Ramp, ...] = ()
    acquisitions: tuple[Acquisition, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    added_supply: tuple[AddedSupply, ...] = ()
    commit_levels: tuple[CommitLevel, ...] = ()
    facilities: tuple[Facility, ...] = ()
    milestones: tuple[IncentiveMilestone, ...] = ()
    milestone_values: tuple[MilestoneValue, ...] = ()
    budgets: tuple[Budget, ...]
    policies: tuple[Policy, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    carbon_limits: tuple[CarbonLimit, ...] = ()
    lead_times: tuple[LeadTime, ...] = ()
    backlogs: tuple[Backlog, ...] = ()
    site_series: tuple[SiteSeries, ...] = ()
    delays: tuple[Delay, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    roles: tuple[Role, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    scenario_values: tuple[ScenarioValue, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()


def case_of(settings: Settings, tables: Mapping[str, Any], solver: SolverSettings | None = None) -> Case:
    """Returns the case of settings and of rows by table; a table that is not given is empty.

    Raises:
        TypeError: a table that a case must have is not given, or there is no such table.
    """
    return Case(settings=settings, solver=solver or SolverSettings(), **tables)


def tables_of(case: type[Case]) -> dict[str, type[InputRow]]:
    """Returns the row class of each table of a case, in the order of its fields."""
    hints = get_type_hints(case)
    return {entry.name: get_args(hints[entry.name])[0] for entry in fields(case) if entry.name not in _NO_TABLES}


_NO_TABLES = ("settings", "solver")
TABLES: dict[str, type[InputRow]] = tables_of(Case)
REQUIRED_TABLES = tuple(entry.name for entry in fields(Case) if entry.name in TABLES and entry.default is MISSING)
