"""Documents: what is told, described once, and the renderers that draw it for a medium."""
