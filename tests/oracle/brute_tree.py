"""The optimum over the scenarios of a tiny case by enumeration: the same whole decisions as long as nothing tells.

In each scenario every allowed combination is priced as for one future; of those that agree in what is decided before
two scenarios can be told apart, the cheapest for each are taken together. `groups[t]` are the scenarios, by number,
that cannot be told apart in period t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.oracle.brute_force import allowed_plans, lowest_work_cost, whole_work_cost
from tests.oracle.clock import Clock


@dataclass(frozen=True)
class Option:
    """One combination in a scenario: its cost without work, a bound on all of it, and what is decided by period."""

    fixed: float
    bound: float
    decided: tuple
    plan: Any


class Enumeration:
    """The allowed combinations of each scenario, and what is known of the cost of their work."""

    def __init__(self, cases, chances, groups):
        self.cases, self.chances, self.groups = cases, chances, groups
        self.clock = Clock.of(cases[0].settings)
        self.memo = [{} for _ in cases]
        self.options = [self.options_of(case) for case in cases]

    def options_of(self, case):
        floor = sum(lowest_work_cost(case, self.clock, t) for t in self.clock.periods)
        plans, _ = allowed_plans(case, self.clock)
        found = [Option(fixed, fixed + floor, decided(plan, self.clock), plan) for fixed, _, plan in plans]
        return sorted(found, key=lambda option: option.bound)

    def best(self):
        """The least expected cost; None where no combination is allowed."""
        return self.least(tuple(range(len(self.cases))), dict(enumerate(self.options)), 0)

    def least(self, members, options, since):
        """The least cost of scenarios that are together until some period, weighed, out of given combinations."""
        if len(members) == 1:
            return self.least_alone(members[0], options[members[0]])
        until = next((t for t in range(since, self.clock.count) if members not in self.groups[t]), self.clock.count)
        parts = self.parts(members, until)
        by_trunk = {member: grouped(options[member], until) for member in members}
        shared = set.intersection(*(set(found) for found in by_trunk.values()))
        bounds = {trunk: self.joined([self.of(m, by_trunk[m][trunk][0].bound) for m in members]) for trunk in shared}
        best = None
        for trunk in sorted(shared, key=lambda trunk: bounds[trunk]):
            if best is not None and bounds[trunk] >= best:
                break
            costs = [self.least(part, {m: by_trunk[m][trunk] for m in part}, until) for part in parts]
            if None not in costs:
                best = self.joined(costs) if best is None else min(best, self.joined(costs))
        return best

    def joined(self, costs):
        """What several scenarios come to together."""
        return sum(costs)

    def of(self, member, cost):
        """What the cost of one scenario counts."""
        return self.chances[member] * cost

    def parts(self, members, until):
        """The groups into which scenarios part in a period; each alone after the last."""
        if until == self.clock.count:
            return [(member,) for member in members]
        return [group for group in self.groups[until] if set(group) <= set(members)]

    def least_alone(self, member, options):
        best, case = None, self.cases[member]
        for option in options:
            if best is not None and option.bound >= best:
                break
            work = whole_work_cost(case, self.clock, option.plan, self.memo[member])
            if work is not None:
                best = option.fixed + work if best is None else min(best, option.fixed + work)
        return None if best is None else self.of(member, best)


class RegretEnumeration(Enumeration):
    """Looks for the least greatest regret: costs less the best costs of the scenarios alone."""

    def __init__(self, cases, groups, alone):
        super().__init__(cases, [1.0] * len(cases), groups)
        self.alone = alone

    def joined(self, costs):
        """The greatest of several regrets."""
        return max(costs)

    def of(self, member, cost):
        """The regret of one scenario."""
        return cost - self.alone[member]


def grouped(options, until):
    """Combinations by what they decide before a period, each list with the lowest bound first."""
    found = {}
    for option in options:
        found.setdefault(option.decided[:until], []).append(option)
    return found


def decided(plan, clock):
    """By period: what is ordered, taken and built in it."""
    found = [[] for _ in clock.periods]
    for kind, amounts in (("order", plan.ordered), ("build", plan.built)):
        for (name, t), amount in amounts.items():
            if amount and 0 <= t < clock.count:
                found[t].append((kind, name, amount))
    for name, t in plan.taken.items():
        if 0 <= t < clock.count:
            found[t].append(("take", name, plan.routes.get(name, "")))
    return tuple(tuple(sorted(one)) for one in found)


def brute_tree(cases, chances, groups):
    """The exact optimum over the scenarios of a tiny case."""
    return Enumeration(cases, chances, groups).best()


def brute_regret(cases, groups):
    """The exact least greatest regret over the scenarios of a tiny case, and the best costs of each alone."""
    alone = [brute_tree([case], [1.0], [[(0,)] for _ in groups]) for case in cases]
    return (None if None in alone else RegretEnumeration(cases, groups, alone).best()), alone
