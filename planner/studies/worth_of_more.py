"""What more of each limit, budget, site and vendor is worth, and what earlier delivery is, with integers free.

Each amount is planned again. More of a limit, of money, of power or of what a vendor delivers leaves every plan
possible, so that its worth is never negative and never falls with the amount: what the most of it is worth at most
bounds all smaller amounts, and what all idle amounts together are worth at most bounds each of them. What these bounds
settle is not solved. Earlier delivery has no such order: it also moves what is paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.case import Case
from models.frame import MUSD
from models.tables.fleet_rows import Offer
from models.whatif.shock import calendar_of
from planner.results.loaded_run import LoadedRun
from planner.studies.future_recipes import recipe_of
from planner.studies.plan_use import is_full
from planner.studies.search_rounds import Search
from planner.studies.significance import bound_of, cost_of, difference, keeps_limits
from planner.studies.study_context import Result, StudyContext
from planner.studies.unit_costs import KW_PER_MW
from planner.sweeps.points import Point

SHARES = (0.5, 0.1, 0.01)
LIMIT, BUDGET, SITE, VENDOR, PROGRAMME = "limit", "budget", "site", "vendor", "programme"
ONE_LOT = "one lot"
_QUARTER = 3
_ABOUT = 1.5
"""A worth of at most so many times the gap of the plan cannot be told from nothing: smaller amounts are not solved."""
_NIL = 1e-6
SOLVED, BY_MORE, BY_ALL = "planned again", "bounded by 50 % more", "bounded by all idle ones"

Levers = tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class MoreOfOne:
    """More of one amount: `share` is by which share, None for one lot or for earlier delivery."""

    kind: str
    item: str
    more: str
    share: float | None
    levers: Levers
    detail: str = ""
    is_idle: bool = False
    within_half: bool = True
    """True where 50 % more leaves at least as much in every span."""
    is_monotone: bool = True

    @property
    def of(self) -> tuple[str, str]:
        """Of what it is more: a kind and an item."""
        return self.kind, self.item

    @property
    def name(self) -> str:
        """What its point is called."""
        return f"{self.kind} {self.item}: {self.more}"


@dataclass(frozen=True)
class WorthOfMore:
    """What an amount more saves, USD million: found, at least and at most as far as is proven, and how it is known."""

    amount: MoreOfOne
    found: float | None
    low: float | None
    high: float | None
    how: str

    @property
    def is_finding(self) -> bool:
        """True where it is proven to be worth something, or to cost something."""
        return (self.low is not None and self.low > _NIL) or (self.high is not None and self.high < -_NIL)


def amounts_of(case: Case, loaded: LoadedRun) -> list[MoreOfOne]:
    """Returns all amounts that are asked about, in the order of the tables."""
    return [*_limits(case, loaded), *_budgets(case, loaded), *_sites(case, loaded), *_vendors(case, loaded)]


def earlier_deliveries(case: Case) -> list[MoreOfOne]:
    """Returns a quarter of earlier delivery, or a period where periods are longer, by vendor and programme."""
    months = max(_QUARTER, calendar_of(case.settings).months)
    found = []
    for vendor in vendors_of(case):
        levers: list[tuple[str, str, float]] = []
        for offer in offers_of(case, vendor):
            dated = [row.lead_time_months for row in case.lead_times if row.offer == offer.offer]
            less = min([float(months), offer.lead_time_months, *dated])
            if less > 0:
                levers.append((f"offers:{offer.offer}:lead_time_months", "add", -less))
                levers += [(f"lead_times:{offer.offer}:lead_time_months", "add", -less)] if dated else []
        if levers:
            found.append(_earlier(VENDOR, vendor, months, levers))
    for programme in case.programmes:
        levers = []
        for route in case.routes:
            if route.programme == programme.programme:
                key = f"{route.programme};{route.route}"
                after = min(float(months), route.tape_out_to_volume_months)
                before = min(months - after, route.design_months)
                levers += [(f"routes:{key}:tape_out_to_volume_months", "add", -after)] if after else []
                levers += [(f"routes:{key}:design_months", "add", -before)] if before else []
        if levers:
            found.append(_earlier(PROGRAMME, programme.programme, months, levers))
    return found


def _earlier(kind: str, item: str, months: int, levers: Sequence[tuple[str, str, float]]) -> MoreOfOne:
    return MoreOfOne(kind, item, f"{months} months earlier", None, tuple(levers), is_monotone=False)


def vendors_of(case: Case) -> list[str]:
    """Returns the vendors of what is on offer, in the order of the accelerators."""
    offered = {row.accelerator for row in case.offers}
    return list(dict.fromkeys(row.vendor for row in case.accelerators if row.accelerator in offered))


def offers_of(case: Case, vendor: str) -> list[Offer]:
    """Returns the offers of a vendor's machines, in the order of the table."""
    own = {row.accelerator for row in case.accelerators if row.vendor == vendor}
    return [row for row in case.offers if row.accelerator in own]


