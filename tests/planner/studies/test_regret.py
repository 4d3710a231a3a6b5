"""Regret by hand: its arithmetic, what bounds prove, ties, means, and which decisions survive."""

from __future__ import annotations

import pytest

from models.tables.strategy_rows import Scenario
from planner.studies.future_recipes import recipe_of
from planner.studies.questions.regret import regret
from planner.studies.regret_cells import RegretCells
from planner.studies.study_context import BASE, NamedFuture, futures_of
from planner.studies.survivors import HEDGE, NO_REGRET, SOME, sign_of, standing_of
from tests.models.tiny import add
from tests.planner.studies.making import context, hit, result, shocked, strained, strategic_case

CHIP = {"tape_out:chip": ("house", "2027")}


def study_of(cells, *, futures=("dear", "dearer"), bounds=None, case=None, chances=None, more=None):
    """The study of regret where `cells` holds what each plan (row) costs in each future (column), BASE first."""
    names = [BASE, *futures]
    bounds, more = bounds or {}, more or {}

    def answer(point):
        plan, _, future = point.name.partition(" | ")
        at = names.index(plan), names.index(future or plan)
        return result(cells[at[0]][at[1]], bounds.get(at), **more.get(point.name, {}))

    wanted = [
        NamedFuture(name, shocked(name), None if chances is None else chances[i]) for i, name in enumerate(futures)
    ]
    return regret(context(case or strategic_case(), answer), wanted)


COSTS = [[100.0, 150.0, 130.0], [110.0, 120.0, 140.0], [105.0, 145.0, 125.0]]


def test_regret_is_cost_over_the_best_for_the_future():
    study = study_of(COSTS)
    wide = {row["plan"]: list(row.values())[1:] for row in study.table("regret").records()}
    assert wide == {BASE: [0.0, 30.0, 5.0], "dear": [10.0, 0.0, 15.0], "dearer": [5.0, 25.0, 0.0]}
    plans = {row["plan"]: row for row in study.table("plans").records()}
    assert {name: (row["max_regret_musd"], row["worst_future"]) for name, row in plans.items()} == {
        BASE: (30.0, "dear"),
        "dear": (15.0, "dearer"),
        "dearer": (25.0, "dear"),
    }
    assert plans["dear"]["expected_regret_musd"] == pytest.approx(25.0 / 3)
    assert "equal weights" in study.table("plans").note
    assert study.headlines[0] == (
        "The minimax-regret plan is the plan made for dear: 15 USD million at worst, in dearer."
    )
    assert study.headlines[1] == "The undisturbed plan: 30 USD million at worst, in dear."


def test_service_by_workload_and_what_is_owed_are_told_of_each_plan_in_each_future():
    def answers(point):
        is_held = point.question == "stress"
        figures = {"least_share_served": 1.0, "peak_mw": 1.0, "owed_after_end": 7.0 if is_held else 3.0}
        return result(10.0, figures=figures, unserved={"chat": 0.0, "training": 0.4 if is_held else 0.0})

    futures = [NamedFuture(name, recipe_of(shocks=name)) for name in ("dear", "dearer")]
    study = regret(context(strategic_case(), answers), futures)
    tables = {table.name: list(table.records()) for table in study.tables}
    assert {(row["plan"] == row["future"], row["owed_musd"]) for row in tables["matrix"]} == {(True, 3.0), (False, 7.0)}
    worst = {(row["plan"], row["future"]): row for row in tables["service"] if row["workload"] == "training"}
    assert len(worst) == 9
    assert worst["dear", "dearer"]["worst_share_served"] == 0.6
    assert worst["dear", "dear"]["worst_share_served"] == worst["dear", "dearer"]["undisturbed_share"] == 1.0


def test_expected_regret_weighs_futures_by_their_probabilities_and_the_rest_is_as_expected():
    plans = {row["plan"]: row for row in study_of(COSTS, chances=[0.2, 0.3]).table("plans").records()}
    # 0.5 · 0 + 0.2 · 30 + 0.3 · 5, and so on.
    assert plans[BASE]["expected_regret_musd"] == pytest.approx(7.5)
    assert plans["dear"]["expected_regret_musd"] == pytest.approx(0.5 * 10 + 0.3 * 15)
    assert plans["dearer"]["expected_regret_musd"] == pytest.approx(0.5 * 5 + 0.2 * 25)


def test_a_held_plan_that_beats_the_one_that_knew_leaves_no_regret_below_nothing():
    study = study_of([[100.0, 118.0], [103.0, 120.0]], futures=("dear",), bounds={(1, 1): 117.0})
    records = {(row["plan"], row["future"]): row for row in study.table("matrix").records()}
    assert records[BASE, "dear"]["regret_musd"] == 0.0
    assert records["dear", "dear"]["regret_musd"] == 2.0
    assert records["dear", "dear"]["regret_most_musd"] == 3.0
    assert all(row["regret_musd"] >= 0 for row in records.values())
    assert all(row["regret_least_musd"] <= row["regret_musd"] <= row["regret_most_musd"] for row in records.values())


