"""What a sweep is: names, keys, and the files that say it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from planner.case import read_case
from planner.errors import InternalError
from planner.sweeps import payload
from planner.sweeps.payload import files_of, loaded, packed, unpacked, versions
from planner.sweeps.points import Point, work_of
from tests.planner.sweeps.making import WORKS, base, grid, sweep_of
from tests.planner.tiny import INPUTS


def keys(sweep):
    return {entry["name"]: entry["key"] for entry in json.loads(files_of(sweep)["sweep.json"])["points"]}


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([Point("a", "plan", {}), Point("a", "plan", {"x": 1})], "same name: ['a']"),
        ([Point("a", "plan", {}, "b")], "points that the sweep does not have: ['b']"),
        ([Point("a", "plan", {}, "b"), Point("b", "plan", {}, "a")], "in a circle: a <- b"),
        ([Point("c", "plan", {}), Point("a", "plan", {}, "a")], "in a circle: a"),
    ],
)
def test_a_sweep_whose_points_cannot_be_put_in_order_is_refused(points, words, tmp_path):
    with pytest.raises(InternalError) as caught:
        sweep_of(points, tmp_path)
    assert words in str(caught.value)


def test_a_sweep_takes_no_hint_that_would_be_the_same_for_all_points(tmp_path):
    with pytest.raises(InternalError, match=r"options\.hint"):
        sweep_of(grid(1, 1), tmp_path, hint=np.zeros(3))


def test_recipes_that_are_no_json_are_refused_by_name(tmp_path):
    sweep = sweep_of([Point("odd", "plan", {"x": {1, 2}})], tmp_path)
    with pytest.raises(InternalError, match="Point 'odd' cannot be written as JSON"):
        files_of(sweep)
    with pytest.raises(InternalError, match="Point 'odd' cannot be written as JSON"):
        files_of(replace(sweep, points=(Point("odd", "plan", {"x": float("nan")}),)))


@pytest.mark.parametrize("path", ["no.such.module:work", f"{WORKS}:no_such_work", WORKS, ""])
def test_work_that_cannot_be_found_is_named(path):
    with pytest.raises(InternalError, match="The work of the sweep"):
        work_of(path)


def test_the_key_of_a_point_changes_with_everything_that_its_result_depends_on(tmp_path, monkeypatch):
    sweep = sweep_of(grid(1, 3), tmp_path, base=base())
    first = keys(sweep)
    one, two, three = sweep.points
    other_base = base() | {"values": base()["values"] + 1e-12}
    changed = {
        "case": replace(sweep, case_hash="0" * 64),
        "gap": replace(sweep, options=replace(sweep.options, gap=1e-5)),
        "seed": replace(sweep, options=replace(sweep.options, seed=1)),
        "solver": replace(sweep, options=replace(sweep.options, solver="highs")),
        "work": replace(sweep, work=f"{WORKS}:solving"),
        "base": replace(sweep, base=other_base),
        "more": replace(sweep, base=base() | {"more": {"one": 2}}),
        "none": replace(sweep, base=None),
        "first recipe": replace(sweep, points=(replace(one, recipe={"add": 2}), two, three)),
        "first question": replace(sweep, points=(replace(one, question="stress"), two, three)),
    }
    for what, other in changed.items():
        assert not set(keys(other).values()) & set(first.values()), what
    monkeypatch.setattr(payload, "package_version", lambda name: "1.2.3")
    assert not set(keys(sweep).values()) & set(first.values()), "versions"


def test_the_key_of_a_point_does_not_change_with_names_threads_or_points_that_it_does_not_start_from(tmp_path):
    sweep = sweep_of(grid(2, 3), tmp_path)
    first = keys(sweep)
    assert keys(replace(sweep, options=replace(sweep.options, threads=8))) == first
    last = sweep.points[-1]
    other = keys(replace(sweep, points=(*sweep.points[:-1], replace(last, recipe={"add": -1.0}))))
    assert {name for name in first if other[name] != first[name]} == {last.name}
    renamed = tuple(replace(p, name=f"n{p.name}", after=p.after and f"n{p.after}") for p in sweep.points)
    assert list(keys(replace(sweep, points=renamed)).values()) == list(first.values())
    moved = replace(sweep, points=(*sweep.points[:-1], replace(last, after=sweep.points[0].name)))
    assert keys(moved)[last.name] != first[last.name]


def test_points_may_stand_before_those_that_they_start_from(tmp_path):
    sweep = sweep_of(grid(1, 4), tmp_path)
    assert keys(replace(sweep, points=sweep.points[::-1])) == keys(sweep)


@pytest.mark.parametrize("name", ["frontier-lab", "make-or-buy-2023", "tenth-of-google"])
def test_a_case_comes_back_from_its_file_exactly(name, tmp_path):
    read = read_case(INPUTS / name)
    sweep = replace(sweep_of(grid(1, 2), tmp_path), case=read.case, case_hash=read.case_hash)
    back = loaded(files_of(sweep))
    assert back.case == read.case
    assert repr(back.case) == repr(read.case), "no whole number has become a fraction, no tuple a list"
    assert back.options == replace(sweep.options, threads=1)
    assert [entry.point for entry in back.entries] == list(sweep.points)


def test_a_sweep_that_other_versions_have_begun_is_not_worked_on(tmp_path, monkeypatch):
    files = files_of(sweep_of(grid(1, 1), tmp_path))
    monkeypatch.setattr(payload, "version", lambda: "0.0.1")
    with pytest.raises(InternalError, match="Install the same"):
        loaded(files)
    assert versions()["fleetplan"] == "0.0.1"


def test_arrays_come_back_bit_by_bit_and_the_same_arrays_are_the_same_bytes():
    arrays = {"b": np.array([0.1, -0.0, 1e-308, np.inf]), "a": np.arange(6).reshape(2, 3), "t": np.array(["ä", "bc"])}
    data = packed(arrays)
    assert data == packed(dict(reversed(arrays.items())))
    back = unpacked(data)
    assert list(back) == ["a", "b", "t"]
    for name, values in arrays.items():
        assert back[name].dtype == values.dtype
        assert back[name].tobytes() == values.tobytes()
    with pytest.raises(InternalError, match="holds objects"):
        packed({"o": np.array([None])})
