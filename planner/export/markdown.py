"""The plan as Markdown."""
from __future__ import annotations
from planner.export.dossier import Dossier
def plan_markdown(dossier: Dossier) -> str:
    return ""
