"""What is printed: numbers, the decision list, the tightest constraints, and that none of it misleads."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from models.outcome import Outcome, Progress, Status, Stop
from planner.documents import number_text
from planner.documents.blocks import TableBlock
from planner.documents.cell_text import texts
from planner.documents.content.plan_binding import tightest
from planner.documents.content.plan_decisions import steps_table
from planner.documents.content.plan_headline import tiles
from planner.documents.document_terminal import list_view
from planner.documents.number_text import counted, gap_percent, money, percent
from planner.errors import CaseFaults, Fault
from planner.results.loaded_run import read_run
from planner.results.table import Table
from planner.runs import Request, make_plan
from planner.show import live_progress
from planner.show.fault_lists import show_error
from planner.show.live_progress import LiveProgress, NoProgress, PlainProgress, progress_text
from planner.show.plan_text import show_plan
from tests.planner.tiny import INPUTS, standing_of, write_tiny


def printed(what, width=80):
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, emoji=False)
    if callable(what):
        what(console)
    else:
        console.print(what)
    return out.getvalue()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A quick plan of a case with deals, programmes and expansions."""
    base = tmp_path_factory.mktemp("show")
    return make_plan(INPUTS / "make-or-buy-2023", Request(output=base / "run", gap=0.02), NoProgress())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (34565.17, "34,565"),
        (99.96, "100"),
        (12.34, "12.3"),
        (6.482, "6.48"),
        (0.3412, "0.34"),
        (-0.5, "-0.50"),
        (0, "0"),
    ],
)
def test_money_has_the_digits_that_matter(value, text):
    assert money(value) == text


