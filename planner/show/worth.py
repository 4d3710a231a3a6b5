"""The tightest constraints: where one more unit would be worth most, at this plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.calendar import parse_span
from models.case import Case
from planner.results import Table
from planner.show.numbers import counted, money, percent

MOST = 3
ONE_PER_CENT = 0.01
_LEAST_WORTH_MUSD = 1e-6
_NEARLY_FULL = 0.98
_MOST_OTHERS = 4


@dataclass(frozen=True)
class _Bound:
    """One row that bounds the plan: `price` in USD million for one more of `unit`."""

    name: str
    what: str
    span: str
    unit: str
    amount: float
    used: float
    price: float

    @property
    def one_per_cent_musd(self) -> float:
        return self.price * ONE_PER_CENT * self.amount

    @property
    def is_priced(self) -> bool:
        return self.one_per_cent_musd > _LEAST_WORTH_MUSD

    @property
    def share(self) -> float:
        return self.used / self.amount if self.amount > 0 else 0.0


def tightest(case: Case, tables: Mapping[str, Table], most: int = MOST) -> list[str]:
    """Returns a sentence for each of the tightest constraints: worth of one more unit, then of 1 % more.

    Ranked by what 1 % more is worth, one row for each budget, limit or site. Where fewer are worth anything, those
    that are at least 98 % full follow.
    """
    rows = [*_rows(case, tables)]
    by_name: dict[str, list[_Bound]] = {}
    for row in rows:
        by_name.setdefault(row.what, []).append(row)
    priced = [
        (max(own, key=lambda row: row.one_per_cent_musd), [row for row in own if row.is_priced])
        for own in by_name.values()
    ]
    priced = sorted((entry for entry in priced if entry[1]), key=lambda entry: -entry[0].one_per_cent_musd)
    found = [_worth(best, others) for best, others in priced[:most]]
    named = {best.what for best, _ in priced}
    full = [max(own, key=lambda row: row.share) for what, own in by_name.items() if what not in named]
    full = sorted((row for row in full if row.share >= _NEARLY_FULL), key=lambda row: -row.share)
    return found + [_fullness(row) for row in full[: most - len(found)]]


def _rows(case: Case, tables: Mapping[str, Table]) -> Iterator[_Bound]:
    """Yields the rows of budgets, limits and power that bind somewhere in the reported periods."""
    settings = case.settings
    periods = [row["period"] for row in tables["period_figures"].records()][: settings.periods]
    end = parse_span(str(periods[-1]))[1]
    units = {row.limit: row.unit for row in case.limits}
    for row in tables["budgets"].records():
        name = str(row["budget"])
        yield from _bound(name, f"budget {name}", "USD million", row, ("span", "amount_musd", "spent_musd"), end)
    for row in tables["limits"].records():
        name = str(row["limit"])
        yield from _bound(name, f"limit {name}", units.get(name, ""), row, ("span", "supply", "used"), end)
    for row in tables["power"].records():
        name = str(row["site"])
        yield from _bound(name, f"power at {name}", "MW", row, ("period", "available_mw", "drawn_mw"), end)


def _bound(
    name: str, what: str, unit: str, row: Mapping[str, object], columns: tuple[str, str, str], end: int
) -> Iterator[_Bound]:
    span, there, used = (row[column] for column in columns)
    price = row["price"]
    if there is not None and isinstance(price, float) and parse_span(str(span))[0] < end:
        yield _Bound(name, what, str(span), unit, float(str(there)), float(str(used)), price)


def _worth(best: _Bound, priced: list[_Bound]) -> str:
    if best.what.startswith("budget"):
        head = f"One more USD million of budget {best.name} in {best.span} is worth {money(best.price)} USD million"
    elif best.what.startswith("power"):
        head = f"One more MW at {best.name} in {best.span} is worth {money(best.price)} USD million"
    else:
        unit = f" ({best.unit})" if best.unit else ""
        head = f"One more unit of {best.name}{unit} in {best.span} is worth {money(best.price * 1e6)} USD"
    others = [row.span for row in priced if row is not best]
    also = ""
    if others:
        more = f" and {len(others) - _MOST_OTHERS} more" if len(others) > _MOST_OTHERS else ""
        also = f" Less so in {', '.join(others[:_MOST_OTHERS])}{more}."
    return f"{head} (1 % more: {money(best.one_per_cent_musd)} USD million).{also}"


def _fullness(row: _Bound) -> str:
    place = row.what[0].upper() + row.what[1:]
    used = f"{percent(row.share)} % used ({counted(row.used)} of {counted(row.amount)} {row.unit}".rstrip() + ")"
    return f"{place} in {row.span} is {used}; a little more is worth nothing while the lots and modules are held."
