"""Plans that cost little more than the least, found one after the other: each decides otherwise than all before it."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.alternatives.measures import MEASURES, VENDOR_SHARE
from models.alternatives.strategic_choices import MODULES, ONE_PATH, Choices, otherwise
from models.calendar import LabelError
from models.case import Case
from models.uncertainty.scenario_tree import scenario_tree
from planner.errors import CaseFaults, Fault
from planner.results.loaded_run import LoadedRun
from planner.results.path_rows import rows_by_scenario
from planner.studies.alternative_work import measures_of
from planner.studies.explained_plan import explained_plan
from planner.studies.future_recipes import recipe_of
from planner.studies.point_summary import largest_vendor
from planner.studies.significance import bound_of, cost_of, has_plan
from planner.studies.study_context import BASE, NoBaseError, Result, StudyContext
from planner.sweeps.points import Point

RUN = "the plan of the run"
_STRATEGY = ("tape_outs", "acquisitions", "agreements", "expansions")
_LETTERS = string.ascii_uppercase
_SAME = 1e-6
"""What a measure is less by to count as less, relative to max(1, |value|)."""


@dataclass(frozen=True, kw_only=True)
class AlternativesOptions:
    """What is asked: how much more plans may cost, how many of them, and what makes two plans differ.

    `months`: by how much dates must lie apart to count, None for never. `before`: the label before which capital
    outlay is compared; blank for the first third of the horizon.
    """

    within: float = 0.01
    count: int = 5
    months: int | None = 24
    before: str = ""
    measures: bool = True
    """Whether measures are made least as well."""


@dataclass(frozen=True)
class AlternativePlan:
    """A plan with its name, the items that it decides otherwise than the plan of the run, and what is proven of it.

    `measure` is what is made least, blank for a plan of least cost; `least` is what every plan of an allowed cost has
    of it at least. `least_cost` is what the plans that are not listed before cost at least, of a plan of least cost.
    """

    name: str
    result: Result
    otherwise: tuple[str, ...]
    measure: str = ""
    least: float | None = None
    least_cost: float | None = None

    @property
    def measures(self) -> Mapping[str, float | None]:
        """What plans are compared by."""
        found: Mapping[str, float | None] = self.result["measures"]
        return found


@dataclass(eq=False)
class Alternatives:
    """The plan of a run, the alternatives by cost, and the plans of least measure.

    `rest` is what every plan that is not listed costs at least (infinite: there is none); None where nothing is known.
    """

    case: Case
    options: AlternativesOptions
    run: AlternativePlan
    bound_musd: float
    limit_musd: float
    vendor: str
    until: int
    probability: Mapping[str, float]
    plans: list[AlternativePlan] = field(default_factory=list)
    preferred: list[AlternativePlan] = field(default_factory=list)
    rest: float | None = None
    missing: dict[str, Result] = field(default_factory=dict)
    """Measures without a plan, with the results of their points."""

    @property
    def is_complete(self) -> bool:
        """True where it is proven that no other plan costs as little as is allowed."""
        return self.rest is not None and self.rest > self.limit_musd

    @property
    def before(self) -> str:
        """The label before which capital outlay is compared."""
        return self.case.settings.calendar.label_of(self.until)

    @property
    def all_plans(self) -> list[AlternativePlan]:
        """Every plan: of the run, by cost, and of least measure."""
        return [self.run, *self.plans, *self.preferred]

    def is_less(self, plan: AlternativePlan) -> bool:
        """True where a plan of least measure has less of it than the plan of the run."""
        own, other = plan.measures[plan.measure], self.run.measures[plan.measure]
        return own is not None and other is not None and own < other - _SAME * max(1.0, abs(other))

    def differing(self, plan: Choices, other: Choices) -> list[str]:
        """Returns the items that two plans decide otherwise."""
        return otherwise(plan, other, self.probability, self.case.settings.calendar, self.options.months)


def alternatives_of(context: StudyContext, run: LoadedRun, options: AlternativesOptions) -> Alternatives:
    """Finds the alternatives to the plan of a run.

    Raises:
        CaseFaults: the plan minimises regret, or an option does not fit.
        NoBaseError: the case has no plan.
    """
    _require_sense(options)
    explained = explained_plan(run, context.case)
    over, context = explained.over_scenarios, explained.context(context)
    until, vendor = _until(run, options), largest_vendor(explained.result)
    own = {
        **explained.best_known(context),
        "choices": {name: _choices(run.case, rows) for name, rows in rows_by_scenario(run, _STRATEGY).items()},
        "measures": measures_of(explained.result, run.tables, run.calendar, vendor, until),
    }
    bound = bound_of(own)
    if bound is None:
        msg = "No bound is known of the cost of any plan, so that nothing can be said to lie near it."
        raise NoBaseError(msg, "nothing found")
    tree = scenario_tree(context.case) if over else None
    chance = {ONE_PATH: 1.0} if tree is None else dict(zip(tree.names, tree.probability, strict=True))
    found = Alternatives(
        context.case, options, AlternativePlan(RUN, own, ()), bound, bound + options.within * abs(bound), vendor, until,
        chance,
    )  # fmt: skip
    shared: dict[str, Any] = {
        "months": options.months, "vendor": vendor, "until": until, "most_musd": found.limit_musd,
        **recipe_of(over_scenarios=over),
    }  # fmt: skip
    _find(context, found, shared)
    return found


def _choices(case: Case, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, str]:
    """What is taken on one path, and when; what was done before the plan is no decision of it."""
    labels = case.settings.calendar.labels
    taken = [
        *((f"start:{row['programme']}/{row['route']}", str(row["start"])) for row in rows["tape_outs"]),
        *((f"close:{row['acquisition']}", str(row["signed"])) for row in rows["acquisitions"]),
        *((f"sign:{row['agreement']}", str(row["signed"])) for row in rows["agreements"]),
        *((f"{MODULES}:{row['site']}", str(row["period"])) for row in rows["expansions"] if row["modules"]),
    ]
    found: dict[str, str] = {}
    for item, label in taken:
        if label in labels and (item not in found or labels.index(label) < labels.index(found[item])):
            found[item] = label
    return found


def _find(context: StudyContext, found: Alternatives, shared: Mapping[str, Any]) -> None:
    """Asks for the plans of least measure, which do not depend on others, together with the first alternative."""
    measured = {name: point for name in MEASURES if (point := _measure_point(found, name, shared)) is not None}
    excluded: list[Choices] = [found.run.result["choices"]]
    for number in range(found.options.count + 1):
        # One more than is shown says whether there are more.
        point = Point(f"alternative {number + 1}", "alternative", {**shared, "excluded": list(excluded)}, None)
        results = context.solve([context.base_point(), *(measured.values() if not number else ()), point])
        if not number:
            _add_preferred(found, measured, results)
        result = results[point.name]
        least = bound_of(result) if has_plan(result) else result.get("bound_musd")
        found.rest = float("inf") if result.get("status") == "infeasible" else least
        is_one = has_plan(result) and cost_of(result) <= found.limit_musd * (1.0 + _SAME) + _SAME
        if not is_one or number == found.options.count:
            return
        items = found.differing(result["choices"], found.run.result["choices"])
        found.plans.append(AlternativePlan(_LETTERS[number], result, tuple(items), least_cost=least))
        excluded.append(result["choices"])


def _measure_point(found: Alternatives, name: str, shared: Mapping[str, Any]) -> Point | None:
    """The point of a measure; None where it is not asked for, or the plan of the run has nothing of it."""
    size = found.run.measures[name]
    if not found.options.measures or size is None or size <= 0:
        return None
    recipe = {"excluded": [], "measure": {"name": name, "size": size}}
    return Point(f"least {name}", "alternative", {**shared, **recipe}, BASE)


def _add_preferred(found: Alternatives, measured: Mapping[str, Point], results: Mapping[str, Result]) -> None:
    for name, point in measured.items():
        result = results[point.name]
        if not has_plan(result):
            found.missing[name] = result
            continue
        items = tuple(found.differing(result["choices"], found.run.result["choices"]))
        title = f"least {_TITLES[name]}" if name != VENDOR_SHARE else f"least share of {found.vendor}"
        found.preferred.append(AlternativePlan(title, result, items, measure=name, least=result["least"]))


_TITLES = {"capital": "early capital", "unserved": "unserved demand", "peak_mw": "power"}


def _require_sense(options: AlternativesOptions) -> None:
    """Refuses a share, a count or a number of months that means nothing.

    Raises:
        CaseFaults: with every fault.
    """
    faults = []
    if not 0.0 < options.within <= 1.0:
        faults.append(
            Fault("within", "must be above 0 and at most 1", "Write for example 0.01.", value=str(options.within))
        )
    if not 0 <= options.count <= len(_LETTERS):
        remedy = f"Name a number from 0 to {len(_LETTERS)}."
        faults.append(Fault("count", "is no number of alternatives", remedy, value=str(options.count)))
    if options.months is not None and options.months < 0:
        remedy = "Name 0 or more, or leave dates out."
        faults.append(Fault("months", "must not be negative", remedy, value=str(options.months)))
    if faults:
        raise CaseFaults(faults)


def _until(run: LoadedRun, options: AlternativesOptions) -> int:
    """The period, from 0, before which capital outlay is compared."""
    reported = len(run.periods)
    if not options.before:
        return max(1, round(reported / 3))
    try:
        found = run.calendar.period_at(options.before)
    except LabelError as error:
        raise CaseFaults(
            [Fault("--before", "is no period label", "Write for example 2028.", value=options.before)]
        ) from error
    if not 1 <= found <= reported:
        remedy = f"Name a period after {run.periods[0]}, up to the end of {run.periods[-1]}."
        raise CaseFaults([Fault("--before", "leaves no period before it, or none after", remedy, value=options.before)])
    return found


__all__ = ["RUN", "AlternativePlan", "Alternatives", "AlternativesOptions", "alternatives_of"]
