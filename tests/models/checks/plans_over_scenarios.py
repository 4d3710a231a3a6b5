"""Plans over scenarios for the tests of the independent check: the companies of `plans`, in two or three futures.

What the simulated plans decide is committed, so that every kind of row occurs; the rest is solved. A mutant of one path
is put back among the other paths with rows of its own.
"""

import dataclasses
import functools
from dataclasses import dataclass

from models.checks.scenario_distributions import CELLS
from models.outcome import SolveOptions
from models.polish import polish
from models.solution import Solution
from models.solvers.child import Engine
from models.tables.strategy_rows import Commitment, Scenario, ScenarioValue
from models.uncertainty.scenario_tree import scenario_tree
from planner.results import tables_of
from tests.models.checks.mutants import mutants_of
from tests.models.checks.mutation import Plan, nudges, say
from tests.models.checks.plans import PLANS
from tests.models.checks.plans_contracts import contracts_case

WHOLE = ("key_figures", "input_basis", "futures", *CELLS)
BRANCHES = ("node", "scenarios", "probability")
DECISIONS = {
    "orders": "units", "arrivals": "units", "fleet": "units", "active": "units", "assignments": "qps",
    "service": "unserved_qps", "costs": "musd",
}  # fmt: skip


@dataclass(frozen=True)
class TreeBase:
    """A plan over scenarios that holds."""

    name: str
    case: object
    futures: dict
    tables: dict
    objective: float

    def path(self, name):
        """The plan of one path, with the cost of it."""
        cost = next(row["cost_musd"] for row in self.tables["futures"] if row["scenario"] == name)
        return Plan(self.futures[name], stripped(self.tables, name), cost)

    def with_path(self, name, plan):
        """The plan over scenarios in which one path is another: its tables, its case, its cost."""
        chance = next(row["probability"] for row in self.tables["futures"] if row["scenario"] == name)
        tables = {
            table: rows if table in WHOLE else joined(rows, name, plan.tables.get(table), chance)
            for table, rows in self.tables.items()
            if table in plan.tables or table in WHOLE
        }
        tables |= {table: rows for table, rows in plan.tables.items() if table not in self.tables}
        objective = plan.objective
        if isinstance(objective, float):
            objective = self.objective + chance * (objective - self.path(name).objective)
        return dataclasses.replace(self, futures=self.futures | {name: plan.case}, tables=tables, objective=objective)


def names_of(row):
    return row["scenarios"].split(";")


def stripped(tables, name):
    """The rows of a path without what says that they are of it."""
    found = {}
    for table, rows in tables.items():
        if table != "futures" and table not in CELLS:
            own = rows if table in WHOLE else [row for row in rows if name in names_of(row)]
            found[table] = [{key: cell for key, cell in row.items() if key not in BRANCHES} for row in own]
    return found


def joined(rows, name, changed, chance):
    """Rows of a table in which those of one path are others."""
    if not isinstance(changed, list):
        return changed
    found, places = [], {}
    for row in rows:
        others = [other for other in names_of(row) if other != name]
        if name in names_of(row):
            plain = repr({key: cell for key, cell in row.items() if key not in BRANCHES})
            places.setdefault(plain, row["node"])
        if others:
            share = row["probability"] - (chance if name in names_of(row) else 0.0)
            found.append({**row, "scenarios": ";".join(others), "probability": share})
    last = next((row["node"] for row in reversed(rows) if name in names_of(row)), "")
    for row in changed:
        node_cells = {"node": places.get(repr(row), last), "scenarios": name, "probability": chance}
        found.append({**row, **node_cells} if isinstance(row, dict) else row)
    return found


def committed(case, decisions):
    """The case with what a simulated plan decides as commitments."""
    plan = Plan(case, {}, None)
    lots = {row.offer: row.lot_size or 1.0 for row in case.offers}
    rows = [("order", offer, "", t, amount * lots[offer]) for (offer, t), amount in decisions.orders.items()]
    rows += [("start", name, route, t, None) for name, route, t in decisions.starts]
    rows += [("close", name, "", t, None) for name, t in decisions.closings]
    rows += [("sign", name, "", t, None) for name, t in decisions.signings]
    rows += [("build", name, "", t, float(amount)) for (name, t), amount in decisions.builds.items()]
    known = {(row.kind, row.item, row.period) for row in case.commitments}
    new = [
        Commitment(kind=kind, item=item, route=route, period=plan.label(t), quantity=amount, status="fixed")
        for kind, item, route, t, amount in rows
        if t >= 0 and (kind, item, plan.label(t)) not in known and (kind, item, "") not in known
    ]
    return dataclasses.replace(case, commitments=(*case.commitments, *new))


