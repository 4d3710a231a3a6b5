"""An empty case to fill in: every table with its header, units, meanings and one example row as comments."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from models.case import REQUIRED_TABLES, TABLES
from models.columns import Column, columns_of
from planner.case.settings import PLAN_FILE
from planner.errors import CaseFaults, Fault
from planner.files.whole_writing import require_folder_target, write_file

EXAMPLE_MARK = "# example: "

PLAN = """\
# The settings of a case. Lines that begin with # are comments.
schema_version = 1
name = "my case"
currency_basis = "real"          # nominal or real: the price basis of every amount
start = "2027Q1"                 # 2027, 2027H1, 2027Q1 or 2027-01; it begins a period
period = "quarter"               # year, half, quarter or month
periods = 8
discount_rate = 0.08             # yearly; 0.08 is 8 %
lookahead_periods = 0            # periods optimised beyond the reported ones
early_retirement = true          # false: nothing is sold before the end of its life
tape_out_risk = "expected"       # expected, optimistic or pessimistic
risk_aversion = 0.0              # 0 looks at the mean only, 1 at the bad tail only
risk_level = 0.9                 # where the bad tail begins
demand_interpolation = "step"    # step, linear or geometric
lead_rounding = "up"             # leads that are not whole periods: up or nearest
count_owed = "report"           # what is owed after the end: report it, or count it in the plan

