"""Workbooks: a case to fill in, and a plan with live formulas; nothing here decides or computes a plan."""