def test_regret_within_the_gaps_is_shown_as_none():
    # The plan that was held costs 150, at least 119: less than the 120 of the plan that knew.
    study = study_of(COSTS, bounds={(0, 1): 119.0})
    records = {(row["plan"], row["future"]): row for row in study.table("matrix").records()}
    assert records[BASE, "dear"]["shown"] == "none"
    assert records[BASE, "dear"]["finding"] == "within the gaps"
    assert records["dearer", "dear"]["shown"] == "25"
    assert records["dearer", "dear"]["finding"] == "proven"


def test_plans_that_bounds_cannot_tell_apart_are_all_named():
    study = study_of(COSTS, bounds={(2, 1): 130.0})
    assert study.headlines[1] == "The bounds do not distinguish from it: the plan made for dearer."
    wide = study_of(COSTS, bounds={(i, j): 1.0 for i in range(3) for j in range(3)})
    assert wide.headlines[1] == "The bounds distinguish no other plan from it; a smaller --gap may."
    table = study.table("plans")
    assert {table.rows[i][0] for i in table.bold} == {"dear", "dearer"}


def test_without_bounds_no_plan_is_told_as_better():
    cells = RegretCells((NamedFuture(BASE, {}), NamedFuture("a", {"shocks": "a"})), *_unproven())
    assert sorted(cells.least_regretted()) == ["a", BASE]


def _unproven():
    def plan(cost):
        return result(cost) | {"bound_musd": None}

    best = {BASE: plan(10.0), "a": plan(20.0)}
    return best, {(BASE, BASE): best[BASE], (BASE, "a"): plan(50.0), ("a", BASE): plan(11.0), ("a", "a"): best["a"]}


def test_a_plan_that_cannot_go_on_somewhere_is_told_and_never_the_least_regretted():
    more = {"dear | dearer": {"status": "infeasible", "why": ["power is short"]}}
    study = study_of(COSTS, more=more)
    plans = {row["plan"]: row for row in study.table("plans").records()}
    assert plans["dear"]["stuck"] == 1
    assert plans["dear"]["max_regret_musd"] is None
    assert study.headlines[0].startswith("The minimax-regret plan is the plan made for dearer: 25")
    records = {(row["plan"], row["future"]): row for row in study.table("matrix").records()}
    assert records["dear", "dearer"]["shown"] == "no plan"
    assert records["dear", "dearer"]["finding"] == "power is short"


def test_a_future_without_a_plan_is_left_out_and_named():
    study = study_of(COSTS, more={"dear": {"status": "nothing found", "why": ["time"]}})
    assert study.headlines[-1] == "No plan was found for dear; it is left out."
    assert {row["plan"] for row in study.table("matrix").records()} == {BASE, "dearer"}


def test_where_the_best_plan_breaks_limits_regret_is_not_bounded_from_above():
    answers = {
        BASE: result(100.0),
        "dear": strained(120.0, 5.0),
        f"{BASE} | dear": strained(130.0, 8.0),
        f"dear | {BASE}": result(110.0),
    }
    study = regret(context(strategic_case(), answers), [NamedFuture("dear", shocked("dear"))])
    records = {(row["plan"], row["future"]): row for row in study.table("matrix").records()}
    assert records[BASE, "dear"]["regret_musd"] == 13.0
    assert records[BASE, "dear"]["regret_most_musd"] is None
    assert "Hard limits cannot be met in dear" in study.headlines[-1]
    assert {row["future"] for row in study.table("violations").records()} == {"dear | dear", f"{BASE} | dear"}


def test_futures_that_change_nothing_count_as_the_undisturbed_one():
    case = add(strategic_case(), disruptions=(hit("idle", value=1.0),))
    study = study_of([[100.0, 150.0], [110.0, 120.0]], futures=("dear",), case=case)
    both = regret(
        context(case, lambda point: result(100.0)),
        [NamedFuture("dear", shocked("dear"), 0.3), NamedFuture("idle", shocked("idle"), 0.7)],
    )
    assert {row["plan"] for row in both.table("plans").records()} == {
        row["plan"] for row in study.table("plans").records()
    }
    assert "No input changes in idle" in both.notes[-1]
    none = regret(context(case, {BASE: result(100.0)}), [NamedFuture("idle", shocked("idle"))])
    assert none.headlines == ("There are not two futures that differ and have plans, so regret is not defined.",)


def test_a_scenario_in_which_nothing_happens_gives_its_weight_to_the_undisturbed_plan():
    rows = (
        Scenario(scenario=BASE, probability=0.6, revealed="2027"),
        Scenario(scenario="bad", probability=0.4, revealed="2028", disruptions=("dear",)),
    )
    case = add(strategic_case(), scenarios=rows)
    costs = {BASE: 100.0, "bad": 120.0, f"{BASE} | bad": 150.0, f"bad | {BASE}": 110.0}
    study = regret(context(case, lambda point: result(costs[point.name])), futures_of(case, [], scenarios=True))
    plans = {row["plan"]: row["expected_regret_musd"] for row in study.table("plans").records()}
    assert plans == {BASE: pytest.approx(0.4 * 30), "bad": pytest.approx(0.6 * 10)}


