"""Tests of what disruptions and other inputs do to a plan."""
