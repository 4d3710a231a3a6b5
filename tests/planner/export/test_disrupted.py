"""What comes late, or never, is told as such in every form of a plan."""

from __future__ import annotations

import io

import formualizer
import numpy as np
import pytest

from planner.documents.content.plan_decisions import steps_table
from planner.documents.content.plan_timeline import groups_of
from planner.documents.timeline import Milestone, Stretch
from planner.plan_documents import plan_workbook
from planner.results.decisions_table import arrival_words
from planner.results.order_arrivals import matched
from tests.oracle import hand_shocks
from tests.planner.export.report_runs import figures, plan_markdown, slides
from tests.planner.export.test_workbook import line, opened, row_of
from tests.planner.export.test_workbook_recalculated import run_in_memory, spoiled

PROGRAMME = (
    hand_shocks.failed_programme_is_never_ready,
    ("2027H1", "start chip by house for 0.15 USD million, tape-out 2027H2, never ready (fails) (committed)"),
    ("2027H2", "chip fails"),
)
NOT_CLEARED = (
    hand_shocks.deal_that_does_not_clear_pays_back_all_but_the_fee,
    ("2027H1", "buy alpha for 1.00 USD million, never closed (fails) (committed)"),
    ("2027H1", "alpha fails"),
)
NOT_OWNED = (
    hand_shocks.deal_that_fails_after_closing_pays_nothing_back,
    ("2027H1", "buy alpha for 1.00 USD million, closed 2027H2, never owned (fails) (committed)"),
    ("2028H1", "alpha fails"),
)
POWER = (
    hand_shocks.committed_expansion_that_fails_is_paid_and_worth_nothing,
    ("2027H1", "build 0.1 MW hall at north for 1.20 USD million, never energised (fails) (committed)"),
    ("2027H2", "hall fails"),
)
FAILURES = (PROGRAMME, NOT_CLEARED, NOT_OWNED, POWER)


@pytest.fixture
def told(plan_of):
    """The best plan of a case by hand."""
    return lambda builder: run_in_memory(plan_of(builder()[0]))


def marks(loaded):
    return [mark for group in groups_of(loaded) for row in group.rows for mark in row.marks]


def bars(loaded, kind):
    return [bar for group in groups_of(loaded) for row in group.rows for bar in row.bars if bar.stretch == kind]


def doings(loaded):
    """What is decided, and what follows, by the label of the row."""
    return {row["when"]: row["what"].split("; ") for row in steps_table(loaded).records()}


def texts(data, sheet):
    return [cell for row in opened(data, values=True)[sheet].iter_rows(values_only=True) for cell in row if cell]


@pytest.mark.parametrize(("builder", "decision", "milestone"), FAILURES)
def test_what_fails_is_never_reached_and_fails_when_it_does(told, builder, decision, milestone):
    loaded = told(builder)
    told_by = doings(loaded)
    assert decision[1] in told_by[decision[0]]
    assert f"→ {milestone[1]}" in told_by[milestone[0]]
    assert not [words for lines in told_by.values() for words in lines if words.startswith("→") and " is " in words]
    assert decision[1] in plan_markdown(loaded)


@pytest.mark.parametrize(("builder", "decision", "milestone"), FAILURES)
def test_the_timeline_ends_what_fails_with_a_mark_of_its_own(told, builder, decision, milestone):
    loaded = told(builder)
    (mark,) = [mark for mark in marks(loaded) if mark.milestone == Milestone.FAILED]
    assert (mark.at, mark.label) == (loaded.periods.index(milestone[0]), f"fails {milestone[0]}")
    assert [bar for kind in (Stretch.IN_USE, Stretch.ARRIVAL) for bar in bars(loaded, kind)] == []
    assert not [mark for mark in marks(loaded) if mark.milestone == Milestone.READY]
    assert all(bar.end <= mark.at for group in groups_of(loaded) for row in group.rows for bar in row.bars)
    assert [row["effect"].endswith("(fails)") for row in loaded.records("decisions")] == [True]
    assert "failure (cross)" in figures(loaded)["timeline"].caption


def test_slides_draw_a_failure_as_a_cross(told):
    pptx = pytest.importorskip("pptx")
    deck = pptx.Presentation(io.BytesIO(slides(told(PROGRAMME[0]))))
    shapes = list(deck.slides[1].shapes)
    kinds = [shape.auto_shape_type for shape in shapes if shape.shape_type == pptx.enum.shapes.MSO_SHAPE_TYPE(1)]
    assert kinds.count(pptx.enum.shapes.MSO_SHAPE.MATH_MULTIPLY) == 1
    assert "fails 2027H2" in [shape.text_frame.text for shape in shapes if shape.has_text_frame]


