"""A back-test: how policies of planning again would have fared in histories, against the best plan for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from models.case import Case
from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.number_text import difference, figure, percent
from planner.errors import CaseFaults, Fault, listed
from planner.studies.backtest_paths import (
    FROZEN,
    POLICIES,
    SCENARIOS,
    STABLE,
    Backtest,
    BacktestOptions,
    backtested,
)
from planner.studies.backtest_tables import (
    MUSD,
    NONE,
    PairedDifference,
    backtest_tables,
    cost_above_best,
    cost_over_histories,
    mean_nervousness,
    paired_differences,
)
from planner.studies.evaluation_statistics import Estimate
from planner.studies.histories import (
    Course,
    Forecast,
    InputHistory,
    disruption_histories,
    drawn_histories,
    observed_histories,
    scenario_histories,
)
from planner.studies.history_reading import read_histories
from planner.studies.significance import has_plan
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study

OF_SCENARIOS, OF_DISRUPTIONS = "scenarios", "disruptions"
DEFAULT_COUNT = 20
_COURSES = {
    Course.DRIFT: "Each drawn value is reached in equal steps from the second period to the last.",
    Course.STEP: "Each drawn value holds from the second period on.",
    Course.REDRAWN: "Values are drawn anew at each year that begins in the plan.",
}
_FORECASTS = {
    Forecast.REBASED: "the forecast of the case, moved by as much as the last known value differs from it",
    Forecast.UNCHANGED: "the forecast of the case",
}


def backtest(
    context: StudyContext, histories: Sequence[InputHistory], asked: BacktestOptions, *, is_drawn: bool
) -> Study:
    """Returns the study of policies in histories.

    Raises:
        CaseFaults: the policies or their dates do not fit.
        NoBaseError: the case has no plan.
    """
    found = backtested(context, histories, asked, is_drawn=is_drawn)
    charts = (
        ChartBlock(
            "above", "Cost above the best plan known in advance", ChartKind.BARS, "policies", "above_musd", "policy",
        ),
        ChartBlock(
            "nervousness", "Nervousness and cost by history", ChartKind.SCATTER, "histories", "nervousness",
            "above_musd", colour="policy",
        ),
    ) if found.compared else ()  # fmt: skip
    return Study(
        kind="backtest",
        title="Policies of planning again, in histories",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(found)),
        tables=backtest_tables(found),
        charts=charts,
        notes=tuple(_notes(found)),
        facts=_facts(found),
        how_to_read=(
            "Realised cost is the ledger of what was decided by each date and carried out in the history, with the end "
            "values at the horizon, net present and in USD million.",
            "The best plan known in advance knows the history from the start: no policy can cost less than its bound "
            "where it keeps all limits.",
            "From and to enclose a mean with 95 % confidence where histories are drawn, after Student. Differences are "
            "paired: the same histories for both policies.",
        ),
    )


def histories_of(case: Case, text: str, seed: int, course: Course) -> tuple[tuple[InputHistory, ...], bool]:
    """Returns the histories that are asked for, and whether they are drawn.

    `text` is a number of draws, `scenarios`, `disruptions`, or the path of a table of histories.

    Raises:
        ShockError, CaseFaults: there is nothing to draw, no such table, or a row has faults.
    """
    if text.isdigit():
        if int(text) < 1:
            raise CaseFaults([Fault("--histories", "is below 1", "Name a number, or a file.", value=text)])
        return drawn_histories(case, int(text), seed, course), True
    if text == OF_SCENARIOS:
        return scenario_histories(case), False
    if text == OF_DISRUPTIONS:
        return disruption_histories(case), False
    return observed_histories(case, read_histories(Path(text))), False


def default_policies(case: Case) -> tuple[str, ...]:
    """Returns all policies that a case allows: without a table `uncertain` no scenarios can be drawn."""
    return tuple(policy for policy in POLICIES if policy != SCENARIOS or case.uncertain)


def _facts(found: Backtest) -> dict[str, Any]:
    asked = found.asked
    return {
        "histories": len(found.histories),
        "policies": list(asked.policies),
        "dates": list(found.dates),
        "forecast": asked.forecast.value,
        **({"course": asked.course.value, "draw_seed": asked.seed} if found.is_drawn else {}),
        **({"drawn_scenarios": asked.scenarios} if SCENARIOS in asked.policies else {}),
        **({"stability": asked.share} if STABLE in asked.policies else {}),
    }


def _headlines(found: Backtest) -> Iterator[str]:
    count, total = len(found.compared), len(found.histories)
    if not found.compared:
        yield f"In none of {total} histories can all policies go on; the table by history has the reasons."
        return
    best = min(found.asked.policies, key=lambda policy: float(cost_over_histories(found, policy).mean_of_few().value))
    cost, above = cost_over_histories(found, best).mean_of_few(), cost_above_best(found, best).mean_of_few()
    what = "history" if total == 1 else "drawn histories" if found.is_drawn else "histories"
    over = f"Over {count} {what}" if total > 1 else "In the one history"
    share = above.value / max(1e-9, abs(cost.value - above.value))
    yield (
        f"{over} the policy {POLICIES[best]} costs least: {figure(cost.value, MUSD)} {MUSD}{_between(cost)}, which is "
        f"{figure(above.value, MUSD)} ({percent(share, 1)} %) more than the best plan that knows the history."
    )
    yield from _ranking(found, best, paired_differences(found))
    calm = {policy: mean_nervousness(found, policy).value for policy in found.asked.policies if policy != FROZEN}
    if calm:
        parts = (f"{POLICIES[policy]} {percent(value, 1)} %" for policy, value in calm.items())
        yield f"From one plan to the next, of the order value moves: {', '.join(parts)}."
    yield from _exceptions(found)


def _between(value: Estimate) -> str:
    if value.low is None or value.high is None or value.low == value.high:
        return ""
    return f" (between {figure(value.low, MUSD)} and {figure(value.high, MUSD)})"


def _ranking(found: Backtest, best: str, pairs: Sequence[PairedDifference]) -> Iterator[str]:
    """How much less the policy that costs least does than each other one, and which differences are open."""
    against = [pair for pair in pairs if best in (pair.policy, pair.other)]
    others = {pair.other if pair.policy == best else pair.policy: pair for pair in against}
    # The difference of the other policy from the best one, whichever of the two the pair begins with.
    signs = {other: 1.0 if pair.policy == other else -1.0 for other, pair in others.items()}
    if len(found.compared) == 1:
        parts = (
            f"{POLICIES[other]} {difference(signs[other] * pair.mean.value, MUSD)}" for other, pair in others.items()
        )
        if others:
            yield f"One history ranks no policies; in it the others cost more by: {', '.join(parts)}."
        return
    still = []
    for other, pair in others.items():
        ends = [signs[other] * end for end in (pair.mean.low, pair.mean.high) if end is not None]
        is_span = bool(ends) and min(ends) < max(ends)
        between = f" (between {difference(min(ends), MUSD)} and {difference(max(ends), MUSD)})" if is_span else ""
        amount = f"{difference(signs[other] * pair.mean.value, MUSD)} {MUSD}{between}"
        if pair.finding == NONE:
            still.append(f"{POLICIES[other]} {amount}")
        else:
            yield f"{POLICIES[other].capitalize()} costs more: {amount} on average."
    if still:
        yield f"Not ranked, since the interval or the gap leaves the difference open: {'; '.join(still)}."


def _exceptions(found: Backtest) -> Iterator[str]:
    names, total = [one.name for one in found.histories], len(found.histories)
    hopeless = [name for name in names if not found.is_best_kept(name)]
    if hopeless:
        yield (
            f"Even the best plan that knows the history cannot keep all hard limits in {len(hopeless)} of {total}: "
            f"{listed(hopeless, most=3)}. What is violated has a price that all costs include."
        )
    broken: dict[str, int] = {}
    for policy in found.asked.policies:
        lost = [name for name in names if not has_plan(found.realised(name, policy))]
        if lost:
            yield f"{POLICIES[policy].capitalize()} cannot go on in {len(lost)} of {total}: {listed(lost, most=3)}."
        count = sum(name not in (*lost, *hopeless) and not found.is_kept(name, policy) for name in names)
        broken |= {policy: count} if count else {}
    if broken:
        parts = (f"{POLICIES[policy]} in {count}" for policy, count in broken.items())
        yield f"Hard limits are violated that the best plan keeps, at a price that costs include: {', '.join(parts)}."


def _notes(found: Backtest) -> Iterator[str]:
    asked = found.asked
    yield (
        "The first plan is made without knowledge of any history. At each date what is decided until then stays, "
        "values that have come are known, and the rest is planned again; what is then decided until the next date is "
        "carried out. How work is served follows from what came."
    )
    if any(not one.is_whole for one in found.histories):
        yield f"After the last known value a planner believes {_FORECASTS[asked.forecast]}."
    else:
        yield "Once a scenario or disruption is known, all of its course is."
    if found.is_drawn:
        yield (
            f"{_COURSES[asked.course]} Inputs without periods have their drawn value over the whole plan; it is known "
            "from the second period on."
        )
    elif any(not one.is_whole for one in found.histories):
        yield "After the last value of a history the forecast of the case goes on from it, in what is realised as well."
    if SCENARIOS in asked.policies:
        yield (
            f"Planned again over scenarios: {asked.scenarios} drawn from uncertain on top of what is believed, known "
            "at the next date; the closer together, the less of the plan is left. Where no such plan keeps all limits, "
            "what is believed is planned alone."
        )
    if FROZEN in asked.policies:
        yield "First plan: all of its decisions are carried out as planned; only service follows from what came."
    if STABLE in asked.policies:
        yield (
            f"Planned again near the last plan: of the plans that cost at most {percent(asked.share, 2)} % more than "
            "the least, the one nearest to the plan before."
        )
    yield (
        "Where less can be had than is on order, orders arrive late, or are refused where they could not even come "
        "late. Where arrivals differ from the plan, orders and strategic decisions stay; sites and sales of these "
        "periods follow from what arrives."
    )
