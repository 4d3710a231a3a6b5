"""The tree of errors: codes, meanings and texts."""

import ast
import io
import pickle
from pathlib import Path

import pytest
from rich.console import Console

from planner import errors
from planner.errors import (
    CaseFaults,
    Fault,
    FaultLog,
    OutputError,
    PlannerError,
    Severity,
    WrittenRun,
    listed,
    rendered,
    shown,
)
from planner.show.fault_lists import show_error
from planner.show.output_options import OutputOptions, ending_of, print_error
from tests.planner.tiny import ROOT

LEAVES = PlannerError.__subclasses__()


def test_each_leaf_has_its_own_code_and_meaning():
    assert sorted(leaf.exit_code for leaf in LEAVES) == [1, 2, 3, 4, 5, 6, 130]
    assert len({leaf.meaning for leaf in LEAVES}) == len(LEAVES)
    assert all(not leaf.__subclasses__() for leaf in LEAVES)


def test_the_tree_is_drawn_in_the_docstring():
    for leaf in LEAVES:
        line = next(line for line in errors.__doc__.splitlines() if leaf.__name__ in line)
        assert f" {leaf.exit_code} " in line


def test_every_error_of_a_command_is_in_this_tree():
    """No module adds a leaf of its own, so that the list of exit codes is whole."""
    for path in sorted((ROOT / "planner").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and path.name != "errors.py":
                bases = {ast.unparse(base) for base in node.bases}
                assert not bases & {"PlannerError", *(leaf.__name__ for leaf in LEAVES)}, f"{path.name}: {node.name}"


def test_messages_render_without_stray_braces():
    for leaf in LEAVES:
        error = leaf([Fault("a.csv", "is bad", "Mend it.")]) if leaf is CaseFaults else leaf("The disk is full.")
        out = io.StringIO()
        show_error(Console(file=out, width=100, markup=False), error)
        assert out.getvalue().strip()
        assert not set("{}") & set(out.getvalue() + leaf.meaning)


CATCH_ALL = {"Exception", "BaseException"}
ENTRY_POINTS = {
    "planner/cli/__init__.py",
    "planner/sweeps/point_runner.py",
    "models/solvers/solver_worker.py",
    "models/solvers/engine_pool.py",
    "planner/plan_solves.py",
}


def catches_everything(node):
    if isinstance(node, ast.ExceptHandler):
        names = (
            {"BaseException"}
            if node.type is None
            else {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)}
        )
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        names = {each.id for each in node.args if isinstance(each, ast.Name)}
    else:
        return False
    return bool(names & CATCH_ALL)


def test_only_where_a_process_or_a_point_of_a_sweep_begins_is_everything_caught():
    """The command; the solver's process, whose parent must get an outcome; a point, which must not stop the others.

    A pool of solver processes and a store of solves catch everything only to take back or close what they have begun,
    and pass it on.
    """
    found = [
        path.relative_to(ROOT).as_posix()
        for package in ("models", "planner")
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if catches_everything(node)
    ]
    assert sorted(found) == sorted(ENTRY_POINTS)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "Stopped. Nothing was written."),
        (MemoryError(), 6, "There is not enough memory."),
        (TypeError("'NoneType'"), 1, "This is an internal error of fleetplan."),
        (OutputError("The standard output cannot be written to: it is closed."), 6, "it is closed"),
    ],
)
def test_whatever_ends_a_command_is_said_in_a_sentence(error, code, words):
    ending = ending_of(error)
    assert ending.exit_code == code
    assert words in str(ending)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), TypeError("x"), OutputError("It is full.")])
def test_a_run_that_is_on_disk_is_never_called_a_defect(error, capsys):
    with pytest.raises(type(error)) as caught, WrittenRun(Path("outputs/x")):
        raise error
    ending = ending_of(caught.value)
    assert ending.exit_code in (6, 130)
    print_error(ending, OutputOptions())
    said = capsys.readouterr().err
    assert "The run is whole and checked: outputs/x" in said
    assert "defect" not in said
    assert "Nothing was written" not in said


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
    assert "…" in shown("x" * 500)


def test_long_names_that_share_a_beginning_or_an_end_stay_apart_when_cut():
    assert shown("price_of_" * 20 + "a") != shown("price_of_" * 20 + "b")
    assert shown("a" + "_price" * 20) != shown("b" + "_price" * 20)


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
    assert lines[-1] == "a.csv, b: 1 more of the same kind, with the same remedy."


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


def test_the_documents_list_every_exit_code():
    text = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    told = [int(line.split("|")[1]) for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert told == [0, *sorted(leaf.exit_code for leaf in LEAVES)]
