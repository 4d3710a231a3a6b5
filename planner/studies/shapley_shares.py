"""Shares of a difference by Shapley (1953): what each part adds, in the mean over all orders in which parts may come.

    share_i        = Σ_{S without i} |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S))
    together_ij    = Σ_{S without i, j} |S|! (n − |S| − 2)! / (n − 1)! · (v(S ∪ ij) − v(S ∪ i) − v(S ∪ j) + v(S))

Shares add up to v(all) − v(none), and parts that do the same have the same share. `together` is what two parts do
beyond what each does by itself (Grabisch and Roubens, 1999). A value that is proven to lie in a bracket gives each
share a bracket: v enters with a plus at its lower end for the least of the share, at its upper end for the most. Sums
are made of fractions, so that they are exact before they are rounded once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

Coalition = frozenset[str]
"""The parts that are as they are now; the others are as they were."""


@dataclass(frozen=True)
class ValueBracket:
    """A value that was found, and between what the true one is proven to lie; infinite where that is unproven."""

    found: float
    least: float
    most: float


Values = Mapping[Coalition, ValueBracket]


def coalitions_of(parts: Sequence[str]) -> list[Coalition]:
    """Returns every set of parts, small ones first, each in the order of the parts.

    >>> [sorted(one) for one in coalitions_of(["a", "b"])]
    [[], ['a'], ['b'], ['a', 'b']]
    """
    return [frozenset(chosen) for count in range(len(parts) + 1) for chosen in combinations(parts, count)]


def shapley_shares(parts: Sequence[str], values: Values) -> dict[str, ValueBracket]:
    """Returns the share of each part of the difference between all parts and none."""
    return {part: weighted(_of_part(parts, part), values) for part in parts}


def interactions(parts: Sequence[str], values: Values) -> dict[tuple[str, str], ValueBracket]:
    """Returns what each two parts do together, beyond what each does by itself."""
    return {pair: weighted(_of_pair(parts, pair), values) for pair in combinations(parts, 2)}


def difference_of(one: Coalition, other: Coalition, values: Values) -> ValueBracket:
    """Returns the value of a coalition less that of another."""
    return weighted([(one, Fraction(1)), (other, Fraction(-1))], values)


def weighted(terms: Sequence[tuple[Coalition, Fraction]], values: Values) -> ValueBracket:
    """Returns a weighted sum of values, with its bracket."""
    sums: dict[Coalition, Fraction] = {}
    for coalition, weight in terms:
        sums[coalition] = sums.get(coalition, Fraction(0)) + weight
    ends: list[tuple[Callable[[ValueBracket], float], Callable[[ValueBracket], float]]] = [
        (lambda value: value.found, lambda value: value.found),
        (lambda value: value.least, lambda value: value.most),
        (lambda value: value.most, lambda value: value.least),
    ]
    found, least, most = (_sum(sums, values, plus, minus) for plus, minus in ends)
    return ValueBracket(found, least, most)


def _sum(
    sums: Mapping[Coalition, Fraction],
    values: Values,
    plus: Callable[[ValueBracket], float],
    minus: Callable[[ValueBracket], float],
) -> float:
    numbers = [(weight, (plus if weight > 0 else minus)(values[one])) for one, weight in sums.items() if weight]
    infinite = [weight * number for weight, number in ((float(w), n) for w, n in numbers) if math.isinf(number)]
    if infinite:
        return infinite[0]
    return float(sum((weight * Fraction(number) for weight, number in numbers), Fraction(0)))


def _of_part(parts: Sequence[str], part: str) -> list[tuple[Coalition, Fraction]]:
    others, count = [one for one in parts if one != part], len(parts)
    terms = []
    for without in coalitions_of(others):
        weight = _weight(len(without), count)
        terms += [(without | {part}, weight), (without, -weight)]
    return terms


def _of_pair(parts: Sequence[str], pair: tuple[str, str]) -> list[tuple[Coalition, Fraction]]:
    others, count = [one for one in parts if one not in pair], len(parts) - 1
    terms = []
    for without in coalitions_of(others):
        weight = _weight(len(without), count)
        one, two = ({name} for name in pair)
        terms += [(without | one | two, weight), (without | one, -weight), (without | two, -weight), (without, weight)]
    return terms


def _weight(size: int, count: int) -> Fraction:
    return Fraction(math.factorial(size) * math.factorial(count - size - 1), math.factorial(count))


def smallest_sets(parts: Sequence[str], holds: Callable[[Coalition], bool]) -> list[Coalition]:
    """Returns the smallest sets of parts for which something holds, all of one size; none where it never does."""
    for _, group in _by_size(coalitions_of(parts)):
        found = [one for one in group if holds(one)]
        if found:
            return found
    return []


def _by_size(coalitions: Sequence[Coalition]) -> Iterator[tuple[int, list[Coalition]]]:
    for size in sorted({len(one) for one in coalitions}):
        yield size, [one for one in coalitions if len(one) == size]
