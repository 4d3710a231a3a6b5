"""The plan as six slides with native charts that stay editable."""

from __future__ import annotations

from planner.export.slides.pages import slides

__all__ = ["slides"]
