"""Plan against actual: what differs and why, how deliveries and forecasts held, and what follows for the inputs."""

from __future__ import annotations

from collections.abc import Iterator

from models.case import Case
from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.content.cost_categories import category_name
from planner.documents.content.labels_of_items import item_labels
from planner.documents.number_text import counted, difference, figure, percent, relative
from planner.results.loaded_run import LoadedRun
from planner.studies.actuals_tables import (
    CAUSES,
    MUSD,
    category_table,
    causes_table,
    coverage_table,
    deliveries_table,
    demand_table,
    errors_table,
    items_table,
    left_out_table,
    more_tables,
    period_table,
    proposals_table,
    sums_of,
)
from planner.studies.study_model import Study
from planner.tracking.actual_amounts import UNMAPPED
from planner.tracking.actuals_reading import Actuals
from planner.tracking.plan_tracking import PlanTracking, TrackingOptions, track

HOW_TO_READ = (
    "Planned amounts are those of the plan of the run, in USD million as they fall due, not discounted.",
    "Actual amounts are those of the tables of actuals and of bills; nothing is estimated unless a note says so.",
)
_LARGEST = 3
_NOTHING = 1e-6


def actual_costs(loaded: LoadedRun, actuals: Actuals, options: TrackingOptions) -> Study:
    """Returns the study of the plan of a run against its actuals.

    Raises:
        CaseFaults: as `track`.
    """
    found = track(loaded, actuals, options)
    tables = [category_table(found), causes_table(found), period_table(found), items_table(found)]
    tables += [deliveries_table(found)] if found.deliveries else []
    tables += [errors_table(found), demand_table(found)] if found.demand else []
    tables += [proposals_table(found)] if found.proposals else []
    tables += [*more_tables(found), coverage_table(found), left_out_table(found)]
    return Study(
        kind="actuals",
        title="Plan against actual",
        case_name=loaded.case.settings.name,
        headlines=tuple(_headlines(found)),
        tables=tuple(tables),
        charts=(
            ChartBlock(
                "causes", "What the variance comes from", ChartKind.BARS, "causes", "musd", "cause", reference=0.0
            ),
            ChartBlock(
                "by_category", "Variance by category", ChartKind.BARS, "by_category", "variance_musd", "category",
                reference=0.0,
            ),
        ),
        notes=tuple(_notes(found, actuals, loaded.case)),
        facts={
            "of_run": loaded.name,
            "compared_from": found.periods.labels[0],
            "compared_to": found.periods.labels[-1],
            **({"scenario": found.scenario} if found.scenario else {}),
            **({"split_pro_rata": True} if found.periods.is_pro_rata else {}),
        },
        refers_to_base=False,
        how_to_read=HOW_TO_READ,
        labels=item_labels(loaded.case),
    )  # fmt: skip


def _headlines(found: PlanTracking) -> Iterator[str]:
    labels = found.periods.labels
    span = labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"
    if found.variances:
        sums = {name: float(value or 0.0) for name, value in sums_of(found.variances).items()}
        planned, change = sums["planned_musd"], sums["variance_musd"]
        share = f" ({relative(change / abs(planned))})" if abs(planned) > _NOTHING else ""
        yield (
            f"{span}: actual cost is {figure(sums['actual_musd'], MUSD)} {MUSD}, planned {figure(planned, MUSD)}: "
            f"{difference(change, MUSD)}{share}."
        )
        parts = ", ".join(f"{cause} {difference(sums[f'{cause}_musd'], MUSD)}" for cause in CAUSES)
        yield f"Of this: {parts} {MUSD}."
        yield from _largest(found)
    else:
        yield f"{span}: the actuals have no amount of a category, so that no cost is compared."
    yield from _delivery_lines(found)
    for error in found.errors:
        side = "too high" if error.bias > 0 else "too low"
        off = f"{percent(abs(error.bias))} % {side}" if abs(error.bias) > _NOTHING else "without bias"
        yield f"The forecast of {error.workload} was {off}, with a weighted absolute error of {percent(error.wmape)} %."
    open_bills = [row for row in found.costs.actual.left_out if row.why == UNMAPPED]
    if open_bills:
        total = sum(row.musd for row in open_bills)
        rows = "1 row" if len(open_bills) == 1 else f"{len(open_bills):,} rows"
        yield f"{rows} of bills, {figure(total, MUSD)} {MUSD}, are named by no row of bill_items and not compared."


def _largest(found: PlanTracking) -> Iterator[str]:
    """The vendors and categories with the largest variances, in a sentence."""
    groups: dict[tuple[str, str], float] = {}
    for row in found.variances:
        key = row.category, row.vendor
        groups[key] = groups.get(key, 0.0) + row.actual_musd - row.planned_musd
    ranked = sorted((key for key in groups if abs(groups[key]) > _NOTHING), key=lambda key: -abs(groups[key]))
    parts = [
        f"{category_name(key[0])}{f' of {key[1]}' if key[1] else ''} {difference(groups[key], MUSD)}"
        for key in ranked[:_LARGEST]
    ]
    if parts:
        yield f"Largest: {', '.join(parts)} {MUSD}."


def _delivery_lines(found: PlanTracking) -> Iterator[str]:
    promised = sum(row.promised for row in found.deliveries)
    if promised <= _NOTHING:
        return
    delivered, on_time = (sum(getattr(row, name) for row in found.deliveries) for name in ("delivered", "on_time"))
    delays = sum((row.mean_delay_months or 0.0) * row.delivered for row in found.deliveries)
    share = percent(on_time / promised)
    line = f"Delivered: {counted(delivered)} of {counted(promised)} units promised, {share} % on time"
    mean = f", on average {counted(round(delays / delivered, 2))} months late" if delays > _NOTHING else ""
    yield f"{line}{mean}."


def _notes(found: PlanTracking, actuals: Actuals, case: Case) -> Iterator[str]:
    if begun := found.periods.begun:
        yield f"{begun} is not compared: the actuals end inside it. --until {begun} says that it is whole."
    if found.periods.is_pro_rata:
        yield f"Each {found.periods.calendar.period} of the plan is split evenly by months (--pro-rata)."
    if assumed := found.costs.actual.assumed_prices:
        rows = "1 delivery has no price and is" if assumed == 1 else f"{assumed:,} deliveries have no price and are"
        yield f"{rows} valued at the planned price."
    missing = [row for row in found.costs.coverage if not row.is_compared]
    if missing:
        names = ", ".join(f"{category_name(row.category)} ({figure(row.planned_musd, MUSD)})" for row in missing)
        yield f"Planned but not compared, as there are no actuals of it, {MUSD}: {names}."
    if crossing := found.costs.actual.crossing:
        yield f"{crossing:,} charges of bills reach beyond the period that they begin in, and count in that period."
    if found.later_failures:
        yield f"{found.later_failures:,} rows of failures lie after the compared periods."
    if found.proposals:
        yield "Errors of few periods that follow each other say little about how wide a distribution is."
    for row in case.uncertain:
        if row.key in ("", "*") and any((own.table, own.column) == (row.table, row.column) for own in found.proposals):
            name = f"{row.name} of the case varies all rows of {row.table}"
            yield f"{name}: delete it where a proposal is accepted, or both apply."
    yield from (warning.text for warning in actuals.warnings)
