"""A tiny valid case, and changes to it in a line each."""

import csv
from pathlib import Path

import pytest

from planner.case import read_case
from planner.errors import CaseFaults

TABLES = {
    "workloads": ["workload,peak_to_average,min_service,penalty_usd_per_1000,sites,note", "chat,2,0.5,10,,"],
    "demand": ["workload,period,queries_per_day_million", "chat,2027,50", "chat,2029,80"],
    "accelerators": [
        "accelerator,vendor,it_kw,life_years,reference_price_usd",
        "alpha,acme,1.2,4,30000",
        "beta,bolt,0.9,4,0",
    ],
    "throughput": ["accelerator,workload,queries_per_second", "alpha,chat,0.8", "beta,chat,0.5"],
    "resale": ["accelerator,age_years,fraction_of_reference_price", "*,1,0.7", "*,3,0.3"],
    "offers": [
        "offer,accelerator,kind,lot_size,lead_time_months,term_months,first_order,last_order,sites,requires",
        "alpha_list,alpha,buy,8,12,,,,,",
        "beta_lease,beta,lease,,0,36,,,home,",
    ],
    "prices": ["offer,period,unit_price_usd", "alpha_list,2027,30000", "alpha_list,2028,28000", "beta_lease,2027,9000"],
    "sites": ["site,power_mw,pue,electricity_usd_per_mwh", "home,50,1.3,70"],
    "budgets": ["budget,categories,span,amount_musd,carry_over", "all_money,all,2027..2029,5000,FALSE"],
}
PLAN = """\
schema_version = 1
name = "tiny"
currency_basis = "real"
start = "2027"
period = "year"
periods = 3
discount_rate = 0.08
"""


def write_tiny_case(path):
    """Writes a valid case of 2 offers, 1 site and 3 yearly periods into a folder."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "plan.toml").write_text(PLAN)
    for table, lines in TABLES.items():
        (path / f"{table}.csv").write_text("\n".join(lines) + "\n")


def faults_of(path):
    """The texts of the faults of a case that is refused."""
    with pytest.raises(CaseFaults) as caught:
        read_case(path)
    return [fault.text for fault in caught.value.faults]


class TinyCase:
    """A case folder that a test changes line by line.

    `offers 2 lot_size = 3` sets a cell (row as in a spreadsheet; a missing column is added),
    `+ limits limit=l | span=2027` adds a row (and the table), `- prices 3` deletes a row, `x prices` a table,
    `plan periods = 4` sets a key, `plan - name` deletes one.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        write_tiny_case(folder)

    def path(self, table):
        return self.folder / f"{table}.csv"

    def rows(self, table):
        with self.path(table).open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))

    def write(self, table, rows):
        with self.path(table).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)

    def change(self, lines):
        for line in filter(None, map(str.strip, lines.splitlines())):
            first, rest = line.split(" ", 1)
            if first == "+":
                self._add(*rest.split(" ", 1))
            elif first == "-":
                table, row = rest.split()
                self.write(table, [cells for at, cells in enumerate(self.rows(table), 1) if at != int(row)])
            elif first == "x":
                (self.folder / (rest if "." in rest else f"{rest}.csv")).unlink()
            elif first == "plan":
                self._plan(rest)
            else:
                place, value = line.split(" =", 1)
                table, row, column = place.split()
                self._set(table, int(row), column, value.strip())
        return self

    def _add(self, table, cells):
        given = dict(cell.strip().split("=", 1) for cell in cells.split(" | "))
        rows = self.rows(table) if self.path(table).exists() else [[]]
        for name in given:
            if name not in rows[0]:
                rows = [[*rows[0], name], *([*cells, ""] for cells in rows[1:])]
        self.write(table, [*rows, [given.get(name, "") for name in rows[0]]])

    def _set(self, table, row, column, value):
        rows = self.rows(table)
        if column not in rows[0]:
            rows = [[*rows[0], column], *([*cells, ""] for cells in rows[1:])]
        rows[row - 1][rows[0].index(column)] = value
        self.write(table, rows)

    def _plan(self, change):
        path = self.folder / "plan.toml"
        key = change.removeprefix("- ").split(" =")[0]
        kept = [line for line in path.read_text().splitlines() if line.split(" =")[0] != key]
        path.write_text("\n".join(kept if change.startswith("- ") else [change, *kept]) + "\n")

    def read(self):
        return read_case(self.folder)

    def findings(self):
        """Returns the texts of the faults, or of the warnings where there is no fault."""
        try:
            return [warning.text for warning in self.read().warnings]
        except CaseFaults as error:
            return [fault.text for fault in error.faults]

    def faults(self):
        with pytest.raises(CaseFaults) as caught:
            self.read()
        return caught.value


@pytest.fixture
def tiny(tmp_path):
    return TinyCase(tmp_path / "tiny")
