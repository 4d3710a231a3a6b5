"""Inputs that may flip a strategic decision: its speed or yield, its delay, and the demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.case import Case
from models.whatif.shock import ShockError, calendar_of
from models.whatif.values import lever_of, with_value
from planner.studies.varied_inputs import VariedInput, described

YIELD, DELAY, LEAD_TIME, DEMAND = "speed or yield", "delay", "lead time", "demand"
MOST_PERIODS = 4
"""A delay is looked at up to so many periods."""
_DEMAND = "demand:*:queries_per_day_million"
_LEAD_TIMES = {
    "tape_out": "routes:{}:tape_out_to_volume_months",
    "deal": "acquisitions:{}:months_to_close",
    "agreement": "agreements:{}:lag_months",
    "expansion": "expansions:{}:lead_time_months",
}


@dataclass(frozen=True)
class FlipLever:
    """One input, or several that change alike, and the values between which its flip is looked for.

    `now` changes nothing, `far` is the furthest value that is tried; with a `step` only whole steps between them are.
    `is_own` is true where a plan without the decision does not depend on it.
    """

    what: str
    entries: tuple[VariedInput, ...]
    now: float
    far: float
    step: float = 0.0
    is_own: bool = True

    def levers(self, value: float) -> list[tuple[str, str, float]]:
        """Returns the levers of a recipe at a value."""
        return [(entry.name, entry.effect, value) for entry in self.entries]

    def words(self, value: float) -> str:
        """Returns the input at a value in words: its number where it is one, else how it changes."""
        if self.step:
            return f"{value:+.4g} months"
        is_one = len(self.entries) == 1 and self.entries[0].is_one_number
        return self.entries[0].said(value) if is_one else f"× {value:.4g}"


def flip_levers(case: Case, decision: str, *, taken: bool) -> Iterator[FlipLever]:
    """Yields the inputs that a decision depends on, each between now and the furthest value that is tried."""
    kind, _, item = decision.partition(":")
    yield from _allowed(case, YIELD, _yields(case, kind, item), "multiply", 0.5 if taken else 2.0)
    lead_time, step = [_LEAD_TIMES[kind].format(item)], float(calendar_of(case.settings).months)
    if taken:
        yield from _allowed(case, DELAY, lead_time, "add", MOST_PERIODS * step, step)
    else:
        yield from _allowed(case, LEAD_TIME, lead_time, "multiply", 0.0)


def demand_lever(case: Case, far: float) -> FlipLever:
    """Returns the demand of all workloads, up to a factor."""
    entry = described(case, VariedInput(_DEMAND, "multiply", min(1.0, far), max(1.0, far)))
    return FlipLever(DEMAND, (entry,), 1.0, far, is_own=False)


def _allowed(
    case: Case, what: str, names: list[str], effect: str, far: float, step: float = 0.0
) -> Iterator[FlipLever]:
    """Yields the lever where the case has its rows, a number in them to change, and allows its furthest value."""
    now = 0.0 if effect == "add" else 1.0
    entries = []
    for name in names:
        try:
            lever = lever_of(case, name, effect=effect)
            changed = with_value(case, lever, far)
        except ShockError:
            return
        if changed == case:
            return
        entries.append(described(case, VariedInput(name, effect, min(now, far), max(now, far))))
    if entries:
        yield FlipLever(what, tuple(entries), now, far, step)


def _yields(case: Case, kind: str, item: str) -> list[str]:
    """The throughput of what only a programme makes possible, the supply of a deal, or the power of a module."""
    if kind == "expansion":
        return [f"expansions:{item}:module_mw"]
    if kind != "tape_out":
        return [f"added_supply:{item}:amount_per_year"] if any(row.gate == item for row in case.added_supply) else []
    offered: dict[str, list[bool]] = {}
    for offer in case.offers:
        offered.setdefault(offer.accelerator, []).append(item in offer.requires)
    held = {row.accelerator for row in case.opening_fleet} | {row.accelerator for row in case.open_leases}
    held |= {row.accelerator for row in case.offers if any(own.offer == row.offer for own in case.open_orders)}
    return [
        f"throughput:{accelerator}:queries_per_second"
        for accelerator, gated in offered.items()
        if all(gated) and accelerator not in held
    ]
