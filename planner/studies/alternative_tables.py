"""The tables of alternatives: plans beside each other, what each decides otherwise, and what may speak for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.alternatives.measures import CAPITAL, MEASURES, PEAK_MW, UNSERVED, VENDOR_SHARE
from models.alternatives.strategic_choices import MODULES, Choices
from planner.documents.blocks import Column, Form, TableBlock, rows_of
from planner.documents.number_text import counted, money, percent, relative
from planner.results.table import Cell
from planner.studies.alternative_plans import AlternativePlan, Alternatives
from planner.studies.significance import cost_of, difference
from planner.studies.study_columns import CHANGE, COST, FINDING, LEAST, MOST, SHARE, change_cells

KINDS_IN_WORDS = {"start": "tape-out", "close": "deal", "sign": "agreement", MODULES: "site expansion"}
NOT_TAKEN = "not taken"
LEAST_ADVANTAGE = 0.01
"""The share of a measure by which one plan must have less of it to be preferred for that."""
SAME = "the same"
_SAME_COST = 1e-6
_PLAN = Column("plan", "Plan", width=26)
_OTHERWISE = Column("otherwise", "Decided otherwise than in the plan of the run", width=60)
_FORMS = {CAPITAL: (Form.MUSD, "USD million"), PEAK_MW: (Form.NUMBER, "MW")}
_SHARES = (Form.PERCENT, "fraction")


def item_in_words(item: str) -> str:
    """Returns an item of a plan's strategic decisions in words.

    >>> item_in_words("start:own_chip/in_house"), item_in_words("build:home")
    ('tape-out of own_chip by in_house', 'expansion of home')
    """
    block, _, name = item.partition(":")
    if block == "start":
        return "tape-out of " + " by ".join(name.rsplit("/", 1))
    return f"expansion of {name}" if block == MODULES else f"{KINDS_IN_WORDS[block]} {name}"


def way_in_words(item: str, choices: Choices, probability: Mapping[str, float]) -> str:
    """Returns when an item is taken: `2027`, `not taken`, or on a tree each with its probability."""
    chance: dict[str, float] = {}
    for name, weight in probability.items():
        label = choices[name].get(item, NOT_TAKEN)
        chance[label] = chance.get(label, 0.0) + weight
    if len(chance) == 1:
        return next(iter(chance))
    ordered = sorted(chance.items(), key=lambda entry: (entry[0] == NOT_TAKEN, entry[0]))
    return ", ".join(f"{label} ({percent(weight, 0)} %)" for label, weight in ordered)


def difference_in_words(found: Alternatives, plan: AlternativePlan) -> str:
    """Returns what a plan decides otherwise than the plan of the run: with, without, or at another date."""
    parts = []
    for item in sorted(plan.otherwise, key=_rank):
        name = item_in_words(item)
        was = way_in_words(item, found.run.result["choices"], found.probability)
        now = way_in_words(item, plan.result["choices"], found.probability)
        if now == NOT_TAKEN:
            parts.append(f"without {name}")
        elif was == NOT_TAKEN:
            parts.append(f"with {name} ({now})")
        else:
            parts.append(f"{name}: {now} instead of {was}")
    return "; ".join(parts) or SAME


def advantages_in_words(found: Alternatives, plan: AlternativePlan) -> str:
    """Returns the measures of which a plan has at least 1 % less than the plan of the run, with both amounts."""
    parts = []
    for name in MEASURES:
        own, other = plan.measures[name], found.run.measures[name]
        if own is not None and other is not None and own < other - LEAST_ADVANTAGE * abs(other):
            what = f"{measure_in_words(found, name)}: {amount_in_words(name, own)}"
            parts.append(f"{what} instead of {amount_in_words(name, other)}")
    return "; ".join(parts)


def measure_in_words(found: Alternatives, name: str) -> str:
    """Returns what a measure is, with its vendor or date."""
    return {
        VENDOR_SHARE: f"share of {found.vendor} in orders",
        CAPITAL: f"capital outlay before {found.before}",
        UNSERVED: "worst unserved share",
        PEAK_MW: "largest power",
    }[name]


def amount_in_words(name: str, value: float) -> str:
    """Returns an amount of a measure with its unit."""
    if name == CAPITAL:
        return f"{money(value)} USD million"
    return f"{counted(value)} MW" if name == PEAK_MW else f"{percent(value)} %"


def change_in_words(found: Alternatives, plan: AlternativePlan) -> str:
    """Returns what a plan costs more or less than that of the run, with its share."""
    cost = abs(cost_of(found.run.result))
    change = cost_of(plan.result) - cost_of(found.run.result)
    if abs(change) < _SAME_COST * max(1.0, cost):
        return "the same cost"
    share = f" ({relative(change / cost)})" if cost else ""
    return f"{money(abs(change))} USD million {'more' if change > 0 else 'less'}{share}"


def share_in_words(found: Alternatives) -> str:
    """Returns how much more alternatives may cost, in per cent."""
    return f"{100.0 * found.options.within:.4g} %"


def plans_table(found: Alternatives) -> TableBlock:
    """Returns all plans beside the plan of the run."""
    columns = (
        _PLAN, _OTHERWISE, Column("preferred_for", "May be preferred for", width=50),
        COST, CHANGE, LEAST, MOST, SHARE, FINDING,
        Column("least_cost_musd", "Plans not listed before cost at least", Form.MUSD, "USD million", spare=8),
        *(Column(name, _measure_title(found, name), *_form(name), width=14) for name in MEASURES),
    )  # fmt: skip
    records: list[dict[str, Cell]] = []
    for plan in found.all_plans:
        gap = difference(plan.result, found.run.result)
        cells = change_cells(gap, cost_of(found.run.result)) | {"finding": gap.word} if plan is not found.run else {}
        records.append(
            {
                "plan": plan.name,
                "otherwise": "" if plan is found.run else difference_in_words(found, plan),
                "preferred_for": "" if plan is found.run else advantages_in_words(found, plan),
                "cost_musd": cost_of(plan.result),
                "least_cost_musd": plan.least_cost,
                **cells,
                **plan.measures,
            }
        )
    note = (
        f"Every plan but that of the run costs at most {found.limit_musd:,.0f} USD million, which is "
        f"{share_in_words(found)} above the {found.bound_musd:,.0f} that every plan costs at least. A, B "
        "and so on are by cost: each decides otherwise than the plan of the run and all before it. The others make one "
        "measure least at that cost, and the change of cost is that of having so little of it. What a plan may be "
        "preferred for is what it has at least 1 % less of than the plan of the run."
    )
    return TableBlock("plans", "Alternatives", note, columns, rows_of(records, columns), bold=frozenset({0}))


def measures_table(found: Alternatives) -> TableBlock:
    """Returns how little there can be of each measure at the cost that is allowed, and what that costs."""
    columns = (
        Column("measure", "Measure", width=34),
        Column("unit", "Unit", width=12),
        Column("in_run", "In the plan of the run", Form.NUMBER, width=14),
        Column("found", "Least that was found", Form.NUMBER, width=14),
        Column("least", "Proven: no plan has less than", Form.NUMBER, width=14),
        Column("costs", "At a cost of", width=34),
        _OTHERWISE,
    )
    records: list[dict[str, Cell]] = []
    forms = {}
    for plan in found.preferred:
        forms[len(records)], unit = _form(plan.measure)
        records.append(
            {
                "measure": _measure_title(found, plan.measure),
                "unit": unit,
                "in_run": found.run.measures[plan.measure],
                "found": plan.measures[plan.measure],
                "least": plan.least,
                "costs": change_in_words(found, plan),
                "otherwise": difference_in_words(found, plan),
            }
        )
    note = (
        "Among all plans of the allowed cost, those of the run's decisions included. Found to within 1 % of the "
        "measure; no plan of that cost has less than what is proven. Among the plans with as little, the cheapest."
    )
    title = "What a plan may be preferred for"
    return TableBlock("measures", title, note, columns, rows_of(records, columns), forms=forms)


def decisions_table(found: Alternatives) -> TableBlock:
    """Returns every item with when each plan takes it; those that all plans take come first."""
    plans = found.all_plans
    columns = (
        Column("item", "Decision", width=34),
        Column("taken", "Taken in", width=16),
        *(Column(f"plan_{number}", plan.name, width=16) for number, plan in enumerate(plans)),
    )
    records: list[dict[str, Cell]] = []
    for item in sorted({item for plan in plans for own in plan.result["choices"].values() for item in own}, key=_rank):
        ways = [way_in_words(item, plan.result["choices"], found.probability) for plan in plans]
        count = sum(way != NOT_TAKEN for way in ways)
        records.append(
            {
                "item": item_in_words(item),
                "taken": "all plans" if count == len(plans) else f"{count} of {len(plans)}",
                **{f"plan_{number}": "" if way == NOT_TAKEN else way for number, way in enumerate(ways)},
            }
        )
    records.sort(key=lambda record: record["taken"] != "all plans")
    note = "The period in which each plan takes it; of an expansion, that of its first module. Blank: not taken."
    return TableBlock("decisions", "What all share, and what differs", note, columns, rows_of(records, columns))


def shared_items(found: Alternatives) -> list[str]:
    """Returns the items that every plan takes on every path."""
    taken = [set(own) for plan in found.all_plans for own in plan.result["choices"].values()]
    return sorted(set.intersection(*taken), key=_rank)


def items_in_words(items: Sequence[str]) -> str:
    """Returns items as a list in a sentence."""
    names = [item_in_words(item) for item in items]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _measure_title(found: Alternatives, name: str) -> str:
    text = measure_in_words(found, name)
    return text[0].upper() + text[1:]


def _form(name: str) -> tuple[Form, str]:
    return _FORMS.get(name, _SHARES)


def _rank(item: str) -> tuple[int, str]:
    return list(KINDS_IN_WORDS).index(item.partition(":")[0]), item


__all__ = [
    "advantages_in_words", "amount_in_words", "change_in_words", "decisions_table", "difference_in_words",
    "item_in_words", "items_in_words", "measure_in_words", "measures_table", "plans_table", "share_in_words",
    "shared_items", "way_in_words",
]  # fmt: skip
