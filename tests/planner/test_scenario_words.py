"""Conditions in plan language: what has become known by the period of a decision, and in which scenarios."""

import pytest

from planner.documents.content.scenario_branches import BranchWords
from planner.documents.content.scenario_changes import KnownChange, change_words

SQUEEZE, BLOCKADE = KnownChange("squeeze", "", ""), KnownChange("blockade", "", "")
MORE = tuple(KnownChange("demand", key, "× 1.3") for key in ("chat", "api"))
WORDS = BranchWords(
    ("calm", "squeezed", "both", "grown", "draw_1", "draw_2"),
    {
        "calm": {},
        "squeezed": {SQUEEZE: 1},
        "both": {SQUEEZE: 1, BLOCKADE: 3},
        "grown": dict.fromkeys(MORE, 1),
        "draw_1": dict.fromkeys(MORE, 1),
        "draw_2": dict.fromkeys(MORE, 1),
    },
)
ALL = list(WORDS.names)


@pytest.mark.parametrize(
    ("names", "period", "words"),
    [
        (ALL, 3, "in every scenario"),
        (["squeezed", "both"], 1, "if squeeze"),
        (["both"], 3, "if blockade"),
        (["both"], 1, "in both"),
        (["calm", "grown", "draw_1", "draw_2"], 2, "unless squeeze"),
        (["calm"], 3, "in calm"),
        (["grown", "draw_1", "draw_2"], 1, "in grown, draw_1, draw_2"),
        (["calm", "squeezed", "grown", "draw_1", "draw_2"], 3, "unless blockade"),
        (["calm", "squeezed", "both", "grown"], 3, "except in draw_1, draw_2"),
    ],
)
def test_a_condition_is_what_has_become_known_by_then(names, period, words):
    assert WORDS.condition(names, period) == words


def test_several_disruptions_are_joined_where_one_of_them_says_it_all():
    late, failed = KnownChange("chip_late", "", ""), KnownChange("chip_fails", "", "")
    words = BranchWords(
        ("calm", "late", "failed", "late_and_squeezed", "squeezed"),
        {"calm": {}, "late": {late: 1}, "failed": {failed: 1}, "late_and_squeezed": {late: 1, SQUEEZE: 2},
         "squeezed": {SQUEEZE: 2}},
    )  # fmt: skip
    assert words.condition(["late", "failed", "late_and_squeezed"], 2) == "if chip_late or chip_fails"
    assert words.condition(["calm", "squeezed"], 2) == "unless chip_late or chip_fails"
    assert words.condition(["calm", "failed"], 2) == "unless chip_late or squeeze"
    assert words.condition(["calm", "late"], 2) == "unless squeeze or chip_fails"
    assert words.condition(["calm", "squeezed", "late"], 2) == "in calm, late, squeezed"


def test_the_same_change_of_several_rows_is_stated_once():
    prices = KnownChange("prices", "*", "= 5 from 2029")
    assert change_words([*MORE, prices, SQUEEZE]) == "demand of api, chat × 1.3 and prices = 5 from 2029 and squeeze"
    many = [KnownChange("demand", str(number), "× 2") for number in range(5)]
    assert change_words(many) == "demand × 2"
    assert change_words([KnownChange(str(number), "", "") for number in range(5)]) == "0 and 1 and 2 and 2 more changes"
