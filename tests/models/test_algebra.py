"""The algebra against an evaluator of dictionaries, on random small expressions, and its refusals."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pytest

from models.algebra import Axis, Expr, Param, Relation, gather, total
from models.builder import Builder
from models.outcome import ModelError

SEEDS = range(120)


class Naive:
    """An expression as a dictionary: label by axis name → ({column: coefficient}, constant)."""

    def __init__(self, axes, cells):
        self.axes = tuple(axes)
        self.cells = cells

    @staticmethod
    def keys(axes):
        return list(product(*(range(len(axis)) for axis in axes)))

    def like(self, axes, cell_of):
        return Naive(axes, {key: cell_of(dict(zip(axes, key, strict=True))) for key in self.keys(axes)})

    def at(self, place):
        return self.cells[tuple(place[axis] for axis in self.axes)]

    def scaled(self, factor):
        """`factor` is a function of the place."""

        def cell(place):
            terms, constant = self.at(place)
            size = factor(place)
            return {column: value * size for column, value in terms.items()}, constant * size

        return self.like(self.axes, cell)

    def plus(self, other):
        return self.like(self.axes, lambda place: merged([self.at(place), other.at(place)]))

    def summed(self, gone):
        kept = tuple(axis for axis in self.axes if axis not in gone)
        inner = self.keys(gone)

        def cell(place):
            return merged([self.at({**place, **dict(zip(gone, key, strict=True))}) for key in inner])

        return self.like(kept, cell)

    def through(self, relation, pairs):
        """`pairs` are (source key, target key, weight) with keys over the relation's axes in their order."""
        rest = tuple(axis for axis in self.axes if axis not in relation.source)
        before = self.axes[: min(self.axes.index(axis) for axis in relation.source)]
        first = tuple(axis for axis in before if axis in rest)
        axes = (*first, *relation.target, *(axis for axis in rest if axis not in first))

        def cell(place):
            found = []
            for source, target, weight in pairs:
                if all(place[axis] == at for axis, at in zip(relation.target, target, strict=True)):
                    old = {axis: place[axis] for axis in rest}
                    old.update(zip(relation.source, source, strict=True))
                    terms, constant = self.at(old)
                    found.append(({c: v * weight for c, v in terms.items()}, constant * weight))
            return merged(found)

        return self.like(axes, cell)

    def spread(self, axis, at):
        axes = list(self.axes)
        axes.insert(at, axis)
        return self.like(tuple(axes), lambda place: self.at({a: place[a] for a in self.axes}))


def merged(cells):
    terms, constant = {}, 0.0
    for some, number in cells:
        constant += number
        for column, value in some.items():
            terms[column] = terms.get(column, 0.0) + value
    return terms, constant


def assert_same(expr, naive):
    assert [axis.name for axis in expr.axes] == [axis.name for axis in naive.axes]
    assert all(one is other for one, other in zip(expr.axes, naive.axes, strict=True))
    found = {key: {} for key in Naive.keys(expr.axes)}
    order = Naive.keys(expr.axes)
    for row, column, value in zip(expr.rows, expr.columns, expr.coefs, strict=True):
        cell = found[order[row]]
        cell[int(column)] = cell.get(int(column), 0.0) + float(value)
    constant = np.zeros(len(order)) if expr.constant is None else expr.constant
    for i, key in enumerate(order):
        terms, number = naive.cells[key]
        for column in terms.keys() | found[key].keys():
            assert found[key].get(column, 0.0) == pytest.approx(terms.get(column, 0.0), abs=1e-12)
        assert constant[i] == pytest.approx(number, abs=1e-12)


def axes_of(rng):
    names = ("red", "green", "blue")
    return tuple(Axis(name, tuple(f"{name}{i}" for i in range(rng.integers(1, 4)))) for name in names)


def start(rng, axes):
    """A random expression over some axes in random order, with repeated terms and perhaps constants."""
    chosen = tuple(axes[i] for i in rng.permutation(len(axes))[: rng.integers(1, len(axes) + 1)])
    size = prod(len(axis) for axis in chosen)
    count = int(rng.integers(0, 12))
    rows, columns = rng.integers(0, size, count), rng.integers(0, 6, count)
    coefs = rng.normal(size=count)
    constant = rng.normal(size=size) if rng.random() < 0.6 else None
    cells = {key: ({}, 0.0 if constant is None else float(constant[i])) for i, key in enumerate(Naive.keys(chosen))}
    order = Naive.keys(chosen)
    for row, column, value in zip(rows, columns, coefs, strict=True):
        terms, number = cells[order[row]]
        cells[order[row]] = ({**terms, int(column): terms.get(int(column), 0.0) + float(value)}, number)
    return Expr(chosen, rows, columns, coefs, constant), Naive(chosen, cells)


