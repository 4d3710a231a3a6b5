"""The value of one input at which a decision changes, with its bracket and the evidence on both sides.

At each value the case is planned twice: with the decision taken, and with it barred. Taking it is proven better where
its cost lies below the bound without it, proven worse where the cost without it lies below the bound with it; between
the two the gaps leave it open. Each side is searched until that is decided, and not further. The break-even lies where
the difference of the two costs is nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from planner.documents.blocks import ChartBlock, ChartKind, Column, Form, TableBlock, rows_of
from planner.results.table import Cell
from planner.studies.compared_futures import SIDES
from planner.studies.future_recipes import recipe_of
from planner.studies.significance import (
    ANSWERED,
    bracket_of,
    cost_of,
    has_plan,
    is_impossible,
    kind_in_words,
)
from planner.studies.study_columns import base_facts
from planner.studies.study_context import StudyContext
from planner.studies.study_model import Study
from planner.studies.varied_inputs import VariedInput
from planner.sweeps.points import Point

FIRST_SCAN = 5
MOST_ROUNDS = 12
PROOF_SHARE = 0.05
"""Where proof ends is found to this share of the distance between the ends of the input."""
TAKEN = "better taken"
BARRED = "better not taken"
OPEN = "within the gaps"
NO_PLAN = "no plan"
ONLY_WITH, ONLY_WITHOUT = "no plan without it", "no plan with it"
_NOTHING = 1e-9
_BESIDE = 0.45
"""Two values this share of the bracket on either side of an estimate lie within the bracket."""
_PROVEN = (TAKEN, BARRED, ONLY_WITH, ONLY_WITHOUT)
_LEVERS = {"multiply": "factor", "add": "amount added"}


@dataclass(frozen=True)
class ProbedValue:
    """What is known at one value of the input."""

    value: float
    with_it: Mapping[str, Any]
    without: Mapping[str, Any]

    @property
    def advantage(self) -> float | None:
        """What taking it saves, by the plans found, USD million; infinite where only one side has a plan.

        Where the search of a side has ended at its bound, before it had a plan: what is proven at least, or at most.
        """
        has, has_not = has_plan(self.with_it), has_plan(self.without)
        if has and has_not:
            return cost_of(self.without) - cost_of(self.with_it)
        if not has and not has_not:
            return None
        is_answered = ANSWERED in (self.with_it.get("status"), self.without.get("status"))
        return (self.saves[0] if has else self.saves[1]) if is_answered else math.inf if has else -math.inf

    @property
    def saves(self) -> tuple[float, float]:
        """Between what it is proven to lie what taking it saves, USD million; infinite where that is not proven."""
        (least, most), (other_least, other_most) = bracket_of(self.with_it), bracket_of(self.without)
        if is_impossible(self.with_it) or is_impossible(self.without):
            return -math.inf, math.inf
        return other_least - most, other_most - least

    @property
    def verdict(self) -> str:
        """Which side is proven better."""
        if not has_plan(self.with_it) and not has_plan(self.without):
            return NO_PLAN
        # A search that was stopped proves nothing; one side alone counts only where the other cannot be.
        if is_impossible(self.without):
            return ONLY_WITH
        if is_impossible(self.with_it):
            return ONLY_WITHOUT
        least, most = self.saves
        return TAKEN if least > 0 else BARRED if most < 0 else OPEN


@dataclass(frozen=True)
class Crossing:
    """Where the better side changes, by the plans found: between `low` and `high`, proven only outside the sure ends.

    Several changes between the same two proven values are one; `flips` counts them.
    """

    low: float
    high: float
    estimate: float
    sure_low: float | None
    sure_high: float | None
    flips: int
    pays_below: bool
    below: str = ""
    """The verdict at the last value below, which tells apart what does not pay and what cannot be had."""
    above: str = ""

    @property
    def is_change(self) -> bool:
        """True where another side is better above than below."""
        return self.flips % 2 == 1


def breakeven(context: StudyContext, entry: VariedInput, decision: str, *, share: float = 0.01) -> Study:
    """Returns the study of one decision over one input, bracketed to `share` of the distance between its ends.

    Raises:
        NoBaseError: the undisturbed case has no plan.
        KeyError: there is no such decision.
    """
    base = context.base()
    if decision not in base["decisions"]:
        raise KeyError(decision)
    probes = _Probes(context, entry, decision)
    known, width = probes.known, entry.high - entry.low
    probes.add([entry.low + width * i / (FIRST_SCAN - 1) for i in range(FIRST_SCAN)])
    for step in (partial(_in_crossings, share=share * width), partial(_in_proofs, share=PROOF_SHARE * width)):
        for number in range(MOST_ROUNDS):
            wanted = dict.fromkeys(step(known, is_first=number % 2 == 0))
            if not (new := [value for value in wanted if value not in known]):
                break
            probes.add(new)
    _, item = kind_in_words(decision)
    return Study(
        kind="breakeven",
        title=f"Where {item} breaks even",
        case_name=context.case.settings.name,
        headlines=tuple(_headlines(item, entry, known)),
        tables=(_crossings(entry, known), _evidence(entry, known)),
        charts=(
            ChartBlock(
                "advantage", f"Savings from {item}", ChartKind.LINE, "evidence", "value", "advantage_musd",
                reference=0.0,
                note="Above zero, taking it is cheaper. Far from zero a value may be what is proven, not all of it.",
            ),
        ),
        notes=(
            "Everything else is re-planned on both sides. Where the gaps leave the answer open, a smaller --gap "
            "narrows the bracket.",
        ),
        facts=base_facts(base),
    )  # fmt: skip


def sign_changes(known: Mapping[float, ProbedValue]) -> list[tuple[float, float]]:
    """Returns the values between which the sign of the advantage changes; where it is nothing it has no sign."""
    signed = [(value, advantage) for value in sorted(known) if (advantage := known[value].advantage)]
    return [(left, right) for (left, first), (right, second) in pairwise(signed) if (first > 0) != (second > 0)]


def crossings(known: Mapping[float, ProbedValue]) -> list[Crossing]:
    """Returns the crossings with their evidence, those between the same proven values as one."""
    groups: dict[tuple[float | None, float | None], list[tuple[float, float]]] = {}
    for low, high in sign_changes(known):
        groups.setdefault(_proven(known, low, high), []).append((low, high))
    return [
        Crossing(
            low=own[0][0],
            high=own[-1][1],
            estimate=sum(estimate(known, low, high) for low, high in own) / len(own),
            sure_low=sure[0],
            sure_high=sure[1],
            flips=len(own),
            pays_below=(known[own[0][0]].advantage or 0.0) > 0,
            below=known[own[0][0]].verdict,
            above=known[own[-1][1]].verdict,
        )
        for sure, own in groups.items()
    ]


def _in_crossings(known: Mapping[float, ProbedValue], *, share: float, is_first: bool) -> list[float]:
    """Values within the crossings that are wider than the share.

    At first two around where the advantage is nothing if it is straight, a little less than the share apart; then the
    middle, so that the bracket is halved at least every other time, however the advantage runs.
    """
    found: list[float] = []
    for low, high in sign_changes(known):
        if high - low <= share * (1.0 + _NOTHING):
            continue
        at, beside = estimate(known, low, high), _BESIDE * share
        around = [value for value in (at - beside, at + beside) if low < value < high]
        is_known = all(math.isfinite(known[end].advantage or 0.0) for end in (low, high))
        found += around if is_first and is_known and around else [(low + high) / 2]
    return found


def _in_proofs(known: Mapping[float, ProbedValue], *, share: float, is_first: bool) -> list[float]:
    """The middles between neighbours far apart of which one is the last proven value beside a change."""
    ends = {end for one in crossings(known) if one.is_change for end in (one.sure_low, one.sure_high)}
    return [
        (low + high) / 2
        for low, high in pairwise(sorted(known))
        if (low in ends or high in ends)
        and OPEN in (known[low].verdict, known[high].verdict)
        and high - low > share * (1.0 + _NOTHING)
    ]


def estimate(known: Mapping[float, ProbedValue], low: float, high: float) -> float:
    """Returns where the advantage is nothing between two values, as if it were straight between them."""
    first, second = known[low].advantage, known[high].advantage
    if first is None or second is None or not (math.isfinite(first) and math.isfinite(second)):
        return (low + high) / 2
    return low if first == second else low + (high - low) * first / (first - second)


class _Probes:
    """The values that were looked at; each starts from the plans of the nearest one before it."""

    def __init__(self, context: StudyContext, entry: VariedInput, decision: str) -> None:
        self.known: dict[float, ProbedValue] = {}
        self._context, self._entry, self._decision = context, entry, decision
        self._points: dict[float, Point] = {}

    def add(self, values: Sequence[float]) -> None:
        """Compares both sides at each of some values."""
        entry = self._entry
        for value in values:
            nearest = min(self.known, key=lambda one: (abs(one - value), one), default=None)
            levers = [(entry.name, entry.effect, value)]
            recipe = {
                side: recipe_of(levers=levers, decide=[(self._decision, taken)])
                for side, taken in zip(SIDES, (True, False), strict=True)
            }
            after = None if nearest is None else self._points[nearest].name
            name = f"{entry.name}={value!r} with and without {self._decision}"
            self._points[value] = Point(name, "compare", recipe, after)
        _, results = self._context.with_base(list(self._points.values()))
        for value in values:
            found = results[self._points[value].name]
            # A point that has failed has no sides.
            self.known[value] = ProbedValue(value, *(found.get(side, found) for side in SIDES))


def _proven(known: Mapping[float, ProbedValue], low: float, high: float) -> tuple[float | None, float | None]:
    """The nearest values on both sides of a crossing at which the answer is proven."""
    below = [value for value in sorted(known) if value <= low and known[value].verdict in _PROVEN]
    above = [value for value in sorted(known) if value >= high and known[value].verdict in _PROVEN]
    return (below[-1] if below else None), (above[0] if above else None)


def _headlines(item: str, entry: VariedInput, known: Mapping[float, ProbedValue]) -> list[str]:
    found = crossings(known)
    if not any(one.is_change for one in found):
        return _no_crossing(item, entry, known)
    lines = []
    for one in found:
        if one.is_change:
            lines += [_change(item, entry, one), _proof(entry, one)]
    return lines


def _change(item: str, entry: VariedInput, one: Crossing) -> str:
    """What changes where: a break-even, or the end of what can be had at all."""
    at = f"{entry.name} = {entry.said(one.estimate)}"
    between = f"between {entry.said(one.low)} and {entry.said(one.high)}"
    for side, verdict in (("below", one.below), ("above", one.above)):
        if verdict in (ONLY_WITH, ONLY_WITHOUT):
            which = "without" if verdict == ONLY_WITH else "with"
            return (
                f"{side.capitalize()} {at} ({between}) there is no plan {which} {item}: what changes there is what can "
                "be had within budgets and limits, and not what pays."
            )
    side = "pays below and not above" if one.pays_below else "pays above and not below"
    return f"By the plans found, {item} breaks even at {at} ({between}): it {side}."


def _proof(entry: VariedInput, one: Crossing) -> str:
    below, above = (one.sure_low, one.sure_high)
    if below is None and above is None:
        return "The gaps leave it open on both sides; a smaller --gap may prove it."
    parts = [
        "nothing below" if below is None else f"up to {entry.said(below)}",
        "nothing above" if above is None else f"from {entry.said(above)}",
    ]
    return f"Proven {' and '.join(parts)}; between, the gaps leave it open."


def _no_crossing(item: str, entry: VariedInput, known: Mapping[float, ProbedValue]) -> list[str]:
    whole = f"between {entry.said(entry.low)} and {entry.said(entry.high)} of {entry.name}"
    verdicts = [known[value].verdict for value in sorted(known)]
    if all(verdict == NO_PLAN for verdict in verdicts):
        return [f"Neither with nor without {item} is there a plan {whole}."]
    sides = {verdict for verdict in verdicts if verdict in _PROVEN}
    if not sides:
        return [f"Whether {item} pays lies within the gaps everywhere {whole}."]
    if sides <= {ONLY_WITH, ONLY_WITHOUT}:
        which = "without" if ONLY_WITH in sides else "with"
        return [f"There is no plan {which} {item} {whole}: budgets and limits decide, and not what it costs."]
    word = "taken" if {TAKEN, ONLY_WITH} & sides else "left"
    sure = sum(1 for verdict in verdicts if verdict in sides)
    proof = "all values" if sure == len(verdicts) else f"{sure} of {len(verdicts)} values"
    return [f"No break-even {whole}: {item} is better {word}, proven at {proof} looked at."]


def _crossings(entry: VariedInput, known: Mapping[float, ProbedValue]) -> TableBlock:
    title, unit = entry.axis
    columns = (
        Column("value", f"Break-even: {title}", Form.NUMBER, unit),
        Column("value_low", "Found between", Form.NUMBER, unit),
        Column("value_high", "and this value", Form.NUMBER, unit),
        Column("value_proven_low", "Proven up to", Form.NUMBER, unit),
        Column("value_proven_high", "Proven from", Form.NUMBER, unit),
        Column("estimate", f"As {_LEVERS.get(entry.effect, 'value')}", Form.NUMBER, spare=5),
        Column("low", "from", Form.NUMBER, spare=6),
        Column("high", "to", Form.NUMBER, spare=6),
        Column("proven_low", "proven up to", Form.NUMBER, spare=7),
        Column("proven_high", "proven from", Form.NUMBER, spare=7),
        Column("below", "Below", width=18),
        Column("above", "Above", width=18),
    )
    records: list[dict[str, Cell]] = [
        {
            "value": entry.value(one.estimate),
            "value_low": entry.value(one.low),
            "value_high": entry.value(one.high),
            "value_proven_low": None if one.sure_low is None else entry.value(one.sure_low),
            "value_proven_high": None if one.sure_high is None else entry.value(one.sure_high),
            "estimate": one.estimate,
            "low": one.low,
            "high": one.high,
            "proven_low": one.sure_low,
            "proven_high": one.sure_high,
            "below": _side(one.below, TAKEN if one.pays_below else BARRED),
            "above": _side(one.above, TAKEN if one.pays_below != one.is_change else BARRED),
        }
        for one in crossings(known)
    ]
    note = (
        "The costs of the plans found cross between the first two values; bounds prove the answer only beyond the last "
        "two."
    )
    return TableBlock("breakeven", "Break-even", note, columns, rows_of(records, columns))


def _side(verdict: str, found: str) -> str:
    """What is better on a side by the plans found, but for what cannot be had at all."""
    return verdict if verdict in (ONLY_WITH, ONLY_WITHOUT) else found


def _evidence(entry: VariedInput, known: Mapping[float, ProbedValue]) -> TableBlock:
    columns = (
        Column("value", entry.axis[0], Form.NUMBER, entry.axis[1]),
        Column("lever", f"As {_LEVERS.get(entry.effect, 'value')}", Form.NUMBER, spare=3),
        Column("with_musd", "Cost with it", Form.MUSD, "USD million"),
        Column("with_bound_musd", "at least", Form.MUSD, "USD million"),
        Column("without_musd", "Cost without it", Form.MUSD, "USD million"),
        Column("without_bound_musd", "at least", Form.MUSD, "USD million"),
        Column("advantage_musd", "Taking it saves", Form.MUSD_CHANGE, "USD million"),
        Column("saves_least_musd", "proven at least", Form.MUSD_CHANGE, "USD million"),
        Column("saves_most_musd", "and at most", Form.MUSD_CHANGE, "USD million"),
        Column("verdict", "Proven", width=18),
    )
    records: list[dict[str, Cell]] = []
    for value in sorted(known):
        own = known[value]
        record: dict[str, Cell] = {"value": entry.value(value), "lever": value, "verdict": own.verdict}
        for name, side in (("with", own.with_it), ("without", own.without)):
            if has_plan(side):
                record[f"{name}_musd"] = cost_of(side)
            least = bracket_of(side)[0]
            record[f"{name}_bound_musd"] = least if math.isfinite(least) else None
        if own.advantage is not None and math.isfinite(own.advantage):
            record["advantage_musd"] = own.advantage
        for name, end in zip(("saves_least_musd", "saves_most_musd"), own.saves, strict=True):
            record[name] = end if math.isfinite(end) else None
        records.append(record)
    note = (
        "Both sides are re-planned at each value until it is proven which one costs less, or to the gap: a plan found "
        "before that may cost more than the least. A side that was decided by its bound alone has no plan: what taking "
        "it saves is then what is proven of it."
    )
    return TableBlock("evidence", "The evidence", note, columns, rows_of(records, columns))
