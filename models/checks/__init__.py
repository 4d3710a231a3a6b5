"""The independent check, one group of requirements a module; `models.verify` is its face."""