def _per_cent(share: float) -> str:
    return f"{100 * share:g} %"


def _shared(kind: str, item: str, lever: str, *, is_idle: bool) -> Iterator[MoreOfOne]:
    for share in SHARES:
        levers: Levers = ((lever, "multiply", 1.0 + share),)
        yield MoreOfOne(kind, item, _per_cent(share), share, levers, is_idle=is_idle)


def _limits(case: Case, loaded: LoadedRun) -> Iterator[MoreOfOne]:
    full = _full_limits(loaded)
    for name in dict.fromkeys(row.limit for row in case.limits):
        rows = [row for row in case.limits if row.limit == name]
        known = [row.amount for row in rows if row.amount is not None]
        if not known:
            continue
        is_idle, lever = name not in full, f"limits:{name}:amount"
        yield from _shared(LIMIT, name, lever, is_idle=is_idle)
        lot = _lot_of(case, name, case.offers)
        if lot > 0:
            detail = f"{lot:,.10g} {rows[0].unit}"
            within = lot <= SHARES[0] * min(known)
            yield MoreOfOne(LIMIT, name, ONE_LOT, None, ((lever, "add", lot),), detail, is_idle, within)


def _lot_of(case: Case, limit: str, offers: Sequence[Offer]) -> float:
    """What the largest lot of some offers takes of a limit; the lot of a divisible offer is a unit."""
    size = {row.offer: row.lot_size or 1.0 for row in offers}
    used = (row for row in case.limit_use if row.limit == limit and row.offer in size)
    return max((row.use_per_unit * size[row.offer] for row in used), default=0.0)


def _budgets(case: Case, loaded: LoadedRun) -> Iterator[MoreOfOne]:
    full = {row["budget"] for row in loaded.records("budgets") if is_full(row["spent_musd"], row["available_musd"])}
    lot = max((_lot_price(case, row) for row in case.offers), default=0.0)
    for name in dict.fromkeys(row.budget for row in case.budgets):
        known = [row.amount_musd for row in case.budgets if row.budget == name and row.amount_musd is not None]
        if known:
            lever, is_idle = f"budgets:{name}:amount_musd", name not in full
            yield from _shared(BUDGET, name, lever, is_idle=is_idle)
            detail = f"{lot:,.4g} USD million, the dearest lot"
            within = lot <= SHARES[0] * min(known)
            yield MoreOfOne(BUDGET, name, ONE_LOT, None, ((lever, "add", lot),), detail, is_idle, within)


def _lot_price(case: Case, offer: Offer) -> float:
    prices = [row.unit_price_usd for row in case.prices if row.offer == offer.offer]
    return max(prices, default=0.0) * (offer.lot_size or 1.0) * MUSD


def _sites(case: Case, loaded: LoadedRun) -> Iterator[MoreOfOne]:
    most: dict[str, float] = {}
    full = set()
    for row in loaded.records("power"):
        if isinstance(row["available_mw"], int | float):
            most[str(row["site"])] = max(most.get(str(row["site"]), 0.0), float(row["available_mw"]))
            full |= {str(row["site"])} if is_full(row["drawn_mw"], row["available_mw"]) else set()
    draws = {row.accelerator: row.it_kw for row in case.accelerators}
    for site in case.sites:
        if site.power_mw is None or most.get(site.site, 0.0) <= 0.0:
            continue
        offers = [row for row in case.offers if not row.sites or site.site in row.sites]
        lot_kw = max((draws[row.accelerator] * (row.lot_size or 1.0) for row in offers), default=0.0)
        steps = [(_per_cent(share), share, share * most[site.site]) for share in SHARES]
        for more, share, amount in [*steps, (ONE_LOT, None, lot_kw * site.pue / KW_PER_MW)]:
            levers = [(f"sites:{site.site}:power_mw", "add", amount)]
            if any(row.site == site.site and row.power_mw is not None for row in case.site_series):
                levers.append((f"site_series:{site.site}:power_mw", "add", amount))
            within = amount <= SHARES[0] * most[site.site]
            detail = f"{amount:,.4g} MW"
            yield MoreOfOne(SITE, site.site, more, share, tuple(levers), detail, site.site not in full, within)


def _vendors(case: Case, loaded: LoadedRun) -> Iterator[MoreOfOne]:
    """More of what a vendor delivers, from the same limits."""
    full = _full_limits(loaded)
    for vendor in vendors_of(case):
        offers = offers_of(case, vendor)
        names = {row.offer for row in offers}
        uses = [row for row in case.limit_use if row.offer in names and row.use_per_unit > 0]
        used = {row.limit for row in uses}
        gates = {gate for row in offers for gate in row.requires}
        ramps = dict.fromkeys(row.programme for row in case.ramp if row.programme in gates)
        lots = [row for row in offers if row.max_lots_per_period is not None]
        is_idle = not (used & full or ramps or lots)
        for share in SHARES:
            limited = dict.fromkeys(row.offer for row in uses)
            levers = [(f"limit_use:*;{name}:use_per_unit", "multiply", 1.0 / (1.0 + share)) for name in limited]
            levers += [(f"offers:{row.offer}:max_lots_per_period", "multiply", 1.0 + share) for row in lots]
            levers += [(f"ramp:{name}:max_units_per_year", "multiply", 1.0 + share) for name in ramps]
            if levers:
                yield MoreOfOne(VENDOR, vendor, _per_cent(share), share, tuple(levers), is_idle=is_idle)
        if used:
            levers = [(f"limits:{limit}:amount", "add", _lot_of(case, limit, offers)) for limit in sorted(used)]
            detail = f"a lot of {', '.join(sorted(used))}"
            yield MoreOfOne(VENDOR, vendor, ONE_LOT, None, tuple(levers), detail, not used & full, within_half=False)


