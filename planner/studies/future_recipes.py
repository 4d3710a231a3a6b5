"""A future as JSON, and the case that it stands for: shocks, a row of `scenarios`, and changed inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from models.calendar import parse_label
from models.case import Case
from models.tables.strategy_rows import Commitment
from models.whatif.contract_rights import ContractRight, without_rights
from models.whatif.disrupt import disrupted
from models.whatif.effects import ChangedInput
from models.whatif.scenario import scenario_case
from models.whatif.shock import calendar_of, shocks_of
from models.whatif.values import DISRUPTIONS, Lever, changed, lever_of
from planner.case.recheck import faults_of

Recipe = Mapping[str, Any]
"""`shocks`: text such as `a@2028+b*0.5`; `scenario`: a name; `levers`: lists of name, effect and value; `from`: the
label from which levers of tables with periods or spans act; `values`: lists of table, key, column, label, effect and
value, as rows of a history; `without`: lists of kind, table and item of a right that
contracts do not give; `decide`: lists of a kind of decision, its item, and
`taken`, `barred` or `not before LABEL`; `over_scenarios`: whether the plan is made over the scenarios of the case;
`answered_above`, `answered_below` and `gap`: see `recipe_of`."""

KINDS = {"tape_out": "start", "deal": "close", "agreement": "sign", "expansion": "build"}
"""Kinds of strategic decisions as results name them, and as the table of commitments names them."""
COMMITTED_KINDS = {**KINDS, "order": "order"}
"""Kinds of all decisions that a recipe can hold: the strategic ones, and orders of an offer."""
NOT_BEFORE = "not before "


@dataclass(frozen=True)
class RewrittenFuture:
    """One possible case: what was changed, when it is first seen, and what was asked for without effect.

    `revealed` is the label from which a row of `scenarios` is known, which may be before it changes anything; None
    where that is not said. `shocks` are the disruptions behind it, None where other things change too.
    """

    case: Case
    changes: tuple[ChangedInput, ...]
    seen: str | None
    without_effect: tuple[str, ...]
    revealed: str | None = None
    shocks: frozenset[str] | None = None

    @property
    def known_from(self) -> str | None:
        """The label from which this future is known for what it is; None where nothing changes."""
        return min((label for label in (self.seen, self.revealed) if label), default=None, key=_month)


def recipe_of(
    *,
    shocks: str = "",
    scenario: str = "",
    levers: Sequence[tuple[str, str, float]] = (),
    decide: Sequence[tuple[str, bool]] = (),
    without: Sequence[ContractRight] = (),
    not_before: Mapping[str, str] | None = None,
    begin: str = "",
    over_scenarios: bool = False,
    answered_above: float | None = None,
    answered_below: float | None = None,
    gap: float | None = None,
) -> dict[str, Any]:
    """Returns the recipe of a future; parts that are empty are left out, so that equal futures have equal recipes.

    `not_before` holds by decision the label of the first period in which it may be taken. With `answered_above` the
    search ends once every plan is proven to cost more than that, with `answered_below` once a plan costs less than
    that, USD million; see `models.outcome.SolveOptions` and `significance.bracket_of`. Not over scenarios. `gap` goes
    before that of the study.
    """
    found: dict[str, Any] = {}
    if shocks:
        found["shocks"] = "+".join(sorted(str(shock) for shock in shocks_of(shocks)))
    if scenario:
        found["scenario"] = scenario
    if levers:
        found["levers"] = [[name, effect, float(value)] for name, effect, value in levers]
        found |= {"from": begin} if begin else {}
    decided = [[*name.split(":", 1), "taken" if taken else "barred"] for name, taken in decide]
    decided += [[*name.split(":", 1), f"{NOT_BEFORE}{label}"] for name, label in (not_before or {}).items()]
    if decided:
        found["decide"] = decided
    if without:
        found["without"] = [[right.kind, right.table, right.item] for right in without]
    if over_scenarios:
        found["over_scenarios"] = True
    targets = {"answered_above": answered_above, "answered_below": answered_below, "gap": gap}
    found |= {name: float(cost) for name, cost in targets.items() if cost is not None}
    return found


def future_of(case: Case, recipe: Recipe) -> RewrittenFuture:
    """Returns the future of a recipe: changed inputs first, then the scenario, then the shocks.

    Raises:
        ShockError: a name is unknown, or a value does not fit.
    """
    made = without_rights(case, (ContractRight(*right) for right in recipe.get("without", ())))
    without: list[str] = []
    changes: list[ChangedInput] = []
    seen: list[str] = []
    levers = _levers(case, recipe)
    made = changed(made, levers)
    for step in ("scenario", "shocks"):
        if wanted := (_shocks(recipe, levers) if step == "shocks" else recipe.get(step)):
            done = scenario_case(made, wanted) if step == "scenario" else disrupted(made, shocks_of(wanted))
            made = done.case
            changes += done.changes
            without += done.without_effect
            seen += [done.seen] if done.seen else []
    made = _decided(made, recipe.get("decide", ()))
    revealed = next((row.revealed for row in case.scenarios if row.scenario == recipe.get("scenario")), None)
    first = min(seen, default=None, key=_month)
    is_plain = not recipe.keys() - {"shocks", "answered_above", "answered_below", "gap"}
    return RewrittenFuture(
        made,
        tuple(changes),
        first,
        tuple(without),
        revealed if first is not None else None,
        frozenset(str(shock) for shock in shocks_of(recipe.get("shocks", ""))) if is_plain else None,
    )


def _levers(case: Case, recipe: Recipe) -> dict[Lever, float]:
    """The changed inputs of a recipe, from its label on where their tables have periods."""
    begin, found = str(recipe.get("from", "")), {}
    for name, effect, value in recipe.get("levers", ()):
        lever = lever_of(case, name, effect=effect)
        found[replace(lever, period=begin) if begin and lever.may_begin and not lever.period else lever] = value
    for table, key, column, label, effect, value in recipe.get("values", ()):
        found[Lever(f"{table} {column}", table, key, column, label, effect)] = value
    return found


def _decided(case: Case, decisions: Sequence[Sequence[str]]) -> Case:
    """The case with decisions taken or barred whenever that is best, or barred until a period.

    Decisions that are made already stay, and so do periods in which one that is to be taken is barred.
    """
    rows: list[Commitment] = []
    free: set[tuple[str, str]] = set()
    for kind, item, wish in decisions:
        named = COMMITTED_KINDS[kind]
        if wish.startswith(NOT_BEFORE):
            rows += _barred_before(case, named, item, wish.removeprefix(NOT_BEFORE))
            continue
        status = "barred" if wish == "barred" else "done" if named == "build" else "fixed"
        rows.append(Commitment(kind=named, item=item, quantity=1.0 if wish == "taken" else None, status=status))
        free.add((named, item))
    known = {(row.kind, row.item, row.route, row.period) for row in rows}
    kept = [
        row
        for row in case.commitments
        if (row.kind, row.item, row.route, row.period) not in known
        and ((row.kind, row.item) not in free or row.status == "done" or (row.status == "barred" and row.period))
    ]
    return replace(case, commitments=(*kept, *rows)) if rows else case


def _barred_before(case: Case, kind: str, item: str, label: str) -> list[Commitment]:
    calendar = calendar_of(case.settings)
    return [
        Commitment(kind=kind, item=item, period=calendar.labels[period], status="barred")
        for period in range(min(calendar.period_at(label), calendar.count))
    ]


def _shocks(recipe: Recipe, levers: Iterable[Lever]) -> str:
    """The disruptions of a recipe, with those that its levers vary: without them these would say nothing."""
    named = [part for part in str(recipe.get("shocks", "")).split("+") if part]
    known = {shock.disruption for shock in shocks_of("+".join(named))}
    for lever in levers:
        disruption = lever.key.partition(";")[0].strip() if lever.table == DISRUPTIONS else ""
        if disruption not in ("", "*") and disruption not in known:
            known.add(disruption)
            named.append(disruption)
    return "+".join(named)


def _month(label: str) -> int:
    return parse_label(label)[0]


def known_in_advance(case: Case) -> tuple[Case, ...]:
    """Returns the ways to plan a case with all its changes known, the strictest first; the next is for want of a plan.

    Nobody who knows of a shortage orders what will be late, and no deal is signed that will not clear. Only what was
    ordered before the plan, or is committed, can be late, and only where it could not come in time.
    """
    case = _without_doomed_deals(case)
    if not case.backlogs:
        return (case,)
    committed = {row.item for row in case.commitments if row.kind == "order" and row.status != "barred"}
    given = committed | {row.offer for row in case.open_orders}
    late = tuple(
        row if row.offer in committed else replace(row, since=case.settings.start)
        for row in case.backlogs
        if row.offer in given
    )
    punctual = replace(case, backlogs=())
    return (punctual, replace(case, backlogs=late)) if late else (punctual,)


def _without_doomed_deals(case: Case) -> Case:
    """Returns a case in which deals that will not clear are not signed, because that is known.

    Signed all the same, such a deal would be a loan: its price, which comes back when it falls through, would make
    room in a later budget.
    """
    calendar, failing = calendar_of(case.settings), _failing(case)
    barred = [
        Commitment(kind="close", item=row.acquisition, period=calendar.labels[period], status="barred")
        for row in case.acquisitions
        if row.acquisition in failing
        for period in range(calendar.count)
        if period + calendar.lag_periods(row.months_to_close) >= failing[row.acquisition]
    ]
    taken = {(row.kind, row.item) for row in case.commitments if row.status != "barred"}
    known = {(row.kind, row.item, row.period) for row in case.commitments}
    new = [
        row
        for row in barred
        if (row.kind, row.item) not in taken
        and not known & {(row.kind, row.item, row.period), (row.kind, row.item, "")}
    ]
    return replace(case, commitments=(*case.commitments, *new)) if new else case


def in_vain(case: Case, seen: int) -> list[Commitment]:
    """Returns as barred what would be begun, from a period on, after it is known to fail."""
    calendar, failing = calendar_of(case.settings), _failing(case)
    items = [
        *(("start", row.programme) for row in case.programmes),
        *(("close", row.acquisition) for row in case.acquisitions),
        *(("build", row.expansion) for row in case.expansions),
    ]
    taken = {(row.kind, row.item) for row in case.commitments if row.status != "barred"}
    return [
        Commitment(kind=kind, item=item, period=calendar.labels[period], status="barred")
        for kind, item in items
        if item in failing and (kind, item) not in taken
        for period in range(max(seen, failing[item]), calendar.count)
    ]


def _failing(case: Case) -> dict[str, int]:
    """The first period in which each thing is known to fail."""
    calendar = calendar_of(case.settings)
    rows = sorted(case.delays, key=lambda row: -_month(row.period))
    return {row.item: max(0, calendar.period_at(row.period)) for row in rows if row.fails}


def refusals(case: Case) -> list[str]:
    """Returns why a changed case cannot be planned, each as a line; empty where it can."""
    # That some module is built at any time is a wish of ours, which no file could say.
    kept = tuple(row for row in case.commitments if (row.kind, row.status, row.period) != ("build", "done", ""))
    # A future is one case: the scenarios beside it were checked when they were read.
    return [fault.text for fault in faults_of(replace(case, commitments=kept, scenarios=(), scenario_values=()))]


def changes_made(future: RewrittenFuture) -> dict[str, Any]:
    """Returns what a future changes, as plain values for the result of its point."""
    return {
        "seen": future.known_from,
        "changes": [asdict(change) for change in future.changes],
        "without_effect": list(future.without_effect),
    }
