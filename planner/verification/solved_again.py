"""The case of a run solved again: whether its cost, bound and prices can be what the run says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from models.build import Model
from models.checks.requirements import COLUMNS
from models.outcome import Outcome, Progress, SolveOptions, Status
from models.polish import polish
from models.prices import priced, relief_of
from models.solution import Solution
from models.solvers.child import Engine
from models.uncertainty.least_regret import best_alone, solve_measure
from models.uncertainty.scenario_tree import planned_model, scenario_tree
from models.worth import with_worths
from planner.journal import Journal
from planner.results import Table, tables_of
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell
from planner.search_ends import require_right_answers

TOLERANCE = 1e-6
"""How far two costs may lie apart, relative, and be called the same."""
_SOLVED = ("price", "worth_of_one_per_cent_musd", "worth_of_one_unit_musd", "holds_up_to", "note")
_PRICED = {
    table: tuple(name for name, kind in cells.items() if kind.startswith("*"))
    for table, cells in COLUMNS.items()
    if "price" in cells
}
"""Tables with columns that are found by solving, and the keys of their rows."""


@dataclass(frozen=True)
class Proof:
    """What solving again has shown: the least cost lies between `bound_musd` and `objective_musd`, USD million."""

    solver: str
    status: str
    objective_musd: float | None
    bound_musd: float | None
    compared: int
    findings: tuple[str, ...]
    notes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Returns the outcome for JSON; findings and notes stand elsewhere."""
        return {name: value for name, value in asdict(self).items() if name not in ("findings", "notes")}


def solved_again(loaded: LoadedRun, journal: Journal, time_limit_s: float | None = None) -> Proof:
    """Solves the case of a run with the options of the run, and compares; `time_limit_s` goes before its limit.

    Where that does not reach the bound that is stated, the search goes on until it does, or comes to its limits.

    Raises:
        NoPlanFound, InternalError: the solver breaks down.
    """
    options = SolveOptions(**loaded.manifest["options"])
    if time_limit_s is not None:
        options = replace(options, time_limit_s=time_limit_s)
    journal.begin("build")
    is_base = not loaded.manifest.get("scenarios")
    model = planned_model(loaded.case, base=is_base, best_alone=tuple(loaded.best_alone))
    with Engine.start(options.solver) as engine:
        journal.begin("self-tests")
        require_right_answers(engine)
        journal.begin("solve")
        found = solve_measure(model, engine, options, on_progress=journal.progress)
        stated = loaded.manifest.get("bound_musd")
        bound = found.bound
        if (
            found.status not in (Status.INFEASIBLE, Status.UNBOUNDED)
            and stated is not None
            and _is_below(bound, stated)
        ):
            bound = _reached(model, engine, options, float(stated), journal)
        journal.begin("polish")
        exact = polish(model.program, found, engine=engine, options=options)
        tables: Mapping[str, Table] = {}
        if exact.has_solution:
            relief = relief_of(model, exact.values, relax=options.relax)
            exact = priced(model, exact, engine=engine, options=options, relief=relief)
            journal.begin("worth")
            tables = tables_of(Solution(model, with_worths(model, exact, engine=engine, relief=relief)))
        unsound = list(_regret_findings(loaded, engine, options, journal)) if loaded.best_alone else []
    journal.end()
    proof = _compared(loaded, exact, bound, tables)
    return replace(proof, findings=(*proof.findings, *unsound))


def _regret_findings(loaded: LoadedRun, engine: Engine, options: SolveOptions, journal: Journal) -> Iterator[str]:
    """Yields which best costs of scenarios alone are not between what is found again."""
    tree = scenario_tree(loaded.case)
    assert tree is not None
    journal.begin("scenarios alone")
    again = best_alone(tree, engine, options, journal.step).costs
    for row in loaded.records("regret"):
        name, best, least = str(row["scenario"]), float(row["best_musd"] or 0.0), row["best_at_least_musd"]
        found = again[name]
        if found.low is not None and best < found.low - TOLERANCE * max(1.0, abs(best)):
            yield f"resolve [regret.best_musd]: {name} alone costs at least {found.low!r}, the run says {best!r}"
        if found.high is not None and least is not None and _is_below(found.high, float(least)):
            yield f"resolve [regret.best_at_least_musd]: {name} alone costs {found.high!r}, the run says {least!r}"


def _is_below(bound: float | None, stated: float) -> bool:
    return bound is None or bound < stated - TOLERANCE * max(1.0, abs(stated))


