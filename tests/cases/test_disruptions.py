"""The library of disruptions, and what the cases say of disruptions: sourced, whole, and apart from the plain plan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from models.build import build
from models.calendar import parse_label
from models.tables.strategy_rows import TARGETS_OF_FIELD
from models.whatif.disrupt import disrupted
from models.whatif.disruption_library import with_library
from models.whatif.shock import Shock
from models.whatif.values import lever_of_row, with_value
from planner.case import read_case
from planner.case.disruption_file import default_library, read_library
from planner.case.recheck import faults_of
from tests.planner.tiny import INPUTS, ONE_FUTURE

WITH_OWN = ("frontier-lab", "frontier-lab-quarterly", "make-or-buy-2023", "mid-size")
WITH_RANGES = ("frontier-lab", "make-or-buy-2023", "mid-size")
RESTRICTED = {"restricted_allocation", "restricted_accelerators"}
ROWS = read_library(default_library())
README = (INPUTS / "library" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def cases():
    return {name: read_case(INPUTS / name).case for name in ONE_FUTURE}


def names_of(rows):
    return list(dict.fromkeys(row.disruption for row in rows))


def test_every_row_of_the_library_has_a_source_and_a_note():
    assert all(row.source and row.note for row in ROWS)


def test_the_library_holds_what_was_asked_for():
    said = {
        *("chip_shortage_2021", "fab_outage_2021", "h100_queue_2023", "gpu_squeeze_2026", "memory_shortage_2026"),
        *("export_controls_2022", "export_controls_2023", "export_licence_2025"),
        *("taiwan_earthquake_2024", "taiwan_earthquake_severe", "taiwan_blockade", "taiwan_war", "packaging_shortage"),
        *("allocation_cut", "new_generation_slip", "tariff_narrow", "tariff_broad", "grid_delay", "programme_respin"),
        *("programme_failure", "deal_not_cleared", "glut", "power_price_shock"),
    }
    assert said <= set(names_of(ROWS))


def test_every_disruption_and_role_of_the_library_is_explained():
    for name in {*names_of(ROWS), *(row.target for row in ROWS)}:
        assert f"`{name}`" in README, name


def test_the_fields_of_a_role_have_a_kind_of_target_in_common():
    fields = defaultdict(set)
    for row in ROWS:
        fields[row.target].add(row.field)
    for role, used in fields.items():
        assert set.intersection(*(set(TARGETS_OF_FIELD[field]) for field in used)), role


def test_a_severe_form_is_deeper_longer_and_rarer_than_its_middle():
    value = {(row.disruption, row.target, row.field): row for row in ROWS}
    pairs = [row for row in ROWS if row.disruption.endswith("_severe") and row.disruption != "taiwan_earthquake_severe"]
    assert len(pairs) > 20
    for row in pairs:
        mid = value[row.disruption.removesuffix("_severe"), row.target, row.field]
        neutral = 0.0 if row.effect == "add" else 1.0
        assert abs(row.value - neutral) >= abs(mid.value - neutral), row
        assert row.months >= mid.months
        assert row.probability_per_year <= mid.probability_per_year


@pytest.mark.parametrize("name", ONE_FUTURE)
def test_the_roles_of_a_case_make_the_library_fit_it(cases, name):
    case = cases[name]
    whole, unusable = with_library(case, ROWS)
    assert faults_of(whole) == []
    assert all(row.source and row.note for row in case.roles)
    if name in WITH_OWN:
        assert set(unusable) == {row.disruption for row in ROWS if row.target in RESTRICTED}
    assert {row.role for row in case.roles} <= {row.target for row in ROWS}


@pytest.mark.parametrize("name", WITH_OWN)
def test_every_disruption_of_the_library_makes_a_valid_case(cases, name):
    case, _ = with_library(cases[name], ROWS)
    onset = str(parse_label(case.settings.start)[0] // 12 + 2)
    for disruption in names_of(case.disruptions):
        if disruption in names_of(cases[name].disruptions):
            continue
        made = disrupted(case, [Shock(disruption, onset)])
        assert faults_of(made.case) == [], disruption
        assert bool(made.changes) == (disruption != "tariff_narrow"), disruption


@pytest.mark.parametrize("name", WITH_OWN)
def test_every_disruption_of_a_case_begins_in_it_and_changes_it(cases, name):
    case = cases[name]
    own = names_of(case.disruptions)
    assert 3 <= len(own) <= 8
    assert not set(own) & set(names_of(ROWS))
    assert all(row.source and row.note for row in case.disruptions)
    for disruption in own:
        made = disrupted(case, [Shock(disruption)])
        assert made.changes, disruption
        assert made.seen is not None
        assert faults_of(made.case) == [], disruption


@pytest.mark.parametrize("name", WITH_RANGES)
def test_both_ends_of_every_uncertain_input_make_a_valid_case(cases, name):
    case = cases[name]
    assert 8 <= len(case.uncertain) <= 12
    for row in case.uncertain:
        assert row.source
        assert row.note
        assert (row.effect, row.distribution) == ("multiply", "triangular")
        assert row.p1 == row.low < row.p2 == 1 < row.p3 == row.high
        for value in (row.low, row.high):
            made = with_value(case, lever_of_row(row), value)
            assert made != case
            assert faults_of(made) == [], row.name


@pytest.mark.parametrize("name", WITH_RANGES)
def test_nothing_of_it_is_in_the_program_of_the_undisturbed_case(cases, name):
    case = cases[name]
    bare = replace(case, disruptions=(), roles=(), scenarios=(), uncertain=())
    one, other = build(case).program, build(bare).program
    arrays = ("objective", "column_lower", "column_upper", "is_integer", "starts", "columns", "values", "row_lower")
    for array in (*arrays, "row_upper"):
        assert np.array_equal(getattr(one, array), getattr(other, array)), array
