"""Single inputs with another value: what `scenario_values`, `uncertain` and a break-even search change.

A lever names a column of some rows: by the name of a table and a key, which is the key columns of the row without
period labels, joined by `;`. A `*` stands for any name, and a key may stop early; a blank one means all rows.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from models.calendar import LabelError, parse_label
from models.case import TABLES, Case
from models.tables.column_descriptions import ColumnDescription, columns_of
from models.tables.strategy_rows import Disruption, ScenarioValue, Uncertain
from models.whatif.contract_terms import contract_terms
from models.whatif.levels import CaseInParts, Part, Window, key_of, picked_rows, rows_by_key
from models.whatif.shock import ShockError, clean, meant, month_of, moved, scaled

NUMBER_TYPES = ("float", "float | None", "int")
EFFECTS = ("set", "multiply", "add")
DISRUPTIONS = "disruptions"
DEPTH, ONSET = "depth", "onset_months"
FORMS = (
    "the name of a row of uncertain, a term of a contract such as `rate of LOAN`, disruption:NAME:depth, "
    "disruption:NAME:onset_months or table:key:column"
)


@dataclass(frozen=True)
class Lever:
    """What is changed: a column of the rows with a key, from a label on (blank: always), and how.

    A value set by it replaces (`set`), multiplies or is added. On the table `disruptions` the columns `depth` (1 is as
    given) and `onset_months` (later by so many whole months) act on all rows of the disruption that the key names.
    """

    name: str
    table: str
    key: str
    column: str
    period: str = ""
    effect: str = "multiply"

    @property
    def is_disruption(self) -> bool:
        """Whether it moves or scales a disruption."""
        return self.table == DISRUPTIONS and self.column in (DEPTH, ONSET)

    @property
    def may_begin(self) -> bool:
        """Whether its change can begin with a label: its table has periods or spans."""
        return not self.is_disruption and bool({"period", "span"} & columns_of(TABLES[self.table]).keys())

    @property
    def month(self) -> float:
        """The first month for which the change holds, from the year 0; minus infinity for always."""
        return month_of(self.period, f"the period of {self.name}") if self.period else -math.inf


def levers_of(case: Case) -> tuple[Lever, ...]:
    """Returns the levers of the uncertain inputs, in their order."""
    return tuple(lever_of_row(row) for row in case.uncertain)


def lever_of_row(row: Uncertain) -> Lever:
    """Returns what an uncertain input changes."""
    return Lever(row.name, row.table, row.key, row.column, "", row.effect)


def lever_of_scenario_value(row: ScenarioValue) -> Lever:
    """Returns what a value of a scenario changes."""
    return Lever(f"{row.scenario} {row.table} {row.column}", row.table, row.key, row.column, row.period, row.effect)


def lever_of(case: Case, text: str, effect: str = "multiply") -> Lever:
    """Returns the lever that a text names: an input, a term of a contract, part of a disruption, or a column of rows.

    That is a row of `uncertain`, words such as `rate of LOAN`, `disruption:NAME:depth` or `table:key:column[:period]`.
    `effect` counts for terms and columns. Raises ShockError where the case has nothing of that name.
    """
    name = text.strip()
    for row in case.uncertain:
        if row.name == name:
            return check_lever(case, lever_of_row(row))
    for term in contract_terms(case) if " of " in name and ":" not in name else ():
        if term.name == name:
            return check_lever(case, Lever(name, term.table, term.key, term.column, "", effect))
    parts = [part.strip() for part in name.split(":")]
    if parts[0] == "disruption" and len(parts) >= 3:
        return check_lever(case, Lever(name, DISRUPTIONS, ":".join(parts[1:-1]), parts[-1], effect="set"))
    period = parts.pop() if len(parts) >= 4 and _is_label(parts[-1]) else ""
    if len(parts) < 3:
        known = [*(row.name for row in case.uncertain), *(term.name for term in contract_terms(case))]
        msg = f"'{text}' is no input: write {FORMS}. {meant(name, known)}"
        raise ShockError(msg)
    return check_lever(case, Lever(name, parts[0], ":".join(parts[1:-1]), parts[-1], period, effect))


def _is_label(text: str) -> bool:
    try:
        parse_label(text)
    except LabelError:
        return False
    return True


def check_lever(case: Case, lever: Lever) -> Lever:
    """Returns the lever where it names a number of rows that there are; raises ShockError where not."""
    if lever.effect not in EFFECTS:
        msg = f"'{lever.effect}' is no effect of {lever.name}: use {', '.join(EFFECTS)}."
        raise ShockError(msg)
    if lever.table not in TABLES:
        msg = f"{lever.name}: there is no table {lever.table}. {meant(lever.table, TABLES)}"
        raise ShockError(msg)
    if lever.is_disruption:
        known = list(dict.fromkeys(row.disruption for row in case.disruptions))
        if lever.key not in known:
            msg = f"{lever.name}: there is no disruption {lever.key}. {meant(lever.key, known)}"
            raise ShockError(msg)
        return lever
    numbers = _numbers(lever.table)
    if lever.column not in numbers:
        known = [*numbers, DEPTH, ONSET] if lever.table == DISRUPTIONS else list(numbers)
        msg = f"{lever.name}: {lever.column} is not a numeric column of {lever.table}. {meant(lever.column, known)}"
        raise ShockError(msg)
    if lever.period and not lever.may_begin:
        reason = f"{lever.table} has no column period or span, so the change cannot begin with {lever.period}"
        msg = f"{lever.name}: {reason}. Leave the period out."
        raise ShockError(msg)
    if not rows_by_key(getattr(case, lever.table)).picked(lever.key):
        keys = (key_of(row) for row in getattr(case, lever.table))
        msg = f"{lever.name}: no row of {lever.table} has the key {lever.key or '(blank)'}. {meant(lever.key, keys)}"
        raise ShockError(msg)
    return lever


@functools.cache
def _numbers(table: str) -> dict[str, ColumnDescription]:
    kinds = {entry.name: str(entry.type) for entry in fields(TABLES[table])}
    found = columns_of(TABLES[table])
    return {name: facts for name, facts in found.items() if kinds[name] in NUMBER_TYPES and not facts.key}


def values_now(case: Case, lever: Lever) -> tuple[float | None, ...]:
    """Returns the values that a lever changes, as they are, in the order of the rows; raises ShockError.

    The depth of a disruption is 1, and its shift 0.
    """
    check_lever(case, lever)
    if lever.is_disruption:
        return (1.0 if lever.column == DEPTH else 0.0,)
    picks = {id(row) for row in picked_rows(getattr(case, lever.table), lever.key)}
    return tuple(getattr(row, lever.column) for row in getattr(case, lever.table) if id(row) in picks)


def with_value(case: Case, lever: Lever, value: float) -> Case:
    """Returns the case with another value of one input; the same case where nothing changes.

    From `lever.period` on where it has one. A blank number, which means no limit, is not multiplied or added to.
    Columns of whole numbers are rounded to the nearest.

    Raises:
        ShockError: there is no such input, or the column does not allow its new value.
    """
    return changed(case, {lever: value})


def changed(case: Case, values: Mapping[Lever, float]) -> Case:
    """Returns the case with other values of several inputs, in whatever order they are given.

    Values are set first, then multiplied, then added to. Levers with the same table, key and column and different
    periods are one series: each holds until the next label. Raises ShockError as `with_value`.
    """
    return parted(case, values).case


def parted(case: Case, values: Mapping[Lever, float], cause: str = "") -> Part:
    """Returns the changed case with each input that changed; `cause` stands for the name of the lever."""
    return _changing(case, values, cause).part


def first_changed(case: Case, lever: Lever, value: float) -> int | None:
    """Returns the first period of the horizon in which another value of an input changes the case."""
    return _changing(case, {lever: value}).first


def _changing(case: Case, values: Mapping[Lever, float], cause: str = "") -> CaseInParts:
    found = CaseInParts(case)
    series: dict[tuple[str, str, str], list[Lever]] = {}
    for lever in values:
        series.setdefault((lever.table, lever.key, lever.column), []).append(lever)
    for lever in sorted(values, key=_order):
        check_lever(case if lever.table != DISRUPTIONS else found.part.case, lever)
        if lever.is_disruption:
            found.then(_disruption_part(found.part.case, lever, values[lever]))
            continue
        rule = _rule(lever, _numbers(lever.table)[lever.column], values[lever])
        window = _window(lever, series[lever.table, lever.key, lever.column])
        found.apply((lever.table, lever.column, cause or lever.name), lever.key, rule, window)
    return found


def _order(lever: Lever) -> tuple[Any, ...]:
    """What levers are sorted by: setting, multiplying, adding; and what is general before what is special."""
    named = sum(part.strip() != "*" for part in lever.key.split(";")) if lever.key else 0
    effect = EFFECTS.index(lever.effect) if lever.effect in EFFECTS else -1
    return effect, named, lever.month, lever.table, lever.key, lever.column, lever.name


def _window(lever: Lever, series: Iterable[Lever]) -> Window:
    later = [other for other in series if other.month > lever.month]
    end = min(later, key=lambda other: other.month) if later else None
    return Window(lever.month, lever.period, math.inf if end is None else end.month, "" if end is None else end.period)


def _rule(lever: Lever, facts: ColumnDescription, value: float) -> Callable[[float | None], float | None]:
    if not math.isfinite(value):
        msg = f"{lever.name}: {value} is no number. Use a finite one."
        raise ShockError(msg)
    is_whole, kind = facts.whole, next(e.type for e in fields(TABLES[lever.table]) if e.name == lever.column)

    def applied(before: float | None) -> float | None:
        if lever.effect == "set":
            after = value
        elif before is None:
            return None
        else:
            after = clean(before * value if lever.effect == "multiply" else before + value)
        after = math.floor(after + 0.5) if is_whole else after
        _check_bounds(lever, facts, after)
        return int(after) if kind == "int" else float(after)

    return applied


def _check_bounds(lever: Lever, facts: ColumnDescription, value: float) -> None:
    low = facts.least is not None and value < facts.least
    low = low or (facts.above is not None and value <= facts.above)
    if not low and not (facts.most is not None and value > facts.most):
        return
    parts = [
        text
        for text, bound in (
            (f"at least {facts.least:g}" if facts.least is not None else "", facts.least),
            (f"above {facts.above:g}" if facts.above is not None else "", facts.above),
            (f"at most {facts.most:g}" if facts.most is not None else "", facts.most),
        )
        if bound is not None
    ]
    place = " ".join(part for part in (lever.table, lever.key, lever.column) if part)
    msg = (
        f"{lever.name}: {place} would be {value:.10g}, and must be {' and '.join(parts)}. Use a value that keeps it so."
    )
    raise ShockError(msg)


def _disruption_part(case: Case, lever: Lever, value: float) -> Part:
    """Returns the case with a disruption scaled or moved; its inputs change only where the disruption is applied."""
    if lever.column == ONSET and not math.isfinite(value):
        msg = f"{lever.name}: {value} is no shift. Use a number of months."
        raise ShockError(msg)
    if lever.column == DEPTH and not 0 <= value < math.inf:
        msg = f"{lever.name}: {value:g} is no depth. Use a number of at least 0; 1 is as given."
        raise ShockError(msg)
    own = [row for row in case.disruptions if row.disruption == lever.key]
    made = {id(row): _scaled(row, value, own) if lever.column == DEPTH else moved(row, round(value)) for row in own}
    rows = tuple(new for row in case.disruptions if (new := made.get(id(row), row)) is not None)
    return Part(case if rows == case.disruptions else replace(case, disruptions=rows))


def _scaled(row: Disruption, depth: float, siblings: Sequence[Disruption]) -> Disruption | None:
    """Returns a row at a depth; a failure that does not happen becomes a slip of no months."""
    if row.field != "fail" or depth > 0:
        return scaled(row, depth)
    if any(other.field == "slip" and other.target == row.target for other in siblings):
        return None
    return replace(row, field="slip", effect="add", value=0.0)
