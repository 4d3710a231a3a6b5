"""Documents of a plan over forty scenarios in three stages: bands instead of lines, formulas, no long lists."""

import csv
import io
import re
import zipfile

import formualizer
import openpyxl
import pptx
import pytest

import planner
from planner.documents.document_markdown import document_markdown
from planner.documents.html.document_page import document_html
from planner.documents.html.vega_charts import figures_of
from planner.documents.pptx.document_slides import document_slides
from planner.documents.scenario_charts import fans_of, tree_of
from planner.documents.xlsx.document_workbook import document_workbook
from planner.plan_documents import scenario_document
from planner.results.loaded_run import LoadedRun
from planner.results.table import Table
from tests.planner.export.test_workbook_recalculated import differing, spoiled
from tests.planner.test_scenario_plans import case_with

BRANCHES, LEAVES = 5, 8


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Demand is known in 2028 by five branches, and in 2029 by eight below each."""
    names = [f"s_{i}_{j}" for i in range(BRANCHES) for j in range(LEAVES)]
    scenarios = "scenario,probability,revealed\n" + "".join(f"{name},0.025,2028\n" for name in names)
    values = "scenario,table,key,column,period,effect,value,known_from\n"
    for i in range(BRANCHES):
        for j in range(LEAVES):
            lead = f"s_{i}_{j},demand,w,queries_per_day_million"
            values += f"{lead},2028,multiply,{1.5 + i / 4},\n{lead},2029,multiply,{2 + i / 4 + j / 10},2029\n"
    case = case_with(tmp_path_factory.mktemp("many") / "case", scenarios=scenarios, scenario_values=values)
    return planner.plan(planner.read_case(case)).loaded


@pytest.fixture(scope="module")
def document(loaded):
    return scenario_document(loaded)


@pytest.fixture(scope="module")
def workbook(document):
    return document_workbook(document)


def test_many_scenarios_are_bands_in_order_and_a_tree_of_bundles(document):
    charts = {chart.name: chart for chart in document.charts()}
    for name in ("cash-fan", "power-fan"):
        (fan,) = fans_of(document, charts[name])
        outer, inner = fan.bands
        edges = zip(outer.low, inner.low, inner.high, outer.high, strict=True)
        assert all(sorted(own) == list(own) for own in edges)
        assert [line.name for line in fan.lines] == ["expected value"]
    picture = tree_of(document, charts["tree"])
    assert [branch.title for branch in picture.branches if branch.start == 2] == ["8 scenarios"] * BRANCHES
    assert picture.count == BRANCHES
    (timeline,) = [block for block in document.drawings() if block.name == "branch-timeline"]
    assert [bar.label for bar in timeline.groups[0].rows[0].bars] == ["100 %"] * 3


def test_no_list_of_many_scenarios_stands_in_a_document(document):
    texts = document_html(document), document_markdown(document)
    assert not [text for text in texts if re.search(r"s_0_0\\?;s_0_1|s_0_0, s_0_1, s_0_2, s_0_3", text)]
    assert texts[0].count(">40 rows<") == 1


def test_expected_values_and_risk_are_formulas_that_follow(workbook):
    done = formualizer.recalculate_xlsx_bytes(workbook)
    assert done["summary"]["total_errors"] == 0
    assert differing(workbook, done["bytes"]) == []
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    costs = {row[0].value: row[1] for row in book["Cost distribution"].iter_rows(min_row=8)}
    expected, tail = costs["Expected cost"], costs["CVaR at 90 %"]
    assert str(expected.value).startswith("=SUMPRODUCT(Futures!")
    assert str(tail.value).startswith("=SUMPRODUCT(Futures!")
    assert str(book["Cash by period"]["B9"].value).startswith("=SUMPRODUCT('By period'!")
    before = openpyxl.load_workbook(io.BytesIO(workbook), data_only=True)["Cost distribution"][expected.coordinate]
    dearer = spoiled(workbook, "Futures", "C8", 1000.0)
    after = openpyxl.load_workbook(io.BytesIO(formualizer.recalculate_xlsx_bytes(dearer)["bytes"]), data_only=True)
    assert after["Cost distribution"][expected.coordinate].value > before.value + 20
    assert after["Summary"]["A3"].value.startswith("A CHECK FAILS")


def test_charts_are_native(document, workbook):
    charts = openpyxl.load_workbook(io.BytesIO(workbook))["Summary"]._charts
    assert [type(chart).__name__ for chart in charts] == ["ScatterChart", "ScatterChart", *["AreaChart"] * 3]
    slides = pptx.Presentation(io.BytesIO(document_slides(document))).slides
    native = [shape.chart for slide in slides for shape in slide.shapes if shape.has_chart]
    assert [len(chart.plots) for chart in native] == [1, 2, 2, 2]
    assert [entry.name for entry in native[1].plots[1].series] == ["expected value"]


def test_values_of_information_risk_and_regret_appear_where_a_run_has_them(loaded):
    made = {
        "information": ("name at_least_musd at_most_musd meaning", [("EVPI", 1.0, 2.0, "m"), ("VSS", None, 3.0, "m")]),
        "risk_curve": (
            "risk_aversion expected_musd cvar_musd objective_musd bound_musd",
            [(0.0, 10.0, 30.0, 10.0, 10.0), (1.0, 12.0, 25.0, 25.0, 25.0)],
        ),
        "regret": (
            "scenario cost_musd best_musd best_at_least_musd regret_musd regret_at_most_musd",
            [("s_0_0", 10.0, 9.0, 9.0, 1.0, 1.0), ("s_0_1", 13.0, 9.0, 9.0, 4.0, 4.0)],
        ),
    }
    tables = {name: Table(name, tuple(columns.split()), tuple(rows)) for name, (columns, rows) in made.items()}
    own = LoadedRun(loaded.manifest, {**loaded.tables, **tables}, loaded.read, loaded.name)
    document = scenario_document(own)
    page = document_html(document)
    assert "Knowing the scenario from the start would be worth 1.00 to 2.00 USD million." in page
    assert "Planning over the scenarios instead of for their mean is worth at most 3.00 USD million." in page
    assert {"risk-curve", "regret"} <= {figure.name for figure in figures_of(document)}
    titles = [slide.shapes.title.text for slide in pptx.Presentation(io.BytesIO(document_slides(document))).slides]
    assert "The largest regret is 4.00 USD million: s_0_1" in titles
    assert document_workbook(document)


def test_names_of_scenarios_are_text_everywhere(tmp_path):
    names = ["=1+1", "<script>alert(1)</script>", "a|b_c_ *x*", '=HYPERLINK("http://evil.example")']
    scenarios, values = io.StringIO(), io.StringIO()
    heads = ("scenario", "table", "key", "column", "period", "effect", "value")
    csv.writer(scenarios).writerows(
        [("scenario", "probability", "revealed"), *((name, 0.25, "2028") for name in names)]
    )
    lead = ("demand", "w", "queries_per_day_million", "2028", "multiply")
    rows = [(name, *lead, 1.5 + place / 2) for place, name in enumerate(names)]
    csv.writer(values).writerows([heads, *rows])
    texts = {"scenarios": scenarios.getvalue(), "scenario_values": values.getvalue()}
    loaded = planner.plan(planner.read_case(case_with(tmp_path / "case", **texts))).loaded
    document = scenario_document(loaded)
    page = document_html(document)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    with zipfile.ZipFile(io.BytesIO(document_workbook(document))) as book:
        parts = {name: book.read(name).decode() for name in book.namelist() if name.endswith((".xml", ".rels"))}
    formulas = [text for part in parts.values() for text in re.findall(r"<(?:c:)?f>([^<]*)</(?:c:)?f>", part)]
    assert not [text for text in formulas if "1+1" in text or "HYPERLINK" in text]
    assert not [name for name, part in parts.items() if "hyperlink" in part.lower() and name.endswith(".rels")]
    with zipfile.ZipFile(io.BytesIO(document_slides(document))) as deck:
        behind = [deck.read(name) for name in deck.namelist() if name.endswith(".xlsx")]
    assert behind
    for data in behind:
        cells = [cell for row in openpyxl.load_workbook(io.BytesIO(data)).active for cell in row]
        assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
