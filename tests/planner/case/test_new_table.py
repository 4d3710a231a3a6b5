"""A table that nothing but its row class knows is read, checked, written, explained and compared like the others."""

from dataclasses import dataclass, replace

import pytest

from models import case as case_module
from models.case import TABLES, Case, tables_of
from models.tables.column_descriptions import column
from models.tables.fleet_rows import InputRow
from planner.case import read_case, write_template
from planner.case.canonical import case_hash
from planner.case.reference import render_reference
from planner.case.template import EXAMPLE_MARK, example_of
from planner.case.workbook_form import groups
from planner.case_conversion import convert
from tests.planner.case.conftest import faults_of


@dataclass(frozen=True, kw_only=True)
class Turbine(InputRow, theme="Wind"):
    """A turbine of our own."""

    turbine: str = column("name", key=True, example="north")
    span: str = column("when it turns", key=True, label="span", covers=True, example="2027..2028")
    site: str = column("where", refs=("sites",), example="home")
    maker: str = column("who made it", constant=True, default="", blank="none")
    mw: float | None = column("its power", unit="MW", least=0, default=None, blank="no limit", example="2.5")
    first_order: str | None = column("first possible order", label="period", default=None, blank="start")
    last_order: str | None = column("last possible order", label="period", default=None, blank="end")


@dataclass(frozen=True, kw_only=True)
class WiderCase(Case):
    turbines: tuple[Turbine, ...] = ()


@pytest.fixture
def wider(monkeypatch):
    """Nothing but the case with one more table."""
    monkeypatch.setattr(case_module, "Case", WiderCase)
    monkeypatch.setitem(TABLES, "turbines", tables_of(WiderCase)["turbines"])
    assert case_module.TABLES is TABLES


def write_case(folder, **cells):
    for path in write_template(folder):
        path.write_text(path.read_text(encoding="utf-8").replace(EXAMPLE_MARK, ""), encoding="utf-8")
    path = folder / "turbines.csv"
    head = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    lines = [{**example_of("turbines"), **change} for change in cells.get("rows", [{}])]
    path.write_text("\n".join([",".join(head), *(",".join(row.get(name, "") for name in head) for row in lines)]))
    return folder


@pytest.mark.usefixtures("wider")
def test_a_new_table_is_read_from_template_folder_and_workbook(tmp_path):
    folder = write_case(tmp_path / "new")
    read = read_case(folder)
    assert read.case.turbines == (Turbine(turbine="north", span="2027..2028", site="home", mw=2.5),)
    assert read.row_counts["turbines.csv"] == (1, 0)
    convert(folder, tmp_path / "book.xlsx")
    convert(tmp_path / "book.xlsx", tmp_path / "again")
    assert read_case(tmp_path / "again").case == read.case == read_case(tmp_path / "book.xlsx").case
    assert case_hash(read.case) != case_hash(replace(read.case, turbines=()))
    write_template(tmp_path / "empty", only_required=True)
    assert groups()["Wind"] == ["turbines"]


@pytest.mark.usefixtures("wider")
def test_a_new_table_is_explained():
    section = render_reference().split("\n## turbines\n")[1]
    assert "A turbine of our own. The table is optional." in section
    assert "| mw | MW | its power | a number of at least 0 | no limit |" in section


@pytest.mark.usefixtures("wider")
@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"site": "nowhere"}], "is not a name in sites.csv"),
        ([{"mw": "-1"}], "at least 0"),
        ([{}, {}], "has the same turbine and span"),
        ([{}, {"turbine": "North"}], "looks like north in row 2"),
        ([{"span": "2027"}], "turbine north has no row for 2028"),
        ([{"span": "2027"}, {"span": "2027Q4..2028"}], "overlaps 2027 in row 2, of the same turbine"),
        ([{"span": "2027"}, {"span": "2028", "maker": "other"}], "differs from (blank) in row 2"),
        ([{"span": "2027-02..2028"}], "splits a quarter of the plan"),
        ([{"span": "2026..2028"}], "reaches beyond the horizon 2027..2028"),
        ([{"first_order": "2028", "last_order": "2027"}], "ends the window before first_order = 2028 begins it"),
    ],
)
def test_a_new_table_is_checked(tmp_path, rows, told):
    assert any(told in text for text in faults_of(write_case(tmp_path / "case", rows=rows)))


@pytest.mark.usefixtures("wider")
def test_an_unknown_column_of_a_new_table_names_the_nearest(tmp_path):
    folder = write_case(tmp_path / "case")
    path = folder / "turbines.csv"
    path.write_text(path.read_text().replace("maker", "makr"))
    assert any("Did you mean maker?" in text for text in faults_of(folder))


def test_without_it_the_table_is_unknown(tmp_path):
    write_template(tmp_path / "case")
    (tmp_path / "case" / "turbines.csv").write_text("turbine\nnorth\n")
    assert any("is not a table of a case" in text for text in faults_of(tmp_path / "case"))