def _reached(model: Model, engine: Engine, options: SolveOptions, stated: float, journal: Journal) -> float | None:
    """Returns the bound of a search that ends where it has reached the one that is stated."""
    best: float | None = None

    def follow(progress: Progress) -> None:
        nonlocal best
        if progress.bound is not None:
            best = progress.bound if best is None else max(best, progress.bound)
        journal.progress(progress)

    def is_reached() -> bool:
        return not _is_below(best, stated)

    wishes = replace(options, gap=0.0)
    found = solve_measure(model, engine, wishes, on_progress=follow, should_stop=is_reached)
    return found.bound if best is None else max(best, found.bound if found.bound is not None else best)


def _compared(loaded: LoadedRun, exact: Outcome, bound: float | None, tables: Mapping[str, Table]) -> Proof:
    findings = list(_cost_findings(loaded.manifest, exact, bound))
    notes, compared = [], 0
    if tables and _is_same_plan(loaded, tables):
        differences = list(_price_findings(loaded, tables))
        compared = sum(len(loaded.records(name)) for name in _PRICED)
        findings += differences
        notes.append("The same plan was found: shadow prices, and the value of relaxing limits, are compared.")
    else:
        notes.append(
            "A different plan was found; shadow prices depend on the plan, so those of the run remain as stated."
        )
    if not findings and bound is not None:
        stated = float(loaded.manifest["objective_musd"])
        gap = max(0.0, stated - bound) / max(abs(stated), 1e-9)
        less, least = ("has less regret", "regret") if loaded.best_alone else ("costs less", "cost")
        proven = f"Proven again by {exact.solver}: no plan {less} than {bound:,.3f} USD million"
        notes.insert(0, f"{proven}, so this one lies within {100 * gap:.4g} % of the least {least}.")
    return Proof(
        exact.solver, exact.status.value, exact.objective, bound, compared, tuple(findings), tuple(notes)
    )  # fmt: skip


def _cost_findings(manifest: Mapping[str, Any], exact: Outcome, bound: float | None) -> Iterator[str]:
    cost, stated = float(manifest["objective_musd"]), manifest.get("bound_musd")
    if exact.status is Status.INFEASIBLE:
        yield f"resolve [status]: {exact.solver} says that no plan can meet the requirements"
        return
    if bound is not None and cost < bound - TOLERANCE * max(1.0, abs(bound)):
        yield f"resolve [objective_musd]: the run states {cost!r}; {exact.solver} proves that each costs {bound!r}"
    if stated is None:
        return
    if exact.objective is not None and exact.objective < stated - TOLERANCE * max(1.0, abs(stated)):
        yield f"resolve [bound_musd]: the run states {stated!r}, which a plan of {exact.objective!r} proves false"
    elif _is_below(bound, stated):
        yield (
            f"resolve [bound_musd]: the run states {stated!r}, which is not proven again: within its limits "
            f"{exact.solver} proves {'nothing' if bound is None else repr(bound)}. Allow more with --time-limit."
        )


def _is_same_plan(loaded: LoadedRun, tables: Mapping[str, Table]) -> bool:
    """True where no cell differs but those that are found by solving."""
    for name, table in tables.items():
        mine = [{k: v for k, v in row.items() if k not in _SOLVED} for row in table.records()]
        stated = [{k: v for k, v in row.items() if k not in _SOLVED} for row in loaded.records(name)]
        if name == "binding":
            # Its order is by worth.
            mine, stated = (
                sorted(rows, key=lambda row: [str(row[k]) for k in _PRICED[name]]) for rows in (mine, stated)
            )
        if len(mine) != len(stated) or not all(map(_is_same_row, mine, stated)):
            return False
    return True


def _is_same_row(one: Mapping[str, Cell], other: Mapping[str, Cell]) -> bool:
    return one.keys() == other.keys() and all(_is_same(one[name], other[name]) for name in one)


def _is_same(one: Cell, other: Cell) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))
    return one == other


def _price_findings(loaded: LoadedRun, tables: Mapping[str, Table]) -> Iterator[str]:
    for name, keys in _PRICED.items():
        mine = {tuple(row[key] for key in keys): row for row in tables[name].records()}
        for row in loaded.records(name):
            place = tuple(row[key] for key in keys)
            for column in (part for part in _SOLVED if part in row and part != "note"):
                found, again = row[column], mine[place][column]
                # How much is looked at depends on the time there was, and is no contradiction.
                is_open = column != "price" and (found is None or again is None)
                if not is_open and not _is_same(found, again):
                    where = ", ".join(str(part) for part in (name, *place, column))
                    yield f"resolve [{where}]: the run states {found!r}, solving again gives {again!r}"
