"""The input tables as typed rows, by theme; what is told of a column or a table stands there once."""
