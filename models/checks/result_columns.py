"""The result tables that a plan is given by, and the kind of their cells; what makes a table again names its own."""

from __future__ import annotations

# Columns of each table with the kind of their cells; a star marks the columns that identify a row.
GIVEN: dict[str, dict[str, str]] = {
    "arrivals": {"offer": "*offer", "site": "*site", "period": "*period", "units": "quantity"},
    "fleet": {
        "accelerator": "*accelerator",
        "site": "*site",
        "vintage": "*text",
        "period": "*period",
        "units": "quantity",
        "holding": "*holding",
    },
    "active": {"accelerator": "*accelerator", "site": "*site", "period": "*period", "units": "quantity"},
    "assignments": {
        "accelerator": "*accelerator",
        "site": "*site",
        "workload": "*workload",
        "period": "*period",
        "qps": "quantity",
    },
    "costs": {
        "category": "*category",
        "kind": "text",
        "line": "*text",
        "period": "*period or end",
        "musd": "number",
        "discounted_musd": "number",
    },
}
