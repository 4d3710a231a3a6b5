"""The numbers of a case as arrays on the axes of a frame, one module a topic."""
