"""The tables of the explanation of a plan: decisions, where their worth comes from, their effects, and their flips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.content.cost_categories import category_name
from planner.documents.number_text import difference, musd_between
from planner.results.table import Cell
from planner.studies.flip_levers import DELAY, DEMAND, LEAD_TIME, YIELD
from planner.studies.flip_search import FlipSearch
from planner.studies.opposites import Opposite
from planner.studies.price_brackets import WalkAwayPrice
from planner.studies.significance import cost_of, decision_in_short, flips, has_plan, kind_in_words
from planner.studies.study_columns import FINDING, LEAST, MOST, SHARE, worst_shares
from planner.studies.study_context import Result

MUSD = "USD million"
FLIPPED_BY = {YIELD: "its speed or yield at", DELAY: "a delay of", LEAD_TIME: "its lead time at", DEMAND: "demand"}
DECISION = Column("decision", "Decision", width=28)
KIND = Column("kind", "Kind", width=12, spare=4)
_NOTHING = 1e-9
_SAME_SHARE = 1e-6
_TOTAL = "in all"
_RISK = "weight of risk"


def decision_text(name: str, decision: Mapping[str, object]) -> str:
    """Returns a decision in words: `chip (tape-out, in_house, 2027)`."""
    kind, item = kind_in_words(name)
    return f"{item} ({kind}, {decision_in_short(decision)})"


def bracket_text(own: Opposite, plan: Result) -> str:
    """Returns what an opposite costs more, as far as is proven, with its share of the cost."""
    ends, cost = (own.least, own.most), abs(cost_of(plan))
    if ends == (None, None):
        return f"about {difference(own.found, MUSD)} {MUSD}"
    least, most = (None if end is None or cost <= _NOTHING else end / cost for end in ends)
    return musd_between(ends, (least, most))


def decisions_table(
    plan: Result,
    found: Mapping[str, Opposite],
    searches: Sequence[FlipSearch],
    prices: Mapping[str, WalkAwayPrice],
) -> TableBlock:
    """Returns each decision with what its opposite costs more and the nearest changes that flip it."""
    columns = (
        DECISION, KIND,
        Column("in_plan", "In the plan", width=26),
        Column("opposite", "Its opposite", width=26),
        Column("change_musd", "The opposite costs", Form.MUSD_CHANGE, MUSD),
        LEAST, MOST, SHARE, FINDING,
        Column("price", "Price", Form.AMOUNT, MUSD, spare=4),
        Column("walk_away_musd", "Pays up to", Form.AMOUNT, MUSD),
        Column("walk_away_least_musd", "at least", Form.AMOUNT, MUSD, spare=5),
        Column("walk_away_most_musd", "at most", Form.AMOUNT, MUSD, spare=6),
        Column("flipped_by", "What else flips it", width=44, spare=2),
        Column("reason", "Why there is no opposite", width=40, spare=3),
    )  # fmt: skip
    cost = abs(cost_of(plan))
    records: list[dict[str, Cell]] = []
    for name, own in found.items():
        kind, item = kind_in_words(name)
        mine = [search for search in searches if search.decision == name]
        other = [
            f"{search.lever.what} {search.lever.words(search.estimate)}"
            for search in mine
            if search.estimate is not None
        ]
        price = prices.get(name)
        records.append(
            {
                "decision": item,
                "kind": kind,
                "in_plan": decision_in_short(plan["decisions"][name]),
                "opposite": decision_in_short(own.result["decisions"][name]) if has_plan(own.result) else "",
                "change_musd": own.found,
                "change_least_musd": own.least,
                "change_most_musd": own.most,
                "change_share": own.found / cost if own.found is not None and cost > _NOTHING else None,
                "finding": own.verdict,
                "price": None if price is None else price.item.today,
                "walk_away_musd": None if price is None else price.estimate,
                "walk_away_least_musd": None if price is None else price.low,
                "walk_away_most_musd": None if price is None else price.near_high,
                "flipped_by": "; ".join(other),
                "reason": own.reason,
            }
        )
    note = (
        "What is taken is barred, what is not taken is taken at its best time, and the rest is planned again. The gaps "
        "of both plans are in at least and at most. The price is that of a module, a company, an agreement, or the "
        "cheapest route of a programme."
    )
    return TableBlock("decisions", "What the opposite of each decision costs", note, columns, rows_of(records, columns))


def sources_table(plan: Result, found: Mapping[str, Opposite]) -> TableBlock:
    """Returns where the difference of each pair of plans comes from, by category and year; it adds up exactly."""
    results = {name: own.result for name, own in found.items() if has_plan(own.result)}
    years = sorted({year for result in (plan, *results.values()) for own in result["money"].values() for year in own})
    columns = (
        DECISION,
        Column("category", "Category", width=20),
        *(Column(f"change_{year}_musd", year, Form.MUSD_CHANGE, MUSD, spare=5) for year in years),
        Column("change_musd", _TOTAL, Form.MUSD_CHANGE, MUSD),
    )
    records: list[dict[str, Cell]] = []
    bold = set()
    for name, result in results.items():
        _, item = kind_in_words(name)
        rows = _differences(plan, result)
        for category, amounts in rows.items():
            cells = {f"change_{year}_musd": musd for year, musd in amounts.items()}
            label = category_name(category)
            records.append({"decision": item, "category": label, **cells, "change_musd": math.fsum(amounts.values())})
        total = cost_of(result) - cost_of(plan)
        rest = total - math.fsum(musd for amounts in rows.values() for musd in amounts.values())
        if abs(rest) > 1e-6 * max(1.0, abs(cost_of(plan))):
            records.append({"decision": item, "category": _RISK, "change_musd": rest})
        sums = {f"change_{year}_musd": math.fsum(amounts.get(year, 0.0) for amounts in rows.values()) for year in years}
        bold.add(len(records))
        records.append({"decision": item, "category": _TOTAL, **sums, "change_musd": total})
    note = (
        "Present cost of the plan with the opposite less that of the plan, by category and calendar year; `end` is "
        "what is left after the plan."
    )
    title = "Where the difference comes from"
    return TableBlock("sources", title, note, columns, rows_of(records, columns), bold=frozenset(bold))


def _differences(plan: Result, result: Result) -> dict[str, dict[str, float]]:
    """By category and year: the amount of `result` less that of `plan`, without categories in which nothing differs."""
    found: dict[str, dict[str, float]] = {}
    for category in sorted(plan["money"].keys() | result["money"].keys()):
        before, after = plan["money"].get(category, {}), result["money"].get(category, {})
        own = {year: after.get(year, 0.0) - before.get(year, 0.0) for year in sorted(before.keys() | after.keys())}
        if any(abs(musd) > _NOTHING for musd in own.values()):
            found[category] = own
    return found


def effects_table(plan: Result, found: Mapping[str, Opposite]) -> TableBlock:
    """Returns what each opposite does to service, to the share of the largest vendor, and to power."""
    columns = (
        DECISION,
        Column("what", "What", width=34),
        Column("now", "In the plan", Form.NUMBER),
        Column("with_opposite", "With the opposite", Form.NUMBER),
        Column("change", "Change", Form.NUMBER_CHANGE),
        Column("unit", "Unit", width=10),
        Column("of", "Of", width=24),
    )
    records: list[dict[str, Cell]] = []
    for name, own in found.items():
        if not has_plan(own.result):
            continue
        _, item = kind_in_words(name)
        before, after = dict(worst_shares(plan)), dict(worst_shares(own.result))
        for workload in before.keys() | after.keys():
            one, two = 100.0 * before.get(workload, 1.0), 100.0 * after.get(workload, 1.0)
            if abs(one - two) > 100.0 * _SAME_SHARE:
                records.append(_effect(item, "served in its worst period", one, two, "%", workload))
        for figure, what, factor, unit in (
            ("share_of_largest_vendor", "largest vendor's share of capability", 100.0, "%"),
            ("peak_mw", "most power", 1.0, "MW"),
        ):
            values = [result["figures"].get(figure) for result in (plan, own.result)]
            one, two = (factor * float(value or 0.0) for value in values)
            if abs(one - two) > factor * _SAME_SHARE:
                records.append(_effect(item, what, one, two, unit, ""))
    note = "What does not change is left out."
    return TableBlock("effects", "Service, vendors and power", note, columns, rows_of(records, columns))


def _effect(item: str, what: str, before: float, after: float, unit: str, of: str) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"now": before, "with_opposite": after, "change": after - before}
    return {"decision": item, "what": what, **cells, "unit": unit, "of": of}


def flips_table(searches: Sequence[FlipSearch]) -> TableBlock:
    """Returns the change of each input that flips each decision, with the values at which that is proven."""
    columns = (
        DECISION,
        Column("what", "What changes", width=16),
        Column("input", "Input", width=40, spare=2),
        Column("flips_at", "Flips at", width=30),
        Column("value", "As a factor, or months", Form.NUMBER),
        Column("value_low", "Found between", Form.NUMBER),
        Column("value_high", "and", Form.NUMBER),
        Column("kept_to", "Proven to stay up to", Form.NUMBER),
        Column("flipped_from", "Proven to flip from", Form.NUMBER),
        Column("tried_to", "Tried up to", Form.NUMBER, spare=1),
    )
    records: list[dict[str, Cell]] = []
    for search in searches:
        _, item = kind_in_words(search.decision)
        kept, flipped = search.proven
        record: dict[str, Cell] = {
            "decision": item,
            "what": search.lever.what,
            "input": "; ".join(entry.name for entry in search.lever.entries),
            "flips_at": "does not flip" if search.estimate is None else search.lever.words(search.estimate),
            "value": search.estimate,
            "kept_to": kept.value,
            "flipped_from": None if flipped is None else flipped.value,
            "tried_to": search.lever.far,
        }
        if search.flip is not None:
            record |= {"value_low": search.flip[0].value, "value_high": search.flip[1].value}
        records.append(record)
    note = (
        "Only decisions that are proven right are tried. A factor of 1 and 0 months are as the case has it; between "
        "the proven values the gaps leave it open."
    )
    return TableBlock("flips", "The nearest change that flips each decision", note, columns, rows_of(records, columns))


def binding_table(plan: Result, found: Mapping[str, Opposite]) -> TableBlock:
    """Returns what is used up in one of the two plans only."""
    columns = (DECISION, Column("what", "Used up", width=44), Column("where", "In which plan", width=22))
    records: list[dict[str, Cell]] = []
    for name, own in found.items():
        if has_plan(own.result):
            _, item = kind_in_words(name)
            before, after = set(plan["binding"]), set(own.result["binding"])
            for where, only in (("this plan only", before - after), ("with the opposite only", after - before)):
                records += [{"decision": item, "what": what, "where": where} for what in sorted(only)]
    note = "What is used up in both plans, or in neither, is left out."
    return TableBlock("binding", "What binds in one plan only", note, columns, rows_of(records, columns))


def changes_table(plan: Result, found: Mapping[str, Opposite]) -> TableBlock:
    """Returns the other strategic decisions that the opposite of each changes."""
    columns = (
        DECISION,
        Column("other", "Other decision", width=28),
        Column("now", "In the plan", width=34),
        Column("with_opposite", "With the opposite", width=34),
    )
    records: list[dict[str, Cell]] = []
    for name, own in found.items():
        if has_plan(own.result):
            _, item = kind_in_words(name)
            for other, before, after in flips(own.result, plan):
                if other != name:
                    records.append(
                        {"decision": item, "other": kind_in_words(other)[1], "now": before, "with_opposite": after}
                    )
    title = "Other strategic decisions that change with it"
    return TableBlock("changes", title, "", columns, rows_of(records, columns))
