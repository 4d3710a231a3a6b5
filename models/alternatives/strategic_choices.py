"""The strategic decisions of a plan, and programs in which other ones must be made: exclusion by rows.

A plan is described by what it takes on each path, and when: tape-outs by their route, acquisitions and agreements from
the period in which they are signed, and the sites that are expanded, from the first module there. Two plans decide an
item otherwise on a path

- if one of them takes it there and the other does not (a tape-out by another route is another item), or
- if both take it and the dates of a tape-out, acquisition or agreement lie more than `months` apart.

    excluded          Σ_i different[i] ≥ 1                                        on one path
    different[i]      = 1 − Σ_{v: |t(v) − t_i| within months} take[i,v]           where the excluded plan takes i at t_i
                      = Σ_v take[i,v]                                             where it does not
    of a site         = none[s] where the excluded plan expands it, 1 − none[s] where it does not
    nothing_built     Σ_{e at s} Σ_v build[e,v] + most_s · none[s] ≤ most_s,  Σ_{e at s} Σ_v build[e,v] + none[s] ≥ 1

On a tree an item counts as decided otherwise where that is so on paths of a probability of at least
`LEAST_PROBABILITY` together:

    decided_otherwise Σ_p π_p · different[i,p] ≥ LEAST_PROBABILITY · counts[i],   Σ_i counts[i] ≥ 1

Each row is exact: it excludes the plans that decide alike, and no others.

| symbol | kind | unit | meaning |
|---|---|---|---|
| take[i,v] | variable | 0 or 1 | item i is started, signed or agreed at node v |
| none[s] | variable | 0 or 1 | no module of an expansion at site s is ordered on a path |
| counts[i] | variable | 0 or 1 | item i is decided otherwise than in the excluded plan |
| π_p | parameter | | probability of path p |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.build import Model
from models.calendar import Calendar
from models.program import Floats, Ints, Program, with_columns, with_rows

LEAST_PROBABILITY = 0.25
"""On a tree, decisions differ where they do so with at least this probability: less is a detail of few scenarios."""
_EVENTS = ("start", "close", "sign")
MODULES = "build"
ONE_PATH = ""
"""What stands for the path of a plan for one future."""
_HALF = 0.5
_ROUNDING = 1e-9

Choices = Mapping[str, Mapping[str, str]]
"""By path (the name of its scenario): by item (`start:PROGRAMME/ROUTE`, `close:ACQUISITION`, `sign:AGREEMENT`,
`build:SITE`) the label of the period in which it is taken, of a site that of its first module. What is not taken is not
named."""


def choices_of(model: Model, solution: Floats) -> dict[str, dict[str, str]]:
    """Returns the strategic decisions of a plan by path."""
    labels = model.frame.calendar.labels
    found: dict[str, dict[str, str]] = {}
    for name, path in _paths(model):
        own = found.setdefault(name, {})
        for item, columns in _items(model):
            taken = [node for node in path if any(solution[at] > _HALF for at in _columns(columns, [node]))]
            if taken:
                own[item] = labels[int(model.frame.tree.period[taken[0]])]
    return found


def otherwise(
    plan: Choices, other: Choices, probability: Mapping[str, float], calendar: Calendar, months: int | None
) -> list[str]:
    """Returns the items that two plans decide otherwise; `probability` is that of each path."""
    chance: dict[str, float] = {}
    for name, weight in probability.items():
        one, two = plan[name], other[name]
        for item in one.keys() | two.keys():
            is_both = item in one and item in two
            apart = abs(calendar.period_at(one[item]) - calendar.period_at(two[item])) if is_both else 0
            is_late = months is not None and not item.startswith(MODULES) and apart * calendar.months > months
            if not is_both or is_late:
                chance[item] = chance.get(item, 0.0) + weight
    return sorted(item for item, weight in chance.items() if weight >= LEAST_PROBABILITY - _ROUNDING)


def excluding(model: Model, plans: Sequence[Choices], months: int | None) -> Program:
    """Returns the program of a model in which no plan decides like one of `plans`.

    With `months`, dates of tape-outs, acquisitions and agreements that lie further apart count as well. What is added
    stands behind the program's own columns and rows.
    """
    model = model.searched
    program = model.program
    if not plans:
        return program
    paths = _paths(model)
    rows = _Rows()
    none = _nothing_built(model, rows)
    program = _with_indicators(program, len(none))
    for plan in plans:
        differences = list(_differences(model, plan, none, months))
        if len(paths) == 1:
            known = sum(one.constant for one in differences)
            rows.add([term for one in differences for term in one.terms], 1.0 - known)
            continue
        counted = []
        for item in dict.fromkeys(one.item for one in differences):
            column = program.column_count
            program = _with_indicators(program, 1)
            counted.append((column, 1.0))
            own = [one for one in differences if one.item == item]
            terms = [(at, one.weight * coefficient) for one in own for at, coefficient in one.terms]
            known = sum(one.weight * one.constant for one in own)
            rows.add([*terms, (column, -LEAST_PROBABILITY)], -known - _ROUNDING)
        rows.add(counted, 1.0)
    return rows.of(program)


@dataclass(frozen=True)
class _ItemDifference:
    """Whether an item is decided otherwise on a path: 0, or at least 1; `weight` is the probability of the path."""

    item: str
    weight: float
    terms: tuple[tuple[int, float], ...]
    constant: float


class _Rows:
    """Rows with lower bounds, coefficient by coefficient."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, float]] = []
        self._lower: list[float] = []

    def add(self, terms: Sequence[tuple[int, float]], lower: float) -> None:
        """Adds Σ terms ≥ lower."""
        self._entries += [(len(self._lower), *term) for term in terms]
        self._lower.append(lower)

    def of(self, program: Program) -> Program:
        """Returns a program with these rows."""
        rows, columns = (np.array([entry[place] for entry in self._entries], dtype=np.int64) for place in (0, 1))
        values, lower = np.array([value for _, _, value in self._entries]), np.array(self._lower)
        return with_rows(program, "excluded", (rows, columns, values), lower, np.full(len(lower), np.inf))


