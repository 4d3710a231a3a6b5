"""Answers as bytes and back, and the keys under which they are stored."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from models.outcome import Outcome, Progress, SolveOptions, Status, Stop
from models.program import Program
from models.solvers import wire
from models.solvers.stored_answers import is_lasting, key_of, packed, unpacked
from models.tree_search.branching_guide import default_guide
from models.tree_search.lp_protocol import Basis, WarmStart


def program():
    return Program(
        np.array([1.0, 2.0]), 0.5, np.zeros(2), np.array([4.0, np.inf]), np.array([True, False]), np.array([0, 2]),
        np.array([0, 1]), np.array([1.0, -1.0]), np.array([-np.inf]), np.array([3.0]), (), (),
    )  # fmt: skip


def start():
    return WarmStart(Basis(np.array([5, 2]), np.array([3])), np.array([True]))


def search():
    return wire.Search(default_guide(program()), 400, node_limit=2, dives=1, start=start())


def changed(value):
    """The same thing with each of its parts changed in turn."""
    if isinstance(value, np.ndarray):
        for place in range(len(value)):
            other = value.copy()
            other[place] = not other[place] if other.dtype == bool else (0.25 if np.isinf(other[place]) else 7)
            yield other
        yield np.append(value, value[:1]) if len(value) else np.zeros(1, dtype=value.dtype)
    elif is_dataclass(value):
        for part in fields(value):
            yield from (replace(value, **{part.name: other}) for other in changed(getattr(value, part.name)))
    elif value is None:
        yield 1
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1


def test_a_key_is_of_all_that_an_answer_depends_on_and_of_nothing_else():
    options, linear = SolveOptions(hint=np.ones(2)), wire.LinearSolve(start())
    asked = key_of(program(), options, "native", search(), linear)
    assert asked == key_of(program(), replace(options, time_limit_s=5.0, memory_mb=9), "native", search(), linear)
    keys = [
        asked,
        key_of(program(), options, "glop", search(), linear),
        key_of(program(), options, "native", None, None),
    ]
    keys += [key_of(one, options, "native", search(), linear) for one in changed(program())]
    keys += [key_of(program(), options, "native", one, linear) for one in changed(search())]
    keys += [key_of(program(), options, "native", search(), one) for one in changed(linear)]
    limits = {"solver", "time_limit_s", "memory_mb"}
    for part in fields(options):
        if part.name not in limits:
            for other in changed(getattr(options, part.name)):
                keys.append(key_of(program(), replace(options, **{part.name: other}), "native", search(), linear))
    assert len(keys) > 40
    assert len(set(keys)) == len(keys)
    with pytest.raises(TypeError):
        key_of(program(), replace(options, hint=object()), "native", None, None)


def answer(**parts):
    whole = {
        "objective": 0.1 + 0.2, "bound": -np.inf, "solution": np.array([1.0, np.nextafter(2.0, 3.0)]),
        "row_duals": np.array([-0.0]), "end": start(), "seconds": {"solve": 0.5}, "detail": "2 nodes; ä",
        "incumbents": (Progress(0.25, 3.0, None),), "peak_memory_mb": 12.5,
    }  # fmt: skip
    return Outcome(Status.OPTIMAL, Stop.GAP, "native", "1", **(whole | parts))


def parts_of(outcome):
    found = {part.name: getattr(outcome, part.name) for part in fields(outcome)}
    for name, value in found.items():
        if isinstance(value, np.ndarray):
            found[name] = (value.dtype, value.tobytes())
    end = found.pop("end")
    ends = None if end is None else (end.basis.columns.tolist(), end.basis.columns.dtype, end.basis.rows.tolist())
    aggregated = None if end is None or end.aggregated is None else end.aggregated.tolist()
    return found, ends, aggregated


@pytest.mark.parametrize("parts", [{}, {"end": None}, {"solution": None, "objective": None, "bound": None}])
def test_an_answer_comes_back_to_the_last_digit(parts):
    assert parts_of(unpacked(packed(answer(**parts)), program())) == parts_of(answer(**parts))


def test_what_is_no_answer_about_a_program_is_none():
    data = packed(answer())
    wider = replace(program(), objective=np.ones(3))
    assert unpacked(data, wider) is None
    for cut in range(len(data)):
        assert unpacked(data[:cut], program()) is None
    assert unpacked(data.replace(b'"optimal"', b'"unknown"'), program()) is None
    assert unpacked(data.replace(b'"solution": 2', b'"solution": 3'), program()) is None


def test_only_what_no_limit_and_nobody_has_ended_is_stored():
    lasting = {stop for stop in Stop if is_lasting(replace(answer(), stop=stop))}
    assert lasting == {Stop.ANSWERED, Stop.GAP, Stop.PROOF, Stop.WORK}
    assert not is_lasting(answer(again=np.zeros((1, 2))))
