"""Sweeps: hundreds of points worked out by warm workers, kept one by one, resumed where they were stopped."""
