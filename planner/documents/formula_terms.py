"""What formulas are made of: numbers, arithmetic, sums and shares, with the values that follow from them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class Term:
    """What a formula reads: a number in each period; a constant is the same in all of them."""

    def value(self, at: int) -> float | None:
        """Returns the number in a period; None where a formula leaves it blank."""
        raise NotImplementedError

    def number(self, at: int = 0) -> float:
        """Returns the number in a period, 0 for blank."""
        return self.value(at) or 0.0

    def __add__(self, other: Term) -> Arithmetic:
        return Arithmetic("+", self, other)

    def __sub__(self, other: Term) -> Arithmetic:
        return Arithmetic("-", self, other)

    def __mul__(self, other: Term) -> Arithmetic:
        return Arithmetic("*", self, other)

    def __truediv__(self, other: Term) -> Arithmetic:
        return Arithmetic("/", self, other)

    def __pow__(self, other: Term) -> Arithmetic:
        return Arithmetic("^", self, other)

    def __neg__(self) -> Negative:
        return Negative(self)


@dataclass(eq=False)
class Number(Term):
    """A number itself: a given value, or the 0 or 1 of a formula."""

    amount: float

    def value(self, at: int) -> float:
        """Returns the number."""
        del at
        return self.amount


ZERO, ONE = Number(0.0), Number(1.0)
_CALCULATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "^": lambda one, other: float(one**other),
}


@dataclass(eq=False)
class Arithmetic(Term):
    """Two terms added, subtracted, multiplied, divided, or one to the power of the other."""

    sign: str
    left: Term
    right: Term

    def value(self, at: int) -> float:
        """Returns the result in a period."""
        return _CALCULATIONS[self.sign](self.left.number(at), self.right.number(at))


@dataclass(eq=False)
class Negative(Term):
    """A term with its sign changed."""

    term: Term

    def value(self, at: int) -> float:
        """Returns the number in a period with its sign changed."""
        return -self.term.number(at)


@dataclass(eq=False)
class Share(Term):
    """A part of a whole, blank where the whole is zero."""

    part: Term
    whole: Term

    def value(self, at: int) -> float | None:
        """Returns the share in a period."""
        whole = self.whole.number(at)
        return self.part.number(at) / whole if whole else None


@enum.unique
class Fold(enum.Enum):
    """How several numbers become one."""

    SUM = "sum"
    MOST = "largest"
    LEAST = "smallest"

    def of(self, values: Sequence[float]) -> float:
        """Returns the one number."""
        if not values:
            return 0.0
        return float(sum(values) if self is Fold.SUM else max(values) if self is Fold.MOST else min(values))


class Cells(Term):
    """Several cells, of which a fold makes one number."""

    def numbers(self) -> list[float]:
        """Returns the numbers in the cells, 0 for blank."""
        raise NotImplementedError


@dataclass(eq=False)
class Folded(Term):
    """The sum, largest or smallest of terms and cells."""

    fold: Fold
    terms: tuple[Term, ...]

    def value(self, at: int) -> float:
        """Returns the one number in a period."""
        found: list[float] = []
        for term in self.terms:
            found += term.numbers() if isinstance(term, Cells) else [term.number(at)]
        return self.fold.of(found)


def added(*terms: Term) -> Term:
    """Returns the sum of terms, term by term; 0 where there is none."""
    found: Term | None = None
    for term in terms:
        found = term if found is None else found + term
    return found or ZERO


def largest(*terms: Term) -> Folded:
    """Returns the largest of terms and cells."""
    return Folded(Fold.MOST, terms)


def size_of(cells: Cells) -> Folded:
    """Returns the largest of some cells without its sign."""
    return largest(largest(cells), -Folded(Fold.LEAST, (cells,)))