def test_quantities_have_separators_and_no_empty_decimals():
    assert [counted(value) for value in (44032.0, 12.5, 3.0, 0.0, -0.0, 1234.56)] == [
        "44,032", "12.5", "3", "0", "0", "1,235",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100.0"), (0.99999, "99.9"), (0.7727, "77.3"), (0.0, "0.0"), (1.2, "120.0")]
)
def test_what_is_not_all_is_never_printed_as_all(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("gap", [1e-9, 1e-6, 0.0001875, 0.0139, 0.5])
def test_a_gap_is_never_printed_smaller_than_it_is(gap):
    assert float(gap_percent(gap)) >= 100 * gap
    assert gap_percent(0.0) == "0"


def test_an_optimal_plan_is_always_told_with_its_gap_in_per_cent_and_money():
    outcome = Outcome(Status.OPTIMAL, Stop.GAP, "scip", "9", objective=1000.0, bound=999.5)
    told = standing_of(outcome, 0.001)
    assert told == "Optimal within 0.050 % (0.50 USD million) of the least possible cost; 0.10 % was asked."


@pytest.mark.parametrize(
    ("stop", "words"),
    [(Stop.TIME, "the time limit"), (Stop.INTERRUPT, "Ctrl-C"), (Stop.MEMORY, "the memory limit")],
)
def test_a_plan_short_of_the_gap_is_never_called_optimal(stop, words):
    outcome = Outcome(Status.FEASIBLE, stop, "scip", "9", objective=1000.0, bound=900.0)
    text = standing_of(outcome, 0.001)
    assert text == (
        f"Best plan found: at most 10 % (100 USD million) above the least possible cost; 0.10 % was asked. "
        f"Stopped by {words}."
    )
    unknown = standing_of(replace(outcome, bound=None), 0.001)
    assert "is not known" in unknown
    assert "ptimal" not in text + unknown


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_the_plan_fits_the_terminal(run, width):
    lines = printed(lambda console: show_plan(console, run), width).splitlines()
    assert max(len(line) for line in lines if str(run.folder) not in line) <= width
    assert str(run.folder) in lines[-1]


def test_the_plan_tells_headline_decisions_constraints_and_files_in_this_order(run):
    text = printed(lambda console: show_plan(console, run), 120)
    places = [
        text.index(words)
        for words in ("Optimal within", "Checked", "Net present cost", "What to do", "What binds", "Files  ")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_number_of_the_plan_is_cut(run, width):
    text = printed(lambda console: show_plan(console, run), width)
    assert "…" not in text
    words = set(text.split())
    table = steps_table(read_run(run.folder))
    for row in texts(table):
        assert {row[table.place("cash_musd")], row[table.place("mw")]} <= words
    for tile in tiles(read_run(run.folder)):
        assert tile.value in words


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_order_and_deal_of_the_plan_is_in_the_list(run, width):
    text = " ".join(printed(list_view(steps_table(read_run(run.folder)), width), width).split())
    for row in run.tables["orders"].records():
        assert counted(row["units"]) in text
    for table, column in (("agreements", "agreement"), ("acquisitions", "acquisition"), ("tape_outs", "programme")):
        for row in run.tables[table].records():
            assert row[column] in text


def test_the_cash_of_the_list_adds_up_to_the_cash_of_the_plan(run):
    steps = steps_table(read_run(run.folder)).records()
    total = sum(row["cash_musd"] for row in run.tables["period_figures"].records())
    assert sum(step["cash_musd"] for step in steps) == pytest.approx(total)
    assert [step["when"] for step in steps] == [str(year) for year in range(2024, 2034)]


def test_many_periods_are_told_by_the_year(tmp_path):
    plan = (
        'schema_version = 1\nname = "tiny"\ncurrency_basis = "real"\nstart = "2027Q1"\nperiod = "quarter"\n'
        "periods = 16\nlookahead_periods = 4\ndiscount_rate = 0.1\n[solver]\ngap = 0.0\n"
    )
    case = write_tiny(
        tmp_path / "tiny",
        plan=plan,
        budgets="budget,categories,span,amount_musd\ncompute,all,2027,5\ncompute,all,2028..2031,9\n",
        demand="workload,period,queries_per_day_million\nchat,2027Q1,8.64\nchat,2028Q3,17.28\n",
    )
    run = make_plan(case, Request(output=tmp_path / "run"), NoProgress())
    steps = steps_table(read_run(run.folder)).records()
    assert [step["when"] for step in steps] == ["2027", "2028", "2029", "2030"]
    assert steps[0]["what"] == "order 12 chip_list in Q1 for 1.20 USD million, arrives 2027Q1"
    assert steps[1]["what"] == "order 8 chip_list in Q3 for 0.80 USD million, arrives 2028Q3"
    assert steps[0]["budgets"].startswith("compute ")
    # The span of four years ends in the lookahead, so no reported year tells it.
    assert [step["budgets"] for step in steps[1:]] == ["", "", ""]
    assert "4 periods of lookahead" in printed(lambda console: show_plan(console, run))


def test_names_cannot_bring_markup_into_the_output(run):
    columns = steps_table(read_run(run.folder)).columns
    row = "2027", ("order 1 [bold red]x[/] :smile:",), 1.0, ("[blink]b 50 %",), (), 0.0
    for width in (80, 120):
        text = printed(list_view(TableBlock("steps", "", "", columns, (row,)), width), width)
        assert "[bold red]x[/] :smile:" in text
        assert "[blink]b" in text


MUSD = "USD million"
BINDING = (
    "requirement", "item", "kind", "what", "period", "used", "available", "share", "unit", "price",
    "worth_of_one_per_cent_musd", "worth_of_one_unit_musd", "holds_up_to", "note",
)  # fmt: skip


def binding(*rows):
    return Table("binding", BINDING, rows)


def test_the_tightest_are_told_as_they_stand_one_row_of_each():
    found = tightest(
        binding(
            ("site_power", "home", "power", "power at home", "2027", 500.0, 500.0, 1.0, "MW", 2.0, 8.5, 2.0, 4.0, ""),
            ("site_power", "home", "power", "power at home", "2028", 400.0, 400.0, 1.0, "MW", 1.0, 4.0, 1.0, 9.0, ""),
            ("budgets", "all", "budget", "budget all", "2027", 1000.0, 1000.0, 1.0, MUSD, 0.34, 3.4, 0.34, 1000.0, ""),
            ("limits", "hbm", "limit", "limit hbm", "2028", 100.0, 100.0, 1.0, "TB", 0.0123, 0.0061, 0.0061, 0.5, ""),
            ("limits", "wafers", "limit", "limit wafers", "2028", 5.0, 5.0, 1.0, "", 0.5, 0.02, 0.4, 0.7, ""),
        )
    )
    assert found == [
        "1 % more power at home in 2027 saves 8.50 USD million: 2.00 USD million for each MW up to 4.00 MW more. Less "
        "so in 2028.",
        "1 % more of budget all in 2027 saves 3.40 USD million: 0.34 USD million for each USD million up to 1,000 USD "
        "million more.",
        "1 % more of limit hbm in 2028 saves 0.0061 USD million, one more unit (TB) 6,100 USD: a price of 12,300 USD a "
        "unit (TB) holds for the next 0.50 only.",
    ]


def test_what_is_not_known_of_a_worth_is_said():
    end = "the end was not found"
    late, never = "the time limit for solving again was reached", "the linear program could not be solved again"
    found = tightest(
        binding(
            ("site_power", "home", "power", "power at home", "2027", 5.0, 5.0, 1.0, "MW", 2.0, None, None, None, late),
            ("limits", "hbm", "limit", "limit hbm", "2027", 5.0, 5.0, 1.0, "TB", None, None, None, None, never),
            ("budgets", "all", "budget", "budget all", "2027", 9.0, 9.0, 1.0, MUSD, 0.5, 0.045, 0.5, None, end),
        )
    )
    assert found == [
        f"Power at home in 2027 is used up; a little more saves 2.00 USD million a MW. {late.capitalize()}.",
        f"Limit hbm in 2027 is used up; what more of it saves is not known: {never}.",
        "1 % more of budget all in 2027 saves 0.045 USD million, one more USD million 0.50 USD million (the end was "
        "not found).",
    ]


def test_a_full_limit_without_a_price_is_said_to_save_nothing_more():
    why = "more of it is worth nothing while lots are held"
    found = tightest(
        binding(("limits", "hbm", "limit", "limit hbm", "2027", 99.0, 100.0, 0.99, "TB", 0.0, 0.0, 0.0, None, why))
    )
    assert found == [f"Limit hbm in 2027 is 99.0 % used (99 of 100 TB); {why}."]


def test_progress_says_what_is_not_known_yet():
    assert progress_text(None, None) == "no plan yet"
    assert progress_text(None, 90.0) == "no plan yet, no plan can cost less than 90.0 USD million"
    assert progress_text(100.0, None) == "best plan 100 USD million, no bound yet"
    assert progress_text(100.0, 90.0) == "best plan 100, bound 90.0, gap 10 % (10.0 USD million)"


def test_plain_progress_prints_at_most_one_line_every_few_seconds(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("planner.show.progress_lines.time.monotonic", lambda: now[0])
    out = io.StringIO()
    with PlainProgress(Console(file=out, width=80)) as watcher:
        for _ in range(50):
            now[0] += 0.1
            watcher.progress(Progress(0.0, 100.0, 90.0))
    assert out.getvalue().count("best plan") == 2


def test_the_live_line_forgets_the_first_search_when_the_second_begins():
    watcher = LiveProgress(Console(file=io.StringIO(), force_terminal=True, width=80))
    watcher.phase("solve")
    watcher.progress(Progress(0.1, 100.0, 90.0))
    watcher.progress(Progress(0.2, None, 95.0))
    assert "best plan 100, bound 95.0" in printed(watcher)
    watcher.phase("second solver")
    assert "no plan yet" in printed(watcher)


def test_the_live_line_takes_itself_away():
    out = io.StringIO()
    with LiveProgress(Console(file=out, force_terminal=True, width=80)) as watcher:
        watcher.phase("read")
    assert "reading and checking the case" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")


def test_faults_print_the_count_first_and_then_one_line_each():
    faults = [Fault("offers.csv", "must be a whole number", "Use 2 or 3.", row=7, column="lot_size", value="2.5")]
    text = printed(lambda console: show_error(console, CaseFaults(faults)), 200)
    assert text.splitlines() == [
        "1 fault in the input; nothing was written.",
        "  • offers.csv row 7, lot_size = 2.5: must be a whole number. Use 2 or 3.",
    ]


def test_the_examples_in_the_docstrings_hold():
    import doctest

    import planner.case.text

    for module in (number_text, planner.case.text):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0


def test_every_phase_has_words():
    """A phase that is begun by a name without words would be shown by that name."""
    places = [*Path(live_progress.__file__).parents[1].rglob("*.py")]
    begun = {name for place in places for name in re.findall(r'journal\.begin\("([^"]+)"\)', place.read_text("utf-8"))}
    assert len(begun) > 8
    assert begun <= set(live_progress._WORDS)