[solver]
gap = 0.001
seed = 0
# name = "native"           # see `fleetplan solvers`
# time_limit_s = 60
# threads = 2
"""

EXAMPLES: dict[str, dict[str, str]] = {
    "workloads": {"workload": "chat", "unit": "query", "peak_to_average": "2", "min_service": "0.2"}
    | {"penalty_usd_per_1000": "15"},
    "demand": {"workload": "chat", "period": "2027Q1", "queries_per_day_million": "40"},
    "accelerators": {"accelerator": "own_chip_v1", "vendor": "own", "it_kw": "1.1", "life_years": "5"}
    | {"failure_rate_per_year": "0.03", "maintenance_usd_per_year": "900", "utilisation": "0.6"}
    | {"reference_price_usd": "12000"},
    "throughput": {"accelerator": "own_chip_v1", "workload": "chat", "queries_per_second": "0.8"}
    | {"software_gain_per_year": "0.05"},
    "resale": {"accelerator": "*", "age_years": "1", "fraction_of_reference_price": "0.7"},
    "offers": {"offer": "own_chip_lots", "accelerator": "own_chip_v1", "kind": "buy", "lot_size": "64"}
    | {"lead_time_months": "6", "deposit_share": "0.3", "integration_usd_per_unit": "2500"}
    | {"requires": "own_chip;wafer_agreement"},
    "prices": {"offer": "own_chip_lots", "period": "2027Q1", "unit_price_usd": "12000"},
    "price_tiers": {"offer": "own_chip_lots", "span": "2027", "from_units": "1280", "discount": "0.05"}
    | {"kind": "incremental"},
    "limits": {"limit": "wafers", "span": "2027..2028", "amount": "4000", "unit": "wafers"},
    "limit_use": {"limit": "wafers", "offer": "own_chip_lots", "use_per_unit": "0.05"},
    "sites": {"site": "home", "power_mw": "10", "pue": "1.2", "electricity_usd_per_mwh": "70"},
    "expansions": {"expansion": "second_hall", "site": "home", "module_mw": "5", "cost_musd_per_module": "60"}
    | {"max_modules": "2", "lead_time_months": "12", "life_years": "20"},
    "opening_fleet": {"accelerator": "own_chip_v1", "site": "home", "units": "512", "in_service_since": "2026Q4"},
    "open_leases": {"lease": "cloud_2026", "accelerator": "own_chip_v1", "site": "home", "units": "128"}
    | {"rent_usd_per_unit_per_year": "4000", "ends": "2028Q1"},
    "open_orders": {"offer": "own_chip_lots", "site": "home", "units": "64", "due": "2027Q2"}
    | {"balance_usd_per_unit": "8400"},
    "programmes": {"programme": "own_chip"},
    "routes": {"programme": "own_chip", "route": "in_house", "design_months": "6", "design_cost_musd": "80"}
    | {"mask_set_musd": "20", "tape_out_to_volume_months": "6", "sustaining_musd_per_year": "10"},
    "ramp": {"programme": "own_chip", "months_since_ready": "0", "max_units_per_year": "20000"},
    "acquisitions": {"acquisition": "chip_team", "price_musd": "300", "months_to_close": "3"}
    | {"months_to_integrate": "6", "break_fee_share": "0.05", "contribution_musd_per_year": "20"},
    "agreements": {"agreement": "wafer_agreement", "term_months": "24", "prepayment_musd": "5"}
    | {"min_units_per_year": "640", "shortfall_usd_per_unit": "3000"},
    "added_supply": {"gate": "wafer_agreement", "limit": "wafers", "amount_per_year": "1000"},
    "budgets": {"budget": "compute", "categories": "all", "span": "2027..2028", "amount_musd": "400"},
    "policies": {"policy": "steady_orders", "kind": "max_order_growth", "span": "2028", "value": "1"},
    "commitments": {"kind": "start", "item": "own_chip", "route": "in_house", "period": "2026Q1", "status": "done"},
    "lead_times": {"offer": "own_chip_lots", "period": "2028Q1", "lead_time_months": "9"},
    "backlogs": {"offer": "own_chip_lots", "since": "2028Q1"},
    "site_series": {"site": "home", "period": "2028Q1", "available_share": "0.9"},
    "delays": {"item": "second_hall", "period": "2027Q3", "months": "3"},
    "disruptions": {"disruption": "dry_year", "target": "wafers", "field": "supply", "effect": "multiply"}
    | {"value": "0.5", "start": "2028Q1", "months": "6", "probability_per_year": "0.1"},
    "roles": {"role": "leading_edge_wafers", "target": "wafers"},
    "scenarios": {"scenario": "as_expected", "probability": "1", "revealed": "2028Q1", "disruptions": "dry_year"},
    "scenario_values": {"scenario": "as_expected", "table": "demand", "key": "chat", "period": "2028Q1"}
    | {"column": "queries_per_day_million", "effect": "multiply", "value": "1.2"},
    "uncertain": {"name": "price of a lot", "table": "prices", "key": "own_chip_lots", "column": "unit_price_usd"}
    | {"distribution": "uniform", "p1": "0.9", "p2": "1.2", "effect": "multiply"},
}


def template_text(table: str) -> str:
    """Returns the empty table: its header, and units, meanings, blanks and an example row as comments.

    Without the words `# example: ` the last line is a row. Raises KeyError for a table that does not exist.
    """
    described = columns_of(TABLES[table])
    example = EXAMPLES[table]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(described)
    lines = {
        "# units: ": [facts.unit for facts in described.values()],
        "# meaning: ": [meaning_of(facts) for facts in described.values()],
        "# blank means: ": ["needed" if facts.blank is None else facts.blank for facts in described.values()],
        EXAMPLE_MARK: [example.get(name, "") for name in described],
    }
    for mark, cells in lines.items():
        writer.writerow([mark + cells[0], *cells[1:]])
    return out.getvalue()


def meaning_of(facts: Column) -> str:
    """Returns the meaning of a column with its choices or form."""
    if facts.choices:
        joint = "; several with a semicolon" if facts.many else ""
        return f"{facts.meaning} ({' | '.join(facts.choices)}{joint})"
    if facts.many:
        return f"{facts.meaning} (names with a semicolon between them)"
    if facts.label:
        form = "2027, 2027H1, 2027Q3 or 2027-07"
        return f"{facts.meaning} ({form}{', or a range 2027Q3..2028Q2' if facts.label == 'span' else ''})"
    return facts.meaning


def write_template(folder: Path, *, only_required: bool = False) -> tuple[Path, ...]:
    """Writes an empty case into a folder, which is made where it is missing, and returns its files.

    Raises:
        CaseFaults: one of the files is there already, or the folder cannot be made; nothing is written.
        OutputError: the machine refuses.
    """
    texts = {PLAN_FILE: PLAN}
    for table in REQUIRED_TABLES if only_required else TABLES:
        texts[f"{table}.csv"] = template_text(table)
    require_folder_target(folder)
    faults = [
        Fault(str(folder / name), "is there already and is not overwritten", "Choose an empty folder.")
        for name in texts
        if os.path.lexists(folder / name)
    ]
    if faults:
        raise CaseFaults(faults)
    return tuple(write_file(folder / name, text.encode()) for name, text in texts.items())
