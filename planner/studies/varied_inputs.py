"""Inputs that a sensitivity varies: rows of `uncertain`, depth or onset of disruptions, or a number of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from models.case import TABLES, Case
from models.tables.column_descriptions import columns_of
from models.tables.strategy_rows import Uncertain
from models.whatif.contract_terms import APART, ContractTerm, contract_terms
from models.whatif.sampling import ends
from models.whatif.shock import ShockError, meant
from models.whatif.values import lever_of, values_now, with_value

_GIVEN = ("given", "given")
_APART = ("a fifth less", "a fifth more")


@dataclass(frozen=True)
class VariedInput:
    """One input: how a recipe names it, its effect, and the ends between which it is varied.

    `now` are the numbers of the case that it stands for, in the unit of their column; `ends` says what the ends are:
    quantiles of its distribution, given, or a fifth less and more of a term of a contract.
    """

    name: str
    effect: str
    low: float
    high: float
    now: tuple[float, ...] = field(default=(), compare=False)
    unit: str = field(default="", compare=False)
    column: str = field(default="", compare=False)
    ends: tuple[str, str] = field(default=("given", "given"), compare=False)

    def values(self, lever: float) -> tuple[float, ...]:
        """Returns the numbers of the case at a value of the lever, the smallest and the largest; none if unknown."""
        if not self.now:
            return ()
        if self.effect == "set":
            return (lever,)
        found = sorted(value * lever if self.effect == "multiply" else value + lever for value in self.now)
        return (found[0],) if found[0] == found[-1] else (found[0], found[-1])

    def value(self, lever: float) -> float:
        """Returns the one number at a value of the lever; the lever itself where it stands for several."""
        found = self.values(lever)
        return found[0] if len(found) == 1 else lever

    @property
    def is_one_number(self) -> bool:
        """True where the input stands for a single number of the case, or several that are alike."""
        return len(set(self.now)) == 1

    @property
    def axis(self) -> tuple[str, str]:
        """What `value` is, and its unit: the column of the case, or how the lever acts."""
        if self.is_one_number:
            return self.column.removesuffix("_musd").removesuffix("_usd").replace("_", " "), self.unit
        return {"multiply": f"factor on {self.name}", "add": f"added to {self.name}"}.get(self.effect, self.name), ""

    def said(self, lever: float) -> str:
        """Returns the input at a value of the lever in words: `58.4 USD million (× 0.6488)`."""
        values = self.values(lever)
        how = {"multiply": f"× {lever:.4g}", "add": f"{lever:+.4g}"}.get(self.effect, "")
        if not values:
            return how or f"{lever:.4g}"
        span = " to ".join(f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}" for value in values)
        return f"{span} {self.unit}".strip() + (f" ({how})" if how else "")


def uncertain_rows(case: Case, only: Sequence[str] = ()) -> tuple[Uncertain, ...]:
    """Returns the rows of `uncertain` that are drawn: those named, or all.

    Raises:
        ShockError: there are none, or none of a name, or one is named twice.
    """
    known = {row.name: row for row in case.uncertain}
    if not known:
        msg = "the case has no table `uncertain`, so that there is nothing to draw. Fill it in."
        raise ShockError(msg)
    for name in only:
        if name not in known:
            msg = f"'{name}' is no row of `uncertain`. {meant(name, known)}"
            raise ShockError(msg)
        require_once(name, only)
    return tuple(known[name] for name in (only or known))


def drawn_levers(rows: Sequence[Uncertain], values: Sequence[float]) -> list[tuple[str, str, float]]:
    """Returns one draw of uncertain inputs as the levers of a recipe: name, effect, and value to twelve digits."""
    return [(row.name, row.effect, float(f"{value:.12g}")) for row, value in zip(rows, values, strict=True)]


def inputs_of(case: Case, texts: Sequence[str]) -> list[VariedInput]:
    """Returns the inputs that are asked for: names, or `NAME=LOW..HIGH`.

    Without any, all rows of `uncertain`, and the terms of contracts that are in none of them. A term stands by a name
    such as `rate of LOAN`, a fifth lower and higher. Another input is `TABLE:KEY:COLUMN[:PERIOD]` (a factor) or
    `disruption:NAME:depth`, and needs its ends.

    Raises:
        ShockError: an input is unknown or has no ends.
    """
    if not texts:
        drawn = {(row.table, row.column, row.key) for row in case.uncertain}
        terms = [
            term
            for term in contract_terms(case)
            if not term.is_price and not drawn & {(term.table, term.column, key) for key in (term.key, "", "*")}
        ]
        if not case.uncertain and not terms:
            msg = "the case has no table `uncertain`. Fill it in, or name inputs as TABLE:KEY:COLUMN=LOW..HIGH."
            raise ShockError(msg)
        return [described(case, _of_row(row)) for row in case.uncertain] + [_of_term(case, term) for term in terms]
    found = [input_of(case, text) for text in texts]
    for entry in found:
        require_once(entry.name, [other.name for other in found])
    return found


def require_once(name: str, names: Sequence[str]) -> None:
    """Refuses an input that is named twice.

    Raises:
        ShockError: it is.
    """
    if list(names).count(name) > 1:
        msg = f"'{name}' is named twice. Name each input once."
        raise ShockError(msg)


def input_of(case: Case, text: str) -> VariedInput:
    """Returns one input from `NAME` or `NAME=LOW..HIGH`.

    Raises:
        ShockError: it is unknown, has no ends, or has a value that its column does not allow.
    """
    rows = {row.name: row for row in case.uncertain}
    name, given, span = text.rpartition("=")
    if not given or text.strip() in rows:
        name, given = text, ""
    name = name.strip()
    if name in rows:
        found = _of_row(rows[name])
        found = replace(found, low=_ends(text, span)[0], high=_ends(text, span)[1], ends=_GIVEN) if given else found
    else:
        lever = lever_of(case, name)
        term = next((one for one in contract_terms(case) if one.name == name), None)
        if not given and term is not None:
            return _of_term(case, term)
        if not given:
            msg = f"'{name}' is no row of `uncertain`, so it needs its ends: write {name}=LOW..HIGH."
            raise ShockError(msg)
        found = VariedInput(name, lever.effect, *_ends(text, span))
    for value in (found.low, found.high):
        with_value(case, lever_of(case, found.name, effect=found.effect), value)
    return described(case, found)


def described(case: Case, entry: VariedInput) -> VariedInput:
    """Returns an input with the numbers of the case that it stands for, and their unit."""
    lever = lever_of(case, entry.name, effect=entry.effect)
    known = tuple(value for value in values_now(case, lever) if value is not None)
    if lever.is_disruption:
        return replace(entry, now=known, column=lever.column)
    facts = columns_of(TABLES[lever.table])[lever.column]
    return replace(entry, now=known, unit=facts.unit, column=lever.column)


def _of_row(row: Uncertain) -> VariedInput:
    low, high = ends(row)
    named = "given" if row.low is not None else "P10", "given" if row.high is not None else "P90"
    return VariedInput(row.name, row.effect, low, high, ends=named)


def _of_term(case: Case, term: ContractTerm) -> VariedInput:
    ends = _APART[0], _APART[1] if term.high >= 1.0 + APART else "the most there is"
    return described(case, VariedInput(term.name, "multiply", term.low, term.high, ends=ends))


def _ends(text: str, span: str) -> tuple[float, float]:
    low, dots, high = span.partition("..")
    try:
        found = float(low), float(high)
    except ValueError:
        dots = ""
        found = 0.0, 0.0
    if not dots or not -math.inf < found[0] < found[1] < math.inf:
        msg = f"'{text}' does not say its ends. Write NAME=LOW..HIGH with LOW below HIGH, such as =0.8..1.2."
        raise ShockError(msg)
    return found
