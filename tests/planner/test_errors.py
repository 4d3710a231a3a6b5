"""The tree of errors: codes, meanings and texts."""

import pickle

import pytest

from planner import errors
from planner.errors import CaseFaults, Fault, FaultLog, PlannerError, Severity, listed, rendered, shown

LEAVES = PlannerError.__subclasses__()


def test_each_leaf_has_its_own_code_and_meaning():
    assert sorted(leaf.exit_code for leaf in LEAVES) == [1, 2, 3, 4, 5]
    assert len({leaf.meaning for leaf in LEAVES}) == len(LEAVES)
    assert all(not leaf.__subclasses__() for leaf in LEAVES)


def test_the_tree_is_drawn_in_the_docstring():
    for leaf in LEAVES:
        line = next(line for line in errors.__doc__.splitlines() if leaf.__name__ in line)
        assert f" {leaf.exit_code} " in line


FAULTS = [
    (
        Fault("offers.csv", "must be a whole number of at least 1", "Use 2 or 3.", 7, "lot_size", "2.5"),
        "offers.csv row 7, lot_size = 2.5: must be a whole number of at least 1. Use 2 or 3.",
    ),
    (Fault("a.csv", "is empty", "Fill it."), "a.csv: is empty. Fill it."),
    (Fault("a.csv", "is bad", "Mend it.", 3), "a.csv row 3: is bad. Mend it."),
    (Fault("a.csv", "is bad", "Mend it.", None, "b"), "a.csv, b: is bad. Mend it."),
    (Fault("a.csv", "is bad", "Mend it.", 3, "b", ""), "a.csv row 3, b = (blank): is bad. Mend it."),
    (Fault("a.csv", "is bad", "Mend it.", 3, None, "x"), "a.csv row 3, x: is bad. Mend it."),
    (Fault("a.csv", "is bad", "Mend it.", 3, "b", "x\ny"), "a.csv row 3, b = 'x\\ny': is bad. Mend it."),
]


@pytest.mark.parametrize(("fault", "text"), FAULTS)
def test_fault_renders_to_one_line(fault, text):
    assert str(fault) == fault.text == text
    assert "{" not in text
    assert "\n" not in fault.text


def test_long_values_are_cut():
    assert len(shown("x" * 500)) == 60
    assert shown("x" * 500).endswith("…")


def test_lists_show_five_and_a_count():
    assert listed("abcde") == "a, b, c, d, e"
    assert listed("abcdef") == "a, b, c, d, e and 1 more"


def test_faults_are_grouped_by_file_and_row():
    faults = [
        Fault("b.csv", "x", "Y.", 2),
        Fault("a.csv", "x", "Y.", 9),
        Fault("a.csv", "z", "Y.", 3),
        Fault("a.csv", "w", "Y."),
    ]
    assert [fault.place for fault in CaseFaults(faults).faults] == [
        "a.csv",
        "a.csv row 3",
        "a.csv row 9",
        "b.csv row 2",
    ]


def test_six_alike_are_five_and_a_count():
    lines = rendered([Fault("a.csv", "is bad", "Mend it.", row, "b", "x") for row in range(2, 8)])
    assert len(lines) == 6
    assert lines[-1] == "a.csv, b: 1 more like this. The remedy is the same."


def test_text_ends_with_the_count():
    assert CaseFaults([Fault("a.csv", "is bad", "Mend it.")]).text == "a.csv: is bad. Mend it.\n1 fault."
    assert CaseFaults([]).text == "0 faults."


def test_log_keeps_one_of_each_and_counts_what_it_leaves_out():
    log = FaultLog()
    for row in [2, 2, *range(2, 252)]:
        log.add(Fault("a.csv", "is bad", "Mend it.", row, "b", "x"))
    log.add(Fault("a.csv", "is odd", "Look.", 2, "b", "x", Severity.WARNING))
    assert len(log.faults) == 201
    assert "50 more findings" in log.faults[0].text
    assert [warning.text for warning in log.warnings] == ["a.csv row 2, b = x: is odd. Look."]


def test_faults_travel_between_processes():
    error = CaseFaults([Fault("a.csv", "is bad", "Mend it.", 3)], row_counts={"a.csv": (1, 2)})
    again = pickle.loads(pickle.dumps(error))
    assert (again.faults, again.row_counts, str(again)) == (error.faults, error.row_counts, str(error))
