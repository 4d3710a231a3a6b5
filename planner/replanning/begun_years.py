"""What has counted so far in years and spans that have begun before the new case starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.calendar import parse_label
from models.tables.contract_rows import CommitLevel
from planner.replanning.run_position import RunPosition, SourceRow

KW_PER_MW = 1000.0
_SPENDING = ("hardware", "lease")
_LINES = (
    "units ", "open orders ", "integration ", "undelivered ", "cancellation ", "balance not due ",
    "late order paid back ", "left early ", "exit fee ", "renewed ",
)  # fmt: skip
_RUNNING = ("running ", "running left early ", "running exit fee ", "running renewed ")


def year_begun(position: RunPosition) -> int | None:
    """Returns the first period of the run in the calendar year of the start; None where the year begins with it."""
    calendar = position.calendar
    year = calendar.year_of(position.passed)
    return next((t for t in range(position.passed) if calendar.year_of(t) == year), None)


def counted_in(position: RunPosition, level: CommitLevel, begin: int, end: int) -> float:
    """Returns what has counted towards a level from a period of the run until before another."""
    offers = {row.offer: row.accelerator for row in position.case.offers if level.agreement in row.requires}
    inside = range(max(0, begin), end)
    if level.unit == "units":
        came = _of_periods(position, "arrivals", inside)
        return sum(float(row["units"]) for row in came if row["offer"] in offers)
    if level.unit == "musd":
        return sum(float(row["musd"]) for row in spending(position, offers, inside))
    machine = {row.accelerator: row.it_kw for row in position.case.accelerators}
    pue = {row.site: row.pue for row in position.case.sites}
    kinds = set(offers.values())
    drawn = (
        float(row["units"]) * machine[row["accelerator"]] * pue[row["site"]] / KW_PER_MW
        for row in _of_periods(position, "active", inside)
        if row["accelerator"] in kinds
    )
    return sum(drawn) * position.calendar.months / 12


def spending(position: RunPosition, offers: Iterable[str], inside: range) -> Iterator[SourceRow]:
    """Yields the cost lines of offers, hardware and leases, in some periods; those of their running leases too."""
    names = {f"{line}{offer}" for offer in offers for line in _LINES}
    leases = [row.lease for row in position.case.open_leases if row.offer in set(offers)]
    names |= {f"{line}{lease}" for lease in leases for line in _RUNNING}
    for row in position.rows("costs"):
        if row["category"] in _SPENDING and row["line"] in names and _inside(position, row["period"], inside):
            yield row


def _of_periods(position: RunPosition, table: str, inside: range) -> list[SourceRow]:
    return [row for row in position.rows(table) if _inside(position, row["period"], inside)]


def _inside(position: RunPosition, label: str, inside: range) -> bool:
    return label != "end" and position.at(label) in inside


def spent(position: RunPosition, categories: Iterable[str], first: int) -> float:
    """Returns what was spent on some categories from a month until the start, USD million; income counts against it."""
    wanted = set(categories)
    inside = [
        label
        for label in position.calendar.labels[: position.passed]
        if first <= parse_label(label)[0] < position.start_month
    ]
    planned: dict[tuple[str, str], float] = {}
    for row in position.rows("costs"):
        if row["category"] in wanted and row["period"] in inside:
            key = str(row["category"]), str(row["period"])
            planned[key] = planned.get(key, 0.0) + float(row["musd"])
    actual = {key: musd for key, musd in position.paid.items() if key[0] in wanted and key[1] in inside}
    return sum((planned | actual).values())
