"""Reads a case from its files and checks it."""

from planner.case.read import CaseFile, ReadCase, read_case

__all__ = ["CaseFile", "ReadCase", "read_case"]
