"""Scenarios made from the table `uncertain`: draws that branch at each reveal, or every combination of ends by reveal.

A value holds from its reveal on, until the next reveal at which the same input is drawn again; before the first reveal
the tables hold. Inputs of one group move together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from models.case import Case
from models.program import Floats
from models.tables.strategy_rows import Scenario, ScenarioValue, Uncertain
from models.whatif.sampling import Method, dimensions, ends, middle, shares_of, values_of
from models.whatif.shock import ShockError, calendar_of, meant, month_of

ENDS = ("low", "mid", "high")
"""What a lattice is made of: the ends of an input and its median."""
MOST_SCENARIOS = 2_000
_LONGEST_NAME = 64
_DIGITS = 6
"""Significant digits of a drawn value."""


@dataclass(frozen=True)
class Reveal:
    """A label from which inputs are known, and their names or groups in `uncertain`; none for all of the table."""

    label: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draw:
    """One value of an uncertain input that holds in a branch from a label on; `share` is its quantile, from 0 to 1."""

    branch: str
    label: str
    name: str
    share: float | None
    value: float


@dataclass(frozen=True)
class GeneratedScenarios:
    """Scenarios with their values, and each draw behind them once."""

    scenarios: tuple[Scenario, ...]
    values: tuple[ScenarioValue, ...]
    draws: tuple[Draw, ...]


@dataclass(frozen=True)
class _Stage:
    """The inputs that become known at a label, and what is drawn independently of them."""

    label: str
    rows: tuple[Uncertain, ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        return dimensions(self.rows)[0]


@dataclass(frozen=True)
class _Branch:
    """What becomes known at one reveal: the name of the branch so far, in words, and a value of each row."""

    name: str
    words: str
    draws: tuple[Draw, ...]


def inputs_at(case: Case, reveal: Reveal) -> tuple[Uncertain, ...]:
    """Returns the rows of `uncertain` that a reveal names, in the order of their names.

    Raises:
        ShockError: the table is empty, or has no input or group of a name.
    """
    if not case.uncertain:
        msg = "the case has no table `uncertain`, so that there is nothing to draw. Fill it in."
        raise ShockError(msg)
    known = dict.fromkeys(name for row in case.uncertain for name in (row.group, row.name) if name)
    for name in reveal.names:
        if name not in known:
            msg = f"'{name}' is no input or group of `uncertain`. {meant(name, known)}"
            raise ShockError(msg)
    chosen = [row for row in case.uncertain if not reveal.names or {row.name, row.group} & set(reveal.names)]
    return tuple(sorted(chosen, key=lambda row: row.name))


def sampled(case: Case, count: int, reveals: Sequence[Reveal], seed: int) -> GeneratedScenarios:
    """Returns `count` equally likely scenarios of random values, which branch as evenly as they can at each reveal.

    With one reveal every scenario is drawn by itself; with two, about √count branches are drawn at the first, and the
    scenarios of each at the second, independently. The branches that follow a node are a Latin hypercube. The same
    seed gives an input the same values, whatever the order of the rows and whatever else is drawn.

    Raises:
        ShockError: the count is below 1 or too large, a label is outside the plan or out of order, or as `inputs_at`.
    """
    _require_count(count)
    stages = _stages(case, reveals)
    paths = _paths(count, len(stages))
    widths = [max(len(str(path[at])) for path in paths) for at in range(len(stages))]
    branches: dict[tuple[int, ...], _Branch] = {}
    for at, stage in enumerate(stages):
        for parent in dict.fromkeys(path[:at] for path in paths):
            children = list(dict.fromkeys(path[: at + 1] for path in paths if path[:at] == parent))
            shares = _shares(stage, len(children), (seed, *parent))
            values = values_of(stage.rows, shares)
            for child, own, drawn in zip(children, shares, values, strict=True):
                name = "-".join(f"{number:0{width}}" for number, width in zip(child, widths, strict=False))
                branches[child] = _drawn(stage, name, own, drawn)
    made = [[branches[path[: at + 1]] for at in range(len(stages))] for path in paths]
    return _generated(stages, made, [f"draw {branch[-1].name}" for branch in made], f"drawn with seed {seed}")


def lattice(case: Case, levels: Sequence[str], reveals: Sequence[Reveal]) -> GeneratedScenarios:
    """Returns every combination of some of the levels `low`, `mid` and `high` of the inputs of each reveal.

    All are equally likely. Inputs of one group are at the same level. Raises ShockError as `sampled`, and for levels
    that are unknown or named twice.
    """
    for level in levels:
        if level not in ENDS:
            msg = f"'{level}' is not an end of an input. Use {', '.join(ENDS)}."
            raise ShockError(msg)
    if len(set(levels)) != len(levels) or len(levels) < 2:
        msg = f"a lattice needs different ends, at least two of {', '.join(ENDS)}. Name each once."
        raise ShockError(msg)
    stages = _stages(case, reveals)
    _require_count(len(levels) ** sum(len(stage.dimensions) for stage in stages))
    choices = [
        [_at_levels(stage, chosen) for chosen in product(levels, repeat=len(stage.dimensions))] for stage in stages
    ]
    made = [list(combination) for combination in product(*choices)]
    names = [", ".join(branch.words for branch in branches) for branches in made]
    if max(map(len, names)) > _LONGEST_NAME:
        names = [" ".join(branch.name for branch in branches) for branches in made]
    return _generated(stages, made, names, "a combination of ends")


def _require_count(count: int) -> None:
    if count < 1:
        msg = f"{count} is not a number of scenarios to make. Use at least 1."
        raise ShockError(msg)
    if count > MOST_SCENARIOS:
        msg = f"{count:,} scenarios are more than {MOST_SCENARIOS:,}. Name fewer inputs or ends, or a smaller number."
        raise ShockError(msg)


def _stages(case: Case, reveals: Sequence[Reveal]) -> list[_Stage]:
    """Returns what becomes known at each reveal; raises ShockError as `sampled`."""
    calendar = calendar_of(case.settings)
    if not reveals:
        msg = "it is not stated when the draws become known. Name a label, such as --reveal 2028."
        raise ShockError(msg)
    before = 0
    for reveal in reveals:
        month_of(reveal.label, "a reveal")
        period = calendar.period_at(reveal.label)
        if period <= before or period >= calendar.count:
            first, last = calendar.labels[min(before + 1, calendar.count - 1)], calendar.labels[-1]
            where = f"is not between {first} and {last}, or not in order"
            msg = f"the reveal {reveal.label} {where}. Name labels in order, after the first period."
            raise ShockError(msg)
        before = period
    return [_Stage(reveal.label, inputs_at(case, reveal)) for reveal in reveals]


def _paths(count: int, stages: int) -> list[tuple[int, ...]]:
    """Returns the branch that each scenario takes at each reveal, counted from 1.

    >>> _paths(3, 1), _paths(5, 2)
    ([(1,), (2,), (3,)], [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)])
    """
    if not stages:
        return [()]
    width = max(1, round(count ** (1 / stages)))
    shares = [count // width + (child < count % width) for child in range(width)]
    return [(child, *rest) for child, own in enumerate(shares, start=1) for rest in _paths(own, stages - 1)]


def _shares(stage: _Stage, count: int, seed: Sequence[int]) -> Floats:
    """Returns quantiles by (branch, dimension), each dimension from a stream of its own."""
    columns = [
        shares_of(1, count, [*seed, *_key(f"{stage.label} {name}")], Method.LATIN_HYPERCUBE)
        for name in stage.dimensions
    ]
    return np.concatenate(columns, axis=1)


def _key(text: str) -> list[int]:
    """Returns numbers that stand for a text, the same on every machine."""
    digest = hashlib.sha256(text.encode()).digest()
    return [int.from_bytes(digest[at : at + 4], "big") for at in (0, 4)]


def _drawn(stage: _Stage, name: str, shares: Floats, values: Floats) -> _Branch:
    _, place = dimensions(stage.rows)
    draws = tuple(
        Draw(name, stage.label, row.name, float(shares[at]), _rounded(row, float(value)))
        for row, at, value in zip(stage.rows, place, values, strict=True)
    )
    parts = (f"{dimension} {100 * share:.0f} %" for dimension, share in zip(stage.dimensions, shares, strict=True))
    return _Branch(name, f"{stage.label} {', '.join(parts)}", draws)


def _at_levels(stage: _Stage, levels: Sequence[str]) -> _Branch:
    _, place = dimensions(stage.rows)
    name = f"{stage.label} {''.join(level[0].upper() for level in levels)}"
    parts = (f"{dimension} {level}" for dimension, level in zip(stage.dimensions, levels, strict=True))
    words = f"{stage.label} {', '.join(parts)}"
    draws = tuple(
        Draw(words, stage.label, row.name, None, _at_level(row, levels[at]))
        for row, at in zip(stage.rows, place, strict=True)
    )
    return _Branch(name, words, draws)


def _at_level(row: Uncertain, level: str) -> float:
    low, high = ends(row)
    return _rounded(row, {"low": low, "mid": middle(row), "high": high}[level])


def _rounded(row: Uncertain, value: float) -> float:
    """Returns a value with as many digits as people read, within the ends of its input."""
    short = float(f"{value:.{_DIGITS}g}")
    low = short if row.low is None else max(short, row.low)
    return low if row.high is None else min(low, row.high)


def _generated(
    stages: Sequence[_Stage], made: Sequence[Sequence[_Branch]], names: Sequence[str], origin: str
) -> GeneratedScenarios:
    """Returns scenarios as rows of the tables; `made` holds the branches of each from its first reveal on."""
    rows = {row.name: row for stage in stages for row in stage.rows}
    scenarios = tuple(
        Scenario(
            scenario=name,
            probability=1.0 / len(made),
            revealed=stages[0].label,
            source="uncertain",
            note=f"{origin}: {'; '.join(branch.words for branch in branches)}",
        )
        for name, branches in zip(names, made, strict=True)
    )
    values = tuple(
        value
        for name, branches in zip(names, made, strict=True)
        for branch in branches
        for value in _values(name, branch, rows)
    )
    draws = dict.fromkeys(draw for branches in made for branch in branches for draw in branch.draws)
    return GeneratedScenarios(scenarios, values, tuple(draws))


def _values(scenario: str, branch: _Branch, rows: Mapping[str, Uncertain]) -> Iterator[ScenarioValue]:
    for draw in branch.draws:
        row = rows[draw.name]
        yield ScenarioValue(
            scenario=scenario, table=row.table, key=row.key or "*", column=row.column, period=draw.label,
            effect=row.effect, value=draw.value, known_from=draw.label, source=f"uncertain: {row.name}",
        )  # fmt: skip
