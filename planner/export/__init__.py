"""Writes finished plans in the forms that people hand on; nothing here decides or computes a plan."""
