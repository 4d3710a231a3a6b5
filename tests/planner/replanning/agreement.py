"""What the rest of random plans costs, and what planning that rest again costs: a trial that lists where they differ.

    CARRIED_SEEDS=0-40 python -m tests.planner.replanning.agreement [FAMILY …]

Each line is a later date, or a branch then, that disagrees; the last line of a family counts those that agree.
"""

import os
import sys
from dataclasses import dataclass, replace

from models.solvers.child import Engine
from models.tables.strategy_rows import Disruption
from planner.replanning.carried_case import branches_at, position_of
from planner.studies.questions.replan import rest_musd
from tests.oracle.random_carbon import carbon_case
from tests.oracle.random_cases import random_case
from tests.oracle.random_contracts import contract_case
from tests.oracle.random_leases import handed_over_case
from tests.oracle.random_shocks import disrupted_case
from tests.oracle.random_trees import tree_case
from tests.planner.replanning.carried import checked_carried, plan_of, run_of

TOLERANCE = 2e-6
"""Of the cost of the plan; both plans are searched to a gap of 0, and the check allows a millionth."""


@dataclass(frozen=True)
class Pair:
    """A later date of a plan, on a branch: what its rest costs, and what the plan made then costs; None for none."""

    passed: int
    branch: str
    rest_musd: float
    new_musd: float | None
    scale: float

    @property
    def agrees(self):
        """True where both cost the same, to the gap."""
        return self.new_musd is not None and abs(self.new_musd - self.rest_musd) <= TOLERANCE * self.scale

    def __str__(self):
        where = f"from period {self.passed} on {self.branch}".rstrip()
        if self.new_musd is None:
            return f"{where}: rest {self.rest_musd:.6f}, no new plan"
        return f"{where}: rest {self.rest_musd:.6f}, new {self.new_musd:.6f}, {self.new_musd - self.rest_musd:+.6f}"


def tree_without_risk(seed, size="small"):
    """A random case over scenarios that minimises expected cost; what weighs risk weighs it over all scenarios."""
    case = tree_case(seed, size)
    return replace(case, settings=replace(case.settings, risk_aversion=0.0))


def cancellable_case(seed, size):
    """A random case of which orders may be cancelled, those from before it too; no offer has volume discounts too.

    Input that has both is refused.
    """
    case = contract_case(seed, size, ("cancellations",))
    may_cancel = {row.offer for row in case.offers if row.cancel_until_months is not None}
    return replace(case, price_tiers=tuple(row for row in case.price_tiers if row.offer not in may_cancel))


def scarce_tree(seed, size="small"):
    """A random case over scenarios in the first of which supply and a budget are lower in the last periods."""
    case = tree_without_risk(seed, size)
    labels = case.settings.calendar.labels
    rows = [
        Disruption(disruption=f"less of {target}", target=target, field=field, effect="multiply", value=0.7,
                   start=labels[-2], months=24.0, known_from=labels[-2])
        for target, field in (("packaging", "supply"), ("capital", "amount"))
        if target in {row.limit for row in case.limits} | {row.budget for row in case.budgets}
    ]  # fmt: skip
    first = case.scenarios[0]
    first = replace(first, disruptions=(*first.disruptions, *(row.disruption for row in rows)))
    return replace(case, disruptions=(*case.disruptions, *rows), scenarios=(first, *case.scenarios[1:]))


FAMILIES = {
    "all": random_case,
    "levels": lambda seed, size: contract_case(seed, size, ("levels",)),
    "milestones": lambda seed, size: contract_case(seed, size, ("milestones",)),
    "facilities": lambda seed, size: contract_case(seed, size, ("facilities",)),
    "running leases": handed_over_case,
    "rights of leases": lambda seed, size: contract_case(seed, size, ("leases",)),
    "cancellations": cancellable_case,
    "carbon": lambda seed, _: carbon_case(seed),
    "disrupted": disrupted_case,
    "trees": tree_without_risk,
    "scarce trees": scarce_tree,
}


def pairs_of(case, engine, periods=None):
    """Plans a case, and again from later dates on, on each branch that there is then; nothing where it has no plan."""
    found = plan_of(case, engine)
    if found is None:
        return
    cost, tables = found
    run = run_of(case, tables)
    for passed in range(1, case.settings.periods) if periods is None else periods:
        groups = [("",)] if run.scenario_tree is None else branches_at(run.scenario_tree, passed)
        for group in groups:
            new = checked_carried(case, tables, passed, group[0]).case
            rest = rest_musd(position_of(run, case.settings.calendar.labels[passed], group[0]))
            again = plan_of(new, engine)
            new_musd = None if again is None else again[0]
            yield Pair(passed, group[0], rest, new_musd, max(1.0, abs(rest), abs(cost)))


def main(names, seeds):
    """Prints the disagreements of each family and counts the rest."""
    for name in names or FAMILIES:
        found = []
        with Engine.start("highs") as engine:
            for seed in seeds:
                try:
                    for pair in pairs_of(FAMILIES[name](seed, "small"), engine):
                        found.append(pair.agrees)
                        if not pair.agrees:
                            print(f"{name} {seed} {pair}", flush=True)
                except AssertionError as error:
                    found.append(False)
                    print(f"{name} {seed}: {str(error)[:300]}", flush=True)
        print(f"{name}: {sum(found)} of {len(found)} agree, seeds {seeds.start} to {seeds.stop - 1}", flush=True)


if __name__ == "__main__":
    first, _, last = os.environ.get("CARRIED_SEEDS", "0-9").partition("-")
    main(sys.argv[1:], range(int(first), int(last) + 1))