def param(rng, axes):
    """A random parameter over some of the axes in random order, and the same as a function of the place."""
    chosen = tuple(axes[i] for i in rng.permutation(len(axes))[: rng.integers(0, len(axes) + 1)])
    values = rng.normal(size=tuple(len(axis) for axis in chosen)).round(1)
    return Param(chosen, values), lambda place: float(values[tuple(place[axis] for axis in chosen)])


def relation(rng, axes):
    """A random relation from one or two of the axes to one or two new ones, as arrays and as pairs of keys."""
    source = tuple(axes[i] for i in rng.permutation(len(axes))[: rng.integers(1, min(2, len(axes)) + 1)])
    target = tuple(Axis(f"new{i}", tuple("abc"[: rng.integers(1, 4)])) for i in range(rng.integers(1, 3)))
    sources, targets = Naive.keys(source), Naive.keys(target)
    count = int(rng.integers(0, 9))
    one, other = rng.integers(0, len(sources), count), rng.integers(0, len(targets), count)
    weights = rng.normal(size=count)
    pairs = [(sources[a], targets[b], float(w)) for a, b, w in zip(one, other, weights, strict=True)]
    return Relation.of(source, target, (one, other), weights), pairs


def step(rng, expr, naive, number):
    """One random operation on both forms."""
    kind = rng.choice(["scale", "weigh", "add", "subtract", "shift", "sum", "turn", "mask", "through", "spread"])
    if kind == "scale":
        factor = float(rng.normal())
        return expr * factor, naive.scaled(lambda _: factor)
    if kind == "weigh":
        weights, of = param(rng, expr.axes)
        return weights_first(expr, weights, rng), naive.scaled(of)
    if kind in {"add", "subtract"}:
        sign = 1.0 if kind == "add" else -1.0
        turned = tuple(expr.axes[i] for i in rng.permutation(len(expr.axes)))
        other = (expr * 0.5).on(turned)
        return (expr + other if sign > 0 else expr - other), naive.plus(naive.scaled(lambda _: 0.5 * sign))
    if kind == "shift":
        known, of = param(rng, expr.axes)
        given = naive.like(naive.axes, lambda place: ({}, -of(place)))
        return expr - known, naive.plus(given)
    if kind == "mask":
        chance, of = param(rng, expr.axes)
        mask = Param(chance.axes, (chance.values > 0).astype(float))
        return expr.where(mask), naive.scaled(lambda place: float(of(place) > 0))
    return moved(rng, expr, naive, (kind, number))


def moved(rng, expr, naive, what):
    """One random change of axes on both forms."""
    kind, number = what
    if kind == "spread":
        axis, at = Axis(f"extra{number}", ("p", "q")), int(rng.integers(0, len(expr.axes) + 1))
        return expr.spread(axis, at=at), naive.spread(axis, at)
    if not expr.axes:
        return expr, naive
    if kind == "sum":
        gone = tuple(expr.axes[i] for i in rng.permutation(len(expr.axes))[: rng.integers(1, len(expr.axes) + 1)])
        return expr.sum(*gone), naive.summed(gone)
    if kind == "through":
        way, pairs = relation(rng, expr.axes)
        return expr.through(way), naive.through(way, pairs)
    turned = tuple(expr.axes[i] for i in rng.permutation(len(expr.axes)))
    return expr.on(turned), naive.like(turned, naive.at)


def weights_first(expr, weights, rng):
    return expr * weights if rng.random() < 0.5 else weights_times(weights, expr)


def weights_times(weights, expr):
    return expr.__rmul__(weights)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_expressions_agree_with_the_evaluator_of_dictionaries(seed):
    rng = np.random.default_rng(seed)
    expr, naive = start(rng, axes_of(rng))
    assert_same(expr, naive)
    for number in range(6):
        expr, naive = step(rng, expr, naive, number)
        assert_same(expr, naive)


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_values_at_a_solution_agree_with_the_evaluator_of_dictionaries(seed):
    rng = np.random.default_rng(1000 + seed)
    expr, naive = start(rng, axes_of(rng))
    for number in range(3):
        expr, naive = step(rng, expr, naive, number)
    solution = rng.normal(size=6)
    found = expr.value(solution)
    assert found.shape == tuple(len(axis) for axis in expr.axes)
    for key, (terms, constant) in naive.cells.items():
        assert found[key] == pytest.approx(constant + sum(v * solution[c] for c, v in terms.items()), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS[:60])
