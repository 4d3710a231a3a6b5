"""Carbon, and power by site and year, in every medium of a plan; a case that says nothing of carbon has none."""

import io
import json
from types import SimpleNamespace

import openpyxl
import pytest
from pptx import Presentation
from rich.console import Console

from planner.documents.content.plan_document import plan_document
from planner.documents.document_markdown import document_markdown
from planner.documents.document_terminal import document_view
from planner.documents.html.document_page import document_html
from planner.documents.pptx.document_slides import document_slides
from planner.plan_documents import plan_workbook
from planner.plan_request import Request
from planner.results.loaded_run import read_run
from planner.runs import make_plan
from tests.planner.tiny import FILES, fleetplan, write_tiny

# Ten units serve all; three lots of four are bought. 12 units × 500 kg are 6 t; ten work in each year, 10 kW × 8,760 h
# × 0.5 kg are 43.8 t.
CARBON = {
    "plan": FILES["plan.toml"].replace("\n\n[solver]", "\ncarbon_usd_per_tonne = 100\n\n[solver]"),
    "accelerators": "accelerator,vendor,it_kw,life_years,reference_price_usd,embodied_kg\nchip,maker,1,3,100000,500\n",
    "sites": "site,power_mw,pue,electricity_usd_per_mwh,carbon_kg_per_kwh\nhome,1,1,50,0.5\n",
    "carbon_limits": "span,tonnes\n2027..2028,200\n",
}


def planned(folder, **changes):
    case = write_tiny(folder / "case", **changes)
    report = SimpleNamespace(phase=print, progress=print, note=print, step=print)
    return make_plan(case, Request(output=folder / "run"), report).folder


@pytest.fixture(scope="module")
def green_run(tmp_path_factory):
    return planned(tmp_path_factory.mktemp("green"), **CARBON)


@pytest.fixture(scope="module")
def green(green_run):
    return read_run(green_run)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return read_run(planned(tmp_path_factory.mktemp("plain")))


def printed(document):
    console = Console(file=io.StringIO(), width=100)
    console.print(document_view(document, 100))
    return console.file.getvalue()


def slides(document):
    shown = Presentation(io.BytesIO(document_slides(document)))
    texts = [[shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in shown.slides]
    charts = [[shape.chart for shape in slide.shapes if getattr(shape, "has_chart", False)] for slide in shown.slides]
    return list(zip(texts, charts, strict=True))


def test_tables_and_figures_tell_what_is_emitted(green):
    rows = green.rows("carbon")
    assert [(row["period"], row["operational_tonnes"], row["embodied_tonnes"]) for row in rows] == [
        ("2027", pytest.approx(43.8), pytest.approx(6.0)),
        ("2028", pytest.approx(43.8), pytest.approx(0.0)),
    ]
    assert green.figure("carbon_emitted") == pytest.approx(93.6)
    costs = {row["period"]: row["musd"] for row in green.rows("costs") if row["category"] == "carbon"}
    assert costs == {"2027": pytest.approx(0.00498), "2028": pytest.approx(0.00438)}


def test_every_medium_tells_it(green):
    document = plan_document(green)
    claim = next(section.claim for section in document.sections if section.name == "carbon")
    assert "t CO2e are emitted in the reported periods" in claim
    assert claim in " ".join(printed(document).split())
    assert claim in document_markdown(document)
    page = document_html(document)
    assert claim in page
    assert "Carbon by site" in page
    told = [charts for texts, charts in slides(document) if any(claim in text for text in texts)]
    assert [[len(list(chart.plots[0].series)) for chart in charts] for charts in told] == [[1]]
    sheet = openpyxl.load_workbook(io.BytesIO(plan_workbook(green)))["Carbon"]
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert {"2027", "home", "Carbon by site", "2027..2028"} <= set(cells)
    assert [chart for chart in sheet._charts]
    assert any(isinstance(cell, int | float) and cell == pytest.approx(49.8) for cell in cells)


def test_power_by_site_and_year_is_a_chart_on_the_page_in_the_workbook_and_in_slides(green):
    rows = green.rows("power_by_year")
    assert [(row["site"], row["year"], row["drawn_mw"], row["most_mw"]) for row in rows] == [
        ("home", year, pytest.approx(0.01), pytest.approx(0.01)) for year in ("2027", "2028")
    ]
    document = plan_document(green)
    assert "Power by site and year" in document_html(document)
    told = [charts for texts, charts in slides(document) if any("draws most power" in text for text in texts)]
    assert [[len(list(chart.plots[0].series)) for chart in charts] for charts in told] == [[1]]
    assert openpyxl.load_workbook(io.BytesIO(plan_workbook(green)))["Power by year"]._charts


def test_a_case_that_says_nothing_of_carbon_has_no_word_of_it(plain):
    document = plan_document(plain)
    assert all(section.name != "carbon" for section in document.sections)
    assert "CO2e" not in printed(document) + document_markdown(document)
    assert "Carbon" not in openpyxl.load_workbook(io.BytesIO(plan_workbook(plain))).sheetnames
    assert plain.rows("carbon") == [] == plain.rows("carbon_limits")
    assert plain.figure("carbon_emitted") is None


def test_a_comparison_and_a_tornado_tell_it(green_run, tmp_path):
    other = planned(tmp_path, **CARBON | {"sites": CARBON["sites"].replace("0.5", "0.25")})
    told = fleetplan("compare", green_run, other, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "Carbon emitted, t CO2e" in told.stdout
    case = tmp_path / "case"
    (case / "uncertain.csv").write_text(
        "name,table,key,column,distribution,p1,p2,effect\nmaking,accelerators,chip,embodied_kg,uniform,0.5,2,multiply\n"
    )
    told = fleetplan("tornado", case, "-o", tmp_path / "study", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    study = json.loads((tmp_path / "study" / "study.json").read_text())
    assert "carbon_emitted" in json.dumps(study)


def test_a_limit_may_be_another_one_in_a_scenario(tmp_path):
    """Ten kW emit 43.8 t a year; where only 20 t may be emitted from 2028 on, 4.57 units work."""
    run = planned(
        tmp_path,
        **CARBON
        | {
            "workloads": "workload,min_service,penalty_usd_per_1000\nchat,0.1,5\n",
            "carbon_limits": "span,tonnes\n2027,200\n2028,200\n",
            "scenarios": "scenario,probability,revealed\nlax,0.5,2028\nstrict,0.5,2028\n",
            "scenario_values": "scenario,table,key,period,column,effect,value\n"
            "strict,carbon_limits,*,2028,tonnes,multiply,0.1\n",
        },
    )
    found = read_run(run)
    told = {(row["span"], row["scenarios"]): row["emitted_tonnes"] for row in found.rows("carbon_limits")}
    assert told == {
        ("2027", "lax;strict"): pytest.approx(49.8),
        ("2028", "lax"): pytest.approx(43.8),
        ("2028", "strict"): pytest.approx(20.0),
    }
    assert found.figure("carbon_emitted") == pytest.approx(49.8 + 0.5 * 43.8 + 0.5 * 20.0)
