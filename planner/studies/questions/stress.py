"""What a disruption does to a plan that does not expect it: what is decided stays, the rest reacts once it is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.errors import listed
from planner.results.table import Cell
from planner.studies.future_recipes import future_of
from planner.studies.point_work import first_difference
from planner.studies.scenario_work import first_seen, tree_of_case
from planner.studies.significance import cost_of, costliest, has_plan, is_strained, share_of
from planner.studies.study_columns import (
    FUTURE,
    base_facts,
    breaches_table,
    by_name,
    change_chart,
    changes_table,
    futures_table,
    lost_line,
    money_table,
    service_table,
    strain_lines,
    unaffected_line,
    undisturbed_line,
)
from planner.studies.study_context import BASE, NamedFuture, StudyContext
from planner.studies.study_model import Study
from planner.sweeps.points import Point

_OF_FORESIGHT = "The value of foresight includes what the undisturbed plan costs above the least: at most its gap."
_OVER_SCENARIOS = (
    "The disruption comes on top of each scenario. Amounts are expected over the scenarios; the changed inputs are "
    "those of the tables as they stand."
)
_BY_BRANCH = (
    " Every branch keeps what it has decided until then. Scenarios become known as in the plan: what reacts before is "
    "the same in all of them."
)
_FORESIGHT = Column("foresight_musd", "Value of foresight", Form.MUSD_CHANGE, "USD million", 16)


def stress(
    context: StudyContext,
    futures: Sequence[NamedFuture],
    *,
    strategy_stays: bool = True,
    over_scenarios: bool = False,
) -> Study:
    """Returns the study of futures that hit the undisturbed plan unawares.

    With `over_scenarios` the plan is made over the scenarios of the case, and futures are disruptions on top of each.

    Raises:
        NoBaseError: the undisturbed case has no plan.
    """
    context = replace(context, over_scenarios=over_scenarios)
    base, stressed, known = _solved(context, futures, strategy_stays=strategy_stays)
    # With broken limits on both sides, less of them may cost more: what knowing is worth is no single number then.
    # Who knew could have held the plan too: where that is cheaper than what was found, knowing it is no use.
    foresight: dict[str, Cell] = {
        name: max(0.0, cost_of(result) - cost_of(known[name]))
        for name, result in stressed.items()
        if has_plan(result) and has_plan(known.get(name)) and not is_strained(known[name])
    }
    stays = (
        "starts, deals, agreements and modules stay as planned" if strategy_stays else "later strategy reacts as well"
    )
    note = (
        f"The undisturbed plan does not anticipate any future: orders placed before it is seen stay, {stays}; later "
        "orders, leases, assignments and sales react. Costs include the price of violated limits."
    )
    if over_scenarios:
        note += _BY_BRANCH
    table = futures_table(
        "The plan under stress", note, stressed, base, None if over_scenarios else (_FORESIGHT, foresight)
    )
    return Study(
        kind="stress",
        title="Effect of disruptions on the undisturbed plan",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(base, stressed)),
        tables=(
            table,
            *([_paths(stressed, base)] if over_scenarios else []),
            breaches_table(stressed),
            service_table(by_name(stressed), base),
            _reactions(stressed, base),
            _released(stressed),
            money_table(stressed, base),
            changes_table(stressed),
        ),
        charts=(change_chart("Extra cost over the undisturbed plan"),),
        notes=_notes(context),
        facts=base_facts(base),
        refers_to_base=not over_scenarios,
    )  # fmt: skip


def _solved(
    context: StudyContext, futures: Sequence[NamedFuture], *, strategy_stays: bool
) -> tuple[Mapping[str, Any], dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    """The undisturbed plan, and by future the plan under stress and, for one future, the plan that knew."""
    if context.over_scenarios:
        tree = tree_of_case(context.case)
        points = [
            Point(
                name=_stressed(future.name),
                question="stress",
                recipe={
                    "over_scenarios": True,
                    "future": future.recipe,
                    "seen": first_seen(tree, str(future.recipe["shocks"])),
                    "strategy_stays": strategy_stays,
                },
                after=BASE,
            )
            for future in futures
        ]
        base, results = context.with_base(points)
        return base, {future.name: results[_stressed(future.name)] for future in futures}, {}
    expected = future_of(context.case, {})
    points = []
    for future in futures:
        seen = first_difference(context.case, expected, future_of(context.case, future.recipe))
        points.append(Point(name=future.name, question="plan", recipe=future.recipe, after=BASE))
        recipe = {"future": future.recipe, "seen": seen, "strategy_stays": strategy_stays}
        points.append(Point(name=_stressed(future.name), question="stress", recipe=recipe, after=BASE))
    base, results = context.with_base(points)
    known = {future.name: results[future.name] for future in futures}
    return base, {future.name: results[_stressed(future.name)] for future in futures}, known


def _notes(context: StudyContext) -> tuple[str, ...]:
    if not context.over_scenarios:
        return (_OF_FORESIGHT,)
    is_regret = context.case.settings.objective == "regret"
    return (_OVER_SCENARIOS, "The plan is made for its expected cost, not for least regret.")[: 2 if is_regret else 1]


def _stressed(name: str) -> str:
    return f"{BASE} | {name}"


def _headlines(base: Mapping[str, Any], stressed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    planned = {name: result for name, result in stressed.items() if has_plan(result)}
    lines: list[str] = []
    if planned:
        worst, gap = costliest(planned, base)
        if gap.is_finding and gap.found > 0:
            lines.append(f"{worst} has the largest effect: {gap.found:+,.0f} USD million{share_of(gap.found, base)}.")
        else:
            lines.append("No future raises its cost by more than the gaps.")
        if not any(is_strained(result) for result in planned.values()):
            lines.append(
                f"Every hard limit can still be met in {'each future' if len(planned) > 1 else 'it'}."
                if len(planned) == len(stressed)
                else "Every hard limit can still be met in each future that has a plan."
            )
    lines += [*strain_lines(planned), *unaffected_line(stressed), *lost_line(stressed)]
    exceeded = {name: list(result.get("exceeded", ())) for name, result in planned.items()}
    lines += [
        f"In {name} earlier arrivals already exceed what remains of {listed(limits)}: they stay, and no more arrive."
        for name, limits in exceeded.items()
        if limits
    ]
    return [*lines, undisturbed_line(base)]


def _paths(stressed: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]) -> TableBlock:
    """What each scenario costs under each disruption, beside the undisturbed plan."""
    columns = (
        FUTURE,
        Column("scenario", "Scenario", width=24),
        Column("probability", "Probability", Form.PERCENT, width=9),
        Column("undisturbed_musd", "Undisturbed", Form.MUSD, "USD million"),
        Column("now_musd", "Under stress", Form.MUSD, "USD million"),
        Column("change_musd", "Change", Form.MUSD_CHANGE, "USD million"),
        Column("least_share_served", "Least served workload", Form.PERCENT, width=10),
        Column("least_served", "of", width=16),
    )
    before = {path["scenario"]: path for path in base["paths"]}
    records: list[dict[str, Cell]] = [
        {
            "future": name, **{part: value for part, value in path.items() if part != "cost_musd"},
            "undisturbed_musd": before[path["scenario"]]["cost_musd"],
            "now_musd": path["cost_musd"],
            "change_musd": path["cost_musd"] - before[path["scenario"]]["cost_musd"],
        }
        for name, result in stressed.items()
        for path in result.get("paths", ())
    ]  # fmt: skip
    note = (
        "Costs of the plans that were found, without the price of violated limits; a path has no bound of its own: the "
        "gap is that of the expected cost."
    )
    return TableBlock("paths", "The plan under stress by scenario", note, columns, rows_of(records, columns))


def _reactions(stressed: Mapping[str, Mapping[str, Any]], base: Mapping[str, Any]) -> TableBlock:
    columns = (
        FUTURE,
        Column("offer", "Offer", width=26),
        Column("period", "Period", width=10),
        Column("planned", "Planned", Form.COUNT, "units"),
        Column("now", "Ordered now", Form.COUNT, "units"),
        Column("change", "Change", Form.COUNT, "units"),
    )
    records: list[dict[str, Cell]] = []
    for name, result in stressed.items():
        if not has_plan(result):
            continue
        for offer in sorted(base["orders"].keys() | result["orders"].keys()):
            before, now = base["orders"].get(offer, {}), result["orders"].get(offer, {})
            for period in sorted(before.keys() | now.keys()):
                planned, units = before.get(period, 0.0), now.get(period, 0.0)
                if abs(units - planned) > 0.5:
                    record = {"future": name, "offer": offer, "period": period, "planned": planned}
                    records.append({**record, "now": units, "change": units - planned})
    note = "Orders that differ from the plan by at least one unit."
    return TableBlock("reactions", "How orders react", note, columns, rows_of(records, columns))


_VERBS = {"start": "start of", "close": "signing of", "sign": "signing of", "build": "modules of"}


def released_in_words(column: str) -> str:
    """Returns a decision that is named as a column in words.

    >>> released_in_words("start[own_chip/acquired_team,2025]")
    'start of own_chip by acquired_team, planned for 2025'
    """
    block, _, rest = column.partition("[")
    item, _, period = rest.removesuffix("]").rpartition(",")
    if block == "start" and "/" in item:
        item = " by ".join(item.rsplit("/", 1))
    return f"{_VERBS.get(block, block)} {item}, planned for {period}"


def _released(stressed: Mapping[str, Mapping[str, Any]]) -> TableBlock:
    columns = (FUTURE, Column("decision", "Decision", width=50))
    records = [
        {"future": name, "decision": released_in_words(decision)}
        for name, result in stressed.items()
        for decision in result.get("released", [])
    ]
    note = "Planned decisions that are barred or whose gate has closed: they are taken later, or not at all."
    return TableBlock("released", "Decisions that cannot be taken as planned", note, columns, rows_of(records, columns))
