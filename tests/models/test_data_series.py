"""Series and spans as values by period."""

from __future__ import annotations

import numpy as np
import pytest

from models.algebra import Expr
from models.calendar import Calendar
from models.data.series import calendar_years, series, span_ends, span_rows
from models.frame import frame_of
from models.outcome import ModelError
from models.tree import branching
from tests.models.tiny import tiny_case

QUARTERS = Calendar("2027Q1", "quarter", 6)
TREE = branching(4, (0.5, 0.3, 0.2), (1, 2, 2))


def test_a_step_series_holds_from_its_label_on_and_is_unknown_before():
    found = series(QUARTERS, [("2028", 7.0), ("2027Q2", 3.0), ("2027Q3", 5.0)])
    assert np.isnan(found[0])
    assert found[1:].tolist() == [3.0, 5.0, 5.0, 7.0, 7.0]


def test_a_series_takes_the_value_that_holds_at_the_start_of_the_period():
    assert series(QUARTERS, [("2026", 1.0), ("2027-02", 9.0)])[:2].tolist() == [1.0, 9.0]


def test_linear_and_geometric_series_go_by_time_between_labels_and_hold_after_the_last():
    points = [("2027Q1", 100.0), ("2028Q1", 400.0)]
    assert series(QUARTERS, points, interpolation="linear") == pytest.approx([100, 175, 250, 325, 400, 400])
    expected = [100 * 4 ** (k / 4) for k in range(5)] + [400]
    assert series(QUARTERS, points, interpolation="geometric") == pytest.approx(expected)


def test_a_series_without_points_is_unknown_everywhere():
    assert np.isnan(series(QUARTERS, [])).all()


def test_span_rows_know_their_periods_and_amounts():
    rows = span_rows(
        QUARTERS, [("hbm", "2027H2", 5.0, True), ("hbm", "2028", None, False), ("hbm", "2026", 9.0, False)]
    )
    assert [(row.label, row.first, row.last, row.amount, row.carry_over) for row in rows] == [
        ("2027H2", 2, 3, 5.0, True),
        ("2028", 4, 7, np.inf, False),
    ]


def test_rows_inside_one_period_are_one_row_with_the_sum_of_their_amounts():
    halves = Calendar("2027H1", "half", 2)
    rows = span_rows(
        halves, [("hbm", f"2027Q{q}", 10.0 * q, False) for q in (1, 2, 3)] + [("hbm", "2027Q4", None, False)]
    )
    assert [(row.label, row.first, row.last, row.amount) for row in rows] == [
        ("2027H1", 0, 0, 30.0),
        ("2027H2", 1, 1, np.inf),
    ]


def test_a_span_that_cuts_a_period_is_refused():
    with pytest.raises(ModelError, match=r"the span '2027-02\.\.2027-05' of 'hbm' cuts a period"):
        span_rows(QUARTERS, [("hbm", "2027-02..2027-05", 1.0, False)])


def test_a_row_binds_at_the_last_node_of_its_span_on_each_path():
    frame = frame_of((tiny_case(periods=4),) * 3, TREE)
    rows = span_rows(frame.calendar, [("hbm", "2027..2028", 5.0, False), ("hbm", "2029..2035", 9.0, False)])
    ends = span_ends(frame, rows)
    assert ends.row.tolist() == [0, 0, 1, 1, 1]
    assert [frame.node.labels[n] for n in ends.end] == ["2028/2", "2028/1", "2030/1", "2030/2", "2030/3"]
    assert ends.labels(frame, rows)[:2] == ("2027..2028@2028/2", "2027..2028@2028/1")
    members = [sorted(ends.member_node[ends.member_row == i].tolist()) for i in range(5)]
    # Nodes 0; 1, 2 (2028); 3, 4, 5 (2029); 6, 7, 8 (2030).
    assert members == [[0, 1], [0, 2], [3, 6], [4, 7], [5, 8]]


def test_a_row_may_reach_back_to_earlier_spans_for_what_they_left_over():
    frame = frame_of((tiny_case(periods=4),))
    rows = span_rows(frame.calendar, [("cash", "2027", 1.0, True), ("cash", "2028..2029", 1.0, False)])
    wide = span_ends(frame, rows, since=[0, 0])
    assert wide.member_node[wide.member_row == 1].tolist() == [0, 1, 2]


def test_calendar_years_end_on_each_path_and_know_their_covered_part_and_the_year_before():
    case = tiny_case(start="2027H2", period="half", periods=4)
    years = calendar_years(frame_of((case,)))
    assert years.axis.labels == ("2027", "2028", "2029")
    assert years.covered.tolist() == [0.5, 1.0, 0.5]
    frame = frame_of((case,) * 3, TREE)
    years = calendar_years(frame)
    # 2027: node 0. 2028 (two half-years): futures 1, 2 and 3. 2029: the leaves.
    assert years.axis.labels == ("2027@2027H2/1", "2028@2028H2/1", "2028@2028H2/2", "2028@2028H2/3",
                                 "2029@2029H1/1", "2029@2029H1/2", "2029@2029H1/3")  # fmt: skip
    assert years.before(frame).tolist() == [-1, 0, 0, 0, 1, 2, 3]
    ones = Expr.given((frame.node,), 10.0 ** np.arange(9)).through(years.from_nodes).value(np.empty(0))
    assert ones.tolist() == [1, 1100, 10010, 100010, 1e6, 1e7, 1e8]
