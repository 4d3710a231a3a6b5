"""Re-plan, stress, tornado, grid and samples, on results by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.whatif.shock import ShockError
from planner.errors import CaseFaults
from planner.studies.designs import indices, morris_design, screened, sobol_design
from planner.studies.questions.known_futures import known_futures
from planner.studies.questions.sample import sample
from planner.studies.questions.stress import released_in_words, stress
from planner.studies.questions.tornado import tornado
from planner.studies.questions.two_inputs import grid
from planner.studies.study_columns import by_name, service_table
from planner.studies.study_context import BASE, NamedFuture, NoBaseError
from planner.studies.study_run import study_text
from planner.studies.varied_inputs import VariedInput
from tests.models.tiny import add, tiny_case
from tests.planner.studies.making import (
    asked_at,
    context,
    result,
    shocked,
    strained,
    strategic_case,
    uncertain,
)

CHIP = {"tape_out:chip": ("house", "2027")}
DEAR, LOST = NamedFuture("dear", shocked("dear")), NamedFuture("lost", shocked("lost"))


def test_replanning_tells_what_is_proven_and_what_flips():
    changed = [
        {"table": "prices", "item": "x", "column": "p", "period": "2028", "before": 1.0, "after": 2.0, "cause": "dear"}
    ]
    answers = {
        BASE: result(100.0, 99.0, taken=CHIP),
        "dear": result(110.0, 108.0, changes=changed),
        "lost": result(100.5, 99.5, taken=CHIP),
    }
    study = known_futures(context(strategic_case(), answers), [DEAR, LOST])
    assert study.headlines == (
        "The most expensive future is dear: +10 USD million (+10.0%).",
        "Other strategic decisions are taken in 1 of 2 futures.",
        "lost changes no input of this case.",
        "Undisturbed, the plan costs 100 USD million.",
    )
    rows = {row["future"]: row for row in study.table("futures").records()}
    assert (rows["dear"]["finding"], rows["lost"]["finding"]) == ("more", "within the gaps")
    assert rows["dear"]["change_least_musd"] == 8.0
    assert rows["dear"]["change_most_musd"] == 11.0
    assert rows["dear"]["decisions"] == "chip not taken, was taken by house"
    assert [row["future"] for row in study.table("changed_inputs").records()] == ["dear"]


def test_without_a_base_there_is_no_study():
    answers = {BASE: {"status": "nothing found", "why": ["no plan was found within 1 s"]}}
    with pytest.raises(NoBaseError, match="within 1 s") as caught:
        known_futures(context(strategic_case(), answers), [DEAR])
    assert caught.value.status == "nothing found"


def test_a_case_without_strategic_decisions_or_cost_can_be_asked():
    nothing = result(0.0, decisions={})
    study = known_futures(context(strategic_case(), lambda point: nothing), [DEAR])
    assert study.headlines[0] == "No future costs more than the undisturbed plan by more than the gaps."
    assert study.table("futures").records()[0]["change_share"] is None


def test_stress_holds_the_plan_until_the_future_is_seen_and_compares_it_with_the_one_that_knew():
    seen = {}

    def answer(point):
        if point.question == "stress":
            seen[point.name] = (point.recipe["seen"], point.recipe["strategy_stays"], point.after)
            orders = {"alpha_list": {"2028": 90.0, "2029": 10.4}}
            return result(150.0, orders=orders, released=["start[chip/house,2028]"])
        orders = {"alpha_list": {"2028": 100.0, "2029": 10.0}}
        return result({BASE: 100.0}.get(point.name, 120.0), orders=orders)

    study = stress(context(strategic_case(), answer), [DEAR, LOST], strategy_stays=False)
    assert seen == {f"{BASE} | dear": (1, False, BASE), f"{BASE} | lost": (1, False, BASE)}
    row = study.table("futures").records()[0]
    assert row["change_musd"] == 50.0
    assert row["foresight_musd"] == 30.0
    assert study.headlines[0:2] == (
        "dear has the largest effect: +50 USD million (+50.0%).",
        "Every hard limit can still be met in each future.",
    )
    # A change of less than a unit is no reaction.
    assert [(row["future"], row["period"], row["change"]) for row in study.table("reactions").records()] == [
        ("dear", "2028", -10.0),
        ("lost", "2028", -10.0),
    ]
    released = study.table("released").records()
    assert released[0]["decision"] == "start of chip by house, planned for 2028"


def test_stress_names_what_is_broken_and_what_had_arrived_before():
    changes = [{"table": "prices", "item": "x", "column": "p", "period": "", "before": 1.0, "after": 2.0, "cause": ""}]
    answers = {
        BASE: result(100.0),
        "dear": strained(105.0, 1.0),
        "lost": {"status": "infeasible", "why": ["power"]},
        f"{BASE} | dear": strained(110.0, 5.0) | {"exceeded": ["wafers:2027"], "changes": changes},
        f"{BASE} | lost": {"status": "failed", "message": "broke down"},
    }
    study = stress(context(strategic_case(), answers), [DEAR, LOST])
    assert study.headlines[:-1] == (
        "dear has the largest effect: +15 USD million (+15.0%).",
        "Hard limits cannot be met in dear: the least violation is priced and named.",
        "There is no plan for lost; the table says why.",
        "In dear earlier arrivals already exceed what remains of wafers:2027: they stay, and no more arrive.",
    )
    rows = study.table("futures").records()
    assert rows[0]["foresight_musd"] is None
    assert rows[1]["finding"] == "broke down"
    assert study.table("violations").records()[0]["price_musd"] == 5.0


def test_released_decisions_are_told_in_words():
    assert released_in_words("build[hall, big,2028Q1]") == "modules of hall, big, planned for 2028Q1"
    assert released_in_words("close[firm,2027]") == "signing of firm, planned for 2027"


INPUTS = [VariedInput("price a", "multiply", 0.5, 1.5), VariedInput("price b", "multiply", 0.75, 1.25)]


def test_a_tornado_ranks_by_swing_and_tells_flips_from_moves():
    answers = {
        BASE: result(100.0, 99.0, taken=CHIP, vendors={"verde": 1.0, "rosso": 0.5}),
        "price a low": result(99.5, 98.5, taken=CHIP, vendors={"verde": 1.0}),
        "price a high": result(100.5, 99.5, taken={"tape_out:chip": ("house", "2028")}, vendors={"rosso": 1.0}),
        "price b low": result(80.0, taken={"tape_out:chip": ("partner", "2027")}, vendors={"verde": 1.0}),
        "price b high": result(130.0, vendors={"verde": 1.0}),
    }
    study = tornado(context(strategic_case(), answers), INPUTS)
    rows = study.table("tornado").records()
    assert [row["input"] for row in rows] == ["price b", "price b", "price a", "price a"]
    assert [row["decisions"] for row in rows] == [
        "chip taken by partner, was taken by house", "chip not taken, was taken by house", "none", "none",
    ]  # fmt: skip
    assert [row["vendor"] for row in rows] == ["verde", "verde", "verde", "rosso, not verde"]
    assert [(row["end"], row["is_flip"]) for row in study.table("flips").records()] == [
        ("low", "flips"), ("high", "flips"), ("high", "moves"),
    ]  # fmt: skip
    assert study.headlines == (
        "price b has the largest effect: 50 USD million end to end (× 0.75 at the low end, × 1.25 at the high end).",
        "2 of 2 inputs flip a decision or the largest vendor: price b, price a.",
        "Within the gaps at both ends, so their effect on cost is undetermined: price a.",
        "Undisturbed, the plan costs 100 USD million.",
    )


def test_a_tornado_within_the_gaps_ranks_nothing():
    study = tornado(context(strategic_case(), lambda point: result(100.0 + len(point.name) / 100, 99.0)), INPUTS)
    assert study.headlines[:-1] == (
        "No input changes the cost by more than the gaps.",
        "No input flips a strategic decision or the largest vendor between its ends.",
    )


def test_an_end_without_a_plan_is_named_and_the_other_still_told():
    answers = dict.fromkeys((BASE, "price a low", "price b low", "price b high"), result(100.0))
    answers["price a high"] = {"status": "infeasible", "why": ["the budgets"]}
    study = tornado(context(strategic_case(), answers), INPUTS)
    assert study.headlines[-2] == "There is no plan for price a high; the table says why."


def corner(point):
    """The chip pays where both prices are high."""
    values = [value for _, _, value in point.recipe.get("levers", [])]
    return result(100.0, taken=CHIP if values and min(values) > 1.1 else {})


def test_a_grid_draws_the_frontier_between_points_that_decide_otherwise():
    study = grid(context(strategic_case(), corner), *INPUTS, (3, 2), "tape_out:chip")
    marks = {(row["x"], row["y"]): row["mark"] for row in study.table("grid").records()}
    assert {place for place, mark in marks.items() if mark != "not taken"} == {(1.5, 1.25)}
    assert study.headlines == ("chip flips on the grid: of 6 cells, not taken at 5 and taken by house at 1.",)
    edges = [tuple(row.values()) for row in study.table("frontier").records()]
    assert edges == [
        (1.5, 1.5, 0.75, 1.25, "not taken", "taken by house"),
        (1.0, 1.5, 1.25, 1.25, "not taken", "taken by house"),
    ]


def test_a_grid_without_a_decision_gives_each_set_of_decisions_a_letter():
    study = grid(context(strategic_case(), corner), *INPUTS, (2, 2))
    assert [row["mark"] for row in study.table("grid").records()] == ["A", "A", "A", "B"]
    same = grid(context(strategic_case(), lambda point: result(1.0)), *INPUTS, (2, 2), "tape_out:chip")
    assert same.headlines == ("chip is the same over the whole grid: not taken.",)
    assert same.table("frontier").rows == ()
    with pytest.raises(KeyError):
        grid(context(strategic_case(), corner), *INPUTS, (2, 2), "deal:nobody")


def test_points_of_a_grid_start_from_their_left_neighbour():
    after = {}

    def answer(point):
        after[point.name] = point.after
        return result(1.0)

    grid(context(strategic_case(), answer), *INPUTS, (2, 2))
    assert after == {
        BASE: None,
        "price a=0.5, price b=0.75": BASE,
        "price a=1.5, price b=0.75": "price a=0.5, price b=0.75",
        "price a=0.5, price b=1.25": BASE,
        "price a=1.5, price b=1.25": "price a=0.5, price b=1.25",
    }


def test_quantiles_of_a_sample_are_those_of_its_draws():
    # The cost is the first input itself, uniform from 0.5 to 1.5.
    question = asked_at(strategic_case(), lambda values: values[0] if values else 1.0)
    study = sample(question, method="latin_hypercube", count=40, seed=3)
    drawn = np.array([row["input_1"] for row in study.table("draws").records()])
    row = study.table("quantiles").records()[0]
    assert row["q50"] == pytest.approx(np.quantile(drawn, 0.5))
    assert row["q95"] == pytest.approx(1.45, abs=0.03)
    assert row["mean"] == pytest.approx(1.0, abs=0.02)
    assert len(set(np.floor((drawn - 0.5) * 40 + 1e-9))) == 40


def test_the_same_seed_gives_the_same_study_and_another_another():
    question = asked_at(strategic_case(), lambda values: sum(values))
    first, again = (sample(question, method="monte_carlo", count=5, seed=1) for _ in range(2))
    assert study_text(first) == study_text(again)
    assert study_text(first) != study_text(sample(question, method="monte_carlo", count=5, seed=2))


def test_inputs_of_a_group_move_together():
    rows = (uncertain("c", "alpha_list", 0.0, 1.0, group="both"), uncertain("d", "beta_list", 0.0, 2.0, group="both"))
    case = add(strategic_case(), uncertain=rows)
    study = sample(asked_at(case, lambda values: sum(values)), method="monte_carlo", count=6, seed=1, only=("c", "d"))
    for row in study.table("draws").records():
        assert row["input_2"] == pytest.approx(2 * row["input_1"])


def test_shares_of_decisions_and_draws_without_a_plan_are_told():
    def answer(point):
        number = int(point.name.split()[1]) if point.name != BASE else 0
        if number == 4:
            return {"status": "infeasible", "why": ["the budgets"]}
        return result(100.0, taken=CHIP if number in (1, 2) else {})

    study = sample(context(strategic_case(), answer), method="monte_carlo", count=4, seed=0)
    (row,) = study.table("decisions").records()
    assert row["share"] == pytest.approx(2 / 3)
    assert row["ways"] == "house, 2027: 2; not taken: 1"
    assert study.table("draws").records()[3]["why"] == "the budgets"
    assert "1 of 4 draws have no plan; the table of draws says why." in study.headlines
    assert "Most uncertain is chip: taken in 67% of the draws." in study.headlines


def test_a_sample_without_any_plan_says_so():
    def answer(point):
        return result(1.0) if point.name == BASE else {"status": "infeasible", "why": []}

    study = sample(context(strategic_case(), answer), method="monte_carlo", count=2, seed=0)
    assert study.headlines == ("No draw has a plan; the table of draws says why.",)
    study_text(study)


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_a_measure_needs_every_point_of_its_design(method):
    def answer(point):
        return {"status": "infeasible", "why": ["power is short."]} if point.name == "draw 2" else result(1.0)

    with pytest.raises(
        ShockError, match=r"1 of .* points of the design have no plan .draw 2 the first: power is short., and"
    ):
        sample(context(strategic_case(), answer), method=method, count=4, seed=0)


def test_what_cannot_be_sampled_is_refused():
    question = asked_at(strategic_case(), lambda values: 1.0)
    with pytest.raises(CaseFaults, match="is no method"):
        sample(question, method="guess", count=4, seed=0)
    with pytest.raises(CaseFaults, match="power of two"):
        sample(question, method="sobol", count=6, seed=0)
    with pytest.raises(ShockError, match="Did you mean price"):
        sample(question, method="monte_carlo", count=4, seed=0, only=("price c",))
    with pytest.raises(ShockError, match="named twice"):
        sample(question, method="monte_carlo", count=4, seed=0, only=("price a", "price a"))
    with pytest.raises(ShockError, match="nothing to draw"):
        sample(asked_at(tiny_case(), sum), method="sobol", count=4, seed=0)


def ishigami(shares):
    x = math.pi * (2 * shares - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


NAMES = ["x1", "x2", "x3"]


def test_sobol_indices_of_ishigamis_function_are_the_known_ones():
    design = sobol_design(NAMES, 1024, 1)
    assert design.shape == (1024 * 5, 3)
    found = {entry.name: entry for entry in indices(NAMES, ishigami(design), 1)}
    assert [found[name].first for name in NAMES] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert [found[name].total for name in NAMES] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)


def test_morris_screening_of_a_plane_finds_its_slopes():
    design = morris_design(NAMES, 6, 1)
    assert design.shape == (6 * 4, 3)
    found = screened(NAMES, design, design @ np.array([5.0, -2.0, 0.0]) + 1.0, 1)
    assert [entry.mu for entry in found] == pytest.approx([5.0, -2.0, 0.0], abs=1e-9)
    assert [entry.mu_star for entry in found] == pytest.approx([5.0, 2.0, 0.0], abs=1e-9)
    assert [entry.sigma for entry in found] == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_a_screening_ranks_inputs_and_calls_those_within_the_gaps_so():
    def answer(point):
        values = [value for _, _, value in point.recipe.get("levers", [])] or [1.0, 1.0]
        cost = 100.0 * values[0] + 4.0 * values[1]
        return result(cost, cost - 5.0)

    study = sample(context(strategic_case(), answer), method="morris", count=4, seed=1)
    rows = study.table("measures").records()
    assert [(row["input"], row["finding"]) for row in rows] == [("price a", "yes"), ("price b", "no")]
    assert rows[0]["mu_star_musd"] == pytest.approx(100.0)
    assert rows[1]["mu_star_musd"] == pytest.approx(2.0)
    assert "up to 5 USD million" in study.notes[1]


@pytest.mark.parametrize("method", ["morris", "sobol"])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_costs_that_do_not_vary_leave_measures_blank_and_the_study_writable(method):
    study = sample(asked_at(strategic_case(), lambda values: 7.0), method=method, count=4, seed=1)
    study_text(study)
    assert len(study.table("measures").rows) == 2


def test_service_is_told_by_workload_and_never_as_one_sum():
    base = {"status": "optimal", "objective_musd": 1.0, "unserved": {"chat": 0.0, "training": 0.1}}
    future = base | {"unserved": {"chat": 0.2, "training": 0.5}, "least_served": "training", "figures": {}}
    rows = service_table(by_name({"shock": future, "lost": {"status": "infeasible"}}), base).records()
    assert [(row["future"], row["workload"], row["worst_share_served"], row["undisturbed_share"]) for row in rows] == [
        ("shock", "training", 0.5, 0.9),
        ("shock", "chat", 0.8, 1.0),
    ]


def told_service(study):
    return next(table for table in study.tables if table.name == "service").records()


def owing(point):
    """The more an input is, the less of `training` is served, and the more is owed."""
    levers = [value for _, _, value in point.recipe.get("levers", [])]
    size = sum(levers)
    figures = {"least_share_served": 1.0 - 0.1 * size, "peak_mw": 1.0, "owed_after_end": 10.0 * size}
    return result(1.0 + size, figures=figures, unserved={"chat": 0.0, "training": 0.1 * size})


def test_a_tornado_tells_service_by_workload_and_what_is_owed_at_each_end():
    study = tornado(context(tiny_case(), owing), [VariedInput("price a", "multiply", 0.5, 1.5)])
    (table, *_) = study.tables
    assert [row["owed_musd"] for row in table.records()] == [5.0, 15.0]
    low, *_, high = told_service(study)
    assert (low["input"], low["end"], low["workload"]) == ("price a", "low", "training")
    assert (low["worst_share_served"], low["undisturbed_share"]) == (pytest.approx(0.95), 1.0)
    assert (high["end"], high["workload"], high["worst_share_served"]) == ("high", "chat", 1.0)


def test_a_grid_tells_service_by_workload_and_what_is_owed_at_each_point():
    study = grid(
        context(tiny_case(), owing),
        *(VariedInput(name, "multiply", 1.0, 2.0) for name in ("price a", "price b")),
        (2, 2),
    )
    assert [row["owed_musd"] for row in study.tables[0].records()] == [20.0, 30.0, 30.0, 40.0]
    worst = [row for row in told_service(study) if row["workload"] == "training"]
    assert [(row["x"], row["y"]) for row in worst] == [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (2.0, 2.0)]
    assert [row["worst_share_served"] for row in worst] == pytest.approx([0.8, 0.7, 0.7, 0.6])


def test_a_sample_tells_the_spread_of_service_by_workload_and_of_what_is_owed():
    study = sample(context(strategic_case(), owing), method="monte_carlo", count=7, seed=3)
    tables = {table.name: list(table.records()) for table in study.tables}
    owed = [row["owed_musd"] for row in tables["draws"]]
    (spread,) = [row for row in tables["quantiles"] if row["measure"] == "owed after the end"]
    assert (spread["mean"], spread["q50"]) == (pytest.approx(np.mean(owed)), pytest.approx(np.median(owed)))
    assert len(set(owed)) == 7
    worst, best = tables["service"]
    assert (worst["workload"], best["workload"]) == ("training", "chat")
    assert (worst["expected"], best["mean"], best["deviation"]) == (1.0, 1.0, 0.0)
    assert worst["q50"] == pytest.approx(1.0 - np.median(owed) / 100.0)
