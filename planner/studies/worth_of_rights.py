"""What each right that a contract gives is worth: the cost without it less the cost with it, as a bracket.

Each right that the plan uses is taken away by itself, and all of them together; everything is planned again, integers
free. A plan stays possible without what it does not use, so that an unused right is worth no more than the gap of the
plan, and is not solved. No right is worth less than nothing, and none more than all together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from models.case import Case
from models.whatif.contract_rights import (
    CANCELLATION,
    CARRY_OVER,
    EARLY_EXIT,
    LATE_EXIT,
    LOAN,
    OPTION,
    RENEWAL,
    SHORT_TERM,
    ContractRight,
    rights_of,
    set_by_scenarios,
)
from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.number_text import money
from planner.errors import listed
from planner.results.loaded_run import LoadedRun
from planner.results.table import Cell
from planner.studies.future_recipes import recipe_of
from planner.studies.search_rounds import Search
from planner.studies.significance import NO_FINDING, bound_of, cost_of, difference, has_plan, is_impossible, is_strained
from planner.studies.study_context import BASE, Result, StudyContext
from planner.sweeps.points import Point

MUSD = "USD million"
ALL, SAVES = "all rights", "saves"
SOLVED, NOT_USED, SET_BY_SCENARIOS = "planned again", "not used in the plan", "set by scenarios: not known"
NO_PLAN, NOTHING = "no plan without it", "nothing"
_NIL = 1e-6
"""What is worth so small a share of the cost of the plan is rounding."""
_SMALL = 1e-6
"""Units and USD million below this are rounding of the solver."""
_MOST = 3


@dataclass(frozen=True)
class WorthOfRight:
    """What a right is worth, USD million: found, at least and at most as far as is proven, and how that is known.

    `right` is None for all of them together. `used` is the probability that the plan uses it; 1 or 0 of one future.
    """

    right: ContractRight | None
    used: float
    found: float | None
    low: float | None
    high: float | None
    how: str
    least: float = 0.0
    """Less than this is nothing."""

    @property
    def finding(self) -> str:
        """What is proven: that it saves something, or nothing, or neither."""
        if self.how in (NO_PLAN, SET_BY_SCENARIOS):
            return self.how
        is_nothing = self.high is not None and self.high <= self.least
        return SAVES if (self.low or 0.0) > self.least else NOTHING if is_nothing else NO_FINDING

    @property
    def is_finding(self) -> bool:
        """True where it is proven to be worth something."""
        return self.finding in (SAVES, NO_PLAN)


def uses_of(case: Case, loaded: LoadedRun) -> dict[ContractRight, float]:
    """Returns for each right of a case the probability that the plan uses it."""
    deals = {row.offer: row.requires for row in case.offers}
    found: dict[ContractRight, set[str]] = {right: set() for right in rights_of(case)}
    chances = {str(row["scenario"]): float(row["probability"] or 0.0) for row in loaded.records("futures")}

    def use(right: ContractRight, row: Mapping[str, Cell]) -> None:
        if right in found:
            found[right] |= set(str(row["scenarios"]).split(";")) if "scenarios" in row else {""}

    for row in loaded.records("cancellations"):
        offer = str(row["offer"])
        kind = LATE_EXIT if row["right"] == "late" else CANCELLATION
        use(ContractRight(kind, "offers", offer), row)
        for gate in deals[offer]:
            use(ContractRight(kind, "agreements", gate), row)
    for row in loaded.records("lease_changes"):
        kind = RENEWAL if row["verb"] == "renew" else EARLY_EXIT
        for table in ("offers", "open_leases"):
            use(ContractRight(kind, table, str(row["contract"])), row)
    for kind, name, table, key, amount in (
        (CARRY_OVER, "agreements", "commit_levels", "agreement", "brought_forward"),
        (LOAN, "facilities", "financing", "facility", "drawn_musd"),
        (SHORT_TERM, "expansions", "expansions", "expansion", "modules"),
        (OPTION, "agreements", "agreements", "agreement", ""),
    ):
        for row in loaded.records(table):
            if not amount or float(row[amount] or 0.0) > _SMALL:
                use(ContractRight(kind, name, str(row[key])), row)
    return {right: _chance(names, chances) for right, names in found.items()}


def _chance(names: set[str], chances: Mapping[str, float]) -> float:
    return min(1.0, sum(chances.get(name, 1.0) for name in names))


def rights_search(
    context: StudyContext, best: Result, plan: Result, uses: Mapping[ContractRight, float]
) -> Search[list[WorthOfRight]]:
    """Asks for points, is given their results, and returns what each right is worth, then all together.

    `best` is the cheapest plan that is known with the best bound, `plan` that whose `uses` are given.
    """
    if not uses:
        return []
    open_ones = set_by_scenarios(context.case) if context.over_scenarios else set()
    known = {right: used for right, used in uses.items() if right.kind not in open_ones}
    taken = [right for right, used in known.items() if used > 0.0]
    wanted = {ALL: tuple(known)} if taken else {}
    wanted |= {right.name: (right,) for right in taken} if len(known) > 1 else {}
    points = [
        Point(
            f"without {name}", "plan",
            recipe_of(without=rights, over_scenarios=context.over_scenarios),
            # A plan without any right is possible without one of them.
            BASE if name == ALL else f"without {ALL}",
        )
        for name, rights in wanted.items()
    ]  # fmt: skip
    results: Mapping[str, Result] = (yield points) if points else {}
    bound = bound_of(best)
    idle_most = None if bound is None else max(0.0, cost_of(plan) - bound)
    whole = (
        _worth(None, max(known.values()), best, results[f"without {ALL}"])
        if taken
        else WorthOfRight(None, 0.0, 0.0, 0.0, idle_most, NOT_USED)
    )
    found = []
    for right, used in uses.items():
        if right not in known:
            found.append(WorthOfRight(right, used, None, 0.0, None, SET_BY_SCENARIOS))
        elif right not in taken:
            found.append(WorthOfRight(right, used, 0.0, 0.0, idle_most, NOT_USED))
        else:
            name = right.name if len(known) > 1 else ALL
            found.append(_worth(right, used, best, results[f"without {name}"]))
    least = _NIL * abs(cost_of(best))
    return [replace(one, least=least) for one in _in_order(found, whole)]


def _worth(right: ContractRight | None, used: float, best: Result, result: Result) -> WorthOfRight:
    if not has_plan(result) or is_strained(result):
        how = NO_PLAN if is_impossible(result) else str(result.get("status", ""))
        return WorthOfRight(right, used, None, 0.0, None, how)
    more = difference(result, best)
    low = max(0.0, more.least or 0.0)
    high = None if more.most is None else max(low, more.most)
    return WorthOfRight(right, used, max(0.0, more.found), low, high, SOLVED)


def _in_order(single: Sequence[WorthOfRight], whole: WorthOfRight) -> list[WorthOfRight]:
    """The worths as they must be: none more than all together."""
    known = [one for one in single if one.how in (SOLVED, NOT_USED)]
    if whole.how in (SOLVED, NOT_USED):
        whole = replace(
            whole,
            low=max([whole.low or 0.0, *(one.low or 0.0 for one in known)]),
            found=max([whole.found or 0.0, *(one.found or 0.0 for one in known)]),
        )
        if whole.high is not None:
            single = [
                replace(one, high=whole.high if one.high is None else min(one.high, whole.high))
                if one.how in (SOLVED, NOT_USED)
                else one
                for one in single
            ]
    return [*single, whole]


def rights_table(worths: Sequence[WorthOfRight]) -> TableBlock:
    """Returns what each right is worth, all of them together last."""
    columns = (
        Column("item", "Contract", width=24), Column("right", "Right", width=14),
        Column("used_share", "Used, probability", Form.PERCENT),
        Column("worth_musd", "Worth", Form.MUSD, MUSD), Column("worth_least_musd", "at least", Form.MUSD, MUSD),
        Column("worth_most_musd", "at most", Form.MUSD, MUSD),
        Column("finding", "Finding", width=16), Column("how", "How that is known", width=24),
    )  # fmt: skip
    records: list[dict[str, Cell]] = [
        {
            "item": "all together" if one.right is None else one.right.item,
            "right": ALL if one.right is None else one.right.kind,
            "used_share": one.used,
            "worth_musd": one.found,
            "worth_least_musd": one.low,
            "worth_most_musd": one.high,
            "finding": one.finding,
            "how": one.how,
        }
        for one in worths
    ]
    note = (
        "Cost without the right less cost with it, everything planned again; the ends carry the gaps of both plans. "
        "Rights stand in for each other or need each other, so that all together are worth more or less than the sum."
    )
    bold = frozenset({len(records) - 1}) if records else frozenset()
    return TableBlock("rights", "What rights are worth", note, columns, rows_of(records, columns), bold=bold)


def rights_lines(worths: Sequence[WorthOfRight]) -> Iterator[str]:
    """Yields in sentences what rights are worth: those that are proven to be worth something, the others, and all."""
    single = [one for one in worths if one.right is not None]
    if not single:
        return
    proven = sorted((one for one in single if one.is_finding), key=lambda one: -(one.low or 0.0))
    for one in proven[:_MOST]:
        assert one.right is not None
        lead = f"The {one.right.kind} of {one.right.item}"
        yield f"{lead} is needed: there is no plan without it." if one.how == NO_PLAN else f"{lead} {_saves(one)}."
    for finding, worth in ((NO_FINDING, "worth at most {} USD million, within the gaps"), (NOTHING, "worth nothing")):
        own = [one for one in single if one.finding == finding]
        most = max((one.high or 0.0 for one in own), default=0.0)
        names = listed([one.right.name for one in own if one.right is not None])
        if own and all(one.high is not None for one in own):
            yield f"{'Each of these is' if len(own) > 1 else 'This is'} {worth.format(money(most))}: {names}."
    whole = worths[-1]
    if whole.how == NO_PLAN:
        yield "Without all rights together there is no plan."
    elif len(single) > 1 and whole.is_finding and whole.found is not None:
        apart = sum(one.found or 0.0 for one in single)
        yield f"All rights together: {_saves(whole)}; one by one they add up to {money(apart)} {MUSD}."


def _saves(one: WorthOfRight) -> str:
    ends = [one.low, one.high]
    if one.found is None or None in ends:
        return f"saves at least {money(one.low or 0.0)} {MUSD}"
    low, high = (money(end or 0.0) for end in ends)
    return f"saves {money(one.found)} {MUSD} (proven between {low} and {high})"


__all__ = ["WorthOfRight", "rights_lines", "rights_search", "rights_table", "uses_of"]