def test_plans_are_held_until_the_futures_can_be_told_apart():
    seen = {}

    def answer(point):
        if point.question == "stress":
            seen[point.name] = (point.recipe["seen"], point.after)
        return result(100.0)

    regret(
        context(strategic_case(), answer),
        [NamedFuture("dear", shocked("dear")), NamedFuture("dearer", shocked("dearer"))],
    )
    assert seen == {
        f"{BASE} | dear": (1, BASE),
        f"{BASE} | dearer": (2, BASE),
        f"dear | {BASE}": (1, "dear"),
        "dear | dearer": (1, "dear"),
        f"dearer | {BASE}": (2, "dearer"),
        "dearer | dear": (1, "dearer"),
    }


def test_points_of_futures_with_bars_in_their_names_stay_apart():
    names = []

    def answer(point):
        names.append(point.name)
        return result(100.0)

    case = add(
        strategic_case(), disruptions=(hit("a"), hit("a | b"), hit("b | c", start="2029"), hit("c", start="2029"))
    )
    futures = [NamedFuture(name, recipe_of(shocks=name)) for name in ("a", "a | b", "b | c", "c")]
    study = regret(context(case, answer), futures)
    assert len(study.table("matrix").rows) == 25
    assert len(set(names)) == 5 + 20


def test_standings_of_decisions():
    plans = [BASE, "a", "b"]
    assert standing_of(dict.fromkeys(plans), plans, None) == NO_REGRET
    assert standing_of({"a": 1}, plans, "a") == HEDGE
    assert standing_of({"a": 1}, plans, "b") == SOME
    assert standing_of({BASE: 1, "a": 1}, plans, "a") == SOME


def change(table, item, period, before, after):
    return {
        "table": table,
        "item": item,
        "column": "value",
        "period": period,
        "before": before,
        "after": after,
        "cause": "",
    }


def survivors(**taken):
    """Standings by decision, where `taken` names the plans that take the chip."""
    early, late = change("prices", "beta", "2028", 1.0, 2.0), change("prices", "beta", "2029", 1.0, 9.0)
    changes = {BASE: [], "dear": [late, early], "dearer": [change("limits", "hbm", "2028", 1.0, 0.5)]}
    more = {name: {"changes": rows} for name, rows in changes.items()}
    for name in taken["plans"]:
        more[name] = more[name] | {"taken": CHIP}
    return {row["item"]: row for row in study_of(COSTS, more=more).table("survivors").records()}["chip"]


def test_a_decision_of_all_plans_is_no_regret():
    row = survivors(plans=[BASE, "dear", "dearer"])
    assert (row["standing"], row["plans"], row["sign"]) == (NO_REGRET, "all", "")
    assert row["how"] == "house, 2027"


def test_a_decision_of_the_least_regretted_plan_alone_is_a_hedge_with_its_first_sign():
    row = survivors(plans=["dear"])
    assert row["standing"] == HEDGE
    assert row["sign"] == "prices of beta, value in 2028: 2 instead of 1"


def test_a_decision_of_another_plan_pays_in_some_futures():
    row = survivors(plans=["dearer"])
    assert (row["standing"], row["sign"]) == (SOME, "limits of hbm, value in 2028: 0.5 instead of 1")


def test_a_decision_of_the_undisturbed_plan_pays_until_a_sign_of_the_others_is_seen():
    row = survivors(plans=[BASE, "dear"])
    assert row["standing"] == SOME
    assert row["sign"] == "pays unless: limits of hbm, value in 2028: 0.5 instead of 1"


def test_futures_that_share_no_sign_are_told_one_by_one():
    best = {
        BASE: result(1.0),
        "a": result(1.0, changes=[change("prices", "x", "2028", 1.0, 2.0)]),
        "b": result(1.0, changes=[change("prices", "y", "", 1.0, None)]),
    }
    assert sign_of(best, ["a", "b"]) == (
        "a: prices of x, value in 2028: 2 instead of 1; b: prices of y, value in all periods: none instead of 1"
    )


def test_orders_of_the_first_period_that_every_plan_places_are_no_regret():
    orders = {name: {"orders": {"alpha_list": {"2027": units}}} for name, units in ((BASE, 100.0), ("dear", 80.0))}
    more = orders | {"dearer": {"orders": {"alpha_list": {"2027": 90.0}, "beta_list": {"2027": 5.0}}}}
    rows = {row["item"]: row for row in study_of(COSTS, more=more).table("survivors").records()}
    assert rows["alpha_list in 2027"]["standing"] == NO_REGRET
    assert rows["alpha_list in 2027"]["how"] == "80 to 100 units"
    assert rows["beta_list in 2027"]["standing"] == SOME
