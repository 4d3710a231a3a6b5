"""The whole text of each finding, for one change to a valid case at a time."""

from pathlib import Path

import pytest

from planner.errors import CaseFaults

GOLDEN = Path(__file__).parent / "golden" / "messages.txt"


def blocks():
    for block in GOLDEN.read_text(encoding="utf-8").split("\n# ")[1:]:
        name, *lines = block.rstrip("\n").split("\n")
        changes = [line.strip().encode().decode("unicode_escape") for line in lines if line.startswith("    ")]
        expected = [line for line in lines if line and not line.startswith("    ")]
        yield pytest.param("\n".join(changes), expected, id=name)


@pytest.mark.parametrize(("changes", "expected"), list(blocks()))
def test_finding_has_this_text(tiny, changes, expected):
    tiny.change(changes)
    try:
        found = [f"warning: {warning.text}" for warning in tiny.read().warnings]
    except CaseFaults as error:
        found = [f"fault: {fault.text}" for fault in error.faults]
        found += [f"warning: {warning.text}" for warning in error.warnings]
    # What is not a whole period is told of nearly every change; blocks of its own say what.
    assert [line for line in found if "not whole periods" not in line or line in expected] == expected


@pytest.mark.parametrize(("changes", "expected"), list(blocks()))
def test_every_change_is_found(changes, expected):
    assert changes
    assert expected
    for line in expected:
        assert line.startswith(("fault: ", "warning: "))
        assert line.endswith((".", "?"))
        assert "{" not in line
        assert "None" not in line


def test_the_tiny_case_is_without_findings(tiny):
    assert tiny.findings() == []


def test_all_faults_are_raised_at_once(tiny):
    tiny.change("""
        offers 2 lot_size = 2.5
        offers 3 accelerator = gamma
        sites 2 pue = 0.5
        budgets 2 span = 2027..2028
        plan discount_rate = 8
    """)
    faults = tiny.faults()
    assert {(fault.file, fault.row) for fault in faults.faults} == {
        ("offers.csv", 2),
        ("offers.csv", 3),
        ("sites.csv", 2),
        ("plan.toml", None),
    }
    tiny.change("plan discount_rate = 0.08")
    assert ("budgets.csv", 2) in {(fault.file, fault.row) for fault in tiny.faults().faults}
    assert faults.exit_code == 2


def test_two_faults_of_one_row_are_both_found(tiny):
    tiny.change("offers 2 lot_size = 2.5\noffers 2 lead_time_months = -1")
    assert [fault.column for fault in tiny.faults().faults] == ["lot_size", "lead_time_months"]


def test_a_refused_row_makes_no_unknown_references(tiny):
    tiny.change("offers 2 lot_size = x")
    assert [fault.file for fault in tiny.faults().faults] == ["offers.csv"]


def test_many_alike_are_printed_as_five_and_a_count(tiny):
    tiny.write("demand", [["workload", "period", "queries_per_day_million"], *([["chat", "soon", "1"]] * 400)])
    error = tiny.faults()
    assert len(error.lines) == 7
    assert error.lines[0] == (
        "demand.csv, period: 200 more findings in this column are not listed. Correct the listed ones first."
    )
    assert error.lines[1].startswith("demand.csv row 2, period = soon: must be a period label")
    assert error.lines[6] == "demand.csv, period: 195 more of the same kind, with the same remedy."
    assert error.text.splitlines()[-1] == "201 faults."
    assert error.row_counts["demand.csv"] == (0, 400)
