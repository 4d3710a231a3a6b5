"""What `import planner` offers, module by module; the names are listed in `planner/__init__.py`."""
