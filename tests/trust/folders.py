"""Cases in memory that the reader takes, as folders."""

from __future__ import annotations

from planner.case import read_case
from planner.errors import CaseFaults
from tests.case_folder import write_case


def written(cases, folder):
    """The folder of the first of some cases that the reader takes: rows that contradict each other are faults there."""
    for number, case in enumerate(cases):
        place = write_case(case, folder / f"case{number}")
        try:
            read_case(place)
        except CaseFaults:
            continue
        return place
    msg = "none of these cases can be read"
    raise AssertionError(msg)