def test_rows_of_random_requirements_hold_exactly_where_the_evaluator_says(seed):
    rng = np.random.default_rng(2000 + seed)
    axes = axes_of(rng)
    builder = Builder()
    six = Axis("column", tuple("uvwxyz"))
    builder.block("x", (six,))
    expr, naive = start(rng, axes)
    for number in range(2):
        expr, naive = step(rng, expr, naive, number)
    sense = str(rng.choice(["<=", ">=", "=="]))
    mask = rng.random(tuple(len(axis) for axis in expr.axes)) < 0.7
    builder.require("row", expr.axes, expr, sense, 0.25, where=mask)
    program = builder.finish(Expr.zero(()))
    rows = {program.row_name(i): i for i in range(program.row_count)}
    for key, (terms, constant) in naive.cells.items():
        labels = ",".join(axis.labels[i] for axis, i in zip(expr.axes, key, strict=True))
        row = rows.pop(f"row[{labels}]" if labels else "row", None)
        side = 0.25 - constant
        low, high = (side if sense != "<=" else -np.inf), (side if sense != ">=" else np.inf)
        if row is None:
            assert not mask[key] or (not any(terms.values()) and low <= 1e-9 and high >= -1e-9)
            continue
        assert mask[key]
        assert (program.row_lower[row], program.row_upper[row]) == pytest.approx((low, high), abs=1e-12)
        entries = slice(program.starts[row], program.starts[row + 1])
        stored = dict(zip(program.columns[entries].tolist(), program.values[entries].tolist(), strict=True))
        assert stored == pytest.approx({c: v for c, v in terms.items() if v != 0}, abs=1e-12)
        assert list(stored) == sorted(stored)
    assert rows == {}


COLOUR, SIZE = Axis("colour", ("red", "green")), Axis("size", ("s", "m", "l"))


def test_an_axis_of_the_same_name_and_labels_is_another_axis():
    twin = Axis("colour", ("red", "green"))
    with pytest.raises(ModelError, match="axis 'colour', which is not among colour"):
        Expr.zero((COLOUR,)) + Expr.zero((twin,))


def test_a_foreign_axis_of_a_parameter_is_named():
    with pytest.raises(ModelError, match="a parameter has axis 'size', which is not among colour"):
        Expr.zero((COLOUR,)) * Param((SIZE,), np.ones(3))
    with pytest.raises(ModelError, match="a parameter has axis 'size', which is not among colour"):
        Expr.zero((COLOUR,)) + Param((SIZE,), np.ones(3))


def test_an_expression_does_not_repeat_itself_along_an_axis_that_it_lacks():
    with pytest.raises(ModelError, match="the requirement has axis 'size', which is not among colour"):
        Expr.zero((COLOUR, SIZE)) + Expr.zero((COLOUR,))
    with pytest.raises(ModelError, match="an expression has axis 'size', which is not among colour"):
        Expr.zero((COLOUR,)) + Expr.zero((COLOUR, SIZE))


def test_sums_and_relations_over_a_foreign_axis_are_refused():
    with pytest.raises(ModelError, match="the sum has axis 'size'"):
        Expr.zero((COLOUR,)).sum(SIZE)
    with pytest.raises(ModelError, match="a relation has axis 'size'"):
        Expr.zero((COLOUR,)).through(gather(SIZE, COLOUR, np.array([0, 1])))


def test_a_missing_value_is_named_by_its_labels():
    values = np.ones((2, 3))
    values[1, 2] = np.nan
    with pytest.raises(ModelError, match=r"a parameter over colour, size has no value at \[green, l\]"):
        Param((COLOUR, SIZE), values)


def test_a_parameter_of_another_shape_is_refused():
    with pytest.raises(ModelError, match=r"over colour, size has shape \(3, 2\), not \(2, 3\)"):
        Param((COLOUR, SIZE), np.ones((3, 2)))
    with pytest.raises(ModelError, match=r"over no axis has shape \(1,\), not \(\)"):
        Param((), np.ones(1))


def test_an_expression_has_no_truth_value():
    with pytest.raises(ModelError, match="no truth value"):
        bool(Expr.zero((COLOUR,)))


def test_a_label_that_an_axis_does_not_have_is_named():
    assert SIZE.position("l") == 2
    with pytest.raises(ModelError, match="axis 'size' has no label 'xl'"):
        SIZE.position("xl")


def test_a_sum_of_no_expressions_is_zero():
    assert total((COLOUR,), []).value(np.empty(0)).tolist() == [0.0, 0.0]


def test_gather_takes_the_value_at_a_position_and_nothing_at_minus_one():
    taken = Expr.given((SIZE,), np.array([5.0, 6.0, 7.0])).through(gather(SIZE, COLOUR, np.array([2, -1])))
    assert taken.value(np.empty(0)).tolist() == [7.0, 0.0]


def test_a_cell_that_is_related_twice_counts_twice():
    twice = Relation.of((SIZE,), (COLOUR,), (np.array([1, 1, 0]), np.array([0, 0, 1])), np.array([2.0, 3.0, 1.0]))
    given = Expr.given((SIZE,), np.array([1.0, 10.0, 100.0]))
    assert given.through(twice).value(np.empty(0)).tolist() == [50.0, 1.0]


def test_an_empty_axis_gives_an_empty_expression():
    none = Axis("none", ())
    expr = Expr.given((none, COLOUR), 1.0)
    assert expr.sum(none).value(np.empty(0)).tolist() == [0.0, 0.0]
    assert expr.sum(COLOUR).value(np.empty(0)).shape == (0,)