def _with_indicators(program: Program, count: int) -> Program:
    nothing = np.empty(0, dtype=np.int64)
    return with_columns(program, nothing, nothing, np.empty(0), count=count, upper=1.0, integer=True)


def _paths(model: Model) -> list[tuple[str, Ints]]:
    """The name and the nodes of each path."""
    frame = model.frame
    if frame.tree.is_line:
        return [(ONE_PATH, path) for path in frame.tree.paths()]
    return [(frame.called[int(frame.tree.future[path[-1]])], path) for path in frame.tree.paths()]


def _items(model: Model) -> list[tuple[str, Ints]]:
    """The items with their columns by (row, node): a route, acquisition or agreement, or the expansions of a site."""
    found = []
    for block in _EVENTS:
        stated = model.builder.blocks[block]
        found += [(f"{block}:{label}", stated.column[[item]]) for item, label in enumerate(stated.axes[0].labels)]
    builds, at = model.builder.blocks[MODULES].column, [row.site for row in model.frame.case.expansions]
    for site in dict.fromkeys(at):
        found.append((f"{MODULES}:{site}", builds[[place for place, other in enumerate(at) if other == site]]))
    return found


def _nothing_built(model: Model, rows: _Rows) -> dict[tuple[str, str], int]:
    """By path and site, the column that is 1 where no module is ordered there, stated in rows."""
    program = model.program
    found: dict[tuple[str, str], int] = {}
    for name, path in _paths(model):
        for item, columns in _items(model):
            own = _columns(columns, path)
            if not item.startswith(MODULES) or not len(own):
                continue
            none = found[name, item] = program.column_count + len(found)
            most = sum(float(program.column_upper[_columns(row[None, :], path)].max(initial=0.0)) for row in columns)
            rows.add([*((int(at), -1.0) for at in own), (none, -max(most, 1.0))], -max(most, 1.0))
            rows.add([*((int(at), 1.0) for at in own), (none, 1.0)], 1.0)
    return found


def _differences(
    model: Model, plan: Choices, none: Mapping[tuple[str, str], int], months: int | None
) -> Iterator[_ItemDifference]:
    for name, path in _paths(model):
        weight = float(model.frame.tree.probability[path[-1]])
        for item, columns in _items(model):
            own, when = _columns(columns, path), plan[name].get(item)
            if not len(own):
                continue
            if item.startswith(MODULES):
                sign, known = (1.0, 0.0) if when is not None else (-1.0, 1.0)
                yield _ItemDifference(item, weight, ((none[name, item], sign),), known)
            elif when is None:
                yield _ItemDifference(item, weight, tuple((int(at), 1.0) for at in own), 0.0)
            else:
                near = [node for node in path if _is_near(model, int(node), when, months)]
                yield _ItemDifference(item, weight, tuple((int(at), -1.0) for at in _columns(columns, near)), 1.0)


def _is_near(model: Model, node: int, when: str, months: int | None) -> bool:
    calendar = model.frame.calendar
    apart = abs(int(model.frame.tree.period[node]) - calendar.period_at(when))
    return months is None or apart * calendar.months <= months


def _columns(columns: Ints, nodes: Sequence[int] | Ints) -> Ints:
    own = columns[:, np.asarray(nodes, dtype=np.int64)]
    return np.asarray(own[own >= 0])


__all__ = ["LEAST_PROBABILITY", "MODULES", "ONE_PATH", "Choices", "choices_of", "excluding", "otherwise"]
