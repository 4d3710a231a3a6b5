"""The input tables as typed rows, by theme; each column and each table is described there once."""
