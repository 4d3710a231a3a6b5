"""How a plan uses its machines, and what it pays for what they share, read from its result tables.

Of a plan over scenarios all amounts are expected ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from models.build import Model
from models.case import Case
from models.frame import MUSD, SECONDS_OF_YEAR
from models.program import Floats
from models.tight_limits import FULL
from planner.results.loaded_run import LoadedRun
from planner.results.service_totals import MILLION
from planner.results.table import Cell, expected
from planner.studies.unit_costs import PlanUse

_STRATEGIC = ("tape_out", "acquisition", "agreement")
_OF_SITES = ("expansion", "value_left", "maintenance")
_NOTHING = 1e-9


def use_of(loaded: LoadedRun, model: Model) -> PlanUse:
    """Returns the use of a plan; `model` is that of its case without scenarios.

    Machines that the plan does not have somewhere are used as it uses them elsewhere; those that it does not have
    at all are used as those that it gets.
    """
    frame, work = model.frame, model.work
    fleet, active = (_units_by_place(loaded, model, table) for table in ("fleet", "active"))
    worked = np.zeros_like(fleet)
    for row in loaded.records("assignments"):
        g, s = frame.accelerator.position(str(row["accelerator"])), frame.site.position(str(row["site"]))
        t = _period(model, row)
        rate = work.rate[g, frame.workload.position(str(row["workload"])), t]
        worked[g, s, t] += expected(row, "qps") / rate / work.utilisation[g]
    got = {int(model.supply.accelerator[model.frame.offer.position(offer)]) for offer, *_ in arrived(loaded, model)}
    return PlanUse(
        active=_shares(active, fleet, got),
        worked=_shares(worked, active, got),
        site_musd=_site_charges(loaded, model),
        gate_musd=_gate_charges(loaded, model),
    )


def arrived(loaded: LoadedRun, model: Model) -> Iterator[tuple[str, int, int, float]]:
    """Yields offer, site, period and units of what a plan gets, but for what was on order before it."""
    waiting = model.supply.open_units.copy()
    for row in loaded.records("arrivals"):
        offer, s, t = str(row["offer"]), model.frame.site.position(str(row["site"])), _period(model, row)
        o = model.frame.offer.position(offer)
        known = min(waiting[o, s, t], expected(row, "units"))
        waiting[o, s, t] -= known
        units = expected(row, "units") - known
        if units > _NOTHING:
            yield offer, s, t, units


def queries_served(loaded: LoadedRun, model: Model) -> Floats:
    """Returns millions of queries by (accelerator, workload, period)."""
    frame = model.frame
    found = np.zeros((len(frame.accelerator), len(frame.workload), frame.steps))
    seconds = frame.delta * SECONDS_OF_YEAR
    for row in loaded.records("assignments"):
        g, w = frame.accelerator.position(str(row["accelerator"])), frame.workload.position(str(row["workload"]))
        found[g, w, _period(model, row)] += expected(row, "qps") / model.work.peak[w] * seconds * MILLION
    return found


def paid_shares(loaded: LoadedRun, model: Model) -> dict[tuple[str, int], float]:
    """Returns what is paid of the list price after volume discounts, by offer and period of arrival."""
    paid: dict[tuple[str, int], float] = {}
    listed: dict[tuple[str, int], float] = {}
    for row in loaded.records("orders"):
        key = str(row["offer"]), _period(model, row, "due")
        paid[key] = paid.get(key, 0.0) + expected(row, "invoice_musd")
        price = float(row["unit_price_usd"] or 0.0) * MUSD
        listed[key] = listed.get(key, 0.0) + expected(row, "units") * price
    return {key: paid[key] / amount for key, amount in listed.items() if amount > 0}


def opened_gates(loaded: LoadedRun) -> set[str]:
    """Returns the programmes, deals and agreements that the plan takes."""
    tables = {"tape_outs": "programme", "acquisitions": "acquisition", "agreements": "agreement"}
    return {str(row[column]) for table, column in tables.items() for row in loaded.records(table)}


def gates_in(case: Case, loaded: LoadedRun) -> dict[str, set[str]]:
    """Returns by gate that the plan takes the offers that need it, themselves or for the route of their programme."""
    taken = {str(row["programme"]): str(row["route"]) for row in loaded.records("tape_outs")}
    opened = opened_gates(loaded)
    needs: dict[str, set[str]] = {}
    for offer in case.offers:
        own = set(offer.requires)
        for row in case.routes:
            if row.programme in own and taken.get(row.programme) == row.route:
                own |= set(row.requires)
        for gate in own & opened:
            needs.setdefault(gate, set()).add(offer.offer)
    return needs


def is_full(used: Cell, available: Cell) -> bool:
    """Returns whether so much of an amount is used that a plan may want more of it; of no limit never."""
    is_known = isinstance(used, int | float) and isinstance(available, int | float)
    return is_known and float(used or 0.0) >= FULL * float(available or 0.0)


def _period(model: Model, row: dict[str, Cell], column: str = "period") -> int:
    return model.frame.calendar.period_at(str(row[column]))


def _units_by_place(loaded: LoadedRun, model: Model, table: str) -> Floats:
    frame = model.frame
    found = np.zeros((len(frame.accelerator), len(frame.site), frame.steps))
    for row in loaded.records(table):
        place = frame.accelerator.position(str(row["accelerator"])), frame.site.position(str(row["site"]))
        found[(*place, _period(model, row))] += expected(row, "units")
    return found


def _shares(part: Floats, whole: Floats, got: set[int]) -> Floats:
    """Shares by (accelerator, site, period); where there is nothing, that of the machine, or of those that are got."""
    new = sorted(got) or list(range(len(part)))
    usual = _ratio(part[new].sum(axis=(0, 1)), whole[new].sum(axis=(0, 1)), np.ones(part.shape[2]))
    mean = _ratio(part[new].sum(axis=None), whole[new].sum(axis=None), np.ones(()))
    # In a period without any, the mean over the plan.
    usual = np.where(whole[new].sum(axis=(0, 1)) > _NOTHING, usual, mean)
    of_machine = _ratio(part.sum(axis=1), whole.sum(axis=1), np.broadcast_to(usual, (len(part), part.shape[2])))
    return _ratio(part, whole, np.broadcast_to(of_machine[:, None, :], part.shape))


def _ratio(part: Floats, whole: Floats, otherwise: Floats) -> Floats:
    known = np.asarray(whole) > _NOTHING
    found = np.divide(part, whole, out=np.array(otherwise, dtype=float), where=known)
    return np.asarray(np.clip(found, 0.0, 1.0))


def _site_charges(loaded: LoadedRun, model: Model) -> Floats:
    """By site, USD million of present cost by MW-year (discounted) that is drawn there; 0 where none is."""
    frame = model.frame
    paid, drawn = np.zeros(len(frame.site)), np.zeros(len(frame.site))
    at = {row.expansion: frame.site.position(row.site) for row in frame.case.expansions}
    place = {f"{what} {name}": site for name, site in at.items() for what in ("modules", "rent", "exit fee")}
    place |= {f"fixed {name}": number for number, name in enumerate(frame.site.labels)}
    for row in loaded.records("costs"):
        if row["category"] in _OF_SITES and row["line"] in place:
            paid[place[str(row["line"])]] += expected(row, "discounted_musd")
    for row in loaded.records("power"):
        t = _period(model, row)
        drawn[frame.site.position(str(row["site"]))] += expected(row, "drawn_mw") * frame.discount[t] * frame.delta
    return np.divide(paid, drawn, out=np.zeros_like(paid), where=drawn > _NOTHING)


def _gate_charges(loaded: LoadedRun, model: Model) -> Floats:
    """By offer, USD million of present cost of its gates by unit that the plan gets through each of them."""
    frame = model.frame
    paid: dict[str, float] = {}
    for row in loaded.records("costs"):
        what, _, item = str(row["line"]).partition(" ")
        if row["category"] in _STRATEGIC or (row["category"] == "value_left" and what == "programme"):
            gate = re.split("[/:]", item)[0]
            paid[gate] = paid.get(gate, 0.0) + expected(row, "discounted_musd")
    units = dict.fromkeys(frame.offer.labels, 0.0)
    for offer, _, _, number in arrived(loaded, model):
        units[offer] += number
    found = np.zeros(len(frame.offer))
    for gate, offers in gates_in(frame.case, loaded).items():
        through = sum(units[offer] for offer in offers)
        for offer in offers:
            found[frame.offer.position(offer)] += paid.get(gate, 0.0) / through if through > _NOTHING else 0.0
    return found