@pytest.mark.parametrize(
    ("builder", "summary", "deals"),
    [
        (PROGRAMME[0], "tape-out 2027H2, never ready (fails), committed", "tape-out, fails"),
        (NOT_CLEARED[0], "never closed (fails), pays back 0.60, committed", "sign, fails"),
        (NOT_OWNED[0], "closed 2027H2, never owned (fails), committed", "fails"),
        (POWER[0], "never energised (fails), committed", "never energised (fails)"),
    ],
)
def test_the_workbook_says_what_never_comes(told, builder, summary, deals):
    data = plan_workbook(told(builder))
    assert summary in texts(data, "Summary")
    assert deals in texts(data, "Tape-outs and deals")
    assert not {"ready", "owned", "in volume"} & set(texts(data, "Tape-outs and deals"))


def test_a_refund_is_told_in_its_period(told):
    loaded = told(NOT_CLEARED[0])
    assert "→ alpha pays back 0.60 USD million" in doings(loaded)["2027H2"]
    _, values = line(plan_workbook(loaded), "Cash", "acquisition", "refund alpha")
    assert values[1] == pytest.approx(-0.6)


@pytest.mark.parametrize(
    ("builder", "words"),
    [
        (hand_shocks.shortage_makes_a_backlog, "order 100 list for 2.00 USD million, due 2028, arrives 2028 to 2029"),
        (hand_shocks.late_units_are_worth_their_own_age, "order 100 list for 2.00 USD million, due 2027, arrives 2028"),
        (hand_shocks.equality_holds_without_a_backlog, "order 60 list for 1.20 USD million, arrives 2028"),
    ],
)
def test_orders_that_arrive_late_say_when(told, builder, words):
    loaded = told(builder)
    assert next(iter(doings(loaded).values())) == [words]


def test_the_timeline_and_the_summary_show_when_late_units_arrive(told):
    loaded = told(hand_shocks.shortage_makes_a_backlog)
    assert [bar.start for bar in bars(loaded, Stretch.ARRIVAL)] == [1.0, 2.0]
    assert "due 2028, arrives 2028 to 2029" in texts(plan_workbook(loaded), "Summary")


def test_what_was_ordered_first_arrives_first():
    """50 were ordered before the plan and take 20 + 30; of 30 then come 10 and 20, and of the last 9 one."""
    waiting = [(1, 1, 8, 9.0), (0, -1, -1, 50.0), (0, 0, 7, 30.0)]
    came = np.array([20.0, 40.0, 21.0])
    assert matched(waiting, came) == {7: ((1, 10.0), (2, 20.0)), 8: ((2, 1.0),)}


def test_what_does_not_arrive_within_the_plan_is_said():
    row = {"units": 100.0, "due": "2028", "arrives": "2028", "arriving_units": 100.0, "cancelled_units": 0.0,
           "ends": None}  # fmt: skip
    assert arrival_words([row]) == "arrives 2028"
    assert arrival_words([row | {"arriving_units": 60.0}]) == (
        "due 2028, a part arrives 2028, the rest not within the plan"
    )
    assert arrival_words([row | {"arrives": "", "arriving_units": 0.0}]) == "due 2028, does not arrive within the plan"
    assert arrival_words([row, row | {"due": "2029", "arrives": "2030"}]) == "due 2028 to 2029, arrives 2028 to 2030"
    assert arrival_words([row | {"ends": "2031"}]) == "arrives 2028, ends 2031"


def test_the_backlog_is_a_corkscrew_that_closes_at_nothing(told):
    data = plan_workbook(told(hand_shocks.shortage_makes_a_backlog))
    for name, values in (("Due in all", [0, 100, 0]), ("Arrives", [0, 60, 40]), ("Still to come, after", [0, 40, 0])):
        assert line(data, "Arrivals", "list", name)[1] == pytest.approx(values)


def test_arrivals_that_were_never_ordered_raise_the_flag(told):
    data = plan_workbook(told(hand_shocks.shortage_makes_a_backlog))
    row = row_of(data, "Arrivals", "list", "north")
    done = formualizer.recalculate_xlsx_bytes(spoiled(data, "Arrivals", f"F{row}", 101.0))
    assert opened(done["bytes"], values=True)["Summary"]["A3"].value.startswith("A CHECK FAILS")


def test_available_power_follows_its_share_and_what_the_site_has(told):
    data = plan_workbook(told(hand_shocks.share_of_power_counts_modules_too))
    assert line(data, "Active & Power", "north", "Existing power")[1] == [0, 0, 0, 0.02]
    assert line(data, "Active & Power", "north", "Share that can be used")[1] == [1, 1, 0.5, 0.8]
    assert line(data, "Active & Power", "north", "Power available")[1] == pytest.approx([0, 0.1, 0.05, 0.096])
