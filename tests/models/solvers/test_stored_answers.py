"""Answers as bytes and back, and the keys under which they are stored."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass, replace

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
    pseudo_costs = np.array([[0.5, np.nan], [-0.0, 3.0]])
    return WarmStart(Basis(np.array([5, 2]), np.array([3])), np.array([True]), pseudo_costs)


def search():
    return wire.Search(default_guide(program()), 400, node_limit=2, dives=1, start=start())


def changed(value):
    """The same thing with each of its parts changed in turn."""
    if isinstance(value, np.ndarray):
        for place in np.ndindex(value.shape):
            other = value.copy()
            other[place] = not other[place] if other.dtype == bool else (0.25 if np.isinf(other[place]) else 7)
            yield other
        yield np.concatenate([value, value[:1]]) if len(value) else np.zeros(1, dtype=value.dtype)
    elif is_dataclass(value):
        for part in fields(value):
            yield from (replace(value, **{part.name: other}) for other in changed(getattr(value, part.name)))
    elif value is None:
        yield 1
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1


def question(**parts):
    whole = {
        "program": program(), "options": SolveOptions(hint=np.ones(2)), "code": "native", "search": search(),
        "linear": wire.LinearSolve(start()),
    }  # fmt: skip
    return wire.Solve(**(whole | parts))


def test_a_key_is_of_all_that_an_answer_depends_on_and_of_nothing_else():
    asked = question()
    options = asked.options
    assert key_of(asked) == key_of(question(options=replace(options, time_limit_s=5.0, memory_mb=9)))
    assert key_of(asked) == key_of(replace(asked, program=replace(program(), column_names=("x", "y"))))
    keys = [key_of(asked), key_of(question(code="glop")), key_of(question(search=None, linear=None))]
    for name in ("program", "search", "linear"):
        keys += [key_of(question(**{name: one})) for one in changed(getattr(asked, name))]
    limits = {"solver", "time_limit_s", "memory_mb"}
    for part in fields(options):
        if part.name not in limits:
            for other in changed(getattr(options, part.name)):
                keys.append(key_of(question(options=replace(options, **{part.name: other}))))
    assert len(keys) > 40
    assert len(set(keys)) == len(keys)
    with pytest.raises(TypeError):
        key_of(question(options=replace(options, hint=object())))


def answer(**parts):
    whole = {
        "objective": 0.1 + 0.2, "bound": -np.inf, "solution": np.array([1.0, np.nextafter(2.0, 3.0)]),
        "row_duals": np.array([-0.0]), "reduced_costs": np.array([np.nan, 1e-300]), "end": start(),
        "seconds": {"solve": 0.5}, "detail": "2 nodes; ä", "incumbents": (Progress(0.25, 3.0, None),),
        "peak_memory_mb": 12.5, "linear_programs": 7,
    }  # fmt: skip
    return Outcome(Status.OPTIMAL, Stop.GAP, "native", "1", **(whole | parts))


def content(value):
    """A value with all that is in it, in a form that can be compared to the last digit."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if is_dataclass(value):
        return type(value), {part.name: content(getattr(value, part.name)) for part in fields(value)}
    return (type(value), [content(one) for one in value]) if isinstance(value, tuple) else (type(value), value)


@pytest.mark.parametrize("parts", [{}, {"end": None}, {"solution": None, "objective": None, "bound": None}])
def test_an_answer_comes_back_to_the_last_digit(parts):
    assert content(unpacked(packed(answer(**parts)), program())) == content(answer(**parts))


NOT_STORED = {"again", "prices", "worths"}
"""Parts of outcomes that are no answers of an engine to one question."""


@pytest.mark.parametrize("whole", [answer(), start()], ids=["answer", "start"])
def test_every_part_that_an_answer_has_is_in_the_one_that_is_tried(whole):
    """What is added to an answer later is tried as well, or this fails."""
    for part in fields(whole):
        if part.name not in NOT_STORED and part.default is not MISSING:
            assert content(getattr(whole, part.name)) != content(part.default), part.name


def test_what_has_no_form_is_refused_and_not_left_out():
    with pytest.raises(TypeError, match="a object cannot be stored"):
        packed(answer(detail=object()))


def test_what_is_no_answer_about_a_program_is_none():
    data = packed(answer())
    wider = replace(program(), objective=np.ones(3))
    assert unpacked(data, wider) is None
    for cut in range(len(data)):
        assert unpacked(data[:cut], program()) is None
    assert unpacked(data.replace(b'"optimal"', b'"unknown"'), program()) is None
    assert unpacked(data.replace(b"[2, 2]", b"[2, 3]"), program()) is None
    assert unpacked(data.replace(b'"linear_programs"', b'"other_programs_"'), program()) is None


def test_only_what_no_limit_and_nobody_has_ended_is_stored():
    lasting = {stop for stop in Stop if is_lasting(replace(answer(), stop=stop))}
    assert lasting == {Stop.ANSWERED, Stop.GAP, Stop.PROOF, Stop.WORK}
    assert not is_lasting(answer(again=np.zeros((1, 2))))
