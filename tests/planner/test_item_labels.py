"""Labels: names for people, which every document shows in place of ids, and which change nothing else."""

import csv
import io
import shutil
import zipfile

import pytest
from openpyxl import load_workbook

from models.build import build
from models.case import TABLES
from models.solvers.program_text import lp_text
from models.tables.column_descriptions import columns_of, name_column
from planner.case import read_case
from planner.case.item_names import NAME_OF_TABLE, labels_of, why_not_in_sentences
from planner.case.report_words import is_report_word, neighbours_of
from planner.case_conversion import convert
from planner.documents.content.labels_of_items import item_labels
from planner.documents.document_terminal import document_view
from planner.documents.item_labels import ItemLabels
from planner.errors import CaseFaults
from planner.plan_documents import scenario_document
from planner.plan_request import Request
from planner.report_files import write_slides
from planner.results.loaded_run import read_run
from planner.runs import make_plan
from planner.show.live_progress import NoProgress
from planner.show.plan_text import show_plan
from tests.planner.frozen.answers import planned_run
from tests.planner.frozen.media import WIDTH, page_of, slides_text, terminal_text
from tests.planner.frozen.subjects import BASE, CASES, COMPARISON, SCENARIOS, _futures, _said
from tests.planner.labelled import label_case, raw_ids
from tests.planner.studies.making import STUDIES, STUDY_TABLES
from tests.planner.tiny import INPUTS, write_tiny

EVERY_INPUT = "Every input, with its source"
"""Where a page begins to show inputs as they were given, ids and labels alike."""
HARMFUL = (
    "=1+1", "<b>bold</b>", "a|b", "$(x)", "</script><script>x</script>", "@SUM(A1)", "[link](http://x.y)",
    "'quoted' \"twice\"",
    "{{7*7}}", "-2", "ein *sehr* _langer_ Titel, der in keinem Diagramm ganz Platz hat, und der lang ist",
)  # fmt: skip


def seen_in_files(folder, page, name):
    """What is shown in the documents of a run or study, without the tables that show inputs as they are."""
    text, specs = page_of((folder / page).read_text(encoding="utf-8"))
    book = load_workbook(folder / f"{name}.xlsx")
    sheets = [sheet for sheet in book.worksheets if sheet.title not in ("Assumptions", "As solved", "About")]
    cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return {
        "markdown": (folder / f"{name}.md").read_text(encoding="utf-8"),
        "page": text.split(EVERY_INPUT)[0] + text.split(EVERY_INPUT)[-1].partition("Independent check")[2],
        "charts": specs,
        "workbook": "\n".join(cells),
    }


def without_ids(seen, labels, *, allowed=frozenset()):
    """Asserts that no id is shown, and that labels are."""
    for medium, text in seen.items():
        assert raw_ids(text, labels, allowed=allowed) == [], medium
        assert medium == "charts" or "Titel " in text, medium


