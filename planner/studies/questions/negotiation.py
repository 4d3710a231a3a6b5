"""The negotiation sheet of a plan: what each term is worth, up to which price each item pays, and unit costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from models.case import Case
from planner.documents.blocks import ChartBlock, ChartKind, TableBlock
from planner.documents.number_text import input_cell, money, relative
from planner.errors import CaseFaults, Fault, listed
from planner.results.loaded_run import LoadedRun
from planner.studies.explained_plan import ExplainedPlan, explained_plan
from planner.studies.negotiation_tables import (
    MUSD,
    NegotiationSheet,
    curves_table,
    earlier_table,
    headroom,
    more_table,
    offers_table,
    trials_table,
    unit_cost_table,
    walk_away_table,
    worth_words,
)
from planner.studies.price_brackets import NEEDED, NOT_TAKEN, TAKEN, WalkAwayPrice
from planner.studies.priced_items import AGREEMENT, DEAL, OFFER, TAPE_OUT, priced_items
from planner.studies.search_rounds import solved_in_rounds
from planner.studies.significance import cost_of
from planner.studies.study_columns import base_facts
from planner.studies.study_context import Result, StudyContext
from planner.studies.study_model import Study
from planner.studies.unit_economics import UnitEconomics
from planner.studies.vendor_pages import vendor_tables
from planner.studies.walk_away_prices import price_searches
from planner.studies.worth_of_more import amounts_of, earlier_deliveries, worth_search
from planner.studies.worth_of_rights import WorthOfRight, rights_lines, rights_search, rights_table, uses_of

MOST_ITEMS = 3
MORE, RIGHTS = "worth of more", "worth of rights"
_OPEN_GAPS = "What lies within the gaps is open; a smaller --gap narrows it."
_EXPECTED = "Amounts are expected over the scenarios; a right is used with the probability of the branches that use it."
_OTHERS = {TAPE_OUT: "Programme", DEAL: "Deal", AGREEMENT: "Agreement"}


def worth(context: StudyContext, loaded: LoadedRun) -> Study:
    """Returns the study of what the terms of the plan of a run are worth.

    Raises:
        CaseFaults: the plan does not minimise expected cost.
        NoBaseError: the case has no plan.
    """
    require_expected_cost(loaded)
    plan = explained_plan(loaded, context.case)
    context = plan.context(context)
    best = _best_known(plan, context)
    amounts, later = amounts_of(context.case, loaded), earlier_deliveries(context.case)
    items = priced_items(context.case)
    # What all ask for is solved together, so that no worker waits.
    searches = {
        **price_searches(context, items),
        MORE: worth_search(context, best, [*amounts, *later]),
        RIGHTS: rights_search(context, best, plan.result, uses_of(context.case, loaded)),
    }
    answers = solved_in_rounds(context, searches)
    prices = {item.name: answers[item.name] for item in items}
    gains, rights = answers[MORE], answers[RIGHTS]
    units = UnitEconomics(loaded)
    sheet = NegotiationSheet(
        loaded, prices, gains[: len(amounts)], gains[len(amounts) :], units.offer_costs, units.reasons()
    )
    curves = curves_table(sheet)
    return Study(
        kind="worth",
        title="What the terms of the plan are worth",
        case_name=context.case.settings.name,
        headlines=(*_headlines(sheet), *rights_lines(rights)),
        tables=(
            walk_away_table(sheet), more_table(sheet), earlier_table(sheet), *_rights(rights),
            *vendor_tables(sheet, plan.result["vendors"]), offers_table(sheet), unit_cost_table(sheet), curves,
            trials_table(sheet),
        ),
        charts=(_chart(),) if curves.rows else (),
        notes=tuple(_notes(context)),
        facts={"run": plan.run, **base_facts(best)},
        refers_to_base=not context.over_scenarios,
    )  # fmt: skip


def worth_of_rights(context: StudyContext, loaded: LoadedRun) -> Study:
    """Returns the study of what the rights of contracts are worth, and of no other term.

    Raises:
        CaseFaults: the plan does not minimise expected cost, or no contract of the case gives a right.
        NoBaseError: the case has no plan.
    """
    require_expected_cost(loaded)
    plan = explained_plan(loaded, context.case)
    context = plan.context(context)
    uses = uses_of(context.case, loaded)
    if not uses:
        remedy = "Leave out --rights: prices and amounts are worth something without any."
        raise CaseFaults([Fault(loaded.name, "has no contract that gives a right", remedy)])
    best = _best_known(plan, context)
    rights = solved_in_rounds(context, {RIGHTS: rights_search(context, best, plan.result, uses)})[RIGHTS]
    return Study(
        kind="rights",
        title="What the rights of contracts are worth",
        case_name=context.case.settings.name,
        headlines=tuple(rights_lines(rights)),
        tables=tuple(_rights(rights)),
        notes=(_OPEN_GAPS, *((_EXPECTED,) if context.over_scenarios else ())),
        facts={"run": plan.run, **base_facts(best)},
        refers_to_base=not context.over_scenarios,
    )


def _best_known(plan: ExplainedPlan, context: StudyContext) -> Result:
    """The cheaper of the plan and that of the study, with the best bound."""
    known, found = plan.best_known(context), context.base()
    return {**(found if cost_of(found) < cost_of(known) else known), "bound_musd": known["bound_musd"]}


def _rights(rights: Sequence[WorthOfRight]) -> Iterator[TableBlock]:
    if rights:
        yield rights_table(rights)


def require_expected_cost(loaded: LoadedRun) -> None:
    """Refuses a plan that minimises something else: no price is a price by unit of cost there.

    Raises:
        CaseFaults: it weighs the worst paths, or minimises regret.
    """
    if loaded.scenario_tree is not None and loaded.case.settings.risk_aversion > 0:
        remedy = "Plan the case with risk_aversion = 0."
        raise CaseFaults([Fault(loaded.name, "weighs the worst paths, and prices count by expected cost", remedy)])


def _chart() -> ChartBlock:
    return ChartBlock(
        "worth", "Worth by amount", ChartKind.FAN, "worth_curves", "more", "worth_musd",
        panel="name", bands=(("worth_least_musd", "worth_most_musd", "as far as is proven"),), line="found",
        note="What 1 %, 10 % and 50 % more of each save; each amount is planned again, integers free.",
    )  # fmt: skip


def _headlines(sheet: NegotiationSheet) -> Iterator[str]:
    known = [price for price in sheet.prices.values() if headroom(price) is not None]
    offers = [price for price in known if price.item.kind == OFFER]
    leaving = sorted((one for one in offers if one.state == TAKEN), key=_distance)
    entering = sorted((one for one in offers if one.state == NOT_TAKEN), key=_distance)
    if leaving:
        yield f"Nearest to leaving the plan: {_prices(leaving)}."
    if entering:
        yield f"Nearest to entering it: {_prices(entering)}."
    others = sorted((price for price in known if price.item.kind in _OTHERS), key=_distance)
    for price in others[:MOST_ITEMS]:
        state = "in the plan" if price.state == TAKEN else "not in the plan"
        lead = f"{_OTHERS[price.item.kind]} {price.item.item}"
        yield f"{lead} {price.text}; today {input_cell(price.item.today)}, {state}."
    needed = [price.item.item for price in sheet.prices.values() if price.state == NEEDED]
    if needed:
        yield f"Needed at any price, as no plan does without: {listed(needed)}."
    yield from _most_worth(sheet)
    yield from _cost_lines(sheet)


def _distance(price: WalkAwayPrice) -> float:
    return abs(headroom(price) or 0.0)


def _prices(prices: list[WalkAwayPrice]) -> str:
    parts = [
        f"{one.item.item} at {input_cell(float(f'{one.estimate:.4g}'))} {one.item.unit} ({relative(headroom(one))})"
        for one in prices[:MOST_ITEMS]
    ]
    return ", ".join(parts)


def _most_worth(sheet: NegotiationSheet) -> Iterator[str]:
    proven = [one for one in sheet.more if one.is_finding]
    tenth = [one for one in proven if one.amount.share == 0.1] or proven
    for one in sorted(tenth, key=lambda one: -(one.low or 0.0))[:MOST_ITEMS]:
        yield f"{one.amount.more} more of {one.amount.kind} {one.amount.item} {worth_words(one)}."
    if sheet.more and not proven:
        yield "More of no limit, budget, site or vendor is proven to be worth anything."
    idle = {one.amount.of for one in sheet.more}
    idle -= {one.amount.of for one in sheet.more if one.is_finding or one.high is None}
    if proven and idle:
        count = f"{len(idle)} others" if len(idle) > 1 else "1 other"
        most = max(one.high or 0.0 for one in sheet.more if one.amount.of in idle)
        yield f"More of {count} is worth at most {money(most)} {MUSD} each, even by half: within the gaps."
    sooner = [one for one in sheet.earlier if one.is_finding and (one.low or 0.0) > 0]
    for one in sorted(sooner, key=lambda one: -(one.low or 0.0))[:MOST_ITEMS]:
        less = one.amount.more.removesuffix(" earlier")
        yield f"Delivery {less} earlier by {one.amount.kind} {one.amount.item} {worth_words(one)}."


def _cost_lines(sheet: NegotiationSheet) -> Iterator[str]:
    known = [one for one in sheet.costs if one.is_taken and one.dearer is not None]
    if len(known) > 1:
        least = min(known, key=lambda one: one.dearer or 0.0)
        yield (
            f"By unit the cheapest of what the plan takes is {least.offer}: {money(least.usd)} USD per thousand "
            f"queries of {least.workload}, {relative(least.dearer)} beside the plan's mean."
        )


def _notes(context: StudyContext) -> Iterator[str]:
    yield (
        "A walk-away price is found by planning with and without the item: proven ends carry the gaps of both plans. "
        "Between them the gaps leave it open; a smaller --gap narrows them."
    )
    case: Case = context.case
    if any(row.basis == "spend" for row in case.policies):
        yield "A policy on shares of spending compares prices: no end of an offer's price is proven."
    if context.over_scenarios:
        yield (
            "Amounts are expected over the scenarios; an item is taken where some branch takes it. Unit costs are at "
            "the prices and rates of the tables, without those of scenarios."
        )
    yield "Unit costs are arithmetic over the inputs and the use of the plan of the run; nothing is solved for them."


__all__ = ["worth", "worth_of_rights"]
