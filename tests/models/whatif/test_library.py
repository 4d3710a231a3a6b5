"""A library of disruptions on a case: roles become targets, and what lacks a role is named."""

from __future__ import annotations

import pytest

from models.tables.disruption_rows import Role
from models.whatif import ShockError, disrupted, mapped, shocks_of, with_library
from tests.models.tiny import add, tiny_case
from tests.models.whatif.shocks import hit, table, with_hits

LIBRARY = (
    hit("gpu_vendors", "supply", 0.6, "2027", 12.0, name="queue"),
    hit("gpu_vendors", "price", 1.3, "2027", 12.0, name="queue"),
    hit("chat_demand", "demand", 0.7, "2028", 12.0, name="glut"),
    hit("packaging", "supply", 0.5, "2028", 12.0, name="fire"),
    hit("gpu_vendors", "supply", 0.9, "2028", 12.0, name="fire"),
    hit("foundry", "supply", 0.5, "2028", 12.0, name="fire"),
)
ROLES = (
    Role(role="gpu_vendors", target="verde"),
    Role(role="gpu_vendors", target="rosso"),
    Role(role="chat_demand", target="chat"),
)


def test_a_role_with_several_targets_gives_a_row_for_each():
    rows, unusable = mapped(LIBRARY, ROLES)
    assert [(row.disruption, row.target, row.field, row.value) for row in rows] == [
        ("queue", "verde", "supply", 0.6),
        ("queue", "rosso", "supply", 0.6),
        ("queue", "verde", "price", 1.3),
        ("queue", "rosso", "price", 1.3),
        ("glut", "chat", "demand", 0.7),
    ]
    assert unusable == {"fire": ("packaging", "foundry")}


def test_a_library_of_which_nothing_fits_gives_nothing():
    assert mapped(LIBRARY, ()) == (
        (),
        {"queue": ("gpu_vendors",), "glut": ("chat_demand",), "fire": ("packaging", "gpu_vendors", "foundry")},
    )
    assert mapped((), ROLES) == ((), {})


def test_two_roles_for_one_target_are_one_row_where_they_say_the_same():
    rows = (hit("a", "supply", 0.6, "2027", 12.0), hit("b", "supply", 0.6, "2027", 12.0))
    roles = (Role(role="a", target="verde"), Role(role="b", target="verde"))
    found, _ = mapped(rows, roles)
    assert [row.target for row in found] == ["verde"]


def test_two_roles_for_one_target_that_say_different_things_are_refused():
    rows = (hit("a", "supply", 0.6, "2027", 12.0), hit("b", "supply", 0.5, "2027", 12.0))
    with pytest.raises(ShockError) as refused:
        mapped(rows, (Role(role="a", target="verde"), Role(role="b", target="verde")))
    assert str(refused.value) == (
        "shock would hit the supply of verde twice, as a and as b. Let one of the two roles stand for something else."
    )


def test_a_case_takes_what_it_can_use_and_its_own_stands_first():
    own = hit("chat", "demand", 3.0, "2027", 12.0, name="glut")
    case = add(with_hits(tiny_case(), own), roles=ROLES)
    found, unusable = with_library(case, LIBRARY)
    assert table(found, "disruptions", "disruption", "target", "value") == [
        ("glut", "chat", 3.0),
        ("queue", "verde", 0.6),
        ("queue", "rosso", 0.6),
        ("queue", "verde", 1.3),
        ("queue", "rosso", 1.3),
    ]
    assert list(unusable) == ["fire"]
    assert {row.offer for row in disrupted(found, shocks_of("queue")).case.prices if row.unit_price_usd > 50000} == {
        "beta_list"
    }


def test_a_case_that_can_use_nothing_is_the_same_case():
    case = tiny_case()
    assert with_library(case, LIBRARY)[0] is case
