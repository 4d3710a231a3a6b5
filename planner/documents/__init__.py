"""Documents: what is reported, described once, and the renderers that draw it for a medium."""