def with_scenarios(case, count):
    """Demand changes in one future from the third period on; in the last one it jumps in the last period, too late."""
    plan = Plan(case, {}, None)
    first, last = plan.label(2), plan.label(plan.count - 1)
    work = case.workloads[0].workload
    chances = ((0.6, 0.4), (0.5, 0.3, 0.2))[count - 2]
    rows = [
        Scenario(scenario=f"future {number}", probability=chance, revealed=first)
        for number, chance in enumerate(chances)
    ]
    value = {"table": "demand", "key": work, "column": "queries_per_day_million", "effect": "multiply"}
    values = [
        ScenarioValue(scenario=row.scenario, period=first, value=1.3 if count == 2 else 0.9, **value)
        for row in rows[1:]
    ]
    values.append(ScenarioValue(scenario=rows[-1].scenario, period=last, value=1.8, known_from=last, **value))
    return dataclasses.replace(case, scenarios=tuple(rows), scenario_values=tuple(values))


def _cases():
    """The cases of the plans: those that simulate a company, and the one with every form of contract."""
    for number, (name, make) in enumerate(PLANS):
        case, decisions = make()
        # Where a penalty is small, no more is served than must be.
        small = tuple(dataclasses.replace(row, penalty_usd_per_1000=1e-3) for row in case.workloads)
        case = dataclasses.replace(case, workloads=small) if number % 2 else case
        yield name, with_scenarios(committed(case, decisions), 2 + number % 2)
    yield "contracts", with_scenarios(contracts_case(), 2)


@functools.cache
def tree_bases():
    """The plans, solved."""
    found = []
    with Engine.start("highs") as engine:
        for name, case in _cases():
            tree = scenario_tree(case)
            model = tree.model()
            options = SolveOptions(solver="highs", gap=0.05, time_limit_s=60.0)
            outcome = engine.solve(model.program, options, code="highs")
            outcome = polish(model.program, outcome, engine=engine, options=options)
            assert outcome.has_solution, f"{name}: {outcome.status.value} {outcome.detail}"
            tables = {table: list(made.records()) for table, made in tables_of(Solution(model, outcome)).items()}
            futures = dict(zip(tree.names, tree.cases, strict=True))
            found.append(TreeBase(name, case, futures, tables, outcome.objective))
    return tuple(found)


@dataclass(frozen=True)
class TreeMutant:
    """A plan over scenarios that breaks `requirement`; `change` says how it differs from the plan that holds."""

    requirement: str
    change: str
    plan: TreeBase


