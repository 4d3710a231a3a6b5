"""The plan of a run as the points of a sweep follow it: its decisions by column, for each history that it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.case import Case
from planner.results.loaded_run import LoadedRun
from planner.results.path_rows import rows_by_scenario
from planner.sweeps.points import arrays_under

Records = Mapping[str, Sequence[Mapping[str, Any]]]
TABLES = (
    "tape_outs", "acquisitions", "agreements", "expansions", "orders", "arrivals", "fleet", "service",
    "cancellations", "financing", "lease_changes",
)  # fmt: skip
"""The tables that say what is decided."""


def followed_arrays(loaded: LoadedRun, cost_musd: float, role: str, *, by_scenario: bool) -> dict[str, NDArray[Any]]:
    """Returns the plan of a run as a sweep shares it: under `role`, or for each scenario under `role/scenario`.

    Without `by_scenario` the decisions of a tree are those of its first scenario, which hold until the first reveal.
    """
    rows = rows_by_scenario(loaded, TABLES)
    if by_scenario and loaded.scenario_tree is not None:
        parts = [plan_arrays(loaded.case, own, cost_musd, f"{role}/{name}") for name, own in rows.items()]
        return {key: array for part in parts for key, array in part.items()}
    return plan_arrays(loaded.case, next(iter(rows.values())), cost_musd, role)


def plan_arrays(case: Case, records: Records, cost_musd: float, name: str) -> dict[str, NDArray[Any]]:
    """Returns a plan for one history as a sweep shares it: columns with their values, orders, and its cost."""
    values = decided_values(case, records)
    orders = records["orders"]
    arrays = {
        "names": np.array(list(values), dtype=str),
        "values": np.array(list(values.values()), dtype=float),
        "objective": np.array(cost_musd),
        "offers": np.array([str(row["offer"]) for row in orders], dtype=str),
        "periods": np.array([str(row["period"]) for row in orders], dtype=str),
        "units": np.array([float(row["units"]) for row in orders], dtype=float),
    }
    return arrays_under(name, arrays)


def decided_values(case: Case, records: Records) -> dict[str, float]:
    """Returns what is decided in one history (`models.recourse.HELD`) by the names of columns, from its tables."""
    labels = frozenset(case.settings.calendar.labels)
    found: dict[str, float] = {}

    def add(block: str, key: Sequence[str], period: object, amount: object) -> None:
        if period in labels and amount:
            name = f"{block}[{','.join((*key, str(period)))}]"
            found[name] = found.get(name, 0.0) + float(amount)  # type: ignore[arg-type]

    for row in records["tape_outs"]:
        add("start", [f"{row['programme']}/{row['route']}"], row["start"], 1.0)
    for row in records["acquisitions"]:
        add("close", [row["acquisition"]], row["signed"], 1.0)
    for row in records["agreements"]:
        add("sign", [row["agreement"]], row["signed"], 1.0)
    for row in records["expansions"]:
        add("build", [row["expansion"]], row["period"], row["modules"])
    for row in records["orders"]:
        add("order", [row["offer"]], row["period"], row["units"] if row["lots"] is None else row["lots"])
    for row in records["arrivals"]:
        add("receive", [row["offer"], row["site"]], row["period"], row["units"])
    lots = {row.offer: row.lot_size or 1.0 for row in case.offers}
    for row in records["cancellations"]:
        if row["ordered"] in labels:
            block = "late_cancel" if row["right"] == "late" else "cancel"
            key = f"{block}[{row['offer']},{row['ordered']}>{row['period']}]"
        else:
            key = f"cancel_open[{row['offer']}@{row['ordered']},{row['period']}]"
        found[key] = found.get(key, 0.0) + float(row["units"]) / lots[row["offer"]]
    start = case.settings.calendar.labels[0]
    for row in records["lease_changes"]:
        term = f"{row['contract']}@{row['site']}#{int(row['term'])}"
        if row["verb"] == "leave":
            found[f"leave[{term},{row['begun'] or start}>{row['period']}]"] = float(row["units"])
        else:
            add("renew", [term], row["period"], row["units"])
    for row in records["financing"]:
        add("draw", [row["facility"]], row["period"], row["drawn_musd"])
    for row in records["fleet"]:
        if row["holding"] == "owned" and row["vintage"] in labels:
            period = f"{row['vintage']}>{row['period']}"
            found[f"stock[{row['accelerator']},{row['site']},{period}]"] = float(row["units"])
        elif row["holding"] == "owned":
            add("cohort", [f"{row['accelerator']}@{row['site']}:{row['vintage']}"], row["period"], row["units"])
    for row in records["service"]:
        add("unserved", [row["workload"]], row["period"], row["unserved_qps"])
    return found
