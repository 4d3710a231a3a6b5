"""What a plan owes after its end and what it sells, in every medium that tells the plan."""

from __future__ import annotations

import io
import json
import re
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import openpyxl
import pptx
import pytest
from rich.console import Console

from planner.documents.content.plan_remarks import remarks
from planner.results.loaded_run import read_run
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from planner.show.plan_text import plan_facts, show_plan
from planner.verification.written_runs import verify_run
from tests.planner.export.report_runs import slides

KNOWN = Path(__file__).parent / "known" / "rent-after-the-end"

# Ten machines stand there, which bring 0.2 each when sold; one is enough. The site costs 2 a year, the budget has 0.5.
SOLD = {
    "opening_fleet.csv": "accelerator,site,units,in_service_since\ng,s,10,2026\n",
    "demand.csv": "workload,period,queries_per_day_million\nw,2027,0.0864\nw,2028,0.0864\n",
    "resale.csv": "accelerator,age_years,fraction_of_reference_price\n*,0,0.2\n*,1,0.2\n*,10,0.1\n",
    "budgets.csv": "budget,categories,span,amount_musd\nall,all,2027,0.5\nall,all,2028,\n",
    "sites.csv": "site,fixed_musd_per_year\ns,2\n",
}


def case_of(folder, plan="", **files):
    """A copy of the known case with settings and files changed."""
    shutil.copytree(KNOWN, folder)
    if "lookahead" in plan:
        files["budgets.csv"] = "budget,categories,span,amount_musd\nall,all,2027..2030,\n"
    (folder / "plan.toml").write_text((KNOWN / "plan.toml").read_text().replace("[solver]", f"{plan}\n[solver]"))
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


@cache
def made(plan="", sold=False):
    base = Path(mkdtemp())
    case = case_of(base / "case", plan, **(SOLD if sold else {}))
    return make_plan(case, Request(output=base / "run", command="fleetplan plan"), NoProgress())


def terminal(run):
    out = io.StringIO()
    show_plan(Console(file=out, width=200), run)
    return re.sub(r"\s+", " ", out.getvalue())


def page(run):
    text = (run.folder / "report.html").read_text()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text.partition("<body>")[2].partition("<script")[0]))


def first_page(run):
    return page(run).partition("What to do, and when")[0]


def sheet(run):
    book = openpyxl.load_workbook(run.folder / "plan.xlsx", data_only=True)
    return [[cell for cell in row if cell is not None] for row in book["Summary"].iter_rows(values_only=True)]


def deck(run):
    shown = pptx.Presentation(io.BytesIO(slides(read_run(run.folder))))
    shapes = [shape for slide in shown.slides for shape in slide.shapes if shape.has_text_frame]
    return "\n".join(shape.text_frame.text for shape in shapes)


def test_the_rent_that_is_owed_is_a_table_and_a_key_figure():
    """A lease of ten years for two of plan: eight years at 10 × 0.5 are owed, 40; four times the cash of 10."""
    run = made()
    told = json.loads((run.folder / "plan.json").read_text())
    assert [(row["year"], row["musd"], row["whole_musd"]) for row in told["tables"]["owed"]] == [
        (year, pytest.approx(5.0), pytest.approx(40.0)) for year in range(2029, 2037)
    ]
    assert {(row["line"], row["what"], row["from"], row["to"]) for row in told["tables"]["owed"]} == {
        ("lease", "rent of long", "2029", "2036")
    }
    figures = {row["name"]: (row["value"], row["periods"], row["of"]) for row in told["tables"]["key_figures"]}
    assert figures["owed_after_end"] == (pytest.approx(40.0), "after", "2036")
    assert figures["owed_share_of_cash"] == (pytest.approx(4.0), "after", "2036")
    assert plan_facts(run)["key_figures"]["owed_after_end"] == pytest.approx(40.0)
    assert verify_run(run.folder).passed