def tree_mutants_of(requirement, base, most):
    """Mutants of one requirement in a plan over scenarios, at most so many, spread evenly over all kinds."""
    if requirement in OWN:
        found = [TreeMutant(requirement, change, plan) for change, plan in OWN[requirement](base)]
        return [found[k * len(found) // most] for k in range(most)] if len(found) > most else found
    if requirement in ("key_figures", "input_basis"):
        path = dataclasses.replace(base.path(next(iter(base.futures))), case=base.case, objective=base.objective)
        made = mutants_of(requirement, path.case, path.tables, path.objective, most)
        return [
            TreeMutant(requirement, one.change, dataclasses.replace(
                base, case=one.case, tables=base.tables | {requirement: one.tables[requirement]}
            ))
            for one in made
            if one.tables[requirement] != path.tables[requirement]
        ]  # fmt: skip
    if requirement == "objective":
        # That of one path counts by its probability, so that a little more there may be less than the tolerance.
        changes = {one.objective: one.change for one in mutants_of(requirement, base.case, base.tables, base.objective)}
        made = [(change, value) for value, change in changes.items() if value != base.objective]
        return [
            TreeMutant(requirement, change, dataclasses.replace(base, objective=value)) for change, value in made[:most]
        ]
    found = []
    for name in base.futures:
        path = base.path(name)
        share = -(-most // len(base.futures))
        for one in mutants_of(requirement, path.case, path.tables, path.objective, share):
            plan = base.with_path(name, Plan(one.case, one.tables, one.objective))
            found.append(TreeMutant(requirement, say(name, one.change), plan))
    return found


def edited(base, table, at, **cells):
    rows = [{**row, **cells} if k == at else row for k, row in enumerate(base.tables[table])]
    return dataclasses.replace(base, tables=base.tables | {table: rows})


def scenario_nodes(base):
    """Rows at another node, of other futures, or with another probability."""
    for table, rows in base.tables.items():
        for k, row in list(enumerate(rows))[:: max(1, len(rows) // 3)] if table not in WHOLE else ():
            where = say(table, k)
            yield say(where, "of no node"), edited(base, table, k, node="2020/nobody")
            yield say(where, "of nobody"), edited(base, table, k, scenarios=row["scenarios"] + ";nobody")
            yield say(where, "twice"), edited(base, table, k, scenarios=f"{row['scenarios']};{names_of(row)[0]}")
            for how, chance in nudges(row["probability"]):
                yield say(where, "probability", how), edited(base, table, k, probability=chance)
            gone = {key: cell for key, cell in row.items() if key != "probability"}
            changed = [gone if at == k else other for at, other in enumerate(rows)]
            yield say(where, "without a probability"), dataclasses.replace(base, tables=base.tables | {table: changed})


def non_anticipativity(base):
    """What is decided before anything is known is another amount in one of the futures."""
    for table, column in DECISIONS.items():
        shared = [row for row in base.tables[table] if len(names_of(row)) > 1]
        for row in shared[:: max(1, len(shared) // 3)]:
            plain = {key: cell for key, cell in row.items() if key not in BRANCHES}
            first, last = (base.path(name) for name in (names_of(row)[0], names_of(row)[-1]))
            where = say(table, *list(plain.values())[:3])
            for how, amount in nudges(row[column], least=1e-3):
                if amount < 0 <= row[column]:
                    continue
                changed = last.cell(table, last.tables[table].index(plain), **{column: amount})
                yield say(where, how), base.with_path(names_of(row)[-1], changed)
            gone = first.drop(table, first.tables[table].index(plain))
            if row[column]:
                yield say(where, "left out"), base.with_path(names_of(row)[0], gone)


def futures_table(base):
    """Figures of a future that are others, and futures that are missing, added, or in another order."""
    rows = base.tables["futures"]
    for k, row in enumerate(rows):
        for column in row.keys() - {"scenario", "least_served"}:
            for how, amount in nudges(row[column] or 0.0):
                yield say(k, column, how), edited(base, "futures", k, **{column: amount})
        yield say(k, "another name"), edited(base, "futures", k, scenario="nobody")
        yield say(k, "least served by another"), edited(base, "futures", k, least_served="nobody")
        others = [other for at, other in enumerate(rows) if at != k]
        yield say(k, "left out"), dataclasses.replace(base, tables=base.tables | {"futures": others})
    yield "in another order", dataclasses.replace(base, tables=base.tables | {"futures": rows[::-1]})
    yield "twice", dataclasses.replace(base, tables=base.tables | {"futures": [*rows, rows[0]]})


def mutants_of_whole(table):
    """Makes mutants of a table about the plan as a whole: cells that are others, rows that are missing or twice."""

    def mutants(base):
        rows = base.tables[table]
        for k, row in list(enumerate(rows))[:: max(1, len(rows) // 4)]:
            for column, cell in row.items():
                if isinstance(cell, str):
                    yield say(k, column, "another text"), edited(base, table, k, **{column: cell + "x"})
                    continue
                for how, amount in nudges(cell or 0.0):
                    yield say(k, column, how), edited(base, table, k, **{column: amount})
                if cell is not None:
                    yield say(k, column, "blank"), edited(base, table, k, **{column: None})
            others = [other for at, other in enumerate(rows) if at != k]
            yield say(k, "left out"), dataclasses.replace(base, tables=base.tables | {table: others})
            yield say(k, "twice"), dataclasses.replace(base, tables=base.tables | {table: [*rows, row]})

    return mutants


OWN = {
    "scenario_nodes": scenario_nodes,
    "non_anticipativity": non_anticipativity,
    "futures_table": futures_table,
    **{table: mutants_of_whole(table) for table in CELLS},
}
