"""Actuals: what happened while a plan is carried out, and how it differs from the plan."""
