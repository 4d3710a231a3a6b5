"""The case: everything that is known before a plan is made, as typed rows of the input tables.

The meaning of every column is part of the contract with the users; the conventions (payment, rounding,
prorating) are in `docs/formulation.md`. Blank cells arrive here as the column's default: None means
"no limit", "all" or "divisible", as the column says.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.calendar import Calendar
from models.moves import (
    Acquisition,
    AddedSupply,
    Agreement,
    Budget,
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
from models.rows import (
    Accelerator,
    Demand,
    Expansion,
    Limit,
    LimitUse,
    Offer,
    OpeningFleet,
    OpenLease,
    OpenOrder,
    Price,
    PriceTier,
    Resale,
    Row,
    Site,
    Throughput,
    Workload,
)
from models.shocks import Backlog, Delay, LeadTime, Role, SiteSeries

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Settings:
    """The settings of `plan.toml`."""

    schema_version: int
    name: str
    currency_basis: str
    start: str
    period: str
    periods: int
    discount_rate: float
    lookahead_periods: int = 0
    early_retirement: bool = True
    tape_out_risk: str = "expected"
    risk_aversion: float = 0.0
    risk_level: float = 0.9
    demand_interpolation: str = "step"
    lead_rounding: str = "up"
    count_owed: str = "report"

    @property
    def calendar(self) -> Calendar:
        """The optimised periods, lookahead included; raises LabelError where the start does not begin a period."""
        return Calendar(self.start, self.period, self.periods + self.lookahead_periods, self.lead_rounding)


@dataclass(frozen=True)
class SolverSettings:
    """The table `[solver]` of `plan.toml`; None means the default of the command."""

    name: str | None = None
    gap: float = 0.001
    time_limit_s: float | None = None
    threads: int | None = None
    seed: int = 0


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
    programmes: tuple[Programme, ...] = ()
    routes: tuple[Route, ...] = ()
    ramp: tuple[Ramp, ...] = ()
    acquisitions: tuple[Acquisition, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    added_supply: tuple[AddedSupply, ...] = ()
    budgets: tuple[Budget, ...]
    policies: tuple[Policy, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    lead_times: tuple[LeadTime, ...] = ()
    backlogs: tuple[Backlog, ...] = ()
    site_series: tuple[SiteSeries, ...] = ()
    delays: tuple[Delay, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    roles: tuple[Role, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    scenario_values: tuple[ScenarioValue, ...] = ()
    uncertain: tuple[Uncertain, ...] = ()


TABLES: dict[str, type[Row]] = {
    "workloads": Workload,
    "demand": Demand,
    "accelerators": Accelerator,
    "throughput": Throughput,
    "resale": Resale,
    "offers": Offer,
    "prices": Price,
    "price_tiers": PriceTier,
    "limits": Limit,
    "limit_use": LimitUse,
    "sites": Site,
    "expansions": Expansion,
    "opening_fleet": OpeningFleet,
    "open_leases": OpenLease,
    "open_orders": OpenOrder,
    "programmes": Programme,
    "routes": Route,
    "ramp": Ramp,
    "acquisitions": Acquisition,
    "agreements": Agreement,
    "added_supply": AddedSupply,
    "budgets": Budget,
    "policies": Policy,
    "commitments": Commitment,
    "lead_times": LeadTime,
    "backlogs": Backlog,
    "site_series": SiteSeries,
    "delays": Delay,
    "disruptions": Disruption,
    "roles": Role,
    "scenarios": Scenario,
    "scenario_values": ScenarioValue,
    "uncertain": Uncertain,
}
REQUIRED_TABLES = ("workloads", "demand", "accelerators", "throughput", "offers", "prices", "sites", "budgets")
