"""The library of disruptions is read as the table of a case is, with roles in place of names."""

import pytest

from planner.case.disruption_file import default_library, read_library
from planner.errors import CaseFaults

HEAD = "disruption,target,field,effect,value,start,months,recovery_months,probability_per_year,source,note\n"
ROW = "dry_year,packaging,supply,multiply,0.5,2028-01,6,3,0.1,here,a loss of half\n"


@pytest.fixture
def library(tmp_path):
    def write(*rows, head=HEAD):
        (tmp_path / "disruptions.csv").write_text(head + "".join(rows), encoding="utf-8")
        return tmp_path

    return write


def faults(path):
    with pytest.raises(CaseFaults) as caught:
        read_library(path)
    return [fault.text for fault in caught.value.faults]


def test_a_folder_and_its_file_read_alike(library):
    folder = library(ROW)
    (row,) = read_library(folder)
    assert read_library(folder / "disruptions.csv") == (row,)
    assert (row.disruption, row.target, row.value, row.months, row.source) == (
        "dry_year",
        "packaging",
        0.5,
        6.0,
        "here",
    )


def test_rows_keep_their_order(library):
    rows = read_library(library(ROW.replace("dry", "wet"), ROW))
    assert [row.disruption for row in rows] == ["wet_year", "dry_year"]


def test_a_library_that_is_not_there_is_told(tmp_path):
    assert faults(tmp_path / "none") == [
        f"{tmp_path / 'none'}: does not exist. Name a folder with disruptions.csv, or the file itself."
    ]


def test_every_fault_is_told_in_the_words_of_a_case(library):
    slip = ROW.replace("packaging,supply", "own_chip,slip")
    rows = [ROW, ROW, ROW.replace("0.5", "half").replace("supply", "price"), slip, ROW.replace("supply", "suply")]
    assert faults(library(*rows)) == [
        "disruptions.csv row 3, disruption, target, field = dry_year, packaging, supply: row 2 has the same disruption "
        "and target and field. Delete one of the two, or change its key.",
        "disruptions.csv row 4, value = half: must be a number. Write the number alone.",
        "disruptions.csv row 5, effect = multiply: a slip is a number of months. Use the effect add.",
        "disruptions.csv row 6, field = suply: must be one of supply, price, lead_time, demand, power, electricity, "
        "amount, slip, fail, respin, delivery. Use supply.",
    ]


def test_a_wrong_header_is_told(library):
    assert faults(library(ROW, head=HEAD.replace("target", "role"))) == [
        "disruptions.csv, target: the column is missing (target). Add it to the header in row 1.",
        "disruptions.csv row 1, role: is not a column of this table. The columns are disruption, target, field, "
        "effect, value, start, months, recovery_months, probability_per_year, known_from, label, note, source.",
    ]


def test_a_workbook_is_refused(library):
    folder = library()
    (folder / "disruptions.csv").write_bytes(b"PK\x03\x04")
    assert faults(folder) == [
        "disruptions.csv: is a workbook and not a CSV file. Save each sheet as CSV UTF-8 under the name of its table."
    ]


def test_the_library_of_the_project_is_found():
    folder = default_library()
    assert folder is not None
    assert read_library(folder)
