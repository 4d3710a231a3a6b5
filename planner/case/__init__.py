"""Reads a case from its files and checks it."""

from planner.case.case_file import CaseFile
from planner.case.read import ReadCase, read_case
from planner.case.template import write_template

__all__ = ["CaseFile", "ReadCase", "read_case", "write_template"]
