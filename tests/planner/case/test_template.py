"""The template: an empty case that reads back, whose example rows together are a valid case."""

import csv

import pytest

from models.case import REQUIRED_TABLES, TABLES
from models.tables.column_descriptions import columns_of
from planner.case import read_case, write_template
from planner.case.checks_effect_futures import LEFT_ASIDE
from planner.case.disruption_file import default_library, read_library
from planner.case.recheck import faults_of
from planner.case.reference import render_reference
from planner.case.settings import SETTINGS, SOLVER
from planner.case.template import EXAMPLE_MARK, example_of
from planner.case_conversion import convert
from planner.errors import CaseFaults


def test_template_holds_every_table_and_column(tmp_path):
    paths = write_template(tmp_path / "new")
    assert {path.name for path in paths} == {"plan.toml", *(f"{table}.csv" for table in TABLES)}
    for table, row_class in TABLES.items():
        with (tmp_path / "new" / f"{table}.csv").open(newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == list(columns_of(row_class))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert [row[0].split(":")[0] for row in rows[1:]] == ["# units", "# meaning", "# blank means", "# example"]


def test_unfilled_template_asks_only_for_rows(tmp_path):
    write_template(tmp_path / "new")
    with pytest.raises(CaseFaults) as caught:
        read_case(tmp_path / "new")
    assert {fault.expected for fault in caught.value.faults} == {"the table has no rows"}


@pytest.mark.parametrize("only_required", [True, False])
def test_example_rows_are_a_valid_case_without_warnings(tmp_path, only_required):
    for path in write_template(tmp_path / "new"):
        table = path.name.removesuffix(".csv")
        if only_required and table in TABLES and table not in REQUIRED_TABLES:
            path.unlink()
            continue
        text = path.read_text()
        if only_required:
            text = text.replace("own_chip;wafer_agreement", "")
        path.write_text(text.replace(EXAMPLE_MARK, ""))
    found = read_case(tmp_path / "new")
    assert [str(warning) for warning in found.warnings if LEFT_ASIDE not in str(warning)] == []
    assert set(found.row_counts.values()) == {(1, 0)}


def test_required_tables_alone_can_be_written(tmp_path):
    paths = write_template(tmp_path / "new", only_required=True)
    assert {path.stem for path in paths} == {"plan", *REQUIRED_TABLES}


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path):
    (tmp_path / "offers.csv").write_text("mine")
    with pytest.raises(CaseFaults) as caught:
        write_template(tmp_path)
    assert [fault.text for fault in caught.value.faults] == [
        f"{tmp_path / 'offers.csv'}: exists already and is not overwritten. Choose an empty folder."
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["offers.csv"]


def test_a_file_is_no_place_for_a_template(tmp_path):
    (tmp_path / "case").write_text("")
    with pytest.raises(CaseFaults):
        write_template(tmp_path / "case")


def test_reference_names_every_table_column_and_setting():
    page = render_reference()
    for table, row_class in TABLES.items():
        section = page.split(f"\n## {table}\n")[1].split("\n## ")[0]
        for column in columns_of(row_class):
            if column not in ("label", "note", "source"):
                assert f"\n| {column} " in section
    for key in (*SETTINGS, *SOLVER):
        assert f"\n| {key} |" in page
    assert "{" not in page
    assert page.endswith("|\n")


def test_reference_tables_have_five_cells_in_every_row():
    for line in render_reference().splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 6


def test_examples_of_every_table_survive_a_workbook(tmp_path):
    for path in write_template(tmp_path / "new"):
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(line.replace(EXAMPLE_MARK, "", 1) for line in lines), encoding="utf-8")
    convert(tmp_path / "new", tmp_path / "book.xlsx")
    convert(tmp_path / "book.xlsx", tmp_path / "again")
    cases = [read_case(tmp_path / name).case for name in ("new", "book.xlsx", "again")]
    assert all(getattr(cases[0], table) for table in TABLES)
    assert cases[0] == cases[1] == cases[2]
    assert faults_of(cases[0]) == []


def test_the_example_of_a_role_is_one_of_the_library():
    assert example_of("roles")["role"] in {row.target for row in read_library(default_library())}
