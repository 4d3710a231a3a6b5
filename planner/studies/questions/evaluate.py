"""A plan out of sample: what is decided before the first reveal is kept, and fresh futures are met with the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from planner.documents.blocks import ChartBlock, ChartKind
from planner.documents.number_text import percent
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.studies.evaluation_paths import (
    AGAINST,
    RUN,
    EvaluatedPath,
    Evaluation,
    EvaluationOptions,
    evaluated,
    expected_cost,
    least_expected_cost,
)
from planner.studies.evaluation_statistics import Estimate, share_of_paths
from planner.studies.evaluation_tables import (
    MUSD,
    SERVED_IN_FULL,
    costs_of,
    differences,
    evaluation_tables,
    least_share,
)
from planner.studies.significance import NO_FINDING, is_strained
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study


def evaluate(
    context: StudyContext, run: LoadedRun, asked: EvaluationOptions, against: LoadedRun | None = None
) -> Study:
    """Returns the study of a plan in fresh futures, beside its own figures and, if given, those of another plan.

    Raises:
        CaseFaults, ShockError: as `evaluated`.
    """
    found = evaluated(context, run, asked, against)
    chart = ChartBlock(
        "costs", "Net present cost over the paths", ChartKind.HISTOGRAM, "paths", "cost_musd",
        reference=expected_cost(run), note="The line is the expected cost of the plan as it was made.",
    )  # fmt: skip
    return Study(
        kind="evaluate",
        title="The plan in fresh futures" if not asked.over_scenarios else "The plan in its scenarios",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(found)),
        tables=evaluation_tables(found),
        charts=(chart,) if found.planned() else (),
        notes=tuple(_notes(found)),
        facts=_facts(found),
        refers_to_base=False,
    )


def _facts(found: Evaluation) -> dict[str, Any]:
    labels = found.case.settings.calendar.labels
    return {
        "run": found.plans[RUN].name,
        "expected_cost_musd": expected_cost(found.plans[RUN]),
        **({"against": found.plans[AGAINST].name} if AGAINST in found.plans else {}),
        "count": len(found.paths),
        "draw_seed": found.asked.seed,
        "kept_before": labels[found.kept_until[RUN]] if found.kept_until[RUN] < len(labels) else "end",
        "risk_level": found.case.settings.risk_level,
    }


def _headlines(found: Evaluation) -> Iterator[str]:
    paths = found.planned()
    if not paths:
        yield f"The plan can go on in none of {len(found.paths)} futures; the table of paths has the reasons."
        return
    costs, known = costs_of(found, paths, RUN), expected_cost(found.plans[RUN])
    mean = costs.mean()
    lost = [path.name for path in found.paths if path not in paths]
    what = f"Over {len(paths)} {'fresh futures' if not found.asked.over_scenarios else 'paths'}"
    agrees = "" if lost else _agrees(mean, least_expected_cost(found.plans[RUN]), known)
    yield (
        f"{what} the plan costs {mean.value:,.0f} {MUSD} on average{_between(mean, found)}; as planned it is "
        f"{known:,.0f}{agrees}."
    )
    level = found.case.settings.risk_level
    short = [least_share(found.result(path)) < SERVED_IN_FULL for path in paths]
    share = share_of_paths(short, found.weights(paths), is_drawn=found.is_drawn)
    yield (
        f"The worst {100.0 * (1.0 - level):.4g} % of the paths cost {costs.tail_mean(level).value:,.0f} on average; "
        f"demand is unserved in {percent(share.value, 0)} % of the paths."
    )
    strained = [path for path in paths if is_strained(found.result(path))]
    if strained:
        yield _strain_line(found, strained)
    delayed = [path.name for path in paths if found.result(path).get("delayed")]
    if delayed:
        yield (
            f"In {len(delayed)} of {len(found.paths)} paths less can be had than is on order, so that orders arrive "
            f"late ({listed(delayed, most=3)})."
        )
    if lost:
        yield (
            f"The plan cannot go on in {len(lost)} of {len(found.paths)} paths ({listed(lost, most=3)}). All "
            "figures are of the other paths only; the table of paths has the reasons."
        )
    if AGAINST in found.plans:
        yield _against_line(found)


def _between(value: Estimate, found: Evaluation) -> str:
    if value.low is None or value.high is None:
        return ""
    how = "95 % confidence, gaps included" if found.is_drawn else "gaps included"
    return f", between {value.low:,.0f} and {value.high:,.0f} ({how})"


def _agrees(value: Estimate, least: float, known: float) -> str:
    """Whether the plan costs what it was planned to cost, which its own gap leaves between `least` and `known`."""
    if value.low is None or value.high is None:
        return ""
    if value.low <= known <= value.high:
        return ", which agrees"
    return ", which agrees within its gap" if least <= value.high <= known else ", outside that interval"


def _strain_line(found: Evaluation, strained: Sequence[EvaluatedPath]) -> str:
    """Which limits are violated, where and by how much; the most expensive first."""
    rows = [(breach, path.name) for path in strained for breach in found.result(path)["breaches"]]
    breach, name = max(rows, key=lambda row: (float(row[0]["price_musd"]), row[1]))
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    what = f"{breach['requirement']} {breach['where']} by {float(breach['amount']):,.4g} {breach['unit']}{more}"
    return (
        f"Hard limits cannot be met in {len(strained)} of {len(found.paths)} paths; the least violation is priced: in "
        f"{name} {what}."
    )


def _against_line(found: Evaluation) -> str:
    name, table = found.plans[AGAINST].name, differences(found)
    if not table.rows:
        return f"There is no path on which both the plan and {name} can go on."
    record = table.records()[0]
    low, high = record["low"], record["high"]
    between = "" if low is None or high is None else f" (between {low:+,.0f} and {high:+,.0f})"
    if record["finding"] == NO_FINDING:
        return f"The difference from {name}, {record['estimate']:+,.0f} {MUSD}{between}, is not a finding."
    return f"The plan costs {record['finding']} than {name}: {record['estimate']:+,.0f} {MUSD} on average{between}."


def _notes(found: Evaluation) -> Iterator[str]:
    labels = found.case.settings.calendar.labels
    kept = f"The plan is kept before {_label(labels, found.kept_until[RUN])}"
    is_by_scenario = found.plans[RUN].scenario_tree is not None and not found.asked.reveal
    if found.asked.over_scenarios and is_by_scenario:
        yield "In each scenario the plan is kept until no other is possible; from then on the rest is planned again."
    elif found.asked.over_scenarios:
        yield f"{kept}; from then on the rest is planned again."
    else:
        yield (
            f"{kept}. From then on a path is planned as if all of it were known: the least that the kept decisions can "
            "cost there."
        )
        yield (
            "Inputs by period or span differ from that label on. Others, such as throughputs, have the drawn value "
            "over the whole plan; work and unserved demand before the label then follow from what is kept."
        )
    if AGAINST in found.plans and found.plans[AGAINST].read.case_hash != found.plans[RUN].read.case_hash:
        yield f"{found.plans[AGAINST].name} was planned with other inputs; here both plans meet the inputs of the run."


def _label(labels: Sequence[str], period: int) -> str:
    return labels[period] if period < len(labels) else "the end"
