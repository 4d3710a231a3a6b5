"""What changed between runs: in decisions, money, service, key figures and inputs."""

from planner.comparison.compare_runs import compare
from planner.comparison.comparison_items import Comparison

__all__ = ["Comparison", "compare"]
