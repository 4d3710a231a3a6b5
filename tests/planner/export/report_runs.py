"""Plans for the tests of report, Markdown and slides: made once, and copies of them with other names in them."""

from __future__ import annotations

import atexit
import dataclasses
import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from models.case import TABLES
from planner.documents.content.plan_document import plan_document
from planner.documents.document_markdown import document_markdown
from planner.documents.html.chart_files import chart_files, charts_of
from planner.documents.html.document_page import document_html
from planner.documents.html.vega_charts import figures_of
from planner.documents.pptx.document_slides import document_slides
from planner.results.loaded_run import read_run
from planner.results.table import Table
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from tests.planner.tiny import INPUTS, write_tiny

QUARTERS = (
    'schema_version = 1\nname = "quarters"\ncurrency_basis = "real"\nstart = "2027Q1"\nperiod = "quarter"\n'
    "periods = 24\nlookahead_periods = 2\ndiscount_rate = 0.1\n\n[solver]\ngap = 0.001\ntime_limit_s = 30\n"
)
GROWING = "workload,period,queries_per_day_million\nchat,2027Q1,8.64\nchat,2028Q1,17\nchat,2029Q3,30\nchat,2031Q1,45\n"
YEARLY = "budget,categories,span,amount_musd,carry_over\n" + "".join(
    f"compute,all,{year},{amount},yes\n" for year, amount in zip(range(2027, 2034), (2, 2, 3, 3, 3, 3, 3), strict=True)
).replace("compute,all,2033,3", "compute,all,2033Q1..2033Q2,3")

PAYLOADS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\tx",
    "＝1+1",
    " =1+1",
    "'=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","x")',
    '=WEBSERVICE("http://evil.example")',
    "=DDE(1;2;3)",
    '"=1+1"',
    ";=1+1",
    "a\n=1+1",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<a href='javascript:alert(1)'>x</a>",
    "</style><style>*{display:none}</style>",
    "<!-- x",
    "]]><svg onload=alert(1)>\u2028x",
    "[x](http://evil.example) | *b* _i_ `c` http://evil.example www.evil.example",
    "${alert(1)} {{7*7}} datum.x' + alert(1) + '",
)
FIELDS = {"chat": "workload", "chip": "accelerator", "maker": "vendor", "chip_list": "offer", "home": "site"}
NOTE = "a note that will be replaced"


def report_html(loaded):
    return document_html(plan_document(loaded))


def plan_markdown(loaded):
    return document_markdown(plan_document(loaded))


def slides(loaded, template=None):
    return document_slides(plan_document(loaded), template)


def charts(loaded):
    return charts_of(plan_document(loaded))


def files_of_charts(loaded, kinds=("svg", "png")):
    return chart_files(plan_document(loaded), kinds)


def figures(loaded):
    return {figure.name: figure for figure in figures_of(plan_document(loaded))}


@cache
def tiny_run():
    """The plan of the smallest case, with a note on its site."""
    sites = f'site,power_mw,pue,electricity_usd_per_mwh,note\nhome,1,1,50,"{NOTE}"\n'
    return read_run(run_of(write_tiny(_folder() / "tiny", sites=sites)))


@cache
def quarter_run():
    """A plan of 24 quarters with two of lookahead and yearly budgets that carry over."""
    folder = write_tiny(
        _folder() / "quarters",
        plan=QUARTERS,
        demand=GROWING,
        budgets=YEARLY,
        prices="offer,period,unit_price_usd\nchip_list,2027Q1,100000\n",
        offers="offer,accelerator,kind,lot_size,lead_time_months\nchip_list,chip,buy,4,5\n",
        workloads="workload,min_service,penalty_usd_per_1000\nchat,0,5\n",
    )
    return read_run(run_of(folder))


@cache
def own_run():
    """The plan of the make-or-buy case: an own chip, a company, an agreement, a policy."""
    return read_run(run_of(INPUTS / "make-or-buy-2023", gap=0.01))


@cache
def run_of(case, gap=None):
    """Makes a plan and returns the folder of its run."""
    request = Request(output=_folder() / "run", gap=gap, seed=0, command="fleetplan plan")
    return make_plan(case, request, NoProgress()).folder


def renamed(loaded, names):
    """The run with names and notes replaced wherever they stand, in the inputs and in the tables."""

    def swapped(value):
        if isinstance(value, tuple):
            return tuple(swapped(part) for part in value)
        return names.get(value, value) if isinstance(value, str) else value

    def row_of(row):
        return dataclasses.replace(row, **{f.name: swapped(getattr(row, f.name)) for f in dataclasses.fields(row)})

    def cell_of(column, cell):
        if column == "line" and isinstance(cell, str):
            what, _, item = cell.partition(" ")
            return f"{what} {names.get(item, item)}"
        return swapped(cell)

    case = loaded.case
    case = dataclasses.replace(case, **{name: tuple(map(row_of, getattr(case, name))) for name in TABLES})
    tables = {
        name: Table(
            name,
            table.columns,
            tuple(tuple(cell_of(c, v) for c, v in zip(table.columns, row, strict=True)) for row in table.rows),
        )
        for name, table in loaded.tables.items()
    }
    return dataclasses.replace(loaded, tables=tables, read=dataclasses.replace(loaded.read, case=case))


def with_manifest(loaded, **changes):
    """The run with other facts about the run."""
    manifest = json.loads(json.dumps(dict(loaded.manifest))) | changes
    return dataclasses.replace(loaded, manifest=manifest)


def _folder():
    folder = mkdtemp(prefix="fleetplan-report-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
