"""What changed between runs: in decisions, money, service, key figures and inputs."""

from planner.comparison.core import compare
from planner.comparison.parts import Comparison

__all__ = ["Comparison", "compare"]
