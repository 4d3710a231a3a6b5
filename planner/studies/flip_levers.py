"""Inputs that may flip a strategic decision: its speed or yield, its delay, and the demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.case import Case
from models.whatif.shock import ShockError, calendar_of
from models.whatif.values import lever_of, with_value
from planner.documents.number_text import money
from planner.studies.varied_inputs import VariedInput, described

YIELD, DELAY, DEMAND = "speed or yield", "delay", "demand"
MOST_PERIODS = 4
"""A delay is looked at up to so many periods."""
_DEMAND = "demand:*:queries_per_day_million"
_DELAYS = {
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
        first = self.entries[0]
        if self.what == DELAY:
            return f"{value:+.4g} months" if first.effect == "add" else f"{100 * value:.0f} % of its time"
        if len(self.entries) == 1 and first.is_one_number:
            return f"{money(value * first.now[0])} {first.unit} (× {value:.3g})"
        return f"× {value:.3g}"


def flip_levers(case: Case, decision: str, *, taken: bool) -> Iterator[FlipLever]:
    """Yields the inputs that a decision depends on, each between now and the furthest value that is tried."""
    kind, _, item = decision.partition(":")
    yield from _allowed(case, YIELD, _yields(case, kind, item), "multiply", 0.5 if taken else 2.0)
    step = float(calendar_of(case.settings).months)
    delay = _DELAYS[kind].format(item)
    if taken:
        for one in _allowed(case, DELAY, [delay], "add", MOST_PERIODS * step):
            yield replace(one, now=0.0, step=step)
    else:
        yield from _allowed(case, DELAY, [delay], "multiply", 0.0)


def demand_lever(case: Case, far: float) -> FlipLever:
    """Returns the demand of all workloads, up to a factor."""
    entry = described(case, VariedInput(_DEMAND, "multiply", min(1.0, far), max(1.0, far)))
    return FlipLever(DEMAND, (entry,), 1.0, far, is_own=False)


def _allowed(case: Case, what: str, names: list[str], effect: str, far: float) -> Iterator[FlipLever]:
    """Yields the lever where the case has its rows, a number in them to change, and allows its furthest value."""
    entries = []
    for name in names:
        try:
            lever = lever_of(case, name, effect=effect)
            changed = with_value(case, lever, far)
        except ShockError:
            return
        if changed == case:
            return
        now = 0.0 if effect == "add" else 1.0
        entries.append(described(case, VariedInput(name, effect, min(now, far), max(now, far))))
    if entries:
        yield FlipLever(what, tuple(entries), 1.0, far)


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
