"""T15: every number of the workbook, the CSV tables, the report and the API is one of the plan; inputs plan again."""

from __future__ import annotations

import bisect
import csv
import io
import itertools
import json
import re
from collections import defaultdict
from dataclasses import asdict

import openpyxl

import planner
from models.case import TABLES
from models.checks.case_facts import facts_of
from models.checks.time import calendar_of
from planner.errors import CaseFaults, InfeasibleCase
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from planner.verification.written_runs import verify_run
from tests.case_folder import write_case
from tests.oracle.random_cases import random_case
from tests.oracle.random_shocks import disrupted_case
from tests.planner.export.test_workbook_recalculated import assert_right
from tests.trust.tools import require, require_close

TITLE = "consistency of outputs: workbook, CSV, report and API agree with plan.json; the inputs plan to the same cost"
RUNS = 50
# Sheets of examples and of the inputs as they were solved; factors between units, and the years of a period.
APART, FACTORS = ("About", "As solved"), (1e3, 1e6, 1.0, 0.5, 0.25, 1 / 12)
# Where bars begin and end is no figure; several periods in one bar are added up, and shares are of a period.
DRAWN = re.compile(r"timeline")
NEAR = 1e-9


def count():
    return RUNS


def numbers(found):
    """Every number in nested lists and dictionaries."""
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list | tuple):
        for part in found:
            yield from numbers(part)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield float(found)


def sums(tables):
    """Totals of each column of each table, over all rows and over those with the same texts."""
    for rows in tables.values():
        texts = [name for name in (rows[0] if rows else ()) if any(isinstance(row[name], str) for row in rows)]
        for size in range(4):
            for group in itertools.combinations(texts, size):
                totals = defaultdict(float)
                for row in rows:
                    key = tuple(row[name] for name in group)
                    for name, value in row.items():
                        if isinstance(value, int | float):
                            totals[key, name] += value
                yield from totals.values()


class Known:
    """The numbers of a plan, its inputs, its facts and the capability of machines, and their totals."""

    def __init__(self, plan, facts, case):
        settings = case.settings
        calendar = calendar_of(settings.start, settings.period, settings.periods + settings.lookahead_periods)
        found = (plan, facts, asdict(case), facts_of(case, calendar).capability)
        tables = plan["tables"] | {name: [asdict(row) for row in getattr(case, name)] for name in TABLES}
        # What is there when the plan begins: bought, and rented.
        tables["opening"] = [
            {"accelerator": row.accelerator, "units": row.units} for row in (*case.opening_fleet, *case.open_leases)
        ]
        self.values = sorted({*itertools.chain(*map(numbers, found)), *sums(tables)})

    def __contains__(self, value):
        at = bisect.bisect_left(self.values, value)
        near = self.values[max(0, at - 1) : at + 1]
        return any(abs(value - other) <= NEAR * max(NEAR, abs(value)) for other in near)


def planned(number, folder):
    """The first of some random cases that the planner takes and that has a plan, as the folder of its run."""
    for seed in range(7000 + number, 7000 + 40 * RUNS, RUNS):
        case = (disrupted_case if seed % 2 else random_case)(seed)
        place = write_case(case, folder / f"case{seed}")
        try:
            make_plan(
                place, Request(output=folder / "run", gap=1e-6, command="fleetplan plan --gap 1e-6"), NoProgress()
            )
        except (CaseFaults, InfeasibleCase):
            # Two rows that contradict each other are a fault of the random case.
            continue
        return folder / "run", seed
    msg = "no case of these seeds has a plan"
    raise AssertionError(msg)


def check(number, tools):
    run, seed = planned(number, tools.folder())
    plan, facts = (json.loads((run / name).read_text(encoding="utf-8")) for name in ("plan.json", "manifest.json"))
    loaded = planner.load_run(run)
    known = Known(plan, facts, loaded.case.read.case)
    tables(run, plan)
    api(loaded, plan)
    traced = workbook(run, known) + report(run, known)
    verdict = verify_run(run)
    require(not verdict.findings, f"verify: {verdict.findings[:3]}")
    again = planner.plan(loaded.case, gap=1e-6)
    require_close(again.objective_musd, plan["objective_musd"], "planned again from the inputs of the run", 2e-6)
    return f"seed {seed}: {traced} numbers traced"


def tables(run, plan):
    """Each cell of a CSV file is the digits of plan.json."""
    for name, columns in plan["columns"].items():
        text = (run / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        head, *rows = csv.reader(io.StringIO(text, newline=""))
        require(head == columns and len(rows) == len(plan["tables"][name]), f"{name}.csv has other rows or columns")
        for cells, record in zip(rows, plan["tables"][name], strict=True):
            for cell, value in zip(cells, record.values(), strict=True):
                plain = "" if value is None else value if isinstance(value, str) else repr(value)
                require(cell == plain, f"{name}.csv holds {cell!r}, plan.json {plain!r}")


def api(loaded, plan):
    require(loaded.objective_musd == plan["objective_musd"], "the API tells another cost")
    for name, records in plan["tables"].items():
        frame = loaded.tables[name].astype(object)
        found = frame.where(frame.notna(), None).to_dict("records")
        require(found == records, f"the API tells another table {name}")


def workbook(run, known):
    """Formulas come to what is stored; what is no formula is a number of the plan. Returns how many there are."""
    data = (run / "plan.xlsx").read_bytes()
    assert_right(data)
    seen = 0
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        for row in sheet.iter_rows(min_row=7) if sheet.title not in APART else ():
            for cell in row:
                value = cell.value
                if isinstance(value, int | float) and not isinstance(value, bool) and value not in FACTORS:
                    seen += 1
                    require(float(value) in known, f"{sheet.title}!{cell.coordinate} holds {value!r}, as nothing else")
    return seen


def report(run, known):
    """The numbers of the charts are those of the plan."""
    text = (run / "report.html").read_text(encoding="utf-8")
    panels = json.loads(re.search(r'id="specs">(.*?)</script>', text, re.DOTALL)[1])["panels"]
    seen = 0
    for place, panel in panels.items():
        for row in points(panel) if not DRAWN.match(place) else ():
            if ".." in str(row.get("period", "")) or str(row.get("said", "")).endswith("%"):
                continue
            for value in numbers({name: cell for name, cell in row.items() if name != "rank"}):
                seen += 1
                require(value in known, f"the chart {place} shows {value!r}, as nothing else: {row}")
    return seen


def points(found):
    """The rows of data of a chart."""
    if isinstance(found, dict):
        values = found.get("values")
        if isinstance(values, list) and values and isinstance(values[0], dict):
            yield from values
        found = list(found.values())
    if isinstance(found, list):
        for part in found:
            yield from points(part)
