"""Scenarios from ranges: draws that are reproducible and independent of order, lattices, and the trees of both."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.uncertainty.scenario_tree import scenario_tree
from models.whatif.sampling import ends, middle, quantile
from models.whatif.scenario_generation import Reveal, lattice, sampled
from models.whatif.shock import ShockError
from planner.case import read_case

CASE = read_case(Path(__file__).parents[3] / "inputs" / "make-or-buy-2023").case
ROWS = {row.name: row for row in CASE.uncertain}
TWICE = (Reveal("2026", ("demand", "supply")), Reveal("2028", ("demand", "rent")))


def tree_of(made):
    planned = replace(CASE.settings, use_scenarios=True)
    return scenario_tree(replace(CASE, scenarios=made.scenarios, scenario_values=made.values, settings=planned))


def test_every_draw_is_the_quantile_that_it_states():
    made = sampled(CASE, 30, TWICE, seed=4)
    for draw in made.draws:
        exact = float(quantile(ROWS[draw.name], np.array([draw.share]))[0])
        assert draw.value == pytest.approx(exact, rel=1e-5)
        assert ROWS[draw.name].low <= draw.value <= ROWS[draw.name].high
    drawn = {(draw.branch, draw.label, draw.name): draw.value for draw in made.draws}
    assert len(drawn) == len(made.draws)
    for row in made.values:
        branch = row.scenario.removeprefix("draw ")
        known = branch if row.period == "2028" else branch.partition("-")[0]
        assert row.value == drawn[known, row.period, row.source.removeprefix("uncertain: ")]
        assert row.known_from == row.period


def test_inputs_of_a_group_move_together_and_others_do_not():
    made = sampled(CASE, 200, [Reveal("2026", ("demand", "supply", "rent"))], seed=0)
    share = {}
    for draw in made.draws:
        share.setdefault(draw.name, []).append(draw.share)
    assert share["chat demand"] == share["api demand"]
    assert share["allocation of the main vendor"] == share["packages for a newcomer"]
    for one, other in (("chat demand", "rent"), ("chat demand", "packages for a newcomer")):
        assert abs(np.corrcoef(share[one], share[other])[0, 1]) < 0.2
    for own in share.values():
        # A Latin hypercube: one draw in each stratum.
        assert sorted(np.floor(np.array(own) * 200).astype(int)) == list(range(200))


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 40), st.integers(0, 2**32))
def test_a_sample_depends_on_its_seed_alone(rng: random.Random, count, seed):
    """The order of the rows makes no difference, nor does what else is drawn."""
    made = sampled(CASE, count, TWICE, seed)
    assert sampled(CASE, count, TWICE, seed) == made
    rows = list(CASE.uncertain)
    rng.shuffle(rows)
    assert sampled(replace(CASE, uncertain=tuple(rows)), count, TWICE, seed) == made
    fewer = sampled(CASE, count, [Reveal("2026", ("demand",)), Reveal("2028", ("rent",))], seed)
    assert set(fewer.draws) <= set(made.draws)


def test_another_seed_gives_other_values():
    one, other = (sampled(CASE, 5, TWICE, seed) for seed in (0, 1))
    assert not {draw.value for draw in one.draws} & {draw.value for draw in other.draws}


SHAPES = [(1, 1, (1,)), (7, 1, (7,)), (16, 2, (4, 16)), (30, 2, (5, 30)), (27, 3, (3, 9, 27))]


@pytest.mark.parametrize(("count", "reveals", "branches"), SHAPES)
def test_scenarios_branch_evenly_at_each_reveal(count, reveals, branches):
    labels = ("2026", "2028", "2030")[:reveals]
    made = sampled(CASE, count, [Reveal(label, ("demand",)) for label in labels], seed=2)
    assert len(made.scenarios) == count
    assert sum(row.probability for row in made.scenarios) == pytest.approx(1)
    tree = tree_of(made)
    if count == 1:
        assert tree.names == ("draw 1",)
        return
    assert tree.revealed == labels
    sizes = np.bincount(tree.tree.period)
    assert tuple(sizes[CASE.settings.calendar.labels.index(label)] for label in labels) == branches
    below = Counter(row.scenario.rpartition("-")[0] for row in made.scenarios)
    assert max(below.values()) - min(below.values()) <= 1


def test_a_lattice_has_every_combination_once():
    levels = ("low", "mid", "high")
    reveals = (Reveal("2026", ("demand",)), Reveal("2028", ("rent", "supply")))
    made = lattice(CASE, levels, reveals)
    assert len(made.scenarios) == 27
    assert {row.probability for row in made.scenarios} == {1 / 27}
    tree = tree_of(made)
    assert np.bincount(tree.tree.period)[[0, 2, 4]].tolist() == [1, 3, 27]
    at = {"low": lambda row: ends(row)[0], "mid": middle, "high": lambda row: ends(row)[1]}
    found = {}
    for value in made.values:
        found.setdefault(value.scenario, {})[value.source.removeprefix("uncertain: ")] = value.value
    expected = [
        {
            **{name: at[demand](ROWS[name]) for name in ("chat demand", "api demand")},
            "rent": at[rent](ROWS["rent"]),
            **{name: at[supply](ROWS[name]) for name in ("allocation of the main vendor", "packages for a newcomer")},
        }
        for demand, rent, supply in product(levels, repeat=3)
    ]
    ordered = [sorted(values, key=lambda one: sorted(one.items())) for values in (found.values(), expected)]
    for one, other in zip(*ordered, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_names_of_a_lattice_say_what_holds_while_there_is_room():
    made = lattice(CASE, ("low", "high"), [Reveal("2026", ("demand",)), Reveal("2028", ("rent",))])
    assert [row.scenario for row in made.scenarios] == [
        "2026 demand low, 2028 rent low", "2026 demand low, 2028 rent high",
        "2026 demand high, 2028 rent low", "2026 demand high, 2028 rent high",
    ]  # fmt: skip
    many = lattice(CASE, ("low", "high"), [Reveal(label, ("demand", "supply", "rent")) for label in ("2026", "2028")])
    assert many.scenarios[1].scenario == "2026 LLL 2028 LLH"
    assert "2028 demand low, supply low, rent high" in many.scenarios[1].note or "rent low" in many.scenarios[1].note
    assert len({row.scenario for row in many.scenarios}) == 64


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: sampled(CASE, 0, TWICE, 0), "0 is not a number of scenarios"),
        (lambda: sampled(CASE, 100_000, TWICE, 0), "100,000 scenarios are more than 2,000"),
        (lambda: sampled(CASE, 5, (), 0), "it is not stated when the draws become known"),
        (lambda: sampled(CASE, 5, [Reveal("2024")], 0), "the reveal 2024 is not between 2025 and 2033"),
        (lambda: sampled(CASE, 5, [Reveal("2034")], 0), "the reveal 2034 is not between 2025 and 2033"),
        (lambda: sampled(CASE, 5, [Reveal("2028"), Reveal("2026")], 0), "or not in order"),
        (lambda: sampled(CASE, 5, [Reveal("soon")], 0), "a reveal"),
        (lambda: sampled(CASE, 5, [Reveal("2026", ("demnad",))], 0), "Did you mean demand?"),
        (lambda: sampled(replace(CASE, uncertain=()), 5, TWICE, 0), "has no table `uncertain`"),
        (lambda: lattice(CASE, ("low", "top"), TWICE), "'top' is not an end of an input"),
        (lambda: lattice(CASE, ("low", "low"), TWICE), "at least two of low, mid, high"),
        (lambda: lattice(CASE, ("low", "high"), [Reveal("2026"), Reveal("2028")]), "are more than 2,000"),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_reason(make, text):
    with pytest.raises(ShockError, match=r".") as caught:
        make()
    assert text in str(caught.value)
