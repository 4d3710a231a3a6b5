"""An independent formulation, an exact enumeration and hand-solved cases that cross-check the planner."""
