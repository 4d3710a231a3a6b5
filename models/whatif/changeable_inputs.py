"""The inputs that a repair may change, by kind: in which direction, how far, and what a change of one counts.

A change only ever asks less of a plan or allows it more. What is physical or agreed (demand, rates, prices, what is
owned or ordered already) is not changed. The size of a repair is the sum of its changes in the measure of its kind;
supply and rules have no common unit, so their changes count in per cent of what the input says.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.calendar import parse_label
from models.canonical_order import canonical_key
from models.case import TABLES, Case
from models.data.strategic_options import risk_months
from models.whatif.shock import calendar_of

Value = float | str | None
"""A value of an input: a number, a label, blank, or `REMOVED`."""
REMOVED = "removed"
"""The value of a row that is left out."""
LARGE = 1e9
"""A budget or limit that no case reaches; blank where that means the same."""
_MOST_MODULES = 10_000
_MOST_GROWTH = 1000.0
_RAMP_FACTOR = 1e4
PER_CENT = 100.0


@enum.unique
class RepairKind(enum.Enum):
    """What gives way in a repair."""

    MONEY = "money"
    TIME = "time"
    SERVICE = "service"
    SUPPLY = "supply"
    POWER = "power"
    RULES = "rules"


SIZE_UNITS: Mapping[RepairKind, str] = {
    RepairKind.MONEY: "USD million",
    RepairKind.TIME: "months",
    RepairKind.SERVICE: "percentage points",
    RepairKind.SUPPLY: "per cent",
    RepairKind.POWER: "MW",
    RepairKind.RULES: "per cent",
}
"""What the size of a repair of one kind is counted in."""


@dataclass(frozen=True)
class ChangeableInput:
    """One cell of the inputs (a whole row where `column` is blank) with its value and the value that asks least.

    `size` is what a change of one counts in the measure of its kind. Where there are `choices`, nearest first, the
    value is one of them, and `sizes` is what each counts.
    """

    kind: RepairKind
    table: str
    row: int
    column: str
    now: Value
    loosest: Value
    size: float = 1.0
    is_whole: bool = False
    choices: tuple[Value, ...] = ()
    sizes: tuple[float, ...] = ()
    most: float | None = None
    """The largest value that is tried where the loosest is no number."""
    scale: float = 1.0
    """How large values of it are, where it says 0."""

    @property
    def sign(self) -> float:
        """1 where a larger value asks less, −1 where a smaller one does."""
        return -1.0 if isinstance(self.loosest, float) and self.loosest < self.number else 1.0

    @property
    def number(self) -> float:
        """Its value as a number; 0 for a label."""
        return float(self.now) if isinstance(self.now, int | float) else 0.0

    @property
    def farthest(self) -> float | None:
        """The loosest value as a number, where it is one."""
        return float(self.loosest) if isinstance(self.loosest, int | float) else self.most

    def counts(self, value: Value) -> float:
        """Returns the size of a change to a value."""
        if self.choices:
            return dict(zip(self.choices, self.sizes, strict=True)).get(value, 0.0)
        return self.size * abs(float(value) - self.number) if isinstance(value, int | float) else PER_CENT


def with_inputs(case: Case, values: Mapping[ChangeableInput, Value]) -> Case:
    """Returns the case with other values of some inputs; rows that are removed are left out."""
    tables: dict[str, list[Any]] = {}
    for one, value in values.items():
        rows = tables.setdefault(one.table, list(getattr(case, one.table)))
        if value == REMOVED:
            rows[one.row] = None
        elif rows[one.row] is not None:
            whole = isinstance(getattr(rows[one.row], one.column), int) and isinstance(value, float)
            rows[one.row] = replace(rows[one.row], **{one.column: round(value) if whole else value})  # type: ignore[arg-type]
    kept: dict[str, Any] = {name: tuple(row for row in rows if row is not None) for name, rows in tables.items()}
    return replace(case, **kept)


def changeable_inputs(case: Case) -> tuple[ChangeableInput, ...]:
    """Returns the inputs of a case that a repair may change, by kind, and of each kind in canonical order."""
    parts = (_money, _time, _service, _supply, _shares, _power, _rules, _of_scenarios)
    found = [(number, one) for number, part in enumerate(parts) for one in part(case)]
    kinds, tables = list(RepairKind), list(TABLES)

    def place(entry: tuple[int, ChangeableInput]) -> tuple[Any, ...]:
        number, one = entry
        row = getattr(case, one.table)[one.row]
        return kinds.index(one.kind), number, tables.index(one.table), canonical_key(row), one.column

    return tuple(one for _, one in sorted(found, key=place))


def _money(case: Case) -> Iterator[ChangeableInput]:
    for i, row in enumerate(case.budgets):
        if row.amount_musd is not None:
            # Blank would end a chain of spans that carry over, and so allow less.
            scale = max((other.amount_musd or 0.0 for other in case.budgets), default=0.0) or 1.0
            yield ChangeableInput(
                RepairKind.MONEY, "budgets", i, "amount_musd", row.amount_musd, max(LARGE, row.amount_musd),
                scale=scale,
            )  # fmt: skip


def _service(case: Case) -> Iterator[ChangeableInput]:
    for i, row in enumerate(case.workloads):
        if row.min_service > 0:
            yield ChangeableInput(
                RepairKind.SERVICE, "workloads", i, "min_service", row.min_service, 0.0, size=PER_CENT
            )


def _supply(case: Case) -> Iterator[ChangeableInput]:
    kind = RepairKind.SUPPLY
    for i, limit in enumerate(case.limits):
        if limit.amount is not None:
            known = [other.amount for other in case.limits if other.limit == limit.limit and other.amount]
            scale = limit.amount or (sum(known) / len(known) if known else 1.0)
            yield ChangeableInput(
                kind, "limits", i, "amount", limit.amount, None, size=PER_CENT / scale, scale=scale, most=LARGE
            )
    for i, offer in enumerate(case.offers):
        if offer.max_lots_per_period is not None:
            scale = offer.max_lots_per_period or 1.0
            yield ChangeableInput(
                kind, "offers", i, "max_lots_per_period", offer.max_lots_per_period, None, size=PER_CENT / scale,
                scale=scale, is_whole=offer.lot_size is not None, most=LARGE,
            )  # fmt: skip
        if offer.min_lots > 0:
            yield ChangeableInput(
                kind, "offers", i, "min_lots", offer.min_lots, 0.0, size=PER_CENT / offer.min_lots,
                is_whole=offer.lot_size is not None and float(offer.min_lots).is_integer(),
            )  # fmt: skip
        if offer.lot_size is not None and offer.lot_size > 1 and offer.max_lots_per_period is None:
            parts = [float(part) for part in range(int(offer.lot_size) // 2, 0, -1) if offer.lot_size % part == 0]
            sizes = tuple(PER_CENT * (1 - part / offer.lot_size) for part in parts)
            yield ChangeableInput(kind, "offers", i, "lot_size", offer.lot_size, 1.0, choices=tuple(parts), sizes=sizes)
    for i, ramp in enumerate(case.ramp):
        scale = ramp.max_units_per_year or max((row.max_units_per_year for row in case.ramp), default=0.0) or 1.0
        yield ChangeableInput(
            kind, "ramp", i, "max_units_per_year", ramp.max_units_per_year, _RAMP_FACTOR * scale,
            size=PER_CENT / scale, scale=scale,
        )  # fmt: skip


def _shares(case: Case) -> Iterator[ChangeableInput]:
    for i, row in enumerate(case.policies):
        loosest = {"max_vendor_share": 1.0, "min_vendor_share": 0.0}.get(row.kind)
        if loosest is not None and row.value != loosest:
            yield ChangeableInput(
                RepairKind.SUPPLY, "policies", i, "value", row.value, loosest, size=PER_CENT / (row.value or 1.0)
            )


def _power(case: Case) -> Iterator[ChangeableInput]:
    for table, loosest in (("sites", None), ("site_series", LARGE)):
        for i, row in enumerate(getattr(case, table)):
            if row.power_mw is not None:
                scale = row.power_mw or 1.0
                yield ChangeableInput(
                    RepairKind.POWER, table, i, "power_mw", row.power_mw, loosest, scale=scale, most=LARGE
                )
    for i, hall in enumerate(case.expansions):
        yield ChangeableInput(
            RepairKind.POWER, "expansions", i, "max_modules", float(hall.max_modules),
            float(hall.max_modules + _MOST_MODULES), size=hall.module_mw, is_whole=True,
        )  # fmt: skip


def _rules(case: Case) -> Iterator[ChangeableInput]:
    kind = RepairKind.RULES
    for i, row in enumerate(case.policies):
        part = PER_CENT / (row.value or 1.0)
        if row.kind == "min_capability" and row.value > 0:
            yield ChangeableInput(kind, "policies", i, "value", row.value, 0.0, size=part)
        elif row.kind == "max_capability":
            scale = row.value or 1.0
            yield ChangeableInput(kind, "policies", i, "value", row.value, REMOVED, size=part, scale=scale, most=LARGE)
        elif row.kind == "max_active_programmes":
            most = float(max(len(case.programmes), row.value))
            yield ChangeableInput(kind, "policies", i, "value", row.value, most, size=part, is_whole=True)
        elif row.kind == "max_order_growth":
            # From nothing no growth is enough: then the rule itself has to go.
            yield ChangeableInput(kind, "policies", i, "value", row.value, REMOVED, size=part, most=_MOST_GROWTH)
    for i, limit in enumerate(case.carbon_limits):
        if limit.tonnes is not None:
            scale = limit.tonnes or 1.0
            yield ChangeableInput(
                kind, "carbon_limits", i, "tonnes", limit.tonnes, None, size=PER_CENT / scale, scale=scale, most=LARGE
            )
    for i, commitment in enumerate(case.commitments):
        if commitment.status != "done":
            yield ChangeableInput(
                kind, "commitments", i, "", commitment.status, REMOVED, choices=(REMOVED,), sizes=(PER_CENT,)
            )


def _of_scenarios(case: Case) -> Iterator[ChangeableInput]:
    """Values that scenarios set, where a repair may change such a value of the tables."""
    targets = {
        ("budgets", "amount_musd"): (RepairKind.MONEY, LARGE),
        ("workloads", "min_service"): (RepairKind.SERVICE, 0.0),
        ("limits", "amount"): (RepairKind.SUPPLY, LARGE),
        ("sites", "power_mw"): (RepairKind.POWER, LARGE),
    }
    if not case.settings.use_scenarios:
        return
    for i, row in enumerate(case.scenario_values):
        kind, loosest = targets.get((row.table, row.column), (None, 0.0))
        if kind is not None and row.effect == "set" and row.value != loosest:
            scale = row.value or 1.0
            size = {RepairKind.SERVICE: PER_CENT, RepairKind.SUPPLY: PER_CENT / scale}.get(kind, 1.0)
            yield ChangeableInput(kind, "scenario_values", i, "value", row.value, loosest, size=size, scale=scale)


def _time(case: Case) -> Iterator[ChangeableInput]:
    setting = case.settings.tape_out_risk
    for i, offer in enumerate(case.offers):
        yield from _sooner(case, "offers", i, "lead_time_months", 0.0)
        yield from _window(case, "offers", i, offer.first_order, offer.last_order, "order")
    for i, route in enumerate(case.routes):
        risk, to_volume = risk_months(route, setting), route.tape_out_to_volume_months
        yield from _sooner(case, "routes", i, "design_months", to_volume + risk)
        yield from _sooner(case, "routes", i, "tape_out_to_volume_months", route.design_months + risk)
        yield from _window(case, "routes", i, route.first_start, route.last_start, "start")
    for i, deal in enumerate(case.acquisitions):
        yield from _sooner(case, "acquisitions", i, "months_to_close", deal.months_to_integrate)
        yield from _sooner(case, "acquisitions", i, "months_to_integrate", deal.months_to_close)
        yield from _window(case, "acquisitions", i, deal.first_signing, deal.last_signing, "signing")
    for i, agreement in enumerate(case.agreements):
        yield from _sooner(case, "agreements", i, "lag_months", 0.0)
        yield from _window(case, "agreements", i, agreement.first_signing, agreement.last_signing, "signing")
    for i, hall in enumerate(case.expansions):
        yield from _sooner(case, "expansions", i, "lead_time_months", 0.0)
        yield from _window(case, "expansions", i, hall.first_order, hall.last_order, "order")


def _sooner(case: Case, table: str, i: int, column: str, rest: float) -> Iterator[ChangeableInput]:
    """A duration, shorter by so much that its lag with the `rest` of it is one, two, … periods shorter."""
    calendar = calendar_of(case.settings)
    now = float(getattr(getattr(case, table)[i], column))
    wanted = (periods * calendar.months - rest for periods in range(calendar.lag_periods(now + rest) - 1, -1, -1))
    choices = tuple(months for months in wanted if 0.0 <= months < now)
    if choices:
        sizes = tuple(now - months for months in choices)
        yield ChangeableInput(RepairKind.TIME, table, i, column, now, choices[-1], choices=choices, sizes=sizes)


def _window(
    case: Case, table: str, i: int, first: str | None, last: str | None, what: str
) -> Iterator[ChangeableInput]:
    """The first and last period of a decision, earlier and later by whole periods within the horizon."""
    calendar = calendar_of(case.settings)
    labels, months = calendar.labels, calendar.months
    at = calendar.period_at(first) if first else 0
    if first and at > 0:
        choices = tuple(reversed(labels[: min(at, len(labels))]))
        sizes = tuple(float(parse_label(first)[0] - parse_label(label)[0]) for label in choices)
        yield ChangeableInput(
            RepairKind.TIME, table, i, f"first_{what}", first, choices[-1], choices=choices, sizes=sizes
        )
    end = calendar.period_at(last) if last else len(labels) - 1
    if last and 0 <= end < len(labels) - 1:
        choices = labels[end + 1 :]
        sizes = tuple(float(months * step) for step in range(1, len(choices) + 1))
        yield ChangeableInput(
            RepairKind.TIME, table, i, f"last_{what}", last, choices[-1], choices=choices, sizes=sizes
        )