def test_every_table_that_gives_names_has_a_label():
    with_label = {table for table, row in TABLES.items() if "label" in columns_of(row)}
    # Roles are named by the library, and routes within their programme.
    named = {table for table, row in TABLES.items() if name_column(row) is not None}
    assert with_label == named - {"roles"} | {"routes"} == set(NAME_OF_TABLE)


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A case as it is and one with a label for every id, each planned."""
    place = tmp_path_factory.mktemp("labels")
    plain, case = shutil.copytree(INPUTS / BASE, place / "plain"), shutil.copytree(INPUTS / BASE, place / "case")
    labels = label_case(case)
    runs = [planned_run(folder, BASE, CASES[BASE], place / f"{folder.name}-run") for folder in (plain, case)]
    return *runs, labels


def test_no_document_of_a_plan_shows_an_id(planned, tmp_path):
    _, run, labels = planned
    write_slides(run.folder, tmp_path / "plan.pptx", None)
    seen = seen_in_files(run.folder, "report.html", "plan")
    seen["terminal"] = terminal_text(lambda console: show_plan(console, run), WIDTH)
    seen["slides"] = slides_text((tmp_path / "plan.pptx").read_bytes())
    without_ids(seen, labels)


def test_tables_of_results_and_the_program_are_the_same_with_labels(planned):
    plain, run, _ = planned
    programs = ["".join(lp_text(build(made.read.case).program)) for made in (plain, run)]
    assert programs[0] == programs[1]
    tables = sorted(path.name for path in (plain.folder / "tables").iterdir())
    for name in tables:
        assert (plain.folder / "tables" / name).read_bytes() == (run.folder / "tables" / name).read_bytes(), name
    assert len(tables) > 20


@pytest.mark.slow
def test_a_comparison_shows_labels_where_one_of_its_runs_has_them(planned, tmp_path):
    plain, run, labels = planned
    text = _said("compare", plain.folder, run.folder, "-o", tmp_path / "compared")
    seen = seen_in_files(tmp_path / "compared", "comparison.html", COMPARISON)
    # The inputs that differ are the labels themselves, each beside its id.
    assert "Titel 1" in text
    assert "Titel 1" in seen["page"]
    assert raw_ids(text, labels) == []


@pytest.mark.slow
def test_no_document_of_a_plan_over_scenarios_shows_an_id(tmp_path):
    case = _futures(tmp_path)
    labels = label_case(case)
    run = planned_run(case, SCENARIOS, CASES[BASE], tmp_path / "run")
    allowed = {name for name in labels if why_not_in_sentences(name, frozenset())}
    document = scenario_document(read_run(run.folder))
    write_slides(run.folder, tmp_path / "plan.pptx", None)
    seen = seen_in_files(run.folder, "report.html", "plan")
    seen["terminal"] = terminal_text(lambda own: own.print(document_view(document, own.width)), WIDTH)
    seen["slides"] = slides_text((tmp_path / "plan.pptx").read_bytes())
    without_ids(seen, labels, allowed=allowed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stress", "grid", "breakeven"])
def test_no_document_of_a_study_shows_an_id(tmp_path, kind):
    case = write_tiny(tmp_path / "tiny", **STUDY_TABLES)
    labels = label_case(case)
    places = ["-o", tmp_path / "study", "--points", tmp_path / "points"]
    text = _said(kind, case, *STUDIES[kind], *places, "--executor", "serial", "--quiet")
    allowed = {name for name in labels if why_not_in_sentences(name, frozenset())}
    without_ids(
        {**seen_in_files(tmp_path / "study", "report.html", "study"), "terminal": text}, labels, allowed=allowed
    )
    tables = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "study" / "tables").iterdir())
    assert "Titel" not in tables
    assert "Titel" not in (tmp_path / "study" / "study.json").read_text(encoding="utf-8")


def labelled_tiny(folder, **labels):
    """The tiny case with a label for one id of each table that is named."""
    case = write_tiny(folder)
    for table, label in labels.items():
        path = case / f"{table}.csv"
        head, *rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([[*head, "label"], *([*row, label] for row in rows)])
        path.write_text(out.getvalue(), encoding="utf-8")
    return case


@pytest.mark.parametrize("place", [0, pytest.param(5, marks=pytest.mark.slow)])
def test_labels_are_text_in_every_medium(tmp_path, place):
    texts = dict(zip(("workloads", "accelerators", "offers", "sites", "budgets"), HARMFUL[place:], strict=False))
    case = labelled_tiny(tmp_path / "case", **texts)
    run = make_plan(case, Request(output=tmp_path / "run"), NoProgress())
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert not any(text in page for text in ("<b>bold</b>", "</script><script>x</script>"))
    markdown = (run.folder / "plan.md").read_text(encoding="utf-8")
    assert not any(text in markdown for text in ("<b>", " a|b", "](http://", "*sehr*"))
    book = load_workbook(run.folder / "plan.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    for text in texts.values():
        found = [cell for cell in cells if isinstance(cell.value, str) and text in cell.value]
        assert found
        assert {cell.data_type for cell in found} == {"s"}
        assert not any(cell.hyperlink for cell in found)
    with zipfile.ZipFile(run.folder / "plan.xlsx") as parts:
        assert not any(name.endswith("externalLink1.xml") for name in parts.namelist())
    write_slides(run.folder, tmp_path / "plan.pptx", None)
    convert(case, tmp_path / "book.xlsx")
    convert(tmp_path / "book.xlsx", tmp_path / "again")
    assert read_case(tmp_path / "again").case == run.read.case
    assert set(labels_of(run.read.case).values()) == set(texts.values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"offers": "offer,accelerator,kind,label\na_list,chip,buy,Same\nb_list,chip,buy,same\n",
             "prices": "offer,period,unit_price_usd\na_list,2027,1e5\nb_list,2027,1e5\n"},
            "offers.csv row 3, label = same: is also the label of a_list in offers.csv row 2. "
            "Choose labels that tell the two apart.",
        ),
        (
            {"offers": "offer,accelerator,kind,label\na_list,chip,buy,chip\n",
             "prices": "offer,period,unit_price_usd\na_list,2027,1e5\n"},
            "offers.csv row 2, label = chip: is the id of accelerators.csv row 2. "
            "Choose another label, or rename chip.",
        ),
        (
            {"budgets": "budget,categories,span,amount_musd,label\ncompute,all,2027,5,One\ncompute,all,2028,5,Two\n"},
            "budgets.csv row 3, label = Two: compute has another label in budgets.csv row 2: One. "
            "Use One in both, or two ids: an id has one label.",
        ),
        (
            {"workloads": f"workload,min_service,label\nchat,1,{'x' * 81}\n"},
            f"workloads.csv row 2, label = {'x' * 35}…{'x' * 24}: is a label of 81 characters. "
            "Use at most 80; a note has room for more.",
        ),
        (
            {"workloads": 'workload,min_service,label\nchat,1,"two\nlines"\n'},
            "workloads.csv row 2, label = 'two\\nlines': contains an invisible character or a line break. "
            "Use two lines.",
        ),
    ],
)  # fmt: skip
def test_a_label_that_is_none_is_refused_with_its_remedy(tmp_path, change, told):
    with pytest.raises(CaseFaults) as caught:
        read_case(write_tiny(tmp_path / "case", **change))
    assert caught.value.lines == [told]


def test_a_blank_label_in_another_row_of_the_same_id_is_none(tmp_path):
    budgets = "budget,categories,span,amount_musd,label\ncompute,all,2027,5,All spending\ncompute,all,2028,5,\n"
    read = read_case(write_tiny(tmp_path / "case", budgets=budgets))
    assert labels_of(read.case) == {"compute": "All spending"}
    assert [warning for warning in read.warnings if warning.column == "label"] == []


def test_an_id_that_is_a_word_of_the_documents_is_shown_in_columns_only(tmp_path):
    change = {
        "workloads": "workload,min_service,penalty_usd_per_1000,label\ncash,1,5,Payments\n",
        "demand": "workload,period,queries_per_day_million\ncash,2027,8.64\n",
        "throughput": "accelerator,workload,queries_per_second\nchip,cash,10\n",
    }
    read = read_case(write_tiny(tmp_path / "case", **change))
    assert [str(warning) for warning in read.warnings if warning.column == "label"] == [
        "workloads.csv row 2, label = Payments: is shown in columns only: the id cash is also a word of the "
        "documents. Use an id such as cash_workload to have it shown everywhere."
    ]
    labels = item_labels(read.case)
    assert labels.text("Cash spent: 97 % of cash.") == "Cash spent: 97 % of cash."
    assert labels.cell("cash", "workload") == "Payments"
    assert labels.cell("cash", "category") == "cash"


def test_words_of_documents_are_those_of_texts_and_not_of_names_in_the_code():
    assert is_report_word("demand")
    assert ("within", "gaps") in neighbours_of("the")
    assert not is_report_word("chat")
    assert not is_report_word("_says_nothing")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("order 64 gb300 for 3 USD million", "order 64 Rack for 3 USD million"),
        ("gb300: design gb300/house, gb300~dry, (gb300).", "Rack: design Rack/house, Rack~dry, (Rack)."),
        ("gb300_list and gb300-list and gb300.csv stay", "gb300_list and gb300-list and gb300.csv stay"),
        ("fleetplan explain RUN --decision deal:gb300", "fleetplan explain RUN --decision deal:gb300"),
        ("agb300 gb3000", "agb300 gb3000"),
        ("gb300 list of site A", "Listed rack of Site Rack"),
        ("site A, site B", "Site Rack, site B"),
    ],
)
def test_an_id_is_replaced_where_it_stands_as_a_word(text, shown):
    labels = ItemLabels({"gb300": "Rack", "gb300 list": "Listed rack", "site A": "Site Rack"}, frozenset({"site B"}))
    assert labels.text(text) == shown


def test_an_id_that_documents_use_beside_certain_words_only_is_shown_by_its_label_elsewhere():
    labels = ItemLabels({"partner": "Broadcom"}, neighbours={"partner": frozenset({("design", "")})})
    assert (
        labels.text("chip by partner, design partner, chip/partner")
        == "chip by Broadcom, design partner, chip/Broadcom"
    )
    assert labels.cell("partner", "route") == "Broadcom"
