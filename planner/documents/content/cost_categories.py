"""What categories of cost are called, and their colours, the same in every chart."""

from __future__ import annotations

from models.tables.fleet_rows import CATEGORIES
from planner.documents.colours import ALERT

CATEGORY_COLOURS = {
    "hardware": "#1f5f99",
    "lease": "#7db8e8",
    "expansion": "#d98200",
    "tape_out": "#00795a",
    "acquisition": "#7a2158",
    "agreement": "#d07fb0",
    "power": "#e5cf3c",
    "maintenance": "#8b96a1",
    "variable": "#4b5560",
    "resale": "#86cfb4",
    "revenue": "#3aa17e",
    "unserved": ALERT,
    "value_left": "#b8e0d2",
}
CATEGORY_NAMES = {
    "hardware": "hardware",
    "lease": "leases",
    "expansion": "sites and power built",
    "tape_out": "own chips",
    "acquisition": "acquisitions",
    "agreement": "agreements",
    "power": "electricity",
    "maintenance": "maintenance and sites",
    "variable": "cost per query",
    "resale": "resale",
    "revenue": "revenue",
    "unserved": "penalty for unserved",
    "value_left": "value left at the end",
}
_OTHER_COLOURS = ("#5f7a3a", "#a3703c", "#3f6f7a", "#7a6a9c")


def category_name(category: str) -> str:
    """Returns what a category of cost is called: by its own name where it has no other."""
    return CATEGORY_NAMES.get(category, category.replace("_", " "))


def category_colour(category: str) -> str:
    """Returns the colour of a category of cost; those without one of their own take turns."""
    others = [name for name in CATEGORIES if name not in CATEGORY_COLOURS]
    place = others.index(category) if category in others else 0
    return CATEGORY_COLOURS.get(category, _OTHER_COLOURS[place % len(_OTHER_COLOURS)])
