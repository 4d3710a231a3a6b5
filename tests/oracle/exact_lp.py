"""A small linear program solved exactly, in fractions, by the simplex method with Bland's rule."""

from __future__ import annotations

from fractions import Fraction


def maximise(gain, rows, bounds):
    """Value and point of max gain·x with rows·x ≤ bounds, x ≥ 0, where every bound is at least 0.

    `gain` and each row map a variable's name to a number. Raises `ValueError` when the value has no bound.
    """
    names = sorted(set(gain).union(*rows))
    if any(bound < 0 for bound in bounds):
        message = "the origin must be feasible"
        raise ValueError(message)
    column = {name: i for i, name in enumerate(names)}
    width = len(names)
    # Row i: coefficients of the variables, then of its own slack (identity), then the bound.
    tableau = []
    for i, (row, bound) in enumerate(zip(rows, bounds, strict=True)):
        line = [Fraction(0)] * (width + len(rows) + 1)
        for name, value in row.items():
            line[column[name]] = Fraction(value)
        line[width + i] = Fraction(1)
        line[-1] = Fraction(bound)
        tableau.append(line)
    price = [Fraction(0)] * (width + len(rows) + 1)
    for name, value in gain.items():
        price[column[name]] = Fraction(value)
    basis = [width + i for i in range(len(rows))]
    while True:
        enter = next((j for j in range(width + len(rows)) if price[j] > 0), None)
        if enter is None:
            break
        ratios = [(line[-1] / line[enter], basis[i], i) for i, line in enumerate(tableau) if line[enter] > 0]
        if not ratios:
            message = "unbounded"
            raise ValueError(message)
        leave = min(ratios)[2]
        pivot(tableau, price, leave, enter)
        basis[leave] = enter
    point = dict.fromkeys(names, Fraction(0))
    for i, j in enumerate(basis):
        if j < width:
            point[names[j]] = tableau[i][-1]
    return -price[-1], point


def pivot(tableau, price, leave, enter):
    """Brings column `enter` into the basis in row `leave`."""
    scale = tableau[leave][enter]
    tableau[leave] = main = [value / scale if value else value for value in tableau[leave]]
    used = [j for j, value in enumerate(main) if value]
    for line in (price, *(row for i, row in enumerate(tableau) if i != leave)):
        factor = line[enter]
        if factor:
            for j in used:
                line[j] -= factor * main[j]
