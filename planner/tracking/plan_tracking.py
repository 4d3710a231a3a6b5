"""Everything that is found of a plan and its actuals: variances, deliveries, forecasts, dates, failures and power."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.calendar import parse_label
from models.case import Case
from models.tables.actual_rows import (
    CLOSED,
    ENERGISED,
    FAILED,
    LIVE,
    ORDERED,
    OWNED,
    READY,
    SIGNED,
    STARTED,
    TAPED_OUT,
)
from models.tables.strategy_rows import Uncertain
from planner.case.nearest_name import nearest
from planner.errors import CaseFaults, Fault, listed
from planner.results.loaded_run import LoadedRun
from planner.results.path_rows import PathRows
from planner.results.table import Cell
from planner.tracking.actual_amounts import item_of_bill
from planner.tracking.actuals_reading import Actuals
from planner.tracking.compared_periods import ComparedPeriods, compared_periods
from planner.tracking.cost_items import ComparedCosts, compared_costs
from planner.tracking.delivery_performance import DeliveryPerformance, delivery_performance
from planner.tracking.focus_bills import Bill
from planner.tracking.forecast_errors import (
    DemandCompared,
    ForecastError,
    demand_compared,
    forecast_errors,
    proposed_rows,
)
from planner.tracking.planned_amounts import number, path_of_plan, planned_amounts, used_mwh
from planner.tracking.variance_analysis import Variance, variances

EVENT_COLUMNS = (
    ("tape_outs", "programme", {STARTED: "start", TAPED_OUT: "tape_out", READY: "ready"}),
    ("acquisitions", "acquisition", {SIGNED: "signed", CLOSED: "closed", OWNED: "owned"}),
    ("agreements", "agreement", {SIGNED: "signed", LIVE: "live_from"}),
    ("expansions", "expansion", {ORDERED: "period", ENERGISED: "energised"}),
)
"""The result table, its column of names, and the column of each event."""
_LEAST = 1e-9


@dataclass(frozen=True, kw_only=True)
class TrackingOptions:
    """How a plan is compared: by which periods, until which label, on which path of its scenarios."""

    by: str = ""
    until: str = ""
    pro_rata: bool = False
    scenario: str = ""


@dataclass(frozen=True, kw_only=True)
class EventCompared:
    """When something happened, or is expected, beside the plan; months are later than planned, None where it is not."""

    item: str
    event: str
    planned: str
    actual: str
    months_late: float | None


@dataclass(frozen=True, kw_only=True)
class FailuresCompared:
    """Failures of an accelerator in the compared periods, by the unit-years that the plan has of it."""

    accelerator: str
    failed: float
    unit_years: float
    planned_rate: float

    @property
    def rate(self) -> float | None:
        """Failed units by unit-year."""
        return self.failed / self.unit_years if self.unit_years > _LEAST else None


@dataclass(frozen=True, kw_only=True)
class PowerCompared:
    """Electricity and greatest power of a site in a period."""

    site: str
    period: str
    planned_mwh: float
    used_mwh: float
    planned_mw: float
    peak_mw: float | None


@dataclass(frozen=True, kw_only=True)
class CommitmentUse:
    """What a contract commits to, and the charges of the bills that name it, USD million."""

    contract: str
    commitment: str
    category: str
    start: str
    end: str
    committed_musd: float | None
    applied_musd: float


@dataclass(frozen=True, kw_only=True)
class BillSums:
    """The charges of one provider, service and kind, USD million; None where a bill does not state a cost.

    `mapped` is the effective cost of those that `bill_items` names.
    """

    provider: str
    service: str
    charge: str
    rows: int
    billed: float
    effective: float
    contracted: float | None
    list_price: float | None
    mapped: float


@dataclass(frozen=True, kw_only=True)
class PlanTracking:
    """What is found; every list is in the order of the case or of the files."""

    periods: ComparedPeriods
    scenario: str
    costs: ComparedCosts
    variances: tuple[Variance, ...]
    deliveries: tuple[DeliveryPerformance, ...]
    demand: tuple[DemandCompared, ...]
    errors: tuple[ForecastError, ...]
    proposals: tuple[Uncertain, ...]
    events: tuple[EventCompared, ...]
    failures: tuple[FailuresCompared, ...]
    power: tuple[PowerCompared, ...]
    commitments: tuple[CommitmentUse, ...]
    bills: tuple[BillSums, ...]
    later_failures: int = 0
    """Rows of failures after the compared periods."""


def track(loaded: LoadedRun, actuals: Actuals, options: TrackingOptions) -> PlanTracking:
    """Compares the plan of a run with what happened.

    Raises:
        CaseFaults: periods do not fit, or the scenarios of the plan differ and none is named.
    """
    case = loaded.case
    periods = compared_periods(
        actuals, loaded.calendar, case.settings.periods, by=options.by, until=options.until, pro_rata=options.pro_rata
    )
    scenario, rows = _path(loaded, options.scenario, periods)
    costs = compared_costs(actuals, case, rows, periods)
    found = tuple(variances(costs.items, periods.labels))
    demand = tuple(demand_compared(actuals, case, rows, periods))
    failures, later = _failures(actuals, case, rows, periods)
    return PlanTracking(
        periods=periods,
        scenario=scenario,
        costs=costs,
        variances=found,
        deliveries=tuple(delivery_performance(actuals, case, rows, periods)),
        demand=demand,
        errors=tuple(forecast_errors(demand)),
        proposals=tuple(proposed_rows(demand, actuals, case, periods)),
        events=tuple(_events(actuals, rows)),
        failures=tuple(failures),
        power=tuple(_power(actuals, case, rows, periods)),
        commitments=tuple(_commitments(actuals)),
        bills=tuple(_bills(actuals)),
        later_failures=later,
    )


def _path(loaded: LoadedRun, scenario: str, periods: ComparedPeriods) -> tuple[str, PathRows]:
    """Returns the scenario that came and the rows of the plan on its path; blank where all are the same until then."""
    paths = path_of_plan(loaded, scenario)
    if scenario and scenario not in paths:
        close = nearest(scenario, paths)
        remedy = f"Did you mean {close}?" if close else f"Its scenarios are {listed(paths)}."
        if not any(paths):
            remedy = "Leave it out: the plan is for one future."
        raise CaseFaults([Fault("--scenario", "is not a scenario of the plan", remedy, value=scenario)])
    first = next(iter(paths.values()))
    seen = [_until(rows, loaded.case, periods) for rows in paths.values()]
    if any(own != seen[0] for own in seen):
        remedy = f"Say which came with --scenario: {listed(paths)}."
        raise CaseFaults([Fault(loaded.name, "plans differently for its scenarios in the compared periods", remedy)])
    return scenario, first


def _until(rows: PathRows, case: Case, periods: ComparedPeriods) -> tuple[object, ...]:
    """Returns all that a plan has in the compared periods."""
    money = {key: series.musd for key, series in planned_amounts(case, rows, periods, by_value=True).items()}
    inside = [
        tuple(row.items())
        for table in ("arrivals", "service", "fleet", "power")
        for row in rows[table]
        if any(True for _ in periods.shares(str(row["period"])))
    ]
    return money, inside


def _events(actuals: Actuals, rows: PathRows) -> Iterator[EventCompared]:
    planned: dict[tuple[str, str], str] = {}
    for table, name, columns in EVENT_COLUMNS:
        for row in rows[table]:
            for what, column in columns.items():
                key = str(row[name]), what
                label = str(row[column] or "")
                if label and (key not in planned or parse_label(label)[0] < parse_label(planned[key])[0]):
                    planned[key] = label
    for event in actuals.event_dates:
        label = planned.get((event.item, event.event), "")
        late = _months_late(label, event.period) if label else None
        yield EventCompared(item=event.item, event=event.event, planned=label, actual=event.period, months_late=late)


def _months_late(planned: str, actual: str) -> float:
    """Returns the months between the middles of two labels; 0 where they overlap."""
    (first, count), (begin, months) = parse_label(planned), parse_label(actual)
    if first < begin + months and begin < first + count:
        return 0.0
    return begin + months / 2 - first - count / 2


def _failures(
    actuals: Actuals, case: Case, rows: PathRows, periods: ComparedPeriods
) -> tuple[list[FailuresCompared], int]:
    failed: dict[str, float] = {}
    later = 0
    for row in actuals.fleet_changes:
        if row.change == FAILED and periods.position(row.period) is None:
            later += 1
        elif row.change == FAILED:
            failed[row.accelerator] = failed.get(row.accelerator, 0.0) + row.units
    found = []
    for accelerator in case.accelerators:
        if accelerator.accelerator in failed:
            years = _unit_years(rows["fleet"], accelerator.accelerator, periods)
            found.append(
                FailuresCompared(
                    accelerator=accelerator.accelerator, failed=failed[accelerator.accelerator], unit_years=years,
                    planned_rate=accelerator.failure_rate_per_year,
                )
            )  # fmt: skip
    return found, later


def _unit_years(fleet: Iterable[dict[str, Cell]], accelerator: str, periods: ComparedPeriods) -> float:
    return sum(
        number(row["units"]) * periods.calendar.delta * share
        for row in fleet
        if row["accelerator"] == accelerator and row["holding"] == "owned"
        for _, share in periods.shares(str(row["period"]))
    )


def _power(actuals: Actuals, case: Case, rows: PathRows, periods: ComparedPeriods) -> Iterator[PowerCompared]:
    planned = used_mwh(rows, periods)
    drawn: dict[tuple[str, int], float] = {}
    for row in rows["power"]:
        for at, _ in periods.shares(str(row["period"])):
            key = str(row["site"]), at
            drawn[key] = max(drawn.get(key, 0.0), number(row["drawn_mw"]))
    for site in (row.site for row in case.sites):
        for at, label in enumerate(periods.labels):
            own = [row for row in actuals.power_used if row.site == site and periods.position(row.period) == at]
            peaks = [row.peak_mw for row in own if row.peak_mw is not None]
            if own:
                yield PowerCompared(
                    site=site, period=label, planned_mwh=planned.get(site, [0.0] * periods.count)[at],
                    used_mwh=sum(row.mwh for row in own), planned_mw=drawn.get((site, at), 0.0),
                    peak_mw=max(peaks, default=None),
                )  # fmt: skip


def _commitments(actuals: Actuals) -> Iterator[CommitmentUse]:
    for row in actuals.contract_commitments:
        applied = [bill for bill in actuals.bills if row.commitment in bill.identifiers.get("ContractCommitmentId", ())]
        yield CommitmentUse(
            contract=row.contract, commitment=row.commitment, category=row.category, start=row.start, end=row.end,
            committed_musd=row.cost_musd, applied_musd=sum(bill.effective_musd for bill in applied),
        )  # fmt: skip


def _bills(actuals: Actuals) -> Iterator[BillSums]:
    known = {(row.column, row.key): row for row in actuals.bill_items}
    groups: dict[tuple[str, str, str], list[Bill]] = {}
    for bill in actuals.bills:
        groups.setdefault((bill.provider, bill.service, bill.charge), []).append(bill)
    for (provider, service, charge), own in groups.items():
        yield BillSums(
            provider=provider, service=service, charge=charge, rows=len(own),
            billed=sum(bill.billed_musd for bill in own), effective=sum(bill.effective_musd for bill in own),
            contracted=_sum([bill.contracted_musd for bill in own]), list_price=_sum([bill.list_musd for bill in own]),
            mapped=sum(bill.effective_musd for bill in own if item_of_bill(bill, known) is not None),
        )  # fmt: skip


def _sum(amounts: Iterable[float | None]) -> float | None:
    known = list(amounts)
    return None if None in known else sum(amount for amount in known if amount is not None)