def _full_limits(loaded: LoadedRun) -> set[str]:
    """The limits of which the plan uses nearly all in some span."""
    return {str(row["limit"]) for row in loaded.records("limits") if is_full(row["used"], row["supply"])}


def worth_search(context: StudyContext, base: Result, amounts: Sequence[MoreOfOne]) -> Search[list[WorthOfMore]]:
    """Asks for points, is given their results, and returns what each amount is worth, in their order.

    `base` is the plan, with the best bound that is known.
    """
    halves = [one for one in amounts if one.share == SHARES[0]]
    idle = [one for one in halves if one.is_idle]
    levers = tuple(lever for one in idle for lever in one.levers)
    joint = MoreOfOne("all", "idle amounts", "50 %", None, levers)
    is_joint = len(idle) > 1
    first = [
        one for one in (*halves, *amounts) if not one.is_monotone or (one in halves and not (is_joint and one.is_idle))
    ]
    found = yield from _solved(context, base, [*([joint] if is_joint else []), *dict.fromkeys(first)])
    if is_joint and _is_settled(whole := found.pop(joint.name), base):
        found |= {
            one.name: WorthOfMore(one, 0.0, 0.0, whole.high, BY_ALL)
            for one in amounts
            if one.is_idle and (one.share is not None or one.within_half)
        }
    found |= yield from _solved(context, base, [one for one in halves if one.name not in found])
    by_item = {one.of: found[one.name] for one in halves}
    rest = []
    for one in amounts:
        half = by_item.get(one.of)
        if one.name not in found and half is not None and one.within_half and _is_settled(half, base):
            found[one.name] = WorthOfMore(one, 0.0, 0.0, half.high, BY_MORE)
        elif one.name not in found:
            rest.append(one)
    found |= yield from _solved(context, base, rest)
    return _in_order([found[one.name] for one in amounts])


def _is_settled(worth: WorthOfMore, base: Result) -> bool:
    """True where an amount is worth no more than the gaps leave open."""
    bound = bound_of(base)
    if worth.high is None or bound is None:
        return False
    return worth.high <= _ABOUT * (cost_of(base) - bound) + _NIL * abs(cost_of(base))


def _solved(context: StudyContext, base: Result, amounts: Sequence[MoreOfOne]) -> Search[dict[str, WorthOfMore]]:
    if not amounts:
        return {}
    over = context.over_scenarios
    points = [Point(one.name, "plan", recipe_of(levers=one.levers, over_scenarios=over), None) for one in amounts]
    results = yield points
    return {one.name: _worth(one, base, results[one.name]) for one in amounts}


def _worth(one: MoreOfOne, base: Result, result: Result) -> WorthOfMore:
    if not keeps_limits(result):
        return WorthOfMore(one, None, 0.0 if one.is_monotone else None, None, str(result.get("status", "")))
    saved = difference(base, result)
    if not one.is_monotone:
        return WorthOfMore(one, saved.found, saved.least, saved.most, SOLVED)
    low = max(0.0, saved.least) if saved.least is not None else 0.0
    high = None if saved.most is None else max(low, saved.most)
    # The plan itself is possible with more of anything, so that no search has to find it.
    return WorthOfMore(one, max(0.0, saved.found), low, high, SOLVED)


def _in_order(worths: Sequence[WorthOfMore]) -> list[WorthOfMore]:
    """The worths of an item's shares as they must be: never less with more."""
    found = {one.amount.name: one for one in worths}
    groups: dict[tuple[str, str], list[WorthOfMore]] = {}
    for one in worths:
        if one.amount.share is not None and one.amount.is_monotone:
            groups.setdefault(one.amount.of, []).append(one)
    for group in groups.values():
        rising = sorted(group, key=lambda one: one.amount.share or 0.0)
        lows, highs = [one.low or 0.0 for one in rising], [one.high for one in rising]
        best = [one.found or 0.0 for one in rising]
        for at, one in enumerate(rising):
            known = [high for high in highs[at:] if high is not None]
            found[one.amount.name] = replace(
                one, found=max(best[: at + 1]), low=max(lows[: at + 1]), high=min(known, default=None)
            )
    return [found[one.amount.name] for one in worths]
