"""The mathematics: one formulation, its solvers, and its independent check."""
