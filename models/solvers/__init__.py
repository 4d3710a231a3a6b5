"""Engines that solve a `Program`, each in a process of its own; nothing else may name a solver library."""
