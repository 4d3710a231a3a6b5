"""The versions of fleetplan and of what it stands on."""

from __future__ import annotations

import functools
import importlib.metadata
import tomllib
from pathlib import Path

PACKAGES = ("numpy", "ortools", "pulp", "rich", "typer", "openpyxl", "xlsxwriter", "python-pptx", "vl-convert-python")


@functools.cache
def version() -> str:
    """Returns the version of fleetplan; from the sources where it is not installed."""
    installed = package_version("fleetplan")
    if installed is not None:
        return installed
    try:
        text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
        return f"{tomllib.loads(text)['project']['version']}+source"
    except (OSError, ValueError, LookupError):
        return "unknown"


@functools.cache
def package_version(name: str) -> str | None:
    """Returns the version of an installed package; None where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
