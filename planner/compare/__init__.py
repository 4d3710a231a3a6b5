"""What changed between runs: in decisions, money, service, key figures and inputs."""

from planner.compare.core import compare
from planner.compare.parts import Comparison

__all__ = ["Comparison", "compare"]
