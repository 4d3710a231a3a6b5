"""Model files: what they say, and that other programs read the same model from them."""

import subprocess
import sys

import numpy as np
import pytest

from models.outcome import SolveOptions, Status
from models.program import Names
from models.solvers.program_text import legal_names, lp_text, mps_text
from models.solvers.self_tests import self_tests
from tests.models.solvers.solver_programs import knapsacks, make

INF = np.inf

READ_MPS = """
import sys
from ortools.linear_solver.python import model_builder
model = model_builder.Model()
assert model.import_from_mps_string(sys.stdin.read())
solver = model_builder.Solver(sys.argv[1])
print(solver.solve(model).name, repr(solver.objective_value))
"""
READ_WITH_CBC = """
import subprocess, sys, pulp
subprocess.run([pulp.PULP_CBC_CMD().path, sys.argv[1], "-solve", "-solution", sys.argv[2]], check=True,
               stdout=subprocess.DEVNULL)
print(open(sys.argv[2]).readline())
"""


def every_kind():
    """All kinds of rows and bounds: ranges, equalities, free rows, empty rows, fixed and free columns, a constant."""
    return make(
        [1, -2, 0.1234567890123456, 0, 3, 0],
        [
            [2, 2, 0, 0, 1, 0],
            [1, 0, -1.5, 0, -2.25, 0],
            [0, 1, 0, 0, 1, 0],
            [0, 0, 0, 0, 0, 0],
            [0, 0, 1, 0, 0, 0],
            [0, 0, 0, 1e-7, 0, 1 / 3],
        ],
        lower=[-3, -INF, 2.5, -INF, -INF, 1],
        upper=[12, 5, 2.5, INF, INF, INF],
        least=[0, -INF, -2, 0, -INF, 7.7],
        most=[5, 7, INF, 3, INF, 7.7],
        whole=[1, 1, 0, 1, 0, 0],
        constant=1234.5,
    )


def with_names(program, columns, rows):
    def block(names):
        return (Names("use", 0, (tuple(names),), (np.arange(len(names)),)),)

    return type(program)(**vars(program) | {"column_names": block(columns), "row_names": block(rows)})


def run(code, *arguments, text=None):
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


PROGRAMS = {
    "every kind": every_kind(),
    "knapsacks": knapsacks(columns=12, rows=3, seed=5),
    "constant alone": make([], [], lower=[], upper=[], least=[], most=[], whole=[], constant=-7.25),
    "hard names": with_names(every_kind(), ["e5", "free", "a b", "a_b", "2027", "x[y],z"], [*"ABCDE", "objective"]),
    **{test.name: test.program for test in self_tests() if test.optimum is not None},
}


def optimum(engines, program):
    outcome = engines["scip"].solve(program, SolveOptions(gap=0.0))
    assert outcome.status is Status.OPTIMAL
    return outcome.objective


@pytest.mark.parametrize("name", PROGRAMS)
def test_cbc_reads_both_formats_and_finds_the_same_optimum_with_its_constant(engines, tmp_path, name):
    program = PROGRAMS[name]
    expected = optimum(engines, program)
    for suffix, text in (
        ("lp", lp_text(program)),
        ("mps", mps_text(program)),
        ("short.mps", mps_text(program, short_names=True)),
    ):
        path = tmp_path / f"model.{suffix}"
        path.write_text("".join(text))
        header = run(READ_WITH_CBC, str(path), str(tmp_path / "solution"))
        assert header.startswith("Optimal"), suffix
        assert float(header.split()[-1]) == pytest.approx(expected, rel=1e-7, abs=1e-7), suffix


@pytest.mark.parametrize(
    ("name", "reader"),
    [("every kind", "HIGHS"), ("hard names", "HIGHS"), ("large demand", "SCIP")],  # HiGHS stops at a gap of 1e-4 here
)
def test_other_readers_of_the_mps_find_the_same_optimum_with_its_constant(engines, name, reader):
    program = PROGRAMS[name]
    word, value = run(READ_MPS, reader, text="".join(mps_text(program))).split()
    assert word == "OPTIMAL"
    assert float(value) == pytest.approx(optimum(engines, program), rel=1e-7)


def test_mps_keeps_every_digit():
    text = "".join(mps_text(every_kind()))
    assert "0.1234567890123456\n" in text
    assert "0.3333333333333333\n" in text
    assert " x(3) r(5) 1e-07\n" in text


def test_mps_marks_integers_and_bounds_them_on_both_sides():
    program = make([1, 1], [[1, 1]], lower=[1], upper=[INF], least=[0, 0], most=[INF, 4], whole=[1, 0])
    assert "".join(mps_text(program, short_names=True)) == (
        "NAME program FREE\nROWS\n N objective\n G r0\nCOLUMNS\n marker0 'MARKER' 'INTORG'\n x0 objective 1.0\n"
        " x0 r0 1.0\n marker1 'MARKER' 'INTEND'\n x1 objective 1.0\n x1 r0 1.0\nRHS\n rhs r0 1.0\nRANGES\nBOUNDS\n"
        " LO bound x0 0.0\n PL bound x0\n LO bound x1 0.0\n UP bound x1 4.0\nENDATA\n"
    )


def test_lp_text_is_readable():
    program = make(
        [3, 0], [[1, -2]], lower=[-INF], upper=[4], least=[0, -INF], most=[9, INF], whole=[1, 0], constant=5.0
    )
    assert "".join(lp_text(program)) == (
        "Minimize\n objective: + 3.0 x(0) + 0.0 x(1) + 5.0 constant\nSubject To\n r(0): + 1.0 x(0) - 2.0 x(1) <= 4.0\n"
        "Bounds\n 0.0 <= x(0) <= 9.0\n x(1) free\n constant = 1\nGenerals\n x(0)\nEnd\n"
    )


def test_legal_names_are_unique_and_close_to_the_readable_ones():
    names = ["order[h100,2027]", "a b", "a_b", "a_b~2", "2027", "e5", "Free", "", "order[h100,2027]"]
    made = legal_names(names)
    assert made[:1] == ["order(h100,2027)"]
    assert len(set(made)) == len(names)
    assert made[4:7] == ["_2027", "_e5", "_Free"]


def test_large_files_come_in_pieces():
    program = knapsacks(columns=3000, rows=2, seed=1)
    pieces = list(mps_text(program))
    assert max(map(len, pieces)) < 200_000
    assert len(pieces) > 5
    assert all(piece.endswith("\n") for piece in pieces)
