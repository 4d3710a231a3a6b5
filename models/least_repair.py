"""The least change of inputs of some kinds that makes a plan possible, and the proof that nothing less does.

First the least sum of changes is sought in a program in which inputs have slack (`models.input_slack`); what does not
enter linearly is tried value by value. What is found is rounded to values that people write, so that it suffices. Then
each change is proven to be needed: the case itself, with one change a step smaller and all others as they are, is
shown to have no plan. Every answer about a case is that of the program that a plan of it is made with.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.calendar import MONTHS_OF_YEAR
from models.case import Case
from models.input_slack import LeastChange, slack_code, slack_columns
from models.outcome import ModelError, SolveOptions, Status
from models.program import Floats, Program
from models.recourse import as_columns, values_of
from models.solvers.child import Engine
from models.uncertainty.scenario_tree import planned_model
from models.whatif.changeable_inputs import (
    PER_CENT,
    REMOVED,
    ChangeableInput,
    RepairKind,
    Value,
    changeable_inputs,
    with_inputs,
)
from models.whatif.shock import ShockError

SECONDS = 60.0
"""How long a single answer may take."""
_PART = 100.0
"""A change is rounded to about this part of it."""
_FINEST = 1e-5
"""Steps are not finer than this part of a value: the tolerance of a solver lies below."""
_MOST_DATES = 60
"""With more choices of dates only those of dates that are enough at their loosest are tried: each solves a program."""
_MOST_PAIRS = 400
"""With more pairs of dates none is tried."""
_MOST_ROUNDINGS = 4
"""Rounded values that do not suffice are moved by so many steps at most."""
_NOISE = 1e-6
"""What a number of steps may be off a whole number."""
_TOLERANCE = 1e-6
"""What a plan may be off a bound, relative to max(1, |bound|), and off a whole number, as plans are polished to."""
_MOST_RECENT = 8
"""So many plans are kept, one of which may fit the next case."""

Values = Mapping[ChangeableInput, Value]


@dataclass(frozen=True)
class InputChange:
    """One input with its new value, and the next smaller change, which is not enough.

    `is_proven` is true where it is proven that no plan exists with the smaller change and all others as they are.
    """

    input: ChangeableInput
    value: Value
    smaller: Value
    is_proven: bool


@dataclass(frozen=True)
class LeastRepair:
    """What was found for some kinds: `found`, `none` (it cannot), `open` (time was not enough) or `no inputs`.

    `size` is the sum of changes in the measure of the kind, `least` what is proven to be needed of it at least.
    `is_proven` is true where every answer behind `none` or behind the changes is a proof.
    """

    kinds: tuple[RepairKind, ...]
    status: str
    changes: tuple[InputChange, ...] = ()
    size: float = 0.0
    least: float | None = None
    is_proven: bool = True
    cases: int = 0
    """How many changed cases were asked about."""
    plan: Mapping[str, float] = field(default_factory=dict)
    """A plan of the repaired case, by the names of its columns, whatever it costs."""


@dataclass(eq=False)
class PlanExists:
    """Answers whether a case has a plan; counts how often it was asked."""

    case: Case
    engine: Engine
    base: bool = False
    count: int = 0
    unknown: int = 0
    _known: dict[frozenset[tuple[ChangeableInput, Value]], bool | None] = field(default_factory=dict)
    _recent: list[Mapping[str, float]] = field(default_factory=list)
    _plans: dict[frozenset[tuple[ChangeableInput, Value]], Mapping[str, float]] = field(default_factory=dict)

    def __call__(self, values: Values) -> bool | None:
        """Returns whether there is a plan with these values of inputs; None where time was not enough."""
        key = _key(values)
        if key not in self._known:
            self.count += 1
            self._known[key] = self._answer(key)
            self.unknown += self._known[key] is None
        return self._known[key]

    def learn(self, plan: Mapping[str, float]) -> None:
        """Takes a plan by the names of its columns: a case that it fits needs no solving."""
        self._recent = [plan, *self._recent[: _MOST_RECENT - 1]] if plan else self._recent

    def plan(self, values: Values) -> Mapping[str, float]:
        """Returns the plan that was found with these values, by the names of its columns."""
        return self._plans.get(_key(values), {})

    def _answer(self, key: frozenset[tuple[ChangeableInput, Value]]) -> bool | None:
        try:
            model = planned_model(with_inputs(self.case, dict(key)), base=self.base)
        except (ModelError, ShockError):
            return None
        program = model.program
        for plan in self._recent:
            if _fits(program, as_columns(program, plan)):
                self._plans[key] = plan
                return True
        any_plan = replace(program, objective=np.zeros_like(program.objective), constant=0.0)
        options = SolveOptions(gap=1.0, time_limit_s=SECONDS)
        found = self.engine.solve(any_plan, options, code=slack_code(self.engine.name))
        if found.solution is not None:
            self._plans[key] = values_of(model, found.solution)
            self.learn(self._plans[key])
            return True
        return False if found.status is Status.INFEASIBLE else None


def _fits(program: Program, values: Floats) -> bool:
    """Whether values meet every bound and row of a program, to the tolerance of solvers."""
    activity = program.row_activity(values)
    sides = (
        (program.column_lower, values), (values, program.column_upper),
        (program.row_lower, activity), (activity, program.row_upper),
    )  # fmt: skip
    whole = values[program.is_integer]
    return bool(np.abs(whole - np.round(whole)).max(initial=0.0) <= _TOLERANCE) and all(
        (low <= high + _TOLERANCE * np.maximum(1.0, np.minimum(np.abs(low), np.abs(high)))).all() for low, high in sides
    )


def _key(values: Values) -> frozenset[tuple[ChangeableInput, Value]]:
    return frozenset((one, value) for one, value in values.items() if value != one.now)


def least_repair(case: Case, kinds: Sequence[RepairKind], engine: Engine, *, base: bool = False) -> LeastRepair:
    """Returns the least change of inputs of some kinds that makes a plan of a case without one possible."""
    inputs = [one for one in changeable_inputs(case) if one.kind in kinds]
    kinds = tuple(kinds)
    if not {one.kind for one in inputs} >= set(kinds):
        return LeastRepair(kinds, "no inputs")
    exists, weights = PlanExists(case, engine, base), weights_of(case, kinds)
    start, least = _dates(inputs, exists) if kinds == (RepairKind.TIME,) else _amounts(inputs, exists, weights)
    if start is None:
        return LeastRepair(
            kinds, "open" if exists.unknown else "none", is_proven=not exists.unknown, cases=exists.count
        )
    changes = _tightened(start, exists)
    if changes is None:
        return LeastRepair(kinds, "open", is_proven=False, cases=exists.count)
    size = math.fsum(weights[one.input.kind] * one.input.counts(one.value) for one in changes)
    if len(inputs) == 1 and changes[0].is_proven:
        only = changes[0]
        # Of choices and whole numbers the next smaller is the next that there is.
        is_exact = only.input.choices or only.input.is_whole or only.value == REMOVED
        less = only.value if is_exact else only.smaller
        least = weights[only.input.kind] * only.input.counts(less)
    bound = None if least is None else min(least, size)
    is_proven = all(one.is_proven for one in changes)
    plan = exists.plan({change.input: change.value for change in changes})
    return LeastRepair(kinds, "found", changes, size, bound, is_proven, exists.count, plan)


def weights_of(case: Case, kinds: Sequence[RepairKind]) -> dict[RepairKind, float]:
    """Returns what the size of each kind counts: 1 where it is alone, else so that sizes are per cent.

    Of several kinds money counts in per cent of all budgets, power of all there is, and a year of time as 100 %.
    """
    whole = {
        RepairKind.MONEY: math.fsum(row.amount_musd or 0.0 for row in case.budgets),
        RepairKind.POWER: math.fsum(row.power_mw or 0.0 for row in case.sites),
        RepairKind.TIME: MONTHS_OF_YEAR,
    }
    return {kind: 1.0 if len(kinds) == 1 else PER_CENT / (whole.get(kind, PER_CENT) or PER_CENT) for kind in kinds}


def _dates(inputs: Sequence[ChangeableInput], exists: PlanExists) -> tuple[Values | None, float | None]:
    """The fewest dates, and of these the fewest months, with what is proven of the months.

    An earlier date does not always allow more, so every choice of one date is tried, the smallest change first.
    """
    everything = {one: one.loosest for one in inputs}
    are_all_enough = exists(everything)
    single = [(size, one, choice) for one in inputs for choice, size in zip(one.choices, one.sizes, strict=True)]
    is_short = len(single) <= _MOST_DATES
    if not is_short:
        able = {one for one in inputs if exists({one: one.loosest})}
        single = [entry for entry in single if entry[1] in able]
    single.sort(key=lambda entry: entry[0])
    tries = [(size, {one: choice}) for size, one, choice in single]
    pairs = [
        (size + more, {one: choice, other: second})
        for place, (size, one, choice) in enumerate(single)
        for more, other, second in single[place + 1 :]
        if other is not one
    ]
    if is_short and len(pairs) <= _MOST_PAIRS:
        tries += sorted(pairs, key=lambda entry: entry[0])
    for size, values in tries:
        if exists(values):
            return values, None if exists.unknown or not is_short else size
    return (_few(everything, {}, exists) if are_all_enough else None), None


def _few(values: Values, rest: Values, exists: PlanExists) -> dict[ChangeableInput, Value]:
    """Few of some values that are enough together with the rest, by halves (after Junker's QuickXplain, 2004)."""
    if exists(rest):
        return {}
    entries = list(values.items())
    if len(entries) == 1:
        return dict(entries)
    left, right = dict(entries[: len(entries) // 2]), dict(entries[len(entries) // 2 :])
    second = _few(right, {**rest, **left}, exists)
    return {**_few(left, {**rest, **second}, exists), **second}


def _enough_alone(inputs: Sequence[ChangeableInput], exists: PlanExists) -> list[ChangeableInput]:
    """The inputs whose loosest value is enough; where some together are not, none of them is."""
    if not inputs or not exists({one: one.loosest for one in inputs}):
        return []
    if len(inputs) == 1:
        return list(inputs)
    half = len(inputs) // 2
    return _enough_alone(inputs[:half], exists) + _enough_alone(inputs[half:], exists)


def _amounts(
    inputs: Sequence[ChangeableInput], exists: PlanExists, weights: Mapping[RepairKind, float]
) -> tuple[Values | None, float | None]:
    """The least sum of changes that was found, with what is proven to be needed."""
    loosest: dict[ChangeableInput, Value] = {one: one.loosest for one in inputs}
    if not exists(loosest):
        return None, None

    def size(values: Values) -> float:
        return math.fsum(weights[one.kind] * one.counts(value) for one, value in values.items())

    def least_change(given: Values) -> LeastChange:
        columns = slack_columns(with_inputs(exists.case, given), linear, base=exists.base)
        found = columns.least_change(weights, exists.engine, SECONDS)
        exists.learn(found.plan)
        return found

    linear = slack_columns(exists.case, inputs, base=exists.base).inputs
    others: dict[ChangeableInput, Value] = {one: one.loosest for one in inputs if one not in linear}
    alone = least_change({})
    found: list[Values] = [] if alone.values is None else [alone.values]
    found += [{one: _nearest(one, {}, exists)} for one in _enough_alone(list(others), exists)]
    if not found:
        wide: dict[ChangeableInput, Value] = {one: one.loosest for one in linear}
        others = _few(others, wide, exists)
        for one in tuple(others):
            rest = {other: value for other, value in others.items() if other is not one}
            others[one] = _nearest(one, {**wide, **rest}, exists)
        narrow = least_change(others).values
        found = [{**others, **(wide if narrow is None else narrow)}]
    if len(linear) == len(inputs):
        return min(found, key=size), alone.least
    # At their loosest the others ask nothing, so that no repair needs less of the rest; of dates that is not certain.
    is_bound = not any(one.kind is RepairKind.TIME for one in inputs)
    needed = least_change({one: one.loosest for one in inputs if one not in linear}).least
    return min(found, key=size), needed if is_bound else None


def _nearest(one: ChangeableInput, rest: Values, exists: PlanExists) -> Value:
    """The value nearest to that of today with which, and some others, there is a plan; the loosest is enough."""
    for choice in one.choices:
        if exists({**rest, one: choice}):
            return choice
    farthest = one.farthest
    if farthest is None or one.choices or (one.loosest == REMOVED and not exists({**rest, one: farthest})):
        return one.loosest
    most = abs(farthest - one.number)

    def value(change: float) -> float:
        return one.number + one.sign * min(round(change) if one.is_whole else change, most)

    few, many = 0.0, 1.0 if one.is_whole else one.scale / 64.0
    while many < most and not exists({**rest, one: value(many)}):
        few, many = many, 4.0 * many
    many = min(many, most)
    while many - few > (1.0 if one.is_whole else many / (2.0 * _PART)):
        middle = (few + many) / 2.0
        middle = math.floor(middle) if one.is_whole else middle
        few, many = (few, middle) if exists({**rest, one: value(middle)}) else (middle, many)
    return value(many)


def _tightened(start: Values, exists: PlanExists) -> tuple[InputChange, ...] | None:
    """Changes in values that people write, none of which can be smaller; None where that is not enough for a plan."""
    steps = {one: _step(one, value) for one, value in start.items()}
    values = {one: _rounded(one, value, steps[one]) for one, value in start.items()}
    for _ in range(_MOST_ROUNDINGS):
        if exists(values):
            break
        # A solver's tolerance may stand behind what was found: a step more.
        values = {one: _moved(one, value, steps[one], 1) for one, value in values.items()}
    else:
        return None
    while True:
        before = dict(values)
        found = []
        for one in sorted(values, key=lambda one: -one.counts(values[one])):
            found.append(_smallest(one, values, steps[one], exists))
            values[one] = found[-1].value
        values = {change.input: change.value for change in found if change.value != change.input.now}
        # The looser an input is the more it allows, so once through is enough; but for dates, and parts of lots.
        if values == before or not any(one.choices for one in before):
            kept = (change for change in found if change.input in values)
            return tuple(sorted(kept, key=lambda change: (change.input.table, change.input.row)))


def _smallest(one: ChangeableInput, values: Values, step: float, exists: PlanExists) -> InputChange:
    """The smallest change of one of some values that are enough together, with the next smaller one."""

    def is_enough(other: Value) -> bool | None:
        return exists({**values, one: other})

    value = values[one]
    if one.choices:
        tried: list[tuple[Value, bool | None]] = []
        for choice in (one.now, *one.choices):
            if choice == value or (answer := is_enough(choice)):
                break
            tried.append((choice, answer))
        if choice == one.now:
            return InputChange(one, one.now, one.now, is_proven=True)
        return InputChange(one, choice, tried[-1][0], all(answer is False for _, answer in tried))
    if not isinstance(value, int | float):
        farthest = one.farthest
        return InputChange(one, value, farthest, farthest is not None and is_enough(farthest) is False)
    few, many = 1, max(1, math.ceil(abs(value - one.number) / step - _NOISE))
    answer = is_enough(_moved(one, value, step, -1))
    if answer and is_enough(one.now):
        return InputChange(one, one.now, one.now, is_proven=True)
    if answer:
        # It may be smaller by `few` steps, and not by `many`, which is what it is today.
        while many - few > 1:
            middle = (few + many) // 2
            few, many = (middle, many) if is_enough(_moved(one, value, step, -middle)) else (few, middle)
        value = _moved(one, value, step, -few)
        answer = is_enough(_moved(one, value, step, -1))
    return InputChange(one, value, _moved(one, value, step, -1), answer is False)


def _step(one: ChangeableInput, value: Value) -> float:
    """The power of ten to whose multiples a value is rounded: about a hundredth of its change."""
    if one.is_whole or one.choices or not isinstance(value, int | float):
        return 1.0
    change, largest = abs(value - one.number), max(abs(value), abs(one.number))
    coarse = math.floor(math.log10(change / _PART)) if change > 0 else -math.inf
    fine = math.ceil(math.log10(_FINEST * largest)) if largest > 0 else 0
    return 10.0 ** max(coarse, fine)


def _rounded(one: ChangeableInput, value: Value, step: float) -> Value:
    """The next multiple of a step that asks no more than a value."""
    if one.choices or not isinstance(value, int | float):
        return value
    count = value / step
    return _within(one, (math.ceil(count - _NOISE) if one.sign > 0 else math.floor(count + _NOISE)) * step, step)


def _moved(one: ChangeableInput, value: Value, step: float, steps: int) -> Value:
    """A value that asks less by so many steps, or more where there are fewer than none; not beyond that of today."""
    if one.choices or not isinstance(value, int | float):
        return value
    moved = _within(one, value + one.sign * steps * step, step)
    return one.number if one.sign * (moved - one.number) < 0 else moved


def _within(one: ChangeableInput, value: float, step: float) -> float:
    """A multiple of a step without noise, within what the input may be."""
    exact = round(value, max(0, -math.floor(math.log10(step) + _NOISE)))
    farthest = one.farthest
    return exact if farthest is None else min(exact, farthest) if one.sign > 0 else max(exact, farthest)
