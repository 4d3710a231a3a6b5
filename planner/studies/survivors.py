"""Which decisions survive: shared by all good plans, hedges, and those that only pay in some futures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.calendar import parse_label, parse_span
from models.case import Case
from planner.documents.blocks import Column, TableBlock, rows_of
from planner.results.table import Cell
from planner.studies.regret_cells import RegretCells
from planner.studies.significance import decision_in_words, kind_in_words
from planner.studies.study_context import BASE

NO_REGRET = "no regret"
HEDGE = "hedge"
SOME = "pays in some futures"
MOST_SIGNS = 3
_COLUMNS = (
    Column("kind", "Kind", width=12),
    Column("item", "Decision", width=26),
    Column("standing", "Standing", width=20),
    Column("plans", "In the plans for", width=40),
    Column("how", "How and when", width=40),
    Column("sign", "Leading indicator", width=70),
)


def survivors_table(case: Case, cells: RegretCells) -> TableBlock:
    """Returns every decision that some plan takes, with its standing and the sign that tells when it pays."""
    near = cells.least_regretted()
    # Where the undisturbed plan is as good as any, nothing needs to be hedged.
    hedged = None if not near or BASE in near else near[0]
    records: list[dict[str, Cell]] = []
    for name in cells.best[cells.names[0]]["decisions"]:
        taken = {plan: decision for plan in cells.names if (decision := cells.best[plan]["decisions"][name])["taken"]}
        if not taken:
            continue
        standing = standing_of(taken, cells.names, hedged)
        kind, item = kind_in_words(name)
        records.append(
            {
                "kind": kind,
                "item": item,
                "standing": standing,
                "plans": "all" if len(taken) == len(cells.names) else ", ".join(taken),
                "how": _ways(taken),
                "sign": "" if standing == NO_REGRET else sign_of(_planned(cells), list(taken)),
            }
        )
    records += _orders(case, cells)
    order = {NO_REGRET: 0, HEDGE: 1, SOME: 2}
    records.sort(key=lambda record: (order[str(record["standing"])], record["kind"] == "order"))
    note = (
        "No regret: in the best plan of every future. Hedge: in the minimax-regret plan, not in the undisturbed one. "
        "The others pay in some futures only; the indicator is the first input that distinguishes those."
    )
    return TableBlock("survivors", "Robust decisions", note, _COLUMNS, rows_of(records, _COLUMNS))


def standing_of(taken: Mapping[str, Any], plans: Sequence[str], hedged: str | None) -> str:
    """Returns the standing of a decision that the plans in `taken` take."""
    if len(taken) == len(plans):
        return NO_REGRET
    return HEDGE if hedged in taken and BASE not in taken else SOME


def sign_of(results: Mapping[str, Mapping[str, Any]], futures: Sequence[str]) -> str:
    """Returns the first input that sets futures in which a decision pays apart from the others, in words.

    `results` are those of the plan of each future, with what it changes. A decision that the undisturbed plan takes
    pays until a sign of the others is seen.
    """
    others = [name for name in results if name not in futures]
    if BASE in futures and others:
        return f"pays unless: {sign_of(results, others)}"
    inside = [_changes(results[name]) for name in futures]
    outside = [_changes(results[name]) for name in others]
    shared = set.intersection(*(set(changes) for changes in inside)) if inside else set()
    telling = [key for key in shared if all(changes.get(key) != inside[0][key] for changes in outside)]
    if telling:
        return _in_words(_first(telling, inside[0]), inside[0])
    absent = set.intersection(*(set(changes) for changes in outside)) if outside else set()
    absent = {key for key in absent if all(key not in changes for changes in inside)}
    if absent:
        key = _first(list(absent), outside[0])
        return f"none of: {_in_words(key, outside[0])}"
    signs = []
    for name, changes in zip(futures, inside, strict=True):
        own = [key for key in changes if all(other.get(key) != changes[key] for other in outside)]
        signs.append(
            f"{name}: {_in_words(_first(own, changes), changes)}" if own else f"{name}: no indicator of its own"
        )
    rest = len(signs) - MOST_SIGNS
    return "; ".join(signs[:MOST_SIGNS]) + (f"; and {rest} more" if rest > 0 else "")


def _planned(cells: RegretCells) -> dict[str, Mapping[str, Any]]:
    """The plans that knew, of the futures that have one."""
    return {name: cells.best[name] for name in cells.names}


_Key = tuple[str, str, str, str]
_Known = dict[_Key, tuple[float | None, float | None]]


def _changes(result: Mapping[str, Any]) -> _Known:
    return {
        (row["table"], row["item"], row["column"], row["period"]): (row["before"], row["after"])
        for row in result["changes"]
    }


def _first(keys: Sequence[_Key], known: _Known) -> _Key:
    """The earliest change, of several the relatively largest."""

    def rank(key: _Key) -> tuple[int, float, _Key]:
        before, after = known[key]
        size = abs((after or 0.0) - (before or 0.0)) / max(abs(before or 0.0), 1e-9)
        return (parse_span(key[3])[0] if key[3] else 0, -size, key)

    return min(keys, key=rank)


def _in_words(key: _Key, known: _Known) -> str:
    table, item, column, period = key
    before, after = known[key]
    place = f"{table} of {item}" if item else table
    now = "none" if after is None else f"{after:,.6g}"
    was = "none" if before is None else f"{before:,.6g}"
    return f"{place}, {column} in {period or 'all periods'}: {now} instead of {was}"


def _ways(taken: Mapping[str, Mapping[str, Any]]) -> str:
    ways: dict[str, list[str]] = {}
    for plan, decision in taken.items():
        ways.setdefault(decision_in_words(decision), []).append(plan)
    if len(ways) == 1:
        return next(iter(ways))
    return "; ".join(f"{way} ({', '.join(plans)})" for way, plans in ways.items())


def _orders(case: Case, cells: RegretCells) -> list[dict[str, Cell]]:
    """Orders of the first period: what every plan orders is no regret, what only some order on top is distinguished."""
    period = str(_first_period(cells))
    records: list[dict[str, Cell]] = []
    for offer in [row.offer for row in case.offers]:
        units = {plan: float(cells.best[plan]["orders"].get(offer, {}).get(period, 0.0)) for plan in cells.names}
        if not any(units.values()):
            continue
        least, most = min(units.values()), max(units.values())
        taken = [plan for plan, amount in units.items() if amount > 0]
        span = f"{least:,.0f} units" if most - least < 0.5 else f"{least:,.0f} to {most:,.0f} units"
        records.append(
            {
                "kind": "order",
                "item": f"{offer} in {period}",
                "standing": NO_REGRET if least > 0 else SOME,
                "plans": "all" if len(taken) == len(units) else ", ".join(taken),
                "how": span,
                "sign": "" if least > 0 else sign_of(_planned(cells), taken),
            }
        )
    return records


def _first_period(cells: RegretCells) -> str:
    periods = {
        period
        for plan in cells.names
        for own in cells.best[plan]["orders"].values()
        for period, units in own.items()
        if units
    }
    return min(periods, key=lambda label: parse_label(label)[0], default="")


__all__ = ["HEDGE", "NO_REGRET", "SOME", "sign_of", "standing_of", "survivors_table"]
