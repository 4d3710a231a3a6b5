"""Plans by futures: what each plan costs in each future over the best for it, and which decisions survive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.case import Case
from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.errors import listed
from planner.results.table import Cell
from planner.studies.future_recipes import future_of
from planner.studies.point_work import first_difference
from planner.studies.regret_cells import RegretCells
from planner.studies.significance import NO_FINDING, cost_of, has_plan
from planner.studies.study_columns import (
    FUTURE,
    OWED,
    breaches_table,
    changes_table,
    owed_of,
    reason_of,
    service_table,
    strain_lines,
)
from planner.studies.study_context import BASE, NamedFuture, StudyContext
from planner.studies.study_model import Study
from planner.studies.survivors import survivors_table
from planner.sweeps.points import Point

PLAN = Column("plan", "Plan made for", width=30)
REGRET = Column("regret_musd", "Regret", Form.MUSD, "USD million")
LEAST = Column("regret_least_musd", "at least", Form.MUSD, "USD million")
MOST = Column("regret_most_musd", "at most", Form.MUSD, "USD million")


def regret(context: StudyContext, futures: Sequence[NamedFuture]) -> Study:
    """Returns the study of plans, each made for one future, in all futures; the undisturbed one is among both.

    Raises:
        NoBaseError: the undisturbed case has no plan.
    """
    cells, idle = _solved(context, futures)
    likely = {future.name: future.probability for future in cells.futures}
    matrix, wide, summary = _matrix(cells), _wide(cells), _summary(cells, likely)
    return Study(
        kind="regret",
        title="Plans by futures: regret",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(cells)),
        tables=(
            summary, wide, survivors_table(context.case, cells), matrix,
            service_table(dict(cells.through.items()), cells.best[BASE], (PLAN, FUTURE)), _broken(cells),
            changes_table(cells.best),
        ),
        charts=(
            ChartBlock(
                "regret", "Regret of each plan in each future", ChartKind.HEATMAP, "matrix", "future", "plan",
                "regret_musd", "shown",
            ),
            ChartBlock("largest", "Maximum regret of each plan", ChartKind.BARS, "plans", "max_regret_musd", "plan"),
        ),
        notes=(
            "A plan does not anticipate another future: its decisions stay fixed until the period in which that future "
            "first differs from the one that it was made for.",
            *([f"No input changes in {listed(idle)}: the same as '{BASE}'."] if idle else []),
        ),
    )  # fmt: skip


def _solved(context: StudyContext, futures: Sequence[NamedFuture]) -> tuple[RegretCells, tuple[str, ...]]:
    """The results by plan and future, and the futures that change nothing, which count as the undisturbed one."""
    named, idle = _with_base(context.case, futures)
    known = {future.name: future_of(context.case, future.recipe) for future in named}
    plans = [Point(name=f.name, question="plan", recipe=f.recipe, after=None) for f in named if f.name != BASE]
    _, results = context.with_base(plans)
    best = {future.name: results[future.name] for future in named}
    usable = [future for future in named if has_plan(best[future.name])]
    taken = set(best)
    points: dict[tuple[str, str], Point] = {}
    for plan in usable:
        for future in usable:
            if plan.name != future.name:
                seen = first_difference(context.case, known[plan.name], known[future.name])
                recipe = {"future": future.recipe, "seen": seen, "strategy_stays": True}
                name = _distinct(_pair(plan.name, future.name), taken)
                points[plan.name, future.name] = Point(name, "stress", recipe, plan.name)
    _, held = context.with_base([*plans, *points.values()])
    through = {
        (plan.name, future.name): best[plan.name] if plan is future else held[points[plan.name, future.name].name]
        for plan in usable
        for future in usable
    }
    return RegretCells(named, best, through), idle


def _with_base(case: Case, futures: Sequence[NamedFuture]) -> tuple[tuple[NamedFuture, ...], tuple[str, ...]]:
    """The undisturbed future with all that change nothing, then the others; and the names of the former."""
    idle = [future for future in futures if not future_of(case, future.recipe).changes]
    others = [future for future in futures if future not in idle]
    chances = [future.probability for future in futures]
    rest = None
    if all(chance is not None for chance in chances):
        rest = max(0.0, 1.0 - sum(future.probability or 0.0 for future in others))
    return (NamedFuture(BASE, {}, rest), *others), tuple(future.name for future in idle)


def _distinct(name: str, taken: set[str]) -> str:
    """A name that no other point has; it is taken from now on."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    taken.add(found)
    return found


def _broken(cells: RegretCells) -> TableBlock:
    return breaches_table({_pair(*pair): result for pair, result in cells.through.items()})


def _pair(plan: str, future: str) -> str:
    return f"{plan} | {future}"