@pytest.mark.parametrize("medium", [terminal, first_page, lambda run: (run.folder / "plan.md").read_text(), deck])
def test_every_medium_tells_what_is_owed_and_how_to_look_further(medium):
    text = re.sub(r"[\\|]", " ", medium(made()))
    assert re.search(r"Owed after the end\s+40\.0\s+USD million, until 2036", text)
    assert "rent of long 40.0" in text
    assert "set lookahead_periods = 2 in plan.toml" in text.replace("\n", " ").replace("lookahead _", "lookahead_")


def test_the_workbook_tells_what_is_owed_on_its_first_sheet():
    rows = sheet(made())
    assert ["Owed after the end", 40, "USD million"] in rows
    assert ["2029 to 2036", "Owed", "rent of long", "after the end", 40] in rows
    assert any(str(row[0]).startswith("40.0 USD million are owed after the end") for row in rows if row)


def test_the_report_and_the_markdown_list_it_by_what_it_is():
    assert "rent of long 2029 to 2036 40.0" in page(made())
    assert "| rent of long | 2029 to 2036 | 40.0 |" in (made().folder / "plan.md").read_text()


def test_counted_the_short_lease_is_the_better_one_and_nothing_is_owed():
    """10 + 40 against 2 × 6: nothing has a price after the end, so that all rent owed counts."""
    run = made('count_owed = "count"')
    assert run.outcome.objective == pytest.approx(12.0)
    assert [row["offer"] for row in run.tables["orders"].records()] == ["short", "short"]
    assert run.tables["owed"].rows == ()
    assert "Owed after the end" not in terminal(run) + page(run) + deck(run)
    assert not [text for text in remarks(run.read.case, run.tables) if "owed" in text]


def test_lookahead_owes_after_the_reported_end_and_is_not_told_to_look_further():
    run = made("lookahead_periods = 2")
    owed = [(row["year"], row["musd"]) for row in run.tables["owed"].records()]
    assert owed == [(year, pytest.approx(5.0)) for year in range(2029, 2037)]
    assert remarks(run.read.case, run.tables) == []
    assert "Owed after the end 40.0" in terminal(run)


def test_sales_are_decisions_in_every_medium():
    """Of ten machines one is needed: nine are sold at once at a fifth of 1.0, for 1.8."""
    run = made(sold=True)
    (row,) = [row for row in run.tables["decisions"].records() if row["verb"] == "sell"]
    assert (row["when"], row["item"], row["how"], row["units"], row["musd"]) == (
        "2027", "g", "of 2026 at s, 1 year old", pytest.approx(9.0), pytest.approx(-1.8),
    )  # fmt: skip
    words = "sell 9 g of 2026 at s, 1 year old, for 1.80 USD million"
    for text in (terminal(run), page(run), (run.folder / "plan.md").read_text(), deck(run)):
        assert words in re.sub(r"\s+", " ", text), text
    assert "1 sale" in first_page(run)
    assert "Machines sold or retired" in page(run)
    assert ["2027", "Sell", "g of 2026 at s, 1 year old", 9, "units", -1.8] in sheet(run)
    book = openpyxl.load_workbook(run.folder / "plan.xlsx", data_only=True)
    rows = [[cell for cell in row if cell is not None] for row in book["Plan"].iter_rows(values_only=True)]
    at = rows.index(["Sell or retire machines before the end of their life"])
    assert rows[at + 1][:3] == ["g", "units", 9]
    assert verify_run(run.folder).passed


def test_a_budget_that_holds_only_because_of_resale_says_so_gross_and_net():
    """The site costs 2 in 2027 and the budget has 0.5; sales bring 1.8."""
    run = made(sold=True)
    words = (
        "Budget all in 2027 holds only because of resale income of 1.80 USD million: 2.00 gross, 0.20 net, "
        "0.50 available."
    )
    assert words in remarks(run.read.case, run.tables)
    for text in (terminal(run), first_page(run), (run.folder / "plan.md").read_text(), deck(run)):
        assert words in re.sub(r"\s+", " ", text)
