"""T2: the hand-solved cases as workbooks: planned, exported, read in again, planned again."""

from __future__ import annotations

import json

import planner
from planner.case import read_case
from planner.case_conversion import convert
from planner.runs import Request, make_plan
from planner.show.live_progress import NoProgress
from tests.case_folder import write_case
from tests.oracle.hand_cases import HAND_CASES
from tests.trust.tools import require, require_close

TITLE = "known answers through the workbook: entered, planned, exported, entered again"
KEPT = ("orders", "fleet", "tape_outs", "acquisitions", "agreements", "expansions", "costs")


def count():
    return len(HAND_CASES)


def planned(place, run):
    make_plan(place, Request(output=run, gap=0.0, command="fleetplan plan"), NoProgress())
    return json.loads((run / "plan.json").read_text(encoding="utf-8"))


def check(number, tools):
    hand, folder = HAND_CASES[number], tools.folder()
    place = write_case(hand.case, folder / "case")
    require(read_case(place).case == hand.case, "the folder says something else than the case")
    book = folder / "case.xlsx"
    convert(place, book)
    require(read_case(book).case == hand.case, "the workbook says something else than the case")
    told = planned(book, folder / "run")
    require_close(told["objective_musd"], hand.expected, f"{hand.name}, from the workbook")
    again = planner.load_run(folder / "run").case
    require(again.read.case == hand.case, "the inputs of the run say something else than the case")
    from_run = planner.plan(again, gap=0.0)
    require_close(from_run.objective_musd, hand.expected, f"{hand.name}, from the run")
    convert(book, folder / "back")
    from_back = planned(folder / "back", folder / "run2")
    require(told["objective_musd"] == from_back["objective_musd"], f"{told['objective_musd']} by another way back")
    for name in KEPT:
        require(told["tables"][name] == from_back["tables"][name], f"{name} by another way back")
    return hand.name