def _matrix(cells: RegretCells) -> TableBlock:
    columns = (
        PLAN,
        FUTURE,
        Column("status", "Status", width=11),
        Column("cost_musd", "Net present cost", Form.MUSD, "USD million"),
        Column("best_musd", "Best known", Form.MUSD, "USD million"),
        REGRET,
        LEAST,
        MOST,
        Column("finding", "Regret is", width=16),
        Column("breach_price_musd", "of it violation cost", Form.MUSD, "USD million"),
        OWED,
        Column("shown", "Shown", width=10),
    )
    records: list[dict[str, Cell]] = []
    for plan in cells.names:
        for future in cells.names:
            result, amount = cells.through[plan, future], cells.regret(plan, future)
            record: dict[str, Cell] = {"plan": plan, "future": future, "status": str(result["status"])}
            if amount is None:
                records.append({**record, "finding": reason_of(result), "shown": "no plan"})
                continue
            least, most = cells.range_of(plan, future)
            is_proven = least is not None and least > 0
            records.append(
                {
                    **record,
                    "cost_musd": cost_of(result),
                    "best_musd": cells.least_known(future),
                    "regret_musd": amount,
                    "regret_least_musd": least,
                    "regret_most_musd": most,
                    "finding": "proven" if is_proven else NO_FINDING,
                    "breach_price_musd": result.get("breach_price_musd", 0.0),
                    "owed_musd": owed_of(result),
                    "shown": f"{amount:,.0f}" if is_proven else "none",
                }
            )
    note = "Regret is cost, including violation costs, above the least cost known for the future."
    return TableBlock("matrix", "Each plan in each future", note, columns, rows_of(records, columns))


def _wide(cells: RegretCells) -> TableBlock:
    columns = (
        PLAN,
        *(
            Column(f"future_{number}", name, Form.MUSD, "USD million", 16)
            for number, name in enumerate(cells.names, start=1)
        ),
    )
    rows = tuple((plan, *(cells.regret(plan, future) for future in cells.names)) for plan in cells.names)
    note = "Rows are plans, columns futures; blank where a plan has no feasible continuation."
    return TableBlock("regret", "Regret", note, columns, rows)


def _summary(cells: RegretCells, likely: Mapping[str, float | None]) -> TableBlock:
    columns = (
        PLAN,
        Column("own_cost_musd", "Cost in its own future", Form.MUSD, "USD million"),
        Column("max_regret_musd", "Maximum regret", Form.MUSD, "USD million"),
        Column("worst_future", "in", width=30),
        Column("expected_regret_musd", "Expected regret", Form.MUSD, "USD million"),
        Column("stuck", "Infeasible futures", Form.COUNT, width=12),
    )
    weights = {name: likely[name] for name in cells.names}
    total = sum(weight for weight in weights.values() if weight)
    known = all(weight is not None for weight in weights.values()) and total > 0
    records: list[dict[str, Cell]] = []
    for plan in cells.names:
        amounts = {future: cells.regret(plan, future) for future in cells.names}
        feasible = {future: amount for future, amount in amounts.items() if amount is not None}
        worst = max(feasible, key=lambda future: feasible[future], default="")
        is_whole = len(feasible) == len(amounts)
        mean = sum(feasible[f] * (float(weights[f] or 0.0) / total if known else 1.0 / len(amounts)) for f in feasible)
        records.append(
            {
                "plan": plan,
                "own_cost_musd": cost_of(cells.best[plan]),
                "max_regret_musd": feasible[worst] if is_whole else None,
                "worst_future": worst if is_whole else "infeasible in a future",
                "expected_regret_musd": mean if is_whole else None,
                "stuck": len(amounts) - len(feasible),
            }
        )
    how = "weighted by their probabilities" if known else "with equal weights"
    near = cells.least_regretted()
    bold = frozenset(i for i, record in enumerate(records) if record["plan"] in near)
    note = (
        "Bold: the plans with the smallest maximum regret, as far as bounds distinguish them. Expected regret is the "
        f"mean over the futures, {how}."
    )
    return TableBlock("plans", "Regret by plan", note, columns, rows_of(records, columns), bold)


def _plan(name: str) -> str:
    return "the undisturbed plan" if name == BASE else f"the plan made for {name}"


def _headlines(cells: RegretCells) -> list[str]:
    lines = []
    if len(cells.names) < 2:
        lines.append("There are not two futures that differ and have plans, so regret is not defined.")
    near = cells.least_regretted()
    if near and len(cells.names) > 1:
        found = cells.largest(near[0])
        assert found is not None
        amount = f"{found[0]:,.0f} USD million at worst, in {found[1]}" if found[0] > 0 else "by nothing"
        lines.append(f"The minimax-regret plan is {_plan(near[0])}: {amount}.")
        if len(near) == len(cells.names):
            lines.append("The bounds distinguish no other plan from it; a smaller --gap may.")
        elif len(near) > 1:
            lines.append(f"The bounds do not distinguish from it: {listed(_plan(name) for name in near[1:])}.")
    if not near and len(cells.names) > 1:
        lines.append("No plan is feasible in every future.")
    own = cells.largest(BASE) if BASE in cells.names else None
    if own is not None and near and near[0] != BASE:
        lines.append(f"The undisturbed plan: {own[0]:,.0f} USD million at worst, in {own[1]}.")
    lost = {future.name: cells.best[future.name] for future in cells.futures if future.name not in cells.names}
    if lost:
        lines.append(f"No plan was found for {listed(lost)}; it is left out.")
    return lines + strain_lines(cells.best)
