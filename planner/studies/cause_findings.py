"""What caused the change between two plans: the cost of every coalition of changed groups, their shares, and flips."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.case import Case
from planner.errors import CaseFaults, Fault
from planner.results.loaded_run import LoadedRun
from planner.studies.cause_work import QUESTION
from planner.studies.input_groups import ChangedGroup, changed_groups, tables_as_json
from planner.studies.shapley_shares import (
    Coalition,
    ValueBracket,
    coalitions_of,
    interactions,
    shapley_shares,
    smallest_sets,
)
from planner.studies.significance import bracket_of, cost_of, decision_in_words, has_plan
from planner.studies.study_columns import reason_of
from planner.studies.study_context import NoBaseError, Result, StudyContext
from planner.sweeps.points import Point

NONE: Coalition = frozenset()
_SAME = 1e-9


@dataclass(frozen=True)
class ComparedCase:
    """One of the two cases, as it was planned: without scenarios where these were left aside.

    `cost_musd` and `bound_musd` are those of its run, None where there is none of this very case.
    """

    name: str
    case: Case
    cost_musd: float | None = None
    bound_musd: float | None = None


@dataclass(frozen=True)
class Flip:
    """A decision that differs: how it was and is, and the smallest sets of groups that make it as it is now."""

    kind: str
    item: str
    before: str
    now: str
    sets: tuple[Coalition, ...]


@dataclass(eq=False)
class Causes:
    """The groups of changed inputs, what each coalition of them costs, and what follows.

    `groups` are those that have a share: where a coalition has no plan, groups that need each other are joined, and
    `joined` says which and why. `values` are by coalition of these.
    """

    old: ComparedCase
    new: ComparedCase
    changed: Sequence[ChangedGroup]
    results: Mapping[Coalition, Result]
    """By coalition of `changed`."""
    blocks: Mapping[str, Coalition] = field(default_factory=dict)
    """By group with a share: the changed groups in it."""
    values: Mapping[Coalition, ValueBracket] = field(default_factory=dict)
    joined: list[tuple[str, str]] = field(default_factory=list)

    @property
    def parts(self) -> list[str]:
        """The names of the groups that have a share."""
        return list(self.blocks)

    @property
    def everything(self) -> Coalition:
        """The coalition of all groups."""
        return frozenset(self.blocks)

    @property
    def shares(self) -> Mapping[str, ValueBracket]:
        """The share of each group."""
        return shapley_shares(self.parts, self.values)

    @property
    def together(self) -> Mapping[tuple[str, str], ValueBracket]:
        """What each two groups do together, beyond what each does alone."""
        return interactions(self.parts, self.values)

    @property
    def dropped(self) -> list[str]:
        """Rows that were dropped in some mixed case, each once."""
        return list(dict.fromkeys(line for result in self.results.values() for line in result.get("dropped", ())))

    def result(self, coalition: Coalition) -> Result:
        """Returns the plan of a coalition of groups that have a share."""
        return self.results[frozenset().union(*(self.blocks[part] for part in coalition))]


def old_case(run: LoadedRun, new: Case) -> ComparedCase:
    """Returns the old case of a comparison: that of the run, or carried over to the start of the new one.

    Raises:
        CaseFaults: the run minimises regret, or cannot be carried over to that date.
    """
    if run.best_alone:
        remedy = "Compare plans of least cost."
        raise CaseFaults([Fault(f"run {run.name}", "minimises regret, and this is about cost", remedy)])
    if run.case.settings.start != new.settings.start:
        # What carries a plan over is needed for a later start only.
        from planner.replanning.carried_case import carried

        moved = carried(run, new.settings.start)
        return ComparedCase(f"{run.name}, carried over to {new.settings.start}", as_planned(moved.case, run))
    return ComparedCase(run.name, as_planned(run.case, run), *costs_of(run))


def new_case(case: Case, run: LoadedRun | None, name: str) -> ComparedCase:
    """Returns the new case of a comparison: that of a run, or one that was not planned yet."""
    stated = as_planned(case, run)
    return ComparedCase(name, stated) if run is None else ComparedCase(name, stated, *costs_of(run))


def as_planned(case: Case, run: LoadedRun | None) -> Case:
    """Returns a case without its scenarios where these are left aside, by the case or in the plan of its run."""
    is_base = not case.settings.use_scenarios or (run is not None and not run.manifest.get("scenarios"))
    return replace(case, scenarios=(), scenario_values=()) if is_base else case


def costs_of(run: LoadedRun) -> tuple[float | None, float | None]:
    """Returns the cost of a run and its bound."""
    cost, bound = (run.manifest.get(name) for name in ("objective_musd", "bound_musd"))
    return (None if cost is None else float(cost)), (None if bound is None else float(bound))


def causes_of(context: StudyContext, old: ComparedCase, new: ComparedCase) -> Causes:
    """Returns what caused the change of cost and decisions between two cases.

    Raises:
        CaseFaults: the cases differ in nothing, or in when they start.
        NoBaseError: one of the two has no plan.
    """
    groups = changed_groups(old.case, new.case)
    if not groups:
        remedy = "Name a run and a case that differ in an input."
        raise CaseFaults([Fault(f"{old.name} and {new.name}", "have the same inputs", remedy)])
    names = [group.name for group in groups]
    points = {coalition: _point(groups, coalition) for coalition in coalitions_of(names)}
    shared = {"old": tables_as_json(old.case), "is_base": not new.case.scenarios}
    found = context.solve(list(points.values()), shared)
    results = {coalition: found[point.name] for coalition, point in points.items()}
    for coalition, side in ((NONE, old), (frozenset(names), new)):
        if not has_plan(results[coalition]):
            status = str(results[coalition].get("status"))
            msg = f"{side.name} has no plan. {reason_of(results[coalition])}"
            raise NoBaseError(msg, status)
    causes = Causes(old, new, groups, results)
    _join(causes, names)
    causes.values = {one: _value(causes, one) for one in coalitions_of(causes.parts)}
    return causes


def named(coalition: Coalition, order: Sequence[str]) -> str:
    """Returns a coalition in words, such as `prices + demand`."""
    return " + ".join(name for name in order if name in coalition) or "none"


def _point(groups: Sequence[ChangedGroup], coalition: Coalition) -> Point:
    chosen = [group for group in groups if group.name in coalition]
    recipe = {
        "tables": [table for group in chosen for table in group.tables],
        "settings": [name for group in chosen for name in group.settings],
    }
    names = [group.name for group in groups]
    before = _name(coalition - {chosen[-1].name}, names) if chosen else None
    return Point(_name(coalition, names), QUESTION, recipe, before)


def _name(coalition: Coalition, names: Sequence[str]) -> str:
    return f"changed: {named(coalition, names)}"


def _join(causes: Causes, names: Sequence[str]) -> None:
    """Joins groups until every coalition of them has a plan: what one needs of another comes with it."""
    blocks = [[name] for name in names]
    while True:
        lacking = [one for one in _unions(blocks) if not has_plan(causes.results[one])]
        if not lacking:
            break
        pairs = [(a, b) for at, a in enumerate(blocks) for b in blocks[at + 1 :]]
        parted = [sum((a[0] in one) != (b[0] in one) for one in lacking) for a, b in pairs]
        first, second = pairs[parted.index(max(parted))]
        why = reason_of(causes.results[lacking[0]])
        causes.joined.append((" and ".join([*first, *second]), f"with {named(lacking[0], names)} alone: {why}"))
        blocks = [[*first, *second] if block is first else block for block in blocks if block is not second]
    causes.blocks = {" and ".join(block): frozenset(block) for block in blocks}


def _unions(blocks: Sequence[Sequence[str]]) -> Iterator[Coalition]:
    for chosen in coalitions_of([block[0] for block in blocks]):
        yield frozenset(name for block in blocks if block[0] in chosen for name in block)


def _value(causes: Causes, coalition: Coalition) -> ValueBracket:
    """The cost that was found for a coalition, and its bracket; of the two cases also what their runs prove."""
    result = causes.result(coalition)
    found, (least, most) = cost_of(result), bracket_of(result)
    for end, side in ((NONE, causes.old), (causes.everything, causes.new)):
        if coalition == end:
            found = min(found, math.inf if side.cost_musd is None else side.cost_musd)
            least = max(least, -math.inf if side.bound_musd is None else side.bound_musd)
    # A code proves its bound to its tolerance.
    return ValueBracket(found, min(least, found), min(most, found))


def flips_of(causes: Causes) -> list[Flip]:
    """Returns the decisions that differ, strategic ones first, then orders by offer, and what makes each differ."""
    names = [group.name for group in causes.changed]
    everything = frozenset(names)
    planned = {one: result for one, result in causes.results.items() if has_plan(result)}
    before, now = planned[NONE], planned[everything]
    found = []
    for name in dict.fromkeys([*before["decisions"], *now["decisions"]]):
        was, own = (_decision(result, name) for result in (before, now))
        if was != own:
            like = {one for one, result in planned.items() if _decision(result, name) == own}
            kind, _, item = name.partition(":")
            found.append(Flip(kind, item, was, own, tuple(smallest_sets(names, like.__contains__))))
    for offer in dict.fromkeys([*before["orders"], *now["orders"]]):
        if _apart(before, now, offer) > _SAME:
            like = {one for one, result in planned.items() if _is_nearer(result, before, now, offer)}
            sets = tuple(smallest_sets(names, like.__contains__))
            found.append(Flip("order", offer, _ordered(before, offer), _ordered(now, offer), sets))
    return found


def _decision(result: Result, name: str) -> str:
    decision = result["decisions"].get(name)
    return "not there" if decision is None else decision_in_words(decision)


def _ordered(result: Result, offer: str) -> str:
    periods = result["orders"].get(offer, {})
    if not periods:
        return "not ordered"
    first, last = min(periods), max(periods)
    return f"{sum(periods.values()):,.0f} units, {first if first == last else f'{first} to {last}'}"


def _apart(one: Result, other: Result, offer: str) -> float:
    """Units of an offer that differ, over all periods."""
    left, right = (result["orders"].get(offer, {}) for result in (one, other))
    return math.fsum(abs(left.get(period, 0.0) - right.get(period, 0.0)) for period in {*left, *right})


def _is_nearer(result: Result, before: Result, now: Result, offer: str) -> bool:
    """Whether at least half of the change of the orders of an offer is there."""
    return _apart(result, now, offer) <= 0.5 * _apart(before, now, offer)


__all__ = ["NONE", "Causes", "ComparedCase", "Flip", "causes_of", "flips_of", "named", "new_case", "old_case"]
